"""gunicorn in the sandbox: serves the project with several workers on loopback, as the platform would."""

from __future__ import annotations

import os
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from wizard.base import files, process, process_output
from wizard.base.errors import CommandError, SiteError
from wizard.base.log_errors import raised_in
from wizard.base.secrets import excerpt, redact
from wizard.project.project import Project
from wizard.project.settings_lookup import settings_named_in
from wizard.site.session import Site
from wizard.targets.verification.guard import guarded

UNTRUSTED_EDGE = "192.0.2.254"
"""The value of FORWARDED_ALLOW_IPS. By default gunicorn trusts forwarding headers from loopback, where the rehearsal's
edge is. A platform's edge is remote, and gunicorn does not trust it."""
LOG_BYTES = 8 << 20
"""The number of bytes at the end of the log to search for errors."""
CONTROL_SOCKET_SINCE = 25
"""The first major version of gunicorn with a control socket."""
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
    module, folder = project.wrapper(overrides)
    root = project.copy.at(project.root)
    environment = project.production_environment(
        DJANGO_SETTINGS_MODULE=module,
        PYTHONPATH=os.pathsep.join([str(folder), str(root), *project.loader.extra_files.import_folders_of_copy]),
        FORWARDED_ALLOW_IPS=UNTRUSTED_EDGE,
        **variables,
    )
    _write_wsgi_module(project, folder)
    listener = socket.create_server(("127.0.0.1", 0), backlog=256)
    argv = [
        str(project.python.path), "-m", "gunicorn.app.wsgiapp", f"{WSGI_MODULE}:application",
        "--workers", str(workers), "--bind", f"fd://{listener.fileno()}", "--timeout", "60",
    ]  # fmt: skip
    if _major_version(project) >= CONTROL_SOCKET_SINCE:
        argv.append("--no-control-socket")
    process.spent.interpreters += 1
    server = subprocess.Popen(
        argv, cwd=root, env=guarded(project, environment), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT, pass_fds=[listener.fileno()], start_new_session=True,
    )  # fmt: skip
    reader = process_output.keep_log(server, _log_path(project))
    port = listener.getsockname()[1]
    listener.close()
    site = Site(port, project.host, csrf_cookie_name(project))
    try:
        try:
            site.get("/golive-is-it-up/")
        except SiteError as error:
            process.stop_group(server)
            reader.join(1.0)
            tail = redact(files.tail(_log_path(project), 1500).decode("utf-8", "replace"))
            raise CommandError("gunicorn can't serve the project", tail.strip() or str(error),
                               f"The whole log is in {_log_path(project)}.") from error  # fmt: skip
        yield site
    finally:
        site.close()
        process.stop_group(server)
        reader.join(1.0)


def csrf_cookie_name(project: Project) -> str:
    """Return CSRF_COOKIE_NAME, or Django's default."""
    return str(project.value("CSRF_COOKIE_NAME") or "csrftoken")


def last_error(project: Project) -> str:
    """Return the last exception in gunicorn's log as `: OperationalError: no such table: x`, or an empty text."""
    raised = raised_in(files.tail(_log_path(project), LOG_BYTES).decode("utf-8", "replace").splitlines())
    return f": {excerpt(raised[-1], 200)}" if raised else ""


def _log_path(project: Project) -> Path:
    return project.work / "gunicorn.log"


def _major_version(project: Project) -> int:
    versions = project.installed()["versions"]
    version = next((version for name, version in versions.items() if name.lower() == "gunicorn"), "0")
    return int(version.split(".")[0])


def _write_wsgi_module(project: Project, folder: Path) -> None:
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
