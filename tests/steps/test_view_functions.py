"""The function that gets the decorator, and limits that it already has."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import pytest

from steps.shared.rate_limited_views import KINDS
from steps.shared.view_functions import find_existing_limit, find_view_function, requests_per_second
from tests.steps.fakes import url
from wizard.editing.source import Source

LOGIN, _, ORDER, *_ = KINDS
VIEWS = """
def login(request): ...


class Orders:
    def get(self, request): ...
    def post(self, request): ...
    def create(self, request): ...
"""


@pytest.mark.parametrize(
    ("row", "kind", "name"),
    [
        (url("login/", view="shop.views.login"), LOGIN, "login"),
        (url("login/", view="shop.views.missing"), LOGIN, None),
        (url("orders/", view="shop.views.Orders", kind="class", drf=True), ORDER, "post"),
        (url("orders/", view="shop.views.Orders", kind="class", drf=True, actions={"post": "create"}), ORDER, "create"),
        (url("orders/", view="shop.views.Orders", kind="class", drf=True), LOGIN, None),
        (url("orders/", view="shop.views.Orders", kind="class"), ORDER, None),
    ],
    ids=["function", "missing", "method", "action of a viewset", "limit per client", "no DRF"],
)
def test_the_function_behind_a_url(row, kind, name):
    evidence = find_view_function(Source.of(Path("views.py"), VIEWS.encode()), row, kind)
    assert (evidence.name if evidence else None) == name


@pytest.mark.parametrize(
    ("decorator", "evidence"),
    [
        ('@ratelimit(key="ip", rate="5/m")', True),
        ('@ratelimit(key="ip", rate="1/m", method="POST")', True),
        ('@ratelimit(key="ip", rate="6/m")', False),
        ('@ratelimit(key="user", rate="5/m")', False),
        ('@ratelimit(key="ip", rate="5/m", block=False)', False),
        ('@ratelimit(key="ip", rate=RATE)', False),
        ("@never_cache", False),
    ],
)
def test_an_existing_limit_is_accepted_if_it_is_as_strict_and_blocks(tmp_path, decorator, evidence):
    (tmp_path / "views.py").write_text(f"{decorator}\ndef login(request): ...\n")
    copy = SimpleNamespace(at=lambda path: path, back=lambda path: path)
    project = SimpleNamespace(root=tmp_path, copy=copy, display_path=lambda path: path.name)
    described = find_existing_limit(project, url("login/", view="shop.views.login", file="views.py"), "5/m")
    assert described == (f"views.py:1: {decorator}" if evidence else "")


@pytest.mark.parametrize(
    ("rate", "expected"), [("5/m", 5 / 60), ("10/2h", 10 / 7200), ("1/s", 1), ("5", float("inf")), ("", float("inf"))]
)
def test_rates_are_compared_per_second(rate, expected):
    assert requests_per_second(rate) == expected
