"""The evidence of the journeys that Golive finds itself, and how the tasks of a run share them."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from steps.shared import derived_journeys, journey_evidence
from steps.t21_functionality import Functionality
from steps.t22_performance import Performance
from tests.journeys.surfaces import BLOG, SHOP, result, surface
from tests.steps.fakes import FakeSandbox
from wizard.base.errors import SettingsError, StepError, Stopped
from wizard.checklist import loader
from wizard.checklist.answers import Answers
from wizard.checklist.evidence import Status
from wizard.engine.records import Records
from wizard.journeys.result import Verdict
from wizard.project import release_copy
from wizard.site.journey_runner import Exchange, Outcome
from wizard.site.journeys import Journey, JourneyStep
from wizard.state.state_file import Facts

SITE = SimpleNamespace(host="shop.example")


class Run:
    """A run of tasks on a project whose journeys have *results*."""

    def __init__(self, monkeypatch, root, site=BLOG, results=(), flows=(), **target):
        records = Records(root, None, loader.load(root), lambda event: None)
        project = SimpleNamespace(
            surface=site, top=root, git=None, python=SimpleNamespace(prefix=root), root=root, urls=[],
            display_path=lambda path: path.name, value=lambda name, default=None: default,
            dependencies=SimpleNamespace(requirements=lambda: {"django", "stripe"}),
        )  # fmt: skip
        defaults = {"project": project, "may_write": True, "real": False, "task_number": 21, "explored": {},
                    "config": SimpleNamespace(journeys=flows), "payment_skip_reason": "", "journey_outcomes": {},
                    "settings_variables": lambda pattern: []}  # fmt: skip
        self.target = SimpleNamespace(**{**defaults, **target})
        facts = Facts(records.state, records.journal)
        self.sandbox = FakeSandbox(
            name="local", target=self.target, checklist=records.checklist, facts=facts, answers=Answers()
        )
        self.records, self.results, self.state, self.runs = records, list(results), "one", []
        monkeypatch.setattr(release_copy, "fingerprint", lambda *_: self.state)
        monkeypatch.setattr(derived_journeys, "explore_site", self._run)
        monkeypatch.setattr(derived_journeys, "surface", lambda project: project.surface)

    def _run(self, sandbox, site, surface, *, changes):
        self.runs.append(changes)
        if isinstance(self.results, Exception):
            raise self.results
        return self.results

    def explore(self, task=21):
        self.target.task_number = task
        return derived_journeys.explore(self.target.project, self.sandbox, SITE)

    def item(self, item, outcomes=None):
        return list(journey_evidence.collect_evidence(self.sandbox, item, outcomes or {}, self.explore()))

    def resources(self, flows=frozenset()):
        found = derived_journeys.resource_evidence(self.sandbox, self.explore(), flows)
        return {each.item: each for each in found}


@pytest.fixture
def run(monkeypatch, tmp_path):
    (tmp_path / "manage.py").write_text("")
    return lambda *given, **more: Run(monkeypatch, tmp_path, *given, **more)


def flow(item):
    return Journey("tea", item, "A visitor orders tea", (JourneyStep("get", "/", "visitor"),), "golive.yaml:3")


def test_the_tasks_of_a_run_share_the_journeys(run):
    found = run(results=[result("login")])
    assert found.explore(18) is found.explore(21) is found.explore(22)
    assert found.runs == [True]
    found.explore(21)  # it is run again
    assert len(found.runs) == 2
    found.state = "two"  # the project has changed
    found.explore(22)
    assert len(found.runs) == 3


@pytest.mark.parametrize(
    ("verdict", "status"),
    [(Verdict.WORKS, Status.REHEARSED), (Verdict.BROKEN, Status.FAILED), (Verdict.OPEN, Status.OPEN)],
)
def test_a_verdict_becomes_the_status_of_its_item(run, verdict, status):
    [found] = run(results=[result("login", verdict=verdict)]).item("21.2")
    assert found.status is status


def test_an_absent_subject_does_not_apply(run):
    [found] = run(BLOG).item("21.10")
    assert (found.status, found.showed) == (Status.NOT_APPLICABLE, "no cart in 7 URLs, 2 models, 2 templates")


def test_a_payment_service_among_the_dependencies_is_a_subject(run):
    [found] = run(BLOG).item("18.8")
    assert (found.status, found.showed.partition(".")[0]) == (Status.OPEN, "found stripe, but no journey could use it")


def test_a_flow_wins_over_the_journeys_for_its_item(run):
    found = run(results=[result("login", verdict=Verdict.BROKEN)], flows=(flow("21.2"),))
    outcome = Outcome(flow("21.2"), [Exchange("GET /", 200, 0.1, "")])
    [evidence] = found.item("21.2", {"21.2": [outcome]})
    assert (evidence.status, evidence.ran) == (Status.REHEARSED, "flow tea")


def test_a_hole_fails_an_item_even_if_its_flow_holds(run):
    hole = result("hole", "orders.Order", Verdict.BROKEN, "another visitor read it", visitor="second")
    found = run(SHOP, [hole], (flow("21.16"),))
    outcome = Outcome(flow("21.16"), [Exchange("GET /", 200, 0.1, "")])
    statuses = [each.status for each in found.item("21.16", {"21.16": [outcome]})]
    assert statuses == [Status.FAILED, Status.REHEARSED]


def test_resources_become_items_with_stable_numbers(run):
    found = run(results=[result("list", "blog.Post"), result("create", "blog.Comment", verdict=Verdict.BROKEN)])
    evidence = found.resources()
    assert {name: each.status for name, each in evidence.items()} == {"21.21": Status.REHEARSED, "21.22": Status.FAILED}
    assert [item.text for item in found.records.checklist.tasks[21].items[-2:]] == ["Posts: list", "Comments: create"]
    found.results = [result("create", "blog.Comment"), result("list", "blog.Post")]
    assert {name: each.status for name, each in found.resources().items()} == {
        "21.21": Status.REHEARSED, "21.22": Status.REHEARSED
    }  # fmt: skip


def test_a_resource_that_is_gone_does_not_apply_any_more(run):
    found = run(results=[result("list", "blog.Post"), result("list", "books")])
    found.resources()
    found.results = [result("list", "blog.Post")]
    assert found.resources()["21.22"].status is Status.NOT_APPLICABLE
    found.results = []  # the views of posts are still there
    left = found.resources()["21.21"]
    assert (left.status, left.showed) == (Status.OPEN, derived_journeys.NOT_TRIED)


def test_many_open_resources_have_one_item_and_their_own_items_refer_to_it(run):
    names = ("books", "shelves", "loans", "rooms")
    found = run(results=[result("list", name) for name in names])
    assert {each.status for each in found.resources().values()} == {Status.REHEARSED}
    found.results = [result("list", name, Verdict.OPEN, "got 401") for name in names]
    evidence = found.resources()
    assert [evidence[f"21.{number}"].showed for number in (21, 24)] == ["item 21.25 tells about it"] * 2
    assert (evidence["21.21"].status, evidence["21.25"].status) == (Status.NOT_APPLICABLE, Status.OPEN)


def test_a_flow_proves_the_item_of_a_resource(run):
    found = run(results=[result("list", "blog.Post")], flows=(flow("21.21"),))
    assert found.resources(frozenset({"21.21"})) == {}


def test_a_real_site_is_only_read_without_the_answer(run):
    found = run(SHOP, real=True)
    [evidence] = found.item("21.13")
    assert found.runs == [False]
    assert evidence.showed.endswith("Golive changes nothing at a real site without the answer `journeys: full`")
    found.sandbox.answers.given["journeys"] = "full"
    found.item("21.13")
    assert found.runs == [False, True]


def test_a_read_only_check_leaves_earlier_evidence_alone(run):
    found = run(SHOP, real=True, may_write=False)
    found.sandbox.answers.given["journeys"] = "full"
    assert found.item("21.13") == []
    assert found.runs == [False]


def test_only_a_real_site_needs_an_answer(run):
    assert derived_journeys.question(run().sandbox) == []
    real = run(real=True).sandbox
    for step in (Functionality(None), Performance(None)):
        [question] = step.questions(None, real)
        assert (question.name, question.default, question.choices) == ("journeys", "read", ("read", "full"))


def test_an_error_leaves_the_items_open(run):
    found = run(SHOP)
    found.results = StepError("The site doesn't answer")
    [evidence] = found.item("21.13")
    assert (evidence.status, evidence.showed) == (Status.OPEN, "The site doesn't answer")
    assert found.resources() == {}
    found.results = Stopped("Stopped")
    with pytest.raises(Stopped):
        found.explore(21)


def test_task_21_has_evidence_for_each_item_once(run, monkeypatch):
    found = run(results=[result("list", "blog.Post"), result("login")])
    task, site = found.records.checklist.tasks[21], SimpleNamespace(__enter__=None)
    monkeypatch.setattr(FakeSandbox, "target", found.target, raising=False)
    found.target.site = lambda: _Block(site)
    evidence = list(Functionality(task).verify(found.target.project, found.sandbox, Answers()))
    assert [each.item for each in evidence] == [item.id for item in task.items]
    again = list(Functionality(task).verify(found.target.project, found.sandbox, Answers()))
    assert sorted(each.item for each in again) == sorted(each.item for each in evidence)
    assert again[-1].item == "21.21" and again[-1].status is Status.REHEARSED


class _Block:
    def __init__(self, value):
        self.value = value

    def __enter__(self):
        return self.value

    def __exit__(self, *error):
        return None


def test_a_project_without_cloudinary_loads_no_images_from_it(run):
    found = run()
    [evidence] = Performance(None)._images(found.target.project, found.sandbox, {})
    assert evidence.status is Status.NOT_APPLICABLE
    found.target.project.value = lambda name, default=None: ["cloudinary_storage"]
    [evidence] = Performance(None)._images(found.target.project, found.sandbox, {})
    assert evidence.status is Status.OPEN


def test_a_project_whose_views_are_unknown_leaves_its_items_open(run, monkeypatch):
    found = run(surface())
    assert (found.item("21.13")[0].status, found.runs) == (Status.OPEN, [])

    def fail(project):
        raise SettingsError("The settings raise KeyError")

    monkeypatch.setattr(derived_journeys, "surface", fail)
    assert found.item("21.13")[0].showed == "The settings raise KeyError"


def test_errors_at_what_is_not_ticked_are_known_to_the_checks_of_the_log(monkeypatch, tmp_path):
    opened = result("list", "blog.Post", Verdict.OPEN, request="GET /posts/?page=2", status=500)
    works = result("detail", "blog.Post", request="GET /posts/1/", status=500)
    run = Run(monkeypatch, tmp_path, results=[opened, works])
    run.explore(18)
    run.state, run.results = "two", [works]
    run.explore(21)
    assert derived_journeys.failing_paths(run.sandbox) == {"/posts/"}
