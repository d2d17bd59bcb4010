"""The files that were uploaded on this machine so far: copies in production's storage, counted and compared."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from wizard.base.wording import plural
from wizard.checklist.evidence import Evidence, not_applicable, undecided, waiting
from wizard.project.file_storages import (
    Copied,
    FileField,
    FileWrite,
    RowFile,
    StorageError,
    at_risk,
    local_files,
)
from wizard.project.project import Project
from wizard.targets.sandbox import Sandbox
from wizard.targets.verification.commands import command_environment

ITEM = "26.3"
SEARCHED = "the files that rows of this machine's database refer to"
WORDS = {"missing": "not there yet", "other": "with other bytes", "renamed": "under another name", "failed": "failed"}
RAN = "copy the files of this machine, and compare each by its SHA-256"


def evidence(project: Project, sandbox: Sandbox, fields: Sequence[FileField | FileWrite]) -> Iterator[Evidence]:
    """Evidence for 26.3. A rehearsal copies the files itself, because its storage is new."""
    try:
        referred, present = local_files(project, command_environment(project, "development"))
    except StorageError as error:
        yield undecided(ITEM, SEARCHED, str(error))
        return
    if not referred:
        yield not_applicable(ITEM, SEARCHED, _nothing(fields))
        return
    target = sandbox.target
    if at_risk(fields, target.volume_mount()):
        yield waiting(ITEM, SEARCHED, f"{plural(len(present), 'file')} wait until 26.1 holds")
        return
    yield judge(sandbox, referred, present, target.copy_uploads(present, compare=target.real))


def _nothing(fields: Sequence[FileField | FileWrite]) -> str:
    others = any(isinstance(each, FileWrite) for each in fields)
    return "no row refers to a file, and MEDIA_ROOT has none" if others else "no row refers to a file"


def judge(
    sandbox: Sandbox,
    referred: Sequence[RowFile],
    present: Mapping[RowFile, Path],
    copied: Sequence[Copied],
) -> Evidence:
    wrong = [each for each in copied if not each.holds]
    size = sum(each.file.size for each in copied)
    if not wrong:
        absent = [each for each in referred if each not in present]
        showed = f"{plural(len(copied), 'file')}, {size:,} bytes, all the same in production's storage"
        if absent:
            missing = f"{plural(len(absent), 'file')} of rows can't be found on this machine, such as {absent[0]}"
            return waiting(ITEM, RAN, f"{showed}; {missing}")
        return sandbox.evidence(ITEM, True, "command", RAN, showed)
    states = Counter(each.state for each in wrong)
    counted = ", ".join(f"{count} {WORDS[state]}" for state, count in states.items())
    problem = f" ({wrong[0].problem})" if wrong[0].problem else ""
    showed = f"{len(wrong)} of {plural(len(copied), 'file')}: {counted}, the first: {wrong[0].file}{problem}"
    if all(each.state == "missing" for each in wrong):
        return waiting(ITEM, RAN, f"{showed}. Run this task again, so that Golive copies them")
    return sandbox.evidence(ITEM, False, "command", RAN, showed, expected="all files, byte for byte")
