"""The module that Golive installs, in a real project: which address counts as the client, and what is limited."""

from __future__ import annotations

import json
import os
import subprocess
from types import SimpleNamespace

import pytest

from steps.shared import added_modules
from tests.conftest import installer, made_once
from wizard.editing.style import Style
from wizard.project.platform import RAILWAY

SETTINGS = """
import os
SECRET_KEY = "for this test alone, and of fifty letters at the least"
ALLOWED_HOSTS = ["*"]
ROOT_URLCONF = "urls"
INSTALLED_APPS = []
DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": os.environ["FOLDER"] + "/db.sqlite3"}}
CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"},
          "ratelimit": {"BACKEND": "ratelimits.CounterCache", "LOCATION": "counters"}}
RATELIMIT_USE_CACHE = "ratelimit"
MIDDLEWARE = ["ratelimits.ClientAddressMiddleware", "ratelimits.RateLimitMiddleware"]
if os.environ.get("BEHIND_A_PROXY"):
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
"""
URLS = """
from django.http import HttpResponse
from django.urls import path
from ratelimits import LIMITS, client_and_account, client_ip, user_or_ip

def page(request):
    return HttpResponse(request.META["REMOTE_ADDR"] + " " + request.META.get("HTTP_X_FORWARDED_FOR", ""))

LIMITS["login"] = ("login", "5/h", client_ip)
LIMITS["reset"] = ("mail", "3/h", client_and_account)
LIMITS["checkout"] = ("order", "2/h", user_or_ip, ("GET", "POST"))
urlpatterns = [path(name + "/", page, name=name) for name in ("login", "reset", "checkout", "page")]
"""
RUN = """
import json, os, sys
os.environ["DJANGO_SETTINGS_MODULE"] = "settings"
import django
django.setup()
from django.test import Client
found = []
for method, path, data, meta in json.load(sys.stdin):
    answer = Client().generic(method, path, json.dumps(data), content_type="application/json", **meta)
    found.append([answer.status_code, answer.content.decode()])
print(json.dumps(found))
"""


@pytest.fixture(scope="session")
def limiter(tmp_path_factory, python):
    """A folder with django-ratelimit for the sample's interpreter."""
    with made_once(tmp_path_factory, "django-ratelimit") as (folder, missing):
        if missing:
            install = [*installer(python), "--no-deps", "--target", folder]
            subprocess.run([*install, "django-ratelimit"], check=True)
    return folder


@pytest.fixture
def send(tmp_path, python, limiter):
    """Send requests to the project, with more *variables*. Returns status and body of each."""
    project = SimpleNamespace(
        settings=SimpleNamespace(main_source=SimpleNamespace(style=Style.of("", tmp_path / "settings.py"))),
        platform=RAILWAY,
    )
    files = {"settings": SETTINGS, "urls": URLS, "ratelimits": added_modules.render(project, "ratelimits.py")}
    for name, text in files.items():
        (tmp_path / f"{name}.py").write_text(text)

    def send(requests, **variables):
        path = os.pathsep.join([str(tmp_path), str(limiter)])
        environment = {"PATH": os.environ["PATH"], "PYTHONPATH": path, "FOLDER": str(tmp_path), **variables}
        argv, sent = [python, "-c", RUN], json.dumps(requests)
        result = subprocess.run(argv, input=sent, env=environment, capture_output=True, text=True, check=False)
        assert result.returncode == 0, result.stderr
        return json.loads(result.stdout)

    return send


ON_RAILWAY = {RAILWAY.marker_variable: "x"}
BEHIND = {"BEHIND_A_PROXY": "1"}
PROXY = {"REMOTE_ADDR": "10.0.0.7"}
CLIENT, OTHER = "93.184.216.34", "93.184.216.99"


@pytest.mark.parametrize(
    ("variables", "meta", "address"),
    [
        (ON_RAILWAY, {**PROXY, "HTTP_X_REAL_IP": CLIENT, "HTTP_X_FORWARDED_FOR": OTHER}, CLIENT),
        (ON_RAILWAY, {**PROXY, "HTTP_X_REAL_IP": "junk"}, "10.0.0.7"),
        (BEHIND, {**PROXY, "HTTP_X_FORWARDED_FOR": f"{OTHER}, {CLIENT}"}, CLIENT),
        (BEHIND, {**PROXY, "HTTP_X_FORWARDED_FOR": f"{CLIENT}:4711"}, CLIENT),
        (BEHIND, {**PROXY, "HTTP_X_FORWARDED_FOR": f"::ffff:{CLIENT}"}, CLIENT),
        (BEHIND, {"REMOTE_ADDR": "", "HTTP_X_FORWARDED_FOR": CLIENT}, CLIENT),
        (BEHIND, {"REMOTE_ADDR": CLIENT, "HTTP_X_FORWARDED_FOR": OTHER}, CLIENT),
        (BEHIND, {**PROXY, "HTTP_X_REAL_IP": OTHER, "HTTP_CF_CONNECTING_IP": OTHER}, "10.0.0.7"),
        ({}, {**PROXY, "HTTP_X_FORWARDED_FOR": OTHER}, "10.0.0.7"),
        ({**BEHIND, "TRUSTED_PROXIES": "0"}, {**PROXY, "HTTP_X_FORWARDED_FOR": OTHER}, "10.0.0.7"),
        ({"TRUSTED_PROXIES": "1"}, {**PROXY, "HTTP_X_FORWARDED_FOR": f"{OTHER}, {CLIENT}"}, CLIENT),
        ({"TRUSTED_PROXIES": "2"}, {**PROXY, "HTTP_X_FORWARDED_FOR": f"{OTHER}, {CLIENT}, 10.0.0.6"}, CLIENT),
        ({"TRUSTED_PROXIES": "2"}, {**PROXY, "HTTP_X_FORWARDED_FOR": CLIENT}, "10.0.0.7"),
        ({"TRUSTED_PROXIES": "many"}, {"REMOTE_ADDR": CLIENT}, CLIENT),
    ],
    ids=[
        "the platform's header", "an invalid header", "the right end", "a port", "a mapped address", "a Unix socket",
        "a client without a proxy", "headers that the proxy does not set", "no proxy is known", "no proxy",
        "one proxy", "two proxies", "fewer entries than proxies", "an invalid variable",
    ],
)  # fmt: skip
def test_the_address_that_counts_is_one_that_no_client_can_choose(send, variables, meta, address):
    [[status, body]] = send([["GET", "/page/", {}, meta]], **variables)
    believed = body.split()
    assert (status, believed[0]) == (200, address)
    assert set(believed) == {address}, "other limiters see the same address"


def logins(count, account, **meta):
    return [["POST", "/login/", {"username": account, "password": "no"}, {**PROXY, **meta}]] * count


def statuses(responses):
    return [status for status, _ in responses]


def test_one_client_cannot_lock_out_another(send):
    client, other = {"HTTP_X_FORWARDED_FOR": CLIENT}, {"HTTP_X_FORWARDED_FOR": OTHER}
    found = statuses(send([*logins(6, "owner", **client), *logins(1, "owner", **other)], **BEHIND))
    assert found == [*[200] * 5, 429, 200]


def test_an_unknown_client_is_limited_for_one_account_only(send):
    """Behind a proxy that sends no address, all clients look the same."""
    found = statuses(send([*logins(6, "owner"), *logins(1, "other"), *logins(1, "owner")], **BEHIND))
    assert found == [*[200] * 5, 429, 200, 429]


def test_a_network_of_ipv6_counts_as_one_client(send):
    addresses = [f"2001:4860:0:1::{number}" for number in range(6)]
    found = send([logins(1, "owner", HTTP_X_REAL_IP=address)[0] for address in addresses], **ON_RAILWAY)
    assert statuses(found) == [*[200] * 5, 429]


def resets(*addresses, **more):
    """Requests of a mail to each of *addresses*, each by another client."""
    return [
        ["POST", "/reset/", {"email": address, **more}, {**PROXY, "HTTP_X_REAL_IP": f"93.184.216.{number}"}]
        for number, address in enumerate(addresses, 1)
    ]


def test_mails_to_one_address_are_limited_whoever_asks(send):
    found = send([*resets("a@x.com", "A@x.com ", "a@x.com", "a@x.com", "b@x.com")], **ON_RAILWAY)
    assert statuses(found) == [200, 200, 200, 429, 200]


def test_more_fields_do_not_hide_the_address(send):
    requests = [
        ["POST", "/reset/", {"email": "a@x.com", **{f"mail{n}": f"{i}-{n}" for n in range(9)}}, meta]
        for i, meta in enumerate({**PROXY, "HTTP_X_REAL_IP": f"93.184.216.{i}"} for i in range(4))
    ]
    assert statuses(send(requests, **ON_RAILWAY)) == [200, 200, 200, 429]


def test_a_page_that_orders_by_get_is_limited_for_get(send):
    meta = {**PROXY, "HTTP_X_REAL_IP": CLIENT}
    found = send([["GET", "/checkout/", {}, meta]] * 3 + [["GET", "/login/", {}, meta]] * 7, **ON_RAILWAY)
    assert statuses(found) == [200, 200, 429, *[200] * 7]
