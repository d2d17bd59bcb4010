"""Journeys of a small shop, stored as if a run had just found them: two that work, one broken, one open."""

from __future__ import annotations

from pathlib import Path

from wizard.journeys import store
from wizard.journeys.result import JourneyResult, SentRequest, Verdict
from wizard.journeys.store import StoredJourney

BROKEN = "20.8"
"""The item that the broken journey is about."""
LOGIN = SentRequest("POST /api/login/", '{"username": "golive-1", "password": "[hidden]"}', 200, 0.12, '{"token": "…"}')
REFUSED = SentRequest(
    "POST /api/orders/", '{"product": 1, "quantity": 0}', 400, 0.02, '{"quantity": ["At least 1."]}',
    "quantity: sends 1 next",
)  # fmt: skip
ORDERED = SentRequest("POST /api/orders/", '{"product": 1, "quantity": 1}', 201, 0.03, '{"id": 7, "total": "9.50"}')
OTHERS = SentRequest("GET /api/orders/7/", "", 200, 0.01, '{"id": 7, "total": "9.50"}')


def _journey(item, name, title, verdict, why, requests=(), expected=""):
    where = "orders/views.py:33" if verdict is Verdict.BROKEN else ""
    result = JourneyResult(name, title, "other", "orders.Order", verdict, why, "first", requests, expected, where)
    return StoredJourney(result, (item,), target="local")


FOUND = (
    _journey("21.2", "login", "A visitor logs in", Verdict.WORKS, "the next page greets golive-1", (LOGIN,)),
    _journey(
        "21.13",
        "order",
        "A visitor orders what is in the cart",
        Verdict.WORKS,
        "order 7 is in the list of the visitor's orders",
        (LOGIN, REFUSED, ORDERED),
    ),
    _journey(
        BROKEN,
        "orders-others",
        "A visitor who has another account cannot read the orders of the first one",
        Verdict.BROKEN,
        "the second visitor read order 7",
        (LOGIN, OTHERS),
        "404 or 403 for GET /api/orders/7/",
    ),
    _journey("21.20", "reset", "A visitor resets a password", Verdict.OPEN, "no mail arrived within 5 seconds"),
)


def plant(root: Path) -> None:
    """Store the journeys of the project at *root*. They ran just now."""
    store.write(root, FOUND, derived=True)
