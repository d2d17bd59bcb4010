"""Task 9 on a real project: collected files in git, and middleware that answers before WhiteNoise."""

from __future__ import annotations

import subprocess

import pytest

from tests.cli_runner import golive
from tests.conftest import fresh, installer

GATE = """
from django.http import HttpResponse


class Gate:
    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        closed = request.path.startswith("/static/")
        return HttpResponse("closed", status=503) if closed else self.get_response(request)
"""
SETTINGS = """
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "election_cart.gate.Gate",  # closed at night
    "whitenoise.middleware.WhiteNoiseMiddleware",  # no nginx
    *MIDDLEWARE[2:],
]
STATIC_ROOT = BASE_DIR / "public" / "static"
"""


def tracked(shop):
    listed = subprocess.run(["git", "ls-files", "public"], cwd=shop, capture_output=True, text=True, check=True)
    return listed.stdout.split()


@pytest.fixture(scope="module")
def shop(python, tmp_path_factory):
    """A project whose collected files are in git, with one that nobody collects."""
    shop = fresh(tmp_path_factory.mktemp("static") / "shop", python)
    for name, text in (
        ("election_cart/settings.py", SETTINGS), ("election_cart/gate.py", GATE), ("../.gitignore", ".env\n"),
        ("requirements.txt", "whitenoise\n"), ("public/static/admin/css/base.css", "/* old */\n"),
        ("public/static/robots.txt", "User-agent: *\n"),
    ):  # fmt: skip
        path = shop / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text((path.read_text() if path.exists() else "") + text)
    subprocess.run([*installer(shop / "venv/bin/python"), "whitenoise", "gunicorn"], check=True)
    for command in (["add", "--all"], ["commit", "--quiet", "-m", "Static files"]):
        subprocess.run(["git", *command], cwd=shop, check=True)
    (shop / ".env").write_text("DEBUG=True\n")
    return shop


def test_tracked_files_stay_until_the_user_wants_them_untracked(shop, tmp_path):
    settings = shop / "election_cart" / "settings.py"
    before = settings.read_bytes()
    result = golive("--auto", "--no-commit", "--keep-going", "--only", "2,9", shop)
    assert result.returncode in {0, 3}, result.stdout[-3000:] + result.stderr[-3000:]
    output = result.stdout + result.stderr
    assert "got 503 text/html; charset=utf-8, cache-control none, so one of Gate answers before WhiteNoise" in output
    assert (
        '    "django.middleware.security.SecurityMiddleware",\n'
        '    "whitenoise.middleware.WhiteNoiseMiddleware",  # no nginx\n'
        '    "election_cart.gate.Gate",  # closed at night\n'
    ) in settings.read_text()
    assert "public/static/ has 2 files in git, so Golive collects into a temporary folder instead" in output
    assert tracked(shop) == ["public/static/admin/css/base.css", "public/static/robots.txt"]
    assert [path.name for path in (shop / "public" / "static").rglob("*.*")] == ["robots.txt", "base.css"]

    answers = tmp_path / "answers.yaml"
    answers.write_text("static.untrack: 'yes'\n")
    result = golive("--auto", "--no-commit", "--only", "9", "--answers", answers, shop)
    assert result.returncode == 0, result.stdout[-3000:] + result.stderr[-3000:]
    assert "1 files stay in git, because collectstatic does not write them: backend/public/static/robots.txt" in (
        result.stdout + result.stderr
    )
    assert tracked(shop) == ["public/static/robots.txt"]

    assert golive("undo", "2,9", "--yes", "--project", shop).returncode == 0
    assert settings.read_bytes() == before
    assert tracked(shop) == ["public/static/admin/css/base.css", "public/static/robots.txt"]
