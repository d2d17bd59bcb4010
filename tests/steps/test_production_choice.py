"""The variable that chooses production's settings, and what would override it."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from steps.shared import production_choice
from tests.projects.parts import wsgi
from tests.steps.fakes import FakeProject
from wizard.plan.draft import Draft
from wizard.project.start_sources import find

PRODUCTION, DEV = "shop.settings.production", "shop.settings.dev"
SETTINGS = 'import os\nDEBUG = os.environ.get("DEBUG") == "True"\n'


def project(root, files=None, *, debug=False, **given):
    for path, text in {"requirements.txt": "", "manage.py": "", **(files or {})}.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text)
    usual = {"production_module": PRODUCTION, "settings_module": PRODUCTION, "served_module": PRODUCTION,
             "start_variables": {}, "snapshot": object()}  # fmt: skip
    made = FakeProject(root, SETTINGS, {"DEBUG": debug}, **{**usual, **given})
    made.copy = SimpleNamespace(known=lambda: set(root.rglob("*.py")), at=lambda path: path, folder=root)
    made.service_values = lambda: made.env_values(made.production_env)
    return made


@pytest.mark.parametrize(
    ("given", "files", "variables"),
    [
        ({}, {}, {}),
        ({"served_module": DEV}, {}, {"DJANGO_SETTINGS_MODULE": PRODUCTION}),
        ({"settings_module": DEV}, {}, {"DJANGO_SETTINGS_MODULE": PRODUCTION}),
        ({"settings_module": DEV}, {".env.production": f"DJANGO_SETTINGS_MODULE={PRODUCTION}\n"}, {}),
        ({}, {".env.production": f"DJANGO_SETTINGS_MODULE={DEV}\n"}, {"DJANGO_SETTINGS_MODULE": PRODUCTION}),
        ({}, {"Dockerfile": f"FROM python\nENV DJANGO_SETTINGS_MODULE={DEV}\nCMD gunicorn a.wsgi\n"},
         {"DJANGO_SETTINGS_MODULE": PRODUCTION}),
    ],
)  # fmt: skip
def test_the_variable_is_set_where_something_else_would_choose(tmp_path, given, files, variables):
    assert production_choice.module_variable(project(tmp_path, files, **given)) == variables


def test_a_forced_module_becomes_a_default(tmp_path):
    forced = wsgi(DEV).replace(
        f'.setdefault("DJANGO_SETTINGS_MODULE", "{DEV}")', f'["DJANGO_SETTINGS_MODULE"] = "{DEV}"  # 1'
    )
    good = wsgi(DEV).replace(
        f'.setdefault("DJANGO_SETTINGS_MODULE", "{DEV}")', f'["DJANGO_SETTINGS_MODULE"] = "{PRODUCTION}"'
    )
    draft = Draft()
    made = project(tmp_path, {"shop/wsgi.py": forced, "shop/asgi.py": good})
    production_choice.let_variable_decide(made, draft)
    [action] = draft.actions()
    assert (action.path, action.after.decode()) == (tmp_path / "shop/wsgi.py", wsgi(DEV).replace('dev")', 'dev")  # 1'))


@pytest.mark.parametrize(
    ("command", "debug", "corrected"),
    [
        (
            f"DJANGO_SETTINGS_MODULE={DEV} gunicorn a.wsgi",
            False,
            f"DJANGO_SETTINGS_MODULE={PRODUCTION} gunicorn a.wsgi",
        ),
        (
            f"env DJANGO_SETTINGS_MODULE='{DEV}' gunicorn a",
            False,
            f"env DJANGO_SETTINGS_MODULE='{PRODUCTION}' gunicorn a",
        ),
        ("DEBUG=True gunicorn a.wsgi", True, "DEBUG=False gunicorn a.wsgi"),
        ("DEBUG=True gunicorn a.wsgi", False, "DEBUG=True gunicorn a.wsgi"),
        ("TEA=True gunicorn a.wsgi --env DEBUG=1", True, "TEA=True gunicorn a.wsgi --env DEBUG=False"),
        (f"DJANGO_SETTINGS_MODULE={PRODUCTION} gunicorn a", False, f"DJANGO_SETTINGS_MODULE={PRODUCTION} gunicorn a"),
        (f"python manage.py runserver --settings={DEV}", False, f"python manage.py runserver --settings={PRODUCTION}"),
    ],
)
def test_what_the_start_command_overrides_is_corrected(tmp_path, command, debug, corrected):
    made = project(tmp_path, {"Procfile": f"web: {command}\n"}, debug=debug)
    source = find(tmp_path, tmp_path)
    assert production_choice.corrected(made, source, source.path, source.command) == corrected
    problems = production_choice.start_problems(made, source)
    assert bool(problems) is (command != corrected)
    assert all(each.place == "Procfile:1" for each in problems)


@pytest.mark.parametrize(
    ("files", "path", "after"),
    [
        ({"Procfile": f"# how it starts\nweb: DJANGO_SETTINGS_MODULE={DEV} gunicorn a.wsgi\nworker: celery\n"},
         "Procfile", f"# how it starts\nweb: DJANGO_SETTINGS_MODULE={PRODUCTION} gunicorn a.wsgi\nworker: celery\n"),
        ({"Procfile": "web: sh start.sh\n", "start.sh": "export DEBUG=True  # for us\nexec gunicorn a.wsgi\n"},
         "start.sh", "export DEBUG=False  # for us\nexec gunicorn a.wsgi\n"),
        ({"Procfile": "web: gunicorn a.wsgi\n", "gunicorn.conf.py": 'raw_env = ["DEBUG=True"]\n'}, "gunicorn.conf.py",
         'raw_env = ["DEBUG=False"]\n'),
    ],
)  # fmt: skip
def test_the_start_is_corrected_where_it_sets_the_variable(tmp_path, files, path, after):
    made, draft = project(tmp_path, files, debug=True), Draft()
    production_choice.correct_start(made, draft)
    [action] = draft.actions()
    assert (action.path, action.after.decode()) == (tmp_path / path, after)


@pytest.mark.parametrize(
    ("files", "debug", "where", "found"),
    [
        ({"manage.py": f'import os\n\nos.environ.setdefault("DJANGO_SETTINGS_MODULE", "{DEV}")\n'}, False,
         "manage.py:3", f"manage.py loads {DEV}"),
        ({".env.production": "A=1\nDEBUG=True\n"}, True, ".env.production:2", "DEBUG is True"),
        ({".env.production": f"DJANGO_SETTINGS_MODULE={DEV}\n"}, False, ".env.production:1", f"loads {DEV}"),
        ({"Procfile": "web: python manage.py migrate --settings shop.settings.dev && gunicorn a.wsgi\n"}, False,
         "Procfile:1", f"manage.py loads {DEV}"),
    ],
)  # fmt: skip
def test_evidence_names_the_line(tmp_path, files, debug, where, found):
    problems = list(production_choice.problems(project(tmp_path, files, debug=debug)))
    assert found in problems[0].found and problems[0].place == where


def test_a_project_that_chooses_right_has_no_problem(tmp_path):
    files = {
        "shop/wsgi.py": wsgi(PRODUCTION),
        ".env.production": "DEBUG=False\n",
        "Procfile": "web: gunicorn shop.wsgi\n",
    }
    assert list(production_choice.problems(project(tmp_path, files))) == []
