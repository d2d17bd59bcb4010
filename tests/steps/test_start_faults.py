"""Faults of a start command that are seen without running it, and commands that have none."""

from __future__ import annotations

import pytest

from steps.shared.start_faults import faults, place
from tests.steps.served import Served

PREPARE = "python manage.py migrate --noinput && python manage.py collectstatic --noinput && "
SERVER = "exec gunicorn shop.wsgi:application --bind 0.0.0.0:${PORT:-8000}"


def faults_of(tmp_path, command, name="web", **files):
    project = Served(tmp_path, {"Procfile": f"{name}: {command}\n", **files})
    return faults(project, project.source, project.wanted())


@pytest.mark.parametrize(
    "command",
    [
        SERVER,
        "exec gunicorn shop.wsgi",
        "exec gunicorn shop.wsgi:application --workers 4 --timeout 60 -t 60",
        "exec gunicorn --chdir shop wsgi:application",
        "exec newrelic-admin run-program gunicorn shop.wsgi:application",
        "DJANGO_LOG=INFO exec gunicorn shop.wsgi:application -w 3 --timeout 0",
        "exec python -m gunicorn shop.wsgi:application --bind 0.0.0.0:$PORT",
        "exec gunicorn shop.wsgi:application --access-logfile - --error-logfile /dev/stderr",
        "echo ready && exec gunicorn shop.wsgi:application",
    ],
)
def test_a_good_command_has_no_fault(tmp_path, command):
    assert faults_of(tmp_path, PREPARE + command) == []


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ("exec gunicorn", "exec gunicron", "there is no program gunicron"),
        ("exec gunicorn", "gunicorn", "missing: exec"),
        ("python manage.py migrate --noinput && ", "", "missing: migrate"),
        ("migrate --noinput", "migrat --noinput", "missing: migrate"),
        ("python manage.py collectstatic --noinput && ", "", "missing: collectstatic"),
        ("python manage.py migrate", "./prepare.sh && python manage.py migrate", "there is no program ./prepare.sh"),
        ("shop.wsgi", "shpo.wsgi", "there is no module shpo.wsgi"),
        ("wsgi:application", "wsgi:app", "shop/wsgi.py has no app"),
        ("0.0.0.0:${PORT:-8000}", "0.0.0.0:8000", "it listens on 0.0.0.0:8000, not on the platform's ${PORT}"),
        ("0.0.0.0:${PORT:-8000}", "127.0.0.1:$PORT", "it listens on 127.0.0.1:$PORT, which the platform can't reach"),
        ("--bind", "--workers 0 --bind", "--workers 0: nothing answers"),
        ("--bind", "-w 200 --bind", "-w 200: PostgreSQL accepts 97 connections"),
        ("--bind", "--timeout 1 --bind", "--timeout 1: gunicorn kills a worker whose request takes longer"),
        (SERVER, "exec python manage.py runserver 0.0.0.0:$PORT", "runserver is for development"),
    ],
)
def test_a_fault_of_the_command_is_named(tmp_path, old, new, fault):
    good = PREPARE + SERVER
    assert good.count(old) == 1
    [found] = faults_of(tmp_path, good.replace(old, new))
    assert found.startswith(fault)


def test_a_procfile_without_web_names_its_process_types(tmp_path):
    assert faults_of(tmp_path, PREPARE + SERVER, name="www") == ["it has no process type web, only www"]


def test_a_module_that_imports_everything_may_have_the_application(tmp_path):
    files = {"shop/wsgi.py": "from shop.server import *\n"}
    assert faults_of(tmp_path, PREPARE + SERVER, **files) == []


def test_the_place_is_the_line_of_the_server(tmp_path):
    project = Served(tmp_path, {"Procfile": f"# production\nrelease: python manage.py migrate\nweb: {SERVER}\n"})
    assert place(project, project.source) == "Procfile:3"
