"""The observer of a rehearsal: what the processes of the deployed service end up with, told by these processes.

Settings modules and variables can be chosen in a Procfile, a script, a server's configuration or wsgi.py, so reading
files does not prove which ones are in effect. A small module on the import path of the service reports them.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from wizard.base import files
from wizard.base.errors import EditError
from wizard.project.agent.observer import FOLDER
from wizard.project.interpreter import AGENT

MODULES = (
    "observer.py", "values.py", "imports.py", "traffic.py", "egress.py", "egress_sockets.py", "egress_drivers.py",
    "mail.py", "payments.py", "background.py", "background_events.py", "background_schedules.py",
    "background_stores.py",
)  # fmt: skip
"""The modules of the agent that run inside the service."""
START = f"""import os, sys
sys.path.insert(0, os.environ["{FOLDER}"])
kept, sys.dont_write_bytecode = sys.dont_write_bytecode, False  # compiled once, and not by each process
from golive_observer import background, observer, traffic
sys.dont_write_bytecode = kept
sys.path.remove(os.environ["{FOLDER}"])
observer.start()
background.start()
traffic.start(os.path.join(os.environ["{FOLDER}"], "top"))
"""
SITE_CUSTOMIZE = '''"""Start the observer, then the sitecustomize module that this one hides, if there is one."""
import os
import sys

kept, sys.dont_write_bytecode = sys.dont_write_bytecode, False  # compiled once, and not by each process
from golive_observer import background, observer, traffic

sys.dont_write_bytecode = kept
observer.start()
background.start()
traffic.start(os.path.join(os.environ["GOLIVE_OBSERVER"], "top"))
own, folder = sys.modules.pop("sitecustomize"), os.path.dirname(os.path.abspath(__file__))
sys.path[:] = [entry for entry in sys.path if os.path.abspath(entry) != folder]
try:
    import sitecustomize
except ImportError as error:
    if error.name != "sitecustomize":
        raise
finally:
    sys.modules.setdefault("sitecustomize", own)
'''
PATH_FILE = "golive_observer.pth"
PATH_LINE = f'import os; exec(os.environ.get("{FOLDER}") and open(os.environ["{FOLDER}"] + "/start.py").read() or "")\n'
"""Python runs this line at its start. Without the variable it does nothing."""


@dataclass(frozen=True)
class ProcessReport:
    """What one process of the service ended up with.

    Arguments:
        stage: `setup` for a process that set Django up, `request` for one that also got a request.
        command: the management command that it runs, such as `migrate`. Empty for a server.
        module: the settings module that Django loaded.
        given: DJANGO_SETTINGS_MODULE when the process started.
        assigned: the variables that the process set itself, each with the file in the service's folder and the line.
            A package has its name instead of a file, and line 0.
        called: the file and line that set Django up, as in `shop/wsgi.py`.
        settings: the values that the evidence is about, secrets as length and fingerprint.
    """

    stage: str
    command: str
    executable: str
    prefix: str
    module: str
    given: str
    assigned: Mapping[str, tuple[str, int]]
    called: tuple[str, int]
    settings: Mapping[str, Any] = field(repr=False)

    @classmethod
    def of(cls, record: Mapping[str, Any]) -> ProcessReport:
        assigned = {str(name): (str(place[0]), int(place[1])) for name, place in record["assigned"].items()}
        called = record["called"] or ("", 0)
        return cls(
            record["stage"], record["command"], record["executable"], record["prefix"], record["module"],
            record["given"] or "", assigned, (called[0], called[1]), dict(record["settings"]),
        )  # fmt: skip


class Observer:
    """The observer's folder, for a service in the folder *service*."""

    def __init__(self, folder: Path, service: Path) -> None:
        self.folder, self.service = folder, service

    @property
    def _reports(self) -> Path:
        return self.folder / "reports"

    def prepare(self) -> None:
        """Write the observer's modules, and forget all reports."""
        shutil.rmtree(self.folder, ignore_errors=True)
        package = self.folder / "golive_observer"
        package.mkdir(parents=True)
        self._reports.mkdir(mode=0o700)
        (self.folder / "top").symlink_to(self.service, target_is_directory=True)
        for name in MODULES:
            shutil.copyfile(AGENT.with_name(name), package / name)
        (package / "__init__.py").write_bytes(b"")
        (self.folder / "start.py").write_text(START, "utf-8")
        (self.folder / "sitecustomize.py").write_text(SITE_CUSTOMIZE, "utf-8")

    def attach_to(self, packages: Path) -> None:
        """Let the environment with the folder *packages*, one of Golive's own, start the observer.

        PYTHONPATH alone is not enough, because the start command may replace it.
        """
        path = packages / PATH_FILE
        if files.read(path) != PATH_LINE.encode():
            files.write(path, PATH_LINE.encode())

    def variables(self, import_folders: str) -> dict[str, str]:
        """The variables with which Python starts the observer. *import_folders* are further entries of PYTHONPATH."""
        if not self.folder.is_dir():
            return {"PYTHONPATH": import_folders} if import_folders else {}
        return {
            "PYTHONPATH": os.pathsep.join(filter(None, [str(self.folder), import_folders])),
            FOLDER: str(self.folder),
        }

    def reports(self) -> list[ProcessReport]:
        """The reports of all processes so far, the latest last."""
        found = sorted(self._reports.glob("*.json"), key=lambda path: path.lstat().st_mtime_ns)
        return [report for path in found if (report := _read(path))]

    def web_process(self) -> ProcessReport | None:
        """The process that answered a request last, else a server that set Django up. None if none reported."""
        reports = self.reports()
        asked = [report for report in reports if report.stage == "request"]
        return next(reversed(asked or [report for report in reports if not report.command]), None)

    def forget_servers(self) -> None:
        """Forget the reports of servers, before the service starts again."""
        for path in self._reports.glob("*.json"):
            if path.is_dir() and not path.is_symlink():
                continue  # made by the project's own code
            report = _read(path)
            if report is None or report.stage == "request" or not report.command:
                path.unlink()


def _read(path: Path) -> ProcessReport | None:
    """The report in a file. None if the project's own code has damaged or replaced it."""
    try:
        return ProcessReport.of(json.loads(files.read(path) or b""))
    except (EditError, RecursionError, ValueError, KeyError, TypeError, IndexError, AttributeError):
        return None
