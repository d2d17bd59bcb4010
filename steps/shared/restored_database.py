"""Evidence from a backup of production's database that is restored on this machine, with the site on it."""

from __future__ import annotations

import re
from collections.abc import Iterator

from steps.shared import visits
from steps.shared.accounts import ensure_superuser
from steps.shared.visits import Visits
from wizard.base.errors import CommandError, NotYetError, StepError, Stopped
from wizard.base.secrets import excerpt
from wizard.checklist.evidence import Evidence, undecided, waiting
from wizard.project.project import Project
from wizard.targets.local import backup
from wizard.targets.local.backup import RESTORED, Backup
from wizard.targets.local.postgres import Postgres
from wizard.targets.local.postgres_programs import NEEDED
from wizard.targets.local.restored_site import restored_site
from wizard.targets.sandbox import Sandbox

DUMPED, RESTORES, STARTS = "pg_dump of production's database", "pg_restore on this machine", "the site on the backup"
RAN = {"29.1": DUMPED, "29.2": RESTORES, "29.3": STARTS}
UNAVAILABLE = re.compile(r'extension "([^"]+)" is not available|could not open extension control file')
MOST_NAMED = 3


def restored(project: Project, sandbox: Sandbox) -> Iterator[Evidence]:
    """Evidence for 29.1 to 29.3."""
    target, file = sandbox.target, project.work / backup.FILE
    server = target.database.server
    if server is None:
        yield from (undecided(item, ran, NEEDED) for item, ran in RAN.items())
        return
    if target.real and not target.may_write:
        return  # a check does not dump production's database again
    _fill(sandbox)
    try:
        with target.backup_origin() as origin:
            made = backup.make(origin, server.bin, file)
    except NotYetError as error:
        yield from (waiting(item, ran, str(error)) for item, ran in RAN.items())
    except StepError as error:
        yield from _not_dumped(sandbox, error)
    else:
        has_rows = made.content.rows > 0
        showed = f"{made.content} in {made.size:,} bytes, from {origin.description}"
        yield sandbox.evidence(
            "29.1", has_rows, "command", DUMPED, showed, expected="a dump with rows", where=_place(project)
        )
        if has_rows:
            yield from _restored(project, sandbox, server, made)
    finally:
        file.unlink(missing_ok=True)
        server.sql(f"DROP DATABASE IF EXISTS {RESTORED} (FORCE)")


def _fill(sandbox: Sandbox) -> None:
    """Let a rehearsal's database have rows. A backup of empty tables proves little."""
    if not sandbox.target.real:
        sandbox.target.load_seed()
        ensure_superuser(sandbox)


def _not_dumped(sandbox: Sandbox, error: StepError) -> Iterator[Evidence]:
    """A dump that failed, or that this machine's programs can't make."""
    if isinstance(error, Stopped):
        raise error
    if isinstance(error, CommandError):
        where = _place(sandbox.project)
        yield sandbox.evidence(
            "29.1", False, "command", DUMPED, excerpt(str(error), 300), expected="a dump", where=where
        )
    else:
        yield from (undecided(item, ran, f"{error}. {error.hint}") for item, ran in RAN.items())


def _restored(project: Project, sandbox: Sandbox, server: Postgres, made: Backup) -> Iterator[Evidence]:
    expected, where = "the same rows, sequences and constraints as in the original", _place(project)
    try:
        found = made.content.differences(backup.restore(made, server, RESTORED))
    except CommandError as error:
        if missing := UNAVAILABLE.search(str(error)):
            why = f"PostgreSQL on this machine lacks an extension of production's: {missing[0]}"
            yield from (undecided(item, RAN[item], why) for item in ("29.2", "29.3"))
            return
        showed = f"it does not restore: {excerpt(str(error), 300)}"
        yield sandbox.evidence("29.2", False, "command", RESTORES, showed, expected=expected, where=where)
        return
    showed = "; ".join(found) or f"{made.content}: all rows, sequences and constraints are equal"
    yield sandbox.evidence("29.2", not found, "command", RESTORES, showed, expected=expected, where=where)
    if not found:
        yield sandbox.evidence("first-week.5", True, "command", RESTORES, showed)
        yield _started(project, sandbox, server)


def _started(project: Project, sandbox: Sandbox, server: Postgres) -> Evidence:
    """Evidence that the site starts on the restored database, and that visitors can use it as before.

    Production's own rows are only read.
    """
    expected, where = "the site starts, and visitors can use it as on the original", _place(project)
    try:
        with restored_site(sandbox.target, server, RESTORED) as restored:
            beside = sandbox.beside(restored)
            restored.start()
            with restored.site() as site:
                real = sandbox.target.real
                seen = visits.pages(project, site) if real else visits.everything(project, beside, site)
    except CommandError as error:
        showed = f"it does not start: {excerpt(str(error), 300)}"
        return sandbox.evidence("29.3", False, "command", STARTS, showed, expected=expected, where=where)
    problems = seen.new(_on_the_original(project, sandbox)) if seen.failures else []
    showed = "; ".join(problems[:MOST_NAMED]) or f"healthy; {seen.tried} as on the original"
    return sandbox.evidence("29.3", not problems, "request", STARTS, showed, expected=expected, where=where)


def _on_the_original(project: Project, sandbox: Sandbox) -> Visits:
    """What visitors can't do on the site itself."""
    with sandbox.target.site() as site:
        real = sandbox.target.real
        return visits.pages(project, site) if real else visits.everything(project, sandbox, site)


def _place(project: Project) -> str:
    return project.origin("DATABASES") or project.display_path(project.settings.main)
