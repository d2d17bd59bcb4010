"""Errors in a log: those that Golive causes, and those of URLs that are reported elsewhere, are left out."""

from __future__ import annotations

from wizard.targets.verification.expected_errors import unexpected_errors

LOG = """2026-11-27 10:00:00 ERROR django.request: Internal Server Error: /errors/raise/
Traceback (most recent call last):
  File "shop/views.py", line 3, in raise_error
    {}["tea"]
KeyError: 'tea'

During handling of the above exception, another exception occurred:

Traceback (most recent call last):
  File "shop/views.py", line 5, in raise_error
    raise ValueError("no tea")
ValueError: no tea
10.0.0.1 - "GET /errors/raise/ HTTP/1.1" 500
2026-11-27 10:00:01 ERROR django.request: Internal Server Error: /errors/raise/again/
Traceback (most recent call last):
  File "shop/views.py", line 9, in again
    raise OSError("disk")
OSError: disk
"""


def test_errors_of_known_urls_are_left_out_with_their_tracebacks():
    assert [line for line in unexpected_errors(LOG.splitlines()) if not line.startswith("Traceback")] == [
        "2026-11-27 10:00:00 ERROR django.request: Internal Server Error: /errors/raise/", "KeyError: 'tea'",
        "ValueError: no tea", "2026-11-27 10:00:01 ERROR django.request: Internal Server Error: /errors/raise/again/",
        "OSError: disk",
    ]  # fmt: skip
    assert unexpected_errors(LOG.splitlines(), ["/errors/raise/"]) == [
        "2026-11-27 10:00:01 ERROR django.request: Internal Server Error: /errors/raise/again/",
        "Traceback (most recent call last):",
        "OSError: disk",
    ]
