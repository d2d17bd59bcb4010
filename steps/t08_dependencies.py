"""Task 8, Install Production Dependencies: installed in the environment, recorded in the file's own style, committed.

`pip freeze` of an environment that holds more than the project would rewrite the person's file: only the new direct
requirements are added, with the versions installed; the full freeze is a choice.
"""

from __future__ import annotations

from collections.abc import Iterator

from wizard import files
from wizard.answers import Answers, Question
from wizard.evidence import Evidence, shown, waiting
from wizard.interpreter import Answer
from wizard.plan import Action, Assist, CommitFiles, Finding, InstallPackages, Plan, RecordRequirements
from wizard.process import bare_environment
from wizard.project import Project
from wizard.step import Step
from wizard.targets.local import LocalTarget

PACKAGES = ("whitenoise", "dj-database-url", "sentry-sdk", "gunicorn")

LAST_FOR = {"whitenoise": (((3, 2), "<6"), ((4, 2), "<6.8"))}
"""Versions of packages for Djangos older than the first of each pair. Source: WhiteNoise's changelog."""


class Dependencies(Step):
    def questions(self, project: Project) -> list[Question]:
        if project.dependencies.kind != "requirements" or project.dependencies.pins_hashes:
            return []
        why = "Yes replaces the file by everything in the environment; no adds the new direct requirements only."
        return [Question("freeze", "Write the full pip freeze?", "no", why, ("no", "yes"))]

    def inspect(self, project: Project) -> list[Finding]:
        return [
            Finding("not recorded yet: " + (", ".join(_unrecorded(project)) or "nothing"), project.dependencies.path)
        ]

    def plan(self, project: Project, answers: Answers) -> Plan:
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
            wanted = sorted({*_installed(project)["top"], *PACKAGES})
        if wanted:
            actions.append(RecordRequirements(path, project.dependencies.kind, tuple(wanted), before, freeze))
        if wanted or _uncommitted(project):
            actions.append(_commit(project, answers))
        return Plan.of(*actions)

    def verify(self, project: Project, target: LocalTarget, answers: Answers) -> Iterator[Evidence]:
        absent, unwritten = _not_installed(project), _unrecorded(project)
        told = f"{project.place(project.dependencies.path)} names all four, and they are installed"
        if absent or unwritten:
            told = f"not installed: {absent}, not recorded: {unwritten}"
        if project.dependencies.pins_hashes and unwritten and not absent:
            yield waiting(
                "8.1",
                project.place(project.dependencies.path),
                f"it pins hashes: compile it with {', '.join(unwritten)}",
            )
        else:
            yield shown("8.1", not absent and not unwritten, "file", "the dependency file and the environment", told)
        if not _uncommitted(project):
            yield shown(
                "8.2",
                True,
                "git",
                "git show HEAD",
                f"{project.dependencies.path.name} is in commit {project.git.head()[:10] if project.git else ''}",
            )
        else:
            commit = _commit(project, answers)
            why = commit.why if isinstance(commit, Assist) else "it is not committed"
            yield waiting("8.2", project.place(project.dependencies.path), why)


def _fitting(name: str, django: tuple[int, ...]) -> str:
    """*name* as a requirement that goes with *django*, where the package itself doesn't say so."""
    return name + next((below for newest, below in LAST_FOR.get(name, ()) if django < newest), "")


def _installed(project: Project) -> Answer:
    return project.interpreter.ask("installed", env=bare_environment(), cwd=str(project.root), paths=[])


def _not_installed(project: Project) -> list[str]:
    present = {name.lower().replace("_", "-") for name in _installed(project)["versions"]}
    return [name for name in PACKAGES if name not in present]


def _unrecorded(project: Project) -> list[str]:
    present = project.dependencies.names()
    return [name for name in PACKAGES if name not in present]


def _uncommitted(project: Project) -> bool:
    path = project.dependencies.path
    return project.git is None or project.git.at_head(path) != files.read(path)


def _commit(project: Project, answers: Answers) -> Action:
    """The commit, or why Golive doesn't make it."""
    path, git = project.dependencies.path, project.git
    snippet = f"git add {path.name} && git commit -m 'Record the production dependencies'"
    if git is None:
        return Assist("8.2", "in a terminal", f"git init && {snippet}", "the project is in no git repository")
    if answers.get("commit") == "no":
        return Assist("8.2", "in a terminal", snippet, "you asked for no commit")
    if not git.has_identity():
        return Assist(
            "8.2",
            "in a terminal",
            'git config user.email "you@example.com"',
            "git knows no name and e-mail to commit with",
        )
    if git.at_head(path) != project.original(path) and project.original(path) is not None:
        return Assist(
            "8.2", "in a terminal", snippet, f"{path.name} also holds changes of your own that are not committed"
        )
    return CommitFiles((path,), "Record the production dependencies")


STEP = Dependencies
