"""What the agent finds out about installed apps that are pages of the site, and about those that only support it."""

from __future__ import annotations

import pytest

from tests.project.surfaces import SAMPLES, Inspected, line_of
from wizard.journeys.resources import find_resources


@pytest.fixture(scope="module")
def apps(python, tmp_path_factory):
    with Inspected(SAMPLES / "apps", python, tmp_path_factory.mktemp("apps")) as inspected:
        return inspected.surface


def test_the_pages_of_an_installed_app_are_described_as_the_sites_own(apps):
    found = {view.url.route: line_of(view) for view in apps.views if view.package == "bazaar"}
    assert found == {
        "shop/": "list bazaar.Article nobody",
        "shop/article/<int:pk>/": "detail bazaar.Article nobody pk=pk",
        "shop/article/new/": "create bazaar.Article login | form title price:decimal",
        "shop/article/<int:pk>/edit/": "update bazaar.Article ? pk=pk | form title price:decimal",
        "shop/leave/": "- - login | form password:password",
        "shop/dashboard/": "list bazaar.Article staff",
    }
    [view] = [view for view in apps.views if view.url.route == "shop/"]
    assert (view.library, view.where) == ("", "bazaar.views.articles")


def test_the_models_of_an_installed_app_count_only_if_the_site_has_its_pages(apps):
    assert [model.label for model in apps.models] == ["bazaar.Article"]


@pytest.mark.parametrize("package", ["debug_toolbar", "unlisted"])
def test_views_of_infrastructure_and_of_packages_that_are_no_apps_stay_those_of_a_library(apps, package):
    [view] = [view for view in apps.views if view.url.view.startswith(package)]
    assert (view.library, view.package) == (package, "")


def test_pages_for_visitors_are_described_before_those_for_staff(apps):
    routes = [view.url.route for view in apps.views if view.package]
    assert routes.index("shop/") < routes.index("shop/article/<int:pk>/") < routes.index("shop/dashboard/")
    assert routes[-1] == "shop/dashboard/"


def test_the_staff_pages_of_an_installed_app_are_no_resources(apps):
    [resource] = find_resources(apps)
    assert {role: each.view.url.route for role, each in resource.operations.items()} == {
        "list": "shop/",
        "detail": "shop/article/<int:pk>/",
        "create": "shop/article/new/",
        "update": "shop/article/<int:pk>/edit/",
    }
    assert resource.others == ()
