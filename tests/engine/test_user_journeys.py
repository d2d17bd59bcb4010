"""Journeys are drafted, checked and saved as flows of golive.yaml, and run again with the tasks of their items."""

from __future__ import annotations

from functools import cached_property
from types import SimpleNamespace

import pytest

from tests.engine.repository import Repository
from wizard.base.errors import ChecklistError, StaleError, StepError, Stopped, UsageError
from wizard.base.secrets import HIDDEN
from wizard.checklist import loader
from wizard.engine import user_journeys
from wizard.journeys import flow_text, store
from wizard.journeys.result import JourneyResult, SentRequest, Verdict
from wizard.journeys.store import StoredJourney
from wizard.site.journey_reader import read_config
from wizard.targets.sandbox import Sandbox

FLOWS = b'# mine\nversion: 1\nflows:\n  - flow: mine\n    item: "21.5"\n    title: All\n    steps:\n      - get: /\n'


def journey(name, *items, kind="create", form=None, **replay):
    sent = (SentRequest("POST /books/", status=302, replay=replay or {"post": "/books/", "form": form or {"a": "b"}}),)
    result = JourneyResult(name, f"A visitor does {name}", kind, "books", Verdict.WORKS, "it is there", "first", sent)
    return StoredJourney(result, items)


@pytest.fixture
def repo(tmp_path):
    repo = Repository(tmp_path / "shop")
    (repo.root / "golive.yaml").write_bytes(FLOWS)
    hidden = journey("secret", "21.1", form={"key": HIDDEN})
    found = [journey("book", "21.21"), journey("hole", "21.2", kind="hole"), journey("other"), hidden]
    store.write(repo.root, found, derived=True)
    return repo


class Engine:
    """Verifies tasks by running all journeys again."""

    def __init__(self, repo, error=None):
        self.repo, self.error, self.stopping, self.verified, self.saves = repo, error, False, [], 0
        self.project = SimpleNamespace(root=repo.root, inspect_settings=dict, catch_up=lambda: None)
        self.checklist, self.applier = loader.load(), repo.applier
        self.state = SimpleNamespace(save=self._save)
        self.sandbox = SimpleNamespace(forget_failure=lambda: self.verified.append("forgotten"))
        self.roll_back = lambda task: self.verified.append(f"rolled back {task.number}")

    def _save(self):
        self.saves += 1

    def verify(self, task, items):
        self.verified.append((task.number, sorted(items)))
        if self.error:
            raise self.error
        store.write(self.repo.root, store.read(self.repo.root), derived=True)


def of(repo, name):
    return user_journeys.named(user_journeys.journeys_of(repo.root), name)


def test_a_draft_adds_the_journey_and_points_to_its_line(repo):
    draft = user_journeys.draft(repo.root, of(repo, "book"))
    assert draft.before == FLOWS and draft.after.startswith(FLOWS)
    assert draft.after.splitlines()[draft.line - 1] == b"  - flow: book"
    assert user_journeys.problem_with(draft, draft.after) == ""


def test_the_draft_of_a_flow_is_the_file_as_it_is(repo):
    draft = user_journeys.draft(repo.root, of(repo, "mine"))
    assert (draft.after, draft.line) == (FLOWS, 4)


@pytest.mark.parametrize(
    ("name", "why"), [("hole", "the site must refuse"), ("other", "no item"), ("secret", "needs a secret")]
)
def test_a_journey_that_can_not_be_a_flow_says_why(repo, name, why):
    with pytest.raises(UsageError, match=why):
        user_journeys.draft(repo.root, of(repo, name))


@pytest.mark.parametrize(
    ("old", "new", "line"),
    [
        (b"get: /", b"got: /", 8), (b"title: All", b"title: [", 8), (b"    title: All\n", b"", 4),
        (b"flows:", b"items: [{task: 99, id: x, text: x}]\nflows:", 3),
    ],
)  # fmt: skip
def test_a_file_with_an_error_is_not_saved(repo, old, new, line):
    draft = user_journeys.draft(repo.root, of(repo, "mine"))
    content = FLOWS.replace(old, new)
    assert user_journeys.problem_with(draft, content).startswith(f"golive.yaml:{line}")
    with pytest.raises(ChecklistError):
        user_journeys.save(Engine(repo), draft, content)
    assert (repo.root / "golive.yaml").read_bytes() == FLOWS


def test_what_a_journey_that_does_not_work_saw_can_not_be_saved(repo):
    sent = tuple(
        SentRequest(f"POST {path}", status=status, replay={"post": path, "expect": {"status": status}})
        for path, status in (("/first/", 302), ("/again/", 403), ("/last/", 403))
    )
    result = JourneyResult("open", "A visitor signs up", "signup", "", Verdict.OPEN, "403", "first", sent)
    store.write(repo.root, [StoredJourney(result, ("21.1",))], derived=True)
    draft = user_journeys.draft(repo.root, of(repo, "open"))
    assert b"403" not in draft.after and b"/again/" not in draft.after
    line = draft.after.splitlines().index(f"          text: {flow_text.TO_REPLACE}".encode()) + 1
    assert user_journeys.problem_with(draft, draft.after).startswith(f"golive.yaml:{line}: this journey does not work")
    finished = draft.after.replace(flow_text.TO_REPLACE.encode(), b"Welcome")
    assert user_journeys.problem_with(draft, finished) == ""


def test_a_saved_file_is_undone_with_task_21(repo):
    draft = user_journeys.draft(repo.root, of(repo, "book"))
    user_journeys.save(Engine(repo), draft, draft.after)
    assert (repo.root / "golive.yaml").read_bytes() == draft.after
    repo.records.undo([21])
    assert (repo.root / "golive.yaml").read_bytes() == FLOWS


def test_a_failed_save_is_rolled_back(repo, monkeypatch):
    draft, engine = user_journeys.draft(repo.root, of(repo, "book")), Engine(repo)
    monkeypatch.setattr(user_journeys, "problem_with", lambda draft, content: "")
    (repo.root / "golive.yaml").write_bytes(FLOWS + b"# other\n")
    with pytest.raises(StaleError):
        user_journeys.save(engine, draft, draft.after)
    assert engine.verified == ["rolled back 21"]
    assert (repo.root / "golive.yaml").read_bytes() == FLOWS + b"# other\n"


def test_a_renamed_flow_is_found_by_its_line():
    assert user_journeys.flow_at(FLOWS, "mine", 1).items == ("21.5",)
    assert user_journeys.flow_at(FLOWS, "old", 4).name == "mine"
    assert user_journeys.flow_at(b"version: 1\n", "old", 4) is None


def test_a_journey_is_run_with_the_tasks_of_its_items(repo):
    engine = Engine(repo)
    assert user_journeys.run_again(engine, "book", ["22.2", "21.2", "18.7"]).at
    items = ["18.7", "21.2", "22.2"]
    assert engine.verified == [(18, items), (21, items), (22, items)]
    assert engine.saves == 1
    user_journeys.run_again(engine, "book")
    assert engine.verified[-1] == (21, [])
    with pytest.raises(UsageError, match="The journey mine was not run"):
        user_journeys.run_again(engine, "mine", ["21.5"])


def test_a_stopped_run_may_deploy_again_and_an_error_is_passed_on(repo):
    engine = Engine(repo, StepError("The deployment was interrupted"))
    with pytest.raises(StepError, match="interrupted"):
        user_journeys.run_again(engine, "book", ["21.2"])
    engine.stopping = True
    with pytest.raises(Stopped, match="keep their earlier evidence"):
        user_journeys.run_again(engine, "book", ["21.2"])
    assert (engine.verified[-1], engine.saves) == ("forgotten", 2)


def test_items_that_journeys_can_prove():
    assert [item for item in ("18.7", "18.1", "21.2", "21.40", "22.2", "22.1") if user_journeys.can_prove(item)] == [
        "18.7", "21.2", "21.40", "22.2",
    ]  # fmt: skip


def test_each_task_reads_golive_yaml_as_it_is_then(repo):
    class Target:
        config = cached_property(lambda self: read_config(repo.root))

    sandbox = Sandbox.__new__(Sandbox)
    sandbox._target, sandbox.mark_log = Target(), lambda: None
    assert [flow.name for flow in sandbox.target.config.journeys] == ["mine"]
    (repo.root / "golive.yaml").write_bytes(FLOWS.replace(b"flow: mine", b"flow: ours"))
    sandbox.begin(21)
    assert [flow.name for flow in sandbox.target.config.journeys] == ["ours"]
