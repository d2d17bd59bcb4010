"""Upgrades of packages with known vulnerabilities: the lowest release that fixes them, where that is safe."""

from __future__ import annotations

from concurrent.futures import Future
from pathlib import Path
from types import SimpleNamespace

import pytest

from steps.shared import vulnerable_packages
from steps.shared.vulnerable_packages import Found
from tests.steps.deployed import make_sandbox
from tests.steps.fakes import FakeProject
from wizard.base.errors import EditError, ServiceError
from wizard.checklist.answers import Answers
from wizard.plan.actions import Assist, InstallPackages, RunCommand, WriteFile
from wizard.project import locks
from wizard.project.dependencies import find
from wizard.services.vulnerabilities import Vulnerable

YES = Answers({"packages.upgrade": "yes"})
UPGRADED = "Golive upgrades what it can with the answer packages.upgrade: yes"
DJANGO = Vulnerable("Django", "4.2.1", ("CVE-1",), "4.2.30")


def ended(found):
    """A lookup that has found this."""
    future = Future()
    future.set_result(found)
    return future


@pytest.fixture
def planned(tmp_path, monkeypatch):
    """A function that returns the plan for a project with these files, and with vulnerable packages."""

    def plan(files, *vulnerable, answers=YES, requires=None):
        for name, text in files.items():
            (tmp_path / name).write_text(text)
        project = FakeProject(tmp_path, dependencies=find(tmp_path, tmp_path), original=lambda path: None,
                              python=SimpleNamespace(path=Path("/venv/bin/python"), prefix=Path("/venv")))  # fmt: skip
        project.installed = lambda: {"versions": {}, "requires": requires or {}}
        monkeypatch.setattr(vulnerable_packages, "find", lambda *arguments: Found(list(vulnerable), 9))
        return vulnerable_packages.upgrade(project, None, answers)

    return plan


@pytest.mark.parametrize(
    ("name", "before", "after"),
    [
        ("requirements.txt", "Django==4.2.1  # LTS, not 4.2.1.1\nother==4.2.1\n",
         "Django==4.2.30  # LTS, not 4.2.1.1\nother==4.2.1\n"),
        ("requirements.txt", "django[argon2] ~= 4.2.1\r\n", "django[argon2] ~= 4.2.30\r\n"),
        ("requirements.txt", "django>=4.2,<5\n", "django>=4.2.30,<5\n"),
        ("requirements.txt", "django-x==4.2.1\ndjango==4.2.1 ; python_version > '3'",
         "django-x==4.2.1\ndjango==4.2.30 ; python_version > '3'"),
        ("requirements.txt", "gunicorn==20", "gunicorn==20\ndjango==4.2.30\n"),
        ("pyproject.toml", '[project]\ndependencies = ["whitenoise", "Django==4.2.1"]\n',
         '[project]\ndependencies = ["whitenoise", "Django==4.2.30"]\n'),
        ("Pipfile", '[packages]\ndjango = "==4.2.1"\n', '[packages]\ndjango = "==4.2.30"\n'),
    ],
)  # fmt: skip
def test_the_lowest_release_with_the_fix_is_required(planned, tmp_path, name, before, after):
    (tmp_path / name).write_bytes(before.encode())
    actions, remarks = planned({}, DJANGO)
    [remark] = remarks
    assert "answer packages.upgrade: no" in remark and "django<4.2.30" in remark, "the way out"
    install, write, check = (each for each in actions if not isinstance(each, Assist))
    assert install == InstallPackages(("django==4.2.30",), vulnerable_packages.WHY)
    assert isinstance(write, WriteFile)
    assert (write.path.name, write.after.decode()) == (name, after)
    assert check.argv[-1] == "check", "without it, an upgrade that breaks the project would stay"
    assert "without django 4.2.30, answer packages.upgrade: no" in check.hint


@pytest.mark.parametrize(
    ("text", "vulnerable", "requires", "why"),
    [
        ("Django==4.2.1\n", Vulnerable("Django", "4.2.1", ("CVE-1",), "5.2.9"), {}, "may need changes of your code"),
        ("pillow==9.0\n", Vulnerable("pillow", "9.0", ("CVE-1",), "10.0.1"), {}, "may need changes of your code"),
        ("Django==4.2.1\n", Vulnerable("Django", "4.2.1", ("CVE-1",), ""), {}, "there is no fixed release yet"),
        ("django>=4.2,<4.2.20\n", DJANGO, {}, "requirements.txt:1 requires <4.2.20,>=4.2"),
        ("django==4.2.*\n", DJANGO, {}, "requirements.txt:1 allows 4.2.30, and older ones: add >=4.2.30"),
        ("django\n", DJANGO, {}, "requirements.txt:1 allows 4.2.30, and older ones: add >=4.2.30"),
        ("Django==4.2.1\n", DJANGO, {"cms": ["Django<4.2.9", "x"]}, "cms requires Django<4.2.9, so 4.2.30 can't"),
        ("Django==4.2.1\n", DJANGO, {"cms": ["Django<4.2.9; extra == 'old'"]}, ""),
    ],
)
def test_an_upgrade_that_may_break_the_project_is_left_to_its_people(planned, text, vulnerable, requires, why):
    actions, remarks = planned({"requirements.txt": text}, vulnerable, requires=requires)
    assert bool(actions) == (not why)
    assert why in "".join(remarks)


def test_a_lock_file_is_made_anew_by_its_own_tool(planned, monkeypatch):
    monkeypatch.setattr(locks.shutil, "which", lambda name: f"/usr/bin/{name}")
    files = {"pyproject.toml": '[project]\nname = "x"\ndependencies = ["Django>=4.2,<5"]\n', "uv.lock": "version = 1\n"}
    actions, _ = planned(files, DJANGO, Vulnerable("sqlparse", "0.5.0", ("CVE-2",), "0.5.4"))
    assert not [each for each in actions if isinstance(each, WriteFile)], "the requirement allows the release"
    [command, _] = [each for each in actions if isinstance(each, RunCommand)]
    assert command.argv == ("/usr/bin/uv", "lock", "--upgrade-package", "django==4.2.30",
                            "--upgrade-package", "sqlparse==0.5.4")  # fmt: skip
    assert [path.name for path in command.outputs] == ["uv.lock"]
    assert "uv could not lock django 4.2.30, sqlparse 0.5.4" in command.hint
    assert "answer packages.upgrade: no" in command.hint


def test_a_lock_file_of_another_tool_is_named_with_the_release(planned):
    files = {"pyproject.toml": '[tool.poetry.dependencies]\nDjango = "^4.2"\n', "poetry.lock": ""}
    told = "Django 4.2.1 stays: upgrade to 4.2.30 with poetry, which makes poetry.lock"
    assert planned(files, DJANGO) == ([], [told])


def test_nothing_is_upgraded_without_the_answer_or_without_the_database(planned, monkeypatch):
    files = {"requirements.txt": "Django==4.2.1\n"}
    assert planned(files, DJANGO, answers=Answers({})) == ([], [])
    assert planned({"requirements.txt": "Django==4.2.1 --hash=sha256:00\n"}, DJANGO) == ([], [])

    def fails(project, sandbox):
        raise ServiceError("The database did not answer", service="osv")

    planned(files, DJANGO)
    monkeypatch.setattr(vulnerable_packages, "find", fails)
    project = SimpleNamespace(dependencies=SimpleNamespace(exists=True, pins_hashes=False))
    actions, [remark] = vulnerable_packages.upgrade(project, None, YES)
    assert actions == []
    assert "did not answer" in remark


def test_a_constraint_is_edited_since_no_other_release_could_be_installed(planned):
    actions, _ = planned({"requirements.txt": "gunicorn==20\n-c limits.txt\n", "limits.txt": "Django==4.2.1\n"}, DJANGO)
    written = {each.path.name: each.after.decode() for each in actions if isinstance(each, WriteFile)}
    assert written == {"limits.txt": "Django==4.2.30\n"}


@pytest.fixture
def found(tmp_path, monkeypatch):
    """A function that returns the evidence of a project with these files, and with vulnerable packages."""

    def evidence(files, *vulnerable):
        for name, text in files.items():
            (tmp_path / name).write_text(text)
        project = FakeProject(tmp_path, "", {}, dependencies=find(tmp_path, tmp_path),
                              python=SimpleNamespace(prefix=tmp_path))  # fmt: skip
        project.installed = lambda: {"versions": {}, "requires": {}}
        [evidence] = vulnerable_packages.evidence(project, make_sandbox(), ended(Found(list(vulnerable), 9)))
        return evidence

    return evidence


@pytest.mark.parametrize(
    ("files", "where", "says"),
    [
        ({"requirements.txt": "x\n-r more.txt\n", "more.txt": "\nDjango==4.2.1\n"}, "more.txt:2", UPGRADED),
        ({"requirements.txt": "-c more.txt\nx\n", "more.txt": "Django==4.2.1\n"}, "more.txt:1", UPGRADED),
        ({"requirements.txt": "x\nDjango<4.2.9\n"}, "requirements.txt:2",
         "Golive does not upgrade Django: requirements.txt:2 requires <4.2.9"),
        ({"requirements.in": "Django<4.2.9\n",
          "requirements.txt": "# autogenerated by pip-compile\n#    pip-compile requirements.in\nDjango==4.2.1\n"},
         "requirements.txt:3", "requirements.in:1 requires <4.2.9"),
        ({"requirements.txt": "x\n"}, "requirements.txt", UPGRADED),
    ],
)  # fmt: skip
def test_the_line_of_a_vulnerable_package_is_named_and_why_it_is_not_upgraded(found, files, where, says, monkeypatch):
    monkeypatch.setattr(locks.shutil, "which", lambda name: f"/usr/bin/{name}")
    evidence = found(files, DJANGO)
    assert evidence.status == "failed" and evidence.where.rpartition("/")[2] == where
    assert says in evidence.showed


def test_a_vulnerability_without_a_fixed_release_says_so_once(found):
    evidence = found({"requirements.txt": "Django==4.2.1\n"}, Vulnerable("Django", "4.2.1", ("CVE-1",), ""))
    assert evidence.showed == "Django 4.2.1: CVE-1, no fixed release yet"


def test_a_dependency_file_that_cannot_be_read_hides_no_vulnerability(found, monkeypatch):
    def broken(*arguments):
        raise EditError("pyproject.toml can't be read", "line 3")

    monkeypatch.setattr(vulnerable_packages, "_upgrade", broken)
    evidence = found({"requirements.txt": "Django==4.2.1\n"}, DJANGO)
    assert (evidence.status, evidence.showed) == ("failed", "Django 4.2.1: CVE-1, fixed in 4.2.30")
