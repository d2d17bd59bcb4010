"""The view that task 26 adds: files of MEDIA_ROOT and nothing else, and none that runs scripts in the site's name."""

from __future__ import annotations

import json
import subprocess

import pytest

from steps.shared.added_modules import TEMPLATES

ASK = """
import json, pathlib, sys
from django.conf import settings

folder, template = map(pathlib.Path, sys.argv[1:3])
settings.configure(MEDIA_ROOT=folder / "media", ROOT_URLCONF="urls", ALLOWED_HOSTS=["*"])
import django
django.setup()
sys.path.insert(0, str(folder))
(folder / "media_files.py").write_text(template.read_text())
(folder / "urls.py").write_text(
    "from django.urls import path\\nfrom media_files import serve_media\\n"
    "urlpatterns = [path('media/<path:path>', serve_media)]\\n"
)
from django.test import Client

found = {}
for method, path in json.loads(sys.argv[3]):
    answer = getattr(Client(raise_request_exception=False), method)(path)
    content = b"".join(answer.streaming_content) if answer.streaming else b""
    found[f"{method} {path}"] = [answer.status_code, content.decode(), dict(answer.items())]
print(json.dumps(found))
"""
FILES = {"media/a.png": "a picture", "media/deep/b.html": "<script>", "media/c.svg": "<svg>", "secret.txt": "no"}


@pytest.fixture
def ask(tmp_path, python):
    for name, text in FILES.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)

    def answers(*requests):
        argv = [python, "-c", ASK, tmp_path, TEMPLATES / "media_files.py", json.dumps(requests)]
        done = subprocess.run(argv, capture_output=True, text=True, check=False, cwd=tmp_path)
        assert not done.returncode, done.stderr
        return list(json.loads(done.stdout).values())

    return answers


def test_a_file_is_given_as_it_is(ask):
    [(status, content, headers), (head, _, _)] = ask(("get", "/media/a.png"), ("head", "/media/a.png"))
    assert (status, content, headers["Content-Type"], head) == (200, "a picture", "image/png", 200)
    assert headers["X-Content-Type-Options"] == "nosniff" and "Last-Modified" in headers
    assert headers["Content-Disposition"].startswith("inline")


def test_a_page_or_a_drawing_can_not_run_scripts_in_the_name_of_the_site(ask):
    [(_, _, page), (_, _, drawing)] = ask(("get", "/media/deep/b.html"), ("get", "/media/c.svg"))
    assert page["Content-Disposition"].startswith("attachment")
    for headers in (page, drawing):
        assert "sandbox" in headers["Content-Security-Policy"]
        assert "default-src 'none'" in headers["Content-Security-Policy"]


@pytest.mark.parametrize(
    "path", ["/media/none.png", "/media/deep", "/media/../secret.txt", "/media/%2e%2e/secret.txt", "/media/a%00.png",
             "/media//etc/passwd"],
)  # fmt: skip
def test_nothing_else_is_given(ask, path):
    [(status, content, _)] = ask(("get", path))
    assert (status, content) == (404, "")


def test_only_reading_is_allowed(ask):
    assert ask(("post", "/media/a.png"))[0][0] == 405
