"""Which new migrations the running version does not survive, and which can't be undone.

The running version still reads and writes the tables while a deployment migrates them, and again after a rollback.
Source: Django's documentation of migrations, PostgreSQL's documentation of explicit locking.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from wizard.base import files
from wizard.base.errors import StepError
from wizard.project.agent_answer import AgentError
from wizard.project.package_migrations import PackageMigrations
from wizard.project.project import Project

BREAKING_SQL = re.compile(
    r"\b(drop\s+(table|column)|rename\s+(to|column)|set\s+not\s+null|alter\s+column\s+\S+\s+type)\b"
)
LOCKING_SQL = re.compile(r"\bcreate\s+(unique\s+)?index\s+(?!concurrently)")
CHECKING_SQL = re.compile(r"\badd\s+constraint\b(?![^;]*\b(not\s+valid|using\s+index)\b)")
DEFAULT_SQL = re.compile(r"\bset\s+default\b")
TEXTS = {"CharField": "varchar", "SlugField": "varchar", "EmailField": "varchar", "URLField": "varchar"}
"""Fields of the same column type."""
IN_TWO_STEPS = (
    "Remove it from the models first, with SeparateDatabaseAndState, and from the database one deployment later"
)

OF_A_PACKAGE = "Upgrade this package in a deployment of its own, while few people use the site"


@dataclass(frozen=True)
class Fault:
    """An operation that is not safe, and its place in the project."""

    found: str
    where: str


def faults(
    project: Project, new: list[Path], packages: list[PackageMigrations], environment: Mapping[str, str]
) -> list[Fault]:
    """The operations of the migrations *new*, and of *packages*, that are not safe while the running version is used.

    Raises:
        StepError: the migrations can't be loaded.
    """
    if not new and not packages:
        return []
    names = [str(path.relative_to(project.root)) if path.is_relative_to(project.root) else str(path) for path in new]
    owners = {module: package for package in packages for module in package.modules}
    answer = project.ask("migration_steps", environment=environment, new=names, modules=sorted(owners))
    if error := AgentError.of(answer):
        raise StepError("The migrations can't be loaded", error.brief(300), where=error.where(project))
    steps: list[dict[str, Any]] = answer["steps"]
    has_default = any(DEFAULT_SQL.search(step["sql"].lower()) for step in steps)
    return [
        _fault(project, step, owners.get(step["module"]), text)
        for step in steps
        for text in _problems(step, has_default=has_default, is_own=step["module"] not in owners)
    ]


def _fault(project: Project, step: Mapping[str, Any], owner: PackageMigrations | None, text: str) -> Fault:
    says = f"{step['migration']}: {step['says']}: "
    if owner is None:
        return Fault(says + text, _place(project, step))
    told = f"{owner.package} {owner.new} instead of {owner.old}: {says}{text.partition('. ')[0]}. {OF_A_PACKAGE}"
    return Fault(told, project.display_path(project.dependencies.path))


def _problems(step: Mapping[str, Any], *, has_default: bool, is_own: bool) -> Iterator[str]:
    """What is wrong with one operation.

    Arguments:
        has_default: whether some statement sets a default in the database.
        is_own: whether the migration is the project's own. Nobody adds the way back to another one.
    """
    kinds = set(step["kinds"])
    if step["in_use"]:
        yield from _breaks(step, kinds, has_default=has_default)
        yield from _locks(step, kinds)
    if "RunSQL" in kinds:
        sql = step["sql"].lower()
        if found := BREAKING_SQL.search(sql):
            yield f"the running version may still use what `{found[0]}` changes. {IN_TWO_STEPS}"
        if LOCKING_SQL.search(sql):
            yield "it blocks writes to the table until the index is complete. Use CREATE INDEX CONCURRENTLY"
        if CHECKING_SQL.search(sql):
            yield "it blocks requests to the table until all rows are checked. Use NOT VALID, or USING INDEX"
    if is_own and kinds & {"RunPython", "RunSQL"} and not step["reversible"]:
        option = "reverse_code=migrations.RunPython.noop" if "RunPython" in kinds else "reverse_sql"
        yield f"it can't be undone, so `migrate` can't go back. Add {option}"


def _breaks(step: Mapping[str, Any], kinds: set[str], *, has_default: bool) -> Iterator[str]:
    column, before = step["column"], step["before"]
    if "RemoveField" in kinds and step["field_in_use"]:
        yield f"the running version still reads this column. {IN_TWO_STEPS}"
    elif "DeleteModel" in kinds:
        yield f"the running version still uses this table. {IN_TWO_STEPS}"
    elif step["moved"]:
        yield "the running version knows the old name only. Keep the name in the database, with db_column or db_table"
    elif "AddField" in kinds and column and not (column["null"] or column["filled"] or has_default):
        yield "the running version inserts rows without it. Allow NULL, or set db_default (Django 5.0)"
    elif "AlterField" in kinds and column and before:
        if before["null"] and not (column["null"] or column["filled"] or has_default):
            yield "the running version may still write NULL. Write values first, and forbid NULL one deployment later"
        if not _same_type(before, column):
            yield "it rewrites the table under a lock, and the running version expects the old type. Add a new column"


def _same_type(before: Mapping[str, Any], column: Mapping[str, Any]) -> bool:
    """Whether the values stay as they are: the same type of column, and no shorter texts."""
    old, new = (TEXTS.get(each["type"], each["type"]) for each in (before, column))
    if old == "varchar" and new == "TextField":
        return True
    return old == new and (before["length"] or 0) <= (column["length"] or (before["length"] or 0))


def _locks(step: Mapping[str, Any], kinds: set[str]) -> Iterator[str]:
    column, before = step["column"], step["before"]
    if "AddIndex" in kinds and "AddIndexConcurrently" not in kinds:
        yield "it blocks writes to the table until the index is complete. Use AddIndexConcurrently, with atomic = False"
    if "AlterField" in kinds and column and before and column["indexed"] and not before["indexed"]:
        yield "it blocks writes to the table until the index is complete. Use AddIndexConcurrently, with atomic = False"
    if "AddConstraintNotValid" in kinds:
        return
    if step["constraint"] == "CheckConstraint":
        yield (
            "it blocks requests to the table until all rows are checked. Use AddConstraintNotValid, and "
            "ValidateConstraint one migration later"
        )
    elif step["constraint"]:
        yield (
            "it blocks requests to the table until its index is complete. Create it with CREATE UNIQUE INDEX "
            "CONCURRENTLY, as the database's part of SeparateDatabaseAndState"
        )


def _place(project: Project, step: Mapping[str, Any]) -> str:
    """File and line of an operation."""
    path = Path(project.root, step["file"])
    for node in ast.walk(ast.parse(files.read(path) or b"")):
        if isinstance(node, ast.Assign) and "operations" in {getattr(each, "id", "") for each in node.targets}:
            listed = node.value.elts if isinstance(node.value, ast.List | ast.Tuple) else []
            if step["index"] < len(listed):
                return f"{project.display_path(path)}:{listed[step['index']].lineno}"
    return f"{project.display_path(path)}:1"
