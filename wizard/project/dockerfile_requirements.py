"""The requirements file that a Dockerfile installs. A builder that finds a Dockerfile uses nothing else."""

from __future__ import annotations

import re
from pathlib import Path

from wizard.base import files

INSTALL = re.compile(r"\b(?:uv +)?pip[\d.]* +install\b(?P<options>[^\n&|;]*)")
NAMED = re.compile(r"(?:-r|--requirement)(?:[ =]|(?=[\w./]))(\S+)")


def dockerfile(folder: Path) -> Path | None:
    path = folder / "Dockerfile"
    return path if files.is_file(path) else None


def requirements_named(folder: Path) -> Path | None:
    """The file of the project that the last `pip install -r` of the Dockerfile in *folder* names, if there is one.

    A place in the image such as /code/requirements/prod.txt is looked up by its end, since a COPY has put it there.
    """
    path = dockerfile(folder)
    text = files.text(path).replace("\\\n", " ") if path else ""
    found = None
    for install in INSTALL.finditer(text):
        for name in NAMED.findall(install["options"]):
            parts = Path(name.strip("\"'")).parts
            ends = (folder.joinpath(*parts[start:]) for start in range(len(parts)) if parts[start] != "/")
            found = next((end for end in ends if files.is_file(end) and files.inside(end, folder)), found)
    return found
