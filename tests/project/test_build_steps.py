"""What has to run before the server: front ends, translations, style sheets."""

from __future__ import annotations

import json
import shutil

import pytest

from steps.shared.start_commands import completed
from tests.steps.served import SERVE, Served
from wizard.project import build_steps as module
from wizard.project.build_steps import TRANSLATIONS, build_steps

PO = 'msgid ""\nmsgstr ""\n"Content-Type: text/plain; charset=UTF-8\\n"\n\nmsgid "cart"\nmsgstr "Korb"\n'
GERMAN = "shop/locale/de/LC_MESSAGES/django.po"
VITE = json.dumps({"scripts": {"build": "vite build"}, "devDependencies": {"vite": "6"}})


@pytest.mark.parametrize(
    ("values", "commands"),
    [
        ({"INSTALLED_APPS": ["compressor"], "COMPRESS_OFFLINE": True}, ["collectstatic --noinput", "compress"]),
        ({"INSTALLED_APPS": ["compressor"]}, ["collectstatic --noinput"]),
        (
            {"INSTALLED_APPS": ["compressor"], "COMPRESS_OFFLINE": True, "COMPRESS_ENABLED": False},
            ["collectstatic --noinput"],
        ),
        ({"INSTALLED_APPS": ["sass_processor"]}, ["compilescss", "collectstatic --noinput"]),
    ],
)
def test_style_sheets_are_made_where_their_library_needs_it(tmp_path, values, commands):
    project = Served(tmp_path, values=values)
    assert list(build_steps(project).commands) == commands
    before = ["python manage.py migrate --noinput", *(f"python manage.py {each}" for each in commands)]
    assert completed(project, project.source, project.wanted()) == " && ".join([*before, SERVE])


@pytest.mark.skipif(not shutil.which("msgfmt"), reason="needs GNU gettext")
def test_translations_are_compiled_if_git_does_not_hold_the_result(tmp_path):
    project = Served(tmp_path, {GERMAN: PO, "Procfile": "web: gunicorn shop.wsgi\n"})
    steps = build_steps(project)
    assert (steps.commands, steps.gettext) == ((TRANSLATIONS, "collectstatic --noinput"), True)
    command = completed(project, project.source, project.wanted())
    assert command.index("migrate") < command.index("compilemessages") < command.index("collectstatic")
    assert not build_steps(Served(tmp_path, values={"USE_I18N": False})).gettext
    assert not build_steps(Served(tmp_path, {GERMAN.replace(".po", ".mo"): ""})).gettext


@pytest.mark.skipif(not shutil.which("msgfmt"), reason="needs GNU gettext")
def test_translations_that_cannot_be_compiled_do_not_stop_the_site(tmp_path):
    steps = build_steps(Served(tmp_path, {GERMAN: PO + 'msgid "%(n)s items"\nmsgstr "open\n'}))
    assert not steps.gettext and steps.commands == ("collectstatic --noinput",)
    assert "can't be compiled, so its translations stay unused" in steps.remarks[0]


def test_an_image_without_gettext_compiles_nothing(tmp_path):
    files = {GERMAN: PO, "Dockerfile": "FROM python:3.12\nCOPY . /app\nWORKDIR /app\nCMD gunicorn shop.wsgi\n"}
    assert "the image has no gettext" in build_steps(Served(tmp_path, files)).remarks[0]


def test_without_gettext_the_reason_is_named(tmp_path, monkeypatch):
    monkeypatch.setattr(module.shutil, "which", lambda name: None)
    assert "Install GNU gettext" in build_steps(Served(tmp_path, {GERMAN: PO})).remarks[0]


@pytest.mark.parametrize(
    ("files", "below", "output", "build"),
    [
        (
            {"frontend/package.json": VITE, "frontend/package-lock.json": "{}"}, ".", "frontend/dist",
            ["npm --prefix frontend ci --include=dev", "npm --prefix frontend run build"],
        ),
        ({"package.json": VITE}, ".", "assets", ["npm install --include=dev", "npm run build"]),
        (
            {"docs/package.json": VITE, "ui/package.json": VITE, "ui/yarn.lock": "", "ui/vite.config.ts": "'built'"},
            ".", "shop/built",
            ["yarn --cwd ui install --frozen-lockfile --production=false", "yarn --cwd ui run build"],
        ),
        ({"package.json": json.dumps({"scripts": {"build": "node b.js"}})}, ".", "assets", ["npm run build"]),
        ({"package.json": VITE, "assets/app.css": ""}, ".", "assets", []),
        ({"package.json": json.dumps({"scripts": {"test": "x"}})}, ".", "assets", []),
        ({"package.json": "not JSON"}, ".", "assets", []),
    ],
)  # fmt: skip
def test_a_front_end_is_built_if_git_does_not_hold_its_output(tmp_path, files, below, output, build):
    project = Served(tmp_path, files, {"STATICFILES_DIRS": [str(tmp_path.resolve() / output)]}, below)
    steps = build_steps(project)
    assert (list(steps.build), steps.node) == (build, bool(build))


def test_the_stats_of_a_bundler_are_an_output_too(tmp_path):
    loader = {"DEFAULT": {"STATS_FILE": str(tmp_path.resolve() / "ui/webpack-stats.json")}}
    project = Served(tmp_path, {"ui/package.json": VITE}, {"WEBPACK_LOADER": loader})
    assert build_steps(project).build[-1] == "npm --prefix ui run build"


def test_a_build_that_is_configured_already_is_not_repeated(tmp_path):
    files = {"package.json": VITE, "railway.toml": '[build]\nbuildCommand = "npm ci && npm run build"\n'}
    project = Served(tmp_path, files, {"STATICFILES_DIRS": [str(tmp_path.resolve() / "assets")]})
    assert build_steps(project).build == ()
