"""`golive adopt`: take over a state written by another Golive version or on another machine of the user."""

from __future__ import annotations

import argparse

from wizard.base.errors import StateError
from wizard.base.git import Git
from wizard.base.wording import name_tasks, plural
from wizard.cli.output import say
from wizard.cli.state import project_root
from wizard.engine.adopt import adopt
from wizard.state import state_file
from wizard.state.lock import Lock, copy_lock
from wizard.state.state_folder import folder_of


def run(options: argparse.Namespace) -> int:
    root = project_root(options)
    folder, git = folder_of(root), Git.of(root)
    if not folder.is_dir():
        raise StateError(f"There is no state in {folder}", "Golive has not run here", "Run `golive --auto`.")
    with Lock(copy_lock(root)), Lock(state_file.prepare(root) / "lock"):
        adopted = adopt(root, git.top if git else root)
    say(f"Adopted {folder}: {plural(adopted.items, 'item')}")
    if adopted.left:
        say(f"{name_tasks(adopted.left).capitalize()} had been interrupted. Their changes were kept as they are.")
    say("Run `golive check` to verify every ticked item again.")
    return 0
