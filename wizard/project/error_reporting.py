"""What the settings leave out of the errors that they report."""

from __future__ import annotations

import ast

from wizard.project.settings import SettingsFiles


def leaves_out_foreign_hosts(settings: SettingsFiles) -> bool:
    """Whether the calls in *settings* leave out `DisallowedHost`, which scanners cause with foreign Host headers.

    An entry of LOGGING does not: the SDK gets each record before the handlers. Source: sentry-sdk 2.75, tried.
    """
    calls = (node for source in settings.sources for node in source.nodes if isinstance(node, ast.Call))
    return any(_names_foreign_hosts(call) for call in calls)


def _names_foreign_hosts(call: ast.Call) -> bool:
    options = [keyword.value for keyword in call.keywords if keyword.arg == "ignore_errors"]
    ignores = ast.unparse(call.func).rpartition(".")[2] == "ignore_logger"
    return any("DisallowedHost" in ast.unparse(node) for node in (*options, *(call.args if ignores else ())))
