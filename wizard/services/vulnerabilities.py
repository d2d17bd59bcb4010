"""Known vulnerabilities of installed packages, found by pip-audit in the OSV database.

Only names and versions are sent. Source: pip-audit 2.10 and the documentation of OSV's API.
"""

from __future__ import annotations

import importlib.util
import json
import os
import shutil
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from packaging.utils import InvalidName, canonicalize_name
from packaging.version import InvalidVersion, Version

from wizard.base import process
from wizard.base.errors import NotYetError, ServiceError
from wizard.base.secrets import excerpt

INSTALL = "pip install 'django-golive[audit]'"
SECONDS = 120.0
"""How long the whole query may take."""
PROXIES = ("HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy", "NO_PROXY", "no_proxy")
EACH = "20"
"""Seconds for the answer to one request."""


@dataclass(frozen=True)
class Vulnerable:
    """A package with known vulnerabilities, by their CVE numbers where they have one.

    *fix* is the lowest release in which all of them are fixed; empty if there is none.
    """

    name: str
    version: str
    ids: tuple[str, ...]
    fix: str

    def __str__(self) -> str:
        more = f" and {len(self.ids) - 2} more" if len(self.ids) > 2 else ""
        fixed = f"fixed in {self.fix}" if self.fix else "no fixed release yet"
        return f"{self.name} {self.version}: {', '.join(self.ids[:2])}{more}, {fixed}"


def command() -> list[str]:
    """The arguments that start pip-audit: Golive's own, or the program of this machine.

    Raises:
        NotYetError: there is none.
    """
    if importlib.util.find_spec("pip_audit"):
        return [sys.executable, "-m", "pip_audit"]
    if found := shutil.which("pip-audit"):
        return [found]
    raise NotYetError("pip-audit is not installed", "Golive looks vulnerabilities up with it", f"Run {INSTALL}.")


def find(installed: Mapping[str, str], address: str, folder: Path) -> list[Vulnerable]:
    """The packages among *installed*, versions by name, that have known vulnerabilities.

    Arguments:
        address: the base URL of the OSV database.
        folder: where the list of packages is written for a moment.

    Raises:
        NotYetError: there is no pip-audit.
        ServiceError: the database does not answer, or its answer can't be read.
        CommandError: pip-audit took too long.
    """
    program = command()
    listed = folder / "audited-packages.txt"
    listed.write_text(
        "".join(f"{name}=={version}\n" for name, version in sorted(installed.items()) if _is_listed(name, version))
    )
    options = [
        "--requirement", str(listed), "--no-deps", "--disable-pip", "--format", "json", "--progress-spinner", "off",
        "--vulnerability-service", "osv", "--osv-url", f"{address}/v1/query", "--timeout", EACH,
    ]  # fmt: skip
    try:
        done = process.run([*program, *options], cwd=folder, env=_environment(), timeout=SECONDS, capture_stdout=True)
    finally:
        listed.unlink()
    try:
        packages = json.loads(done.output)["dependencies"]
    except (ValueError, KeyError, TypeError) as error:
        raise ServiceError("The database of vulnerabilities did not answer", excerpt(done.last_lines(2), 200),
                           "Check the connection, then run the task again.", service="osv") from error  # fmt: skip
    return [_vulnerable(each) for each in packages if each.get("vulns")]


def _environment() -> dict[str, str]:
    """What pip-audit needs to reach the database, and none of the user's other variables, which may be secret."""
    return process.bare_environment(**{name: os.environ[name] for name in PROXIES if name in os.environ})


def _is_listed(name: str, version: str) -> bool:
    """Whether a package index can have them. A local version, such as 1.0+cu118, is not listed there.

    The metadata of a package may hold any text, also a line break with an option of pip behind it.
    """
    try:
        canonicalize_name(name, validate=True)
        return Version(version).local is None
    except (InvalidName, InvalidVersion):
        return False


def _vulnerable(record: dict[str, Any]) -> Vulnerable:
    ids = [_name(each) for each in record["vulns"]]
    fixes = [_first_fix(each, str(record["version"])) for each in record["vulns"]]
    fix = str(max(each for each in fixes if each)) if all(fixes) else ""
    return Vulnerable(str(record["name"]), str(record["version"]), tuple(dict.fromkeys(ids)), fix)


def _name(record: dict[str, Any]) -> str:
    known = [str(each) for each in record.get("aliases") or []]
    return next((each for each in known if each.startswith("CVE-")), str(record["id"]))


def _first_fix(record: dict[str, Any], version: str) -> Version | None:
    """The lowest release above *version* with a fix. Releases of older series are fixed too, with lower numbers."""
    found = sorted(Version(each) for each in record.get("fix_versions") or [] if _readable(each))
    return next((each for each in found if each > Version(version)), None)


def _readable(version: str) -> bool:
    try:
        Version(version)
    except InvalidVersion:
        return False
    return True
