"""A draft collects edits of several files into one action for each file, and writes nothing."""

from __future__ import annotations

import pytest

from wizard.plan.actions import WriteFile
from wizard.plan.draft import Draft


@pytest.fixture
def settings(tmp_path):
    path = tmp_path / "settings.py"
    path.write_text("DEBUG = True\n")
    return path


def test_all_edits_of_a_file_become_one_action_with_every_reason(settings):
    draft = Draft()
    draft.source(settings, "read DEBUG").add_import("import os")
    draft.source(settings, "log errors").append("LOGGING = {}\n")
    draft.source(settings, "log errors")
    [action] = draft.actions()
    assert action.after == b"import os\n\nDEBUG = True\nLOGGING = {}\n"
    assert (action.before, action.why) == (b"DEBUG = True\n", "read DEBUG; log errors")
    assert settings.read_bytes() == b"DEBUG = True\n", "nothing is written"


def test_edits_that_change_nothing_make_no_action(settings, tmp_path):
    draft = Draft()
    draft.source(settings, "read DEBUG")
    draft.put(settings.with_name("Procfile"), b"")
    draft.content(tmp_path / ".env")
    assert draft.actions() == [WriteFile(settings.with_name("Procfile"), None, b"")]
    draft.put(settings.with_name("Procfile"), b"web: gunicorn\n")
    assert [action.after for action in draft.actions()] == [b"web: gunicorn\n"]


def test_later_edits_start_from_earlier_ones(tmp_path):
    draft, path = Draft(), tmp_path / ".env"
    path.write_bytes(b"A=1\n")
    draft.put(path, draft.content(path) + b"B=2\n")
    draft.put(path, draft.content(path) + b"C=3\n")
    assert draft.actions() == [WriteFile(path, b"A=1\n", b"A=1\nB=2\nC=3\n")]


def test_secret_files_are_written_first(settings, tmp_path):
    draft = Draft()
    draft.put(tmp_path / "Procfile", b"web: gunicorn\n")
    draft.source(settings).append("X = 1\n")
    draft.put(tmp_path / ".env.production", b"KEY=x\n", secret=True)
    assert [action.path.name for action in draft.actions()] == [".env.production", "Procfile", "settings.py"]


def test_a_new_python_file_has_no_content_before(tmp_path):
    draft = Draft()
    draft.source(tmp_path / "views.py").append("X = 1\n")
    assert draft.actions() == [WriteFile(tmp_path / "views.py", None, b"X = 1\n")]
