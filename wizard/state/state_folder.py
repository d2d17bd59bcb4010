"""The state folder `.golive/`. Checked before anything in it is read.

A repository could contain such a folder. So it is refused if git tracks it, or if it has links or special files. The
contents of its files must be signed (`wizard/state/signing.py`).
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
"""The folder to which an undo moves files that Golive did not write. It may contain anything, and is never read."""
DEEPEST = 8
"""The maximum depth of folders in the state folder."""
LARGEST_INDEX = 256 << 20
"""The maximum size in bytes of a git index that Golive searches itself. For a larger one, it runs git."""
PLAIN = {"state.json", "journal.jsonl", "lock", ".gitignore"}
"""Names that must be regular files, if they exist."""


def folder_of(root: Path) -> Path:
    return root / FOLDER


def check(root: Path) -> bool:
    """Check the state folder of the project at *root*. Return whether there is one.

    Raises:
        StateError: it is, or contains, a link or a special file, or git tracks it.
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
            hint = f"If it is yours, run `git rm -r --cached {FOLDER}`. Otherwise remove the folder."
            raise StateError(f"{folder} is tracked by git", "so others can change it, and Golive does not use it", hint)
    return True


def _may_be_tracked(root: Path) -> bool:
    """Whether git has to be run. Not if its index has a simple format without the folder's name."""
    git = next((found for parent in (root, *root.parents) if os.path.lexists(found := parent / ".git")), None)
    if git is None:
        return False
    try:
        index = files.read(git / "index", LARGEST_INDEX) if git.is_dir() else b""
    except EditError:  # git has the better error message
        return True
    if not index:  # no index, or .git is a file, as in worktrees and submodules
        return not git.is_dir()
    # Version 4 abbreviates paths. A split index stores them in another file.
    return int.from_bytes(index[4:8]) > 3 or b"link" in index[-65536:] or f"{FOLDER}/".encode() in index


def _entries(folder: Path, depth: int = 1) -> Iterator[tuple[os.DirEntry[str], int]]:
    with os.scandir(folder) as entries:
        for entry in entries:
            yield entry, depth
            if entry.is_dir(follow_symlinks=False) and not (depth == 1 and entry.name == UNDONE):
                yield from _entries(Path(entry.path), depth + 1)


def _refused(path: Path, mode: int) -> StateError:
    kinds = {stat.S_IFDIR: "an unexpected folder", stat.S_IFLNK: f"a link to {_target(path)}"}
    what = kinds.get(stat.S_IFMT(mode), "neither a regular file nor a folder")
    return StateError(f"{path} is {what}", "Golive never creates one there, and does not use it", "Remove it.")


def _target(path: Path) -> str:
    return str(path.readlink()) if path.is_symlink() else ""


def unsigned(path: Path) -> StateError:
    """The error for a state or journal that this user did not sign."""
    why = (
        "it comes from Golive 0.1, another machine or another user, and is not used. If it is yours, run `golive adopt`"
    )
    return StateError(f"{path} is not signed by you on this machine", why, f"Otherwise remove {path.parent}.")
