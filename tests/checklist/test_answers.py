"""Answers: where they come from, which one counts, and how invalid ones are reported."""

from __future__ import annotations

import pytest

from wizard.base.errors import UsageError
from wizard.checklist import answers
from wizard.checklist.answers import Answers, Question

RATE = Question("rates.login", "How many logins?", "5/m", "A number and s, m, h or d.", pattern=r"\d+/[smhd]")
PUSH = Question("push", "Push?", "no", choices=("no", "yes"))


def test_answers_of_this_run_override_the_environment_which_overrides_earlier_runs(monkeypatch):
    found = Answers({"push": "yes"}, {"push": "no", "rates.login": "1/m", "other": "kept"})
    monkeypatch.setenv("GOLIVE_PUSH", "no")
    monkeypatch.setenv("GOLIVE_RATES_LOGIN", "2/m")
    assert [found.get(name, "-") for name in ("push", "rates.login", "other", "none")] == ["yes", "2/m", "kept", "-"]


def test_the_fingerprint_changes_with_an_answer_of_this_run(monkeypatch):
    first = Answers({"push": "yes"}).fingerprint()
    assert Answers({"push": "yes"}, {"rates.login": "1/m"}).fingerprint() == first
    assert Answers({"push": "no"}).fingerprint() != first
    monkeypatch.setenv("GOLIVE_RATES_LOGIN", "2/m")
    assert Answers({"push": "yes"}).fingerprint() != first


def test_only_answered_questions_are_returned():
    assert Answers({"push": "yes", "unrelated": "x"}).validated([PUSH, RATE]) == {"push": "yes"}


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        ({"push": "maybe"}, "Invalid answer push: 'maybe' is not one of no, yes"),
        ({"rates.login": "5"}, "Invalid answer rates.login: '5' does not have the expected form. A number and s, m, h"),
    ],
)
def test_an_invalid_answer_is_refused_with_its_name(answer, message):
    with pytest.raises(UsageError) as refused:
        Answers(answer).validated([PUSH, RATE])
    assert str(refused.value).startswith(message)


def test_an_answer_with_a_dot_may_stand_beside_one_with_the_name_of_its_section(tmp_path):
    path = tmp_path / "answers.yaml"
    path.write_text("uploads: volume\nuploads.public: yes\n")
    assert answers.read(path) == {"uploads": "volume", "uploads.public": "yes"}


def test_sections_of_an_answers_file_become_dotted_names(tmp_path):
    path = tmp_path / "answers.yaml"
    path.write_text("push: yes\ndraft: false\nrates: {login: 5/m, burst: 10}\n")
    assert answers.read(path) == {"push": "yes", "draft": "no", "rates.login": "5/m", "rates.burst": "10"}
    path.write_text("")
    assert answers.read(path) == {}


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, "answers.yaml can't be read: no such file. Check the path after --answers."),
        ("a: [", "the answers file is not valid YAML"),
        ("- a\n", "answers.yaml:1: the answers file is not a mapping: it contains a list"),
        ("a: {b: [1]}\n", "the answer a.b has an unsupported type: it is a list"),
        ("a:\n", "the answer a has an unsupported type: it is a NoneType"),
    ],
)
def test_an_answers_file_that_cannot_be_used_is_refused(tmp_path, content, message):
    path = tmp_path / "answers.yaml"
    if content is not None:
        path.write_text(content)
    with pytest.raises(UsageError) as refused:
        answers.read(path)
    assert message in str(refused.value)
