"""Task 12, Set Up Railway Project: create the project and its database, and read the URL of the database."""

from __future__ import annotations

from collections.abc import Iterator

from steps.shared.target_step import TargetStep
from wizard.checklist.answers import Answers
from wizard.checklist.evidence import Evidence
from wizard.project.project import Project
from wizard.targets.base import Stage
from wizard.targets.sandbox import Sandbox


class Platform(TargetStep):
    stage = Stage.PLATFORM

    def verify(self, project: Project, sandbox: Sandbox, answers: Answers) -> Iterator[Evidence]:
        target = sandbox.target
        yield sandbox.evidence_of("12.1", target.project_status())
        yield sandbox.evidence_of("12.2", target.database_status())
        yield sandbox.evidence_of("12.3", target.database_url_status())
        if backups := target.backup_schedule_status():
            yield sandbox.evidence_of("pre-launch.5", backups)


STEP = Platform
