"""Task 29, A Backup That Restores: a dump of production's database, restored on this machine, with the site on it.

The dump holds personal data. It is in the run's private work folder, and removed at once.
Source: PostgreSQL's documentation of pg_dump and pg_restore; Railway's documentation of backups.
"""

from __future__ import annotations

from collections.abc import Iterator

from steps.shared import backup_copy
from steps.shared.parts import Parts
from steps.shared.restored_database import restored
from wizard.checklist.answers import Answers, Question
from wizard.checklist.evidence import Evidence
from wizard.plan.actions import Plan
from wizard.project.project import Project
from wizard.step import Step
from wizard.targets.sandbox import Sandbox


class BackupThatRestores(Step):
    def questions(self, project: Project, sandbox: Sandbox) -> list[Question]:
        return [backup_copy.question()]

    def plan(self, project: Project, sandbox: Sandbox, answers: Answers) -> Plan:
        return Plan.of(*backup_copy.actions(project, answers), remarks=tuple(backup_copy.remarks(project, answers)))

    def verify(self, project: Project, sandbox: Sandbox, answers: Answers) -> Iterator[Evidence]:
        parts = Parts()
        yield from parts.of(restored(project, sandbox))
        yield from parts.of(backup_copy.evidence(project, sandbox))
        parts.finish()


STEP = BackupThatRestores
