"""The second factor of the admin: when Golive offers it, what it adds, and that it locks nobody out."""

from __future__ import annotations

import json
import shutil
import subprocess
from types import SimpleNamespace

import httpx
import pytest

from steps.shared import admin_guard, packages, second_factor
from steps.shared.added_modules import TEMPLATES
from steps.shared.second_factor import AUTHENTICATION, Rehearsed
from tests.conftest import installer, made_once
from tests.steps.fakes import FakeProject, FakeSite, url
from wizard.base.errors import StepError
from wizard.checklist.answers import Answers
from wizard.editing.source import Source
from wizard.plan.draft import Draft
from wizard.project.settings import Definition, assignments

SETTINGS = 'DEBUG = False\nINSTALLED_APPS = ["django.contrib.admin"]\nMIDDLEWARE = ["{}"]\n'
YES = Answers({"admin.second_factor": "yes"})


@pytest.fixture
def shop(tmp_path, monkeypatch):
    (tmp_path / "urls.py").write_text("from django.contrib import admin\nurlpatterns = [path('a/', admin.site.urls)]\n")
    values = {"INSTALLED_APPS": ["django.contrib.admin"], "MIDDLEWARE": [second_factor.AUTHENTICATION],
              "ROOT_URLCONF": "urls"}  # fmt: skip
    project = FakeProject(tmp_path, SETTINGS.format(second_factor.AUTHENTICATION), values,
                          urls=[url("admin/login/", "admin:login")])  # fmt: skip
    project.inspected["user"] = None
    project.copy.files = lambda: sorted(tmp_path.rglob("*.py"))
    monkeypatch.setattr(packages, "add_packages", lambda project, wanted, why, answers: list(wanted))
    return project


def test_the_second_factor_is_added_in_production_if_the_answer_is_yes(shop):
    assert [question.default for question in second_factor.question(shop)] == ["no"]
    draft = Draft()
    assert second_factor.add(shop, draft, Answers({})) == [] == draft.actions()
    assert second_factor.add(shop, draft, YES) == ["django-otp", "qrcode"]
    after = {action.path.name: action.after.decode() for action in draft.actions()}
    assert set(after) == {"second_factor.py", "settings.py"}
    name, scope = "SecondFactor", {}
    exec(after["settings.py"], scope)
    assert scope["INSTALLED_APPS"] == ["django.contrib.admin", *second_factor.APPS, f"second_factor.{name}"]
    assert scope["MIDDLEWARE"] == [second_factor.AUTHENTICATION, second_factor.MIDDLEWARE]
    scope = {}
    exec(after["settings.py"].replace("DEBUG = False", "DEBUG = True"), scope)
    assert scope["INSTALLED_APPS"] == ["django.contrib.admin"], "development stays as it is"


@pytest.mark.parametrize(
    ("why", "change"),
    [
        ("unfold has a login page of its own",
         lambda shop: shop.value("INSTALLED_APPS").append("unfold.contrib.forms")),
        ("is installed, and the admin does not ask", lambda shop: shop.value("INSTALLED_APPS").append("allauth.mfa")),
        ("is installed, and the admin does not ask", lambda shop: shop.value("INSTALLED_APPS").append("two_factor")),
        ("wagtail has a login page of its own", lambda shop: shop.value("INSTALLED_APPS").append("wagtail.admin")),
        ("the authentication is the project's own", lambda shop: shop.value("MIDDLEWARE").clear()),
        ("too old", lambda shop: setattr(shop, "django", (3, 2))),
        ("no admin", lambda shop: shop.urls.clear()),
        ("urls.py changes the admin's login",
         lambda shop: add(shop, "urls.py", "admin.site.login = secure_admin_login(admin.site.login)\n")),
        ("staff.py changes the admin's login",
         lambda shop: add(shop, "staff.py", "class Staff(admin.AdminSite):\n    pass\n")),
        ("is not written as admin.site.urls", lambda shop: (shop.root / "urls.py").write_text("urlpatterns = []\n")),
        ("login page is the project's own", lambda shop: add(shop, "admin/login.html", "")),
    ],
)  # fmt: skip
def test_a_login_of_the_projects_own_gets_no_second_factor(shop, why, change):
    change(shop)
    assert why in second_factor.obstacle(shop)
    assert second_factor.question(shop) == []
    draft = Draft()
    assert second_factor.add(shop, draft, YES) == [] == draft.actions()


def add(shop, name, text):
    path = shop.root / name
    path.parent.mkdir(exist_ok=True)
    with path.open("a") as file:
        file.write(text)


def test_the_advice_fits_the_project(shop):
    assert admin_guard.advice(shop, "/admin/").endswith("add a second factor with admin.second_factor: yes")
    shop.value("INSTALLED_APPS").append("unfold")
    assert admin_guard.advice(shop, "/admin/").endswith("yourself, because unfold has a login page of its own")
    shop.value("INSTALLED_APPS")[-1] = "shop.second_factor.SecondFactor"
    assert "add a device at /admin/otp_totp/totpdevice/add/" in admin_guard.advice(shop, "/admin/")


@pytest.mark.parametrize(
    ("setting", "advice"),
    [
        (
            'env("DJANGO_ADMIN_URL", default="admin/")',
            "Set DJANGO_ADMIN_URL in .env.production to an address of its own",
        ),
        (
            'os.environ["ADMIN_PATH"]',
            "Set ADMIN_PATH in .env.production to an address of its own, which",
        ),
        ('"admin/"', "Give ADMIN_URL another value in production, or"),
    ],
)
def test_the_advice_names_the_variable_of_an_admin_whose_address_is_a_setting(shop, setting, advice):
    (shop.root / "urls.py").write_text("urlpatterns = [path(settings.ADMIN_URL, admin.site.urls)]\n")
    source = Source.of(shop.root / "settings.py", f"ADMIN_URL = {setting}\n".encode())
    shop.settings.definition = lambda name: Definition(source, assignments(source.tree, name)[-1])
    assert admin_guard.advice(shop, "/admin/").startswith(advice)


# ---- the module that is added

PROGRAM = """
import json, os, sys
from django.conf import settings
from django.urls import include, path

settings.configure(
    SECRET_KEY="x" * 50, ALLOWED_HOSTS=["*"], ROOT_URLCONF=__name__, USE_TZ=True, STATIC_URL="/static/",
    DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
    DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}},
    PASSWORD_HASHERS=["django.contrib.auth.hashers.MD5PasswordHasher"],
    INSTALLED_APPS=["django.contrib.admin", "django.contrib.auth", "django.contrib.contenttypes",
                    "django.contrib.sessions", "django.contrib.messages", *APPS, "second_factor.SecondFactor"],
    MIDDLEWARE=["django.contrib.sessions.middleware.SessionMiddleware",
                "django.contrib.auth.middleware.AuthenticationMiddleware", MIDDLEWARE,
                "django.contrib.messages.middleware.MessageMiddleware"],
    TEMPLATES=[{"BACKEND": "django.template.backends.django.DjangoTemplates", "APP_DIRS": True, "OPTIONS": {
        "context_processors": ["django.template.context_processors.request",
                               "django.contrib.auth.context_processors.auth",
                               "django.contrib.messages.context_processors.messages"]}}],
)
import django

django.setup()
from django.contrib import admin
from django.contrib.auth import get_user_model
from django.core.management import call_command
from django.http import HttpResponse
from django.test import Client

urlpatterns = [path("admin/", admin.site.urls), path("me/", lambda request: HttpResponse(str(request.user)))]
call_command("migrate", verbosity=0)
for name in ("alone", "owner"):
    get_user_model().objects.create_superuser(name, password="secret")
seen = {}


def run(code, **variables):
    os.environ.update(variables)
    exec(code, {})


def log_in(name, **more):
    client = Client()
    page = client.post("/admin/login/?next=/admin/", {"username": name, "password": "secret", **more})
    return client.get("/admin/").status_code, page


seen["before"] = log_in("owner")[0]
call_command("addstatictoken", "owner", "-t", "abcdefg", stdout=sys.stderr)
seen["without a device"] = log_in("alone")[0]
seen["enrols"] = (lambda client: client.force_login(get_user_model().objects.get(username="alone"))
                  or client.get("/admin/otp_totp/totpdevice/add/").status_code)(Client())
seen["password alone"], page = log_in("owner")
device = page.content.decode().split('<option value="otp')[1].split('"')[0]
other = Client()
run(SESSION, GOLIVE_USER="owner", GOLIVE_SESSION="0" * 32, GOLIVE_DONE="")
other.cookies["sessionid"] = "0" * 32
seen["user of that session"] = other.get("/me/").content.decode()
seen["session of the site"] = other.get("/admin/").status_code
run(SESSION, GOLIVE_USER="owner", GOLIVE_SESSION="0" * 32, GOLIVE_DONE="1")
seen["after its end"] = other.get("/me/").content.decode()
seen["wrong code"] = log_in("owner", otp_device="otp" + device, otp_token="wrong")[0]
get_user_model().objects.get(username="owner").staticdevice_set.update(throttling_failure_count=0)
seen["code"] = log_in("owner", otp_device="otp" + device, otp_token="abcdefg")[0]
seen["code again"] = log_in("owner", otp_device="otp" + device, otp_token="abcdefg")[0]
print(json.dumps(seen))
"""


@pytest.fixture(scope="module")
def otp(tmp_path_factory, python):
    """A folder with django-otp."""
    with made_once(tmp_path_factory, "django-otp") as (folder, missing):
        if missing:
            subprocess.run([*installer(python), "--no-deps", "--target", folder, "django-otp"], check=True)
    return folder


def test_a_code_is_asked_of_users_with_a_device_and_nobody_is_locked_out(tmp_path, python, otp):
    shutil.copy(TEMPLATES / second_factor.TEMPLATE, tmp_path)
    given = {"APPS": second_factor.APPS, "MIDDLEWARE": second_factor.MIDDLEWARE, "SESSION": second_factor.SESSION}
    program = "".join(f"{name} = {value!r}\n" for name, value in given.items()) + PROGRAM
    (tmp_path / "site_urls.py").write_text(program)
    done = subprocess.run([python, "site_urls.py"], cwd=tmp_path, env={"PYTHONPATH": str(otp)}, check=False,
                          capture_output=True, text=True)  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == {
        "before": 200, "without a device": 200, "enrols": 200, "password alone": 302,
        "user of that session": "owner", "session of the site": 302, "after its end": "AnonymousUser",
        "wrong code": 302, "code": 200, "code again": 302,
    }  # fmt: skip


# ---- the rehearsal

FORM = '<form method="post"><input name="username"><input type="password" name="password">{}</form>'
SELECT = '<select name="otp_device"><option value="otp_static.staticdevice/3">code</option></select>'
ACCOUNT = {"username": "boss", "email": "boss@example.com", "password": "p"}


def admin(*, opens=False, accepts=True, asks=True):
    """An admin that needs a code, unless it *opens* without; if it *accepts*, the right one lets the user in.

    If it *asks* for none, its login takes each password.
    """
    right, inside = {"otp_token": second_factor.TOKEN, "otp_device": "otp_static.staticdevice/3"}, []

    def answer(method, path, *, data=None, **more):
        if method == "POST":
            inside[:] = [True] if opens or (accepts and data.items() >= right.items()) else []
            headers = {} if asks and not inside else {"Location": "/admin/"}
            return httpx.Response(302 if headers else 200, text=FORM.format(SELECT), headers=headers)
        return httpx.Response(200 if inside or path != "/admin/" else 302, text=FORM.format(""))

    return FakeSite(answer)


class Service:
    """The service of a rehearsal, in which the code of each call fails if *failing* is in it."""

    def __init__(self, failing="nothing"):
        self.failing, self.ran, self.session = failing, [], None

    def run_python(self, code, **variables):
        self.session = variables.get("GOLIVE_SESSION", self.session)
        assert second_factor.TOKEN not in code and variables["GOLIVE_USER"] == "boss"
        self.ran.append(code)
        return SimpleNamespace(returncode=int(self.failing in code), last_lines=lambda count: "CommandError: no table")


@pytest.mark.parametrize(
    ("site", "failing", "holds", "says"),
    [
        (admin(), "nothing", True, "password and code do"),
        (admin(opens=True), "nothing", False, "a password alone opens /admin/, although"),
        (admin(accepts=False), "nothing", False, "password and code do not open /admin/"),
        (admin(asks=False), "nothing", False, "/admin/login/ asks for no code, so /admin/ opens to nobody"),
        (admin(), "addstatictoken", False, "addstatictoken fails: CommandError: no table"),
    ],
)
def test_the_rehearsal_logs_in_without_and_with_the_code(site, failing, holds, says):
    service = Service(failing)
    found = second_factor.rehearse(service, site, ["/admin/"], ACCOUNT, "sessionid")
    assert found.holds is holds and says in found.showed, found
    assert service.ran[-1] == (second_factor.ENROL if failing != "nothing" else second_factor.REMOVE)


def test_another_admin_that_a_password_opens_is_named():
    site = admin()
    inside = site.answer
    site.answer = lambda method, path, **sent: (
        httpx.Response(200, text=FORM.format("")) if path.startswith("/cms/") else inside(method, path, **sent)
    )
    found = second_factor.rehearse(Service(), site, ["/admin/", "/cms/"], ACCOUNT, "sessionid")
    assert found.holds is False and "a password alone opens /cms/" in found.showed and found.opened == "/cms/"


def test_an_admin_that_opens_to_a_session_of_another_login_is_named():
    site, service = admin(), Service()
    inside = site.answer

    def answer(method, path, *, headers=None, **more):
        if path == "/desk/":
            logged_in = service.session and f"sid={service.session}" in (headers or {}).get("Cookie", "")
            return httpx.Response(200 if logged_in else 403, text="the admin's index")
        return inside(method, path, **more)

    site.answer = answer
    found = second_factor.rehearse(service, site, ["/admin/", "/desk/"], ACCOUNT, "sid")
    assert found.holds is False and "/desk/ opens to a user with a device who has logged in" in found.showed
    assert service.ran == [second_factor.ENROL, second_factor.SESSION, second_factor.SESSION, second_factor.REMOVE]


OTP = second_factor.MIDDLEWARE


@pytest.mark.parametrize(
    ("chain", "found", "fault", "place"),
    [
        ([AUTHENTICATION], Rehearsed(False, "500"), "has no OTPMiddleware", "settings.py:3"),
        ([OTP, AUTHENTICATION], Rehearsed(False, "500"), "before AuthenticationMiddleware", "settings.py:3"),
        ([AUTHENTICATION, OTP], Rehearsed(False, "addstatictoken fails: no table"), "", "settings.py:2"),
        ([AUTHENTICATION, OTP], Rehearsed(False, "it opens", "/a/"), "", "second_factor.py:2"),
        ([AUTHENTICATION, OTP], Rehearsed(False, "it opens", "/desk/"), "", "urls.py:3"),
    ],
)
def test_the_cause_and_its_place_are_named(shop, chain, found, fault, place):
    add(shop, "urls.py", "urlpatterns += [path('desk/', admin.site.index)]\n")
    add(shop, "second_factor.py", "\nclass SecondFactor(AppConfig):\n")
    shop.urls_file, lines = shop.root / "urls.py", {"INSTALLED_APPS": 2, "MIDDLEWARE": 3}
    shop.origin = lambda name: f"settings.py:{lines[name]}"
    shop.value("INSTALLED_APPS").append("second_factor.SecondFactor")
    shop.value("MIDDLEWARE")[:] = chain
    assert fault in second_factor.middleware_fault(shop) and bool(fault) is bool(second_factor.middleware_fault(shop))
    assert second_factor.place(shop, found, "/a/").endswith(place)


def test_all_admins_of_the_site_are_tried(shop):
    shop.urls += [url("admin/", "admin:index", view=second_factor.INDEX), url("admin/login/", view=second_factor.LOGIN),
                  url("office/login/", view=second_factor.LOGIN), url("desk/", view=second_factor.INDEX),
                  url("<slug:shop>/admin/", view=second_factor.INDEX)]  # fmt: skip
    assert second_factor.addresses(shop) == ["/admin/", "/office/", "/desk/"]


def test_a_device_that_stays_is_an_error_and_no_service_is_no_evidence():
    with pytest.raises(StepError, match="can't be removed"):
        second_factor.rehearse(Service(second_factor.REMOVE), admin(), ["/admin/"], ACCOUNT, "sessionid")
    nowhere = SimpleNamespace(run_python=lambda code, **variables: None)
    assert second_factor.rehearse(nowhere, admin(), ["/admin/"], ACCOUNT, "sessionid")[0] is None
    assert second_factor.rehearse(nowhere, admin(), ["/admin/"], {"failed": "it exists"}, "").showed == "it exists"
