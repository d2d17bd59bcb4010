"""Loading the settings of a project reaches no other host, and no daemon that runs containers."""

import socket
from contextlib import closing

import pytest

from tests.conftest import in_git
from wizard.project.detection import detect
from wizard.targets.local.traffic import Traffic

SETTINGS = """
import socket
import urllib.request

SECRET_KEY = "for this test alone, and of fifty letters at the least"
INSTALLED_APPS = []
DATABASES = {{}}
EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
ROOT_URLCONF = "shop.urls"
REFUSED = []
for reach in (
    lambda: urllib.request.urlopen("https://settings.example.com/", timeout=5),
    lambda: socket.create_connection(("192.0.2.1", 6379), 5),
    lambda: socket.socket(socket.AF_UNIX).connect({daemon!r}),
    lambda: socket.socket(socket.AF_UNIX).connect({other!r}),
):
    try:
        reach()
    except OSError as error:
        REFUSED.append(getattr(error, "reason", error).__class__.__name__)
"""


def test_the_settings_reach_this_machine_only_when_they_are_loaded(tmp_path, python):
    root, daemon, other = tmp_path / "shop", tmp_path / "docker.sock", tmp_path / "database.sock"
    (root / "shop").mkdir(parents=True)
    (root / "manage.py").write_text("import os\nos.environ.setdefault('DJANGO_SETTINGS_MODULE', 'shop.settings')\n")
    (root / "shop" / "settings.py").write_text(SETTINGS.format(daemon=str(daemon), other=str(other)))
    (root / "shop" / "urls.py").write_text("urlpatterns = []\n")
    in_git(root)
    with socket.socket(socket.AF_UNIX) as first, socket.socket(socket.AF_UNIX) as second:
        for server, path in ((first, daemon), (second, other)):
            server.bind(str(path))
            server.listen()
            server.setblocking(False)
        with closing(detect(root, python=python)) as project:
            traffic = project.interpreter.traffic
            assert traffic is not None
            Traffic(traffic).configure(allowed=[])
            project.inspect_settings()
            assert project.value("REFUSED") == ["ConnectionRefusedError"] * 3
            assert project.value("EMAIL_BACKEND") == "django.core.mail.backends.smtp.EmailBackend"
            attempts = Traffic(traffic).attempts()
        line = SETTINGS[: SETTINGS.index("urlopen")].count("\n") + 1
        assert [(each.host, each.port, each.place) for each in attempts] == [
            ("settings.example.com", 443, f"shop/settings.py:{line}"),
            ("192.0.2.1", 6379, f"shop/settings.py:{line + 1}"),
            (str(daemon), 0, f"shop/settings.py:{line + 2}"),
        ]
        second.accept()[0].close()  # the socket of a database is reached
        with pytest.raises(BlockingIOError):
            first.accept()
