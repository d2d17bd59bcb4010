"""Where the platform finds the start command: in its own configuration, a Dockerfile, a builder's file or the Procfile.

Source: Railway's documentation of builds and start commands, and Railpack's source.
"""

from __future__ import annotations

import json
import re
import shlex
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import Enum
from pathlib import Path
from typing import Any

from wizard.base import files
from wizard.base.errors import StepError
from wizard.editing.requirements import document
from wizard.project import dependencies, procfile
from wizard.project.dockerfile import SHELLS, Image, quoted

CONFIGURATIONS = ("railway.toml", "railway.json")
"""The platform's configuration in the uploaded folder. The first one found is used."""
BUILDERS = ("railpack.json", "nixpacks.toml")
JSON_COMMAND = re.compile(r'("startCommand"\s*:\s*)"((?:[^"\\]|\\.)*)"')


class Kind(Enum):
    """What kind of file has the start command."""

    PROCFILE = "Procfile"
    DOCKERFILE = "Dockerfile"
    CONFIGURATION = "configuration"
    BUILDER = "builder"


@dataclass(frozen=True)
class StartSource:
    """The file that decides how the service starts.

    Arguments:
        path: that file. A Procfile may not exist yet.
        command: the shell command, empty if there is none yet.
        folder: the project's folder in which the command runs.
        uploaded: the folder that the platform builds.
        image: the Dockerfile that the platform builds, if it builds one.
        builds: commands that run while the platform builds the service.
        pre_deploy: commands that run before each deployment.
    """

    path: Path
    kind: Kind
    command: str
    folder: Path
    uploaded: Path
    image: Image | None = None
    builds: tuple[str, ...] = ()
    pre_deploy: tuple[str, ...] = ()
    instruction: str = "CMD"
    others: Mapping[str, str] = field(default_factory=dict)

    @property
    def title(self) -> str:
        """The file with the place of the command in it."""
        if self.kind is Kind.PROCFILE:
            return "Procfile, read as YAML"
        if self.kind is Kind.DOCKERFILE:
            return f"{self.path.name}, {self.instruction}"
        return f"{self.path.name}, start command"

    @property
    def entrypoint(self) -> str:
        """The image's program that gets the command as its arguments. Empty without one."""
        if self.image is None or self.instruction == "ENTRYPOINT":
            return ""
        found = self.image.last("ENTRYPOINT")
        return found.command() if found and found.words() else ""

    @property
    def environment(self) -> dict[str, str]:
        """The variables that the image sets."""
        left_out = {"PATH", "HOME", "VIRTUAL_ENV", "PORT"}
        values = self.image.environment if self.image else {}
        return {name: self._local_paths(value) for name, value in values.items() if name not in left_out}

    @property
    def is_broken(self) -> bool:
        """Whether the platform can't run the command as it is written, whatever the command is."""
        if self.kind is Kind.PROCFILE:
            return not procfile.is_readable(files.read(self.path) or b"")
        found = self.image.last(self.instruction) if self.image and self.kind is Kind.DOCKERFILE else None
        words = found.words() if found else None  # without a shell, a variable is not replaced by its value
        return words is not None and "$" in " ".join(words) and words[0] not in SHELLS

    def place(self) -> tuple[Path, int]:
        """The file, and the line that has most words of the command; the first one if none has any."""
        words, lines = set(_words(self.command)), files.text(self.path).splitlines()
        counts = [sum(word in line for word in words) for line in lines]
        return self.path, counts.index(max(counts)) + 1 if any(counts) else 1

    def script(self) -> Path | None:
        """The project's own script that the command, or the image's entry point, runs."""
        for command in (self.command, self.entrypoint):
            for word in _words(command)[:3]:
                path = self._script_at(word)
                if path is not None:
                    return path
        return None

    def _script_at(self, word: str) -> Path | None:
        if word.startswith("-") or word in SHELLS or not re.search(r"\.sh$|/|^\w+$", word):
            return None
        found = self.image.local(word) if self.image and word.startswith("/") else self.folder / word.lstrip("/")
        inside = found is not None and files.is_file(found) and files.inside(found, self.uploaded)
        return found if inside and found is not None and found.suffix in {"", ".sh", ".bash"} else None

    def at_start(self) -> str:
        """All commands that run when a deployment starts, with the script that they run."""
        script = self.script()
        return "\n".join([*self.pre_deploy, self.entrypoint, files.text(script) if script else "", self.command])

    def everything(self) -> str:
        """All commands that run from the build to the start."""
        return "\n".join([*self.builds, self.at_start()])

    def runnable(self) -> str:
        """The command as this machine can run it in `folder`: with the entry point, and the project's own paths.

        Raises:
            StepError: there is no start command.
        """
        if self.kind is Kind.PROCFILE:
            return procfile.web_command(self.path)
        if not self.command:
            raise StepError(f"{self.path.name} has no start command", "the service can't be started",
                            "Add a CMD with the command that starts the server.")  # fmt: skip
        command = f"{self.entrypoint} sh -c {shlex.quote(self.command)}" if self.entrypoint else self.command
        return self._local_paths(command)

    @property
    def is_direct(self) -> bool:
        """Whether the image starts the program without a shell, which would keep signals from it."""
        image = self.image if self.kind is Kind.DOCKERFILE and not self.entrypoint else None
        found = image.last(self.instruction) if image else None
        words = found.words() if found else None
        return words is not None and " ".join(map(quoted, words)) == self.command and words[:1] != ["exec"]

    def _local_paths(self, text: str) -> str:
        """*text* with paths in the image as paths of this machine."""
        image = self.image
        if image is None:
            return text

        def local(match: re.Match[str]) -> str:
            found = image.local(match[0])
            return str(found) if found else match[0]

        return re.sub(r"(?<![\w./:$}])/[\w./-]+", local, text)

    def build_commands(self) -> list[str]:
        """The management commands of the image's build, which this machine can run too."""
        found = []
        for command in self.builds:
            for part in re.split(r"&&|;|\n", command):
                if re.search(r"\bmanage\.py\s+\w+", part):
                    found.append(self._local_paths(part.strip()))
        return found

    def rewritten(self, command: str) -> bytes:
        """The content of the file with *command* instead of its start command."""
        before = files.read(self.path)
        if self.kind is Kind.PROCFILE:
            return procfile.with_command(before, command)
        if self.kind is Kind.DOCKERFILE and self.image is not None:
            return _with_instruction(self.image, self.instruction, command)
        if self.image is not None:  # such a command is not run by a shell. Source: Railway's documentation
            command = f"/bin/sh -c {shlex.quote(command)}"
        content = before or b""
        if self.path.suffix == ".json":
            value = json.dumps(command, ensure_ascii=False)
            text = content.decode("utf-8", "surrogateescape")
            text = JSON_COMMAND.sub(lambda match: match[1] + value, text, count=1)
            return text.encode("utf-8", "surrogateescape")
        parsed = document(self.path, content)
        table, name = ("start", "cmd") if self.path.name == "nixpacks.toml" else ("deploy", "startCommand")
        parsed[table][name] = command
        return str(parsed.as_string()).encode()


def _with_instruction(image: Image, name: str, command: str) -> bytes:
    found = image.last(name)
    text = image.text
    if found is None:
        newline = "\r\n" if "\r\n" in text else "\n"
        text += ("" if text.endswith("\n") else newline) + f"{name} {command}{newline}"
    else:
        text = text[: found.start] + command + text[found.end :]
    return text.encode("utf-8", "surrogateescape")


def _words(command: str) -> list[str]:
    try:
        return shlex.split(command)
    except ValueError:
        return command.split()


# ---- finding it


def uploaded_folder(root: Path, top: Path) -> Path:
    """The folder that the platform builds: the nearest one that configures a build, else that of the dependency file.

    *root* is the folder of manage.py, *top* the top of the repository.
    """
    needed = dependencies.find(root, top).folder
    needed = needed if root.is_relative_to(needed) else root
    for folder in (root, *(parent for parent in root.parents if parent.is_relative_to(top))):
        docker = Image.read(folder / "Dockerfile", folder)
        if docker is not None and docker.is_python:
            return folder
        if any(files.is_file(folder / name) for name in (*CONFIGURATIONS, *BUILDERS)):
            return folder if needed.is_relative_to(folder) or _dockerfile_path(folder) else needed
    return needed


def find(root: Path, top: Path) -> StartSource:
    """The file with the start command of the project whose manage.py is in *root*."""
    uploaded = uploaded_folder(root, top)
    path, given = _configuration(uploaded)
    build, deploy = _table(given, "build"), _table(given, "deploy")
    image = _image(uploaded, build)
    builds = tuple(image.builds()) if image else _texts(build.get("buildCommand"))
    pre_deploy = _texts(deploy.get("preDeployCommand"))
    where = (image.local(image.workdir) if image else None) or (root if image else uploaded)
    source = StartSource(path, Kind.CONFIGURATION, "", where, uploaded, image, builds, pre_deploy)
    if command := str(deploy.get("startCommand") or ""):
        return replace(source, command=_without_shell(command))
    if image is not None:
        name = "CMD" if image.last("CMD") or not image.last("ENTRYPOINT") else "ENTRYPOINT"
        found = image.last(name)
        command = found.command() if found else ""
        return replace(source, path=image.path, kind=Kind.DOCKERFILE, command=command, instruction=name)
    return _of_builder(root, source, str(build.get("builder") or "").upper())


def _of_builder(root: Path, source: StartSource, builder: str) -> StartSource:
    """The start command of Railpack's or Nixpacks' own file, else the Procfile."""
    place = source.uploaded / ("nixpacks.toml" if builder == "NIXPACKS" else "railpack.json")
    given = _parsed(place)
    table, key = ("start", "cmd") if builder == "NIXPACKS" else ("deploy", "startCommand")
    source = replace(source, builds=(*source.builds, *_builder_commands(given)))
    if command := str(_table(given, table).get(key) or ""):
        return replace(source, path=place, kind=Kind.BUILDER, command=_without_shell(command))
    path = source.uploaded / "Procfile"
    if not files.is_file(path) and files.is_file(root / "Procfile"):
        path = root / "Procfile"
    commands = procfile.commands(files.read(path) or b"") if files.is_file(path) else {}
    name = next((name for name in ("web", "Web", "WEB") if name in commands), "")
    others = {other: text for other, text in commands.items() if other != name}
    return replace(
        source, path=path, kind=Kind.PROCFILE, command=commands.get(name, ""), folder=path.parent, others=others
    )


def _builder_commands(given: Mapping[str, Any]) -> list[str]:
    """The build commands in railpack.json or nixpacks.toml."""
    steps = [*_table(given, "steps").values(), *_table(given, "phases").values()]
    texts = list[str]()
    for step in steps:
        if isinstance(step, Mapping):
            texts += _texts(step.get("commands") or step.get("cmds"))
    return texts


def _image(uploaded: Path, build: Mapping[str, Any]) -> Image | None:
    """The Dockerfile that the platform builds, unless its configuration chooses another builder."""
    builder, named = str(build.get("builder") or "").upper(), str(build.get("dockerfilePath") or "")
    if builder in {"NIXPACKS", "RAILPACK"} and not named:
        return None
    path = uploaded / (named.lstrip("/") or "Dockerfile")
    image = Image.read(path, uploaded) if files.inside(path, uploaded) else None
    return image if image is not None and (named or image.is_python) else None


def _dockerfile_path(folder: Path) -> str:
    return str(_table(_configuration(folder)[1], "build").get("dockerfilePath") or "")


def _configuration(uploaded: Path) -> tuple[Path, Mapping[str, Any]]:
    for name in CONFIGURATIONS:
        if given := _parsed(uploaded / name):
            return uploaded / name, given
    return uploaded / CONFIGURATIONS[0], {}


def _parsed(path: Path) -> Mapping[str, Any]:
    """The content of a TOML or JSON file. Empty if there is none, or it can't be read."""
    text = files.text(path) if files.is_file(path) else ""
    try:
        found = json.loads(text or "{}") if path.suffix == ".json" else tomllib.loads(text)
    except (ValueError, RecursionError):  # a file that the platform refuses too
        return {}
    return found if isinstance(found, dict) else {}


def _table(given: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    found = given.get(name)
    return found if isinstance(found, Mapping) else {}


def _texts(value: Any) -> tuple[str, ...]:
    listed = value if isinstance(value, list) else [value] if value else []
    found = (each.get("cmd") if isinstance(each, Mapping) else each for each in listed)
    return tuple(each for each in found if isinstance(each, str) and each)


def _without_shell(command: str) -> str:
    """*command* without `/bin/sh -c` around it."""
    words = _words(command)
    return words[2] if len(words) == 3 and words[0] in SHELLS and re.fullmatch(r"-[a-z]*c", words[1]) else command
