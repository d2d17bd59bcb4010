"""Golive as users install it, built and installed into an empty environment; and shell completion."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest

from tests.cli_runner import golive
from tests.conftest import installer, make_environment

TOP = Path(__file__).parents[2]


def run(command, **more):
    return subprocess.run([str(part) for part in command], capture_output=True, text=True, check=False, **more)


def pinned(folder):
    """Write the versions of the lock to a constraints file."""
    names = re.findall(r"^([A-Za-z0-9][^\s;\\]*==[^\s;\\]+)", (TOP / "locks" / "dev.txt").read_text(), re.MULTILINE)
    path = folder / "constraints.txt"
    path.write_text("\n".join(names))
    return path


@pytest.fixture(scope="module")
def installed(tmp_path_factory):
    """The bin folder of a new environment in which the wheel built from the sdist is installed."""
    folder = tmp_path_factory.mktemp("installed")
    build = [sys.executable, "-m", "hatchling", "build", "-d", folder / "dist"]
    assert run([*build, "-t", "sdist"], cwd=TOP).returncode == 0
    (source,) = (folder / "dist").glob("*.tar.gz")
    with tarfile.open(source) as archive:
        archive.extractall(folder / "source", filter="data")
    (unpacked,) = (folder / "source").iterdir()
    result = run([*build, "-t", "wheel"], cwd=unpacked)
    assert result.returncode == 0, result.stderr
    (wheel,) = (folder / "dist").glob("*.whl")
    make_environment(sys.executable, folder / "venv")
    install = [*installer(folder / "venv/bin/python"), "--no-compile", "-c", pinned(folder)]
    result = run([*install, f"{wheel}[postgres]"])
    assert result.returncode == 0, result.stderr
    return folder / "venv" / "bin"


@pytest.fixture
def alone(tmp_path):
    """Options for a process that can import nothing from this checkout."""
    return {"cwd": tmp_path, "env": {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}}


@pytest.mark.slow
def test_the_installed_package_works_without_the_checkout(installed, alone, tmp_path):
    version = run([installed / "golive", "--version"], **alone).stdout
    commit = run(["git", "rev-parse", "--short=9", "HEAD"], cwd=TOP).stdout.strip()
    assert re.fullmatch(
        rf"golive \d+\.\d+\.\d+ \(commit {commit}\+? of \d{{4}}-\d\d-\d\d\), Python 3\.\S+, Linux \S+\n", version
    )
    assert (installed.parent / "share" / "man" / "man1" / "golive.1").is_file()
    (tmp_path / "manage.py").write_text("import os\nos.environ.setdefault('DJANGO_SETTINGS_MODULE', 'x')\n")
    assert "24 Final Checks" in run([installed / "golive", "status"], **alone).stdout
    (tmp_path / "manage.py").unlink()
    look = "import screens, pathlib; print(*pathlib.Path(screens.__file__).parent.rglob('*.tcss'))"
    styles = run([installed / "python", "-c", look], **alone).stdout.split()
    assert len(styles) == len(list((TOP / "screens").rglob("*.tcss")))
    assert run([installed / "django-golive", "--version"], **alone).stdout == version, "uvx and pipx run this script"


@pytest.mark.nightly
def test_the_demo_of_the_wheel_completes_all_24_tasks(installed, alone, tmp_path):
    result = run([installed / "golive", "demo", "--auto"], **alone)
    assert result.returncode == 0, result.stderr[-3000:]
    assert "0 need your input, 0 failed" in result.stdout
    status = run([installed / "golive", "status", "--project", tmp_path / "golive-demo" / "backend"], **alone).stdout
    lines = re.findall(r"^\S +(\d+) .* (\d+)/(\d+)  (\w+)$", status, re.MULTILINE)
    assert [number for number, settled, count, _ in lines if settled == count] == [str(n) for n in range(1, 25)]


def completed(line, cwd):
    """The completions that bash gets for *line*, by argcomplete's protocol."""
    env = {**os.environ, "PYTHONPATH": str(TOP), "_ARGCOMPLETE": "1", "_ARGCOMPLETE_IFS": "\n", "COMP_LINE": line,
             "COMP_POINT": str(len(line)), "COMP_TYPE": "9",
             "_ARGCOMPLETE_STDOUT_FILENAME": str(cwd / "offered")}  # fmt: skip
    golive = cwd / "golive"
    golive.write_text(f"#!{sys.executable}\nimport sys\nfrom wizard.cli.main import main\nsys.exit(main())\n")
    result = run([sys.executable, golive], env=env, cwd=cwd)
    assert result.returncode == 0, result.stderr
    return [word.strip() for word in (cwd / "offered").read_text().split("\n")]


def test_commands_tasks_items_targets_and_projects_are_completed(tmp_path):
    for name in ("shop", "pictures"):
        (tmp_path / name).mkdir()
    (tmp_path / "shop" / "manage.py").write_text("")
    assert {"status", "check", "shop/"} <= set(completed("golive ", tmp_path))
    assert "pictures/" not in completed("golive ", tmp_path)
    assert completed("golive che", tmp_path) == ["check"]
    assert {"1", "24"} <= set(completed("golive undo ", tmp_path))
    assert completed("golive confirm 11.", tmp_path) == ["11.1", "11.2", "11.3"]
    assert completed("golive --target r", tmp_path) == ["railway"]
    assert completed("golive --keep", tmp_path) == ["--keep-going"]


def test_completions_depend_on_the_command(tmp_path):
    (tmp_path / "shop").mkdir()
    (tmp_path / "shop" / "manage.py").write_text("")
    assert {"1", "2", "24"} <= set(completed("golive plan ", tmp_path))
    assert "24.5" in completed("golive waive ", tmp_path)
    assert "24.5" in completed("golive --project shop waive 24.", tmp_path)
    assert "24.5" not in completed("golive waive 24.5 ", tmp_path)
    assert [word for word in completed("golive completion ", tmp_path) if word[0] != "-"] == [
        "bash",
        "zsh",
        "fish",
        "tcsh",
        "powershell",
    ]
    assert completed("golive status s", tmp_path) == ["shop/"]
    assert completed("golive undo --re", tmp_path) == ["--revert"]
    assert completed("golive shop --keep", tmp_path) == ["--keep-going"]


def test_completion_prints_a_working_script(tmp_path):
    script = golive("completion", "bash").stdout
    (tmp_path / "it.sh").write_text(script)
    completion = run(["bash", "-c", f". {tmp_path / 'it.sh'} && complete -p golive"])
    assert "golive" in completion.stdout, completion.stderr
    wrong = golive("completion", "dos")
    assert (wrong.returncode, "Supported shells are bash, zsh, fish" in wrong.stderr) == (2, True)
