"""Each probe confirms its hint, rules it out, or reports that it could not check it."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import pytest

from tests.steps.real_project import opened
from wizard.diagnosis.log_probes import logs
from wizard.diagnosis.probe import ProbeContext
from wizard.diagnosis.probes import PROBES
from wizard.editing.source import Source
from wizard.project.mail import MailWay
from wizard.project.platform import RAILWAY
from wizard.targets.capacity import Disk

RATELIMIT = "@ratelimit(key='client', rate='5/m'{more})"
MIDDLEWARE = ["django.middleware.security.SecurityMiddleware", "whitenoise.middleware.WhiteNoiseMiddleware"]

CORS = "corsheaders.middleware.CorsMiddleware"


def run_probe(probe, tmp_path, code="", **settings):
    (tmp_path / "views.py").write_text(code)
    project = SimpleNamespace(
        root=tmp_path, top=tmp_path, value=settings.get, display_path=lambda path: path.name, platform=RAILWAY,
        django=(4, 2), settings=SimpleNamespace(mentions=lambda word: False),
        inspect_settings=lambda: {"overridden": list(settings)},
    )  # fmt: skip
    return PROBES[probe](ProbeContext(project, SimpleNamespace(active_target=None), ""))


@pytest.mark.parametrize("probe", ["railway_cli", "login", "name", "connection", "platform_database"])
def test_hints_about_railway_do_not_apply_to_a_rehearsal(probe):
    context = ProbeContext(
        SimpleNamespace(), SimpleNamespace(name="local", active_target=None), "the site raised KeyError"
    )
    assert PROBES[probe](context) is None


@pytest.mark.parametrize(
    ("code", "confirmed", "message"),
    [
        ("", None, "no view is decorated"),
        ("def login(request):\n    pass  # limit(\n", None, "no view is decorated"),
        ("def broken(:\n    limit(\n", None, "no view is decorated"),
        ("@limit('login', '5/m')\n@api_view(['POST'])\ndef login(request):\n    pass\n", False, "1 decorated views"),
        (
            f"@api_view(['POST'])\n{RATELIMIT.format(more='')}\ndef login(request):\n    pass\n", True,
            "views.py:3: the decorator is below @api_view, where DRF turns its refusal into a 403",
        ),
        (
            f"@api_view(['POST'])\n{RATELIMIT.format(more=', block=False')}\ndef login(request):\n    pass\n", False,
            "1 decorated views are correct",
        ),
        (
            "@limit('order', '9/h', key=user_or_ip)\n@api_view(['POST'])\ndef order(request):\n    pass\n", True,
            "views.py:3: the decorator is above @api_view, where request.user is not set yet",
        ),
        (
            f"class Login(View):\n    {RATELIMIT.format(more='')}\n    def post(self, request):\n        pass\n", True,
            "views.py:3: the decorator is on a method or class without method_decorator",
        ),
        (
            "class Login(View):\n    @method_decorator(limit('login', '5/m'))\n    def post(self, request):\n"
            "        pass\n", False, "1 decorated views are correct",
        ),
    ],
)  # fmt: skip
def test_a_misplaced_decorator_is_found(tmp_path, code, confirmed, message):
    result = run_probe("decorator", tmp_path, code)
    assert result.confirmed is confirmed, result
    assert message in result.seen


SHARED = {"default": {"BACKEND": "django.core.cache.backends.redis.RedisCache"}}
LOCAL = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}


@pytest.mark.parametrize(
    ("body", "caches", "confirmed", "message"),
    [
        ("    pass", SHARED, True, "block=False, but the view never reads request.limited"),
        ("    if request.limited:\n        return refused()", SHARED, False, "1 decorated views respect the limit"),
        (
            "    if request.limited:\n        return refused()",
            LOCAL,
            True,
            "each worker counts on its own, in LocMemCache (cache 'default')",
        ),
    ],
)
def test_a_limit_that_is_not_enforced_or_not_shared_is_found(tmp_path, body, caches, confirmed, message):
    code = f"{RATELIMIT.format(more=', block=False')}\ndef login(request):\n{body}\n"
    result = run_probe("limited", tmp_path, code, CACHES=caches)
    assert result.confirmed is confirmed, result
    assert message in result.seen


def test_without_limited_views_the_cache_is_not_checked(tmp_path):
    assert run_probe("limited", tmp_path, CACHES=LOCAL) == (None, "no view is decorated")


@pytest.mark.parametrize(
    ("key", "header", "confirmed", "message"),
    [
        ("ip", "", True, "views.py:2: key='ip' counts all clients behind the proxy as one"),
        ("ip", "HTTP_X_REAL_IP", False, "clients are distinguished"),
        ("ip", "HTTP_X_FORWARDED_FOR", True, "a client that varies it is never limited"),
        ("client", "", False, "clients are distinguished"),
    ],
)
def test_clients_that_share_a_count_are_found(tmp_path, key, header, confirmed, message):
    code = f"@ratelimit(key='{key}', rate='5/m')\ndef login(request):\n    pass\n"
    result = run_probe("client_address", tmp_path, code, RATELIMIT_IP_META_KEY=header)
    assert result.confirmed is confirmed, result
    assert message in result.seen


@pytest.mark.parametrize(
    ("line", "confirmed"),
    [
        ('forwarded.split(",")[0]', True),
        ('forwarded.split(",")[-1]', False),
        ('forwarded.split(",")[0]  # after ClientAddressMiddleware', False),
    ],
)
def test_code_that_takes_the_left_end_of_the_forwarded_addresses_is_found(tmp_path, line, confirmed):
    code = f'def address(request):\n    forwarded = request.META["HTTP_X_FORWARDED_FOR"]\n    return {line}\n'
    chain = ["shop.ratelimits.ClientAddressMiddleware"] if "Middleware" in line else []
    result = run_probe("client_address", tmp_path, code, MIDDLEWARE=chain)
    assert result.confirmed is confirmed, result
    assert not confirmed or result.seen.startswith("views.py:2: the left end")


@pytest.mark.parametrize(
    ("probe", "settings", "confirmed", "message"),
    [
        ("whitenoise", {"MIDDLEWARE": MIDDLEWARE}, False, "comes right after SecurityMiddleware"),
        ("whitenoise", {"MIDDLEWARE": [MIDDLEWARE[0], CORS, MIDDLEWARE[1]]}, False, "SecurityMiddleware and Cors"),
        ("whitenoise", {"MIDDLEWARE": [CORS, *MIDDLEWARE]}, False, "comes after CorsMiddleware and Security"),
        ("whitenoise", {"MIDDLEWARE": [CORS, *reversed(MIDDLEWARE)]}, True, "comes before SecurityMiddleware"),
        ("whitenoise", {"MIDDLEWARE": [MIDDLEWARE[0], "shop.Gate", MIDDLEWARE[1]]}, None, "after Gate, which may"),
        ("whitenoise", {"MIDDLEWARE": MIDDLEWARE[1:]}, False, "comes first"),
        ("whitenoise", {"MIDDLEWARE": MIDDLEWARE[:1]}, True, "is not in MIDDLEWARE"),
        (
            "whitenoise",
            {"MIDDLEWARE": ["django.contrib.sessions.middleware.SessionMiddleware", MIDDLEWARE[1]]}, True,
            "comes after SessionMiddleware",
        ),
        ("static_root", {}, True, "is not set"),
        ("static_root", {"STATIC_ROOT": "/shop/static", "STATICFILES_DIRS": ["/shop/static/"]}, True, "is also in"),
        (
            "static_root", {"STATIC_ROOT": "/shop/staticfiles", "STATICFILES_DIRS": [["css", "/shop/static"]]}, False,
            "is staticfiles/",
        ),
        (
            "browser_cache", {"STORAGES": {"staticfiles": {"BACKEND": "a.CompressedManifestStaticFilesStorage"}}},
            False, "a hash of the content",
        ),
        ("browser_cache", {"STATICFILES_STORAGE": "a.CompressedStaticFilesStorage"}, None, "keeps a file's name"),
        ("database", {}, True, "DATABASES has no default"),
        ("database", {"DATABASES": {"default": {"ENGINE": "django.db.backends.dummy"}}}, True, "has no default"),
        ("allowed_hosts", {"ALLOWED_HOSTS": ["*"]}, False, "are allowed"),
        ("allowed_hosts", {"ALLOWED_HOSTS": [".railway.app"]}, False, "are allowed"),
        ("allowed_hosts", {"ALLOWED_HOSTS": ["shop.example.com"]}, True, "would get a 400"),
    ],
)  # fmt: skip
def test_settings_confirm_or_rule_out_a_hint(tmp_path, probe, settings, confirmed, message):
    result = run_probe(probe, tmp_path, **settings)
    assert result.confirmed is confirmed, result
    assert message in result.seen


@pytest.mark.parametrize(
    ("text", "confirmed", "message"),
    [
        (None, None, "there is no Procfile yet"),
        ("web: gunicorn shop.wsgi\n", False, "web: gunicorn shop.wsgi"),
        ("web:gunicorn shop.wsgi\n", True, "Procfile has no `web: command` line"),
        ('web: "exec" gunicorn\n', True, "Procfile:1: "),
    ],
)
def test_a_procfile_is_read_as_the_platform_reads_it(tmp_path, text, confirmed, message):
    if text:
        (tmp_path / "Procfile").write_text(text)
    result = run_probe("procfile", tmp_path)
    assert result.confirmed is confirmed, result
    assert message in result.seen


def test_a_hint_about_the_procfile_does_not_apply_to_a_dockerfile(tmp_path):
    (tmp_path / "Dockerfile").write_text("FROM python:3.12\nCMD gunicorn shop.wsgi\n")
    assert run_probe("procfile", tmp_path) is None


ON_PURPOSE = """\
2026-11-26 13:01:57 ERROR django.request: Internal Server Error: /golive-raises/
Traceback (most recent call last):
  File "golive_raising.py", line 5, in __call__
    raise RuntimeError("raised by the rehearsal to see the error page")
RuntimeError: raised by the rehearsal to see the error page
2026-11-26 13:01:58 ERROR golive: a test record of Golive: 17
"""
REAL = """\
Traceback (most recent call last):
  File "shop/views.py", line 9, in cart
    return prices[name]
KeyError: 'tea'
"""


@pytest.mark.parametrize(
    ("log", "expected"),
    [
        (ON_PURPOSE, (False, "no error in gunicorn.log")),
        (ON_PURPOSE + REAL, (True, "gunicorn.log: KeyError: 'tea'")),
        (REAL + ON_PURPOSE, (True, "gunicorn.log: KeyError: 'tea'")),
    ],
)
def test_errors_that_golive_raises_itself_are_ignored(tmp_path, log, expected):
    (tmp_path / "gunicorn.log").write_text(log)
    project = SimpleNamespace(root=tmp_path, top=tmp_path / "top", work=tmp_path)
    target = SimpleNamespace(active_target=None, new_log_text=lambda: ON_PURPOSE)
    assert logs(ProbeContext(project, target, "")) == expected


@pytest.mark.parametrize(
    ("failed", "cause"),
    [
        ("DELETE /jobs/b%C3%A4r%201/ got 500", "KeyError: 'tea'"),
        ("GET /cart/ got 500", "ValueError: x"),
        ("the site does not answer", "ValueError: x"),
    ],
)
def test_the_log_explains_a_failure_by_the_error_of_its_own_request(failed, cause):
    begin = "2026-11-28 22:03:19,304 ERROR django.request: Internal Server Error: "
    lines = [f"{begin}/jobs/bär 1/", "Traceback (most recent call last):", "KeyError: 'tea'"]
    lines += [f"{begin}/cart/", "Traceback (most recent call last):", "ValueError: x"]
    target = SimpleNamespace(log_error_lines=lambda: lines, real=True)
    sandbox = SimpleNamespace(active_target=target)
    found = logs(ProbeContext(SimpleNamespace(), sandbox, f"21.25: expected the row is deleted, found {failed}"))
    assert found == (True, f"the deployment's log: {cause}")


@pytest.mark.parametrize(
    ("engine", "found"),
    [
        ("django.db.backends.postgresql", (False, "postgresql accepts connections")),
        ("django.db.backends.dummy", (True, "DATABASES has no default, although DATABASE_URL is set")),
    ],
)
def test_a_database_that_comes_from_the_platforms_address_is_asked_with_it(engine, found):
    project = SimpleNamespace(
        value={"DATABASES": {"default": {}}}.get,
        settings=SimpleNamespace(mentions=lambda word: word == "DATABASE_URL"),
        ask=lambda op, environment: {"ENGINE": engine if environment else "", "HOST": "", "PORT": ""},
    )
    target = SimpleNamespace(
        real=False, is_started=lambda stage: True, environment=lambda: {"DATABASE_URL": "postgres://localhost/x"}
    )
    assert PROBES["database"](ProbeContext(project, SimpleNamespace(active_target=target), "")) == found


def test_variables_that_a_running_service_lacks_are_not_the_cause(monkeypatch):
    project = SimpleNamespace(
        inspect_settings=dict, unset=["SHOP_HOSTS"], production_env=Path(".env.production"), display_path=str
    )
    context = ProbeContext(project, SimpleNamespace(active_target=None), "")
    assert PROBES["variables"](context).confirmed
    monkeypatch.setattr(ProbeContext, "rehearsal", property(lambda self: "running"))
    assert PROBES["variables"](context) is None


ERROR_PAGES = (
    "2.2: a missing page 200, an error 500; 2.3: 200, 58 bytes, from the project's handler404, without debug details. "
    "shop/errors.py:5: handler404 answers 200, expected 404"
)
BROKEN_PAGE = (
    "2.4: 500, 59 bytes, not a page of the project. It can't be rendered: TemplateSyntaxError: 'x' is not a tag"
)


@pytest.mark.parametrize(
    ("error", "seen"),
    [
        (ERROR_PAGES, "shop/errors.py:5: handler404 answers 200, expected 404"),
        (BROKEN_PAGE, "It can't be rendered: TemplateSyntaxError: 'x' is not a tag"),
    ],
)
def test_the_hint_about_a_wrong_error_page_names_its_cause_and_the_others_do_not_apply(error, seen):
    context = ProbeContext(SimpleNamespace(), SimpleNamespace(), error)
    assert PROBES["logs"](context) == (True, seen)
    for other in ("database", "migrations", "allowed_hosts"):
        assert PROBES[other](context) is None


def test_the_hint_about_migrations_repeats_their_error():
    error = '13.2: migrations: ProgrammingError: relation "auth_group" does not exist; /health/: 200 healthy'
    found = PROBES["migrations"](ProbeContext(SimpleNamespace(), SimpleNamespace(), error))
    assert found == (True, 'the migrations failed: ProgrammingError: relation "auth_group" does not exist')


@pytest.mark.parametrize(
    ("log", "open_now", "confirmed", "message"),
    [
        (["FATAL: sorry, too many clients already"], 3, True, "too many clients already"),
        ([], 80, True, "80 connections are open, of 97"),
        (["KeyError: 'a'"], 8, False, "8 connections are open, of 97"),
        ([], None, None, "the connections can be counted in the rehearsal"),
    ],
)
def test_connections_are_counted_and_the_log_is_searched_for_refused_ones(log, open_now, confirmed, message):
    target = SimpleNamespace(
        log_error_lines=lambda: log, open_connections=lambda: open_now, connection_limit=lambda: open_now and 97
    )
    found = PROBES["open_connections"](ProbeContext(None, SimpleNamespace(active_target=target), ""))
    assert (found.confirmed, message in found.seen) == (confirmed, True)


@pytest.mark.parametrize(
    ("log", "disks", "confirmed"),
    [
        (["OSError: [Errno 28] No space left on device"], [], True),
        ([], [Disk("postgres-volume", 4900, 5000)], True),
        ([], [Disk("postgres-volume", 100, 5000)], False),
        ([], [Disk("the rehearsal's database", 9)], None),
    ],
)
def test_a_full_disk_is_seen_in_the_log_and_by_its_size(log, disks, confirmed):
    target = SimpleNamespace(log_error_lines=lambda: log, disks=lambda: disks)
    found = PROBES["disk_space"](ProbeContext(None, SimpleNamespace(active_target=target), ""))
    assert found.confirmed is confirmed


@pytest.mark.parametrize(
    ("settings", "confirmed"),
    [("import sentry_sdk", True), ("import sentry_sdk\nignore_logger('x.DisallowedHost')", False), ("", None)],
)
def test_the_event_filter_of_the_settings_is_looked_for(settings, confirmed):
    source = Source.of(Path("settings.py"), settings.encode())
    files = SimpleNamespace(mentions=lambda word: word in settings, sources=[source])
    found = PROBES["event_filter"](ProbeContext(SimpleNamespace(settings=files), None, ""))
    assert (found and found.confirmed) is confirmed


# ---- mail


def of_mail(name, way, *, values=None, settings=None, log=()):
    """The result of the mail probe *name* for a project whose mail leaves on *way*."""
    project = SimpleNamespace(
        platform=RAILWAY, value=(settings or {}).get, service_values=lambda: values or {},
        inspect_settings=dict, ask=lambda op: {"ways": [vars(way)]},
    )  # fmt: skip
    target = SimpleNamespace(log_error_lines=lambda: list(log))
    return PROBES[name](ProbeContext(project, SimpleNamespace(active_target=target), "no mail came"))


RESEND = MailWay("anymail.backends.resend.EmailBackend")


@pytest.mark.parametrize(
    ("way", "is_confirmed", "says"),
    [
        (MailWay("x.smtp", family="smtp", host="smtp.shop.net", port=587), True, "smtp.shop.net:587, which Railway"),
        (MailWay("x.smtp", family="smtp", host="smtp.shop.net", port=2587), False, "x.smtp"),
        (MailWay("x.console", family="console"), True, "goes to the log"),
        (RESEND, False, "resend"),
    ],
)
def test_a_way_that_is_closed_or_leads_nowhere_is_found(way, is_confirmed, says):
    found = of_mail("mail_way", way)
    assert (found.confirmed, says in found.seen) == (is_confirmed, True)


def test_a_provider_without_a_key_is_found():
    assert of_mail("mail_key", RESEND).confirmed is True
    assert of_mail("mail_key", RESEND, values={"RESEND_API_KEY": "re_1"}).confirmed is False
    assert of_mail("mail_key", MailWay("x.smtp", family="smtp", host="x", port=587)) is None


@pytest.mark.parametrize(
    ("apps", "header", "says"),
    [
        (["django.contrib.sites"], ("X", "https"), "the site 3 in the database"),
        (["django.contrib.sites", "shop.site_name.SiteName"], ("X", "https"), ""),
        ([], None, "without SECURE_PROXY_SSL_HEADER"),
    ],
)
def test_settings_that_change_the_links_of_mails_are_found(apps, header, says):
    settings = {"INSTALLED_APPS": apps, "SECURE_PROXY_SSL_HEADER": header, "SITE_ID": 3}
    found = of_mail("mail_link", RESEND, settings=settings)
    assert (found.confirmed, says in found.seen) == (bool(says), True)


def test_an_error_of_mail_in_the_log_is_found():
    lines = ["KeyError: 'x'", "anymail.exceptions.AnymailRequestsAPIError: Resend API response 403", "ValueError"]
    assert "Resend API response 403" in of_mail("mail_log", RESEND, log=lines).seen
    assert of_mail("mail_log", RESEND, log=["KeyError: 'x'"]).confirmed is False


def test_what_was_logged_before_a_task_is_no_cause_of_its_failure(tmp_path, python):
    with opened(tmp_path, python, {}) as (project, sandbox):
        project.interpreter.log.parent.mkdir(parents=True, exist_ok=True)
        project.interpreter.log.write_text(REAL)
        assert REAL in sandbox.new_log_text()
        sandbox.begin(30)
        assert sandbox.new_log_text() == ""
