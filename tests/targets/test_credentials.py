"""The sources of tokens and their order. A token is shown nowhere and stored in one place only."""

from __future__ import annotations

from types import SimpleNamespace

import keyring
import pytest
from keyring.backend import KeyringBackend
from keyring.backends.fail import Keyring as NoKeyring

from wizard.base import secrets
from wizard.base.browser import qr_code
from wizard.base.errors import StepError
from wizard.editing import dotenv
from wizard.targets.credentials import Credentials, address

NAME = "UPTIMEROBOT_API_KEY"


class Memory(KeyringBackend):
    priority = 1

    def __init__(self):
        super().__init__()
        self.kept = {}

    def get_password(self, service, username):
        return self.kept.get((service, username))

    def set_password(self, service, username, password):
        self.kept[service, username] = password


@pytest.fixture
def ring(monkeypatch):
    before, memory = keyring.get_keyring(), Memory()
    keyring.set_keyring(memory)
    monkeypatch.delenv(NAME, raising=False)
    yield memory
    keyring.set_keyring(before)


@pytest.fixture
def project(tmp_path):
    return SimpleNamespace(
        production_env=tmp_path / ".env.production",
        development_env=tmp_path / ".env",
        env_values=lambda path: dotenv.values(path.read_bytes()),
    )


def test_the_environment_comes_first_then_the_files_then_the_keyring(project, ring, monkeypatch):
    found = Credentials(project)
    places = []
    ring.kept["golive", NAME] = "of-the-keyring"
    for arrange in (
        lambda: None,
        lambda: project.development_env.write_text(f"{NAME}=of-the-development-file\n"),
        lambda: project.production_env.write_text(f"{NAME}=of-the-production-file\n"),
        lambda: monkeypatch.setenv(NAME, " of-the-environment "),
    ):
        arrange()
        found.forget()
        places.append((found.get("NO_SUCH_TOKEN", NAME), found.source(NAME)))
    assert places == [
        ("of-the-keyring", f"{NAME} of the keyring"),
        ("of-the-development-file", f"{NAME} of .env"),
        ("of-the-production-file", f"{NAME} of .env.production"),
        ("of-the-environment", f"{NAME} of the environment"),
    ]


def test_a_stored_token_is_in_the_keyring_and_redacted(project, ring):
    found = Credentials(project)
    assert found.store(NAME, "u123456-a-main-key") == "the keyring"
    assert ring.kept == {("golive", NAME): "u123456-a-main-key"}
    assert found.get(NAME) == "u123456-a-main-key"
    assert "main-key" not in secrets.redact("the key u123456-a-main-key was refused")
    assert "main-key" not in repr(found)


def test_without_a_keyring_the_error_says_where_to_put_the_token(project, ring):
    keyring.set_keyring(NoKeyring())
    with pytest.raises(StepError, match=rf"Add {NAME}=… to \.env\.production"):
        Credentials(project).store(NAME, "u123456-a-main-key")
    assert Credentials(project).get(NAME) == ""


def test_sentry_url_overrides_the_address(monkeypatch):
    monkeypatch.delenv("SENTRY_URL", raising=False)
    assert address("sentry") == "https://sentry.io"
    monkeypatch.setenv("SENTRY_URL", "https://errors.example.com/")
    assert address("sentry") == "https://errors.example.com"


def test_an_address_becomes_a_qr_code():
    segno = pytest.importorskip("segno")
    url = "https://sentry.io/signup/"
    lines = qr_code(url).splitlines()
    expected = [list(row) for row in segno.make(url, error="l", micro=False).matrix_iter(border=2)]
    read = []
    for line in lines:
        read.append([sign in "▀█" for sign in line])
        read.append([sign in "▄█" for sign in line])
    assert [list(map(bool, row)) for row in expected] == read[: len(expected)]
