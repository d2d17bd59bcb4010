"""Task 28, Second Deployment: migrations, the change of versions and the way back, with visitors on the site.

Golive deploys the running version and the next one side by side on a database of this machine, with requests all the
time. Source: Django's documentation of migrations; PostgreSQL's documentation of lock_timeout; Railway's documentation
of deployment teardown.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from steps.shared import migration_safety, second_deployment, settings_block
from steps.shared.parts import Parts
from wizard.base.errors import CommandError, Stopped
from wizard.base.secrets import excerpt
from wizard.base.wording import plural
from wizard.checklist.answers import Answers, Question
from wizard.checklist.evidence import Evidence, Status, shown, undecided, waiting
from wizard.editing import dotenv
from wizard.plan.actions import Action, CallService, Plan
from wizard.plan.draft import Draft
from wizard.project import package_migrations, previous_version
from wizard.project.package_migrations import PackageMigrations
from wizard.project.previous_version import PreviousVersion
from wizard.project.project import Project
from wizard.project.start_sources import find
from wizard.step import Step
from wizard.targets.base import Stage
from wizard.targets.local.postgres_programs import NEEDED
from wizard.targets.sandbox import Sandbox

LIMITS = " -c lock_timeout=5s -c statement_timeout=4min"
"""The health check of a deployment gives up after 5 minutes, so each statement must end before."""
OVERLAP, DRAINING = "5", "30"
"""Seconds. Requests that were sent before the change are answered within the first; gunicorn ends within the second."""
ROLLBACK = "rollback.try"
EXPECTED = "migrations that the running version survives, and that can be undone"


class SecondDeployment(Step):
    def questions(self, project: Project, sandbox: Sandbox) -> list[Question]:
        why = (
            "A commit, a tag or a branch. Golive compares the migrations with it. Without an answer it takes the "
            "commit of its last deployment, else what is pushed, else the last commit."
        )
        asked = [Question("previous_version", "Which commit is running in production?", "", why)]
        if candidate := sandbox.target.rollback_candidate():
            why = (
                f"The platform goes back to the deployment {candidate}, with its image and variables, and forward "
                "again. Visitors get the earlier version for some minutes, so it has to work with the present tables."
            )
            asked.append(Question(ROLLBACK, "Try a rollback in production?", "no", why, ("no", "yes")))
        return asked

    def plan(self, project: Project, sandbox: Sandbox, answers: Answers) -> Plan:
        draft = Draft()
        if not _has_timeout(project):
            title = "A migration gives up when it waits for a lock, so that requests do not wait behind it."
            lines = [
                'if "migrate" in sys.argv and "postg" in DATABASES["default"].get("ENGINE", ""):',
                '    _options = DATABASES["default"].setdefault("OPTIONS", {})',
                f'    _options["options"] = (_options.get("options", "") + "{LIMITS}").strip()',
            ]
            settings_block.append(project, draft, title, lines, "limit how long migrations wait", only_production=False)
            settings_block.ensure_import(project, draft, "import sys")
        for name, seconds in _missing_variables(project):
            path, why = project.production_env, "let a deployment answer its last requests before it is replaced"
            draft.put(path, dotenv.with_value(draft.content(path), name, seconds), why, secret=True)
        edits, target = draft.actions(), sandbox.target
        actions: list[Action] = [*edits, *target.actions(Stage.DEPLOY, changed=bool(edits))]
        wanted = not actions and answers.get(ROLLBACK) == "yes" and not target.rollback_trial()
        if wanted and (candidate := target.rollback_candidate()):
            what = f"go back to {candidate} and forward again, with requests all the time"
            actions.append(CallService(project.platform.title, "rollback", what))
        return Plan.of(*actions)

    def verify(self, project: Project, sandbox: Sandbox, answers: Answers) -> Iterator[Evidence]:
        git, deployed = project.git, sandbox.facts.get("deployed.commit")
        previous = previous_version.find(git, answers.get("previous_version"), deployed)
        new = previous_version.new_migrations(project, previous) if previous else []
        parts = Parts()
        yield from parts.of(self._migrations(project, sandbox, previous, new))
        server = sandbox.target.database.server
        if server is None:
            for item, ran in second_deployment.RAN.items():
                yield undecided(item, ran, NEEDED)
        else:
            found = parts.of(second_deployment.evidence(project, sandbox, server, previous, new))
            yield from (_observed(sandbox, each) for each in found)
        parts.finish()

    def _migrations(
        self, project: Project, sandbox: Sandbox, previous: PreviousVersion | None, new: list[Path]
    ) -> Iterator[Evidence]:
        if previous is None:
            yield undecided("28.1", "the new migrations", "without a git commit Golive can't tell which ones are new")
            return
        ran = f"the migrations that are new since {previous.title}"
        environment = project.production_environment(DATABASE_URL=sandbox.target.database.url)
        packages, unknown = self._of_packages(project, sandbox, previous)
        found = migration_safety.faults(project, new, packages, environment)
        count = len(new) + sum(len(package.modules) for package in packages)
        showed = f"{plural(count, 'new migration')}, all safe" if count else "none; the next ones are checked"
        if packages:
            showed += f" ({', '.join(package.package for package in packages)} among them)"
        if found:
            showed = found[0].found + (f"; and {len(found) - 1} more" if len(found) > 1 else "")
        elif unknown:
            yield undecided("28.1", ran, f"{showed}. Those of packages are not known: {unknown}")
            return
        where = found[0].where if found else ""
        yield shown("28.1", not found, "file", ran, showed, expected=EXPECTED, where=where)

    def _of_packages(
        self, project: Project, sandbox: Sandbox, previous: PreviousVersion
    ) -> tuple[list[PackageMigrations], str]:
        """The new migrations of packages, and why they are not known."""
        try:
            found = package_migrations.find(
                project, previous, lambda: sandbox.release_environment().packages, sandbox.on_line
            )
        except Stopped:
            raise
        except CommandError as error:
            return [], excerpt(str(error), 200)
        return found, ""


def _observed(sandbox: Sandbox, evidence: Evidence) -> Evidence:
    """*evidence* of the rehearsal, with what the platform itself shows about the same item."""
    target, item = sandbox.target, evidence.item
    if evidence.status is not Status.REHEARSED:
        return evidence
    if item == "28.4" and (rollover := target.rollover_status()):
        expected, where = "no failed request", sandbox.project.display_path(sandbox.project.production_env)
        holds, ran, showed = rollover.holds is True, rollover.ran, rollover.showed
        return sandbox.evidence(item, holds, rollover.kind, ran, showed, expected=expected, where=where)
    if item == "28.5" and (trial := target.rollback_trial()):
        expected = "no failed request, there and back"
        holds, where = trial.holds is True, "the platform"
        return sandbox.evidence(item, holds, trial.kind, trial.ran, trial.showed, expected=expected, where=where)
    if item == "28.5" and (rollback := target.rollback_status()):
        if rollback.holds is None:
            return waiting(item, rollback.ran, rollback.showed)
        return replace(evidence, showed=f"{evidence.showed}. {rollback.showed}")
    return evidence


def _has_timeout(project: Project) -> bool:
    """Whether the settings or the start command limit how long a migration waits for a lock."""
    source = find(project.root, project.top)
    return project.settings.mentions("lock_timeout") or "lock_timeout" in source.everything()


def _missing_variables(project: Project) -> list[tuple[str, str]]:
    """The variables that give a deployment time to end, with their seconds."""
    platform, given = project.platform, project.env_values(project.production_env)
    wanted = ((platform.overlap_variable, OVERLAP), (platform.draining_variable, DRAINING))
    return [(name, seconds) for name, seconds in wanted if name and name not in given]


STEP = SecondDeployment
