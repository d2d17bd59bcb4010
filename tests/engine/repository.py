"""A project without Django in a git repository, with Golive's records of it, and plans applied as the engine does."""

from __future__ import annotations

import subprocess
import sys

from wizard.base import files
from wizard.base.git import Git
from wizard.checklist import loader
from wizard.checklist.evidence import shown
from wizard.engine.apply import Applier
from wizard.engine.records import Records
from wizard.plan.actions import CommitFiles, RunCommand, WriteFile
from wizard.project.detection import detect

MANAGE = "import os\nos.environ.setdefault('DJANGO_SETTINGS_MODULE', 'shop.settings')\n"
SETTINGS, REQUIREMENTS = "backend/shop/settings.py", "backend/requirements.txt"
WRITE_STATIC = (
    "import pathlib; pathlib.Path('static').mkdir(exist_ok=True); pathlib.Path('static/app.css').write_text('made')"
)


def git(folder, *arguments):
    result = subprocess.run(["git", *arguments], cwd=folder, capture_output=True, text=True, check=True)
    return result.stdout.strip()


class Repository:
    """A repository at *folder*, with the project in its folder `backend`."""

    def __init__(self, folder):
        self.top = folder
        self.root = folder / "backend"
        (self.root / "shop").mkdir(parents=True)
        (self.root / "manage.py").write_text(MANAGE)
        (self.root / "shop" / "settings.py").write_text("DEBUG = True\n")
        (self.root / "requirements.txt").write_text("django\n")
        (folder / ".gitignore").write_text("*.pyc\n")
        git(folder, "init", "--quiet")
        git(folder, "config", "user.name", "A developer")
        git(folder, "config", "user.email", "developer@example.com")
        git(folder, "add", "--all")
        git(folder, "commit", "--quiet", "-m", "Before")
        self.events = []
        self.open()

    def open(self):
        self.records = Records(self.root, Git.of(self.root), loader.load(self.root), self.events.append)
        self.project = detect(self.root)
        self.applier = Applier(self.project, self.records.journal, self.events.append)
        return self.records

    def messages(self):
        """The messages of the events so far."""
        return [event.message for event in self.events if hasattr(event, "message")]

    def apply(self, task, *actions):
        self.applier.apply(task, actions)
        self.records.state.evidence[f"{task}.1"] = shown(f"{task}.1", True, "file", "looked", "as planned")
        self.records.state.save()

    def edit(self, name, more):
        path = self.top / name
        before = files.read(path)
        return WriteFile(path, before, (before or b"") + more)

    def commit(self, task=8):
        """A task that edits and commits the requirements. Returns the commit."""
        path = self.top / REQUIREMENTS
        self.apply(task, self.edit(REQUIREMENTS, b"gunicorn\n"), CommitFiles((path,), f"Task {task}"))
        return git(self.top, "rev-parse", "HEAD")

    def user_commit(self, name="notes.txt", text="mine\n"):
        """A commit that the user makes."""
        (self.top / name).write_text(text)
        git(self.top, "add", name)
        git(self.top, "commit", "--quiet", "-m", "Mine")

    def run_command(self, *outputs, code=WRITE_STATIC, environment="production"):
        """A task that runs Python *code* in the project, or in the release copy; it writes *outputs*."""
        argv, outputs = (sys.executable, "-c", code), outputs or (self.root / "static",)
        self.apply(9, RunCommand(argv, self.root, environment=environment, outputs=outputs))

    def begin(self, action):
        """Journal the start of *action*, as a run does that is killed right after."""
        fields = {"batch": "b", "task": 8, "index": 0, "temporary": False, "top": ".."}
        self.records.journal.append("begin", **fields, action=action)

    def begin_undo(self):
        """Journal the start of an undo of everything, as a run does that is killed right after."""
        batches = [batch.id for batch in self.records.journal.batches()]
        self.records.journal.append("undoing", batches=batches, revert=False)

    def tree(self):
        """Each file with its content and mode, the folders, the index, and the last commit."""
        found = {
            str(path.relative_to(self.top)): (path.read_bytes(), path.stat().st_mode)
            for path in self.top.rglob("*")
            if path.is_file() and not {".git", ".golive"} & set(path.relative_to(self.top).parts)
        }
        folders = {str(path) for path in self.top.rglob("*") if path.is_dir() and ".git" not in str(path)
                   and ".golive" not in path.parts}  # fmt: skip
        return found, folders, git(self.top, "ls-files", "-s"), git(self.top, "rev-parse", "HEAD")
