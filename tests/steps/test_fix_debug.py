"""Task 2 checks DEBUG for each value of its variable, the module a server loads, and both error pages."""

from __future__ import annotations

import pytest

from steps.t02_fix_debug import FixDebug
from tests.steps.fakes import FakeProject, FakeSandbox, FakeSite, by_item, response
from wizard.checklist.evidence import Status

OWN = "<h1>Tea is out</h1>"
DJANGO = "<h1>Not Found</h1><p>The requested resource was not found on this server.</p>"


class Project(FakeProject):
    """Its interpreter says *debug* for the variable unset, False, 0 and True."""

    def __init__(self, root, debug=(False, False, False, True), **given):
        modules = dict.fromkeys(("served_module", "settings_module", "production_module"), "shop.settings")
        super().__init__(
            root, 'import os\nDEBUG = os.getenv("DEBUG") == "True"\n', {"DEBUG": False}, **{**modules, **given}
        )
        self.debug, self.interpreter, self.snapshot, self.start_variables = debug, self, object(), {}

    def service_values(self):
        return self.env_values(self.production_env)

    def production_environment(self, **values):
        return dict(values)

    def request(self, operation, **given):
        return operation

    def ask_all(self, requests):
        return [{"settings": {"DEBUG": value}} if isinstance(value, bool) else value for value in self.debug]

    def template_folders(self):
        return [self.root]


def checked(project, missing=None, error=None):
    error = error or response(500, OWN)
    pages = {"/golive-raises/": error, "/golive-view-raises/": error, "/golive-missing/": response(404, OWN)}
    site = FakeSite(lambda method, path, **sent: pages.get(path, missing or response(404, OWN)))
    return list(FixDebug(None).verify(project, FakeSandbox(site), None))


def with_pages(project):
    for code in (404, 500):
        (project.root / f"{code}.html").write_text(OWN)
    return project


@pytest.mark.parametrize(
    ("debug", "status", "showed"),
    [
        ((False, False, False, True), Status.DONE, "unset → False, False → False, 0 → False, True → True"),
        ((False, False, False, False), Status.DONE, "True → False"),
        ((True, False, False, True), Status.FAILED, "unset → True"),
        ((False, True, True, True), Status.FAILED, "0 → True"),
        (({"error": {"type": "KeyError", "message": "DEBUG"}}, False, False, True), Status.FAILED, "unset → KeyError"),
    ],
)
def test_debug_is_off_unless_its_variable_is_true(tmp_path, debug, status, showed):
    evidence = by_item(checked(Project(tmp_path, debug)))["2.1"]
    assert evidence.status is status
    assert showed in evidence.showed
    assert evidence.ran == "settings.DEBUG with DEBUG unset, False, 0 and True"


@pytest.mark.parametrize(
    ("missing", "error", "status"),
    [(404, 500, Status.DONE), (302, 500, Status.DONE), (500, 500, Status.FAILED), (404, 200, Status.DONE)],
)
def test_the_site_answers_with_debug_off(tmp_path, missing, error, status):
    evidence = by_item(checked(Project(tmp_path), response(missing, OWN), response(error, OWN)))["2.2"]
    assert evidence.status is status
    assert evidence.showed.startswith(f"a missing page {missing}, an error {error}")


@pytest.mark.parametrize(("env", "fails"), [("", True), ("DJANGO_SETTINGS_MODULE=shop.production\n", False)])
def test_a_server_must_load_the_production_settings(tmp_path, env, fails):
    project = Project(tmp_path, production_module="shop.production")
    project.production_env.write_text(env)
    found = [evidence for evidence in checked(project) if evidence.item == "2.2" and evidence.status is Status.FAILED]
    assert bool(found) is fails
    assert not fails or found[0].showed == (
        "manage.py loads shop.settings there, not shop.production, because nothing sets "
        "DJANGO_SETTINGS_MODULE=shop.production"
    )
    assert not fails or found[0].where == "manage.py:1"


@pytest.mark.parametrize(
    ("missing", "status", "showed"),
    [
        (response(404, OWN), Status.DONE, "404, 19 bytes, without debug details"),
        (response(404, DJANGO), Status.FAILED, "not a page of the project"),
        (response(404, OWN + "Using the URLconf"), Status.FAILED, "the page shows Django's debug page"),
        (response(200, "<app-root>"), Status.DONE, "404, 19 bytes"),
    ],
    ids=["own template", "Django's page", "debug page", "a frontend answers everywhere, so a view raises Http404"],
)
def test_the_404_page_is_the_projects_own(tmp_path, missing, status, showed):
    evidence = by_item(checked(with_pages(Project(tmp_path)), missing))["2.3"]
    assert evidence.status is status
    assert showed in evidence.showed


def test_an_error_page_may_come_from_a_handler_and_shows_no_traceback(tmp_path):
    project = Project(tmp_path)
    assert by_item(checked(project))["2.4"].status is Status.FAILED, "no template and no handler"
    project.inspected["handlers"] = [500]
    evidence = by_item(checked(project))["2.4"]
    assert (evidence.status, evidence.showed) == (
        Status.DONE,
        "500, 19 bytes, from the project's handler500, without debug details",
    )
    leaking = by_item(checked(project, error=response(500, "Traceback (most recent call last)")))["2.4"]
    assert leaking.status is Status.FAILED
