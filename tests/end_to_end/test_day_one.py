"""All 24 tasks on the sample: evidence, a second run that changes nothing, undo, and no secret anywhere.

`golive demo` runs the same tasks in a nightly test of the installed package.
"""

from __future__ import annotations

import os
import re
from collections import Counter
from pathlib import Path

import pytest

from tests.cli_runner import golive

PROOFS = (
    "401 × 5, 429 × 1",
    "a row after a restart: ok; a password with special characters, percent-encoded: ok",
    "RuntimeError: raised by the rehearsal to see the error page",
    "stops by SIGTERM",
    "the edge answered 502, then the service again: Monitor is DOWN: Health of the site; Monitor is UP: Health of the",
    "A+ by the six headers; A+ with",
    "POST /api/orders/1/payment/ → 400",
    "RuntimeError: broken on purpose, by task 23",
)

STAY_LIVE = (
    "the files were deployed again, into an empty folder; 1 file as before, the largest of 5,242,880 bytes",
    "canceling statement due to lock timeout",
    "all rows, sequences and constraints are equal",
    "400 requests of /health/, /api/packages/, /api/campaigns/, 16 at a time → 200 × 400",
    "only the path of its own shows it",
)

LOADS = 52
"""The most loads of a run that is killed in task 17 and completed by a second run."""

pytestmark = pytest.mark.timeout(1800)
"""The first test makes the journey, others wait for it."""
needs_proc = pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="reads other processes in /proc")


@needs_proc
@pytest.mark.slow
def test_every_item_is_done_or_rehearsed_with_its_evidence(journey):
    assert "43 of 129 items done, 85 rehearsed, 1 not applicable, 0 need your input, 0 failed" in journey.summary
    assert [proof for proof in PROOFS if proof not in journey.progress] == []
    assert journey.progress.count("/payment/ → 400") == 2, "tasks 18 and 21 pay an order each"


@needs_proc
@pytest.mark.slow
def test_a_run_leaves_no_process_and_listens_on_loopback_only(journey):
    assert journey.left_running == []
    assert journey.listening == []


@needs_proc
@pytest.mark.slow
@pytest.mark.skipif("COVERAGE_PROCESS_CONFIG" in os.environ, reason="the measurement of coverage takes memory")
def test_a_run_stays_within_its_limit_of_memory(journey):
    [megabytes] = re.findall(r"Golive itself took (\d+) MB", journey.progress)
    assert 40 < int(megabytes) <= 150


@needs_proc
@pytest.mark.slow
def test_a_run_loads_the_project_seldom(journey):
    """The numbers are exact: the settings count, and no clock does. The run was killed in task 17, and went on."""
    if not journey.loads:
        pytest.skip("the machine was so slow that a part of the run was repeated")
    count = Counter(journey.loads)
    assert sum(count.values()) <= LOADS, count
    assert count["deployment: migrate"] <= 3 and count["deployment: worker"] <= 10, count


@needs_proc
@pytest.mark.slow
def test_the_optional_day_is_rehearsed_as_far_as_it_concerns_the_sample(journey):
    """The sample sends no mail and has no queue. A copy of the backup elsewhere and a database to ask are missing."""
    summary = journey.stay_live
    assert "1 of 30 items done, 13 rehearsed, 14 not applicable, 2 need your input, 0 failed" in summary
    assert "Open: 29.4 " in summary and "Open: 30.5 " in summary
    assert [proof for proof in STAY_LIVE if proof not in journey.stay_live_progress] == []


@needs_proc
@pytest.mark.slow
def test_a_second_run_and_a_check_change_no_file(journey):
    assert journey.changed_by_second_run == []
    assert journey.planned_again == []
    assert journey.check_output == "", "no item has drifted"
    assert journey.changed_by_check == []


@needs_proc
@pytest.mark.slow
def test_the_projects_own_tests_still_pass(journey):
    code, output = journey.own_tests
    assert code == 0, output


@needs_proc
@pytest.mark.slow
def test_undo_restores_the_repository(journey):
    assert journey.git_status_after_undo == ""


@needs_proc
@pytest.mark.slow
def test_no_secret_is_found_outside_its_place(journey):
    assert journey.leaks == []
    assert journey.env_file_mode == 0o600
    assert journey.backups_after_forget == [], "forget deletes every backup with a secret"


def test_a_folder_without_a_project_is_refused(tmp_path):
    result = golive("--auto", tmp_path, cwd=tmp_path)
    assert result.returncode == 5
    assert "no manage.py" in result.stderr and "Traceback" not in result.stderr


def test_several_projects_need_a_choice(tmp_path):
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "manage.py").write_text("import os\nos.environ.setdefault('DJANGO_SETTINGS_MODULE', 'x')\n")
    result = golive("--auto", tmp_path, cwd=tmp_path)
    assert result.returncode == 5
    assert "--manage a/manage.py" in result.stderr
