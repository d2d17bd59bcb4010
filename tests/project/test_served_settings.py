"""Which settings the server's process will load, before there is one."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from tests.projects.parts import wsgi
from tests.steps.fakes import FakeProject
from wizard.project import served_settings
from wizard.project.start_sources import find

PRODUCTION, DEV = "shop.settings.production", "shop.settings.dev"
FORCED = wsgi(DEV).replace(f'.setdefault("DJANGO_SETTINGS_MODULE", "{DEV}")', f'["DJANGO_SETTINGS_MODULE"] = "{DEV}"')
UNNAMED = wsgi("x").replace('os.environ.setdefault("DJANGO_SETTINGS_MODULE", "x")\n', "")
LOADS = wsgi(PRODUCTION).replace("import os\n", "import os\nfrom dotenv import load_dotenv\nload_dotenv()\n", 1)


@pytest.mark.parametrize(
    ("text", "choice"),
    [
        (wsgi(PRODUCTION), (PRODUCTION, 3, False, True)),
        ('"""Serves."""\n' + wsgi(DEV), (DEV, 4, False, True)),
        (FORCED, (DEV, 3, True, True)),
        (LOADS, (PRODUCTION, 5, False, False)),
        (wsgi(PRODUCTION) + "application = wrap(application)\n", (PRODUCTION, 3, False, False)),
        (wsgi(DEV, 'os.environ["DEBUG"] = "True"'), (DEV, 3, True, False)),
        ("import os\nname = os.environ.get('ENV', 'dev')\nos.environ.setdefault('A', name)\n", ("", 1, False, False)),
        ("def broken(:\n", ("", 1, False, False)),
    ],
)
def test_how_a_wsgi_module_chooses_its_settings(tmp_path, text, choice):
    path = tmp_path / "wsgi.py"
    path.write_text(text)
    found = served_settings.choice_in(path)
    if "DEBUG" in text:  # it sets another variable, which only a run can judge
        assert not found.plain
    else:
        assert (found.module, found.line, found.forced, found.plain) == choice


class Project(FakeProject):
    """A project whose agent answers with *answer* when it imports the server's module."""

    def __init__(self, root, files, env="", answer=None):
        for path, text in {"shop/wsgi.py": wsgi(PRODUCTION), "requirements.txt": "", "manage.py": "", **files}.items():
            (root / path).parent.mkdir(parents=True, exist_ok=True)
            (root / path).write_text(text)
        text = 'import os\nDEBUG = os.environ.get("DEBUG") == "True"\n'
        values = {"DEBUG": False, "WSGI_APPLICATION": "shop.wsgi.application"}
        super().__init__(root, text, values, production_module=PRODUCTION, placeholders={"A": "1"}, snapshot=object(),
                         configuration="Production")  # fmt: skip
        self.production_env.write_text(env)
        self.start_variables, self.questions = {}, []
        self.copy = SimpleNamespace(at=lambda path: path, folder=root)
        self.interpreter = SimpleNamespace(ask_all=lambda requests: self.questions.extend(requests) or [answer])

    def service_values(self):
        return self.env_values(self.production_env)

    def request(self, operation, **given):
        return {"op": operation, "paths": [], "settings": PRODUCTION, **given}


@pytest.mark.parametrize(
    ("files", "env", "found", "place"),
    [
        ({"shop/wsgi.py": FORCED}, "", f"loads {DEV}", "shop/wsgi.py:3"),
        ({"shop/wsgi.py": FORCED}, f"DJANGO_SETTINGS_MODULE={PRODUCTION}\n", f"loads {DEV}", "shop/wsgi.py:3"),
        ({"shop/wsgi.py": wsgi(DEV)}, "", f"loads {DEV}", "shop/wsgi.py:3"),
        ({"shop/wsgi.py": UNNAMED}, "", "no settings module", "shop/wsgi.py:1"),
        ({}, f"TEA=green\nDJANGO_SETTINGS_MODULE={DEV}\n", f"loads {DEV}", ".env.production:2"),
        ({}, f"DJANGO_SETTINGS_MODULE={PRODUCTION}\nDJANGO_SETTINGS_MODULE={DEV}\n", DEV, ".env.production:2"),
        ({"Procfile": f"web: DJANGO_SETTINGS_MODULE={DEV} gunicorn shop.wsgi\n"}, "", f"loads {DEV}", "Procfile:1"),
        ({"Procfile": "web: gunicorn shop.other:app\n", "shop/other.py": wsgi(DEV)}, "", DEV, "shop/other.py:3"),
        ({"Procfile": "web: cd api && gunicorn main.wsgi\n", "api/main/wsgi.py": wsgi(DEV)},
         "", DEV, "api/main/wsgi.py"),
        ({"Procfile": "web: gunicorn --chdir api wsgi\n", "api/wsgi.py": wsgi(DEV)}, "", DEV, "api/wsgi.py:3"),
        ({"Procfile": "web: gunicorn\n", "gunicorn.conf.py": 'wsgi_app = "shop.other:app"\n',
          "shop/other.py": wsgi(DEV)},
         "", DEV, "shop/other.py:3"),
    ],
)  # fmt: skip
def test_a_server_that_would_load_other_settings_is_found(tmp_path, files, env, found, place):
    problem = served_settings.problem(Project(tmp_path, files, env))
    assert found in problem.found and problem.place.startswith(place)
    assert problem.concerns("DEBUG")


@pytest.mark.parametrize(
    ("files", "env"),
    [
        ({}, ""),
        ({"shop/wsgi.py": wsgi(DEV)}, f"DJANGO_SETTINGS_MODULE={PRODUCTION}\n"),
        (
            {
                "shop/wsgi.py": wsgi(DEV),
                "Procfile": f"web: env DJANGO_SETTINGS_MODULE={PRODUCTION} gunicorn shop.wsgi\n",
            },
            "",
        ),
        ({"shop/wsgi.py": FORCED.replace(DEV, PRODUCTION)}, f"DJANGO_SETTINGS_MODULE={DEV}\n"),
    ],
)
def test_an_ordinary_server_is_not_asked(tmp_path, files, env):
    project = Project(tmp_path, files, env)
    assert served_settings.problem(project) is None
    assert project.questions == []


def answer(debug, module=PRODUCTION, **assigned):
    return {"module": module, "settings": {"DEBUG": debug}, "assigned": {k: list(v) for k, v in assigned.items()}}


def test_a_module_that_does_more_is_imported_with_the_services_variables_alone(tmp_path):
    project = Project(tmp_path, {"shop/wsgi.py": LOADS}, "TEA=green\n", answer(debug=False))
    assert served_settings.problem(project) is None and served_settings.problem(project) is None
    [question] = project.questions
    assert (question["op"], question["application"], question["settings"]) == ("start", "shop.wsgi", "")
    assert question["environment"]["DJANGO_CONFIGURATION"] == "Production"
    assert question["environment"]["TEA"] == "green" and "DJANGO_SETTINGS_MODULE" not in question["environment"]


@pytest.mark.parametrize(
    ("given", "found", "place"),
    [
        (answer(True, DEV, DJANGO_SETTINGS_MODULE=("shop/wsgi.py", 5)), f"loads {DEV}, where DEBUG is True",
         "shop/wsgi.py:5"),
        (answer(True, DEBUG=("shop/wsgi.py", 3)), "DEBUG is True instead of False", "shop/wsgi.py:3"),
        ({"error": {"type": "KeyError", "message": "X"}}, None, ""),
    ],
)  # fmt: skip
def test_the_answer_decides(tmp_path, given, found, place):
    problem = served_settings.problem(Project(tmp_path, {"shop/wsgi.py": LOADS}, "", given))
    assert (problem and problem.concerns("DEBUG") and found in problem.found and place in problem.place) or not found
    assert found or problem is None


def test_the_application_of_the_start_command_counts(tmp_path):
    files = {"Procfile": "web: uvicorn --factory shop.asgi:make\n", "shop/asgi.py": ""}
    project = Project(tmp_path, files)
    assert served_settings.application_file(project, find(tmp_path, tmp_path)) == tmp_path / "shop/asgi.py"
