"""The results of loading the project once."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from wizard.project.agent_answer import Answer
from wizard.project.release_copy import ReleaseCopy


@dataclass(frozen=True)
class Snapshot:
    """The agent's answers under production's settings (`answer`) and under this machine's (`development`)."""

    answer: Answer
    development: Answer

    @classmethod
    def of(cls, answer: Answer, development: Answer, copy: ReleaseCopy) -> Snapshot:
        """A snapshot whose paths and messages name files of the project instead of files of the *copy*."""
        for message in answer["messages"]:
            for part in ("text", "hint", "about"):
                message[part] = _without_copy(message[part], copy)
        read_here = [Path(path) for path in development.get("env_files", ())]
        read_there = [copy.own_path(Path(path)) for path in answer["env_files"]]
        own = [path for path in (*read_here, *read_there) if path and path.is_relative_to(copy.top)]
        answer["env_files"] = [str(path) for path in dict.fromkeys(own)]
        return cls(answer, development)

    @property
    def settings(self) -> dict[str, Any]:
        values: dict[str, Any] = self.answer["settings"]
        return values


def _without_copy(text: str, copy: ReleaseCopy) -> str:
    """*text* with paths of the copy as paths relative to the repository."""
    for folder in (copy.folder, copy.folder.resolve()):
        text = text.replace(f"{folder}/", "")
    return text
