"""Journeys notice what is wrong with the sample projects: a few faults in each run of the tests, all in the nightly run."""

from __future__ import annotations

import os
import re
import subprocess

import pytest

from tests.conftest import made_once
from tests.journeys import fault_table, planted
from tests.journeys.fault_table import CONTROL, Outcome, controls, outcome_of, summary
from tests.journeys.planted import Planted
from tests.journeys.sites import database
from wizard.journeys.result import JourneyResult, Verdict
from wizard.targets.local.postgres import Postgres
from wizard.targets.local.postgres_programs import find_binaries

ALL = planted.collect()
FAST = {("agency", "a message is cut off"), ("polls", "questions of others can be deleted")}
"""Faults of projects that need no more packages than the sample."""
FASTER = 'from {settings} import *\n\nPASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]\n'


def name_of(fault):
    return f"{fault.project}: {fault.name}"


@pytest.fixture(scope="session")
def libraries(tmp_path_factory):
    """The folder with an environment for all projects."""
    with made_once(tmp_path_factory, "journeys") as (folder, missing):
        if missing:
            folder.mkdir()
            fault_table.environment(folder)
    return folder


@pytest.mark.parametrize("control", [row for row in controls() if row.project == "polls"], ids=name_of)
def test_an_unchanged_project_has_no_broken_journey(control, python):
    outcome = outcome_of(control, python)
    assert outcome.holds, outcome.verdict
    assert outcome.count > 5


@pytest.mark.parametrize("fault", [row for row in ALL if (row.project, row.name) in FAST], ids=name_of)
def test_a_fault_is_noticed(fault, python):
    outcome = outcome_of(fault, python)
    assert outcome.holds, outcome.verdict


@pytest.mark.nightly
@pytest.mark.timeout(3 * 3600)
def test_nearly_all_faults_are_noticed_and_no_unchanged_project_is_broken(libraries):
    libraries.chmod(0o755)  # PostgreSQL's own user must get in
    outcomes = list(fault_table.run_all([*controls(), *ALL], libraries, 2))
    line, enough = summary(outcomes)
    failed = [f"{name_of(each.fault)}: {each.verdict}" for each in outcomes if not each.holds]
    assert enough, "\n".join([line, *failed])


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    """A PostgreSQL server, or None on a machine without one."""
    binaries = find_binaries()
    if binaries is None:
        yield None
        return
    running = Postgres(tmp_path_factory.mktemp("postgres"), binaries)
    running.start()
    running.allow_databases(running.role)  # a run of tests makes a database
    yield running
    running.stop()


@pytest.mark.nightly
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("name", planted.names())
def test_each_fault_breaks_a_test_of_its_project(name, libraries, server, tmp_path):
    faults = [fault for fault in ALL if fault.project == name]
    code, printed = own_tests(name, libraries, tmp_path / "unchanged")
    assert code == 0, printed
    if server is not None:
        code, printed = own_tests(name, libraries, tmp_path / "unchanged-postgres", variables=database(server.url()))
        assert code == 0, printed
    for number, fault in enumerate(faults):
        if fault.postgres and server is None:
            continue
        variables = database(server.url()) if fault.postgres else {}
        code, printed = own_tests(name, libraries, tmp_path / str(number), fault, variables)
        assert code == 1 and re.search(r"^(ERROR|FAIL): test_", printed, re.M), f"{fault.name}: {printed[-2000:]}"


def own_tests(name, libraries, folder, fault=None, variables=None):
    """The exit code and the output of the project's own tests, with *fault* planted."""
    root = planted.copy(name, folder, fault)
    [settings] = re.findall(r'"DJANGO_SETTINGS_MODULE", "([\w.]+)"', (root / "manage.py").read_text())
    (root / "faster.py").write_text(FASTER.format(settings=settings))
    command = [libraries / "environment/bin/python", "manage.py", "test", "--noinput", "--settings=faster"]
    given = {**os.environ, **(variables or {})}
    done = subprocess.run(command, cwd=root, env=given, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout + done.stderr


def test_there_are_at_least_eight_faults_in_each_project():
    counts = {name: sum(fault.project == name for fault in ALL) for name in planted.names()}
    assert len(counts) >= 6
    assert min(counts.values()) >= 8, counts


FAULT = Planted("a fault", fault_table.unchanged, {"create"}, ["book"], project="shop")


def broken(kind="create", title="A visitor creates a book"):
    return JourneyResult("a", title, kind, "shop.Row", Verdict.BROKEN, "nothing was saved")


@pytest.mark.parametrize(
    ("outcome", "verdict"),
    [
        (Outcome(FAULT, [broken()]), "ok"),
        (Outcome(FAULT, [broken("list"), broken()]), "ok"),
        (Outcome(FAULT, [broken("list")]), "OTHERWISE A visitor creates a book: nothing was saved"),
        (Outcome(FAULT, [broken(title="A visitor")]), "OTHERWISE A visitor: nothing was saved"),
        (Outcome(FAULT), "NOT NOTICED"),
        (Outcome(FAULT, error="no site"), "ERROR no site"),
        (Outcome(CONTROL), "ok"),
        (Outcome(CONTROL, [broken()]), "FALSE ALARM A visitor creates a book: nothing was saved"),
    ],
)
def test_the_verdict_compares_the_broken_journeys_with_the_row(outcome, verdict):
    assert outcome.verdict == verdict
    assert outcome.holds is (verdict == "ok")


def test_less_than_95_percent_or_a_false_alarm_is_too_little():
    held, missed = Outcome(FAULT, [broken()]), Outcome(FAULT)
    assert summary([Outcome(CONTROL), *[held] * 95, *[missed] * 5]) == (
        "95 of 100 faults noticed (95%), 0 need PostgreSQL; 0 of 1 unchanged projects with a false alarm", True,
    )  # fmt: skip
    assert summary([*[held] * 94, *[missed] * 6])[1] is False
    assert summary([Outcome(CONTROL, [broken()]), held])[1] is False
