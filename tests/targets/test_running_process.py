"""What a running service does otherwise than its evidence says, and which items that makes untrue."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import httpx
import pytest

from tests.steps.deployed import Site
from tests.steps.fakes import FakeProject
from wizard.targets import contradictions
from wizard.targets.local import running_process
from wizard.targets.local.observer import ProcessReport

PRODUCTION, DEV = "shop.settings.production", "shop.settings.dev"
JUDGED = {
    "DEBUG": False,
    "ALLOWED_HOSTS": ["shop.example"],
    "DATABASES": {"default": {"ENGINE": "postgresql", "NAME": "shop", "HOST": "db", "PORT": ""}},
    "STATIC_ROOT": "/copy/static",
}


def report(command="", stage="request", module=PRODUCTION, given="", prefix="/venv", assigned=None,
           **settings):  # fmt: skip
    assigned = {"DJANGO_SETTINGS_MODULE": ("shop/wsgi.py", 3)} if assigned is None else assigned
    return ProcessReport(stage, command, "python", prefix, module, given, assigned, ("shop/wsgi.py", 5),
                         {**JUDGED, **settings})  # fmt: skip


class Observed:
    def __init__(self, *reports):
        self.all = list(reports)

    def reports(self):
        return self.all

    def web_process(self):
        return next((each for each in self.all if not each.command), None)


@pytest.fixture
def found(tmp_path):
    """The contradictions of processes in a project with *files*, as (items, found, where)."""

    def found(*reports, env="", environment=None, **files):
        for path, text in {"Procfile": "web: gunicorn shop.wsgi\n", "requirements.txt": "", **files}.items():
            (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / path).write_text(text)
        text = 'import os\nDEBUG = os.environ.get("DEBUG") == "True"\n'
        project = FakeProject(
            tmp_path, text, production_module=PRODUCTION, settings_under=lambda *_, **__: [{"settings": JUDGED}],
            copy=SimpleNamespace(folder=tmp_path / "copy"),
            dependencies=SimpleNamespace(path=tmp_path / "requirements.txt"),
        )  # fmt: skip
        project.production_env.write_text(env)
        deployment = SimpleNamespace(
            project=project, observer=Observed(*reports), python=Path("/venv/bin/python"), folder=tmp_path / "deployed"
        )
        seen = running_process.contradictions(deployment, lambda: environment or {})
        return [(each.items, each.found, each.where) for each in seen]

    return found


def test_a_process_with_the_judged_settings_contradicts_nothing(found):
    assert found(report()) == []
    assert found() == []


def test_another_module_with_the_same_values_is_fine(found):
    assert found(report(module="shop.settings")) == []


def test_the_line_of_wsgi_py_that_chose_other_settings_is_named(found):
    [one] = found(report(module=DEV, DEBUG=True))
    assert one == (
        ("17.1", "2.2", "15.2"),
        f"the server runs with {DEV}, not {PRODUCTION}: DEBUG is True instead of False",
        "shop/wsgi.py:3",
    )


def test_each_setting_that_differs_makes_its_own_items_untrue(found):
    items = [items for items, _, _ in found(report(module=DEV, DEBUG=True, ALLOWED_HOSTS=["*"], STATIC_ROOT="/other"))]
    assert items == [("17.1", "2.2", "15.2"), ("17.1", "15.3"), ("17.1", "9.2")]


@pytest.mark.parametrize(
    ("files", "seen", "where", "starts"),
    [
        ({"Procfile": "web: DEBUG=True gunicorn shop.wsgi\n"}, {}, "Procfile:1", True),
        (
            {"gunicorn.conf.py": 'workers = 1\nraw_env = ["DEBUG=True"]\n'},
            {"DEBUG": ("gunicorn", 0)},
            "gunicorn.conf.py:2",
            True,
        ),
        ({}, {"DEBUG": ("shop/wsgi.py", 4)}, "shop/wsgi.py:4", False),
        ({}, {"DEBUG": ("sitecustomize.py", 2)}, "sitecustomize.py:2", False),
    ],
)
def test_the_place_of_a_variable_is_named(found, files, seen, where, starts):
    [(items, text, place)] = found(report(assigned=seen, DEBUG=True), **files)
    assert (text, place, "16.1" in items) == ("DEBUG is True instead of False", where, starts)


def test_debug_that_is_on_is_wrong_even_where_it_was_judged_so(found, monkeypatch):
    monkeypatch.setitem(JUDGED, "DEBUG", True)
    [(items, text, _)] = found(report())
    assert (items, text) == (("17.1", "2.2", "15.2"), "DEBUG is True instead of False")


def test_a_module_of_the_services_variables_is_named_with_its_line(found):
    seen = report(module=DEV, given=DEV, assigned={}, DEBUG=True)
    [(_, _, where)] = found(
        seen, env=f"TEA=green\nDJANGO_SETTINGS_MODULE={DEV}\n", environment={"DJANGO_SETTINGS_MODULE": DEV}
    )
    assert where == ".env.production:2"


def test_another_interpreter_is_found(found):
    [(items, text, where)] = found(report(prefix="/usr"), Procfile="web: /usr/bin/python -m gunicorn shop.wsgi\n")
    assert (items, where) == (("17.1", "16.1"), "Procfile:1")
    assert "/usr" in text


def test_management_commands_must_use_the_database_of_the_server(found):
    other = {"default": {"ENGINE": "sqlite3", "NAME": "db", "HOST": "", "PORT": ""}}
    migrate = report("migrate", "setup", DEV,
                     assigned={"DJANGO_SETTINGS_MODULE": ("manage.py", 7)}, DATABASES=other)  # fmt: skip
    [(items, text, where)] = found(migrate, report())
    assert (items, where) == (("17.1",), "manage.py:7")
    assert f"migrate used {DEV}, where DATABASES is sqlite3" in text
    same = report("migrate", "setup", DEV, DEBUG=True)
    assert found(same, report()) == [], "DEBUG does not change what a command makes"


@pytest.mark.parametrize(
    ("text", "count"),
    [("<h1>Tea is out</h1>", 0), ("<p>Using the URLconf defined in <code>shop.urls</code></p>", 1),
     ("<p>You’re seeing this error because you have <code>DEBUG = True</code></p>", 1)],
)  # fmt: skip
def test_a_debug_page_is_seen_from_outside(text, count):
    found = contradictions.from_outside(Site({contradictions.MISSING: httpx.Response(404, text=text)}))
    assert [each.items for each in found] == [("2.2", "15.2")] * count
