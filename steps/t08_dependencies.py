"""Task 8, Install Production Dependencies: install, record and commit the packages that production needs.

By default only the new direct requirements are added, with their installed versions and in the file's own style. A
full `pip freeze` would rewrite the user's file, so it needs the answer `freeze: yes`.

Packages that production imports, and that are installed on this machine only, are recorded too. The proof is an
environment that is installed from the file and from nothing else.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from packaging.utils import canonicalize_name

from steps.shared import background_processes, builder_files, packages
from steps.shared.commits import is_uncommitted, plan_commit
from wizard.base import files
from wizard.checklist.answers import Answers, Question
from wizard.checklist.evidence import Evidence, shown, undecided, waiting
from wizard.plan.actions import Action, Assist, Finding, InstallPackages, Plan
from wizard.project import conflicts, needed_packages
from wizard.project.project import Project
from wizard.project.release_environment import InstallError
from wizard.step import Step
from wizard.targets.sandbox import Sandbox

MESSAGE = "Record the production dependencies"
WINDOWS_ONLY = {"pywin32", "pypiwin32", "pywinpty", "twisted-iocpsupport", "wmi"}
"""Packages that `pip freeze` records on Windows and that cannot be installed on Linux."""
INSTALLATION = "an installation from the dependency file"
LINUX = {"sys_platform": "linux", "platform_system": "Linux", "os_name": "posix"}
MOST_NAMED = 4
"""The maximum number of packages that a remark names."""
PACKAGES = ("whitenoise", "dj-database-url", "sentry-sdk", "gunicorn")

LAST_FOR = {"whitenoise": (((3, 2), "<6"), ((4, 2), "<6.8"))}
"""For each package, pairs of a Django version and the requirement for older Djangos. Source: WhiteNoise, Changelog."""


class Dependencies(Step):
    def questions(self, project: Project, sandbox: Sandbox) -> list[Question]:
        if project.dependencies.kind != "requirements" or project.dependencies.pins_hashes:
            return []
        why = "Yes replaces the file with all installed packages. No adds only the new direct requirements."
        return [Question("freeze", "Write the full pip freeze?", "no", why, ("no", "yes"))]

    def inspect(self, project: Project) -> list[Finding]:
        found = [Finding("not recorded: " + (", ".join(_unrecorded(project)) or "none"), project.dependencies.path)]
        for need in needed_packages.missing(project):
            text = f"production uses {need.use.names[0]}, and the dependency file lacks {need.package}"
            found.append(Finding(text, need.use.path, need.use.line, warning=True))
        return found

    def plan(self, project: Project, sandbox: Sandbox, answers: Answers) -> Plan:
        path, before = project.dependencies.path, files.read(project.dependencies.path)
        wanted, missing = _unrecorded(project), _not_installed(project)
        requirements = tuple(_requirement(name, project.django) for name in missing)
        actions: list[Action] = [InstallPackages(requirements)] if missing else []
        freeze = answers.get("freeze") == "yes" and project.dependencies.kind == "requirements"
        if project.dependencies.pins_hashes and wanted:
            snippet = "\n".join(wanted)
            why = "it pins hashes, and pip refuses lines without one: add these to its source file and compile it again"
            return Plan.of(*actions, Assist("8.1", f"in the source of {path.name}", snippet, why))
        if before is None:  # a new file lists everything that no other package requires
            wanted = sorted({*packages.top_level_packages(project), *_wanted(project)})
        if wanted:
            actions += packages.record(project, tuple(wanted), freeze=freeze)
        if wanted or _unlocked(project):
            actions += packages.update_lock(project)
        new = builder_files.missing_files(project, wanted)
        changed = (*packages.changed_files(project), *builder_files.uncommitted_files(project))
        changed += tuple(dict.fromkeys(action.path for action in new))
        actions += new
        if wanted or new or any(is_uncommitted(project, path) for path in changed):
            actions.append(plan_commit(project, answers, "8.2", changed, MESSAGE))
        remarks = [*_environment_differences(project), *_uses(project)]
        lock = project.dependencies.lock
        if lock and lock.command(project.python.prefix) is None and (wanted or _unlocked(project)):
            tool, command = lock.argv[0], " ".join(lock.argv)
            remarks.insert(0, f"{lock.path.name} needs {tool}, which is not installed. Run `{command}` yourself.")
        return Plan.of(*actions, remarks=tuple(remarks))

    def verify(self, project: Project, sandbox: Sandbox, answers: Answers) -> Iterator[Evidence]:
        yield self._recorded(project) or self._installable(project, sandbox)
        files_to_commit = (*packages.changed_files(project), *builder_files.uncommitted_files(project))
        if not any(is_uncommitted(project, path) for path in files_to_commit):
            commit = project.git.head()[:10] if project.git else ""
            showed = f"{project.dependencies.path.name} is in commit {commit}"
            yield shown("8.2", True, "git", "git show HEAD", showed)
        else:
            action = plan_commit(project, answers, "8.2", files_to_commit, MESSAGE)
            why = action.why if isinstance(action, Assist) else "it is not committed"
            yield waiting("8.2", project.display_path(project.dependencies.path), why)

    def _recorded(self, project: Project) -> Evidence | None:
        """The evidence if the file, or its lock file, lacks a package."""
        missing, unrecorded, unlocked = _not_installed(project), _unrecorded(project), _unlocked(project)
        file = project.display_path(project.dependencies.path)
        if project.dependencies.pins_hashes and unrecorded and not missing:
            why = f"it pins hashes: add {', '.join(unrecorded)} to its source file and compile it again"
            return waiting("8.1", file, why)
        if (lock := project.dependencies.lock) and unlocked and not missing and not unrecorded:
            why = f"{', '.join(unlocked)} missing, and production installs from this file: run `{' '.join(lock.argv)}`"
            return waiting("8.1", project.display_path(lock.path), why)
        if not missing and not unrecorded and (new := builder_files.missing_files(project, [])):
            names = " and ".join(dict.fromkeys(project.display_path(action.path) for action in new))
            return waiting("8.1", names, f"the platform installs {file} only with this file")
        if missing or unrecorded:
            showed = f"not installed: {', '.join(missing) or 'none'}; not recorded: {', '.join(unrecorded) or 'none'}"
            if not project.dependencies.exists:
                showed = f"{file} is missing"
            elif used := [need for need in needed_packages.missing(project) if need.package not in PACKAGES]:
                places = (
                    f"{need.package} ({project.display_path(need.use.path)}:{need.use.line})" for need in used[:3]
                )
                showed += f"; production uses {', '.join(places)}"
            if absent := sorted(_left_out(project) & set(unrecorded)):
                showed += f"; left out on Linux: {', '.join(absent)}"
            expected = f"{', '.join(PACKAGES)} and all that production uses, recorded and installed"
            ran = "the dependency file and the environment"
            return shown("8.1", False, "file", ran, showed, expected=expected, where=_place(project, unrecorded))
        return None

    def _installable(self, project: Project, sandbox: Sandbox) -> Evidence:
        """The evidence of an installation from the file alone."""
        try:
            environment = sandbox.release_environment()
        except InstallError as error:
            showed, expected = f"{error.what}: {error.why}", "all requirements can be installed together"
            where = project.display_path(project.dependencies.path)
            return shown(
                "8.1", False, "command", INSTALLATION, showed, expected=expected, where=_named(showed) or where
            )
        if environment.reason:
            why = f"the file could not be tested: {environment.reason}"
            return undecided("8.1", environment.file, why)
        if absent := needed_packages.not_importable(project, environment.packages):
            first = absent[0]
            place = f"{project.display_path(first.path)}:{first.line}"
            showed = f"{place}: {first.names[0]} can't be imported; {environment.description}"
            return shown("8.1", False, "command", INSTALLATION, showed)
        file = project.display_path(project.dependencies.path)
        showed = f"{file} lists all {len(PACKAGES)}, and they are installed; {environment.description}"
        return shown("8.1", True, "file", "the dependency file and the environment", showed)


def _requirement(name: str, django: tuple[int, ...]) -> str:
    """Return a requirement for *name* that works with this Django, in case the package does not declare it."""
    return name + next((below for newest, below in LAST_FOR.get(name, ()) if django < newest), "")


def _not_installed(project: Project) -> list[str]:
    present = packages.installed_versions(project)
    return [name for name in _wanted(project) if name not in present]


def _wanted(project: Project) -> tuple[str, ...]:
    """The packages that production needs, and that no import of the project shows."""
    return (*PACKAGES, "packaging") if background_processes.lacks_packaging(project) else PACKAGES


def _unrecorded(project: Project) -> list[str]:
    present = project.dependencies.names() - _left_out(project)
    used = [need.package for need in needed_packages.missing(project)]
    wanted = _wanted(project)
    return [*(name for name in wanted if name not in present), *(name for name in used if name not in wanted)]


def _left_out(project: Project) -> set[str]:
    """Return the requirements that their marker leaves out in production, which is Linux."""
    requirements = project.dependencies.requirements().items()
    return {name for name, each in requirements if each.marker and not each.marker.evaluate(LINUX)}


def _place(project: Project, names: list[str]) -> str:
    """Return the line of the dependency file that names one of *names*, as `requirements.txt:8`, or the file."""
    path = project.dependencies.path
    lines = files.text(path).split("\n")
    found = (n for n, line in enumerate(lines, 1) if any(re.match(rf"\W*{re.escape(name)}\b", line) for name in names))
    line = next(found, 0)
    return project.display_path(path) + (f":{line}" if line else "")


def _named(text: str) -> str:
    """Return the first file and line that *text* names, as `requirements.txt:8`."""
    found = re.search(r"[\w./-]+\.(?:txt|toml|in|cfg):\d+", text)
    return found[0] if found else ""


def _uses(project: Project) -> Iterator[str]:
    """Yield remarks on packages that are recorded because production uses them."""
    for need in needed_packages.missing(project):
        place = f"{project.display_path(need.use.path)}:{need.use.line}"
        yield f"{place} uses {need.use.names[0]}, so {need.package} is recorded. It is installed on this machine only."


def _environment_differences(project: Project) -> Iterator[str]:
    """Yield remarks on requirements that fail on Linux, or differ from the installed version that Golive tests with."""
    for requirement in project.dependencies.requirements().values():
        if canonicalize_name(requirement.name) in WINDOWS_ONLY and not requirement.marker:
            yield (
                f"{project.display_path(project.dependencies.path)}: {requirement} exists for Windows only and breaks "
                f"a build on Linux. Write `{requirement}; sys_platform == 'win32'`, or remove it."
            )
    python = str(project.interpreter.start()["python"])
    found = list(
        conflicts.differences(project.dependencies.requirements(), packages.installed_versions(project), python)
    )
    if found:
        more = f" and {len(found) - MOST_NAMED} more" if len(found) > MOST_NAMED else ""
        yield (
            f"{project.display_path(project.dependencies.path)} requires {', '.join(found[:MOST_NAMED])}{more}. "
            "Production installs these versions, but Golive tests with the installed ones. Install the required "
            "versions, or change the file."
        )


def _unlocked(project: Project) -> list[str]:
    """Return the recorded packages that the lock file does not list."""
    lock = project.dependencies.lock
    if lock is None:
        return []
    names = lock.names()
    recorded = [
        str(canonicalize_name(each.name))
        for each in project.dependencies.requirements().values()
        if each.marker is None or each.marker.evaluate()
    ]
    return sorted({*PACKAGES, *recorded} - names)


STEP = Dependencies
