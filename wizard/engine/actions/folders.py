"""List, compare and remove the contents of folders for an undo. No link is followed."""

from __future__ import annotations

from pathlib import Path

from wizard.base import files

LINK = "link to "
"""Marks the target of a link in a journal record, where a file has its digest."""


def identity(path: Path) -> str | None:
    """The digest of a file, or the target of a link; None for a special file."""
    if path.is_symlink():
        return f"{LINK}{path.readlink()}"
    return files.digest_of(path) if path.is_file() else None


def files_below(path: Path) -> list[Path]:
    """The files, links and special files at or below *path*."""
    if path.is_symlink() or not path.is_dir():
        return [path] if path.is_symlink() or path.is_file() else []
    return [entry for entry in path.rglob("*") if entry.is_symlink() or not entry.is_dir()]


def remove_if_empty(folder: Path) -> None:
    if folder.is_dir() and not folder.is_symlink() and not any(folder.iterdir()):
        folder.rmdir()
        files.sync_folder(folder.parent)


def remove_empty_below(path: Path, *, keep: bool) -> None:
    """Remove the empty folders below *path*, and *path* itself unless *keep*."""
    if path.is_symlink() or not path.is_dir():
        return
    for folder in sorted((entry for entry in path.rglob("*") if entry.is_dir()), reverse=True):
        remove_if_empty(folder)
    if not keep:
        remove_if_empty(path)
