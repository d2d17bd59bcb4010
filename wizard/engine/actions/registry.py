"""The executor of each kind of action, by the kind's name in the journal."""

from __future__ import annotations

from typing import Any

from wizard.engine.actions.apply_password_sql import ApplyPasswordSqlExecutor
from wizard.engine.actions.call_service import CallServiceExecutor
from wizard.engine.actions.commit_files import CommitFilesExecutor
from wizard.engine.actions.executor import Executor
from wizard.engine.actions.generate_secrets import GenerateSecretsExecutor
from wizard.engine.actions.install_packages import InstallPackagesExecutor
from wizard.engine.actions.make_directory import MakeDirectoryExecutor
from wizard.engine.actions.push_commits import PushCommitsExecutor
from wizard.engine.actions.record_requirements import RecordRequirementsExecutor
from wizard.engine.actions.run_command import RunCommandExecutor
from wizard.engine.actions.untrack_files import UntrackFilesExecutor
from wizard.engine.actions.wait import WaitExecutor
from wizard.engine.actions.write_file import WriteFileExecutor

EXECUTORS: dict[str, Executor[Any]] = {
    "WriteFile": WriteFileExecutor(),
    "GenerateSecrets": GenerateSecretsExecutor(),
    "RecordRequirements": RecordRequirementsExecutor(),
    "MakeDirectory": MakeDirectoryExecutor(),
    "RunCommand": RunCommandExecutor(),
    "InstallPackages": InstallPackagesExecutor(),
    "UntrackFiles": UntrackFilesExecutor(),
    "CommitFiles": CommitFilesExecutor(),
    "PushCommits": PushCommitsExecutor(),
    "CallService": CallServiceExecutor(),
    "ApplyPasswordSql": ApplyPasswordSqlExecutor(),
    "Wait": WaitExecutor(),
}
