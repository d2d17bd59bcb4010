"""A variable that the settings need from now on is set in the workflows that run the project."""

from __future__ import annotations

import pytest

from steps.shared import ci_variables
from tests.steps.fakes import FakeProject
from wizard.plan.draft import Draft

JOBS = "jobs:\n  tests:\n    steps:\n      - run: python manage.py test\n"
ADDED = '  DEBUG: "True"\n'
WORKFLOWS = [
    pytest.param(f"on: push\n{JOBS}", f"on: push\nenv:\n{ADDED}\n{JOBS}", id="no env"),
    pytest.param(f"env:\n  A: 1\n{JOBS}", f"env:\n{ADDED}  A: 1\n{JOBS}", id="env"),
    pytest.param("a: 1\r\njobs: {}\r\n", 'a: 1\r\nenv:\r\n  DEBUG: "True"\r\n\r\njobs: {}\r\n', id="CRLF"),
    pytest.param(f"env: {{A: 1}}\n{JOBS}", "", id="env on a line"),
    pytest.param("on: push\n", "", id="no jobs"),
    pytest.param("a: [\njobs:\n", "", id="not YAML"),
]


@pytest.mark.parametrize(("before", "after"), WORKFLOWS)
def test_variables_are_added_to_the_environment_of_all_jobs(before, after):
    assert ci_variables.with_variables(before, {"DEBUG": "True"}) == after


@pytest.mark.parametrize(
    ("text", "names"),
    [
        (f"on: push\n{JOBS}", ["SECRET_KEY", "DEBUG"]),
        (f"on: push\n{JOBS}    env: {{SECRET_KEY: x}}\n", ["DEBUG"]),
        ("on: push\njobs:\n  lint:\n    steps:\n      - run: ruff check\n", []),
    ],
    ids=["both", "one is set", "does not run the project"],
)
def test_only_workflows_that_run_the_project_get_what_they_lack(tmp_path, text, names):
    folder = tmp_path / ".github" / "workflows"
    folder.mkdir(parents=True)
    (folder / "tests.yml").write_text(text)
    draft = Draft()
    ci_variables.give(FakeProject(tmp_path), draft, {"SECRET_KEY": "the-real-one", "DEBUG": "1"}, "DEBUG")
    after = draft.content(folder / "tests.yml").decode()
    assert "the-real-one" not in after, "a workflow is public"
    added = [line.strip() for line in after.splitlines() if line not in text.splitlines()]
    assert [line.partition(":")[0] for line in added if '"' in line] == names
    assert ('DEBUG: "1"' in after) is ("DEBUG" in names)
