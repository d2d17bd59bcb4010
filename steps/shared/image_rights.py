"""Whether the user of an image may write where the start of the service collects the static files.

`COPY` makes files of root. An image with a `USER` of its own then can't create STATIC_ROOT, `collectstatic` fails, and
the service never starts. A rehearsal runs the command without the image, so only the Dockerfile shows it.
Source: Docker's reference of Dockerfiles, COPY and USER.
"""

from __future__ import annotations

import posixpath
import re
from dataclasses import dataclass
from pathlib import Path

from wizard.project import start_sources
from wizard.project.dockerfile import Image, quoted, with_line_above
from wizard.project.project import Project
from wizard.project.start_sources import StartSource

COLLECT = re.compile(r"\bcollectstatic\b")
GIVES_RIGHTS = re.compile(r"\b(?:chown|chmod|install)\b")
CHOWN = re.compile(r"--ch(?:own|mod)=")


@dataclass(frozen=True)
class Unwritable:
    """The *user* of the image may not write to *folder*, which `collectstatic` fills."""

    user: str
    folder: str

    @property
    def fault(self) -> str:
        return f"collectstatic fails: USER {self.user} may not write to {self.folder}, which is root's"


def find(project: Project, source: StartSource) -> Unwritable | None:
    """The folder of the static files, if the image's user can't write there at the start. None if it can."""
    image, root = source.image, project.value("STATIC_ROOT")
    if image is None or not root or any(COLLECT.search(command) for command in source.builds):
        return None
    user = _user(image)
    own = project.own(Path(str(root))) or Path(str(root))
    folder = image.place(own)
    if not user or not folder or any(_gives(each.value, each.name, folder) for each in image.instructions):
        return None
    return Unwritable(user, folder)


def mended(project: Project, source: StartSource, content: bytes) -> bytes:
    """The Dockerfile's *content* with a line above its last USER that gives the folder to the user."""
    found = find(project, source)
    if found is None:
        return content
    folder, text = quoted(found.folder), content.decode("utf-8", "surrogateescape")
    line = f"RUN mkdir -p {folder} && chown {quoted(found.user)} {folder}"
    return with_line_above(text, "USER", line).encode("utf-8", "surrogateescape")


def variable_for_volume(project: Project) -> str:
    """The variable that lets the image's user write to a volume, if it may not and the variable has no value.

    A volume belongs to root. Source: Railway's documentation of volumes.
    """
    image, name = start_sources.find(project.root, project.top).image, project.platform.root_variable
    needed = image is not None and _user(image) and name not in project.env_values(project.production_env)
    return name if needed else ""


def _user(image: Image) -> str:
    """The user that runs the service. Empty if that is root, or comes from a variable."""
    last = image.last("USER")
    name = last.value.split()[0].split(":")[0] if last and last.value.split() else ""
    return "" if name in {"root", "0"} or "$" in name else name


def _gives(value: str, instruction: str, folder: str) -> bool:
    """Whether an instruction may give the folder, or one above it, to another user than root."""
    if instruction in {"COPY", "ADD"}:
        return CHOWN.search(value) is not None
    if instruction != "RUN" or not GIVES_RIGHTS.search(value):
        return False
    places = [word.strip("\"';") for word in value.split() if word.startswith(("/", '"/', "'/"))]
    above = [place for place in places if (folder + "/").startswith(posixpath.normpath(place).rstrip("/") + "/")]
    return bool(above) or re.search(r"\s\.{1,2}/?(?:\s|$)|\$", value) is not None
