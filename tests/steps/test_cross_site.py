"""A frontend on another site: the settings that its login needs, and the login judged by a browser's rules."""

from __future__ import annotations

import pytest

from steps.shared import cross_site
from steps.shared.addresses import read_from_environment
from tests.steps.fakes import FakeProject, FakeSandbox, FakeSite, response, url
from wizard.checklist.answers import Answers
from wizard.plan.draft import Draft

HOST, ORIGIN = "shop.up.railway.app", "https://shop.example.com"
SETTINGS = {
    "MIDDLEWARE": [
        "corsheaders.middleware.CorsMiddleware",
        "django.contrib.sessions.middleware.SessionMiddleware",
        cross_site.CSRF,
    ],
    "INSTALLED_APPS": ["rest_framework"],
    "REST_FRAMEWORK": {"DEFAULT_AUTHENTICATION_CLASSES": ["rest_framework.authentication.SessionAuthentication"]},
    "CORS_ALLOW_CREDENTIALS": True,
    "CORS_ALLOWED_ORIGINS": [ORIGIN],
    "ALLOWED_HOSTS": [".railway.app", HOST],
}  # fmt: skip


def project_with(tmp_path, text="CORS_ALLOWED_ORIGINS = []\n", **changed):
    return FakeProject(tmp_path, text, {**SETTINGS, **changed}, urls=[url("api/login/", "login")])


@pytest.mark.parametrize(
    ("changed", "answers", "found"),
    [
        ({}, {}, [ORIGIN]),
        ({"REST_FRAMEWORK": None}, {}, [ORIGIN]),
        ({}, {"frontend": "https://other.vercel.app/"}, ["https://other.vercel.app"]),
        ({"ALLOWED_HOSTS": [HOST, "api.example.com"]}, {}, []),
        ({"ALLOWED_HOSTS": [HOST, ".example.com"]}, {}, []),
        ({"CORS_ALLOW_CREDENTIALS": False}, {}, []),
        ({"CORS_ALLOWED_ORIGINS": ["http://localhost:3000"]}, {}, []),
        ({"MIDDLEWARE": SETTINGS["MIDDLEWARE"][1:]}, {}, []),
        ({"REST_FRAMEWORK": {"DEFAULT_AUTHENTICATION_CLASSES": ["shop.tokens.Jwt"]}}, {}, []),
        ({"CORS_ALLOWED_ORIGINS": ["https://web.up.railway.app"]}, {}, ["https://web.up.railway.app"]),
    ],
)
def test_frontends_on_other_sites_that_log_in_with_cookies_are_found(tmp_path, changed, answers, found):
    assert cross_site.frontends(project_with(tmp_path, **changed), Answers(answers), HOST) == found


def test_the_cookies_and_the_origin_are_set_together(tmp_path):
    assert cross_site.lines(project_with(tmp_path), [ORIGIN]) == [
        'SESSION_COOKIE_SAMESITE = "None"',
        "SESSION_COOKIE_SECURE = True",
        'CSRF_COOKIE_SAMESITE = "None"',
        "CSRF_COOKIE_SECURE = True",
        "CSRF_TRUSTED_ORIGINS = [*CORS_ALLOWED_ORIGINS]",
    ]
    wanted = {"SAMESITE": "None", "SECURE": True}
    done = {f"{cookie}_{name}": value for cookie in cross_site.COOKIES for name, value in wanted.items()}
    assert cross_site.lines(project_with(tmp_path, **done, CSRF_TRUSTED_ORIGINS=[ORIGIN]), [ORIGIN]) == []


def test_without_csrf_protection_no_cookie_is_sent_from_other_sites(tmp_path):
    project = project_with(tmp_path, MIDDLEWARE=SETTINGS["MIDDLEWARE"][:2])
    assert cross_site.lines(project, [ORIGIN]) == []
    [remark] = cross_site.remarks(project, Answers(), HOST)
    assert f"needs Django 4.0 or newer and {cross_site.CSRF}" in remark


def test_sessions_without_credentials_are_mentioned(tmp_path):
    [remark] = cross_site.remarks(project_with(tmp_path, CORS_ALLOW_CREDENTIALS=False), Answers(), HOST)
    assert remark.startswith(f"{ORIGIN} is another site. CORS_ALLOW_CREDENTIALS is off")


CORS = {"access_control_allow_origin": ORIGIN, "access_control_allow_credentials": "true"}
PREFLIGHT = {**CORS, "access_control_allow_headers": "content-type, x-csrftoken"}
COOKIE = "sessionid=1; SameSite=None; Secure"


@pytest.mark.parametrize(
    ("preflight", "login", "holds", "showed"),
    [
        (PREFLIGHT, {**CORS, "set_cookie": COOKIE}, True, "200, the browser keeps sessionid"),
        (CORS, {}, False, "OPTIONS /api/login/ from https://shop.example.com: Access-Control-Allow-Headers lacks"),
        (PREFLIGHT, {"set_cookie": COOKIE}, False, "Access-Control-Allow-Origin is missing"),
        (PREFLIGHT, CORS, False, "200 without a cookie sessionid"),
        (PREFLIGHT, {**CORS, "set_cookie": "sessionid=1; Secure; SameSite=Lax"}, False, "from there: SameSite is Lax"),
    ],
)
def test_a_login_from_another_site_is_judged_as_a_browser_does(tmp_path, preflight, login, holds, showed):
    site = FakeSite(lambda method, path, **sent: response(200, **(preflight if method == "OPTIONS" else login)))
    site.request = lambda method, path, **sent: site._request(method, path, sent)
    sandbox = FakeSandbox(site, ask=lambda op, **given: {"username": given["name"], "email": "", "pk": "1"})
    seen = cross_site.prove_login(project_with(tmp_path), sandbox, ORIGIN, {})
    assert seen[0] is holds and showed in seen[1]


def test_addresses_in_the_settings_are_read_from_variables_in_production(tmp_path):
    text = 'SITE_URL = "http://localhost:8000"\nFRONTEND_URL = os.getenv("FRONTEND_URL", "http://localhost:3000")\n'
    values = {"SITE_URL": "http://localhost:8000", "FRONTEND_URL": "http://localhost:3000"}
    project, draft = FakeProject(tmp_path, f"import os\nDEBUG = False\n{text}", values), Draft()
    read_from_environment(project, draft)
    [action] = draft.actions()
    assert action.after.decode().endswith(
        "# The addresses of the site and of its frontend.\nif not DEBUG:\n"
        '    SITE_URL = os.getenv("SITE_URL", "http://localhost:8000")\n'
    )
