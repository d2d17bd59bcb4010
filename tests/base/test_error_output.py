"""The error that ended a program is found in what it printed."""

from __future__ import annotations

import pytest

from wizard.base.error_output import LONGEST, last_error, last_traceback
from wizard.base.secrets import HIDDEN, remember

TYPO = """\
  Applying sessions.0001_initial... OK
163 static files copied to '/copy/staticfiles', 469 post-processed.
/bin/sh: 1: exec: gunicron: not found
"""
GUNICORN = """\
[2026-11-27 10:00:00 +0000] [7] [INFO] Starting gunicorn 23.0.0
[2026-11-27 10:00:00 +0000] [8] [ERROR] Exception in worker process
Traceback (most recent call last):
  File "/venv/lib/python3.12/site-packages/gunicorn/arbiter.py", line 608, in spawn_worker
    worker.init_process()
  File "/app/shop/wsgi.py", line 7, in <module>
    application = get_wsgi_application()
  File "/app/orders/views.py", line 3, in <module>
    import stripe
ModuleNotFoundError: No module named 'stripe'
[2026-11-27 10:00:00 +0000] [8] [INFO] Worker exiting (pid: 8)
[2026-11-27 10:00:00 +0000] [7] [ERROR] Worker (pid:8) exited with code 3
[2026-11-27 10:00:00 +0000] [7] [ERROR] Shutting down: Master
[2026-11-27 10:00:00 +0000] [7] [ERROR] Reason: Worker failed to boot.
"""
CHAINED = """\
Traceback (most recent call last):
  File "/usr/lib/python3.12/logging/config.py", line 400, in resolve
    found = getattr(found, frag)
PermissionError: [Errno 13] Permission denied: '/var/log/shop.log'

The above exception was the direct cause of the following exception:

Traceback (most recent call last):
  File "/app/manage.py", line 22, in <module>
    main()
ValueError: Unable to configure handler 'file'
"""
HANDLED = """\
Traceback (most recent call last):
  File "/app/shop/settings.py", line 5, in <module>
    from .local import *
ModuleNotFoundError: No module named 'shop.local'

During handling of the above exception, another exception occurred:

Traceback (most recent call last):
  File "/app/shop/settings.py", line 7, in <module>
    raise RuntimeError("no settings for this machine")
RuntimeError: no settings for this machine
"""
UV = """\
error: No solution found
  cause: Because you require a<1 and a==2, there is none
"""
NPM = """\
npm error code ENOTFOUND
npm error syscall getaddrinfo
npm error errno ENOTFOUND
npm error network request to https://registry.npmjs.org/@railway%2fcli failed, reason: getaddrinfo ENOTFOUND
npm error network This is a problem related to network connectivity.
npm error network In most cases you are behind a proxy or have bad network settings.
npm error A complete log of this run can be found in: /root/.npm/_logs/2026-11-27T10_00_00_000Z-debug-0.log
"""
CHECKS = """\
SystemCheckError: System check identified some issues:

ERRORS:
products.Shelf.at: (fields.E300) Field defines a relation with model 'Store', which is not installed.
products.Shelf.at: (fields.E307) The field was declared with a lazy reference.

WARNINGS:
?: (urls.W005) URL namespace 'admin' isn't unique.
"""
TIMEOUT = """\
[2026-11-27 10:00:00 +0000] [7] [CRITICAL] WORKER TIMEOUT (pid:8)
[2026-11-27 10:00:00 +0000] [8] [ERROR] Error handling request /health/
Traceback (most recent call last):
  File "/app/shop/health.py", line 16, in health_check
    time.sleep(60)
  File "/venv/lib/python3.12/site-packages/gunicorn/workers/base.py", line 204, in handle_abort
    sys.exit(1)
SystemExit: 1
[2026-11-27 10:00:00 +0000] [8] [INFO] Worker exiting (pid: 8)
[2026-11-27 10:00:01 +0000] [7] [ERROR] Worker (pid:8) was sent SIGKILL! Perhaps out of memory?
"""
MEMORY = "[2026-11-27 10:00:01 +0000] [7] [ERROR] Worker (pid:9) was sent SIGKILL! Perhaps out of memory?"
STOPPED = """\
psycopg.OperationalError: connection failed: connection to server at "10.0.0.1", port 5432 failed: Connection refused
[2026-11-27 10:00:00 +0000] [7] [INFO] Handling signal: term
[2026-11-27 10:00:01 +0000] [7] [ERROR] Worker (pid:8) was sent SIGTERM!
"""
SYNTAX = """\
Traceback (most recent call last):
  File "/app/manage.py", line 22, in <module>
    main()
  File "/app/shop/settings.py", line 283
    DEBUG = (
            ^
SyntaxError: '(' was never closed
"""
MIGRATION = """\
Running migrations:
  Applying products.0002_prices...Traceback (most recent call last):
  File "/app/manage.py", line 22, in <module>
    main()
  File "/app/products/migrations/0002_prices.py", line 5, in fill
    raise RuntimeError('no price list')
RuntimeError: no price list
"""
UNAVAILABLE = """\
2026-11-27 10:00:00 ERROR shop.health: Health check failed
Traceback (most recent call last):
  File "/app/shop/health.py", line 17, in health_check
    connection.cursor()
django.db.utils.OperationalError: connection refused
2026-11-27 10:00:00 ERROR django.request: Service Unavailable: /health/
"""
GIT = """\
Author identity unknown

*** Please tell me who you are.

fatal: unable to auto-detect email address (got 'root@host.(none)')
"""
LOCKED = """\
fatal: Unable to create '/shop/.git/index.lock': File exists.

Another git process seems to be running in this repository, e.g.
an editor opened by 'git commit'. Please make sure all processes
are terminated then try again.
"""
FIELDS = """\
Traceback (most recent call last):
  File "/app/shop/settings.py", line 9, in <module>
    env = Settings()
pydantic_core._pydantic_core.ValidationError: 1 validation error for Settings
STRIPE_KEY
  Field required [type=missing, input_value={}, input_type=dict]
    For further information visit https://errors.pydantic.dev/2.10/v/missing
"""
PIP = """\
Collecting django
ERROR: Ignored the following versions that require a different python version: 6.0 Requires-Python >=3.12
ERROR: Could not find a version that satisfies the requirement django==4.2.999 (from versions: 1.1, 4.2.30)
ERROR: No matching distribution found for django==4.2.999
[notice] A new release of pip is available: 24.0 -> 25.3
"""


@pytest.mark.parametrize(
    ("output", "line"),
    [
        pytest.param(TYPO, "/bin/sh: 1: exec: gunicron: not found", id="a shell"),
        pytest.param("sh: line 1: gunicron: command not found", "sh: line 1: gunicron: command not found", id="bash"),
        pytest.param(GUNICORN, "ModuleNotFoundError: No module named 'stripe'", id="a worker that can't start"),
        pytest.param(
            CHAINED,
            "ValueError: Unable to configure handler 'file' "
            "(because of PermissionError: [Errno 13] Permission denied: '/var/log/shop.log')",
            id="an exception with its cause",
        ),
        pytest.param(HANDLED, "RuntimeError: no settings for this machine", id="an error that was handled before"),
        pytest.param(
            NPM,
            "npm error network request to https://registry.npmjs.org/@railway%2fcli failed, "
            "reason: getaddrinfo ENOTFOUND",
            id="npm",
        ),
        pytest.param(
            CHECKS,
            "SystemCheckError: System check identified some issues: products.Shelf.at: (fields.E300) Field defines a "
            "relation with model 'Store', which is not installed.",
            id="system checks",
        ),
        pytest.param(TIMEOUT, "[2026-11-27 10:00:00 +0000] [7] [CRITICAL] WORKER TIMEOUT (pid:8)", id="a timeout"),
        pytest.param(
            STOPPED,
            'psycopg.OperationalError: connection failed: connection to server at "10.0.0.1", port 5432 failed: '
            "Connection refused",
            id="a stop that was ordered",
        ),
        pytest.param(MIGRATION, "RuntimeError: no price list", id="a traceback that begins within a line"),
        pytest.param(UNAVAILABLE, "django.db.utils.OperationalError: connection refused", id="an answer that follows"),
        pytest.param(TIMEOUT + MEMORY, MEMORY, id="a worker that was killed"),
        pytest.param(SYNTAX, "SyntaxError: '(' was never closed", id="a syntax error"),
        pytest.param(GIT, "fatal: unable to auto-detect email address (got 'root@host.(none)')", id="git"),
        pytest.param(LOCKED, "fatal: Unable to create '/shop/.git/index.lock': File exists.", id="git with advice"),
        pytest.param(
            FIELDS,
            "pydantic_core._pydantic_core.ValidationError: 1 validation error for Settings STRIPE_KEY "
            "Field required [type=missing, input_value={}, input_type=dict]",
            id="fields of a validation error",
        ),
        pytest.param(PIP, "ERROR: No matching distribution found for django==4.2.999", id="pip"),
        pytest.param(UV, "error: No solution found: cause: Because you require a<1 and a==2, there is none", id="uv"),
        pytest.param("black would reformat shop/views.py\n", "black would reformat shop/views.py", id="a hook"),
    ],
)
def test_the_last_real_error_line_is_found(output, line):
    found = last_error(output)
    assert found is not None
    assert found.full == line


@pytest.mark.parametrize("find", [last_error, last_traceback])
def test_no_half_of_a_secret_is_left_where_a_line_is_cut(find):
    remember("a-password-at-the-cut")
    line = "ValueError: ".ljust(LONGEST - 10, "x")
    output = (
        f'Traceback (most recent call last):\n  File "/app/a.py", line 1, in <module>\n{line}a-password-at-the-cut\n'
    )
    assert find(output).full == f"{line}{HIDDEN}"[:LONGEST]


def test_a_program_that_printed_nothing_has_no_error_line():
    assert last_error("\n \n") is None


def test_a_program_that_still_runs_has_no_error_in_its_last_line():
    log = '[INFO] Booting worker with pid: 8\n127.0.0.1 "GET /health/ HTTP/1.1" 503 23\n'
    assert last_error(log, ended=False) is None
    assert last_error(log).text == '127.0.0.1 "GET /health/ HTTP/1.1" 503 23'


@pytest.mark.parametrize(
    ("output", "frame"),
    [
        (GUNICORN, ("/app/orders/views.py", 3)),
        (SYNTAX, ("/app/shop/settings.py", 283)),
        (MIGRATION, ("/app/products/migrations/0002_prices.py", 5)),
        (FIELDS, ("/app/shop/settings.py", 9)),
        (HANDLED, ("/app/shop/settings.py", 7)),
    ],
)
def test_the_deepest_frame_comes_last(output, frame):
    assert last_traceback(output).frames[-1] == frame


def test_the_frames_of_a_cause_are_deeper():
    assert last_traceback(CHAINED).frames == (("/app/manage.py", 22), ("/usr/lib/python3.12/logging/config.py", 400))


def test_a_traceback_that_is_cut_off_is_no_error():
    assert last_traceback('Traceback (most recent call last):\n  File "/app/a.py", line 1, in <module>\n') is None
