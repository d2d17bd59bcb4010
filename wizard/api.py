"""The stable interface for plug-ins that add steps or targets. It changes incompatibly only in major versions.

The rest of Golive may change in any release. If your plug-in needs more, please open an issue.
"""

from __future__ import annotations

from wizard.base.errors import CommandError, GoliveError, NotYetError, ServiceError, SiteError, StepError, UsageError
from wizard.base.process import Completed, run
from wizard.checklist.answers import Answers, Question
from wizard.checklist.evidence import Evidence, Status, not_applicable, rehearsed, shown, waiting
from wizard.checklist.model import Item, Task
from wizard.plan.actions import (
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
from wizard.project.platform import Platform
from wizard.project.project import Project
from wizard.site.session import Site
from wizard.step import Step
from wizard.targets.base import Database, Observation, Stage, Target
from wizard.targets.external_services import ExternalServices
from wizard.targets.sandbox import Sandbox

VERSION = 2
"""The version of this interface. An incompatible change increments it."""

__all__ = [
    "VERSION", "Action", "Answers", "Assist", "CallService", "CommandError", "CommitFiles", "Completed", "Database",
    "Evidence", "ExternalServices", "Finding", "GenerateSecrets", "GoliveError", "InstallPackages", "Item",
    "MakeDirectory", "NotYetError", "Observation", "Plan", "Platform", "Project", "Question", "RecordRequirements",
    "RunCommand", "Sandbox", "ServiceError", "Site", "SiteError", "Stage", "Status", "Step", "StepError", "Target",
    "Task", "UntrackFiles", "UsageError", "Wait", "WriteFile", "not_applicable", "rehearsed", "run", "shown",
    "waiting",
]  # fmt: skip
