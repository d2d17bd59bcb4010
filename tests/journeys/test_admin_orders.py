"""The superuser sees the orders in the admin, and assigns one to a member of the staff."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace

import httpx
import pytest

from tests.journeys.surfaces import journeys, model, surface, view
from wizard.journeys import admin
from wizard.journeys.admin_orders import try_orders
from wizard.journeys.context import Context
from wizard.journeys.html_page import read_page
from wizard.journeys.result import Verdict

ORDER = model("orders.Order", "auth.User:customer", "auth.User:assigned_to", in_admin=True)
LINE = model("orders.OrderItem", "orders.Order:order", "integer:quantity", in_admin=True)
SITE = surface(view("orders/", "list", model="orders.Order"), models=[LINE, ORDER], admin="/admin/")


class Admin:
    """A visitor in an admin with one order, and its *staff* to choose. What is sent is kept unless it *loses* that."""

    role = "staff"

    def __init__(self, *, orders=True, staff=("4", "9"), status=200, loses=False):
        self.orders, self.staff, self.status, self.loses = orders, staff, status, loses
        self.requests, self.assigned = [], ""

    def begin(self):
        pass

    def get(self, path):
        if path.endswith("/change/"):
            options = "".join(f"<option value='{each}'{' selected' * (each == self.assigned)}>" for each in self.staff)
            text = (
                "<form method=post><input type=hidden name=csrfmiddlewaretoken value=x><input name=note value=n>"
                f"<select name=assigned_to><option value=''>{options}</select><input type=submit name=_save></form>"
            )
        else:
            text = "<a href='/admin/orders/order/3/change/'>Order 3</a>" if self.orders else "none"
        return self.answer(path, text, self.status)

    def send(self, filled, path):
        if not self.loses:
            self.assigned = filled.values["assigned_to"]
        return self.answer("/admin/orders/order/", "", 200, redirects=("/admin/orders/order/",), first=302)

    def answer(self, path, text, status, redirects=(), first=200):
        response = httpx.Response(status, text=text)
        page = read_page(text, path)
        return SimpleNamespace(status=status, path=path, redirects=redirects, first=first, page=page, response=response)


class Rows:
    """Rows of the database, which nobody has made."""

    def __init__(self, admin):
        self.admin = admin

    def values(self, label, key):
        return {"assigned_to": self.admin.assigned or None}

    def make(self, label, user=None):
        return 3


def tried(admin, *, rows=True, site=SITE):
    context = Context(site, {"staff": admin}, {}, rows=Rows(admin) if rows else None)
    try_orders(context)
    return context.results


def test_orders_are_viewed_and_assigned():
    found = tried(Admin())
    assert [(each.name, each.verdict) for each in found] == [
        ("admin-orders", Verdict.WORKS), ("admin-assign", Verdict.WORKS)
    ]  # fmt: skip
    assert found[0].subject == "orders.Order", "not the lines, which refer to it"
    assert found[1].why == "POST /admin/orders/order/3/change/ → 302; assigned_to is now 4"
    site = journeys(SITE, *found)
    assert [site.judge(item).verdict for item in ("21.18", "21.19")] == [Verdict.WORKS, Verdict.WORKS]


@pytest.mark.parametrize(
    ("admin", "name", "verdict", "why"),
    [
        (Admin(loses=True), "admin-assign", Verdict.BROKEN, "as assigned_to after it was assigned"),
        (Admin(staff=()), "admin-assign", Verdict.OPEN, "assigned_to has nobody to choose"),
        (Admin(status=500), "admin-orders", Verdict.BROKEN, "got 500"),
        (Admin(status=403), "admin-orders", Verdict.OPEN, "GET /admin/orders/order/ → 403"),
    ],
    ids=["lost", "nobody", "an error", "refused"],
)
def test_what_does_not_work_is_told(admin, name, verdict, why):
    result = next(each for each in tried(admin) if each.name == name)
    assert result.verdict is verdict
    assert why in result.why


def test_an_order_of_somebody_is_not_assigned_at_a_real_site():
    assert [each.name for each in tried(Admin(), rows=False)] == ["admin-orders"]
    [missing] = tried(Admin(orders=False), rows=False)
    assert (missing.verdict, missing.why) == (Verdict.OPEN, "GET /admin/orders/order/ lists no order")


def test_a_site_without_orders_in_the_admin_has_no_such_journey():
    assert tried(Admin(), site=surface(models=[LINE], admin="/admin/"))[0].subject == "orders.OrderItem"
    assert tried(Admin(), site=surface(models=[model("blog.Post", in_admin=True)], admin="/admin/")) == []


@pytest.mark.parametrize(
    ("kind", "accepted", "sent"),
    [
        ("text", "boss", ["boss"]),
        ("text", "boss@example.com", ["boss", "boss@example.com"]),
        ("email", "boss@example.com", ["boss@example.com"]),
    ],
)
def test_the_superuser_logs_in_by_name_or_by_address(kind, accepted, sent):
    page = f"<form method=post><input name=login type={kind}><input name=password type=password></form>"
    names = []

    def send(filled, path):
        names.append(filled.values["login"])
        return visitor.answer(path, "" if names[-1] == accepted else page, 200)

    visitor = Admin()
    visitor.requests, visitor.get, visitor.send = (), lambda path: visitor.answer(path, page, 200), send
    account = {"username": "boss", "email": "boss@example.com", "password": "a-Password-7"}
    context = Context(surface(admin="/admin/"), {"staff": visitor}, {}, superuser=account)
    assert admin.log_in(context) and names == sent


def test_the_admin_logs_in_at_its_own_address():
    login = view("office/secret-login/")
    login = replace(login, url=replace(login.url, view="django.contrib.admin.sites.AdminSite.login"))
    assert admin._login_address(surface(login, admin="/office/")) == "/office/secret-login/"
    assert admin._login_address(surface(login, admin="/admin/")) == "/admin/login/"
