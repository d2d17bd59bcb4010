"""The environment of a release: made from the dependency file alone, once, and removed when nobody uses it."""

from __future__ import annotations

import os
import subprocess
import zipfile
from pathlib import Path
from types import SimpleNamespace

import pytest

from wizard.base.errors import Stopped
from wizard.project import dependencies, environment_store, release_environment
from wizard.project.python_environment import PythonEnvironment
from wizard.project.release_environment import InstallError

GONE = 2**22 - 3
"""A process id that no process has: Linux assigns smaller ones."""


@pytest.fixture
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("PIP_TARGET", str(tmp_path / "elsewhere"))
    monkeypatch.setenv("PYTHONPATH", str(tmp_path / "leaking"))
    return tmp_path / "cache/golive/environments"


@pytest.fixture
def project(tmp_path, python, cache):
    """A project whose dependency file is installed from two small wheels."""
    folder = tmp_path / "project"
    folder.mkdir()
    for name, version in (("prices", "1.0"), ("prices", "2.0"), ("money", "1.0")):
        wheel(folder / "wheels", name, version)
    return of(folder, python)


def of(folder, python, *lines):
    packages = next(Path(python).parent.parent.glob("lib/python*/site-packages"))
    project = SimpleNamespace(
        root=folder, top=folder, python=PythonEnvironment(Path(python), "--python"),
        interpreter=SimpleNamespace(start=lambda: {"python": "3.11.7", "packages": str(packages)}),
        display_path=lambda path: str(path.relative_to(folder)),
    )  # fmt: skip
    project.dependencies = dependencies.find(folder, folder)
    require(project, *lines)
    return project


def require(project, *lines):
    path = project.root / "requirements.txt"
    path.write_text("".join(f"{line}\n" for line in ("--no-index", "--find-links wheels", *lines)))


def wheel(folder, name, version):
    folder.mkdir(exist_ok=True)
    info = f"{name}-{version}.dist-info"
    with zipfile.ZipFile(folder / f"{name}-{version}-py3-none-any.whl", "w") as archive:
        archive.writestr(f"{name}.py", f"version = {version!r}\n")
        archive.writestr(f"{info}/METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n")
        archive.writestr(
            f"{info}/WHEEL", "Wheel-Version: 1.0\nGenerator: x\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        )
        archive.writestr(f"{info}/RECORD", f"{name}.py,,\n{info}/METADATA,,\n{info}/WHEEL,,\n{info}/RECORD,,\n")


def provide(project, lines=None):
    return release_environment.provide(project, project.root, [].append if lines is None else lines.append)


def imported(environment, code):
    argv = [str(environment.python), "-c", code]
    return subprocess.run(argv, capture_output=True, text=True, check=False, env={})


def environments(cache):
    return sorted(path.name for path in cache.iterdir() if path.is_symlink())


def test_it_has_what_the_file_names_and_nothing_of_this_machine(project, cache):
    require(project, "prices==1.0")
    environment = provide(project)
    assert environment.description == "1 packages installed from requirements.txt alone"
    assert imported(environment, "import prices; print(prices.version)").stdout == "1.0\n"
    assert "No module named 'django'" in imported(environment, "import django").stderr


def test_it_is_made_once_for_the_same_content_also_for_another_project(project, cache, tmp_path, python):
    require(project, "prices")
    lines = []
    first = provide(project, lines)
    assert lines.pop(0).startswith("Installing")
    lines.clear()
    other = tmp_path / "other"
    (project.root / "wheels").rename(tmp_path / "wheels")
    other.mkdir()
    assert provide(project, lines) == first
    assert provide(of(other, python, "prices"), lines).python == first.python
    assert lines == [], "nothing was installed"
    require(project, "prices", "money")
    with pytest.raises(InstallError):
        provide(project)


def test_a_pin_that_cannot_be_installed_is_named_with_its_line(project, cache):
    require(project, "money", "prices==9")
    with pytest.raises(InstallError) as caught:
        provide(project)
    assert caught.value.what == "requirements.txt:4: prices==9 can't be installed"
    assert "prices==9" in caught.value.why
    assert environments(cache) == [] and not list(cache.glob("*.*")), "nothing is left of it"


def test_without_the_package_index_this_machines_packages_are_used(project, cache):
    (project.root / "requirements.txt").write_text("--index-url http://127.0.0.1:9/simple\nno-such-package-here\n")
    environment = provide(project)
    assert environment.python == project.python.path
    assert environment.description == "with this machine's packages: the package index can't be reached"


def test_where_no_environment_can_be_made_this_machines_packages_are_used(project, cache):
    require(project, "prices")
    cache.parent.mkdir(parents=True)
    cache.write_text("no folder")
    environment = provide(project)
    assert environment.python == project.python.path
    assert environment.reason == f"an environment can't be made in {cache} (File exists)"


def test_a_file_that_git_ignores_is_not_deployed(project, tmp_path):
    copy = tmp_path / "copy"
    copy.mkdir()
    with pytest.raises(InstallError) as caught:
        release_environment.provide(project, copy, lambda line: None)
    assert caught.value.what == "requirements.txt would not be deployed"


def test_the_two_latest_are_kept_and_forget_removes_them(project, cache, tmp_path):
    used = []
    for line in ("prices==1.0", "prices==2.0", "money"):
        require(project, line)
        used.append(provide(project).python.parents[2].name)
    assert environments(cache) == sorted(used[1:])
    half = cache / f"{used[0]}.{GONE}-half"
    half.mkdir()
    in_progress = cache / f"{used[0]}.{os.getpid()}-half"
    in_progress.mkdir()
    environment_store.sweep()
    assert not half.exists() and in_progress.exists(), "another run may be installing it"
    in_progress.rmdir()
    environment_store.forget(project.root)
    assert environments(cache) == [] and not list(cache.glob("*.*"))


def test_the_environment_of_a_deleted_project_is_removed(project, cache, tmp_path, python):
    require(project, "prices")
    provide(project)
    other = tmp_path / "other"
    (project.root / "wheels").rename(tmp_path / "wheels")
    project.root.rename(tmp_path / "moved")
    other.mkdir()
    (tmp_path / "wheels").rename(other / "wheels")
    provide(of(other, python, "money"))
    assert len(environments(cache)) == 1


def test_one_more_line_installs_only_its_package(project, cache):
    require(project, "prices==1.0")
    first = provide(project)
    program = first.python.with_name("show-prefix")
    program.write_text(f"#!{first.python.parents[2].resolve()}/venv/bin/python\nimport sys; print(sys.prefix)\n")
    program.chmod(0o755)
    (project.root / "wheels/prices-1.0-py3-none-any.whl").unlink()
    require(project, "prices==1.0", "money")
    environment = provide(project)
    assert environment.description == "2 packages installed from requirements.txt alone"
    assert imported(environment, "import money, prices; print(prices.version)").stdout == "1.0\n"
    shown = subprocess.run([environment.python.with_name("show-prefix")], capture_output=True, text=True, check=True)
    assert Path(shown.stdout.strip()) == environment.python.parents[1].resolve(), "programs start its own interpreter"
    assert "No module named 'money'" in imported(first, "import money").stderr, "the first one is as it was"


def test_a_line_that_changes_another_package_begins_in_an_empty_environment(project, cache):
    require(project, "prices<2")
    first = provide(project)
    (first.packages / "left_over.py").touch()
    require(project, "prices<2", "money", "prices!=1.0,>=0.5")
    wheel(project.root / "wheels", "prices", "0.9")
    environment = provide(project)
    assert imported(environment, "import prices; print(prices.version)").stdout == "0.9\n"
    assert not (environment.packages / "left_over.py").exists()
    assert imported(first, "import prices; print(prices.version)").stdout == "1.0\n"


def test_a_stopped_installation_leaves_nothing(project, cache):
    require(project, "prices")

    def stop(line):
        if line.startswith("Processing"):
            raise Stopped("You stopped the task")

    with pytest.raises(Stopped):
        release_environment.provide(project, project.root, stop)
    assert not list(cache.iterdir())
    assert provide(project).python.exists()


def test_uv_installs_it_where_it_is_there(project, cache, tmp_path, monkeypatch, python):
    log, folder = tmp_path / "log", tmp_path / "bin"
    folder.mkdir()
    text = f"""#!/bin/sh
echo "$1 $2" >> {log}
case "$1" in
  venv) exec {python} -m venv --without-pip "$6" ;;
  pip) target="$5"; shift 5; exec {python} -m pip --python "$target" install "$@" ;;
esac
"""
    (folder / "uv").write_text(text)
    (folder / "uv").chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")
    require(project, "prices")
    assert imported(provide(project), "import prices").returncode == 0
    assert log.read_text() == "venv --quiet\npip install\n"


@pytest.mark.parametrize(
    ("locked", "file"),
    [
        ('[[package]]\nname = "prices"\nversion = "1.0"\n', "uv.lock"),
        (
            '[[package]]\nname = "money"\nversion = "1.0"\n',
            "pyproject.toml with the pins of uv.lock, which is out of date,",
        ),
    ],
)
def test_the_versions_of_the_lock_file_are_installed(project, cache, monkeypatch, locked, file):
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(project.root / "wheels"))
    (project.root / "requirements.txt").unlink()
    (project.root / "pyproject.toml").write_text('[project]\nname = "x"\ndependencies = ["prices"]\n')
    (project.root / "uv.lock").write_text(locked)
    project.dependencies = dependencies.find(project.root, project.root)
    environment = provide(project)
    assert environment.description == f"1 packages installed from {file} alone"
    version = "1.0" if file == "uv.lock" else "2.0"
    assert imported(environment, "import prices; print(prices.version)").stdout == f"{version}\n"
