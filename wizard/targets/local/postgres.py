"""A temporary PostgreSQL server on loopback for the rehearsal."""

from __future__ import annotations

import os
import secrets
import shutil
import signal
import socket
import ssl
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

from wizard.base import process
from wizard.base.errors import CommandError
from wizard.targets.local.postgres_programs import readable_binaries
from wizard.targets.local.tls import TlsProxy

SUPERUSER = "golive_owner"
"""The name of the superuser. It is not `postgres`, because the project's own role may have that name."""
UNPRIVILEGED = "nobody"
"""The account for the server if Golive runs as root, as which PostgreSQL refuses to run."""
PREFIX, OWNER, LOG = "golive-postgres-", "owner", "log"
START_SECONDS = 60.0


class Postgres:
    """A server with one database and one role; `url` is their DATABASE_URL.

    Arguments:
        project: the project's folder, by which a later run finds processes that were left behind.
        bin_folder: the folder of PostgreSQL's programs.
        tls: whether clients require TLS. If the server was built without TLS, a proxy adds it.
    """

    def __init__(self, project: Path, bin_folder: Path, *, tls: bool = False) -> None:
        self.project, self.bin, self._tls_required = project, bin_folder, tls
        self.port = self._own_port = 0
        self._proxy: TlsProxy | None = None
        self.role, self.database = "railway_app", "railway"
        self.password = secrets.token_urlsafe(24)
        self._superuser_password = secrets.token_urlsafe(24)
        self.folder = Path(tempfile.mkdtemp(prefix=PREFIX))
        (self.folder / OWNER).write_text(str(os.getpid()))
        self._server: subprocess.Popen[bytes] | None = None

    @property
    def version(self) -> str:
        return self._run("postgres", "--version").split()[-1]

    def url(self, *, role: str = "", password: str = "", database: str = "") -> str:
        login = f"{quote(role or self.role, safe='')}:{quote(password or self.password, safe='')}"
        return f"postgresql://{login}@127.0.0.1:{self.port}/{database or self.database}"

    # ---- start and stop

    def start(self) -> None:
        """Start the server and wait until it accepts connections; the first start also creates the database.

        Raises:
            CommandError: it does not start. Has the end of its log.
        """
        new = not (self.folder / "data").exists()
        if new:
            self._prepare()
        with socket.create_server(("127.0.0.1", self._own_port)) as probe:
            self._own_port = probe.getsockname()[1]
        tls_options = self._tls_options()
        argv = [
            str(self.bin / "postgres"), "-D", str(self.folder / "data"), "-h", "127.0.0.1", "-p", str(self._own_port),
            "-k", str(self.folder), "-c", "fsync=off", "-c", "log_min_messages=warning", "-c", "max_connections=100",
            *tls_options,
        ]  # fmt: skip
        with (self.folder / LOG).open("ab") as log:  # a pipe without a reader would fill up and block the server
            self._server = subprocess.Popen(
                argv, cwd=self.folder, env=self._environment(), stdin=subprocess.DEVNULL, stdout=log,
                stderr=subprocess.STDOUT, start_new_session=True, user=self._user(),
            )  # fmt: skip
        self._await_ready()
        if self._tls_required and not tls_options and self._proxy is None:
            self._proxy = TlsProxy(self._certificate(), self._own_port)
        self.port = self._proxy.port if self._proxy else self._own_port
        if new:
            self.make_role(self.role, self.password)
            self.sql(f"CREATE DATABASE {_identifier(self.database)} OWNER {_identifier(self.role)}")

    def _prepare(self) -> None:
        if os.geteuid() == 0:
            self.folder.chmod(0o755)
            self.bin = readable_binaries(self.bin, self.folder)
            shutil.chown(self.folder, UNPRIVILEGED)
        import trustme

        # Like Railway's server, this one has a self-signed certificate.
        certificate = trustme.CA().issue_cert("127.0.0.1", "localhost")
        password = self._private("password", self._superuser_password.encode())
        self._private("cert.pem", b"".join(blob.bytes() for blob in certificate.cert_chain_pems))
        self._private("key.pem", certificate.private_key_pem.bytes())
        self._run(
            "initdb", "-D", str(self.folder / "data"), "-U", SUPERUSER, "--auth=scram-sha-256", "--encoding=utf8",
            "--no-locale", "--no-sync", f"--pwfile={password}",
        )  # fmt: skip
        password.unlink()

    def _tls_options(self) -> list[str]:
        """Return options for TLS, or none if the server was built without it, as the wheel's is."""
        options = [
            "-c", "ssl=on", "-c", f"ssl_cert_file={self.folder / 'cert.pem'}",
            "-c", f"ssl_key_file={self.folder / 'key.pem'}",
        ]  # fmt: skip
        try:
            self._run("postgres", "-D", str(self.folder / "data"), *options, "-C", "ssl")
        except CommandError:
            return []
        return options

    def _certificate(self) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.folder / "cert.pem", self.folder / "key.pem")
        return context

    def _private(self, name: str, content: bytes) -> Path:
        """Write a file that only the server can read."""
        path = self.folder / name
        path.touch(0o600)
        path.write_bytes(content)
        if os.geteuid() == 0:
            shutil.chown(path, UNPRIVILEGED)
        return path

    def _await_ready(self) -> None:
        assert self._server is not None
        deadline = time.monotonic() + START_SECONDS
        with process.waiting():
            while self._server.poll() is None and not self._accepts() and time.monotonic() < deadline:
                continue
        if self._server.poll() is not None or time.monotonic() >= deadline:
            lines = (self.folder / LOG).read_text("utf-8", "replace").splitlines()[-6:]
            raise CommandError("PostgreSQL does not start", " / ".join(lines),
                               "Set GOLIVE_DATABASE_URL to the URL of another server.")  # fmt: skip

    def _accepts(self) -> bool:
        """Return whether the server accepts connections, after at most one second."""
        argv = [str(self.bin / "pg_isready"), "-q", "-h", "127.0.0.1", "-p", str(self._own_port), "-t", "1"]
        return not subprocess.run(argv, env=self._environment(), check=False, capture_output=True).returncode

    def restart(self) -> None:
        self.stop(keep=True)
        self.start()

    def stop(self, *, keep: bool = False) -> None:
        """Stop the server, and remove its folder unless *keep* is set."""
        if self._server is not None and self._server.poll() is None:
            self._server.send_signal(signal.SIGINT)  # PostgreSQL's fast shutdown
            try:
                self._server.wait(15)
            except subprocess.TimeoutExpired:
                process.stop_group(self._server)
        self._server = None
        if not keep:
            if self._proxy:
                self._proxy.close()
                self._proxy = None
            shutil.rmtree(self.folder, ignore_errors=True)

    # ---- use

    def sql(self, statement: str, *, database: str = "postgres", role: str = "", password: str = "") -> str:
        """Run *statement* and return its rows as text; as the superuser, or as *role* with *password*.

        Raises:
            CommandError: the server reports an error. Has its message.
        """
        arguments = ("-XAtq", "-v", "ON_ERROR_STOP=1", "-d", database, "-f", "-")
        return self._client("psql", *arguments, stdin=statement, role=role, password=password)

    def make_role(self, role: str, password: str) -> None:
        """Create a role with login, or change its password if it exists."""
        name = _identifier(role)
        exists = self.sql(f"SELECT 1 FROM pg_roles WHERE rolname = {_literal(role)}").strip()  # noqa: S608 - quoted
        self.sql(f"{'ALTER' if exists else 'CREATE'} ROLE {name} LOGIN PASSWORD {_literal(password)}")

    def make_database(self, name: str) -> None:
        """Create an empty database of the usual role. One with this name is replaced."""
        self.sql(f"DROP DATABASE IF EXISTS {_identifier(name)}")
        self.sql(f"CREATE DATABASE {_identifier(name)} OWNER {_identifier(self.role)}")

    def copy_database(self, name: str, copy: str) -> None:
        """Make *copy* a database with the tables and rows of *name*, which clients may use meanwhile.

        What a dump does not restore, which task 29 judges, is missing there.

        Raises:
            CommandError: the server can't be reached, or makes no dump. Has its message.
        """
        self.make_database(copy)
        self._client("psql", "-XAtq", "-d", copy, "-f", "-", stdin=self._client("pg_dump", "-d", name))

    def allow_databases(self, role: str) -> None:
        """Let *role* create databases, as a test run does."""
        self.sql(f"ALTER ROLE {_identifier(role)} CREATEDB")

    def accepts_login(self, role: str, password: str, database: str = "") -> bool:
        try:
            return self.sql("SELECT 1", database=database or self.database, role=role, password=password).strip() == "1"
        except CommandError:
            return False

    def open_connections(self) -> int:
        """Return the number of connections to the database by its role."""
        of_site = f"datname = {_literal(self.database)} AND usename = {_literal(self.role)}"
        return int(self.sql(f"SELECT count(*) FROM pg_stat_activity WHERE {of_site}"))  # noqa: S608 - quoted

    def connection_limit(self) -> int:
        """Return how many connections other roles than superusers can have."""
        settings = "current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int"
        return int(self.sql(f"SELECT {settings}"))

    def megabytes(self) -> float:
        """Return the size of the database."""
        return int(self.sql(f"SELECT pg_database_size({_literal(self.database)})")) / 2**20

    @contextmanager
    def owning(self, role: str) -> Iterator[None]:
        """Let *role* own what the superuser has created, such as a restored database, while the block runs."""
        self.sql(f"GRANT {_identifier(SUPERUSER)} TO {_identifier(role)}")
        try:
            yield
        finally:
            self.sql(f"REVOKE {_identifier(SUPERUSER)} FROM {_identifier(role)}")

    def _client(self, program: str, *arguments: str, stdin: str = "", role: str = "", password: str = "") -> str:
        """Run a client program. The password is passed in its environment, the statement on its standard input."""
        environment = self.client_environment(role, password)
        return self._run(program, *arguments, environment=environment, stdin=stdin, client=True)

    def client_environment(self, role: str = "", password: str = "") -> dict[str, str]:
        """The variables of a client program that connects as the superuser, or as *role* with *password*."""
        return {
            **self._environment(), "PGHOST": "127.0.0.1", "PGPORT": str(self._own_port), "PGUSER": role or SUPERUSER,
            "PGPASSWORD": password or self._superuser_password, "PGCONNECT_TIMEOUT": "5",
        }  # fmt: skip

    def _run(
        self,
        program: str,
        *arguments: str,
        environment: dict[str, str] | None = None,
        stdin: str = "",
        client: bool = False,
    ) -> str:
        with process.waiting():
            done = subprocess.run(
                [str(self.bin / program), *arguments], env=environment or self._environment(), input=stdin,
                capture_output=True, text=True, check=False, cwd=self.folder, timeout=120,
                user=None if client else self._user(),
            )  # fmt: skip
        if done.returncode:
            raise CommandError(f"{program} failed", " / ".join((done.stderr or done.stdout).strip().splitlines()[-3:]))
        return done.stdout

    def _environment(self) -> dict[str, str]:
        return process.marked(process.bare_environment(LC_ALL="C"), self.project)

    def _user(self) -> str | None:
        return UNPRIVILEGED if os.geteuid() == 0 else None


def remove_stale_servers() -> None:
    """Remove data folders of killed runs, whose process no longer exists."""
    import psutil

    for path in Path(tempfile.gettempdir()).glob(f"{PREFIX}*/{OWNER}"):
        try:
            alive = psutil.pid_exists(int(path.read_text()))
        except (OSError, ValueError):
            continue
        if not alive:
            shutil.rmtree(path.parent, ignore_errors=True)


def _identifier(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _literal(text: str) -> str:
    return "E'" + text.replace("\\", "\\\\").replace("'", "''") + "'"
