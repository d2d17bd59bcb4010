"""Screens are tested with the usual theme, whatever the person at this machine has chosen."""

from __future__ import annotations

import pytest


@pytest.fixture(autouse=True)
def no_choices_of_before(tmp_path_factory, monkeypatch):
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path_factory.mktemp("config")))
