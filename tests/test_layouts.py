"""Day one on projects of other layouts, each with an environment of its own: done, repeated without a change, undone.

split_environ: settings package with CRLF, django-environ, requirements folder, custom user, allauth, the admin's
    address and more demanded from the environment, a log setup that silences Django's own loggers, Django 5.2.
decouple_pipfile: python-decouple, Pipfile, no git, class-based login of Django, sign-up and order views, middleware
    as a tuple without Django's protections, a wsgi.py that insists on its settings, a 404 handler, Django 5.1.
poetry_src: poetry, src folder, load_dotenv, simplejwt, dj-rest-auth, class views and a ViewSet of DRF, CACHES,
    LOGGING into a folder that git doesn't hold, Django 4.2.
fresh: what `django-admin startproject` makes today, without a requirements file; the admin's login is the only one.
old: the same of Django 3.2 with CRLF settings, on the oldest Python at hand.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.conftest import in_git

PROJECTS = Path(__file__).parent / "projects"


@dataclass(frozen=True)
class Layout:
    name: str
    needs: tuple[str, ...]
    done: str
    first: int
    sample: str = ""
    python: str = "3.11"
    git: bool = True
    proofs: tuple[str, ...] = ()
    written: tuple[tuple[str, str], ...] = ()
    rehearsed: str = ""


LAYOUTS = [
    Layout(
        "split_environ",
        ("django~=5.2.0", "django-environ", "django-allauth", "psycopg2-binary"),
        "39 of 39 items done",
        0,
        "split_environ",
        proofs=(
            "POST /accounts/login/: 200 × 5, 429 × 1",
            "POST /accounts/signup/: 200 × 3, 429 × 1",
            "POST /admin/login/: 200 × 5, 429 × 1",
        ),
        written=((".gitignore", "\n/static/\n"), ("config/ratelimits.py", '"admin:login": ("login"')),
        rehearsed=" rehearsed, 24 wait for a person, 0 failed",
    ),
    Layout(
        "decouple_pipfile",
        ("django~=5.1.0", "python-decouple"),
        "38 of 39 items done, 1 wait for a person, 0 failed",
        3,
        "decouple_pipfile",
        git=False,
        proofs=("POST /login/: 200 × 5, 429 × 1", "POST /checkout/: 201 × 10, 429 × 1", "by handler404 of the project"),
    ),
    Layout(
        "poetry_src",
        ("django~=4.2.0", "djangorestframework", "djangorestframework-simplejwt", "dj-rest-auth", "python-dotenv"),
        "38 of 39 items done, 1 rehearsed, 0 wait for a person, 0 failed",
        0,
        "poetry_src",
        proofs=(
            "POST /api/token/: 401 × 5, 429 × 1",
            "POST /api/create-order/: 201 × 10, 429 × 1",
            "POST /api/sessions/login/: 401 × 5, 429 × 1",
        ),
        written=(
            ("src/orders/views.py", '    @method_decorator(limit("order", "10/h", key=user_or_ip))\n    def post('),
        ),
    ),
    Layout(
        "fresh",
        ("django",),
        "39 of 39 items done",
        0,
        python="3.12",
        proofs=("POST /admin/login/: 200 × 5, 429 × 1",),
        rehearsed=" rehearsed, 24 wait for a person, 0 failed",
    ),
    Layout("old", ("django~=3.2.0",), "39 of 39 items done", 0, python="3.9", proofs=("9.4 ",)),
]


def golive(*arguments):
    argv = [sys.executable, "-m", "wizard", *map(str, arguments)]
    return subprocess.run(argv, capture_output=True, text=True, check=False, cwd=Path(__file__).parents[1])


def tree(folder):
    left_out = {
        ".git",
        ".golive",
        ".venv",
        "__pycache__",
        "backend.log",
        "log",
    }  # the last two are the project's own doing
    return {
        path.relative_to(folder): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and not left_out & set(path.parts)
    }


def interpreter_of(version):
    """A Python of *version* that really starts: on PATH, or one of pyenv's; None where there is none."""
    candidates = [shutil.which(f"python{version}"), *Path.home().glob(f".pyenv/versions/{version}*/bin/python")]
    for each in filter(None, candidates):
        if not subprocess.run([each, "--version"], capture_output=True, check=False).returncode:
            return each
    return None


def made(layout, folder):
    """The project of *layout* in *folder*, with its own environment."""
    interpreter = interpreter_of(layout.python) or (sys.executable if layout.name != "old" else None)
    if interpreter is None:
        pytest.skip(f"Django 3.2 needs Python {layout.python}, and there is none")
    venv = folder / ".venv"
    if layout.sample:
        shutil.copytree(PROJECTS / layout.sample, folder)
    else:
        folder.mkdir()
    subprocess.run([interpreter, "-m", "venv", venv], check=True)
    pip = [venv / "bin/python", "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    subprocess.run([*pip, *layout.needs], check=True)
    if not layout.sample:
        subprocess.run([venv / "bin/django-admin", "startproject", "mysite", folder], check=True)
        (folder / ".gitignore").write_text(".venv/\n")
    if layout.name == "old":
        settings = folder / "mysite" / "settings.py"
        settings.write_bytes(settings.read_bytes().replace(b"\n", b"\r\n"))
        (folder / "requirements.txt").write_bytes(b"Django==3.2.25\r\n")
    if layout.git:
        in_git(folder)
    return folder


@pytest.mark.parametrize("layout", LAYOUTS, ids=lambda layout: layout.name)
def test_day_one_and_back(layout, tmp_path):
    folder = made(layout, tmp_path / "project")
    before = tree(folder)
    packages = {path.name for path in folder.glob(".venv/lib*/python*/site-packages/*.dist-info")}

    first = golive("--auto", "--only", "1-10", folder)
    assert first.returncode == layout.first, first.stderr[-4000:]
    assert layout.done in first.stdout
    for proof in layout.proofs:
        assert proof in first.stderr

    for path, text in layout.written:
        assert text in (folder / path).read_text()
    after = tree(folder)
    for path, content in before.items():
        if b"\r\n" in content:
            assert b"\n" not in after[path].replace(b"\r\n", b""), f"{path} keeps its line ends"
    again = golive("--auto", "--only", "1-10", folder)
    assert again.returncode == layout.first
    assert tree(folder) == after, "a second run changes no byte"

    if layout.rehearsed:
        last = golive("--auto", "--only", "11-24", folder)
        assert last.returncode == 3, last.stderr[-4000:]
        assert layout.rehearsed in last.stdout, last.stderr[-4000:]
        after = tree(folder)
        assert b"exec gunicorn" in after[Path("Procfile")]

    undone = golive("undo", "1-24", "--project", folder)
    assert undone.returncode == 0, undone.stderr
    assert tree(folder) == before
    assert {path.name for path in folder.glob(".venv/lib*/python*/site-packages/*.dist-info")} == packages
    if layout.git:
        status = subprocess.run(["git", "status", "--short"], cwd=folder, capture_output=True, text=True, check=True)
        assert not status.stdout
