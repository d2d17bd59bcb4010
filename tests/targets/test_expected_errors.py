"""Errors in a log: those that Golive causes, and those of URLs that are reported elsewhere, are left out."""

from __future__ import annotations

from wizard.base.log_errors import without_early_reads
from wizard.targets.verification.expected_errors import unexpected_errors
from wizard.targets.verification.settings import FOREIGN

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


def test_what_a_foreign_host_header_of_golive_causes_is_left_out():
    raised = f"django.core.exceptions.DisallowedHost: Invalid HTTP_HOST header: '{FOREIGN}'."
    assert unexpected_errors(["Traceback (most recent call last):", '  File "a.py", line 1, in b', raised]) == []
    other = "django.core.exceptions.DisallowedHost: Invalid HTTP_HOST header: 'shop.example.com'."
    assert other in unexpected_errors(["Traceback (most recent call last):", '  File "a.py", line 1, in b', other])


OF_NO_REQUEST = """Exception ignored in: <function _TemporaryFileCloser.__del__ at 0x7f44ccbdc4a0>
Traceback (most recent call last):
  File "/usr/lib/python3.11/tempfile.py", line 450, in __del__
    self.close()
FileNotFoundError: [Errno 2] No such file or directory: '/tmp/tmpee.upload.png'
2026-11-27 10:00:02 ERROR asyncio: Task exception was never retrieved
future: <Task finished name='T' coro=<listen_for_disconnect() done> exception=RequestAborted()>
Traceback (most recent call last):
  File "asgi.py", line 230, in listen_for_disconnect
    raise RequestAborted()
django.core.exceptions.RequestAborted
ERROR the next one
"""


def test_errors_of_no_request_are_left_out():
    assert unexpected_errors(OF_NO_REQUEST.splitlines()) == ["ERROR the next one"]


def test_a_path_may_be_logged_without_its_quoting():
    logged = ["ERROR Internal Server Error: /books/Zoë Å/", "Traceback (most recent call last):", "KeyError: 'tea'"]
    assert unexpected_errors(logged, ["/books/Zo%C3%AB%20%C3%85/"]) == []


def test_the_error_of_a_view_is_known_for_all_its_rows():
    logged = [f"ERROR Internal Server Error: /books/{number}/" for number in (1, 20)]
    assert unexpected_errors([*logged, "ERROR Internal Server Error: /books/new/"], ["/books/7/"]) == [
        "ERROR Internal Server Error: /books/new/"
    ]


def test_what_reads_a_table_while_it_is_made_is_no_error_of_the_service():
    trace = [
        "Traceback (most recent call last):",
        "  File x",
        'django.db.utils.ProgrammingError: relation "a" does not exist',
    ]
    other = ["Traceback (most recent call last):", "  File x", "KeyError: 'tea'"]
    migrate = ["Operations to perform:", "Running migrations:", "  Applying a.0001...Exception in thread Thread-9:"]
    done = ["  Applying a.0002... OK", "started"]
    assert without_early_reads([*migrate, *trace, *done]) == [*migrate, *done]
    assert without_early_reads([*migrate, *other, *done]) == [*migrate, *other, *done]
    assert without_early_reads([*migrate, *done, *trace]) == [*migrate, *done, *trace]
    assert without_early_reads(["Operations to perform:", *trace]) == ["Operations to perform:", *trace]


def test_a_foreign_host_that_golive_has_sent_is_no_error_of_the_site():
    logged = """ERROR Invalid HTTP_HOST header: 'golive-foreign-host.example'.
Traceback (most recent call last):
  File "django/core/handlers/exception.py", line 55, in inner
    raise DisallowedHost(msg)
django.core.exceptions.DisallowedHost: Invalid HTTP_HOST header: 'golive-foreign-host.example'."""
    assert unexpected_errors(logged.splitlines()) == []
    assert unexpected_errors(logged.replace("golive-foreign", "scanner").splitlines()) != []
