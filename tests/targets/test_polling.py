"""Polling Railway: the pauses between requests grow, and can be limited."""

from __future__ import annotations

from itertools import islice

from wizard.targets.railway.polling import PAUSES, pauses


def test_the_last_pause_repeats():
    assert list(islice(pauses(), len(PAUSES) + 2)) == [*PAUSES, PAUSES[-1], PAUSES[-1]]


def test_pauses_can_be_limited():
    assert list(islice(pauses(5.0), 7)) == [2.0, 3.0, 5.0, 5.0, 5.0, 5.0, 5.0]


def test_a_free_account_can_wait_for_a_deployment_without_reaching_its_rate_limit():
    """20 minutes of polling, at 100 requests an hour. Source: Railway's documentation of its public API."""
    waited, requests = 0.0, 0
    for pause in pauses():
        if waited > 20 * 60:
            break
        waited, requests = waited + pause, requests + 1
    assert requests < 100
