"""What a package that adds steps or targets may rely on. Names here keep their meaning until the next major version.

The rest of Golive may change with any release; what a package needs beyond this should be asked for.
"""

from __future__ import annotations

from wizard.answers import Answers, Question
from wizard.checklist import Item, Task
from wizard.errors import (
    CommandError,
    GoliveError,
    NotYetError,
    ServiceError,
    SiteError,
    StepError,
    UsageError,
)
from wizard.evidence import Evidence, Status, not_applicable, rehearsed, shown, waiting
from wizard.plan import (
    Action,
    Assist,
    CallService,
    CommitFiles,
    Finding,
    GenerateSecrets,
    InstallPackages,
    MakeDirectory,
    Plan,
    RecordRequirements,
    RunCommand,
    UntrackFiles,
    Wait,
    WriteFile,
)
from wizard.process import Completed, run
from wizard.project import Project
from wizard.site import Site
from wizard.step import Step
from wizard.targets.beside import Beside
from wizard.targets.production import Database, Production, Seen
from wizard.targets.target import Target

VERSION = 1
"""Of this interface; a name that changes its meaning makes it 2."""

__all__ = [
    "VERSION", "Action", "Answers", "Assist", "Beside", "CallService", "CommandError", "CommitFiles", "Completed",
    "Database", "Evidence", "Finding", "GenerateSecrets", "GoliveError", "InstallPackages", "Item", "MakeDirectory",
    "NotYetError", "Plan", "Production", "Project", "Question", "RecordRequirements", "RunCommand", "Seen",
    "ServiceError", "Site", "SiteError", "Status", "Step", "StepError", "Target", "Task", "UntrackFiles", "UsageError",
    "Wait", "WriteFile", "not_applicable", "rehearsed", "run", "shown", "waiting",
]  # fmt: skip
