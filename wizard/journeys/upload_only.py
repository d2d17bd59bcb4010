"""Only the uploads of a site: a visitor, else the staff, upload files in the first form that takes them."""

from __future__ import annotations

import time
from contextlib import suppress

from wizard.journeys import admin, uploads
from wizard.journeys.admin_uploads import try_uploads
from wizard.journeys.context import Context, Unfinished
from wizard.journeys.evidence import Row
from wizard.journeys.explore import Given
from wizard.journeys.operations import Operation
from wizard.journeys.people import add_superuser, meet
from wizard.journeys.resources import Resource, find_resources
from wizard.journeys.result import Verdict
from wizard.journeys.shop_views import find_shop
from wizard.project.inputs import Surface
from wizard.site.session import Site

FORMS = 4
"""Forms of visitors that are tried until one takes a file."""


def upload_files(site: Site, surface: Surface, given: Given) -> Context:
    """Upload files at *site*. The context has what was uploaded, the visitors, and the results of the journeys."""
    deadline = time.monotonic() + given.seconds
    context = Context(
        surface,
        {},
        {},
        rows=given.rows,
        mails=given.mails,
        log=given.log,
        read_log=given.read_log,
        wanted_hosts=given.wanted_hosts,
        deadline=deadline,
    )
    meet(context, site, given.mails, queues_mail=given.queues_mail)
    resources = find_resources(surface, find_shop(surface).views())
    for resource, operation in list(uploads.with_uploads(resources))[:FORMS]:
        if context.is_late or context.uploaded:
            break
        if operation.view.requires == "staff":
            _add_staff(context, site, given)
        uploads.upload(context, resource, operation, _row(context, resource, operation))
    if not context.uploaded and not _broken(context):
        _add_staff(context, site, given)
        if context.surface.admin and "staff" in context.visitors and context.rows is not None and admin.log_in(context):
            try_uploads(context)
    return context


def _add_staff(context: Context, site: Site, given: Given) -> None:
    if "staff" not in context.visitors:
        context.superuser = given.superuser()
        add_superuser(context, site)


def _row(context: Context, resource: Resource, operation: Operation) -> Row | None:
    """A row to which an update adds a file. None for a form that creates one or names none, and without one."""
    if operation.role == "create" or operation.names_no_row or resource.model is None:
        return None
    role = "first" if "first" in context.visitors else "anonymous"
    with suppress(Unfinished):
        key = context.row_for(resource.model.label, role)
        return None if key is None else Row(resource.model.label, key)
    return None


def _broken(context: Context) -> bool:
    return any(each.kind == "upload" and each.verdict is Verdict.BROKEN for each in context.results)
