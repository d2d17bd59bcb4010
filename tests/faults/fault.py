"""Planted faults: edits of a finished project, and the items that must drift because of them, and no others.

Rows are in modules named AREA_faults.py, in a list FAULTS:

    Fault("404 page with the request", replace("templates/404.html", "</body>", "{{ request.META }}</body>"),
          items={"2.3"}, says=["REMOTE_ADDR"], where="templates/404.html")

Paths are relative to the folder of manage.py. The repository's top is its parent.
"""

from __future__ import annotations

import dataclasses
import importlib
import os
import subprocess
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from pathlib import Path

Edit = Callable[[Path], None]
"""Changes the project whose manage.py is in the given folder."""
FIRST_OPTIONAL = 25
"""The first task of the optional day."""
IDENTITY = ("-c", "user.name=Somebody else", "-c", "user.email=else@example.com")


@dataclass(frozen=True)
class Fault:
    """A fault and its effect on `golive check`.

    Arguments:
        edit: plants the fault. Several edits are joined with `every`.
        items: the items that must drift, because their text is no longer true. Any other drifted item is a false alarm.
            What can't be judged any more, since the site does not start, is not checked: an error, not drift.
        says: texts that the evidence of *items* must contain, together: what was found.
        where: a part of the place that one of *items* must name, such as `settings.py:` for any line of that file.
        error: for a fault that keeps the project from loading at all: a text of the error that ends the check. Nothing
            drifts then, since nothing could be checked.
        area: set by `collect`.
    """

    name: str
    edit: Edit
    items: Collection[str] = ()
    says: Sequence[str] = ()
    where: str = ""
    error: str = ""
    area: str = ""

    @property
    def stay_live(self) -> bool:
        """Whether it concerns the optional day."""
        return any(int(item.partition(".")[0]) >= FIRST_OPTIONAL for item in self.items if item[0].isdecimal())


def every(*edits: Edit) -> Edit:
    """All of *edits*, in order."""

    def edit(root: Path) -> None:
        for each in edits:
            each(root)

    return edit


def replace(name: str, old: str, new: str) -> Edit:
    """Replace the only occurrence of *old*. An edit of a project that does not contain it is a mistake in the table."""

    def edit(root: Path) -> None:
        text = (root / name).read_bytes().decode()
        assert text.count(old) == 1, f"{name} contains {old!r} {text.count(old)} times"
        (root / name).write_bytes(text.replace(old, new).encode())

    return edit


def append(name: str, text: str) -> Edit:
    def edit(root: Path) -> None:
        (root / name).write_bytes((root / name).read_bytes() + text.encode())

    return edit


def write(name: str, text: str) -> Edit:
    def edit(root: Path) -> None:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(text.encode())

    return edit


def delete(name: str) -> Edit:
    return lambda root: (root / name).unlink()


def without_line(name: str, part: str) -> Edit:
    """Remove the only line that contains *part*."""

    def edit(root: Path) -> None:
        lines = (root / name).read_bytes().decode().splitlines(keepends=True)
        kept = [line for line in lines if part not in line]
        assert len(kept) == len(lines) - 1, f"{len(lines) - len(kept)} lines of {name} contain {part!r}"
        (root / name).write_bytes("".join(kept).encode())

    return edit


def mode(name: str, permissions: int) -> Edit:
    return lambda root: (root / name).chmod(permissions)


def git(*arguments: str) -> Edit:
    """Run git in the folder of manage.py, as a developer would."""

    def edit(root: Path) -> None:
        dates = {"GIT_AUTHOR_DATE": "2026-11-01T12:00:00Z", "GIT_COMMITTER_DATE": "2026-11-01T12:00:00Z"}
        command = ["git", *IDENTITY, *arguments]
        subprocess.run(command, cwd=root, env={**os.environ, **dates}, check=True, capture_output=True)

    return edit


def committed(name: str, *edits: Edit) -> Edit:
    """Make *edits* and commit the file *name*, so that it does not count as uncommitted."""
    return every(*edits, git("commit", "--quiet", "-m", "Edit a file", "--", name))


CONTROL = Fault("no fault", every(), area="control")
"""What drifts here is a false alarm."""


def collect() -> list[Fault]:
    """The faults of every module AREA_faults.py of this folder, after the control."""
    found = [CONTROL]
    for path in sorted(Path(__file__).parent.glob("*_faults.py")):
        rows: list[Fault] = importlib.import_module(f"tests.faults.{path.stem}").FAULTS
        found += [dataclasses.replace(row, area=path.stem.removesuffix("_faults")) for row in rows]
    names = [(fault.area, fault.name) for fault in found]
    assert len(set(names)) == len(names), f"names of faults: {sorted({n for n in names if names.count(n) > 1})}"
    return found
