"""Whether a worker sends the site's mail. No worker runs in the rehearsal, so a mail that does not come says nothing.

What libraries queue in the database, such as django-post-office, is delivered in the rehearsal.
Source: the documentation of Celery, django-rq, huey, dramatiq, django-q, Django's tasks and Spirit.
"""

from __future__ import annotations

import ast
import re
from pathlib import Path

from steps.shared import background_work
from wizard.base import files
from wizard.editing.syntax import parsed_bytes
from wizard.project.project import Project

TASKS = background_work.TASKS | {"background", "periodic_task"}
"""Decorators of the functions that a worker runs."""
DEFERS = {"aenqueue", "defer"}.union(*background_work.DEFERRING.values()) - {"send"}
"""Calls that hand work to a worker, except for one that also sends mail at once."""
HINT = re.compile(rb"mail", re.IGNORECASE)
QUEUES = re.compile(
    rb"celery|huey|dramatiq|django_q|\brq\b|django_rq|django\.tasks|django_tasks|background_task|procrastinate"
    rb"|\.delay\(|apply_async|enqueue|async_task"
)
EAGER = ("CELERY_TASK_ALWAYS_EAGER", "CELERY_ALWAYS_EAGER", "task_always_eager")
LIBRARY_MANAGERS = ("ST_TASK_MANAGER",)
"""Settings by which a library hands its mail to a worker."""
NOT_OURS = {"tests", "test", "migrations"}


def sent_by_worker(project: Project) -> str:
    """File and line of the code that leaves mail to a worker, or the setting for it; empty if none does."""
    if any(project.value(name) is True for name in EAGER):
        return ""
    for name in LIBRARY_MANAGERS:
        if project.value(name):
            return name
    for path in project.copy.files():
        if path.suffix == ".py" and not NOT_OURS & set(path.parts) and (line := _queued_in(path)):
            return f"{project.display_path(path)}:{line}"
    return ""


def _queued_in(path: Path) -> int:
    """The line of a task that sends mail, or of the call that hands mail to one; 0 without."""
    content = files.read(path) or b""
    if not (HINT.search(content) and QUEUES.search(content)):
        return 0
    try:
        tree = parsed_bytes(content)
    except (SyntaxError, ValueError):
        return 0
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            tasks = any(
                _name(each.func if isinstance(each, ast.Call) else each) in TASKS for each in node.decorator_list
            )
            if tasks and _speaks_of_mail(node):
                return node.lineno
        elif isinstance(node, ast.Call) and _name(node.func) in DEFERS and _speaks_of_mail(node):
            return node.lineno
    return 0


def _name(node: ast.expr) -> str:
    return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""


def _speaks_of_mail(node: ast.AST) -> bool:
    """Whether a name or a text in *node* speaks of mail."""
    for each in ast.walk(node):
        text = getattr(each, "attr", "") or getattr(each, "id", "") or getattr(each, "name", "")
        text = text or (each.value if isinstance(each, ast.Constant) and isinstance(each.value, str) else "")
        if isinstance(text, str) and "mail" in text.lower():
            return True
    return False
