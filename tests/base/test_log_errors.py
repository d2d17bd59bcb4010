"""Which lines of a log are errors."""

import pytest

from wizard.base.log_errors import about_requests, errors_in, raised_in

FORBIDDEN = "2026-11-28 01:14:46,824 WARNING django.request: Forbidden (Permission denied): /recipes/1/delete/"
BROKEN = "2026-11-28 01:14:47,013 ERROR django.request: Internal Server Error: /recipes/"
ACCESS = '127.0.0.1 - - [28/Nov/2026 17:45:12] "GET /recipes/ HTTP/1.1" 500 59'
CHAIN = ["", "During handling of the above exception, another exception occurred:", ""]


def traceback(last):
    return ["Traceback (most recent call last):", '  File "views.py", line 3, in delete', "    raise error", last]


DENIED, FAILED = traceback("django.core.exceptions.PermissionDenied: not yours"), traceback("ValueError: no")


@pytest.mark.parametrize(("lines", "errors", "raised"), [
    ([BROKEN, *FAILED], [BROKEN, FAILED[0], FAILED[3]], [FAILED[3]]),
    ([FORBIDDEN, *DENIED], [], []),
    ([FORBIDDEN, *traceback("KeyError: 'x'"), *CHAIN, *DENIED, "GET /"], [], []),
    ([FORBIDDEN, *DENIED, BROKEN, *FAILED], [BROKEN, FAILED[0], FAILED[3]], [FAILED[3]]),
    ([FORBIDDEN, *DENIED, "", *FAILED], [FAILED[0], FAILED[3]], [FAILED[3]]),
    ([FORBIDDEN, *DENIED, "GET /recipes/", *FAILED], [FAILED[0], FAILED[3]], [FAILED[3]]),
    ([FORBIDDEN, "GET /recipes/", *FAILED], [FAILED[0], FAILED[3]], [FAILED[3]]),
    ([BROKEN, *FAILED[:3], ACCESS, FAILED[3]], [BROKEN, FAILED[0], FAILED[3]], [FAILED[3]]),
    (["Forbidden (Permission denied): /reports/", *DENIED], [], []),
    (["Not Found: /x/", BROKEN, *FAILED], [BROKEN, FAILED[0], FAILED[3]], [FAILED[3]]),
    (["ERROR a WARNING was raised", *FAILED], ["ERROR a WARNING was raised", FAILED[0], FAILED[3]], [FAILED[3]]),
])  # fmt: skip
def test_a_traceback_is_an_error_unless_a_warning_has_it(lines, errors, raised):
    assert errors_in(lines) == errors
    assert raised_in(lines) == raised


SLOW = [
    "[2026-11-29 01:37:38 +0000] [27110] [CRITICAL] WORKER TIMEOUT (pid:27159)",
    "[2026-11-29 01:37:38 +0000] [27159] [ERROR] Error handling request POST /import/", *traceback("SystemExit: 1"),
    "[2026-11-29 01:37:39 +0000] [27110] [ERROR] Worker (pid:27159) was sent SIGKILL! Perhaps out of memory?",
]  # fmt: skip


@pytest.mark.parametrize(
    ("lines", "text", "kept"),
    [
        ([*SLOW, BROKEN, *FAILED], "broken: /recipes/ 500", [BROKEN, *FAILED]),
        ([BROKEN, *FAILED, *SLOW], "broken: /recipes/ 500", [BROKEN, *FAILED]),
        ([BROKEN, *FAILED, *SLOW], "POST /import/ got no response", SLOW),
        ([BROKEN, *SLOW], "the site has errors", [BROKEN, *SLOW]),
        ([], "broken: /recipes/ 500", []),
        ([BROKEN, *FAILED, FORBIDDEN, *DENIED], "GET /recipes/ got 500", [BROKEN, *FAILED]),
        ([BROKEN, *FAILED, FORBIDDEN, *DENIED], "POST /recipes/1/delete/ got 403", [FORBIDDEN, *DENIED]),
    ],
)
def test_errors_of_other_requests_are_left_out_those_that_took_too_long_too(lines, text, kept):
    assert about_requests(lines, text) == kept
