"""Special and oversized files of a project are refused without blocking and without filling the memory."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import pytest

from steps.shared import csp
from tests.base.special_files import device, fifo, link_to_a_pipe, loop, sparse, time_limit
from wizard.base import files
from wizard.base.errors import EditError, GoliveError, SettingsError, UsageError
from wizard.checklist import answers, loader
from wizard.diagnosis.probes import PROBES
from wizard.editing.style import _settings as formatters_settings
from wizard.plan.draft import Draft
from wizard.project import dependencies
from wizard.project.secret_literals import remember_secrets
from wizard.project.settings import SettingsFiles
from wizard.project.settings_lookup import settings_named_in
from wizard.reporting import json_report
from wizard.site.journey_reader import read_config
from wizard.targets.local.start_command import bind_to_loopback, web_command


def refused(path, special, call, *more, error=EditError):
    with time_limit(), pytest.raises(error) as raised:
        call(*more)
    assert str(path) in str(raised.value)
    assert special.message in str(raised.value)
    assert raised.value.hint


def test_a_special_or_oversized_file_is_refused_by_name(special):
    path = special.create("file")
    refused(path, special, files.read, path)
    refused(path, special, files.text, path)
    refused(path, special, files.check, path)
    refused(path, special, Draft().source, path)
    if special.make is not sparse:  # files of any size may be hashed and tailed
        refused(path, special, files.digest_of, path)
        refused(path, special, files.tail, path, 10)


def test_a_file_that_grows_or_hides_its_size_is_read_up_to_the_limit(tmp_path):
    path = tmp_path / "file"
    path.write_bytes(b"x" * 100)
    assert files.read(path, 100) == b"x" * 100
    assert files.tail(path, 30) == b"x" * 30
    assert files.tail(path, 300) == b"x" * 100
    with pytest.raises(EditError, match="100 bytes; Golive reads at most 99"):
        files.read(path, 99)
    if Path("/proc/self/maps").exists():
        assert Path("/proc/self/maps").stat().st_size == 0
        with pytest.raises(EditError, match="reads at most 10 "):
            files.read(Path("/proc/self/maps"), 10)


def test_a_missing_file_is_not_an_error(tmp_path):
    (tmp_path / "file").write_text("x")
    for path in (tmp_path / "none", tmp_path / "file" / "below"):
        assert files.read(path) is files.digest_of(path) is None
        assert files.text(path) == ""
        assert files.tail(path, 9) == b""
        files.check(path)
    for name in ("x" * 300, "a\0b"):
        with pytest.raises(EditError, match="can't be read"):
            files.read(tmp_path / name)


def test_a_refused_write_leaves_no_temporary_file(tmp_path):
    fifo(tmp_path / "file")
    with time_limit(), pytest.raises(EditError, match="named pipe"):
        files.write(tmp_path / "file", b"new", over=files.digest(b"old"))
    assert [each.name for each in tmp_path.iterdir()] == ["file"]


def test_answers_reports_and_overlays_are_refused(special):
    path = special.create("answers.yaml")
    refused(path, special, answers.read, path, error=UsageError)
    refused(path, special, json_report.read_ticked, path, error=UsageError)
    overlay = special.create("project/golive.yaml") if special.make is not link_to_a_pipe else None
    if overlay:
        refused(overlay, special, loader.load, overlay.parent)
        if special.make is not loop:  # a broken link counts as a missing file
            refused(overlay, special, read_config, overlay.parent)


def test_settings_and_their_imports_are_refused(special, tmp_path):
    (tmp_path / "main.py").write_text("from other import *\n")
    path = special.create("other.py")
    if special.make in {sparse}:
        refused(
            path, special, lambda: SettingsFiles("main", tmp_path / "main.py", (tmp_path,)).sources, error=SettingsError
        )
    else:  # Python's own import doesn't find it either
        with time_limit():
            assert len(SettingsFiles("main", tmp_path / "main.py", (tmp_path,)).sources) == 1
    refused(path, special, lambda: SettingsFiles("other", path, (tmp_path,)).sources, error=SettingsError)
    with time_limit():
        assert settings_named_in(path) == ""
        assert SettingsFiles("main", tmp_path / "main.py", (), (path,)).environment.kind == "os"


def test_a_procfile_and_a_gunicorn_configuration_are_refused(special, tmp_path):
    path = special.create("Procfile")
    refused(path, special, web_command, path)
    around = SimpleNamespace(project=SimpleNamespace(root=tmp_path, top=tmp_path), cause=None)
    if special.make is sparse:
        refused(path, special, PROBES["procfile"], around)
    else:
        with time_limit():
            assert PROBES["procfile"](around)[0] is None
    if special.make not in {link_to_a_pipe, device}:
        path = special.create("gunicorn.conf.py")
        refused(path, special, bind_to_loopback, "gunicorn site.wsgi", tmp_path)


@pytest.mark.parametrize("name", ["requirements.txt", "pyproject.toml", "Pipfile", "requirements/base.txt"])
def test_dependency_files_do_not_block(special, tmp_path, name):
    path = special.create(name)
    with time_limit():
        try:
            found = dependencies.find(tmp_path, tmp_path)
            assert found.path != path or not found.exists or special.make is sparse
            dependencies.requirement_for("django", tmp_path, tmp_path)
        except GoliveError as error:
            assert special.message in str(error)
            assert str(path) in str(error)
        else:
            assert special.make is not sparse or name == "Pipfile", "the oversized file was read"


def test_formatter_settings_that_are_not_regular_files_are_ignored(special, tmp_path):
    for name in ("setup.cfg", "pyproject.toml"):
        if not (special.make is link_to_a_pipe and name == "pyproject.toml"):
            special.create(f"project/{name}")
    (tmp_path / "project" / ".git").mkdir()
    with time_limit():
        assert formatters_settings(tmp_path / "project") == {}


def test_secrets_and_templates_are_searched_in_regular_files_only(special, tmp_path):
    path = special.create(".env")
    templates = tmp_path / "templates"
    templates.mkdir()
    (templates / "page.html").write_text("<script src='http://cdn.example/x.js'></script>")
    special.make(templates / "odd.html")
    (templates / "folder.html").mkdir()
    project = SimpleNamespace(inspect_settings=lambda: {"template_dirs": [str(templates)]}, urls=[], root=tmp_path,
                              own=lambda path: path, display_path=lambda path: path.name)  # fmt: skip
    if special.make is sparse:
        refused(path, special, remember_secrets, tmp_path, tmp_path)
        refused(templates / "odd.html", special, csp.scan_templates, project)
        return
    with time_limit():
        remember_secrets(tmp_path, tmp_path)
        assert csp.scan_templates(project).plain == "page.html:1"
