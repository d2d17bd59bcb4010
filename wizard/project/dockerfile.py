"""A Dockerfile, as far as the start command needs it: the final image's command, folders and build commands.

Source: Docker's reference of Dockerfiles.
"""

from __future__ import annotations

import json
import posixpath
import re
import shlex
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from wizard.base import files

INSTRUCTION = re.compile(r"^[ \t]*([A-Za-z]+)[ \t]+", re.MULTILINE)
FLAG = re.compile(r"^--[\w-]+(?:=\S+)?\s+")
SHELLS = {"sh", "bash", "ash", "dash", "/bin/sh", "/bin/bash", "/bin/ash", "/usr/bin/bash", "/bin/dash"}
MANAGE = re.compile(r"(?:python[\d.]* +)?\S*manage\.py(?= +\w)")
PYTHON = re.compile(r"\bpython|\bpip\b|\buv\b|manage\.py|gunicorn|uvicorn|daphne|django", re.IGNORECASE)


@dataclass(frozen=True)
class Instruction:
    """One instruction. *start* and *end* are where its arguments are in the file's text."""

    name: str
    value: str
    start: int
    end: int

    def words(self) -> list[str] | None:
        """The arguments in their JSON form. None for the form that a shell runs."""
        if not self.value.startswith("["):
            return None
        try:
            words = json.loads(self.value)
        except ValueError:
            return None
        return [str(word) for word in words] if isinstance(words, list) else None

    def command(self) -> str:
        """The arguments as a shell command."""
        words = self.words()
        if words is None:
            return self.value
        if len(words) == 3 and words[0] in SHELLS and re.fullmatch(r"-[a-z]*c", words[1]):
            return words[2]
        return " ".join(quoted(word) for word in words)


def quoted(word: str) -> str:
    """*word* for a shell. Variables stay, since images that name one in the JSON form mean its value."""
    return word if re.fullmatch(r"[\w@%+=:,./${}-]+", word) else shlex.quote(word)


@dataclass(frozen=True)
class Image:
    """The final image of a Dockerfile.

    Arguments:
        instructions: those of the final stage, after those of the stages that it is based on.
        folders: places in the image, each with the file or folder that is copied there, in the order of the copies.
    """

    path: Path
    text: str
    instructions: tuple[Instruction, ...]
    folders: tuple[tuple[str, Path], ...]
    environment: dict[str, str] = field(default_factory=dict)
    workdir: str = "/"

    @classmethod
    def read(cls, path: Path, context: Path) -> Image | None:
        """The image that the Dockerfile at *path* describes. *context* is the folder that its copies start from."""
        text = (files.read(path) or b"").decode("utf-8", "surrogateescape")
        stages: dict[str, list[Instruction]] = {}
        current: list[Instruction] = []
        for instruction in _instructions(text):
            if instruction.name == "FROM":
                words = FLAG.sub("", instruction.value).split()
                current = list(stages.get(words[0].lower(), ())) if words else []
                stages[str(len([name for name in stages if name.isdigit()]))] = current
                if len(words) == 3:
                    stages[words[2].lower()] = current
            else:
                current.append(instruction)
        return _image(path, context, text, current, stages) if stages else None

    @property
    def is_python(self) -> bool:
        return bool(PYTHON.search(self.text))

    def last(self, name: str) -> Instruction | None:
        return next((each for each in reversed(self.instructions) if each.name == name), None)

    def local(self, place: str) -> Path | None:
        """The project's file or folder at *place* in the image. None if nothing of the project is there."""
        place = posixpath.normpath(place)
        for target, source in reversed(self.folders):
            if place == target or place.startswith(target.rstrip("/") + "/"):
                found = source / posixpath.relpath(place, target)
                if files.exists(found):
                    return found.resolve() if ".." in found.parts else found
            below = posixpath.relpath(target, place)
            if not below.startswith("..") and source.as_posix().endswith(f"/{below}"):
                return source.parents[len(Path(below).parts) - 1]
        return None

    def place(self, path: Path) -> str:
        """Where the project's *path* is in the image. Empty if it is not copied there."""
        for target, source in reversed(self.folders):
            if path == source or path.is_relative_to(source):
                return posixpath.normpath(posixpath.join(target, path.relative_to(source).as_posix()))
        return ""

    def builds(self) -> list[str]:
        """The shell commands that run while the image is built, in all stages."""
        return [each.command() for each in _instructions(self.text) if each.name == "RUN"]

    @property
    def arguments(self) -> set[str]:
        """The variables of the service that the build gets. Source: Railway's documentation of Dockerfiles."""
        return {each.value.split("=")[0].strip() for each in _instructions(self.text) if each.name == "ARG"}


def with_build_variables(text: str, values: Mapping[str, str]) -> str:
    """The Dockerfile *text* in which management commands of the build get the variables *values*."""
    for each in reversed(list(_instructions(text))):
        if each.name != "RUN" or each.words() is not None:
            continue
        written = text[each.start : each.end]
        for found in reversed(list(MANAGE.finditer(written))):
            line = written[: found.start()].rpartition("&&")[2]
            added = "".join(f"{name}={quoted(value)} " for name, value in values.items() if f"{name}=" not in line)
            written = written[: found.start()] + added + written[found.start() :]
        text = text[: each.start] + written + text[each.end :]
    return text


def with_line_above(text: str, name: str, line: str) -> str:
    """The Dockerfile *text* with *line* above its last instruction *name*; unchanged without one."""
    found = next((each for each in reversed(list(_instructions(text))) if each.name == name), None)
    if found is None:
        return text
    start, end = text.rfind("\n", 0, found.start) + 1, "\r\n" if "\r\n" in text else "\n"
    return f"{text[:start]}{line}{end}{text[start:]}"


def _image(
    path: Path, context: Path, text: str, final: list[Instruction], stages: dict[str, list[Instruction]]
) -> Image:
    folders, environment, workdir = _contents(final, context, stages, 0)
    return Image(path, text, tuple(final), tuple(folders), environment, workdir)


def _contents(
    stage: list[Instruction], context: Path, stages: dict[str, list[Instruction]], depth: int
) -> tuple[list[tuple[str, Path]], dict[str, str], str]:
    """The copies, variables and working folder of a stage."""
    folders: list[tuple[str, Path]] = []
    environment: dict[str, str] = {}
    workdir = "/"
    made = {workdir}
    """Folders that the image has by then: a file that is copied to one of them ends up inside it."""
    for each in stage:
        if each.name == "WORKDIR":
            workdir = posixpath.normpath(posixpath.join(workdir, _expanded(each.value.strip("\"'"), environment)))
            made.add(workdir)
        elif each.name == "ENV":
            environment |= _variables(each.value)
        elif each.name in {"COPY", "ADD"}:
            value, origin = each.value, ""
            while flag := FLAG.match(value):
                origin = flag[0].partition("--from=")[2].strip().lower() or origin
                value = value[flag.end() :]
            words = Instruction(each.name, value, 0, 0).words() or value.split()
            *sources, target = [_expanded(word, environment) for word in words] or [""]
            place = posixpath.normpath(posixpath.join(workdir, target))
            for source in sources:
                found = _source(source, origin, context, stages, depth)
                if found is not None:
                    to_folder = target.endswith("/") or len(sources) > 1 or place in made
                    inside = to_folder and files.is_file(found)
                    folders.append((posixpath.join(place, found.name) if inside else place, found))
                    made.add(place if inside or not files.is_file(found) else posixpath.dirname(place))
    return folders, environment, workdir


def _source(source: str, origin: str, context: Path, stages: dict[str, list[Instruction]], depth: int) -> Path | None:
    """The project's file or folder that a COPY takes, also from an earlier stage."""
    if not origin:
        found = context / source.lstrip("/")
        usable = "*" not in source and files.exists(found) and files.inside(found, context)
        return Path(posixpath.normpath(found)) if usable else None
    if origin not in stages or depth > 5:
        return None
    folders, environment, workdir = _contents(stages[origin], context, stages, depth + 1)
    image = Image(context, "", (), tuple(folders), environment, workdir)
    return image.local(posixpath.join(workdir, source))


def _expanded(text: str, environment: dict[str, str]) -> str:
    return re.sub(r"\$\{?(\w+)\}?", lambda match: environment.get(match[1], match[0]), text)


def _variables(value: str) -> dict[str, str]:
    """The variables of an ENV instruction, in either of its two forms."""
    try:
        words = shlex.split(value)
    except ValueError:
        return {}
    if words and "=" not in words[0]:
        return {words[0]: " ".join(words[1:])}
    return dict(word.split("=", 1) for word in words if "=" in word)


def _instructions(text: str) -> Iterator[Instruction]:
    position = 0
    while position < len(text):
        line_end = _logical_end(text, position)
        line = text[position:line_end]
        match = INSTRUCTION.match(line)
        if match and not line.lstrip().startswith("#"):
            raw = line[match.end() :].rstrip()
            kept = [part for part in raw.splitlines() if not part.lstrip().startswith("#")]
            value = " ".join(part.rstrip().removesuffix("\\").strip() for part in kept)
            start = position + match.end()
            yield Instruction(match[1].upper(), value.strip(), start, start + len(raw))
        position = line_end + 1


def _logical_end(text: str, start: int) -> int:
    """The end of the instruction that begins at *start*: the first line end without a backslash before it."""
    position = start
    comment = text[start:].lstrip(" \t").startswith("#")
    while True:
        end = text.find("\n", position)
        if end < 0:
            return len(text)
        line = text[position:end].rstrip()
        continued = not comment and (line.endswith("\\") or (position > start and line.lstrip().startswith("#")))
        if not continued:
            return end
        position = end + 1
