"""gunicorn in the sandbox is started with options that its version knows."""

from __future__ import annotations

import pytest

from wizard.targets.verification.gunicorn import has_control_socket


@pytest.mark.parametrize(
    ("versions", "has"),
    [
        ({"gunicorn": "23.0.0"}, False), ({"Gunicorn": "25.0.3"}, False), ({"gunicorn": "25.1.0"}, True),
        ({"gunicorn": "26.0.0"}, True), ({}, False),
    ],
)  # fmt: skip
def test_the_control_socket_came_with_25_1(versions, has):
    """25.0 refuses the option, so the sandbox did not start."""
    assert has_control_socket(versions) is has
