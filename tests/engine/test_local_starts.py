"""A change that breaks a start which the project's files describe is rolled back."""

from __future__ import annotations

import pytest

from wizard.engine.local_starts import LocalStart

ON, OFF, FAILS = {"DEBUG": True}, {"DEBUG": False}, None


def start(settings, *, wants_debug=True):
    return LocalStart("" if settings else "KeyError: 'A'", settings or {}, wants_debug)


@pytest.mark.parametrize(
    ("before", "after", "wants_debug", "problem"),
    [
        (ON, ON, True, ""),
        (ON, FAILS, True, "KeyError: 'A'"),
        (FAILS, FAILS, True, ""),
        (FAILS, OFF, True, ""),
        (ON, OFF, True, "DEBUG would be off"),
        (ON, OFF, False, ""),
        (OFF, {**OFF, "SECURE_SSL_REDIRECT": True}, True, ""),
        (ON, {**ON, "SECURE_HSTS_SECONDS": 9}, True, "with DEBUG on, SECURE_HSTS_SECONDS would be in effect"),
        ({**ON, "SESSION_COOKIE_SECURE": True}, {**ON, "SESSION_COOKIE_SECURE": True}, True, ""),
    ],
)
def test_a_start_is_compared_with_the_one_before(before, after, wants_debug, problem):
    assert start(after, wants_debug=wants_debug).worse_than(start(before)) == problem
