"""Models without migrations, and migrations that git ignores, are found and added before the deployment."""

from __future__ import annotations

import subprocess

import pytest

from steps.shared.missing_migrations import add_migrations, find_unmigrated
from tests.steps import real_project
from wizard.diagnosis.probe import ProbeContext
from wizard.diagnosis.project_probes import migrations
from wizard.plan.actions import Plan
from wizard.plan.draft import Draft

VISITS = """
from django.contrib.auth.models import Group
from django.db import models


class Visit(models.Model):
    team = models.ForeignKey(Group, on_delete=models.CASCADE)
"""
PEOPLE = """
from django.db import models


class Doctor(models.Model):
    name = models.CharField(max_length=80)
"""
FIRST = """
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True
    dependencies = []
    operations = [
        migrations.CreateModel("Doctor", [
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("name", models.CharField(max_length=80)),
        ]),
    ]
"""
ROTA = """
from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("people", "0001_doctors")]
    operations = []
"""


def apps(*names):
    return f"INSTALLED_APPS += {list(names)}\n"


def planned(project, sandbox):
    draft = Draft()
    remarks = add_migrations(project, sandbox, draft)
    return Plan.of(*draft.actions()), remarks


def labels(sandbox):
    return [app.label for app in find_unmigrated(sandbox)]


def test_models_without_migrations_get_the_migration_that_django_makes(tmp_path, python):
    files = {"visits/__init__.py": "", "visits/models.py": VISITS}
    with real_project.opened(tmp_path, python, files, apps("visits")) as (project, sandbox):
        assert labels(sandbox) == ["visits"]
        finding = migrations(ProbeContext(project, sandbox, ""))
        assert finding.confirmed and "run `manage.py makemigrations visits`" in finding.seen
        plan, remarks = planned(project, sandbox)
        assert "--fake-initial" in remarks[-1]
        written = real_project.apply(project, plan)
        assert written == ["visits/migrations/0001_initial.py", "visits/migrations/__init__.py"]
        assert "to='auth.group'" in (tmp_path / "visits/migrations/0001_initial.py").read_text()
        assert labels(sandbox) == []
        assert planned(project, sandbox) == (Plan.of(), [])
        argv = [python, "manage.py", "makemigrations", "--check"]
        assert "No changes" in subprocess.run(argv, cwd=tmp_path, capture_output=True, text=True, check=True).stdout


@pytest.mark.parametrize(
    ("ignored", "rest"),
    [
        ("*.pyc\nmigrations/\n# keep\n", "*.pyc\n# keep\n"),
        ("**/migrations/*.py\n!**/migrations/__init__.py\n", "!**/migrations/__init__.py\n"),
        ("people/[m]*/\n", "people/[m]*/\n!/people/migrations/\n!/people/migrations/*.py\n"),
    ],
    ids=["folder", "files", "a rule of another kind"],
)
def test_migrations_that_git_ignores_are_deployed_and_the_rule_is_named(tmp_path, python, ignored, rest):
    files = {
        ".gitignore": ignored,
        "people/__init__.py": "",
        "people/models.py": PEOPLE,
        "people/migrations/__init__.py": "",
        "people/migrations/0001_doctors.py": FIRST,
    }
    with real_project.opened(tmp_path, python, files, apps("people")) as (project, sandbox):
        assert labels(sandbox) == ["people"]
        plan, remarks = planned(project, sandbox)
        rule = next(line for line in ignored.splitlines() if "[m]" in line or line.strip("*/").startswith("migrations"))
        assert remarks[0].startswith(f".gitignore:{ignored.splitlines().index(rule) + 1}: git ignores the migrations")
        assert rule in remarks[0]
        assert real_project.apply(project, plan) == [".gitignore"]
        assert (tmp_path / ".gitignore").read_text() == rest
        assert labels(sandbox) == []


def test_a_missing_migration_gets_the_name_that_others_depend_on(tmp_path, python):
    files = {
        "people/__init__.py": "",
        "people/models.py": PEOPLE,
        "rota/__init__.py": "",
        "rota/migrations/__init__.py": "",
        "rota/migrations/0001_initial.py": ROTA,
    }
    with real_project.opened(tmp_path, python, files, apps("people", "rota")) as (project, sandbox):
        plan, _ = planned(project, sandbox)
        assert "people/migrations/0001_doctors.py" in real_project.apply(project, plan)
        assert labels(sandbox) == [] and not sandbox.scratch.note


def test_a_folder_of_migrations_without_its_init_file_gets_one(tmp_path, python):
    files = {"people/__init__.py": "", "people/models.py": PEOPLE, "people/migrations/0001_doctors.py": FIRST}
    with real_project.opened(tmp_path, python, files, apps("people")) as (project, sandbox):
        plan, _ = planned(project, sandbox)
        assert real_project.apply(project, plan) == ["people/migrations/__init__.py"]
        assert labels(sandbox) == []


def test_migrations_turned_off_on_purpose_stay_off(tmp_path, python):
    files = {"people/__init__.py": "", "people/models.py": PEOPLE}
    settings = apps("people") + 'MIGRATION_MODULES = {"people": None}\n'
    with real_project.opened(tmp_path, python, files, settings) as (_, sandbox):
        assert labels(sandbox) == []
