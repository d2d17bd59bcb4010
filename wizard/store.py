"""The state folder `.golive/`. It is refused before anything in it is read if it can't be this user's own.

A repository could contain one. So links, special files and a folder that git tracks are refused here. The contents of
the files count only if they are signed (`wizard/signing.py`).
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path

from wizard.errors import StateError

FOLDER = ".golive"


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
        for entry in _entries(folder):
            if not (entry.is_file(follow_symlinks=False) or entry.is_dir(follow_symlinks=False)):
                raise _refused(Path(entry.path), entry.stat(follow_symlinks=False).st_mode)
    except OSError as error:
        raise StateError(f"{folder} can't be read", str(error.strerror), "Check its permissions.") from error
    if _may_be_tracked(root):
        from wizard.git import tracks  # most of the start of a small command is what it imports

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
        index = (git / "index").read_bytes()
    except FileNotFoundError:
        return False
    except OSError:  # a worktree's or a submodule's .git is a file
        return True
    # Version 4 abbreviates paths; a split index has them elsewhere.
    return int.from_bytes(index[4:8]) > 3 or b"link" in index[-65536:] or f"{FOLDER}/".encode() in index


def _entries(folder: Path) -> Iterator[os.DirEntry[str]]:
    with os.scandir(folder) as entries:
        for entry in entries:
            yield entry
            if entry.is_dir(follow_symlinks=False):
                yield from _entries(Path(entry.path))


def _refused(path: Path, mode: int) -> StateError:
    what = f"a link to {path.readlink()}" if stat.S_ISLNK(mode) else "no plain file or folder"
    return StateError(f"{path} is {what}", "Golive never makes one there; nothing of it is used", "Remove it.")


def unsigned(path: Path) -> StateError:
    """The error for a state or journal without a signature of this user's."""
    why = (
        "an earlier version of Golive, another machine or somebody else wrote it; nothing of it is used. "
        "If it is yours, run `golive adopt`"
    )
    return StateError(f"{path} is not signed by you on this machine", why, f"Otherwise remove {path.parent}.")
