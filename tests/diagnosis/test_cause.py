"""The cause of a failure is one line: what was expected, what was found, where, and the program's own error."""

from __future__ import annotations

import subprocess
from types import SimpleNamespace

import pytest

from wizard.base.errors import CommandError, StepError, ToolError
from wizard.base.secrets import remember
from wizard.checklist import loader
from wizard.checklist.evidence import shown
from wizard.diagnosis.cause import Cause, of_error, of_evidence
from wizard.project.places import Places

TASK = loader.load().tasks[18]


def deployed(top):
    """The files that git would deploy."""
    return [path for path in top.rglob("*") if path.is_file() and "collected" not in path.parts]


@pytest.fixture
def project(tmp_path):
    """A project whose release is copied to another folder, as far as causes need it."""
    top = tmp_path / "shop"
    settings = "DEBUG = False\nMIDDLEWARE = [\n    'shop.gate.Gate',\n]\nAUTH_USER_MODEL = 'people.Usr'\n"
    settings += "ALLOWED_HOSTS = ['a.example.com']\nALLOWED_HOSTS = []\n"
    files = {
        "backend/manage.py": "main()\n",
        "backend/shop/settings.py": settings,
        "backend/shop/views.py": "import stripe\n",
        "backend/shop/urls.py": "urlpatterns = []\nHOST = '127.0.0.1'\n",
        "backend/templates/index.html": "<html>\n{% url 'basket' %}\n",
        "backend/Procfile": "web: exec gunicron shop.wsgi\n",
        "backend/requirements.txt": "Django==4.2\n",
    }
    for name, text in files.items():
        (top / name).parent.mkdir(parents=True, exist_ok=True)
        (top / name).write_text(text)
    root, work = top / "backend", tmp_path / "copy.work"
    settings = SimpleNamespace(paths={root / "shop/settings.py"})
    return SimpleNamespace(
        top=top, root=root, work=work, settings=settings, python=SimpleNamespace(prefix=tmp_path / "venv"),
        copy=SimpleNamespace(folder=tmp_path / "copy", known=lambda: deployed(top)),
        dependencies=SimpleNamespace(path=root / "requirements.txt"),
        display_path=lambda path: str(path.relative_to(top)) if path.is_relative_to(top) else str(path),
    )  # fmt: skip


def traceback(*frames, error):
    lines = [f'  File "{path}", line {line}, in <module>\n    code' for path, line in frames]
    return "\n".join(["Traceback (most recent call last):", *lines, error])


def test_a_program_that_does_not_exist_is_found_in_the_procfile(project):
    error = CommandError(
        "The deployment did not become healthy", "…", output="Copied.\n/bin/sh: 1: exec: gunicron: not found\n",
        summary="the start command ended with exit code 127",
    )  # fmt: skip
    assert str(of_error(error, project)) == (
        "backend/Procfile:1: the start command ended with exit code 127: /bin/sh: 1: exec: gunicron: not found"
    )


def test_the_place_is_the_deepest_line_of_the_project_in_the_deployed_copy(project):
    output = traceback(
        (project.work / "deployed/backend/manage.py", 1),
        (project.work / "deployed/backend/shop/views.py", 1),
        ("/venv/lib/python3.12/site-packages/stripe/__init__.py", 4),
        error="ImportError: cannot import name 'Sequence' from 'collections'",
    )
    cause = of_error(CommandError("It failed", "…", output=output, summary="the start command failed"), project)
    assert cause.where == "backend/shop/views.py:1"
    assert cause.error == "ImportError: cannot import name 'Sequence' from 'collections'"


def test_a_path_in_a_container_is_a_file_of_the_project(project):
    places = Places(project)
    output = traceback(("/app/backend/shop/views.py", 1), error="ModuleNotFoundError: No module named 'stripe'")
    assert of_error(CommandError("It crashed", output=output), project).where == "backend/shop/views.py:1"
    assert places.own_path(project.root.parent / "elsewhere") == project.top / "elsewhere"


@pytest.mark.parametrize(
    ("error", "where"),
    [
        ("ImportError: Module \"shop.gate\" does not define a \"Gate\" attribute/class", "backend/shop/settings.py:3"),
        ("ImproperlyConfigured: AUTH_USER_MODEL refers to model 'people.Usr'", "backend/shop/settings.py:5"),
        ("NoReverseMatch: Reverse for 'basket' not found.", "backend/templates/index.html:2"),
        ("ERROR: No matching distribution found for 'Django==4.2'", "backend/requirements.txt:1"),
        ("DisallowedHost: 'a.example.com' is not in ALLOWED_HOSTS", "backend/shop/settings.py:7"),
        ("ValueError: it doesn't know 'shop.gate'", "backend/shop/settings.py:3"),
        ('OperationalError: connection to server at "127.0.0.1" failed', "backend/manage.py:1"),
        ("RuntimeError: nothing quoted", "backend/manage.py:1"),
    ],
)  # fmt: skip
def test_without_a_line_of_its_own_code_the_line_that_is_named_is_found(project, error, where):
    output = traceback((project.root / "manage.py", 1), error=error)
    assert of_error(CommandError("It failed", output=output), project).where == where


@pytest.mark.parametrize(
    ("name", "text"),
    [("backend/collected/a.js", "let a = 'cache'\n"), ("backend/static/a.min.js", f"{'x=1;' * 300}a='cache'\n")],
    ids=["a file that is not deployed", "a line that a program made"],
)
def test_what_programs_make_from_the_files_is_no_place(project, name, text):
    (project.top / name).parent.mkdir(parents=True, exist_ok=True)
    (project.top / name).write_text(text)
    assert Places(project).named_in('the health check says "cache"') == ""


def test_an_error_of_the_operating_system_names_its_file(project):
    error = ToolError.of(OSError(28, "No space left on device", str(project.root / "templates/404.html")))
    cause = of_error(error, project)
    assert cause.error == "No space left on device"
    assert "templates/404.html" in str(cause)


def test_a_cause_is_one_line_without_secrets(project):
    remember("secret-of-a-cause")
    error = StepError("The service\nfailed", "it said secret-of-a-cause\x1b[31m\nand no more")
    text = str(of_error(error, project))
    assert "\n" not in text and "\x1b" not in text and "secret-of-a-cause" not in text
    assert of_error(error, project).as_record().keys() == {"found", "expected", "where", "error", "advice"}


def sandbox(log=""):
    return SimpleNamespace(active_target=None, new_log_text=lambda: log)


def test_a_failed_item_says_what_was_expected_and_found(project):
    failed = [shown("18.1", False, "request", "GET /", "404", expected="200", where="backend/shop/urls.py:1")]
    assert str(of_evidence(TASK, failed, project, sandbox())) == (
        "backend/shop/urls.py:1: expected 200 (18.1), found 404"
    )


def test_a_site_that_answers_500_gives_its_own_exception(project):
    log = traceback((project.copy.folder / "backend/shop/views.py", 1), error="KeyError: 'tea'")
    failed = [shown("18.1", False, "request", "GET /", "500", expected="200", where="backend/shop/urls.py:1")]
    cause = of_evidence(TASK, failed, project, sandbox(log))
    assert (cause.where, cause.error) == ("backend/shop/views.py:1", "KeyError: 'tea'")


def test_the_exception_of_another_request_is_no_cause(project):
    place = (project.copy.folder / "backend/shop/views.py", 1)
    begin = "ERROR django.request: Internal Server Error: "
    first, second = traceback(place, error="KeyError: 1"), traceback(place, error="ValueError: x")
    log = f"{begin}/jobs/\n{first}\n{begin}/cart/\n{second}"
    for path, error in (("/jobs/", "KeyError: 1"), ("/cart/", "ValueError: x"), ("/orders/", "")):
        failed = [shown("18.1", False, "journey", "job-api-delete", f"DELETE {path} got 500")]
        assert of_evidence(TASK, failed, project, sandbox(log)).error == error


def test_an_exception_that_golive_raised_itself_is_no_cause(project):
    log = traceback(
        (project.root / "shop/views.py", 1), error="RuntimeError: raised by the rehearsal to see the error page"
    )
    cause = of_evidence(TASK, [shown("18.1", False, "request", "GET /", "500")], project, sandbox(log))
    assert cause.error == ""


def test_a_404_is_not_explained_by_an_exception_in_the_log(project):
    log = traceback((project.root / "shop/views.py", 1), error="KeyError: 'tea'")
    cause = of_evidence(TASK, [shown("18.1", False, "request", "GET /", "404")], project, sandbox(log))
    assert cause.error == ""


def test_a_cause_without_a_place_begins_with_what_happened():
    assert str(Cause("the start command failed", error="exit 1")) == "the start command failed: exit 1"


def test_gits_own_message_is_the_error(project, tmp_path):
    from wizard.base.git import Git

    subprocess.run(["git", "init", "-q", project.top], check=True)
    (project.top / ".git/index.lock").write_text("")
    with pytest.raises(ToolError) as raised:
        Git(project.top).checked("add", "--all")
    cause = of_error(raised.value, project)
    assert cause.found == "git add failed"
    assert "index.lock': File exists" in cause.error
    assert cause.where == ".git/index.lock"


@pytest.mark.parametrize("folder", ["", "/", "/app/"])
def test_a_name_that_is_too_long_has_no_place(project, folder):
    name = f"{folder}{'x' * 5_000}.py"
    error = CommandError("It failed", "…", output=traceback((name, 3), error=f"OSError: {name}:3 is too long"))
    cause = of_error(error, project)
    assert cause.where == "" and cause.error.startswith("OSError: ")


def test_files_that_are_too_large_are_not_searched(project):
    with (project.root / "dump.txt").open("wb") as file:
        file.truncate(1 << 30)
    error = StepError("It failed", "there is no 'basket' here")
    assert of_error(error, project).where == "backend/templates/index.html:2"


def test_a_line_outside_of_the_repository_is_no_place(project):
    (project.top.parent / "secret.py").write_text("x = 1\n")
    assert Places(project).written_in("raised at ../secret.py:1 and backend/shop/urls.py:2") == "backend/shop/urls.py:2"
