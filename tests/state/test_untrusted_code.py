"""A project's code runs only after the user trusts it, and never in Golive's own process."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from tests.state.untrusted import GOLIVE, golive, on, whole
from wizard.project.trust import is_trusted, trust


@pytest.fixture
def untrusting(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "untrusting"))


@pytest.fixture
def tracing(shop, tmp_path):
    """A project whose settings leave a trace when they run."""
    settings = shop / "election_cart" / "settings.py"
    trace = tmp_path / "ran"
    settings.write_text(f"open({str(trace)!r}, 'w').close()\n" + settings.read_text())
    return trace


@pytest.mark.parametrize("words", [("--auto", "--only", "2"), ("plan", "2"), ("--dry-run",), ("check",), ("flows",),
                                   ("doctor",), ("demo", "{shop}", "--auto")])  # fmt: skip
def test_no_command_runs_untrusted_code_without_asking(shop, python, untrusting, tracing, words):
    words = [word.format(shop=shop) for word in words]
    before = whole(shop)
    result = golive(*(words if words[0] == "demo" else on(shop, python, words)))
    assert not tracing.exists()
    assert whole(shop) == before
    if words[0] == "doctor":
        assert result.returncode == 1
        assert "✘ trust: You have not trusted" in result.stdout
    else:
        assert result.returncode == 2
    if words[0] not in {"demo", "doctor"}:
        assert f"You have not trusted {shop} yet" in result.stderr
        assert "manage.py and its settings (election_cart.settings)" in result.stderr
        assert "--trust" in result.stderr


def test_trust_is_remembered_with_a_flag_and_implied_in_ci(shop, python, untrusting, tracing):
    result = golive("plan", "2", "--project", shop, "--python", python, CI="true")
    assert result.returncode == 0
    assert f"CI is set: running the code in {shop} without asking" in result.stderr
    assert tracing.exists()
    assert not is_trusted(shop), "trust in CI is not remembered"
    tracing.unlink()
    assert golive("plan", "2", "--trust", "--project", shop, "--python", python).returncode == 0
    assert tracing.exists()
    assert golive("plan", "2", "--project", shop, "--python", python).returncode == 0
    assert is_trusted(shop)


def test_trust_applies_to_the_folder_of_the_code(shop, python, untrusting, tracing, tmp_path):
    """A link in a trusted folder, and an option, that lead to a project in another folder."""
    mine = tmp_path / "mine"
    mine.mkdir()
    trust(mine)
    (mine / "way").symlink_to(shop)
    for words in (("plan", "2", "--project", mine / "way"), ("plan", "2", "--project", mine, "--manage", shop)):
        assert golive(*words, "--python", python).returncode == 2
    assert not tracing.exists()


def test_a_folder_that_looks_like_the_demo_is_not_trusted(shop, python, untrusting, tracing):
    (shop / ".golive").mkdir()
    (shop / "venv").mkdir(exist_ok=True)
    (shop / "venv" / "pyvenv.cfg").write_text("")
    result = golive("demo", shop.parent, "--auto")
    assert (result.returncode, "already exists" in result.stderr) == (2, True)
    assert not is_trusted(shop)
    assert not tracing.exists()


def test_golive_imports_no_module_of_the_project(shop, python, tmp_path):
    """Modules with the names of Golive's own, of its dependencies, and of modules that Python imports at startup."""
    ran = tmp_path / "ran"
    ran.mkdir()
    names = (
        "wizard screens steps yaml httpx textual rich json argparse hmac platformdirs sitecustomize usercustomize site"
    )
    for name in [*names.split(), "packaging", "psutil"]:
        (shop / name).mkdir()
        trap = f"open({str(ran / name)!r}, 'w').close()\n    raise SystemExit(77)\n"
        # The project's interpreter may import them, because it runs trusted code of the project.
        (shop / name / "__init__.py").write_text(f"import sys\nif 'wizard' in sys.orig_argv:\n    {trap}")
    plugin = shop / "evil-1.0.dist-info"
    plugin.mkdir()
    (plugin / "METADATA").write_text("Metadata-Version: 2.1\nName: evil\nVersion: 1.0\n")
    (plugin / "entry_points.txt").write_text("[golive.steps]\nt02_fix_debug = evil:Step\n")
    link = tmp_path / "golive"  # like the one that pipx and uv put on PATH
    link.symlink_to(GOLIVE)
    for words in (["status"], ["report"], ["plan", "2", "--python", python], ["doctor", "--python", python]):
        result = subprocess.run(
            [link, *words], cwd=shop, capture_output=True, text=True, check=False,
            env={**os.environ, "PYTHONPATH": ".", "PYTHONSTARTUP": "wizard/__init__.py"},
        )  # fmt: skip
        assert "Traceback" not in result.stderr
        assert result.returncode in {0, 1, 5}, result.stderr
        assert sorted(path.name for path in ran.iterdir()) == [], words


@pytest.mark.parametrize("given", [{}, {"PYTHONPATH": "."}, {"PYTHONPATH": "modules"}])
def test_python_m_wizard_imports_nothing_from_the_current_folder(shop, tmp_path, given):
    """Golive is installed. A `wizard` package in the current folder would be found first."""
    ran = tmp_path / "ran"
    for folder in (shop, shop / "modules"):
        folder.mkdir(exist_ok=True)
        for name in ("yaml", "argparse", "screens", "steps", "platformdirs"):
            (folder / f"{name}.py").write_text(f"open({str(ran)!r}, 'w').close()\nraise SystemExit(77)\n")
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"} | given
    argv = [sys.executable, "-m", "wizard", "status"]
    result = subprocess.run(argv, cwd=shop, capture_output=True, text=True, check=False, env=environment)
    assert result.returncode == 0, result.stderr
    assert not ran.exists()
