"""Task 14: the project, its DSN, the SDK and the arrival of a test error are separate proofs."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import httpx
import pytest

from steps import t14_sentry as t14
from steps.shared import sentry_init
from tests.steps.deployed import Sentry, Site, by_item, make_sandbox
from tests.steps.fakes import FakeProject
from wizard.editing.source import Source
from wizard.plan.draft import Draft
from wizard.targets.verification.settings import DELIBERATE

SDK = {"active": True, "version": "2.75.0", "pii": False}


def verify(sentry, sdk=SDK, *, may_write=True, status=500):
    operations = []

    def ask(op, environment, dsn):
        operations.append(environment)
        return sdk

    settings = SimpleNamespace(sources=[], main="settings.py")
    project = SimpleNamespace(
        production_environment=lambda **variables: variables, ask=ask, settings=settings, display_path=str
    )
    site = Site({"/golive-raises/": httpx.Response(status)})
    sandbox = make_sandbox(
        site=site, may_write=may_write, sentry=sentry, settings_variables=lambda pattern: ["MY_SENTRY_DSN"]
    )
    sandbox.error_page_settings = lambda: ""
    evidence = by_item(t14.ConfigureSentry(None).verify(project, sandbox, None))
    return {item: status for item, (status, _) in evidence.items()}, evidence, operations


def test_all_items_are_proven_by_a_new_event():
    statuses, evidence, operations = verify(Sentry(["old", DELIBERATE], before=1))
    assert statuses == {
        "14.1": "rehearsed", "14.2": "rehearsed", "14.3": "done", "14.4": "rehearsed", "14.5": "rehearsed",
    }  # fmt: skip
    assert operations == [{"MY_SENTRY_DSN": "https://abc@sentry.example/1"}], "under the name that the settings read"
    assert DELIBERATE in evidence["14.5"][1]


@pytest.mark.parametrize(
    ("sentry", "item", "showed"),
    [
        (Sentry([DELIBERATE], exists=False), "14.1", "there is no project shop"),
        (Sentry([DELIBERATE], dsn=""), "14.2", "no active key"),
        (Sentry([DELIBERATE], before=1), "14.5", "no such event arrived within a minute"),
    ],
)
def test_each_missing_part_fails_its_item_only(sentry, item, showed):
    statuses, evidence, _ = verify(sentry)
    assert [each for each, status in statuses.items() if status == "failed"] == [item]
    assert evidence[item][1] == showed


def test_an_sdk_that_raises_ends_the_check_with_its_error():
    statuses, evidence, _ = verify(Sentry(), {"error": {"type": "BadDsn", "message": "Unsupported scheme"}})
    assert list(statuses) == ["14.1", "14.2", "14.3"]
    assert evidence["14.3"] == ("failed", "BadDsn: Unsupported scheme")


def test_an_inactive_sdk_and_a_view_that_does_not_raise_fail():
    statuses, _, _ = verify(Sentry([DELIBERATE]), {**SDK, "active": False}, status=200)
    assert (statuses["14.3"], statuses["14.4"]) == ("failed", "failed")


def test_personal_data_that_is_sent_is_reported():
    assert "personal data sent" in verify(Sentry(), {**SDK, "pii": True})[1]["14.3"][1]


@pytest.mark.parametrize(
    ("sdk", "status", "showed"),
    [
        ({"given": True, "options": {"environment": "x", "traces_sample_rate": 0.1}}, "done", "sentry-sdk 2."),
        ({"given": False}, "failed", "another DSN than the environment's (settings.py:3)"),
        ({"options": {"environment": "development"}}, "failed", "environment is 'development' (settings.py:4)"),
        ({"options": {"sample_rate": 0.1}}, "open", "sample_rate is 0.1"),
        ({"options": {"traces_sample_rate": 1.0}}, "open", "traces_sample_rate is 1.0 (settings.py:5)"),
        ({"pii": True}, "open", "personal data sent"),
        ({"active": False}, "failed", "the SDK sends no events with DEBUG=False (settings.py:2)"),
    ],
)  # fmt: skip
def test_options_that_lose_errors_or_tell_too_much_are_named(tmp_path, sdk, status, showed):
    text = 'import sentry_sdk\nsentry_sdk.init(\n    dsn="x",\n    environment="y",\n    traces_sample_rate=1.0,\n)\n'
    found = t14.ConfigureSentry(None)._configured(FakeProject(tmp_path, text), {**SDK, **sdk})
    assert found.status == status
    assert showed in found.showed


def test_a_read_only_check_raises_no_error():
    statuses, _, _ = verify(Sentry([DELIBERATE]), may_write=False)
    assert list(statuses) == ["14.1", "14.2", "14.3"]


@pytest.mark.parametrize(
    ("mentions", "active", "is_active"), [(False, True, False), (True, True, True), (True, None, False)]
)
def test_sentry_is_configured_only_if_the_sdk_becomes_active(monkeypatch, mentions, active, is_active):
    settings = SimpleNamespace(mentions=lambda name: mentions, reads=lambda: [("", "APP_DSN", "", None)], sources=[])
    monkeypatch.setattr(t14, "block", lambda project: ["SENTRY_DSN = 1"])
    project = SimpleNamespace(
        settings=settings,
        production_environment=lambda **variables: variables,
        ask=lambda op, environment, leave: {"active": active} if environment == {"APP_DSN": t14.NOWHERE} else {},
    )
    assert t14._is_active(project) is is_active


@pytest.mark.parametrize("quotes", ["'", '"'])
def test_golives_own_block_needs_no_load_to_plan_the_change(monkeypatch, quotes):
    """The first plan adds it in the project's style of quotes, and the second one only finds it."""
    lines = "sentry_sdk.init(dsn=os.getenv('SENTRY_DSN'))"
    monkeypatch.setattr(t14, "block", lambda project: lines.splitlines())
    source = Source.of(Path("settings.py"), f"DEBUG = False\n{lines}\n".replace("'", quotes).encode())
    project = SimpleNamespace(settings=SimpleNamespace(mentions=lambda name: True, sources=[source]))
    assert t14._is_active(project)


INIT = "import sentry_sdk\n\nsentry_sdk.init({})\n"
LISTED = 'ignore_errors=["django.core.exceptions.DisallowedHost"]'


@pytest.mark.parametrize(
    ("before", "after"),
    [
        pytest.param("dsn=DSN, send_default_pii=False", f"dsn=DSN, {LISTED}", id="deprecated option"),
        pytest.param("send_default_pii=False, dsn=DSN", f"dsn=DSN, {LISTED}", id="first"),
        pytest.param(
            'dsn=os.environ["SENTRY_DSN"], environment="production", send_default_pii=False',
            f'\n    dsn=os.environ["SENTRY_DSN"],\n    environment="production",\n    {LISTED},\n',
            id="too long for a line",
        ),
        pytest.param("dsn=DSN", f"dsn=DSN, {LISTED}", id="nothing to remove"),
        pytest.param(
            "dsn=DSN, send_default_pii=True",
            f"\n    dsn=DSN,\n    send_default_pii=True,\n    {LISTED},\n",
            id="wanted",
        ),
        pytest.param("send_default_pii=False, ignore_errors=[]", LISTED, id="both"),
        pytest.param("dsn=DSN, send_default_pii=False, before_send=f", "dsn=DSN, before_send=f", id="own filter"),
        pytest.param(f"dsn=DSN, {LISTED}", f"dsn=DSN, {LISTED}", id="left out already"),
        pytest.param("dsn=DSN, **options", "dsn=DSN, **options", id="unknown options"),
        pytest.param(
            "dsn=DSN, ignore_errors=[KeyError]",
            'dsn=DSN, ignore_errors=[KeyError, "django.core.exceptions.DisallowedHost"]',
            id="own list",
        ),
        pytest.param(
            "\n    dsn=DSN,  # ours\n    send_default_pii=False,  # no names\n    release=R,  # git\n",
            f"\n    dsn=DSN,  # ours\n    release=R,  # git\n    {LISTED},\n",
            id="one a line",
        ),
        pytest.param(
            "\n    dsn=DSN,\n    send_default_pii=False,  # no names\n    before_send=f,\n",
            "\n    dsn=DSN,\n    before_send=f,\n",
            id="removed with its line",
        ),
        pytest.param("\n    dsn=DSN,  # ours\n", f"\n    dsn=DSN,  # ours\n    {LISTED},\n", id="added on a line"),
    ],
)
def test_an_existing_call_is_completed_where_it_is(tmp_path, before, after):
    project = FakeProject(tmp_path, INIT.format(before))
    project.installed = lambda: {"versions": {"sentry-sdk": "2.75.0"}}
    draft = Draft()
    sentry_init.complete(project, draft)
    written = [action.after.decode() for action in draft.actions()] or [INIT.format(before)]
    assert written == [INIT.format(after)]


@pytest.mark.parametrize(
    ("line", "left_out"),
    [
        ('ignore_logger("django.security.DisallowedHost")', True),
        ('LOGGING = {"loggers": {"django.security.DisallowedHost": {"handlers": [], "propagate": False}}}', False),
        ("# scanners cause DisallowedHost", False),
    ],
)
def test_only_the_sdks_own_options_leave_out_foreign_hosts(tmp_path, line, left_out):
    project = FakeProject(tmp_path, INIT.format("dsn=DSN") + line + "\n")
    project.installed = lambda: {"versions": {"sentry-sdk": "2.75.0"}}
    draft = Draft()
    sentry_init.complete(project, draft)
    assert (draft.actions() == []) is left_out


@pytest.mark.parametrize("django", [(3, 2), (4, 1)], ids=str)
def test_an_old_django_only_logs_foreign_hosts(tmp_path, django):
    project = FakeProject(tmp_path, INIT.format(f"dsn=DSN, {LISTED}"), django=django)
    project.installed = lambda: {"versions": {"sentry-sdk": "2.75.0"}}
    draft = Draft()
    sentry_init.complete(project, draft)
    [text] = [action.after.decode() for action in draft.actions()] or [""]
    assert text.endswith('")\n') is (django < (4, 1))
    assert (sentry_init.SILENCE in text and sentry_init.SILENCE_IMPORT in text) is (django < (4, 1))
    assert (sentry_init.SILENCE in "\n".join(t14.block(project))) is (django < (4, 1))


def test_an_old_sdk_keeps_the_option(tmp_path):
    project = FakeProject(tmp_path, INIT.format("dsn=DSN, send_default_pii=False, before_send=f"))
    project.installed = lambda: {"versions": {"sentry-sdk": "2.71.0"}}
    draft = Draft()
    sentry_init.complete(project, draft)
    assert draft.actions() == []


def test_an_event_for_a_foreign_host_is_mentioned():
    noisy = Sentry([f"DisallowedHost: Invalid HTTP_HOST header: '{t14.FOREIGN}'", DELIBERATE])
    assert verify(noisy)[1]["14.5"][1].endswith("Each foreign Host header makes an event too")
    assert "foreign" not in verify(Sentry([DELIBERATE]))[1]["14.5"][1]
