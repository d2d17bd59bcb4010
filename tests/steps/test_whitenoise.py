"""Task 9 checks the middleware, the storage, the collected files, and a stylesheet that gunicorn serves."""

from __future__ import annotations

from pathlib import Path

import pytest

from steps.shared.middleware import SECURITY
from steps.t09_whitenoise import (
    DEVELOPMENT,
    MIDDLEWARE,
    WITH_MANIFEST,
    WITHOUT_MANIFEST,
    WhiteNoise,
    _backend,
    _find_stylesheet,
)  # fmt: skip
from tests.steps.fakes import FakeProject, FakeSandbox, FakeSite, by_item, response
from wizard.checklist.evidence import Status

CSS = response(200, "a{}", content_type="text/css", cache_control="max-age=315360000")


def project_with(tmp_path, storage=WITH_MANIFEST, chain=(SECURITY, MIDDLEWARE), collected=()):
    for name in collected:
        path = tmp_path / "staticfiles" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    values = {"MIDDLEWARE": list(chain), "STATIC_URL": "/static/", "STORAGES": {"staticfiles": {"BACKEND": storage}}}
    project = FakeProject(tmp_path, values=values)
    project.inspected["overridden"] = ["STORAGES"]
    return project


def checked(project, answer=CSS):
    requested = []
    site = FakeSite(lambda method, path: requested.append(path) or answer)
    evidence = by_item(WhiteNoise(None).verify(project, FakeSandbox(site), None))
    return evidence, requested


@pytest.mark.parametrize(
    ("chain", "status", "showed"),
    [
        ((SECURITY, MIDDLEWARE, "shop.M"), Status.DONE, "right after SecurityMiddleware"),
        ((MIDDLEWARE,), Status.DONE, "right after SecurityMiddleware"),
        (
            (SECURITY, "a.B", MIDDLEWARE),
            Status.FAILED,
            "expected right after SecurityMiddleware, found at position 3",
        ),
        ((SECURITY,), Status.FAILED, "WhiteNoiseMiddleware is missing"),
    ],
)
def test_the_middleware_is_right_after_the_security_middleware(tmp_path, chain, status, showed):
    evidence, _ = checked(project_with(tmp_path, chain=chain))
    assert (evidence["9.1"].status, evidence["9.1"].showed) == (status, showed)


@pytest.mark.parametrize(
    ("storage", "status"), [(WITH_MANIFEST, Status.DONE), (WITHOUT_MANIFEST, Status.DONE), (DEVELOPMENT, Status.FAILED)]
)
def test_the_storage_is_one_of_whitenoise(tmp_path, storage, status):
    evidence, _ = checked(project_with(tmp_path, storage))
    assert (evidence["9.2"].status, evidence["9.2"].showed) == (status, storage)


@pytest.mark.parametrize(
    ("django", "values", "overridden", "backend"),
    [
        ((5, 2), {"STORAGES": {"staticfiles": {"BACKEND": "a.B"}}}, ["STORAGES"], "a.B"),
        ((5, 2), {"STATICFILES_STORAGE": "c.D"}, ["STATICFILES_STORAGE"], DEVELOPMENT),
        ((4, 2), {"STATICFILES_STORAGE": "c.D"}, ["STATICFILES_STORAGE"], "c.D"),
        ((3, 2), {"STORAGES": {"staticfiles": {"BACKEND": "a.B"}}, "STATICFILES_STORAGE": "c.D"}, ["STORAGES"], "c.D"),
        ((3, 2), {}, [], DEVELOPMENT),
    ],
)
def test_the_storage_is_read_from_the_setting_of_this_django(tmp_path, django, values, overridden, backend):
    project = FakeProject(tmp_path, values=values, django=django)
    project.inspected["overridden"] = overridden
    assert _backend(project) == backend


@pytest.mark.parametrize(
    ("storage", "collected", "status", "showed"),
    [
        (WITH_MANIFEST, ["a.css", "staticfiles.json"], Status.DONE, "2 files, with their manifest"),
        (WITH_MANIFEST, ["a.css"], Status.FAILED, "1 files, but no staticfiles.json"),
        (WITHOUT_MANIFEST, ["a.css"], Status.DONE, "1 files"),
        (WITHOUT_MANIFEST, [], Status.FAILED, "0 files"),
    ],
)
def test_files_are_collected_with_their_manifest(tmp_path, storage, collected, status, showed):
    evidence, _ = checked(project_with(tmp_path, storage, collected=collected))
    assert (evidence["9.3"].status, evidence["9.3"].showed) == (status, showed)


@pytest.mark.parametrize(
    ("answer", "status", "showed"),
    [
        (CSS, Status.DONE, "200 text/css, cache-control max-age=315360000"),
        (response(404, content_type="text/html"), Status.FAILED, "404 text/html, cache-control none"),
        (response(200, content_type="text/html"), Status.FAILED, "200 text/html, cache-control none"),
    ],
)
def test_gunicorn_serves_a_stylesheet(tmp_path, answer, status, showed):
    evidence, requested = checked(project_with(tmp_path, collected=["css/shop.css"]), answer)
    assert (evidence["9.4"].status, evidence["9.4"].showed) == (status, showed)
    assert requested == ["/static/css/shop.css"]


def test_without_a_stylesheet_nothing_is_requested(tmp_path):
    evidence, requested = checked(project_with(tmp_path, collected=["logo.png"]))
    assert (evidence["9.4"].status, evidence["9.4"].showed) == (Status.FAILED, "no stylesheet was collected")
    assert not requested


@pytest.mark.parametrize(
    ("names", "chosen"),
    [
        (["b.css", "a.css"], "a.css"),
        (["a.css", "admin/z.css"], "admin/z.css"),
        (["admin/a.css", "admin/b.0123456789ab.css"], "admin/b.0123456789ab.css"),
        (["a.js"], None),
    ],
)
def test_a_hashed_stylesheet_of_the_admin_is_preferred(names, chosen):
    assert _find_stylesheet([Path(name) for name in names]) == (Path(chosen) if chosen else None)
