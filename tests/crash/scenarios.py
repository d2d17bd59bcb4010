"""The work during which the disk fails: applying tasks, undoing them with a revert commit, and removing packages."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from tests.conftest import make_environment
from tests.crash.disk import FAULTS
from tests.engine.test_undo_packages import wheel
from wizard.base import files
from wizard.base.git import Git
from wizard.checklist import loader
from wizard.checklist.evidence import Evidence, Status
from wizard.engine import recovery
from wizard.engine.actions.install_packages import environment_record
from wizard.engine.apply import Applier
from wizard.engine.records import Records
from wizard.plan.actions import Action, CommitFiles, GenerateSecrets, MakeDirectory, WriteFile
from wizard.project.detection import detect
from wizard.project.pip import PipEnvironment
from wizard.state.journal import Batch

BEGINNING = {
    "manage.py": "import os\nos.environ.setdefault('DJANGO_SETTINGS_MODULE', 'site_.settings')\n",
    "site_/settings.py": "DEBUG = True\nSECRET_KEY = 'in the code'\n",
    ".gitignore": "*.pyc\r\n",
    ".env.production": "DEBUG=False\n",
}
CHECKLIST = loader.load(Path())


class Scenario:
    """A project without Django at *folder*, and Golive's records of it."""

    outcomes: tuple[tuple[int, ...], ...] = ()
    """The sets of tasks that may be active after a fault, once the next start has recovered."""
    faults: tuple[str, ...] = FAULTS
    cost = 1
    """Divides the number of points that are tried. A scenario that starts programs takes longer."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.records = Records(folder, Git.of(folder), CHECKLIST, lambda event: None)

    @classmethod
    def make(cls, folder: Path) -> None:
        """Create the project in its original state."""
        for name, text in BEGINNING.items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(text.encode())
            path.chmod(0o600 if name.startswith(".env") else 0o640)

    @classmethod
    def prepare(cls, folder: Path) -> None:
        """Do the work that comes before the first fault."""
        cls(folder)

    def go(self) -> None:
        """Do the work during which a fault is injected. A second call completes it."""
        raise NotImplementedError

    def expected_contents(self, tasks: tuple[int, ...]) -> object:
        """The contents when exactly *tasks* are active."""
        raise NotImplementedError

    def recover(self) -> None:
        recovery.recover(self.records, died=False)

    def active(self) -> list[Batch]:
        return self.records.undoing.active()

    def contents(self) -> object:
        """Every file and folder of the project with its mode, without those of Golive and git."""
        return {
            str(path.relative_to(self.folder)): (
                path.read_bytes() if path.is_file() else None,
                path.stat().st_mode & 0o777,
            )
            for path in sorted(self.folder.rglob("*"))
            if not {".golive", ".git"} & set(path.relative_to(self.folder).parts)
        }

    def edit(self, name: str, more: bytes, *, secret: bool = False) -> WriteFile:
        path = self.folder / name
        before = files.read(path)
        return WriteFile(path, before, (before or b"") + more, secret=secret)

    def apply(self, task: int, *actions: Action) -> None:
        applier = Applier(detect(self.folder), self.records.journal, lambda event: None)
        applier.apply(task, actions)

    def save_state(self, task: int) -> None:
        """Save the state as the engine does after a task."""
        item = f"{task}.1"
        self.records.state.evidence[item] = Evidence(item, Status.DONE, "file", "checked", "as planned", "now")
        self.records.state.save()


class Applying(Scenario):
    """Two tasks are applied, and the second one is undone."""

    outcomes = ((), (1,), (1, 2))

    def actions(self, task: int) -> tuple[Action, ...]:
        if task == 1:
            env = self.folder / ".env.production"
            return (
                self.edit("site_/settings.py", b"LOGGING = {}\n"),
                self.edit("site_/new/deep/file.py", b"x = 1\n"),
                self.edit(".env.staging", b"TOKEN=not-for-others\n", secret=True),
                GenerateSecrets(env, files.read(env), (), kept=(("DB_PASSWORD", "kept-as-given"),)),
                MakeDirectory(self.folder / "logs"),
            )
        return (
            self.edit(".gitignore", b"logs/\r\n"),
            self.edit("site_/settings.py", b"ALLOWED_HOSTS = []\n"),
            self.edit("Procfile", b"web: x\n"),
        )

    def expected_contents(self, tasks: tuple[int, ...]) -> object:
        for task in tasks:
            self.apply(task, *self.actions(task))
        return self.contents()

    def go(self) -> None:
        self.recover()
        for task in (1, 2):
            if not [batch for batch in self.active() if batch.task == task]:
                self.apply(task, *self.actions(task))
            self.save_state(task)
        self.records.undo([2])


class Undoing(Scenario):
    """Four tasks that changed the same files are undone together. The user made a commit after theirs."""

    outcomes = ((), (1, 2, 8, 9))
    cost = 2

    @classmethod
    def make(cls, folder: Path) -> None:
        super().make(folder)
        git(folder, "init", "--quiet", f"--separate-git-dir={folder}.git")  # no faults in git's own files
        git(folder, "config", "user.name", "A developer")
        git(folder, "config", "user.email", "developer@example.com")
        commit(folder, "Before")

    @classmethod
    def prepare(cls, folder: Path) -> None:
        run = cls(folder)
        run.apply(1, run.edit("site_/settings.py", b"A = 1\n"), run.edit(".gitignore", b"logs/\n"))
        run.apply(2, run.edit("site_/settings.py", b"B = 1\n"), MakeDirectory(folder / "logs"))
        for task, line in ((8, b"gunicorn\n"), (9, b"whitenoise\n")):
            run.apply(
                task, run.edit("requirements.txt", line), CommitFiles((folder / "requirements.txt",), f"Task {task}")
            )
            run.save_state(task)
        (folder / "logs" / "app.log").write_text("a line")
        (folder / "own.txt").write_text("mine")
        commit(folder, "Mine", "own.txt")

    def contents(self) -> object:
        queries = ("log", "--format=%s"), ("ls-files", "-s"), ("status", "--short")
        return super().contents(), [git(self.folder, *query) for query in queries]

    def expected_contents(self, tasks: tuple[int, ...]) -> object:
        if not tasks:
            self.go()
        return self.contents()

    def go(self) -> None:
        self.recover()
        self.records.undo([1, 2, 8, 9], revert=True)


class Removing(Scenario):
    """pip removes an installed package with its dependency, and a file is restored."""

    outcomes = ((), (7,))
    faults = ("SIGKILL", "ENOSPC")
    cost = 4

    @classmethod
    def make(cls, folder: Path) -> None:
        super().make(folder)
        wheels = folder.parent / "wheels"
        wheels.mkdir()
        wheel(wheels, "throttle", "1.0", ["shared"])
        wheel(wheels, "shared", "1.0")
        make_environment(sys.executable, folder / "venv")

    @classmethod
    def prepare(cls, folder: Path) -> None:
        run = cls(folder)
        environment = run.environment()
        before = environment.versions()
        action = {"kind": "InstallPackages", "packages": ["throttle"], "before": before,
                  "environment": environment_record(environment, folder, folder)}  # fmt: skip
        run.records.journal.append("begin", batch="b", task=7, index=0, temporary=False, top=".", action=action)
        pip = [environment.python, "-m", "pip", "install", "--quiet", "--no-index", "--disable-pip-version-check"]
        subprocess.run([*pip, "--find-links", folder.parent / "wheels", "throttle"], check=True)
        run.records.journal.append("end", batch="b", index=0, result={"after": {"throttle": "1.0", "shared": "1.0"}})
        run.records.journal.append("applied", batch="b", task=7)
        run.apply(7, run.edit("site_/settings.py", b"A = 1\n"))
        run.save_state(7)

    def environment(self) -> PipEnvironment:
        [packages] = (self.folder / "venv").glob("lib/python*/site-packages")
        return PipEnvironment(self.folder / "venv/bin/python", packages)

    def active(self) -> list[Batch]:
        """One of the task's two batches, as they are undone together."""
        return super().active()[:1]

    def contents(self) -> object:
        return (self.folder / "site_/settings.py").read_bytes(), sorted(self.environment().versions())

    def expected_contents(self, tasks: tuple[int, ...]) -> object:
        if not tasks:
            self.go()
        return self.contents()

    def go(self) -> None:
        self.recover()
        self.records.undo([7])


SCENARIOS: tuple[type[Scenario], ...] = (Applying, Undoing, Removing)


def git(folder: Path, *arguments: str) -> str:
    return subprocess.run(["git", *arguments], cwd=folder, capture_output=True, text=True, check=True).stdout


def commit(folder: Path, message: str, *names: str) -> None:
    git(folder, "add", *(names or ["--all"]))
    git(folder, "commit", "--quiet", "-m", message)
