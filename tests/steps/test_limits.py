"""Task 30: connections under load, disks, the error service's quota, the admin's address, known vulnerabilities."""

from __future__ import annotations

import re
import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, nullcontext
from functools import partial
from itertools import count
from types import SimpleNamespace

import httpx
import pytest
from doubles.osv import Osv
from doubles.serving import EventLoop

from steps import t30_limits as t30
from steps.shared import admin_guard, connection_load, quota_guard, vulnerable_packages
from steps.shared.connection_load import REQUESTS, Load
from steps.shared.second_factor import Rehearsed
from tests.steps.deployed import HOST, Site, by_item, make_sandbox
from tests.steps.fakes import FakeProject, url
from wizard.base.errors import ServiceError
from wizard.checklist.answers import Answers
from wizard.plan.actions import GenerateSecrets
from wizard.plan.draft import Draft
from wizard.project.dependencies import find
from wizard.services import vulnerabilities
from wizard.services.sentry import Sentry
from wizard.targets.capacity import Disk
from wizard.targets.local.error_collector import ErrorCollector

# ---- connections


@pytest.mark.parametrize(
    ("load", "faults"),
    [
        (Load(Counter({200: 400}), (), 8, 8, 97), []),
        (Load(Counter({200: 400}), (), 16, 0, 97), []),
        (Load(Counter({200: 396, 404: 4}), (), None, None, None), []),
        (Load(Counter({200: 400}), (), 93, 93, 97), ["93 connections stay open, more than the 16 requests at a time"]),
        (Load(Counter({200: 375, 500: 20, 0: 5}), (), 16, 0, 97), ["25 of 400 requests failed"]),
        (
            Load(Counter({200: 400}), (), 50, 0, 97),
            ["50 connections at a time, twice as many during a deployment, of 97"],
        ),
    ],
)  # fmt: skip
def test_a_load_fails_by_errors_by_connections_that_are_kept_and_by_too_many(load, faults):
    assert load.faults() == faults


class Busy(Site):
    """Answers 503 to every *failing*-th request."""

    def __init__(self, failing=0):
        super().__init__({"/": 200, "/health/": 200})
        self.failing, self.numbers = failing, count(1)

    def get(self, path, **more):
        answer, number = super().get(path, **more), next(self.numbers)  # several threads ask
        return httpx.Response(503) if self.failing and number % self.failing == 0 else answer


def test_the_load_is_spread_over_the_health_check_and_the_pages_that_answer(tmp_path):
    project = FakeProject(tmp_path, urls=[url("health/"), url("", "home"), url("gone/", "gone")])
    project.root.joinpath("golive.yaml").write_text("version: 1\n")
    counts = iter([3, 5, *[4] * 1000])
    target = SimpleNamespace(open_connections=lambda: next(counts), connection_limit=lambda: 97,
                             database_watched=nullcontext)  # fmt: skip
    site = Busy()
    load = connection_load.measure(project, target, site)
    assert load.statuses == {200: REQUESTS}
    assert load.paths == ("/health/", "/"), "a page that is not found is left out"
    assert abs(site.requests.count("/health/") - site.requests.count("/")) <= 1
    assert (load.left, load.limit) in {(3, 97), (4, 97), (5, 97)}
    assert connection_load.measure(project, target, Busy(failing=100)).failed in {4, 5}


def test_connections_that_nobody_can_count_leave_the_item_open_unless_a_request_fails(tmp_path):
    project = FakeProject(tmp_path)
    target = {"open_connections": lambda: None, "connection_limit": lambda: None}
    way = "Give the database a public address"
    cases = [(0, "open", "", "in the rehearsal"), (0, "open", way, way), (100, "failed", "", "")]
    for failing, status, why, says in cases:
        watched = partial(nullcontext, why)
        sandbox = make_sandbox(real=True, site=Busy(failing), database_watched=watched, **target)
        [evidence] = t30.Limits(None)._connections(project, sandbox)
        assert (evidence.status, says in evidence.showed) == (status, True), evidence


# ---- disks


@pytest.mark.parametrize(
    ("disks", "status", "showed"),
    [
        ([Disk("postgres-volume", 120, 5000)], "done", "postgres-volume 120 of 5000 MB (2%)"),
        ([Disk("postgres-volume", 120, 5000), Disk("media", 410, 500)], "failed", "media 410 of 500 MB (82%)"),
        ([], "open", "the size is not known here"),
    ],
)
def test_a_disk_is_full_at_eighty_percent(disks, status, showed):
    [evidence] = t30.Limits(None)._disks(make_sandbox(real=True, disks=lambda: disks))
    assert evidence.status == status
    assert showed in evidence.showed


# ---- the error service's quota

INIT = "import sentry_sdk\nsentry_sdk.init(\n    dsn=DSN,\n    traces_sample_rate={rate},\n)\n"


def completed(tmp_path, text):
    project, draft = FakeProject(tmp_path, text), Draft()
    project.installed = lambda: {"versions": {}}
    quota_guard.complete(project, draft)
    return "".join(action.after.decode() for action in draft.actions())


def test_health_checks_are_not_traced_and_other_requests_as_before(tmp_path):
    text = completed(tmp_path, INIT.format(rate=0.25))
    assert "traces_sample_rate" not in text
    sampler = eval(re.search(r"traces_sampler=(lambda.*?else 0\.25)", text, re.DOTALL)[1])
    assert sampler({"wsgi_environ": {"PATH_INFO": "/health/"}}) == 0
    assert sampler({"asgi_scope": {"path": "/health/"}}) == 0
    assert sampler({"wsgi_environ": {"PATH_INFO": "/orders/"}}) == 0.25
    assert sampler({}) == 0.25, "work of a queue has no request"


@pytest.mark.parametrize("rate", ["0.0", "0, traces_sampler=own", "0.5, before_send_transaction=own"])
def test_a_filter_of_the_project_stays(tmp_path, rate):
    assert "PATH_INFO" not in completed(tmp_path, INIT.format(rate=rate))


class Collected:
    """A site whose requests reach the *collector* as *events* and *transactions*, when the last one is sent."""

    def __init__(self, events, transactions=()):
        self.error_collector = ErrorCollector()
        self.events, self.transactions, self.asked = events, transactions, []

    def sentry_client(self):
        return SimpleNamespace(wait_for_event=self._wait)

    def _wait(self, wanted, before):
        found = [{"title": title} for title in self.events if wanted({"title": title})]
        return found[0] if found else None

    @contextmanager
    def gunicorn(self, workers, settings, **variables):
        assert variables == {"SENTRY_DSN": self.error_collector.dsn}
        yield self

    def get(self, path, host="", **more):
        self.asked.append((path, host))
        if path == "/golive-raises/":
            self.error_collector.events = {str(number): {"message": each} for number, each in enumerate(self.events)}
            self.error_collector.transactions += [{"request": {"url": each}} for each in self.transactions]
        return httpx.Response(200)


LAST = f"RuntimeError: {quota_guard.DELIBERATE}"


@pytest.mark.parametrize(
    ("events", "transactions", "noise"),
    [
        ([LAST], ["https://shop.example/orders/"], []),
        ([LAST, f"DisallowedHost: {quota_guard.FOREIGN}"], [], ["a foreign Host header makes an event"]),
        ([LAST, "Missing page: /wp-login.php"], [], ["1 of 4 requests of bots make an event"]),
        ([LAST, "slow: /health/"], [], ["1 of 5 health checks make an event"]),
        ([LAST], ["https://shop.example/health/"] * 5, ["5 of 5 health checks are traced"]),
        (["another"], [], None),
    ],
)
def test_the_error_service_counts_what_scanners_and_health_checks_cause(events, transactions, noise):
    servers = Collected(events, transactions)
    sandbox = make_sandbox(local_servers=lambda: servers, settings_variables=lambda pattern: [])
    sandbox.gunicorn, sandbox.error_page_settings = servers.gunicorn, lambda: ""
    assert quota_guard.noise(sandbox) == noise
    assert servers.asked[0] == ("/", quota_guard.FOREIGN)
    assert servers.asked[-1][0] == "/golive-raises/", "the one that is waited for comes last"


@pytest.mark.parametrize(
    ("site", "page"),
    [
        ("https://acme.sentry.io/", "https://acme.sentry.io/settings/projects/shop/filters/data-filters/"),
        ("", "Project Settings, Inbound Filters"),
    ],
)
def test_at_a_real_site_the_page_with_sentrys_own_filters_is_named(tmp_path, monkeypatch, site, page):
    project = FakeProject(tmp_path, "import sentry_sdk\n")
    monkeypatch.setattr(quota_guard, "noise", lambda sandbox: [])
    sandbox = make_sandbox(real=True, sentry=Sentry(None, "acme", "shop", site=site))
    [evidence] = t30.Limits(None)._quota(project, sandbox)
    assert evidence.status == "done" and evidence.showed.endswith(page)


def test_a_sentry_that_does_not_answer_takes_nothing_away():
    class Silent:
        real = True

        @property
        def sentry(self):
            raise ServiceError("Sentry did not answer", service="Sentry")

    assert quota_guard.filters_page(Silent()) == ""


# ---- the admin

ROUTES = """from django.contrib import admin
from django.urls import path

urlpatterns = [path('admin/', admin.site.urls)]
"""


@pytest.fixture
def with_admin(tmp_path):
    routes = tmp_path / "urls.py"
    routes.write_text(ROUTES)
    project = FakeProject(tmp_path, urls=[url("admin/login/", "admin:login")])
    project.copy.files = lambda: [routes]
    return project


def test_the_admin_moves_if_the_answer_is_yes_and_only_in_production(with_admin):
    (with_admin.root / "golive.yaml").write_text("- get: /admin/\n- post: /x/admin/\n  form: {next: /admin/}\n")
    assert [question.default for question in admin_guard.question(with_admin)] == ["no"]
    draft = Draft()
    assert admin_guard.move(with_admin, draft, Answers({})) == []
    assert draft.actions() == []
    [secret] = admin_guard.move(with_admin, draft, Answers({"admin.path": "yes"}))
    assert isinstance(secret, GenerateSecrets)
    assert secret.path == with_admin.production_env
    after = {action.path.name: action.after.decode() for action in draft.actions()}
    assert "path(os.getenv('ADMIN_PATH', 'admin').strip('/') + '/', admin.site.urls)" in after["urls.py"]
    assert "import os" in after["urls.py"]
    assert after["golive.yaml"] == "- get: /{admin_path}\n- post: /x/admin/\n  form: {next: /admin/}\n"


@pytest.mark.parametrize("routes", [ROUTES.replace("'admin/'", "settings.ADMIN_URL"), "urlpatterns = []\n", "def ("])
def test_an_admin_that_cannot_be_moved_is_not_asked_about(with_admin, routes):
    (with_admin.root / "urls.py").write_text(routes)
    assert admin_guard.question(with_admin) == []


def test_only_the_route_of_the_site_itself_is_moved(with_admin):
    root = with_admin.root
    (root / "tests").mkdir()
    (root / "tests" / "urls.py").write_text(ROUTES)
    (root / "backoffice.py").write_text(ROUTES.replace("'admin/'", "''"))
    with_admin.copy.files = lambda: [root / "tests" / "urls.py", root / "backoffice.py"]
    assert admin_guard.question(with_admin) == [], "the routes of tests, and one below another address, stay"
    assert admin_guard.move(with_admin, Draft(), Answers({"admin.path": "yes"})) == []


def test_an_admin_at_the_root_of_the_site_has_no_address_of_its_own(with_admin):
    with_admin.urls = [url("login/", "admin:login")]
    (with_admin.root / "urls.py").write_text(ROUTES.replace("'admin/'", "''"))
    assert admin_guard.is_usual("/")
    assert admin_guard.question(with_admin) == []


FORM = '<form method="post"><input name="username"><input type="password" name="password"></form>'


@pytest.mark.parametrize(
    ("at", "opens", "apps", "status", "showed"),
    [
        ("/admin/", True, [], "open", "urls.py:4: a password alone opens /admin/"),
        ("/manage/", True, [], "open", "a password alone opens /manage/"),
        ("/x7-Kq2/", True, [], "rehearsed", "only the path of its own shows it"),
        ("/admin/", False, ["django_otp"], "rehearsed", "a password alone does not open it: django_otp asks for more"),
        ("/admin/", False, [], "open", "the superuser could not log in"),
        ("/elsewhere/", True, [], "open", "no address shows the login of the admin"),
    ],
)
def test_an_admin_is_safe_at_its_own_path_or_with_a_second_factor(
    with_admin, monkeypatch, at, opens, apps, status, showed
):
    path = at if at != "/elsewhere/" else "/nowhere/"
    with_admin.urls = [url(f"{path.strip('/')}/login/", "admin:login")]
    with_admin.inspected["settings"]["INSTALLED_APPS"] = apps
    monkeypatch.setattr(admin_guard, "log_in", lambda *arguments: (opens, "the answers"))
    monkeypatch.setattr(t30, "ensure_superuser", lambda sandbox: {"username": "a", "email": "a", "password": "p"})
    sandbox = make_sandbox(site=Site({f"{at}login/": httpx.Response(200, text=FORM)}))
    [evidence] = t30.Limits(None)._admin(with_admin, sandbox)
    assert (evidence.status, showed in evidence.showed) == (status, True), evidence


def test_an_admin_that_leaves_the_login_to_the_site_is_open_at_its_own_path_only():
    to_login = httpx.Response(302, headers={"location": "/login/"}, request=httpx.Request("GET", f"https://{HOST}/"))
    walled = dict.fromkeys((f"/{name}/login/" for name in admin_guard.USUAL), to_login)
    site = Site({**walled, "/login/": httpx.Response(200, text=FORM)})
    assert admin_guard.open_at(site, "/admin/") == ["/admin/"]


@pytest.mark.parametrize(
    ("pages", "status", "showed"),
    [
        ({"/admin/": httpx.Response(302, headers={"location": "/x7-Kq2/"})}, "open",
         "a password alone opens /x7-Kq2/, a path that the redirect of /admin/ contains. Remove the path from the"),
        ({"/robots.txt": httpx.Response(200, text="User-agent: *\nDisallow: /x7-Kq2\n")}, "open",
         "a path that the page /robots.txt contains"),
        ({"/": httpx.Response(200, text='<a href="/x7-Kq2/login/">Staff</a>')}, "open",
         "a path that the page / contains"),
        ({"/": httpx.Response(200, text='<a href="/x7-Kq25/">Shop</a>')}, "rehearsed", "only the path of its own"),
        ({"/": httpx.Response(404, text="/x7-Kq2/")}, "rehearsed", "only the path of its own"),
    ],
)  # fmt: skip
def test_an_address_of_its_own_that_a_public_page_contains_is_none(with_admin, monkeypatch, pages, status, showed):
    with_admin.urls = [url("x7-Kq2/login/", "admin:login")]
    monkeypatch.setattr(admin_guard, "log_in", lambda *arguments: (True, "the answers"))
    monkeypatch.setattr(t30, "ensure_superuser", lambda sandbox: {"username": "a", "email": "a", "password": "p"})
    sandbox = make_sandbox(site=Site({"/x7-Kq2/login/": httpx.Response(200, text=FORM), **pages}))
    [evidence] = t30.Limits(None)._admin(with_admin, sandbox)
    assert (evidence.status, showed in evidence.showed) == (status, True), evidence


@pytest.mark.parametrize(
    ("real", "found", "status"),
    [
        (False, Rehearsed(True, "password and code do"), "rehearsed"),
        (False, Rehearsed(False, "a password alone opens /admin/"), "failed"),
        (False, Rehearsed(None, "no such user"), "open"),
        (True, Rehearsed(True, "never asked"), "open"),
    ],
)
def test_the_second_factor_that_was_added_is_tried_in_the_rehearsal_only(with_admin, monkeypatch, real, found, status):
    with_admin.inspected["settings"]["INSTALLED_APPS"] = ["shop.second_factor.SecondFactor"]
    monkeypatch.setattr(t30.second_factor, "rehearse", lambda *arguments: found)
    with_admin.origin = lambda name: f"settings.py, {name}"
    monkeypatch.setattr(admin_guard, "log_in", lambda *arguments: (True, "the answers"))
    monkeypatch.setattr(t30, "ensure_superuser", lambda sandbox: {"username": "a", "email": "a", "password": "p"})
    sandbox = make_sandbox(real=real, site=Site({"/admin/login/": httpx.Response(200, text=FORM)}))
    [evidence] = t30.Limits(None)._admin(with_admin, sandbox)
    assert evidence.status == status, evidence
    assert ("totpdevice/add" if real else found.showed) in evidence.showed
    assert ("MIDDLEWARE has no OTPMiddleware" in evidence.showed) is (found.holds is False), "the cause is named"
    assert bool(evidence.where) is (found.holds is False)


# ---- vulnerabilities


@pytest.fixture
def database(monkeypatch):
    loop, osv = EventLoop(), Osv()
    loop.run(osv.start())
    monkeypatch.setenv("GOLIVE_OSV_URL", osv.base_url)
    yield osv
    loop.run(osv.stop())
    loop.close()


def test_a_vulnerable_package_is_named_with_its_number_and_the_release_that_fixes_it(database, tmp_path):
    database.add("django", "5.2.1", "GHSA-aaaa", "4.2.30", "5.2.9", cve="CVE-2026-1")
    database.add("django", "5.2.1", "GHSA-bbbb", "5.2.11", cve="CVE-2026-2")
    database.add("django", "5.2.1", "GHSA-cccc", "5.2.3", cve="CVE-2026-3")
    database.add("nofix", "1.0", "PYSEC-9")
    installed = {"Django": "5.2.1", "nofix": "1.0", "requests": "2.32.0", "torch": "2.0+cpu", "own": "not-a-version"}
    found = vulnerabilities.find(installed, database.base_url, tmp_path)
    assert sorted(map(str, found)) == [
        "django 5.2.1: CVE-2026-1, CVE-2026-2 and 1 more, fixed in 5.2.11",
        "nofix 1.0: PYSEC-9, no fixed release yet",
    ]
    assert sorted(database.asked) == ["django==5.2.1", "nofix==1.0", "requests==2.32.0"]
    assert list(tmp_path.iterdir()) == [], "the list of packages is removed"


def test_a_name_that_is_none_reaches_no_file_that_pip_reads(database, tmp_path):
    assert vulnerabilities.find({"django": "5.2.1", "a\n-r /etc/passwd\nb": "1.0"}, database.base_url, tmp_path) == []
    assert database.asked == ["django==5.2.1"]


@pytest.fixture
def installed(tmp_path):
    """A sandbox whose release has one package."""
    record = tmp_path / "packages" / "django-5.2.1.dist-info" / "METADATA"
    record.parent.mkdir(parents=True)
    record.write_text("Metadata-Version: 2.1\nName: django\nVersion: 5.2.1\n")
    sandbox = make_sandbox()
    sandbox.release_environment = lambda: SimpleNamespace(packages=tmp_path / "packages")
    (tmp_path / "requirements.txt").write_text("django==5.2.1\n")
    project = FakeProject(tmp_path, work=tmp_path, dependencies=find(tmp_path, tmp_path))
    project.installed = lambda: {"versions": {}, "requires": {}}
    return project, sandbox


def test_the_users_variables_are_no_business_of_the_audit(monkeypatch):
    monkeypatch.setenv("PAYMENT_KEY", "planted")
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy.example:3128")
    environment = vulnerabilities._environment()
    assert "PAYMENT_KEY" not in environment
    assert environment["HTTPS_PROXY"] == "http://proxy.example:3128"


def audit(project, sandbox):
    with ThreadPoolExecutor(1) as beside:
        return list(vulnerable_packages.evidence(project, sandbox, vulnerable_packages.begin(project, sandbox, beside)))


def test_the_packages_of_the_release_are_audited(database, installed):
    project, sandbox = installed
    assert by_item(audit(project, sandbox)) == {"30.5": ("rehearsed", "1 package without a known vulnerability")}
    database.add("django", "5.2.1", "GHSA-aaaa", "5.2.9", cve="CVE-2026-1")
    [evidence] = audit(project, sandbox)
    assert (evidence.status, evidence.where) == ("failed", "requirements.txt:1")
    assert evidence.showed == (
        "django 5.2.1: CVE-2026-1, fixed in 5.2.9. Golive upgrades what it can with the answer packages.upgrade: yes"
    )


def test_the_packages_are_looked_up_while_the_requests_go_on(installed, monkeypatch):
    project, sandbox = installed
    requested = threading.Event()
    monkeypatch.setattr(vulnerabilities, "find", lambda *arguments: [] if requested.wait(30) else None)
    for part in ("_admin", "_disks", "_quota"):
        monkeypatch.setattr(t30.Limits, part, lambda *arguments: ())
    monkeypatch.setattr(t30.Limits, "_connections", lambda *arguments: requested.set() or ())
    assert by_item(t30.Limits(None).verify(project, sandbox, Answers({})))["30.5"][0] == "rehearsed"


def test_without_an_answer_or_without_pip_audit_nothing_is_said_about_packages(database, installed, monkeypatch):
    project, sandbox = installed
    database.broken = True
    [evidence] = audit(project, sandbox)
    assert (evidence.status, evidence.kind) == ("open", "undecided")
    assert "did not answer" in evidence.showed
    monkeypatch.setattr(vulnerabilities.importlib.util, "find_spec", lambda name: None)
    monkeypatch.setenv("PATH", str(project.root))
    [evidence] = audit(project, sandbox)
    assert (evidence.status, evidence.kind) == ("open", "undecided")
    assert "pip install 'django-golive[audit]'" in evidence.showed
