"""Task 8, Install Production Dependencies: installed in the environment, recorded in the file's own style, committed.

`pip freeze` of an environment that holds more than the project would rewrite the person's file: only the new direct
requirements are added, with the versions installed; the full freeze is a choice.
"""

from __future__ import annotations

from collections.abc import Iterator

from packaging.utils import canonicalize_name

from steps.shared import packages
from steps.shared.commits import is_uncommitted, plan_commit
from wizard.base import files
from wizard.checklist.answers import Answers, Question
from wizard.checklist.evidence import Evidence, shown, waiting
from wizard.plan.actions import Action, Assist, Finding, InstallPackages, Plan, RecordRequirements
from wizard.project import installed
from wizard.project.project import Project
from wizard.step import Step
from wizard.targets.sandbox import Sandbox

MESSAGE = "Record the production dependencies"
WINDOWS = {"pywin32", "pypiwin32", "pywinpty", "twisted-iocpsupport", "wmi"}
"""What `pip freeze` writes down on Windows and no Linux can install."""
NAMED = 4
"""Packages named in a remark, at most."""
PACKAGES = ("whitenoise", "dj-database-url", "sentry-sdk", "gunicorn")

LAST_FOR = {"whitenoise": (((3, 2), "<6"), ((4, 2), "<6.8"))}
"""Versions of packages for Djangos older than the first of each pair. Source: WhiteNoise's changelog."""


class Dependencies(Step):
    def questions(self, project: Project, sandbox: Sandbox) -> list[Question]:
        if project.dependencies.kind != "requirements" or project.dependencies.pins_hashes:
            return []
        why = "Yes replaces the file by everything in the environment; no adds the new direct requirements only."
        return [Question("freeze", "Write the full pip freeze?", "no", why, ("no", "yes"))]

    def inspect(self, project: Project) -> list[Finding]:
        return [
            Finding("not recorded yet: " + (", ".join(_unrecorded(project)) or "nothing"), project.dependencies.path)
        ]

    def plan(self, project: Project, sandbox: Sandbox, answers: Answers) -> Plan:
        path, before = project.dependencies.path, files.read(project.dependencies.path)
        wanted, missing = _unrecorded(project), _not_installed(project)
        fitting = tuple(_fitting(name, project.django) for name in missing)
        actions: list[Action] = [InstallPackages(fitting)] if missing else []
        freeze = answers.get("freeze") == "yes" and project.dependencies.kind == "requirements"
        if project.dependencies.pins_hashes and wanted:
            snippet = "\n".join(wanted)
            why = "it pins hashes, a line without one makes pip refuse all of it: add these to its source, and compile"
            return Plan.of(*actions, Assist("8.1", f"in the source of {path.name}", snippet, why))
        if before is None:  # nobody wrote down what the project needs: what nothing else needs is what it asked for
            wanted = sorted({*packages.top_level_packages(project), *PACKAGES})
        if wanted:
            actions.append(RecordRequirements(path, project.dependencies.kind, tuple(wanted), before, freeze))
        if wanted or _unlocked(project):
            actions += packages.update_lock(project)
        if wanted or any(is_uncommitted(project, each) for each in packages.changed_files(project)):
            actions.append(plan_commit(project, answers, "8.2", packages.changed_files(project), MESSAGE))
        lock = project.dependencies.lock
        behind = lock is not None and lock.command(project.found.prefix) is None
        told = (
            (f"{lock.path.name} is {lock.argv[0]}'s, which is not here: run `{' '.join(lock.argv)}`",) if lock else ()
        )
        remarks = told if behind and (wanted or _unlocked(project)) else ()
        return Plan.of(*actions, remarks=(*remarks, *_apart(project)))

    def verify(self, project: Project, sandbox: Sandbox, answers: Answers) -> Iterator[Evidence]:
        absent, unwritten = _not_installed(project), _unrecorded(project)
        told = f"{project.display_path(project.dependencies.path)} names all four, and they are installed"
        if absent or unwritten:
            told = f"not installed: {absent}, not recorded: {unwritten}"
        if project.dependencies.pins_hashes and unwritten and not absent:
            yield waiting(
                "8.1",
                project.display_path(project.dependencies.path),
                f"it pins hashes: compile it with {', '.join(unwritten)}",
            )
        elif (lock := project.dependencies.lock) and _unlocked(project) and not absent and not unwritten:
            told = f"it lacks {', '.join(_unlocked(project))}, and is what gets installed: run `{' '.join(lock.argv)}`"
            yield waiting("8.1", project.display_path(lock.path), told)
        else:
            yield shown("8.1", not absent and not unwritten, "file", "the dependency file and the environment", told)
        if not any(is_uncommitted(project, each) for each in packages.changed_files(project)):
            yield shown(
                "8.2",
                True,
                "git",
                "git show HEAD",
                f"{project.dependencies.path.name} is in commit {project.git.head()[:10] if project.git else ''}",
            )
        else:
            made = plan_commit(project, answers, "8.2", packages.changed_files(project), MESSAGE)
            why = made.why if isinstance(made, Assist) else "it is not committed"
            yield waiting("8.2", project.display_path(project.dependencies.path), why)


def _fitting(name: str, django: tuple[int, ...]) -> str:
    """*name* as a requirement that goes with *django*, where the package itself doesn't say so."""
    return name + next((below for newest, below in LAST_FOR.get(name, ()) if django < newest), "")


def _not_installed(project: Project) -> list[str]:
    present = packages.installed_versions(project)
    return [name for name in PACKAGES if name not in present]


def _unrecorded(project: Project) -> list[str]:
    present = project.dependencies.names()
    return [name for name in PACKAGES if name not in present]


def _apart(project: Project) -> Iterator[str]:
    """What production would install and this environment doesn't have: all that is tried here is tried with another."""
    for requirement in project.dependencies.wanted().values():
        if canonicalize_name(requirement.name) in WINDOWS and not requirement.marker:
            yield (
                f"{project.display_path(project.dependencies.path)}: {requirement} exists for Windows only, and a "
                f"build on Linux ends there: write `{requirement}; sys_platform == 'win32'`, or leave it out."
            )
    python = str(project.interpreter.start()["python"])
    found = list(installed.apart(project.dependencies.wanted(), packages.installed_versions(project), python))
    if found:
        more = f" and {len(found) - NAMED} more" if len(found) > NAMED else ""
        told = f"{project.display_path(project.dependencies.path)} asks for {', '.join(found[:NAMED])}{more}"
        yield (
            f"{told}. Production installs what is written there, and here all is tried with what is installed: "
            "install it, or change the file."
        )


def _unlocked(project: Project) -> list[str]:
    """What is written down and the lock file doesn't know."""
    lock = project.dependencies.lock
    names = lock.names() if lock else set(PACKAGES)
    return [name for name in PACKAGES if name not in names]


STEP = Dependencies
