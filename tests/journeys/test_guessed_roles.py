"""Roles that neither the code nor a word tells: what does not fit them is no result."""

import pytest

from tests.journeys.surfaces import surface, view
from wizard.journeys.context import Context, Contradiction, Unfinished
from wizard.journeys.operations import of_surface
from wizard.journeys.result import SentRequest, Verdict


def operation(role, *given, **more):
    return next(each for each in of_surface(surface(view(*given, **more))) if each.role == role)


GUESSED = operation("create", "coupons/apply/", fields=("code",), model="shop.Coupon", methods=("get", "post"))
TOLD = [
    operation("create", "coupons/add/", fields=("code",), model="shop.Coupon"),  # by a word
    operation("create", "coupons/", "create", fields=("code",), model="shop.Coupon"),  # by the code
    operation("list", "payment/list/", model="shop.Order"),
]


def test_a_role_is_guessed_if_nothing_tells_it():
    GUESSED.form.__dict__["model"] = ""
    assert GUESSED.is_guessed
    assert not any(each.is_guessed for each in TOLD)


class Visitor:
    role = "first"

    def begin(self):
        self.requests = []


@pytest.mark.parametrize(("error", "status", "kept"), [
    (Contradiction("no row is new", "one row more"), 302, []),
    (Unfinished("the site refused it"), 400, []),
    (Contradiction("it got 500", "an answer"), 500, [Verdict.BROKEN]),
    (None, 302, [Verdict.WORKS]),
])  # fmt: skip
def test_a_result_that_does_not_fit_a_guess_is_dropped(error, status, kept):
    context = Context(surface(), {"first": Visitor()}, {})

    def body(visitor):
        visitor.requests.append(SentRequest("POST /coupons/apply/", status=status))
        if error:
            raise error
        return "it was made"

    GUESSED.form.__dict__["model"] = ""
    context.run("coupon-create", "x", "create", "shop.Coupon", "first", body, GUESSED.where)
    context.drop_wrong_guess(TOLD[0])
    assert len(context.results) == 1
    context.drop_wrong_guess(GUESSED)
    assert [each.verdict for each in context.results] == kept
