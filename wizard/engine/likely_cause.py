"""Guess which task made a test of the project fail, from the test's message and the changes of each task."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from wizard.plan.actions import Plan, WriteFile

SYMPTOMS = (
    (r"\b30[1278]\b|https://", r"SECURE_SSL_REDIRECT"),
    (r"\b429\b|Ratelimited|Too Many", r"RATELIMIT|RateLimit"),
    (r"[Mm]issing staticfiles manifest entry|No directory at", r"STORAGES|STATICFILES_STORAGE|STATIC_ROOT"),
    (r"DisallowedHost|Invalid HTTP_HOST|\b400\b", r"ALLOWED_HOSTS"),
    (r"CSRF|\b403\b", r"CSRF|SESSION_COOKIE"),
    (r"Content-Security-Policy", r"CSP|CONTENT_SECURITY"),
    (r"\b404\b", r"404\.html|urlpatterns|path\("),
    (r"OperationalError|DATABASES", r"DATABASE_URL|DATABASES"),
)
"""Pairs: what a failing test reports, and what a task wrote that may cause it."""


@dataclass(frozen=True)
class Change:
    """What one plan of a task changes: the files, and the lines that it adds to them."""

    task: int
    paths: tuple[str, ...]
    added: str

    @classmethod
    def of(cls, task: int, plan: Plan) -> Change:
        paths, added = [], list[str]()
        for action in plan.work:
            if isinstance(action, WriteFile) and not action.secret:
                before = set((action.before or b"").splitlines())
                new = [line for line in action.after.splitlines() if line not in before]
                paths.append(action.path.name)
                added += [line.decode("utf-8", "replace") for line in new]
        return cls(task, tuple(paths), "\n".join(added))


def likely_cause(message: str, changes: Sequence[Change]) -> list[int]:
    """The numbers of the tasks that may have caused *message*, or of all that changed files if none stands out."""
    found = {
        change.task
        for change in changes
        for seen, written in SYMPTOMS
        if re.search(seen, message) and re.search(written, change.added)
    }
    names = set(re.findall(r"\b[A-Z][A-Z0-9_]{4,}\b", message))
    found |= {change.task for change in changes if any(re.search(rf"\b{name}\b *=", change.added) for name in names)}
    traced = set(re.findall(r"([\w-]+\.py)", message)) - {"tests.py"}
    found = found or {change.task for change in changes if traced & set(change.paths)}
    return sorted(found or {change.task for change in changes if change.paths})
