"""gunicorn in the sandbox: serves the project with several workers on loopback, as the platform would."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from packaging.version import Version

from wizard.base import files, process_output
from wizard.base.errors import CommandError, SiteError
from wizard.base.log_errors import raised_in
from wizard.base.secrets import excerpt, redact
from wizard.project.agent_answer import AgentError
from wizard.project.project import Project
from wizard.project.settings_lookup import settings_named_in
from wizard.site.session import Site

UNTRUSTED_EDGE = "192.0.2.254"
"""The value of FORWARDED_ALLOW_IPS. By default gunicorn trusts forwarding headers from loopback, where the rehearsal's
edge is. A platform's edge is remote, and gunicorn does not trust it."""
LOG_BYTES = 8 << 20
"""The number of bytes at the end of the log to search for errors."""
STOP_SECONDS = 10.0
"""How long gunicorn may take to end."""
CONNECT_SECONDS = 30.0
"""How long gunicorn may take to begin."""
CONTROL_SOCKET_SINCE = Version("25.1")
"""The first version of gunicorn with a control socket. Earlier ones refuse the option."""
LOAD_SETTINGS = """from django.conf import settings

settings.DEBUG  # loads the settings before wsgi.py can set another DJANGO_SETTINGS_MODULE
"""
DEFAULT_APPLICATION = """from django.core.wsgi import get_wsgi_application

application = get_wsgi_application()"""
WSGI_MODULE = "golive_rehearsal_wsgi"


@contextmanager
def serve(project: Project, overrides: str, workers: int, variables: dict[str, str]) -> Iterator[Site]:
    """Serve the project under production's environment, with *overrides* to its settings.

    Arguments:
        variables: more environment variables.

    Raises:
        CommandError: gunicorn does not answer. Has the end of its log.
    """
    arguments = [f"{WSGI_MODULE}:application", "--workers", str(workers), "--timeout", "60"]
    if has_control_socket(project.installed()["versions"]):
        arguments.append("--no-control-socket")
    _write_wsgi_module(project)
    with Output(_log_path(project)) as output:
        answer = project.ask(
            "gunicorn", overrides=overrides, environment=project.production_environment(**variables),
            arguments=arguments, output=output.address, variables={"FORWARDED_ALLOW_IPS": UNTRUSTED_EDGE},
        )  # fmt: skip
        if raised := AgentError.of(answer):
            raise CommandError("gunicorn can't serve the project", str(raised), f"The log is in {_log_path(project)}.")
        site = Site(answer["port"], project.host, csrf_cookie_name(project))
        try:
            output.keep()
            try:
                site.get("/golive-is-it-up/")
            except SiteError as error:
                project.interpreter.stop(answer["id"])
                output.finish(STOP_SECONDS)
                tail = redact(files.tail(_log_path(project), 1500).decode("utf-8", "replace"))
                raise CommandError("gunicorn can't serve the project", tail.strip() or str(error),
                                   f"The whole log is in {_log_path(project)}.") from error  # fmt: skip
            yield site
        finally:
            site.close()
            project.interpreter.stop(answer["id"], gently=True)  # a worker may still have to send an event to Sentry
            output.finish(STOP_SECONDS)
            project.interpreter.stop(answer["id"])


class Output:
    """Receives what gunicorn prints, and writes it to *log*, redacted."""

    def __init__(self, log: Path) -> None:
        self.log = log
        self._folder = TemporaryDirectory(prefix="golive-")  # the path of a socket is limited to about 100 bytes
        self.address = str(Path(self._folder.name) / "output")
        self._listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._connection: socket.socket | None = None
        self._reader: threading.Thread | None = None

    def __enter__(self) -> Output:
        self._listener.bind(self.address)
        self._listener.listen(1)
        self._listener.settimeout(CONNECT_SECONDS)
        return self

    def keep(self) -> None:
        """Write what arrives to the log, in a thread.

        Raises:
            CommandError: gunicorn does not connect.
        """
        try:
            self._connection, _ = self._listener.accept()
        except TimeoutError as error:
            raise CommandError("gunicorn did not start", f"it was silent for {CONNECT_SECONDS:.0f} s") from error
        self._connection.setblocking(True)
        self._reader = process_output.keep_log(self._connection, self.log)

    def finish(self, seconds: float) -> None:
        """Wait until gunicorn and its workers have ended, at most some *seconds*."""
        if self._reader:
            self._reader.join(seconds)

    def __exit__(self, *_: object) -> None:
        self.finish(1.0)
        for end in (self._connection, self._listener):
            if end:
                end.close()
        self._folder.cleanup()


def csrf_cookie_name(project: Project) -> str:
    """Return CSRF_COOKIE_NAME, or Django's default."""
    return str(project.value("CSRF_COOKIE_NAME") or "csrftoken")


def last_error(project: Project) -> str:
    """Return the last exception in gunicorn's log as `: OperationalError: no such table: x`, or an empty text."""
    raised = raised_in(files.tail(_log_path(project), LOG_BYTES).decode("utf-8", "replace").splitlines())
    return f": {excerpt(raised[-1], 200)}" if raised else ""


def _log_path(project: Project) -> Path:
    return project.work / "gunicorn.log"


def has_control_socket(versions: Mapping[str, str]) -> bool:
    """Whether gunicorn has a control socket, by the *versions* of the installed packages."""
    version = next((version for name, version in versions.items() if name.lower() == "gunicorn"), "0")
    return Version(version) >= CONTROL_SOCKET_SINCE


def _write_wsgi_module(project: Project) -> None:
    folder = project.wrapper_folder()
    module, name = wsgi_application(project)
    lines = f"from {module} import {name} as application" if module else DEFAULT_APPLICATION
    (folder / f"{WSGI_MODULE}.py").write_text(LOAD_SETTINGS + lines + "\n", encoding="utf-8")


def wsgi_application(project: Project) -> tuple[str, str]:
    """Return module and name of the WSGI application, from WSGI_APPLICATION or a wsgi.py, or empty texts."""
    dotted = str(project.value("WSGI_APPLICATION") or "")
    if dotted:
        module, _, name = dotted.rpartition(".")
        return module, name
    for path in sorted(project.root.glob("*/wsgi.py")):
        if settings_named_in(path):
            return f"{path.parent.name}.wsgi", "application"
    if settings_named_in(project.root / "wsgi.py"):
        return "wsgi", "application"
    return "", ""
