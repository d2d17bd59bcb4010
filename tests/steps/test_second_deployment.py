"""Task 28: what the rehearsal of a second deployment shows, stage by stage, and the plan."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from pathlib import Path
from types import SimpleNamespace

import httpx
import pytest

from steps import t28_second_deployment as t28
from steps.shared import second_deployment, visits
from steps.shared.second_deployment import SecondDeployment
from steps.shared.visits import Visits
from tests.steps.deployed import Site, make_sandbox, observe
from tests.steps.fakes import by_item, completed
from tests.steps.real_project import apply, opened
from wizard.base.errors import CommandError, Stopped
from wizard.checklist.answers import Answers
from wizard.checklist.evidence import Status
from wizard.project.package_migrations import PackageMigrations
from wizard.project.platform import RAILWAY
from wizard.project.previous_version import PreviousVersion
from wizard.targets.local.request_loop import Requests, requesting
from wizard.targets.local.rollover import MIGRATE, Rollover

PREVIOUS = PreviousVersion("0" * 40, "the last commit 00000000", deployed=False)
NEW = [Path("/shop/polls/migrations/0002_more.py")]
GAVE_UP = completed(1, "canceling statement due to lock timeout")
FINE = Visits("7 pages and 2 flows", {})
BROKEN = Visits("7 pages and 2 flows", {"/": "/ answers an error"})


class Trial:
    """A rollover whose stages end as the test says."""

    def __init__(self, *, new=(), migrate=GAVE_UP, ends="", **given):
        self.new, self.previous, self.ends, self.changed = list(new), PREVIOUS, ends, []
        self.first, self.next, self.steps = "previous", "next", []
        self.migrate, self.given = migrate, given
        self.variables = {"RAILWAY_DEPLOYMENT_DRAINING_SECONDS": "30"}

    def environment(self):
        return self.variables

    def site(self):
        return Site({"/health/": 200})

    def migrate_while_locked(self):
        if isinstance(self.migrate, CommandError):
            raise self.migrate
        return self.migrate, 5.0

    def replace(self, old, new):
        self.steps.append(f"{old} is replaced by {new}")
        return self.ends

    def table_problems(self, deployment=None):
        if deployment == "next":
            return ["polls.Party can't be read"]
        return self.given.get("tables", [])

    def __getattr__(self, name):
        def stage():
            self.steps.append(name)
            if name in self.given:
                raise self.given[name]

        if name.startswith("start_"):
            return stage
        raise AttributeError(name)


@pytest.fixture
def stages(monkeypatch):
    """A function that runs the stages of a trial, with what the site shows before and after the migration."""

    def run(trial, before=FINE, after=FINE, back=FINE):
        shown = iter([before, after, back])
        monkeypatch.setattr(visits, "pages", lambda project, site: next(shown))
        monkeypatch.setattr(visits, "everything", lambda project, sandbox, site: next(shown))
        monkeypatch.setattr(second_deployment, "list_addresses", lambda project, limit=0: [])
        monkeypatch.setattr(second_deployment, "find", lambda root, top: SimpleNamespace(place=lambda: (root, 1)))
        project = SimpleNamespace(
            root=Path("/shop"), top=Path("/shop"), platform=RAILWAY, display_path=str,
            settings=SimpleNamespace(main=Path("/shop/settings.py")), production_env=Path("/shop/.env.production"),
        )  # fmt: skip
        return by_item(SecondDeployment(project, make_sandbox(), trial).evidence())

    return run


def test_all_stages_are_rehearsed_in_their_order(stages):
    trial = Trial(new=NEW)
    found = stages(trial)
    assert {item: each.status for item, each in found.items()} == dict.fromkeys(second_deployment.RAN, Status.REHEARSED)
    assert trial.steps == ["start_previous", "start_next", "previous is replaced by next", "start_previous_again",
                           "next is replaced by previous"]  # fmt: skip
    assert "1 new migration since the last commit 00000000" in found["28.3"].showed
    assert "all models, 7 pages and 2 flows as before" in found["28.3"].showed


def test_the_other_stages_go_on_while_the_migration_waits_for_its_lock(stages):
    trial, ended = Trial(), threading.Event()

    def migrate():
        return (GAVE_UP, 5.0) if ended.wait(30) else (None, 30.0)

    def replace(old, new):
        if old == "next":  # the last stage
            ended.set()
        return ""

    trial.migrate_while_locked, trial.replace = migrate, replace
    assert stages(trial)["28.2"].status is Status.REHEARSED


def test_without_new_migrations_the_evidence_says_that_both_are_the_same(stages):
    assert "both versions are the same code" in stages(Trial())["28.3"].showed


@pytest.mark.parametrize(
    ("trial", "shown", "item", "says"),
    [
        (Trial(new=NEW), {"after": BROKEN}, "28.3", "/ answers an error"),
        (Trial(migrate=None), {}, "28.2", "it still waited after 5 s"),
        (Trial(migrate=completed(0, "")), {}, "28.2", "it did not wait for the lock"),
        (Trial(migrate=completed(1, "no such command")), {}, "28.2", "another reason: no such command"),
        (Trial(migrate=CommandError("psql ended", "no such table")), {}, "28.2", "can't be locked: no such table"),
        (Trial(ends="killed after 10 s"), {}, "28.4", "killed after 10 s"),
        (Trial(start_previous_again=CommandError("It did not start", "no column")), {}, "28.5", "no column"),
        (Trial(), {"back": BROKEN}, "28.5", "/ answers an error"),
    ],
)
def test_a_stage_that_fails_is_told_by_its_item(stages, trial, shown, item, says):
    found = stages(trial, **shown)
    assert found[item].status is Status.FAILED and says in found[item].showed and found[item].where


def test_what_failed_before_the_migration_is_not_its_fault(stages):
    found = stages(Trial(new=NEW), before=BROKEN, after=BROKEN, back=BROKEN)
    assert found["28.3"].status is found["28.5"].status is Status.REHEARSED


def test_a_model_that_the_old_code_cannot_use_is_told(stages):
    trial = Trial(new=NEW)
    answers = iter([[], ["polls.Party can't be saved: the column seats needs a value"]])
    trial.table_problems = lambda: next(answers)
    found = stages(trial)
    for item in ("28.3", "28.5"):
        assert found[item].status is Status.FAILED and "the column seats needs a value" in found[item].showed
    assert found["28.4"].showed.endswith("of /health/"), "it says what was requested"


def test_a_migration_that_was_changed_after_it_had_run_is_told(stages):
    trial = Trial()
    trial.changed = [Path("/shop/polls/migrations/0001_initial.py")]
    found = stages(trial)
    assert [item for item, each in found.items() if each.status is Status.FAILED] == ["28.4"]
    assert "in the new version polls.Party can't be read: 0001_initial.py was changed" in found["28.4"].showed
    assert found["28.4"].where == "/shop/polls/migrations/0001_initial.py:1"


def test_a_journey_that_the_old_code_cannot_do_on_new_tables_fails_after_a_rollback_too(stages):
    order = Visits(FINE.tried, {"flow order": "flow order: POST /orders/ answered 500"})
    found = stages(Trial(new=NEW), after=order)
    for item in ("28.3", "28.5"):
        assert found[item].status is Status.FAILED and "POST /orders/ answered 500" in found[item].showed


@pytest.mark.parametrize(("value", "says"), [("", "not set"), ("0", "not set"), ("soon", "not set"), ("4", "4, so a")])
def test_a_version_that_gets_no_time_to_end_is_told(stages, value, says):
    trial = Trial(ends="killed")  # by a busy machine, too
    trial.variables = {"RAILWAY_DEPLOYMENT_DRAINING_SECONDS": value}
    every = stages(trial)
    assert [item for item, each in every.items() if each.status is Status.FAILED] == ["28.4"]
    found = every["28.4"]
    assert found.status is Status.FAILED and f"RAILWAY_DEPLOYMENT_DRAINING_SECONDS is {says}" in found.showed
    assert found.where == "/shop/.env.production"


def test_a_previous_version_that_does_not_start_leaves_all_undecided(stages):
    found = stages(Trial(start_previous=CommandError("The deployment did not become healthy", "no Procfile")))
    assert {each.status for each in found.values()} == {Status.OPEN}
    assert "the last commit 00000000 does not start here" in found["28.3"].showed
    assert "answer previous_version" in found["28.3"].showed


def test_the_user_can_stop_it(stages):
    with pytest.raises(Stopped):
        stages(Trial(start_previous=Stopped("stopped")))


# ---- requests


def test_failed_requests_are_counted_while_the_block_runs():
    site = Site({"/": httpx.Response(200), "/broken/": httpx.Response(502)})
    requests = Requests()
    with requesting(site, ["/", "/broken/"], requests, visitors=2, pause=0.001):
        while requests.count < 20:
            site.get("/")
    count = requests.count
    assert str(requests).startswith(f"{len(requests.failures)} of {count} requests failed, the first: GET /broken/")
    assert 0 < len(requests.failures) < count and requests.count == count


# ---- the command that migrates


@pytest.mark.parametrize(
    ("start", "before", "options"),
    [
        ("python manage.py migrate --noinput && exec gunicorn a.wsgi", "", ""),
        ("cd backend && PGOPTIONS='-c a=5s' python manage.py migrate", "PGOPTIONS='-c a=5s' ", ""),
        ("A=1 B=\"x y\" poetry run python manage.py --settings=a.b migrate", 'A=1 B="x y" ', ""),
        ("python manage.py -v0 migrate", "", " -v0"),
    ],
)  # fmt: skip
def test_the_command_that_migrates_keeps_its_variables(start, before, options):
    found = MIGRATE.search(start)
    assert found and found["before"] == before
    assert found["options"].endswith(options)


def test_a_platform_without_a_variable_gives_the_usual_time():
    seconds = Rollover._seconds
    trial = SimpleNamespace(environment=lambda: {"D": "30", "O": "2", "Z": "x"})
    assert [seconds(trial, name) for name in ("", "D", "O", "Z", "NONE")] == [10.0, 10.0, 2.0, 0.0, 0.0]


# ---- the plan


SETTINGS = """
DATABASES = {"default": {"ENGINE": "django.db.backends.postgresql", "NAME": "shop",
                         "OPTIONS": {"options": "-c search_path=shop", "sslmode": "require"}}}
"""
READ = """
import json, sys
sys.argv = ["manage.py", *sys.argv[1:]]
names = {"__file__": "settings.py"}
exec(open("settings.py").read(), names)
print(json.dumps(names["DATABASES"]["default"]["OPTIONS"]))
"""


def options_under(folder, *arguments):
    done = subprocess.run(
        [sys.executable, "-c", READ, *arguments], cwd=folder, check=True, capture_output=True, text=True
    )
    return json.loads(done.stdout)


def test_the_plan_limits_migrations_only_and_keeps_the_other_options(tmp_path, python):
    with opened(tmp_path, python, {"requirements.txt": "django\n"}, SETTINGS) as (project, sandbox):
        step = t28.SecondDeployment(None)
        before = (tmp_path / "settings.py").read_bytes()
        plan = step.plan(project, sandbox, Answers())
        assert apply(project, plan) == [".env.production", "settings.py"]
        assert (tmp_path / "settings.py").read_bytes().startswith(b"import sys\n" + before)
        variables = (tmp_path / ".env.production").read_text().splitlines()
        assert variables == ["RAILWAY_DEPLOYMENT_OVERLAP_SECONDS=5", "RAILWAY_DEPLOYMENT_DRAINING_SECONDS=30"]
        again = step.plan(project, sandbox, Answers())
        assert not again.actions
    kept = {"options": "-c search_path=shop", "sslmode": "require"}
    limits = "-c search_path=shop -c lock_timeout=5s -c statement_timeout=4min"
    assert options_under(tmp_path, "runserver") == kept
    assert options_under(tmp_path, "migrate", "--noinput") == {**kept, "options": limits}


def test_a_project_with_its_own_limit_keeps_it(tmp_path, python):
    procfile = "web: PGOPTIONS='-c lock_timeout=2s' python manage.py migrate && exec gunicorn shop.wsgi\n"
    files = {"requirements.txt": "django\n", "Procfile": procfile}
    with opened(tmp_path, python, files, SETTINGS) as (project, sandbox):
        plan = t28.SecondDeployment(None).plan(project, sandbox, Answers())
        assert [action.path.name for action in plan.actions] == [".env.production"]


# ---- what the platform shows


@pytest.mark.parametrize(
    ("seen", "status", "says"),
    [
        (observe(showed="0 of 60 requests failed"), Status.DONE, "0 of 60"),
        (observe(False, "3 of 60 requests failed"), Status.FAILED, "3 of 60"),
        (None, Status.REHEARSED, "here"),
    ],
)
def test_a_watched_deployment_at_the_platform_counts_more_than_the_rehearsal(seen, status, says):
    sandbox = make_sandbox(real=True, rollover_status=lambda: seen)
    sandbox.project = SimpleNamespace(display_path=str, production_env=Path(".env.production"))
    here = t28.replace(_evidence("28.4"), showed="here")
    found = t28._observed(sandbox, here)
    assert found.status is status and says in found.showed


@pytest.mark.parametrize(
    ("seen", "status", "says"),
    [
        (observe(showed="Railway can go back to 1a2b3c4d"), Status.REHEARSED, "1a2b3c4d"),
        (observe(None, "there is no earlier deployment"), Status.OPEN, "no earlier"),
        (None, Status.REHEARSED, "fine"),
    ],
)
def test_a_rollback_needs_an_earlier_deployment(seen, status, says):
    sandbox = make_sandbox(real=True, rollback_status=lambda: seen, rollback_trial=lambda: None)
    found = t28._observed(sandbox, _evidence("28.5"))
    assert found.status is status and says in found.showed


@pytest.mark.parametrize(("holds", "status"), [(True, Status.DONE), (False, Status.FAILED)])
def test_a_rollback_that_was_tried_in_production_counts(holds, status):
    trial = observe(holds, "0 of 60 requests failed")
    found = t28._observed(make_sandbox(real=True, rollback_trial=lambda: trial), _evidence("28.5"))
    assert found.status is status and "0 of 60" in found.showed


@pytest.mark.parametrize(
    ("answer", "candidate", "trial", "calls"),
    [
        ("yes", "1a2b3c4d", None, ["go back to 1a2b3c4d and forward again, with requests all the time"]),
        ("no", "1a2b3c4d", None, []),
        ("yes", "", None, []),
        ("yes", "1a2b3c4d", observe(), []),
    ],
)
def test_a_rollback_in_production_needs_the_answer_and_is_tried_once(monkeypatch, answer, candidate, trial, calls):
    monkeypatch.setattr(t28, "_has_timeout", lambda project: True)
    monkeypatch.setattr(t28, "_missing_variables", lambda project: [])
    target = {"rollback_candidate": lambda: candidate, "rollback_trial": lambda: trial,
              "actions": lambda stage, changed: []}  # fmt: skip
    sandbox, step = make_sandbox(real=True, **target), t28.SecondDeployment(None)
    plan = step.plan(SimpleNamespace(platform=RAILWAY), sandbox, Answers({"rollback.try": answer}))
    assert [action.what for action in plan.actions] == calls
    questions = [question.name for question in step.questions(None, sandbox)]
    assert questions == ["previous_version", *(["rollback.try"] if candidate else [])]


def _evidence(item):
    return t28.Evidence(item, Status.REHEARSED, "command", "the rehearsal", "fine")


def test_without_postgresql_the_stages_stay_undecided(tmp_path, monkeypatch):
    monkeypatch.setattr(t28.previous_version, "find", lambda *arguments: None)
    sandbox = make_sandbox(database=SimpleNamespace(server=None, url=""))
    sandbox.facts = SimpleNamespace(get=lambda name: "")
    project = SimpleNamespace(git=None)
    found = by_item(t28.SecondDeployment(None).verify(project, sandbox, Answers()))
    assert {each.status for each in found.values()} == {Status.OPEN}
    assert "without a git commit" in found["28.1"].showed and "django-golive[postgres]" in found["28.2"].showed


def broken(error):
    raise error


@pytest.mark.parametrize(
    ("installs", "status", "says"),
    [
        (lambda *given: [PackageMigrations("shop", "1.0", "2.0", ("shop.migrations.0002_more",))], Status.DONE,
         "1 new migration, all safe (shop among them)"),
        (lambda *given: broken(CommandError("pip failed", "no index")), Status.OPEN, "are not known: pip failed"),
    ],
)  # fmt: skip
def test_new_migrations_of_packages_count_and_are_never_taken_for_none(monkeypatch, installs, status, says):
    monkeypatch.setattr(t28.package_migrations, "find", installs)
    monkeypatch.setattr(t28.migration_safety, "faults", lambda *given: [])
    project = SimpleNamespace(production_environment=lambda **variables: variables)
    sandbox = make_sandbox(database=SimpleNamespace(url="postgresql://"))
    sandbox.on_line = print
    [evidence] = t28.SecondDeployment(None)._migrations(project, sandbox, PREVIOUS, [])
    assert (evidence.status, says in evidence.showed) == (status, True), evidence
