"""Task 15: which values are valid, and the evidence of each item."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import pytest

from steps import t15_variables as t15
from tests.steps.deployed import HOST, by_item, make_sandbox, observe
from wizard.base.secrets import fingerprint
from wizard.project import served_settings

GOOD = {
    "RAZORPAY_KEY_ID": "rzp_test_abcdefghij1234",
    "RAZORPAY_KEY_SECRET": "a-secret-of-razorpay",
    "CLOUDINARY_CLOUD_NAME": "shop-media",
    "CLOUDINARY_API_KEY": "123456789012345",
    "CLOUDINARY_API_SECRET": "a-secret-of-cloudinary",
    "SENTRY_DSN": "https://0123abcd@o1.ingest.sentry.io/42",
}
ITEMS = dict(zip(GOOD, ("15.4", "15.5", "15.6", "15.7", "15.8", "15.9"), strict=True))
KEY = "12345678"
SETTINGS = {
    "SECRET_KEY": {"length": 8, "fingerprint": fingerprint(KEY)},
    "DEBUG": False,
    "ALLOWED_HOSTS": [HOST],
}


def verify(monkeypatch, values=GOOD, settings=SETTINGS, credentials=None, key=KEY, **answer):
    for module in (t15, t15.secret_evidence):
        monkeypatch.setattr(module, "secret_key_variable", lambda project: "DJANGO_SECRET_KEY")
    monkeypatch.setattr(t15, "debug_variable", lambda project: "DEBUG")
    problem = served_settings.Problem(f"DEBUG is {settings.get('DEBUG')}, read from DEBUG", "settings.py:3")
    monkeypatch.setattr(
        t15.production_choice, "debug_problem", lambda project, debug: None if debug is False else problem
    )
    project = SimpleNamespace(
        settings_under=lambda environment, leave: [{"settings": settings, **answer}],
        env_values=lambda path: {"DJANGO_SECRET_KEY": key},
        production_env=Path("/shop/.env.production"),
        placeholders={},
        start_variables={},
        set_by=lambda name: "",
        origin=lambda name: "settings.py:3",
        display_path=lambda path: path.name,
        settings=SimpleNamespace(reads=list, binds=lambda name: True, variables=lambda name: []),
    )
    checks = []
    sandbox = make_sandbox(
        project=project,
        variables=lambda: values,
        environment=lambda **variables: variables,
        settings_variables=lambda pattern: [name for name in values if t15.re.search(pattern, name)],
        check_credentials=lambda service: checks.append(service) or credentials,
    )
    return by_item(t15.Variables(None).verify(project, sandbox, None)), checks


def test_valid_values_prove_all_items(monkeypatch):
    evidence, checks = verify(monkeypatch)
    assert {item: status for item, (status, _) in evidence.items()} == {
        **{f"15.{number}": "rehearsed" for number in range(1, 10)},
        "15.10": "not-applicable",
    }
    assert checks == ["razorpay", "cloudinary"], "each service is asked once"


@pytest.mark.parametrize(
    ("name", "value", "showed"),
    [
        ("RAZORPAY_KEY_ID", "sk_live_123", "not a Razorpay key id"),
        ("RAZORPAY_KEY_SECRET", "rzp_test_abcdefghij1234", "a key id, not a secret"),
        ("RAZORPAY_KEY_SECRET", "short", "5 characters"),
        ("RAZORPAY_KEY_SECRET", "a-secret-with-a-blank ", "22 characters"),
        ("CLOUDINARY_CLOUD_NAME", "shop media", "shop media"),
        ("CLOUDINARY_API_KEY", "12345", "5 digits"),
        ("CLOUDINARY_API_KEY", "abc", "not a number"),
        ("SENTRY_DSN", "https://sentry.io/42", "not a DSN"),
    ],
)
def test_an_invalid_value_fails_its_item_and_is_not_sent_to_the_service(monkeypatch, name, value, showed):
    evidence, _ = verify(monkeypatch, {**GOOD, name: value}, credentials=observe())
    assert evidence[ITEMS[name]] == ("failed", showed)


def test_a_service_can_reject_a_well_formed_value(monkeypatch):
    evidence, _ = verify(monkeypatch, credentials=observe(False, "Razorpay rejected the keys"))
    assert evidence["15.4"] == ("failed", "a test key; Razorpay rejected the keys")


def test_a_variable_without_a_value_is_open_and_one_that_is_not_read_does_not_apply(monkeypatch):
    values = {name: value for name, value in GOOD.items() if not name.startswith("CLOUDINARY")}
    evidence, checks = verify(monkeypatch, {**values, "SENTRY_DSN": ""})
    assert evidence["15.9"] == ("open", "it has no value in .env.production")
    assert evidence["15.6"] == ("not-applicable", r"they don't read CLOUDINARY\w*CLOUD_NAME")
    assert checks == ["razorpay"]


@pytest.mark.parametrize(
    ("change", "item", "showed"),
    [
        (
            {"SECRET_KEY": {"length": 8, "fingerprint": "another"}}, "15.1",
            "DJANGO_SECRET_KEY has 8 characters, and the settings use another value",
        ),
        ({"DEBUG": True}, "15.2", "DEBUG is True, read from DEBUG"),
        ({"ALLOWED_HOSTS": ["*"]}, "15.3", "ALLOWED_HOSTS is *"),
        ({"ALLOWED_HOSTS": [HOST, "*"]}, "15.3", f"ALLOWED_HOSTS is {HOST}, *"),
        ({"ALLOWED_HOSTS": [HOST, ".app"]}, "15.3", f"ALLOWED_HOSTS is {HOST}, .app"),
        ({"ALLOWED_HOSTS": []}, "15.3", "ALLOWED_HOSTS is empty"),
    ],
)  # fmt: skip
def test_the_key_debug_and_the_hosts_are_checked_in_the_loaded_settings(monkeypatch, change, item, showed):
    evidence, _ = verify(monkeypatch, settings={**SETTINGS, **change})
    assert evidence[item] == ("failed", showed)


def test_settings_that_raise_end_the_check(monkeypatch):
    evidence, _ = verify(monkeypatch, error={"type": "KeyError", "message": "'REDIS_URL'"})
    assert evidence == {"15.1": ("failed", "KeyError: 'REDIS_URL'")}


def test_the_platforms_wildcard_accepts_the_site(monkeypatch):
    evidence, _ = verify(monkeypatch, settings={**SETTINGS, "ALLOWED_HOSTS": ["", ".railway.app"]})
    assert evidence["15.3"] == ("rehearsed", "ALLOWED_HOSTS is .railway.app")


def test_an_address_of_this_machine_leaves_the_domain_open(monkeypatch):
    monkeypatch.setattr(t15.addresses, "list_variables", lambda project, name: ["SITE_ADDRESS"])
    evidence, _ = verify(monkeypatch, settings={**SETTINGS, "SITE_URL": "http://localhost:8000"})
    status, showed = evidence["15.3"]
    assert status == "open" and "SITE_URL is http://localhost:8000" in showed and "Set SITE_ADDRESS in" in showed


def test_a_frontend_on_this_machine_leaves_its_address_open(monkeypatch):
    monkeypatch.setattr(t15.addresses, "list_variables", lambda project, name: [])
    evidence, _ = verify(monkeypatch, settings={**SETTINGS, "FRONTEND_URL": "http://localhost:3000"})
    status, showed = evidence["15.10"]
    assert status == "open" and "FRONTEND_URL is http://localhost:3000" in showed
