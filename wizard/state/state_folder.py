"""The state folder `.golive/`. It is refused before anything in it is read if it can't be this user's own.

A repository could contain one. So links, special files and a folder that git tracks are refused here. The contents of
the files count only if they are signed (`wizard/state/signing.py`).
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path

from wizard.base import files
from wizard.base.errors import EditError, StateError

FOLDER = ".golive"
UNDONE = "undone"
"""Holds what an undo moved out of a folder of Golive's. Anything may be in it, and nothing of it is read."""
DEEPEST = 8
"""Folders below each other in the state folder."""
LARGEST_INDEX = 256 << 20
"""Bytes of a git index that is looked at here; git is asked about a larger one."""
PLAIN = {"state.json", "journal.jsonl", "lock", ".gitignore"}
"""What must be a file where it is there."""


def folder_of(root: Path) -> Path:
    return root / FOLDER


def check(root: Path) -> bool:
    """Check that the state folder of the project at *root* can be Golive's own. Return whether there is one.

    Raises:
        StateError: it is, or holds, a link or a special file, or git tracks it.
    """
    folder = folder_of(root)
    try:
        mode = folder.lstat().st_mode
    except (FileNotFoundError, NotADirectoryError):
        return False
    except OSError as error:
        raise StateError(f"{folder} can't be read", str(error.strerror), "Check its permissions.") from error
    if not stat.S_ISDIR(mode):
        raise _refused(folder, mode)
    try:
        for entry, depth in _entries(folder):
            is_folder = entry.is_dir(follow_symlinks=False)
            if not (is_folder or entry.is_file(follow_symlinks=False)):
                raise _refused(Path(entry.path), entry.stat(follow_symlinks=False).st_mode)
            if (depth == 1 and is_folder and entry.name in PLAIN) or depth > DEEPEST:
                raise _refused(Path(entry.path), stat.S_IFDIR)
    except OSError as error:
        raise StateError(f"{folder} can't be read", str(error.strerror), "Check its permissions.") from error
    if _may_be_tracked(root):
        from wizard.base.git import tracks

        if tracks(root, FOLDER):
            hint = f"Run `git rm -r --cached {FOLDER}` if it is yours, or remove the folder."
            raise StateError(f"{folder} is tracked by git", "so others can write it; nothing of it is used", hint)
    return True


def _may_be_tracked(root: Path) -> bool:
    """Whether git must be asked. It need not if its index has a plain format and doesn't contain the folder's name."""
    git = next((found for each in (root, *root.parents) if os.path.lexists(found := each / ".git")), None)
    if git is None:
        return False
    try:
        index = files.read(git / "index", LARGEST_INDEX) if git.is_dir() else b""
    except EditError:  # git says better what is wrong with it
        return True
    if not index:  # none, or a worktree's or a submodule's, whose .git is a file
        return not git.is_dir()
    # Version 4 abbreviates paths; a split index has them elsewhere.
    return int.from_bytes(index[4:8]) > 3 or b"link" in index[-65536:] or f"{FOLDER}/".encode() in index


def _entries(folder: Path, depth: int = 1) -> Iterator[tuple[os.DirEntry[str], int]]:
    with os.scandir(folder) as entries:
        for entry in entries:
            yield entry, depth
            if entry.is_dir(follow_symlinks=False) and not (depth == 1 and entry.name == UNDONE):
                yield from _entries(Path(entry.path), depth + 1)


def _refused(path: Path, mode: int) -> StateError:
    kinds = {stat.S_IFDIR: "a folder that does not belong there", stat.S_IFLNK: f"a link to {_target(path)}"}
    what = kinds.get(stat.S_IFMT(mode), "no plain file or folder")
    return StateError(f"{path} is {what}", "Golive never makes one there; nothing of it is used", "Remove it.")


def _target(path: Path) -> str:
    return str(path.readlink()) if path.is_symlink() else ""


def unsigned(path: Path) -> StateError:
    """The error for a state or journal without a signature of this user's."""
    why = (
        "an earlier version of Golive, another machine or somebody else wrote it; nothing of it is used. "
        "If it is yours, run `golive adopt`"
    )
    return StateError(f"{path} is not signed by you on this machine", why, f"Otherwise remove {path.parent}.")
