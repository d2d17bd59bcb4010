"""Run all journeys of a site: accounts, resources, uploads, the shop, the admin, and what must not work."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from wizard.base.errors import SiteError
from wizard.journeys import admin, depth, open_pages, orders, second_order, shop, uploads, without_token
from wizard.journeys.admin_modules import check_admin_modules
from wizard.journeys.admin_orders import try_orders
from wizard.journeys.admin_uploads import try_uploads
from wizard.journeys.cleanup import clean_up
from wizard.journeys.context import Context, Unfinished
from wizard.journeys.evidence import Row
from wizard.journeys.mail_contents import Mails
from wizard.journeys.people import add_superuser, leave_admin, meet
from wizard.journeys.plain_pages import check_pages
from wizard.journeys.queries import check_queries
from wizard.journeys.reading_only import read_only
from wizard.journeys.resources import Resource, find_resources
from wizard.journeys.result import JourneyResult
from wizard.journeys.rows import Rows, RowsError
from wizard.journeys.searching import check_site_search
from wizard.journeys.shop_views import Shop, find_shop
from wizard.project.inputs import Surface
from wizard.site.session import Site

SECONDS = 90.0
"""How long all journeys of a site may take together; the one that runs then is still ended."""


@dataclass
class Given:
    """What the target gives for journeys.

    Arguments:
        changes: whether journeys may create and change rows. Else they only read.
        rows: the database behind the site. None at a real target.
        superuser: returns `username` and `password`, or an empty mapping. Called when the admin's turn comes.
        checkout_url: the base URL where an order is paid in test mode. Empty where that is not possible.
        mails: returns all mails that the site has sent so far.
        log: gets each journey's outcome as a line.
        read_log: returns the lines that the service has printed so far.
        wanted_hosts: returns the hosts that the site wanted to reach and could not, so far.
        seconds: how long all journeys may take together.
        queues_mail: whether a worker, which may not run, sends mail of the site.
        skipped: addresses that are not opened, such as one that raises an error on purpose.
    """

    changes: bool = True
    rows: Rows | None = None
    superuser: Callable[[], Mapping[str, str]] = dict
    checkout_url: str = ""
    mails: Mails = list
    log: Callable[[str], None] = lambda line: None
    read_log: Callable[[], list[str]] = list
    wanted_hosts: Callable[[], Sequence[str]] = list
    seconds: float = SECONDS
    skipped: Collection[str] = ()
    queues_mail: bool = False


def explore(site: Site, surface: Surface, given: Given) -> list[JourneyResult]:
    """Run the journeys of *site*, and return their results in the order in which they ran."""
    deadline = time.monotonic() + given.seconds
    context = Context(
        surface,
        {},
        {},
        rows=given.rows,
        checkout_url=given.checkout_url,
        mails=given.mails,
        log=given.log,
        read_log=given.read_log,
        wanted_hosts=given.wanted_hosts,
        deadline=deadline,
    )
    found = find_shop(surface)
    resources = find_resources(surface, found.views())
    if not given.changes:
        read_only(context, site, resources)
        return context.results
    given.log(f"{len(resources)} resources: {', '.join(each.name for each in resources) or 'none'}")
    try:
        _run_all(context, site, given, found, resources)
    finally:
        if context.rows is None:
            clean_up(context)
    return context.results


def _run_all(context: Context, site: Site, given: Given, found: Shop, resources: Sequence[Resource]) -> None:
    context.superuser = given.superuser() if context.surface.admin or _has_staff_views(context.surface) else {}
    meet(context, site, given.mails, queues_mail=given.queues_mail)
    add_superuser(context, site)
    check_pages(context, given.skipped)
    check_queries(context)
    in_admin = bool(context.surface.admin) and "staff" in context.visitors and admin.log_in(context)
    _try_shop(context, found)  # before the site's other rows, since items of the checklist are about it
    rows = _try_resources(context, resources)
    check_site_search(context, resources, rows, "first" if "first" in context.visitors else "anonymous")
    _try_uploads(context, resources, rows)
    if in_admin:
        leave_admin(context, site)
        try_orders(context)
    if in_admin and context.rows is not None:  # at a real site, it would change a row of somebody else
        try_uploads(context)
        admin.change(context)
    open_pages.check_staff_pages(context)
    check_admin_modules(context)
    without_token.check_all(context, resources)


def _has_staff_views(surface: Surface) -> bool:
    return any(view.requires == "staff" for view in surface.views)


def _try_resources(context: Context, resources: Sequence[Resource]) -> dict[str, Row | None]:
    """Try each resource, the most important ones in depth. Returns a row of each that is left."""
    chosen, rows = depth.in_depth(resources), dict[str, Row | None]()
    for resource in resources:
        if context.is_late:
            context.log(f"{resource.title}: not tried, because the journeys before it took too long")
        elif resource.name in chosen:
            rows[resource.name] = _guarded(context, resource.title, partial(depth.try_resource, context, resource))
        else:
            context.log(f"{resource.title}: only its list and its pages are tried, since the site has many resources")
            rows[resource.name] = _guarded(context, resource.title, partial(depth.read_resource, context, resource))
    return rows


def _guarded(context: Context, title: str, journeys: Callable[[], Row | None]) -> Row | None:
    """The row that *journeys* leave. What fails between two journeys ends only those of this resource."""
    try:
        return journeys()
    except (SiteError, RowsError, Unfinished) as error:
        context.log(f"{title}: the other journeys were not tried: {error}")
        return None


def _try_uploads(context: Context, resources: Sequence[Resource], rows: Mapping[str, Row | None]) -> None:
    for resource, operation in uploads.with_uploads(list(resources)):
        if not context.is_late:
            uploads.upload(context, resource, operation, rows.get(resource.name))


def _try_shop(context: Context, found: Shop) -> None:
    role = "first" if "first" in context.visitors else "anonymous"
    basket = None
    if found.add is not None and not context.is_late:
        basket = shop.cart(context, found, role)
    if found.order is not None and (found.add is None or basket is not None) and not context.is_late:
        placed = orders.order(context, found, basket, role)
        if placed is not None:
            orders.check_others_order(context, found, placed)
            if basket is not None and not context.is_late:
                second_order.order_again(context, found, basket, placed)
    if basket is not None:
        shop.add_others(context, found, role)
