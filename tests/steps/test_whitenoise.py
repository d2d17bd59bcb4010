"""Task 9 checks the middleware, the storage, the collected files, and a stylesheet that gunicorn serves."""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace

import pytest

from steps.shared import static_pages
from steps.t09_whitenoise import WITH_MANIFEST, WITHOUT_MANIFEST, WhiteNoise
from tests.steps.fakes import FakeProject, FakeSandbox, FakeSite, by_item, response, url
from wizard.checklist.evidence import Status
from wizard.plan.draft import Draft
from wizard.project.agent_answer import AgentError
from wizard.project.middleware_order import CORS, SECURITY, WHITENOISE, WhiteNoisePlace
from wizard.project.static_settings import DEFAULT_STORAGE, bucket_host, static_path, storage_backend, wants_manifest
from wizard.targets.verification.static_files import Collected

SESSIONS = "django.contrib.sessions.middleware.SessionMiddleware"
CSS = response(200, "a{}", content_type="text/css", cache_control="max-age=315360000")


def project_with(tmp_path, storage=WITH_MANIFEST, chain=(SECURITY, WHITENOISE), collected=(), **given):
    for name in collected:
        path = tmp_path / "staticfiles" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text('{"paths": {}}' if path.suffix == ".json" else "")
    values = {
        "MIDDLEWARE": list(chain), "STATIC_URL": "/static/", "STATIC_ROOT": "staticfiles",
        "STORAGES": {"staticfiles": {"BACKEND": storage}},
    }  # fmt: skip
    project = FakeProject(tmp_path, values={**values, **given})
    project.inspected["overridden"] = ["STORAGES"]
    return project


def checked(project, answer=CSS, page=None, error=None):
    """Evidence by item, and the paths that were requested. *page* is the admin's login page, if there is one."""
    requested = []
    if page is not None:
        project.urls = [url("admin/login/", "admin:login")]

    def respond(method, path):
        requested.append(path)
        return response(200, page, content_type="text/html") if path == "/admin/login/" else answer

    collected = Collected(project.root / "staticfiles", error)
    static_files = SimpleNamespace(collect=lambda fresh=False: collected)
    sandbox = FakeSandbox(FakeSite(respond), static_files=static_files)
    return by_item(WhiteNoise(None).verify(project, sandbox, None)), requested


@pytest.mark.parametrize(
    ("chain", "status", "showed"),
    [
        ((SECURITY, WHITENOISE, "shop.M"), Status.DONE, "right after SecurityMiddleware"),
        ((SECURITY, CORS, WHITENOISE), Status.DONE, "after SecurityMiddleware and CorsMiddleware"),
        ((CORS, SECURITY, WHITENOISE), Status.DONE, "after CorsMiddleware and SecurityMiddleware"),
        ((SECURITY, "shop.Tenants", WHITENOISE), Status.DONE, "after SecurityMiddleware and Tenants"),
        ((WHITENOISE,), Status.DONE, "first"),
        (
            (CORS, WHITENOISE, SECURITY), Status.FAILED,
            "comes before SecurityMiddleware",
        ),
        (
            (SECURITY, CORS, SESSIONS, WHITENOISE), Status.FAILED,
            "comes after SessionMiddleware",
        ),
        ((SECURITY,), Status.FAILED, "WhiteNoiseMiddleware is missing"),
    ],
)  # fmt: skip
def test_whitenoise_comes_after_security_and_before_sessions(tmp_path, chain, status, showed):
    evidence, _ = checked(project_with(tmp_path, chain=chain, collected=["a.css"]))
    assert (evidence["9.1"].status, evidence["9.1"].showed) == (status, showed)


def test_middleware_above_whitenoise_is_wrong_if_a_stylesheet_is_not_served(tmp_path):
    project = project_with(tmp_path, chain=(SECURITY, "shop.Gate", WHITENOISE), collected=["a.css"])
    evidence, _ = checked(project, response(503, content_type="text/html"))
    assert evidence["9.1"].status is Status.FAILED
    assert evidence["9.1"].showed.startswith("comes after Gate, and /static/a.css got 503 text/html")


@pytest.mark.parametrize(
    ("storage", "status"),
    [(WITH_MANIFEST, Status.DONE), (WITHOUT_MANIFEST, Status.DONE), (DEFAULT_STORAGE, Status.FAILED)],
)
def test_the_storage_is_one_of_whitenoise(tmp_path, storage, status):
    evidence, _ = checked(project_with(tmp_path, storage))
    assert (evidence["9.2"].status, evidence["9.2"].showed) == (status, storage)


@pytest.mark.parametrize("name", ["WHITENOISE_AUTOREFRESH", "WHITENOISE_USE_FINDERS"])
def test_a_mode_for_development_is_named(tmp_path, name):
    evidence, _ = checked(project_with(tmp_path, **{name: True}))
    assert (evidence["9.2"].status, evidence["9.2"].showed) == (Status.FAILED, f"{name} is True")


@pytest.mark.parametrize(
    ("text", "showed"),
    [
        ("{% static 'css/gone.css' %}", "pages/a.html:2 refers to css/gone.css, which no app contains"),
        ("{% static 'a.css' %}{% static 'icons.svg#cart' %}{% static 'img/' %}", "200 text/css"),
    ],
)
def test_a_template_must_not_refer_to_a_file_that_was_not_collected(tmp_path, text, showed):
    project = project_with(tmp_path, collected=["a.0123456789ab.css"])
    manifest = '{"paths": {"a.css": "a.0123456789ab.css", "icons.svg": "icons.0123456789ab.svg"}}'
    (tmp_path / "staticfiles/staticfiles.json").write_text(manifest)
    (tmp_path / "pages").mkdir()
    (tmp_path / "pages/a.html").write_text(f"<p>\n{text}\n")
    project.template_folders = lambda: [tmp_path / "pages"]
    evidence, _ = checked(project)
    assert evidence["9.4"].showed.startswith(showed)


@pytest.mark.parametrize("name", ["STATIC_ROOT", "WHITENOISE_ROOT"])
def test_the_projects_own_code_must_not_be_published(tmp_path, name):
    (tmp_path / "manage.py").write_text("")
    project = project_with(tmp_path, WITHOUT_MANIFEST, collected=["a.css"], **{name: str(tmp_path)})
    evidence, _ = checked(project)
    assert evidence["9.4"].status is Status.FAILED
    assert evidence["9.4"].showed == f"{name} is ., so visitors can read manage.py"


def test_an_error_of_djangos_own_check_of_static_files_fails(tmp_path):
    project = project_with(tmp_path, collected=["a.css", "staticfiles.json"])
    project.inspected["messages"] = [{"id": "staticfiles.E002", "text": "STATICFILES_DIRS contains STATIC_ROOT"}]
    evidence, _ = checked(project)
    assert evidence["9.3"].showed == "staticfiles.E002: STATICFILES_DIRS contains STATIC_ROOT"


@pytest.mark.parametrize(
    ("django", "values", "overridden", "backend"),
    [
        ((5, 2), {"STORAGES": {"staticfiles": {"BACKEND": "a.B"}}}, ["STORAGES"], "a.B"),
        ((5, 2), {"STATICFILES_STORAGE": "c.D"}, ["STATICFILES_STORAGE"], DEFAULT_STORAGE),
        ((4, 2), {"STATICFILES_STORAGE": "c.D"}, ["STATICFILES_STORAGE"], "c.D"),
        ((3, 2), {"STORAGES": {"staticfiles": {"BACKEND": "a.B"}}, "STATICFILES_STORAGE": "c.D"}, ["STORAGES"], "c.D"),
        ((3, 2), {}, [], DEFAULT_STORAGE),
    ],
)
def test_the_storage_is_read_from_the_setting_of_this_django(tmp_path, django, values, overridden, backend):
    project = FakeProject(tmp_path, values=values, django=django)
    project.inspected["overridden"] = overridden
    assert storage_backend(project) == backend


@pytest.mark.parametrize(
    ("storage", "collected", "status", "showed"),
    [
        (WITH_MANIFEST, ["a.css", "staticfiles.json"], Status.DONE, "2 files, with their manifest"),
        (WITH_MANIFEST, ["a.css"], Status.FAILED, "1 files, but no staticfiles.json"),
        (WITHOUT_MANIFEST, ["a.css"], Status.DONE, "1 files"),
        (WITHOUT_MANIFEST, [], Status.FAILED, "0 files"),
    ],
)
def test_collectstatic_writes_files_with_their_manifest(tmp_path, storage, collected, status, showed):
    evidence, _ = checked(project_with(tmp_path, storage, collected=collected))
    assert (evidence["9.3"].status, evidence["9.3"].showed) == (status, showed)


@pytest.mark.parametrize(
    ("settings", "error", "showed"),
    [
        ({"STATIC_ROOT": None}, None, "STATIC_ROOT is not set, so collectstatic has no folder"),
        ({}, AgentError("ValueError", "the file 'x.png' could not be found"), "ValueError: the file 'x.png' could"),
    ],
)
def test_collectstatic_has_to_succeed_again_whatever_is_there(tmp_path, settings, error, showed):
    project = project_with(tmp_path, collected=["a.css", "staticfiles.json"], **settings)
    evidence, _ = checked(project, error=error)
    assert evidence["9.3"].status is Status.FAILED
    assert evidence["9.3"].showed.startswith(showed)


@pytest.mark.parametrize(
    ("answer", "status", "showed"),
    [
        (CSS, Status.DONE, "200 text/css, cache-control max-age=315360000"),
        (response(404, content_type="text/html"), Status.FAILED, "404 text/html, cache-control none"),
        (response(200, content_type="text/html"), Status.FAILED, "200 text/html, cache-control none"),
    ],
)
def test_gunicorn_serves_a_stylesheet(tmp_path, answer, status, showed):
    evidence, requested = checked(project_with(tmp_path, WITHOUT_MANIFEST, collected=["css/shop.css"]), answer)
    assert (evidence["9.4"].status, evidence["9.4"].showed) == (status, showed)
    assert requested == ["/static/css/shop.css"]


@pytest.mark.parametrize(
    ("storage", "href", "fetched", "status"),
    [
        (WITH_MANIFEST, "/shop/static/admin/css/base.0123456789ab.css", "", Status.DONE),
        (WITH_MANIFEST, "/shop/static/admin/css/base.css", "", Status.FAILED),
        (WITHOUT_MANIFEST, "../../static/admin/css/base.css", "/static/admin/css/base.css", Status.DONE),
        (WITHOUT_MANIFEST, "https://cdn.example.com/static/a.css?v=1", "/static/a.css", Status.DONE),
    ],
)
def test_the_stylesheet_that_the_admin_links_is_fetched(tmp_path, storage, href, fetched, status):
    page = f'<link rel="icon" href="/i.png"><link rel="stylesheet" href="{href}">'
    project = project_with(tmp_path, storage, collected=["css/shop.css"])
    evidence, requested = checked(project, page=page)
    assert evidence["9.4"].status is status, evidence["9.4"].showed
    assert evidence["9.4"].ran.endswith("as /admin/login/ links it")
    assert requested == ["/admin/login/", fetched or href]


def test_without_a_stylesheet_only_the_page_is_requested(tmp_path):
    evidence, requested = checked(project_with(tmp_path, collected=["logo.png"]), page="<p>no stylesheet</p>")
    assert (evidence["9.4"].status, evidence["9.4"].showed) == (Status.FAILED, "staticfiles/ has no stylesheet")
    assert requested == ["/admin/login/"]


@pytest.mark.parametrize(
    ("names", "manifest", "chosen"),
    [
        (["b.css", "a.css"], None, "a.css"),
        (["a.css", "admin/z.css"], None, "admin/z.css"),
        (["admin/a.css"], {"a.css": "a.0123.css", "admin/a.css": "admin/a.0123.css"}, "admin/a.0123.css"),
        (["a.js"], None, None),
        (["a.css"], "not a manifest", "a.css"),
    ],
)
def test_a_stylesheet_of_the_admin_is_preferred_under_its_name_in_the_manifest(tmp_path, names, manifest, chosen):
    for name in names:
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    if manifest:
        (tmp_path / "staticfiles.json").write_text(
            json.dumps({"paths": manifest}) if isinstance(manifest, dict) else ""
        )
    assert static_pages.find_stylesheet(tmp_path) == chosen


@pytest.mark.parametrize(
    ("name", "collected"),
    [
        ("css/a.css", True), ("css/a.css.gz", True), ("css/a.0123456789ab.css", True), ("staticfiles.json", True),
        ("css/a.0123456789ab.css.br", True), ("css/own.css", False), ("robots.txt", False),
    ],
)  # fmt: skip
def test_files_that_collectstatic_does_not_write_stay_in_git(tmp_path, name, collected):
    (tmp_path / "css").mkdir()
    (tmp_path / "css" / "a.css").touch()
    assert static_pages.is_collected(Path(name), tmp_path) is collected


@pytest.mark.parametrize(
    ("static_url", "path"),
    [
        ("static/", "/static/"), ("/shop/static/", "/shop/static/"), ("https://cdn.example.com/s/", "/s/"),
        (None, "/static/"), ("/", "/"),
    ],
)  # fmt: skip
def test_the_path_of_static_url_is_served(tmp_path, static_url, path):
    assert static_path(FakeProject(tmp_path, values={"STATIC_URL": static_url})) == path


@pytest.mark.parametrize(
    ("static_url", "storage", "given", "host"),
    [
        ("/static/", WITH_MANIFEST, {}, ""),
        ("https://cdn.example.com/static/", WITH_MANIFEST, {}, ""),
        ("https://cdn.example.com/static/", "shop.storage.Manifest", {}, ""),
        ("https://cdn.example.com/static/", "storages.backends.s3.S3Storage", {}, "cdn.example.com"),
        ("https://cdn.example.com/static/", "shop.storage.StaticS3Storage", {}, "cdn.example.com"),
        (
            "https://a.example.com/s/",
            WITH_MANIFEST,
            {"AWS_S3_CUSTOM_DOMAIN": "a.example.com"},
            "a.example.com",
        ),
        ("https://shop.s3.eu-west-1.amazonaws.com/static/", WITH_MANIFEST, {}, "shop.s3.eu-west-1.amazonaws.com"),
        ("//storage.googleapis.com/shop/", WITH_MANIFEST, {}, "storage.googleapis.com"),
        ("https://myamazonaws.com/static/", WITH_MANIFEST, {}, ""),
    ],
)
def test_pages_must_not_link_static_files_in_a_bucket_that_gets_none(tmp_path, static_url, storage, given, host):
    project = project_with(tmp_path, storage, collected=["a.css"], STATIC_URL=static_url, **given)
    assert bucket_host(project) == host
    if "whitenoise" in storage:
        evidence, _ = checked(project)
        assert (f"STATIC_URL leads to {host}, where" in evidence["9.4"].showed) is bool(host)


def test_a_manifest_storage_in_the_setting_that_django_ignores_is_noticed(tmp_path):
    project = project_with(tmp_path, WITHOUT_MANIFEST, STATICFILES_STORAGE=WITH_MANIFEST)
    assert wants_manifest(project)
    assert not wants_manifest(project_with(tmp_path, WITHOUT_MANIFEST))


@pytest.mark.parametrize(
    ("chain", "anchor"),
    [
        ([CORS, WHITENOISE, SECURITY], SECURITY),
        ([SECURITY, CORS, SESSIONS], CORS),
        ([WHITENOISE, SECURITY, SESSIONS], SECURITY),
        ([CORS, SESSIONS], CORS),
        ([SESSIONS, WHITENOISE], ""),
    ],
)
def test_whitenoise_belongs_below_security_and_cors(chain, anchor):
    assert WhiteNoisePlace.of(chain).anchor == anchor


GATE, COMMON = "shop.Gate", "django.middleware.common.CommonMiddleware"


@pytest.mark.parametrize(
    ("chain", "expected"),
    [
        ([SECURITY, SESSIONS], [SECURITY, WHITENOISE, SESSIONS]),
        ([SECURITY, CORS, SESSIONS], [SECURITY, CORS, WHITENOISE, SESSIONS]),
        ([CORS, WHITENOISE, SECURITY, SESSIONS], [CORS, SECURITY, WHITENOISE, SESSIONS]),
        ([SECURITY, SESSIONS, COMMON, WHITENOISE], [SECURITY, WHITENOISE, SESSIONS, COMMON]),
        ([SECURITY, CORS, WHITENOISE, SESSIONS], None),
        ([CORS, SECURITY, WHITENOISE, SESSIONS], None),
        ([SECURITY, "shop.Tenants", WHITENOISE, SESSIONS], None),
        ([SECURITY, GATE, WHITENOISE], [SECURITY, WHITENOISE, GATE]),
        ([GATE, SECURITY, WHITENOISE], [SECURITY, WHITENOISE, GATE]),
        ([CORS, GATE, SECURITY, WHITENOISE], [CORS, SECURITY, WHITENOISE, GATE]),
        ([GATE, WHITENOISE, SESSIONS], [WHITENOISE, GATE, SESSIONS]),
        ([SESSIONS, SECURITY], [SECURITY, WHITENOISE, SESSIONS]),
        ([], [WHITENOISE]),
    ],
)
def test_whitenoise_gets_its_place_within_three_rounds(tmp_path, monkeypatch, chain, expected):
    def not_served(project, sandbox):
        names = project.value("MIDDLEWARE")
        return "GET /static/a.css got 503" if GATE in names[: names.index(WHITENOISE)] else ""

    monkeypatch.setattr(static_pages, "not_served", not_served)
    text = "MIDDLEWARE = [\n" + "".join(f'    "{name}",  # {name}\n' for name in chain) + "]\n"
    for _ in range(3):
        settings = {}
        exec(text, settings)
        project = FakeProject(tmp_path, text, {"MIDDLEWARE": settings["MIDDLEWARE"]})
        draft = Draft()
        lines = WhiteNoise(None)._place_middleware(project, None, draft, [])
        source = draft.source(project.settings.main)
        if lines:
            source.append("\n" + "\n".join(lines) + "\n")
        text = source.result().decode()
    settings = {}
    exec(text, settings)
    assert settings["MIDDLEWARE"] == (expected or chain)
    for name in chain:
        assert f'    "{name}",  # {name}\n' in text, "comments stay with their entry"
