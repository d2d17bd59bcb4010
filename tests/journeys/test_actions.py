"""Actions on a row: a button without fields changes the row, and no other."""

from types import SimpleNamespace

import pytest

from tests.journeys.surfaces import model, surface, view
from wizard.journeys import actions
from wizard.journeys.context import Context
from wizard.journeys.evidence import Row
from wizard.journeys.operations import of_surface
from wizard.journeys.resources import Resource
from wizard.journeys.result import Verdict


def operation(route, fields=(), method="post"):
    made = view(route, "update", model="shop.Note", fields=fields or ("csrf",), method=method)
    [found] = of_surface(surface(made))
    if not fields:
        found.form.__dict__["inputs"] = ()
    return found


@pytest.mark.parametrize(("given", "expected"), [
    (("notes/<int:pk>/done/",), True),
    (("polls/<int:pk>/vote/", ("shop.Note:note",)), True),
    (("notes/<int:pk>/edit/", ("title",)), False),
    (("notes/<int:pk>/", (), "patch"), False),  # a form whose fields are not known
])  # fmt: skip
def test_an_update_without_a_value_is_an_action(given, expected):
    assert actions.is_action(operation(*given), "shop.Note") is expected


class Visitor:
    role, requests = "first", ()

    def __init__(self, rows, effect):
        self.rows, self.effect = rows, effect

    def begin(self):
        pass

    def request(self, method, path, **sent):
        self.effect(self.rows.kept)
        return SimpleNamespace(
            status=200, first=302, path=path, json=None, page=SimpleNamespace(forms=[]), is_page=False
        )


class Rows:
    def __init__(self):
        self.kept = {1: {"done": False}, 2: {"done": False}}

    def values(self, label, key):
        return dict(self.kept[key])

    def counts(self, labels):
        return {}


def change(*keys):
    return lambda kept: [kept[key].update(done=True) for key in keys]


@pytest.mark.parametrize(("route", "effect", "verdict", "why"), [
    ("notes/<int:pk>/erledigt/", change(1), Verdict.WORKS, "changed done"),
    ("notes/<int:pk>/erledigt/", change(2), Verdict.BROKEN, "changed done of another row"),
    ("notes/<int:pk>/erledigt/", change(), None, ""),  # not every button changes a row
    ("notes/<int:pk>/cancel/", change(), Verdict.BROKEN, "no row changed"),
])  # fmt: skip
def test_a_button_changes_its_row(monkeypatch, route, effect, verdict, why):
    monkeypatch.setattr(actions, "is_login", lambda answer: False)
    rows = Rows()
    context = Context(surface(), {"first": Visitor(rows, effect)}, {}, rows=rows)
    resource = Resource("note", "note", model("shop.Note"), operations={"update": operation(route)})
    actions.try_actions(context, resource, Row("shop.Note", 1), [Row("shop.Note", 2)], "first")
    assert [each.verdict for each in context.results] == ([verdict] if verdict else [])
    assert all(why in each.why for each in context.results)
