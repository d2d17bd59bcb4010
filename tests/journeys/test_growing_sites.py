"""What journeys look up in a site costs linear work in its views and models."""

from __future__ import annotations

from functools import partial
from types import SimpleNamespace

from tests.call_counts import calls_during, faster_than_linear
from tests.journeys.surfaces import journeys, model, result, surface, view
from wizard.journeys import depth, uploads
from wizard.journeys.context import Context
from wizard.journeys.evidence import Row
from wizard.journeys.items import RULES
from wizard.journeys.resource_items import resources
from wizard.journeys.resources import find_resources, parent_of
from wizard.journeys.result import Verdict
from wizard.journeys.searching import Search, searches
from wizard.journeys.shop_views import find_shop

SIZES = (20, 40, 100)
SEEN = {"list": Verdict.WORKS, "detail": Verdict.OPEN, "create": Verdict.BROKEN}
NOBODY = SimpleNamespace(get=lambda path: SimpleNamespace(page=SimpleNamespace(forms=())))
"""A visitor who gets pages without forms."""


def site_of(size):
    """A site with *size* models, each with a list, a page, a search, and two pages to add rows."""
    models, views = [], []
    for number in range(size * 1000, size * 1001):  # names that no other size has in a cache
        label, route = f"shop.Thing{number}", f"things{number}/"
        models.append(model(label, "title"))
        views += [
            view(route, "list", model=label, where=f"shop/{number}.py:1"),
            view(f"{route}<int:pk>/", "detail", model=label),
            view(f"{route}search/", "list", model=label, method="get", fields=["q"]),
            view(f"{route}new/", "create", model=label, fields=["title"]),
            view(f"{route}<int:thing_id>/remarks/add/", "create", fields=["text"]),
        ]
    return surface(*views, models=models)


def look_up(site):
    """Find everything that `explore` and the evidence of the tasks look up."""
    context, found = Context(site, {"anonymous": NOBODY}, {}), find_resources(site, find_shop(site).views())
    known: list[Search] = []
    depth.in_depth(found)
    uploads.with_uploads(list(found))
    for resource in found:
        for operation in (*resource.operations.values(), *resource.others):
            for parameter in operation.parameters:
                parent_of(operation, parameter, site)
        context.row_for(resource.label, "first")
        known += searches(context, resource, Row(resource.label, 1, "a title", {}), "anonymous")
    assert len(known) == len(site.models)
    results = [result(kind, each.label, verdict) for each in found for kind, verdict in SEEN.items()]
    done = journeys(site, *results)
    for rule in RULES:
        done.judge(rule.item)
        done.hole(rule.item)
    resources(done)


def test_what_journeys_look_up_is_linear_in_the_size_of_the_site():
    counts = [calls_during(partial(look_up, site_of(size))) for size in SIZES]
    assert list(faster_than_linear(SIZES, counts)) == []
