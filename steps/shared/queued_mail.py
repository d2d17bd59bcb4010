"""Whether a worker sends the site's mail. No worker runs in the rehearsal, so a mail that does not come says nothing.

What libraries queue in the database, such as django-post-office, is delivered in the rehearsal.
Source: the documentation of Celery, django-rq, huey, dramatiq, django-q, Django's tasks and Spirit.
"""

from __future__ import annotations

import ast
import re

from steps.shared import background_work
from wizard.project.own_modules import modules, name_of
from wizard.project.project import Project

TASKS = background_work.TASKS | {"background", "periodic_task"}
"""Decorators of the functions that a worker runs."""
DEFERS = {"aenqueue", "defer"}.union(*background_work.DEFERRING.values()) - {"send"}
"""Calls that hand work to a worker, except for one that also sends mail at once."""
QUEUES = re.compile(
    rb"(?s)\A(?=.*(?i:mail)).*?(?:celery|huey|dramatiq|django_q|\brq\b|django_rq|django\.tasks|django_tasks|background_task|procrastinate"
    rb"|\.delay\(|apply_async|enqueue|async_task)"
)
"""What a module contains that may hand mail to a worker."""
EAGER = ("CELERY_TASK_ALWAYS_EAGER", "CELERY_ALWAYS_EAGER", "task_always_eager")
LIBRARY_MANAGERS = ("ST_TASK_MANAGER",)
"""Settings by which a library hands its mail to a worker."""


def sent_by_worker(project: Project) -> str:
    """File and line of the code that leaves mail to a worker, or the setting for it; empty if none does."""
    if any(project.value(name) is True for name in EAGER):
        return ""
    for name in LIBRARY_MANAGERS:
        if project.value(name):
            return name
    for path, tree in modules(project, QUEUES):
        if line := _queued_in(tree):
            return f"{project.display_path(path)}:{line}"
    return ""


def _queued_in(tree: ast.Module) -> int:
    """The line of a task that sends mail, or of the call that hands mail to one; 0 without."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            if TASKS & set(map(name_of, node.decorator_list)) and _speaks_of_mail(node):
                return node.lineno
        elif isinstance(node, ast.Call) and name_of(node) in DEFERS and _speaks_of_mail(node):
            return node.lineno
    return 0


def _speaks_of_mail(node: ast.AST) -> bool:
    """Whether a name or a text in *node* speaks of mail."""
    for each in ast.walk(node):
        text = getattr(each, "attr", "") or getattr(each, "id", "") or getattr(each, "name", "")
        text = text or (each.value if isinstance(each, ast.Constant) and isinstance(each.value, str) else "")
        if isinstance(text, str) and "mail" in text.lower():
            return True
    return False
