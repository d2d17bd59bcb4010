"""Models that changed since their last migration are found. A change that leaves the table as it is does not count."""

from __future__ import annotations

import pytest

from tests.steps import real_project
from tests.steps.test_missing_migrations import FIRST, PEOPLE, apps
from wizard.targets.base import Database
from wizard.targets.trial_database import TRIAL, trial_database

FILES = {
    "people/__init__.py": "",
    "people/models.py": PEOPLE,
    "people/migrations/__init__.py": "",
    "people/migrations/0001_doctors.py": FIRST,
}
NAME = "name = models.CharField(max_length=80)"


@pytest.fixture(scope="module")
def opened(tmp_path_factory, python):
    folder = tmp_path_factory.mktemp("changed")
    with real_project.opened(folder, python, FILES, apps("people")) as (project, sandbox):
        yield project, sandbox


def changed(opened, models):
    project, sandbox = opened
    real_project.write(project.root, {"people/models.py": models})
    project.refresh()
    project.inspect_settings()
    answer = project.ask("migrate", overrides=sandbox.scratch.settings(), deployed=True)
    return [(each["change"], f"{each['file']}:{each['line']}") for each in answer["changed"]]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (NAME, NAME),
        (NAME, "name = models.CharField('the name', max_length=80, help_text='in full', choices=[('a', 'A')])"),
        (NAME, f"{NAME}\n\n    class Meta:\n        ordering = ['name']\n        verbose_name = 'physician'"),
        (NAME, "name = models.CharField(max_length=40)"),
    ],
    ids=["none", "texts and choices", "options", "a shorter field"],
)
def test_changes_that_need_no_other_table_are_left_out(opened, old, new):
    assert changed(opened, PEOPLE.replace(old, new)) == []


@pytest.mark.parametrize(
    ("new", "change"),
    [
        (f"{NAME}\n    room = models.IntegerField(default=1)", "people: Add field room to doctor"),
        ("pass", "people: Remove field name from doctor"),
        ("name = models.CharField(max_length=90)", "people: Alter field name on doctor"),
        ("name = models.CharField(max_length=80, null=True)", "people: Alter field name on doctor"),
    ],
    ids=["a field", "no field", "a longer field", "null"],
)
def test_a_changed_table_is_named_with_the_model(opened, new, change):
    assert changed(opened, PEOPLE.replace(NAME, new)) == [(change, "people/models.py:4")]


def test_a_new_model_is_named(opened):
    models = PEOPLE + "\n\nclass Room(models.Model):\n    number = models.IntegerField()\n"
    assert changed(opened, models) == [("people: Create model Room", "people/models.py:8")]


def test_the_site_is_tried_on_a_database_of_its_own(tmp_path):
    class Server:
        made: tuple[str, ...] = ()

        def make_database(self, name):
            self.made += (name,)

        def url(self, database):
            return f"postgresql://127.0.0.1/{database}"

    server = Server()
    assert trial_database(Database("postgresql://127.0.0.1/railway", "", server), tmp_path).url.endswith(f"/{TRIAL}")
    assert server.made == (TRIAL,)
    (tmp_path / f"{TRIAL}.sqlite3").write_text("of an earlier run")
    trial = trial_database(Database(f"sqlite:///{tmp_path}/rehearsal.sqlite3", "", None), tmp_path)
    assert trial.url == f"sqlite:///{tmp_path}/{TRIAL}.sqlite3"
    assert not (tmp_path / f"{TRIAL}.sqlite3").exists()
    given = Database("postgresql://db.example.com/shop", "", None)
    assert trial_database(given, tmp_path) == given
