"""A site whose members reset their passwords by mail, in a rehearsal: the reset is followed, and faults are found."""

from __future__ import annotations

import pytest

from tests.cli_runner import golive
from tests.faults.fault import CONTROL, Fault, every, replace
from tests.faults.mail_table import AGAIN, CONFIRM, FAULTS, LIMITS, RESET, finished, own
from tests.faults.outcome import planted
from tests.faults.sample import environment
from wizard.checklist.evidence import Status
from wizard.state import state_file

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]
TOKENS = "token_generator=resets.tokens"
TOGETHER = Fault(
    "a link by http that works twice, and no limit",
    every(
        own(AGAIN, (RESET, f'views.PasswordResetView.as_view({TOKENS}, extra_email_context={{"protocol": "http"}})'),
            (CONFIRM, f"views.PasswordResetConfirmView.as_view({TOKENS})")),
        replace(LIMITS, 'LIMITS["password_reset"]', 'LIMITS["another"]'),
    ),
    items={"25.3", "25.4", "25.5"}, says=["the link is http://", "a second time", "12 mails for 12 requests"],
)  # fmt: skip
"""Three faults of the table. Each concerns an item of its own, so one check shows all of them."""


@pytest.fixture(scope="module")
def club(tmp_path_factory):
    return finished(tmp_path_factory.mktemp("club"))


def test_the_reset_of_the_deployed_site_is_followed(club):
    state = state_file.load(club.root)
    assert [state.status(f"25.{number}") for number in range(1, 8)] == [*[Status.REHEARSED] * 5, *[Status.OPEN] * 2]
    showed = {item: each.showed for item, each in state.evidence.items()}
    assert showed["25.1"] == "mail goes to Resend over HTTPS"
    host = "rehearsal.up.railway.app"
    assert showed["25.3"] == f"the mail comes from noreply@{host}, and links to https://{host}"
    assert "a second use of the link is refused" in showed["25.4"]
    assert showed["25.5"] == "3 mails, then request 4: 429"
    assert "https://resend.com/signup" in showed["25.6"]


@pytest.mark.parametrize(
    "fault",
    [
        pytest.param(TOGETHER, id=TOGETHER.name),
        *(pytest.param(each, id=each.name, marks=pytest.mark.nightly) for each in (CONTROL, *FAULTS)),
    ],
)
def test_a_fault_of_the_mail_is_found(club, fault):
    outcome = planted(fault, club, [25])
    assert outcome.holds, f"{outcome.verdict}: {outcome.drifted} {outcome.errors}"


def test_undo_takes_the_plan_back(club):
    before = {path: path.read_bytes() for path in club.root.rglob("*.py") if "venv" not in path.parts}
    done = golive("undo", "25", "--yes", project=club.root, env=environment())
    assert done.returncode == 0, done.stderr
    assert not (club.root / "config/site_name.py").exists()
    settings = (club.root / "config/settings.py").read_text()
    assert "anymail" not in settings
    assert before[club.root / "config/settings.py"].decode().startswith(settings)
    assert "anymail" not in (club.root / "requirements.txt").read_text()
