"""The probes of the guides about rate limits, static files and the database: confirmed, ruled out, or neither."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from wizard.diagnosis import probes
from wizard.project.platform import RAILWAY

RATELIMIT = "@ratelimit(key='client', rate='5/m'{more})"
MIDDLEWARE = ["django.middleware.security.SecurityMiddleware", "whitenoise.middleware.WhiteNoiseMiddleware"]


def asked(probe, tmp_path, code="", **settings):
    (tmp_path / "views.py").write_text(code)
    project = SimpleNamespace(root=tmp_path, value=settings.get, display_path=lambda path: path.name, platform=RAILWAY)
    return probes.PROBES[probe](probes.ProbeContext(project, SimpleNamespace(active_target=None), ""))


@pytest.mark.parametrize(
    ("code", "confirmed", "told"),
    [
        ("", None, "no view is decorated"),
        ("def login(request):\n    pass  # limit(\n", None, "no view is decorated"),
        ("def broken(:\n    limit(\n", None, "no view is decorated"),
        ("@limit('login', '5/m')\n@api_view(['POST'])\ndef login(request):\n    pass\n", False, "1 decorated views"),
        (
            f"@api_view(['POST'])\n{RATELIMIT.format(more='')}\ndef login(request):\n    pass\n", True,
            "views.py:3: the decorator stands below @api_view, where DRF makes a 403 of its refusal",
        ),
        (
            f"@api_view(['POST'])\n{RATELIMIT.format(more=', block=False')}\ndef login(request):\n    pass\n", False,
            "1 decorated views are in order",
        ),
        (
            "@limit('order', '9/h', key=user_or_ip)\n@api_view(['POST'])\ndef order(request):\n    pass\n", True,
            "views.py:3: the decorator stands above @api_view, where it sees no user",
        ),
        (
            f"class Login(View):\n    {RATELIMIT.format(more='')}\n    def post(self, request):\n        pass\n", True,
            "views.py:3: the decorator stands on a method or class without method_decorator",
        ),
        (
            "class Login(View):\n    @method_decorator(limit('login', '5/m'))\n    def post(self, request):\n"
            "        pass\n", False, "1 decorated views are in order",
        ),
    ],
)  # fmt: skip
def test_a_decorator_in_the_wrong_place_is_found(tmp_path, code, confirmed, told):
    seen = asked("decorator", tmp_path, code)
    assert seen[0] is confirmed, seen
    assert told in seen[1]


SHARED = {"default": {"BACKEND": "django.core.cache.backends.redis.RedisCache"}}
LOCAL = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}


@pytest.mark.parametrize(
    ("body", "caches", "confirmed", "told"),
    [
        ("    pass", SHARED, True, "block=False, and the view never reads request.limited"),
        ("    if request.limited:\n        return refused()", SHARED, False, "1 decorated views act on the count"),
        (
            "    if request.limited:\n        return refused()",
            LOCAL,
            True,
            "LocMemCache (cache 'default'): each worker",
        ),
    ],
)
def test_a_count_that_nobody_acts_on_or_that_each_worker_keeps_is_found(tmp_path, body, caches, confirmed, told):
    code = f"{RATELIMIT.format(more=', block=False')}\ndef login(request):\n{body}\n"
    seen = asked("limited", tmp_path, code, CACHES=caches)
    assert seen[0] is confirmed, seen
    assert told in seen[1]


def test_where_nothing_is_limited_no_count_is_looked_for(tmp_path):
    assert asked("limited", tmp_path, CACHES=LOCAL) == (None, "no view is decorated")


@pytest.mark.parametrize(
    ("key", "header", "confirmed", "told"),
    [
        ("ip", "", True, "views.py:2: key='ip' counts all clients behind the proxy as one"),
        ("ip", "HTTP_X_REAL_IP", False, "clients are told apart"),
        ("ip", "HTTP_X_FORWARDED_FOR", True, "a client that varies it is never limited"),
        ("client", "", False, "clients are told apart"),
    ],
)
def test_whose_requests_are_counted_together_is_found(tmp_path, key, header, confirmed, told):
    code = f"@ratelimit(key='{key}', rate='5/m')\ndef login(request):\n    pass\n"
    seen = asked("client_address", tmp_path, code, RATELIMIT_IP_META_KEY=header)
    assert seen[0] is confirmed, seen
    assert told in seen[1]


@pytest.mark.parametrize(
    ("probe", "settings", "confirmed", "told"),
    [
        ("whitenoise", {"MIDDLEWARE": MIDDLEWARE}, False, "stands after SecurityMiddleware"),
        ("whitenoise", {"MIDDLEWARE": MIDDLEWARE[1:]}, False, "stands first"),
        ("whitenoise", {"MIDDLEWARE": MIDDLEWARE[:1]}, True, "is not in MIDDLEWARE"),
        (
            "whitenoise",
            {"MIDDLEWARE": ["django.contrib.sessions.middleware.SessionMiddleware", MIDDLEWARE[1]]}, True,
            "stands after SessionMiddleware",
        ),
        ("static_root", {}, True, "is not set"),
        ("static_root", {"STATIC_ROOT": "/shop/static", "STATICFILES_DIRS": ["/shop/static/"]}, True, "is also in"),
        (
            "static_root", {"STATIC_ROOT": "/shop/staticfiles", "STATICFILES_DIRS": [["css", "/shop/static"]]}, False,
            "is staticfiles/",
        ),
        (
            "browser_cache", {"STORAGES": {"staticfiles": {"BACKEND": "a.CompressedManifestStaticFilesStorage"}}},
            False, "a hash of their content",
        ),
        ("browser_cache", {"STATICFILES_STORAGE": "a.CompressedStaticFilesStorage"}, None, "keeps names"),
        ("database", {}, True, "DATABASES has no default"),
        ("database", {"DATABASES": {"default": {"ENGINE": "django.db.backends.dummy"}}}, True, "has no default"),
        ("allowed_hosts", {"ALLOWED_HOSTS": ["*"]}, False, "are allowed"),
        ("allowed_hosts", {"ALLOWED_HOSTS": [".railway.app"]}, False, "are allowed"),
        ("allowed_hosts", {"ALLOWED_HOSTS": ["shop.example.com"]}, True, "would get 400"),
    ],
)  # fmt: skip
def test_settings_are_judged_by_their_value(tmp_path, probe, settings, confirmed, told):
    seen = asked(probe, tmp_path, **settings)
    assert seen[0] is confirmed, seen
    assert told in seen[1]


@pytest.mark.parametrize(
    ("text", "confirmed", "told"),
    [
        (None, None, "there is no Procfile yet"),
        ("web: gunicorn shop.wsgi\n", False, "web: gunicorn shop.wsgi"),
        ("web:gunicorn shop.wsgi\n", True, "Procfile has no `web: command` line"),
        ('web: "exec" gunicorn\n', True, "Procfile:1: "),
    ],
)
def test_a_procfile_is_read_as_the_platform_reads_it(tmp_path, text, confirmed, told):
    if text:
        (tmp_path / "Procfile").write_text(text)
    seen = asked("procfile", tmp_path)
    assert seen[0] is confirmed, seen
    assert told in seen[1]


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
    ("log", "seen"),
    [
        (ON_PURPOSE, (False, "no error in gunicorn.log")),
        (ON_PURPOSE + REAL, (True, "gunicorn.log: KeyError: 'tea'")),
        (REAL + ON_PURPOSE, (True, "gunicorn.log: KeyError: 'tea'")),
    ],
)
def test_an_error_raised_on_purpose_is_none_of_the_sites(tmp_path, log, seen):
    (tmp_path / "gunicorn.log").write_text(log)
    project = SimpleNamespace(root=tmp_path, top=tmp_path / "top", work=tmp_path)
    target = SimpleNamespace(active_target=None, new_log_text=lambda: ON_PURPOSE)
    assert probes.logs(probes.ProbeContext(project, target, "")) == seen
