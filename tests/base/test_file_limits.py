"""Files of a project that are not plain files, or far too large: nothing waits for them, no memory or disk fills."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace

import pytest

from steps.shared import csp
from tests import cli_runner
from wizard.base import files, git
from wizard.base.errors import EditError, GoliveError, ProjectError, SettingsError, StepError, UsageError
from wizard.base.git import Git
from wizard.checklist import answers, loader
from wizard.diagnosis.probes import PROBES, rate_limit_probes
from wizard.editing.style import _settings as formatters_settings
from wizard.plan.draft import Draft
from wizard.project import dependencies, release_copy, settings
from wizard.project.detection import locate
from wizard.project.secret_literals import remember_secrets
from wizard.project.settings import SettingsFiles
from wizard.reporting import json_report
from wizard.site.journeys import Extras
from wizard.targets.local.deployment import kept_here, web_command

TOP = Path(__file__).parents[2]
TERABYTE = 1 << 40


def fifo(path):
    os.mkfifo(path)


def listener(path):
    here = Path.cwd()
    os.chdir(path.parent)  # an address of a socket is short
    try:
        socket.socket(socket.AF_UNIX).bind(path.name)
    finally:
        os.chdir(here)


def device(path):
    path.symlink_to("/dev/zero")


def link_to_a_pipe(path):
    os.mkfifo(path.with_name("pipe"))
    path.symlink_to("pipe")


def sparse(path):
    path.touch()
    os.truncate(path, TERABYTE)


def loop(path):
    path.symlink_to(path.name)


KINDS = {
    fifo: "named pipe", listener: "socket", device: "device", link_to_a_pipe: "named pipe", sparse: "too large",
    loop: "symbolic links",
}  # fmt: skip


@contextmanager
def soon(seconds=5):
    """Fails where the block hangs."""

    def late(*_):
        raise TimeoutError("it waits for ever")

    before = signal.signal(signal.SIGALRM, late)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


@pytest.fixture(params=KINDS, ids=lambda make: make.__name__)
def odd(request, tmp_path):
    """Puts the kind of thing that is no plain file into a place; `said` is what has to be told of it."""

    def put(name):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        request.param(path)
        return path

    return SimpleNamespace(put=put, said=KINDS[request.param], make=request.param)


def refused(path, odd, call, *more, error=EditError):
    with soon(), pytest.raises(error) as told:
        call(*more)
    assert str(path) in str(told.value)
    assert odd.said in str(told.value)
    assert told.value.hint


def test_what_is_no_plain_file_is_refused_by_name(odd):
    path = odd.put("file")
    refused(path, odd, files.read, path)
    refused(path, odd, files.text, path)
    refused(path, odd, files.check, path)
    refused(path, odd, Draft().source, path)
    if odd.make is not sparse:  # of these, any number of bytes is read, but none kept
        refused(path, odd, files.digest_of, path)
        refused(path, odd, files.tail, path, 10)


def test_a_file_that_grew_or_hides_its_size_is_read_no_further_than_the_limit(tmp_path):
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


def test_there_is_no_file_is_no_error(tmp_path):
    (tmp_path / "file").write_text("x")
    for path in (tmp_path / "none", tmp_path / "file" / "below"):
        assert files.read(path) is files.digest_of(path) is None
        assert files.text(path) == ""
        assert files.tail(path, 9) == b""
        files.check(path)
    for name in ("x" * 300, "a\0b"):
        with pytest.raises(EditError, match="can't be read"):
            files.read(tmp_path / name)


def test_a_write_over_what_is_no_plain_file_leaves_nothing_behind(tmp_path):
    fifo(tmp_path / "file")
    with soon(), pytest.raises(EditError, match="named pipe"):
        files.write(tmp_path / "file", b"new", over=files.digest(b"old"))
    assert [each.name for each in tmp_path.iterdir()] == ["file"]


def test_files_that_are_given_or_lie_beside_manage_py_are_refused(odd):
    path = odd.put("answers.yaml")
    refused(path, odd, answers.read, path, error=UsageError)
    refused(path, odd, json_report.read_evidence, path, error=UsageError)
    overlay = odd.put("project/golive.yaml") if odd.make is not link_to_a_pipe else None
    if overlay:
        refused(overlay, odd, loader.load, overlay.parent)
        if odd.make is not loop:  # a link that leads nowhere is no file
            refused(overlay, odd, Extras.of, overlay.parent)


def test_settings_and_what_they_take_in_are_refused(odd, tmp_path):
    (tmp_path / "main.py").write_text("from other import *\n")
    path = odd.put("other.py")
    if odd.make in {sparse}:
        refused(
            path, odd, lambda: SettingsFiles("main", tmp_path / "main.py", (tmp_path,)).sources, error=SettingsError
        )
    else:  # Python's own import doesn't find it either
        with soon():
            assert len(SettingsFiles("main", tmp_path / "main.py", (tmp_path,)).sources) == 1
    refused(path, odd, lambda: SettingsFiles("other", path, (tmp_path,)).sources, error=SettingsError)
    with soon():
        assert settings.settings_named_in(path) == ""
        assert SettingsFiles("main", tmp_path / "main.py", (), (path,)).environment.kind == "os"


def test_a_procfile_and_a_gunicorn_configuration_are_refused(odd, tmp_path):
    path = odd.put("Procfile")
    refused(path, odd, web_command, path)
    around = SimpleNamespace(project=SimpleNamespace(root=tmp_path))
    if odd.make is sparse:
        refused(path, odd, PROBES["procfile"], around)
    else:
        with soon():
            assert PROBES["procfile"](around)[0] is None
    if odd.make not in {link_to_a_pipe, device}:
        path = odd.put("gunicorn.conf.py")
        refused(path, odd, kept_here, "gunicorn site.wsgi", tmp_path)


@pytest.mark.parametrize("name", ["requirements.txt", "pyproject.toml", "Pipfile", "requirements/base.txt"])
def test_dependency_files_keep_nobody_waiting(odd, tmp_path, name):
    path = odd.put(name)
    with soon():
        try:
            found = dependencies.find(tmp_path, tmp_path)
            assert found.path != path or not found.exists or odd.make is sparse
            dependencies.providing("django", tmp_path, tmp_path)
        except GoliveError as error:
            assert odd.said in str(error)
            assert str(path) in str(error)
        else:
            assert odd.make is not sparse or name == "Pipfile", "so large a file was read"


def test_what_a_formatter_reads_is_left_when_it_is_no_file(odd, tmp_path):
    for name in ("setup.cfg", "pyproject.toml"):
        if not (odd.make is link_to_a_pipe and name == "pyproject.toml"):
            odd.put(f"project/{name}")
    (tmp_path / "project" / ".git").mkdir()
    with soon():
        assert formatters_settings(tmp_path / "project") == {}


def test_secrets_and_templates_are_looked_for_in_plain_files_only(odd, tmp_path):
    path = odd.put(".env")
    templates = tmp_path / "templates"
    templates.mkdir()
    (templates / "page.html").write_text("<script src='http://cdn.example/x.js'></script>")
    odd.make(templates / "odd.html")
    (templates / "folder.html").mkdir()
    project = SimpleNamespace(inspect_settings=lambda: {"template_dirs": [str(templates)]}, urls=[], root=tmp_path)
    if odd.make is sparse:
        refused(path, odd, remember_secrets, tmp_path, tmp_path)
        refused(templates / "odd.html", odd, csp.content, project)
        return
    with soon():
        remember_secrets(tmp_path, tmp_path)
        assert csp.content(project).plain == "page.html:1"


# ---- the whole tree: copied, hashed


@pytest.fixture
def tree(tmp_path):
    """A folder with a plain file, and everything that is none; with the disk that there is."""
    folder = tmp_path / "tree"
    (folder / "app").mkdir(parents=True)
    (folder / "app" / "views.py").write_text("limit(\n")
    (folder / "inside.py").symlink_to("app/views.py")
    (tmp_path / "outside.txt").write_text("a secret of this machine")
    (folder / "outside.txt").symlink_to(tmp_path / "outside.txt")
    for make in (fifo, listener, device, sparse, loop):
        make(folder / f"{make.__name__}.py")
    return folder


def copied(top, git=None):
    copy = release_copy.Copy(top, git, top.parent / "copy")
    with soon(20):
        copy.sync()
    found = sorted(str(path.relative_to(copy.folder)) for path in copy.folder.rglob("*") if not path.is_dir())
    return copy, found


@pytest.mark.parametrize("with_git", [False, True])
def test_a_copy_holds_what_would_be_deployed_and_says_what_it_leaves_out(tree, with_git):
    if with_git:
        subprocess.run(["git", "init", "-q"], cwd=tree, check=True)
    copy, found = copied(tree, Git(tree) if with_git else None)
    assert found == ["app/views.py", "inside.py"]
    told = {path.name: why for path, why in copy.left_out.items()}
    assert "too large to deploy: 1,099,511,627,776 bytes" in told.pop("sparse.py")
    assert "leads out of the project" in told.pop("outside.txt")
    assert set(told) <= {"device.py"}
    assert not copy.sync(), "nothing has changed"
    (tree / "app" / "views.py").write_text("limit(1\n")
    assert copy.sync()
    assert (copy.folder / "app" / "views.py").read_text() == "limit(1\n"


def test_a_copy_that_the_disk_has_no_room_for_is_not_begun(tree):
    with soon(), pytest.raises(EditError, match="can't be copied") as told:
        release_copy.export(sorted(tree.iterdir()), tree, tree.parent / "exported")
    assert "1,099,511," in told.value.why
    assert not list((tree.parent / "exported").iterdir())


def test_a_folder_that_became_a_link_out_of_the_tree_is_not_followed(tree):
    subprocess.run(["git", "init", "-q"], cwd=tree, check=True)
    subprocess.run(["git", "add", "app"], cwd=tree, check=True)
    elsewhere = tree.parent / "elsewhere"
    (tree / "app").rename(elsewhere)
    (tree / "app").symlink_to(elsewhere)
    copy, found = copied(tree, Git(tree))
    assert not [name for name in found if "views" in name and "inside" not in name]
    assert [path.name for path, why in copy.left_out.items() if "views" in path.name and "leads out" in why]


def test_a_fingerprint_reads_no_special_and_no_endless_file_and_sees_what_changed(tree):
    fifo(tree / ".env")
    with soon(20):
        seen = [release_copy.fingerprint(tree, None, tree / "no-environment")]
        os.utime(tree / "sparse.py", ns=(1, 1))
        seen.append(release_copy.fingerprint(tree, None, tree / "no-environment"))
        (tree / "app" / "views.py").write_text("other")
        seen.append(release_copy.fingerprint(tree, None, tree / "no-environment"))
        (tree.parent / "outside.txt").write_text("what is outside doesn't count")
        seen.append(release_copy.fingerprint(tree, None, tree / "no-environment"))
    assert len(set(seen)) == 3
    assert seen[2] == seen[3]


def test_no_python_file_is_looked_through_that_is_none(tree):
    (tree / "sparse.py").unlink()
    with soon():
        assert list(rate_limit_probes._limited_views(SimpleNamespace(root=tree, display_path=str))) == []


# ---- from end to end


def golive(shop, python, *words):
    return cli_runner.golive(*words, python=python, project=shop, timeout=60)


@pytest.mark.parametrize("make", [fifo, device, sparse], ids=lambda make: make.__name__)
def test_an_env_file_that_is_none_is_told_before_the_settings_wait_for_it(shop, python, make):
    make(shop / ".env")
    told = golive(shop, python, "plan", "2")
    assert told.returncode == 1, told.stderr
    assert f"{shop / '.env'} " in told.stderr
    assert "Traceback" not in told.stderr


def test_a_project_full_of_odd_files_is_worked_on_and_told_of(shop, python):
    for make in (fifo, device, sparse, listener):
        make(shop / f"{make.__name__}.py")
        make(shop / "templates" / f"{make.__name__}.txt")
    told = golive(shop, python, "--auto", "--only", "2")
    assert told.returncode == 0, told.stderr[-2000:]
    assert "sparse.py is too large to deploy" in told.stderr
    assert "templates/device.txt leads out of the project" in told.stderr


def test_a_manage_py_that_is_a_pipe_is_no_project_and_is_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "manage.py")
    with pytest.raises(ProjectError, match="There is no Django project"):
        locate(tmp_path)


def test_git_that_waits_for_a_pipe_is_told(shop, monkeypatch):
    monkeypatch.setattr(git, "LIMIT", 0.5)
    (shop / ".gitignore").unlink(missing_ok=True)
    os.mkfifo(shop / ".gitignore")
    with pytest.raises(StepError, match=r"git ls-files gave no answer: within 0 s\. See that each \.gitignore"):
        Git(shop.parent).deployable()
