"""The settings of the service at Railway, which depend on the file that has the start command and on the build."""

from __future__ import annotations

import json
import shutil
from types import SimpleNamespace

import pytest

from tests.steps.served import Served
from wizard.checklist.answers import Answers
from wizard.targets.railway.service_config import MIGRATE, ServiceConfig

IMAGE = "FROM python:3.12\nWORKDIR /code\nCOPY src {target}\nCMD gunicorn shop.wsgi\n"
STARTED = '[deploy]\nstartCommand = "gunicorn shop.wsgi"\npreDeployCommand = "python notify.py"\n'


def config(project, **answers):
    railway = SimpleNamespace(database_reference=lambda name: f"${{{{Postgres.{name}}}}}")
    project.unset, project.configuration = [], ""
    project.interpreter = SimpleNamespace(start=lambda: {"python": "3.12.4"})
    return ServiceConfig(railway, project, Answers(answers))


@pytest.mark.parametrize(
    ("files", "below", "uploaded", "start", "pre_deploy"),
    [
        pytest.param({"Procfile": "web: x\n"}, ".", ".", None, MIGRATE, id="Procfile"),
        pytest.param(
            {"requirements.txt": "django\n", "src/requirements.txt": None, "Procfile": "web: cd src && x\n"},
            "src", ".", None, f"cd src && {MIGRATE}", id="Procfile above manage.py",
        ),
        pytest.param(
            {"requirements.txt": "django\n", "src/requirements.txt": None, "src/Procfile": "web: x\n"}, "src", ".",
            "cd src && x", f"cd src && {MIGRATE}", id="Procfile that the platform would not read",
        ),
        pytest.param(
            {"Dockerfile": IMAGE.format(target="/code")}, "src", ".", None, MIGRATE, id="working folder of the image"
        ),
        pytest.param(
            {"Dockerfile": IMAGE.format(target="/code/site")}, "src", ".", None,
            f"/bin/sh -c 'cd /code/site && {MIGRATE}'", id="another folder of the image",
        ),
        pytest.param(
            {"railway.toml": STARTED}, ".", ".", "gunicorn shop.wsgi", f"{MIGRATE} && python notify.py",
            id="configuration that new services don't read",
        ),
        pytest.param(
            {"railway.toml": STARTED, "Dockerfile": IMAGE.format(target=".")}, "src", ".",
            "/bin/sh -c 'gunicorn shop.wsgi'", f"{MIGRATE} && python notify.py", id="configuration for an image",
        ),
        pytest.param(
            {"railpack.json": '{"deploy": {"startCommand": "gunicorn shop.wsgi"}}'}, ".", ".", None, MIGRATE,
            id="the builder's own file",
        ),
    ],
)  # fmt: skip
def test_the_start_command_is_set_where_the_build_does_not_find_it(tmp_path, files, below, uploaded, start, pre_deploy):
    project = Served(tmp_path, files, below=below)
    made = config(project, migrate="pre-deploy")
    assert made.upload_root() == (project.top / uploaded).resolve()
    settings = made.settings()
    assert settings.get("startCommand") == start
    assert settings["preDeployCommand"] == [pre_deploy]
    assert "buildCommand" not in settings


def test_a_front_end_is_built_with_node(tmp_path):
    package = json.dumps({"scripts": {"build": "node b.js"}})
    project = Served(tmp_path, {"ui/package.json": package}, {"STATICFILES_DIRS": [str(tmp_path.resolve() / "ui/out")]})
    made = config(project)
    assert made.settings()["buildCommand"] == "npm --prefix ui run build"
    values = made.defaults()
    assert values["RAILPACK_PACKAGES"] == "node" and "RAILPACK_DEPLOY_APT_PACKAGES" not in values


@pytest.mark.skipif(not shutil.which("msgfmt"), reason="needs GNU gettext")
def test_translations_are_compiled_with_gettext(tmp_path):
    project = Served(tmp_path, {"locale/de/LC_MESSAGES/django.po": 'msgid ""\nmsgstr ""\n'})
    values = config(project).defaults()
    assert values["RAILPACK_DEPLOY_APT_PACKAGES"] == "gettext" and "RAILPACK_PACKAGES" not in values
