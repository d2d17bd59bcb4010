"""Limits that a project has already are moved, replaced, or given the client's address."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from steps.t07_rate_limiting import RateLimiting
from tests.steps.fakes import FakeProject, url
from wizard.checklist.answers import Answers

SETTINGS = """MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
]
"""
IMPORTS = "from django_ratelimit.decorators import ratelimit\nfrom rest_framework.decorators import api_view\n\n"
OURS = "from rest_framework.decorators import api_view\nfrom shop.ratelimits import limit\n\n"
VALUES = {
    "MIDDLEWARE": [
        "django.middleware.security.SecurityMiddleware",
        "django.contrib.auth.middleware.AuthenticationMiddleware",
    ],
    "ROOT_URLCONF": "shop.urls",
}
LOGIN = url("login/", "login", "shop.views.login", kind="api_view", methods=("post",), file="views.py")


def planned(folder, files, urls, values=None, overridden=(), **answers):
    """Plan the task for a project with *files*. Returns the new contents of changed files, and the remarks."""
    for name, text in files.items():
        (folder / name).write_text(text)
    copy = SimpleNamespace(at=lambda path: path, back=lambda path: path)
    project = FakeProject(
        folder, SETTINGS, {**VALUES, **(values or {})}, urls=urls, urls_file=folder / "urls.py", copy=copy,
        installed=lambda: {"versions": {"django-ratelimit": "4.1.0", "gunicorn": "27.0.1"}},
        dependencies=SimpleNamespace(names=lambda: {"django-ratelimit"}, exists=False),
    )  # fmt: skip
    project.inspected["overridden"] = list(overridden)
    plan = RateLimiting(None).plan(project, None, Answers(answers))
    return {action.path.name: action.after.decode() for action in plan.actions}, plan.remarks


@pytest.mark.parametrize(
    ("before", "after"),
    [
        pytest.param(
            '# Door.\n@api_view(["POST"])\n@ratelimit(key="ip", rate="5/m", block=True)\ndef login(request): ...\n',
            '# Door.\n@limit("login", "5/m")\n@api_view(["POST"])\ndef login(request): ...\n',
            id="below api_view",
        ),
        pytest.param(
            '@api_view(["POST"])\n# Guesses\n@ratelimit(key="ip", rate="3/m")  # agreed\ndef login(request): ...\n',
            '# Guesses\n@limit("login", "3/m")  # agreed\n@api_view(["POST"])\ndef login(request): ...\n',
            id="a stricter rate and comments",
        ),
        pytest.param(
            '@ratelimit(key="header:x-forwarded-for", rate="9/m")\n@api_view(["POST"])\ndef login(request): ...\n',
            '@limit("login", "5/m")\n@api_view(["POST"])\ndef login(request): ...\n',
            id="a header that clients set",
        ),
        pytest.param(
            '@api_view(["POST"])\n@ratelimit(key="ip", rate="5/m")\n@ratelimit(key="post:username", rate="5/m")\n'
            "def login(request): ...\n",
            '@limit("login", "5/m")\n@api_view(["POST"])\ndef login(request): ...\n',
            id="a lock of the account",
        ),
        pytest.param(
            '@api_view(["POST"])\n@ratelimit(\n    key=lambda group, request: request.META["X"],\n    rate="5/m",\n)\n'
            "def login(request): ...\n",
            '@limit("login", "5/m")\n@api_view(["POST"])\ndef login(request): ...\n',
            id="several lines",
        ),
    ],
)
@pytest.mark.parametrize("end", ["\n", "\r\n"], ids=["LF", "CRLF"])
def test_the_librarys_limit_is_replaced_with_its_comments(tmp_path, before, after, end):
    path = tmp_path / "views.py"
    path.write_bytes((IMPORTS + before).replace("\n", end).encode())
    changed, remarks = planned(tmp_path, {}, [LOGIN])
    assert changed["views.py"] == (OURS + after).replace("\n", end)
    assert "is replaced by one limit for each client" in remarks[0]


def test_a_second_url_of_the_same_view_changes_it_once(tmp_path):
    text = IMPORTS + '@api_view(["POST"])\n@ratelimit(key="ip", rate="5/m")\ndef login(request): ...\n'
    again = url("signin/", "signin", "shop.views.login", kind="api_view", methods=("post",), file="views.py")
    changed, _ = planned(tmp_path, {"views.py": text}, [LOGIN, again])
    assert changed["views.py"].count("@limit(") == 1


def test_a_limit_on_a_class_becomes_a_row_of_the_middleware(tmp_path):
    text = (
        "from django.utils.decorators import method_decorator\nfrom django_ratelimit.decorators import ratelimit\n\n\n"
        '@method_decorator(ratelimit(key="ip", rate="4/m"), name="post")  # guesses\nclass Login:\n'
        '    @ratelimit(key="ip", rate="5/m")\n    def post(self, request): ...\n'
    )
    login = url("login/", "login", "shop.views.Login", kind="class", methods=("post",), file="views.py")
    changed, _ = planned(tmp_path, {"views.py": text}, [login])
    assert changed["views.py"].strip() == "# guesses\nclass Login:\n    def post(self, request): ..."
    assert 'LIMITS["login"] = ("login", "4/m", client_ip)' in changed["ratelimits.py"]


def test_a_limit_around_a_route_is_replaced(tmp_path):
    text = (
        "from django_ratelimit.decorators import ratelimit\n\nurlpatterns = [\n"
        '    path("login/", ratelimit(key="ip", rate="5/m")(LoginView.as_view()), name="login"),  # way in\n'
        '    path("search/", ratelimit(key="ip", rate="9/m")(search), name="search"),\n]\n'
    )
    login = url("login/", "login", "django.contrib.auth.views.LoginView", kind="class", methods=("post",))
    changed, _ = planned(tmp_path, {"urls.py": text}, [login])
    assert '    path("login/", LoginView.as_view(), name="login"),  # way in\n' in changed["urls.py"]
    assert "import ratelimit" in changed["urls.py"], "the other route still uses it"


def test_a_view_that_reads_the_count_itself_keeps_its_decorator(tmp_path):
    text = IMPORTS + (
        '@api_view(["POST"])\n@ratelimit(key="ip", rate="5/m", block=False)\n'
        "def login(request):\n    return too_many() if request.limited else ok()\n"
    )
    changed, _ = planned(tmp_path, {"views.py": text}, [LOGIN])
    assert '@limit("login", "5/m")\n@api_view' in changed["views.py"]
    assert "block=False)\ndef login" in changed["views.py"]
    assert 'RATELIMIT_IP_META_KEY = "shop.ratelimits.client_address"' in changed["settings.py"]


@pytest.mark.parametrize(
    ("key", "replaced"), [("HTTP_X_FORWARDED_FOR", True), ("views.left_end", True), ("views.right", False)]
)
def test_a_key_of_the_library_that_clients_can_forge_is_replaced(tmp_path, key, replaced):
    text = '@ratelimit(key="ip", rate="5/m")\ndef search(request): ...\n'
    if key == "views.left_end":
        text += 'def left_end(request): return request.META["HTTP_X_FORWARDED_FOR"].split(",")[0]\n'
    login = url("login/", "login", "django.contrib.auth.views.LoginView", kind="class", methods=("post",))
    changed, remarks = planned(tmp_path, {"views.py": text}, [login], {"RATELIMIT_IP_META_KEY": key})
    assert ("RATELIMIT_IP_META_KEY = " in changed["settings.py"]) is replaced
    assert any(key in remark for remark in remarks) is replaced


LIBRARY_LOGIN = url("login/", "login", "django.contrib.auth.views.LoginView", kind="class", methods=("post",))


@pytest.mark.parametrize(
    ("values", "views", "needed"),
    [
        ({"INSTALLED_APPS": ["axes"]}, "", True),
        ({"INSTALLED_APPS": ["allauth", "allauth.account"]}, "", True),
        ({"REST_FRAMEWORK": {"DEFAULT_THROTTLE_CLASSES": ["rest_framework.throttling.AnonRateThrottle"]}}, "", True),
        ({}, "class Login:\n    throttle_classes = [Own]\n", True),
        ({}, 'count = cache.get(request.META["REMOTE_ADDR"])\n', True),
        ({}, 'log.info("%s", request.META["REMOTE_ADDR"])\n', False),
        ({}, "", False),
    ],
    ids=["axes", "allauth", "throttles", "throttles of a view", "the project's own", "only a log", "none"],
)
def test_other_limiters_get_the_clients_address_from_a_middleware(tmp_path, values, views, needed):
    changed, _ = planned(tmp_path, {"views.py": views}, [LIBRARY_LOGIN], values)
    first = changed["settings.py"].partition("MIDDLEWARE = [\n")[2].splitlines()[0]
    assert ("shop.ratelimits.ClientAddressMiddleware" in first) is needed


@pytest.mark.parametrize(
    ("values", "locks_client"),
    [
        ({"AXES_LOCKOUT_PARAMETERS": ["username"]}, True),
        ({"AXES_LOCKOUT_PARAMETERS": [["username", "ip_address"]]}, False),
        ({"AXES_LOCK_OUT_BY_USER_OR_IP": True}, True),
        ({}, False),
    ],
)
def test_axes_locks_a_client_and_not_the_account_of_its_owner(tmp_path, values, locks_client):
    changed, remarks = planned(tmp_path, {}, [LIBRARY_LOGIN], {**values, "INSTALLED_APPS": ["axes"]})
    assert 'AXES_CLIENT_IP_CALLABLE = "shop.ratelimits.client_address"' in changed["settings.py"]
    assert ('AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]' in changed["settings.py"]) is locks_client
    assert any("for its owner too" in remark for remark in remarks) is locks_client


def test_allauth_gets_the_rates_of_the_answers(tmp_path):
    values = {"INSTALLED_APPS": ["allauth.account"]}
    changed, _ = planned(tmp_path, {}, [LIBRARY_LOGIN], values, **{"rates.login": "9/m", "rates.mail": "1/h"})
    assert '"login": "9/m/ip"' in changed["settings.py"]
    assert '"reset_password": "1/h/ip,1/h/key"' in changed["settings.py"]


def test_an_answer_counts_more_than_a_stricter_rate_in_the_code(tmp_path):
    text = IMPORTS + '@api_view(["POST"])\n@ratelimit(key="ip", rate="2/m")\ndef login(request): ...\n'
    changed, _ = planned(tmp_path, {"views.py": text}, [LOGIN], **{"rates.login": "8/m"})
    assert '@limit("login", "8/m")' in changed["views.py"]


def test_a_module_of_an_earlier_version_is_replaced_with_its_rows(tmp_path):
    earlier = '"""Rate limits, counted exactly in the project\'s database for any number of workers.\n"""\n'
    row = 'LIMITS["old:login"] = ("login", "4/m", client_ip)\n'
    reset = url("reset/", "password_reset", "django.contrib.auth.views.PasswordResetView", kind="class")
    changed, _ = planned(tmp_path, {"ratelimits.py": earlier + "LIMITS = {}\n\n\n" + row}, [LIBRARY_LOGIN, reset])
    text = changed["ratelimits.py"]
    assert "def client_and_account" in text and text.count(row) == 1
    assert 'LIMITS["password_reset"] = ("mail", "3/h", client_and_account)' in text
