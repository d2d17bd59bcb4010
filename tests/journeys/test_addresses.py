"""Addresses from routes, as `path()`, `re_path()` and routers write them."""

from __future__ import annotations

import pytest

from wizard.journeys.addresses import fill, parameters

VALUES = {"pk": 7, "slug": "zoë", "year": 2024}


@pytest.mark.parametrize(
    ("route", "address"),
    [
        ("books/<int:pk>/", "/books/7/"),
        ("books/<pk>", "/books/7"),
        ("blog/<str:slug>/", "/blog/zo%C3%AB/"),
        (r"^books/(?P<pk>[^/.]+)/$", "/books/7/"),
        (r"api/^books/(?P<pk>\d+)/edit/?$", "/api/books/7/edit/"),
        (r"^archive/(?P<year>[0-9]{4})/(?P<slug>[-\w]+)/\Z", "/archive/2024/zo%C3%AB/"),
        (r"^list/(?:page-(?P<page>\d+)/)?$", "/list/"),
        (r"^(?:en|de)/about$", "/en/about"),
        (r"^(\d+)/(?i:a)b$", "/1/ab"),
        ("", "/"),
        ("books/<uuid:other>/", ""),
        (r"^books/(?P<other>\d+)/$", ""),
    ],
)
def test_a_route_is_filled(route, address):
    assert fill(route, VALUES) == address


def test_the_parameters_of_a_route_are_named_in_order():
    assert parameters(r"<slug:shop>/^books/(?P<pk>\d+)/<page>") == ("shop", "pk", "page")


@pytest.mark.parametrize("route", ["(" * 500, "[" * 500, "(?P<a>" * 300, "\\" * 501, "a|" * 5000 + "(", "(?", "<int:"])
def test_a_route_that_is_no_valid_expression_ends_in_an_address_or_none(route):
    assert fill(route, {"a": 1}) in ("",) or fill(route, {"a": 1}).startswith("/")
