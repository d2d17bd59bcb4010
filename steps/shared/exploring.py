"""Run the journeys that Golive finds itself: what the target gives them, and what they may do there."""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager, nullcontext

from steps.shared.accounts import ensure_superuser, superuser_fields
from steps.shared.queued_mail import sent_by_worker
from wizard.base.errors import NotYetError
from wizard.base.secrets import remember
from wizard.journeys.context import Context
from wizard.journeys.explore import Given, explore
from wizard.journeys.result import JourneyResult
from wizard.journeys.rows import Rows, RowsError
from wizard.journeys.upload_only import upload_files
from wizard.project.inputs import Surface
from wizard.site.session import Site
from wizard.targets.local.rehearsal import Rehearsal
from wizard.targets.sandbox import Sandbox

ADDRESS = "golive-admin@example.com"


def explore_site(
    sandbox: Sandbox, site: Site, surface: Surface, *, changes: bool, reads_rows: bool = True
) -> list[JourneyResult]:
    """Run the journeys on *site*. *changes*: whether they may create and change rows there.

    Without *reads_rows* the database behind the site is not read: its tables may be those of another version.
    """
    with _rows(sandbox) if reads_rows else nullcontext() as rows:
        return explore(site, surface, _given(sandbox, rows, changes=changes))


def upload_at(sandbox: Sandbox, site: Site, surface: Surface) -> Context:
    """Upload files at *site* by its own forms. The context has what was uploaded, and by whom."""
    with _rows(sandbox) as rows:
        return upload_files(site, surface, _given(sandbox, rows, changes=True))


def _given(sandbox: Sandbox, rows: Rows | None, *, changes: bool) -> Given:
    target = sandbox.target
    return Given(
        changes=changes,
        rows=rows,
        superuser=lambda: _superuser(sandbox, rows),
        checkout_url=_checkout_url(sandbox) if changes else "",
        mails=target.site_mails,
        log=sandbox.on_line,
        read_log=lambda: target.deployment.log if isinstance(target, Rehearsal) else [],
        wanted_hosts=lambda: [str(host) for host in target.wanted_hosts()],
        skipped=target.config.skip_urls,
        queues_mail=bool(sent_by_worker(target.project)),
    )


@contextmanager
def _rows(sandbox: Sandbox) -> Iterator[Rows | None]:
    """The rows of the rehearsal's database. A real one is never read behind the site's back."""
    target = sandbox.target
    if not isinstance(target, Rehearsal):
        yield None
        return
    with closing(Rows(target.project, target.environment(), target.deployment.root)) as rows:
        yield rows


def _superuser(sandbox: Sandbox, rows: Rows | None) -> Mapping[str, str]:
    """The superuser. Where `createsuperuser` fails in the project's own code, one is made in the rehearsal's database.

    Item 18.4 tells about the failure.
    """
    account = ensure_superuser(sandbox)
    if "failed" not in account:
        return account
    if rows is None:
        return {}
    password = secrets.token_urlsafe(18)
    remember(password)
    name, wanted = superuser_fields(sandbox.target.project)
    try:
        _, username = rows.account(wanted[name], password, wanted.get("email", ADDRESS), staff=True)
    except RowsError as error:
        sandbox.on_line(f"No superuser could be made in the database: {error}")
        return {}
    return {"username": username, "email": wanted.get("email", ADDRESS), "password": password}


def _checkout_url(sandbox: Sandbox) -> str:
    try:
        return sandbox.target.checkout_url
    except NotYetError:
        return ""
