"""The results of loading the project once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from wizard.base import files
from wizard.project.agent_answer import Answer
from wizard.project.moved_lines import line_now
from wizard.project.release_copy import ReleaseCopy


@dataclass(frozen=True)
class Snapshot:
    """The agent's answers under production's settings (`answer`) and under this machine's (`development`)."""

    answer: Answer
    development: Answer
    loaded: Mapping[Path, bytes] = field(default_factory=dict)
    """The files that set settings, as they were when the project was loaded."""

    @classmethod
    def of(cls, answer: Answer, development: Answer, copy: ReleaseCopy, root: Path) -> Snapshot:
        """A snapshot whose paths and messages name files of the project instead of files of the *copy*."""
        for message in answer["messages"]:
            for part in ("text", "hint", "about"):
                message[part] = _without_copy(message[part], copy)
        read_here = [Path(path) for path in development.get("env_files", ())]
        read_there = [copy.own_path(Path(path)) for path in answer["env_files"]]
        own = [path for path in (*read_here, *read_there) if path and path.is_relative_to(copy.top)]
        answer["env_files"] = [str(path) for path in dict.fromkeys(own)]
        set_in = {root / name for name, _ in answer["origins"].values()}
        return cls(answer, development, {path: files.read(copy.at(path)) or b"" for path in set_in})

    def origin(self, setting: str, root: Path) -> tuple[Path, int] | None:
        """The file below *root* and the line in it, as it is now, that gave *setting* its value."""
        if setting not in self.answer["origins"]:
            return None
        name, line = self.answer["origins"][setting]
        path = root / name
        return path, line_now(self.loaded.get(path, b""), files.read(path) or b"", line)

    @property
    def settings(self) -> dict[str, Any]:
        values: dict[str, Any] = self.answer["settings"]
        return values


def _without_copy(text: str, copy: ReleaseCopy) -> str:
    """*text* with paths of the copy as paths relative to the repository."""
    for folder in (copy.folder, copy.folder.resolve()):
        text = text.replace(f"{folder}/", "")
    return text
