"""The migrations that the running version does not survive are named, each with its line, and no others."""

from __future__ import annotations

import subprocess
from types import SimpleNamespace

import pytest

from steps.shared import migration_safety
from tests.steps.real_project import opened, write
from wizard.base.errors import StepError
from wizard.project import previous_version
from wizard.project.package_migrations import PackageMigrations
from wizard.project.previous_version import PreviousVersion

MODELS = """
from django.db import models


class Party(models.Model):
    name = models.CharField(max_length=40)
    site = models.URLField(blank=True)
    founded = models.DateField(null=True)


class Vote(models.Model):
    party = models.ForeignKey(Party, models.CASCADE)
    weight = models.IntegerField(default=1)

    class Meta:
        managed = False
"""
FIRST = """
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True
    dependencies = []
    operations = [
        migrations.CreateModel("Party", [
            ("id", models.BigAutoField(primary_key=True)),
            ("name", models.CharField(max_length=40)),
            ("site", models.URLField(blank=True)),
            ("founded", models.DateField(null=True)),
        ]),
        migrations.CreateModel("Vote", [
            ("id", models.BigAutoField(primary_key=True)),
            ("party", models.ForeignKey(to="polls.party", on_delete=models.CASCADE)),
            ("weight", models.IntegerField(default=1)),
        ], options={"managed": False}),
    ]
"""
SECOND = """
from django.db import migrations, models

AddConstraintNotValid = type("AddConstraintNotValid", (migrations.AddConstraint,), dict())
def fill(apps, schema_editor):
    pass


class Migration(migrations.Migration):
    dependencies = [("polls", "0001_initial")]
    operations = [
        {}
    ]
"""
FILES = {
    "polls/__init__.py": "", "polls/models.py": MODELS, "polls/migrations/__init__.py": "",
    "polls/migrations/0001_initial.py": FIRST,
}  # fmt: skip


@pytest.fixture(scope="module")
def polls(tmp_path_factory, python):
    with opened(tmp_path_factory.mktemp("polls"), python, FILES, 'INSTALLED_APPS += ["polls"]\n') as (project, _):
        yield project


@pytest.fixture
def faults(polls):
    """A function that returns the faults of a new migration with the given operation."""
    path = polls.root / "polls/migrations/0002_more.py"

    def find(operation, files=None, packages=()):
        write(polls.root, {"polls/migrations/0002_more.py": SECOND.replace("{}", operation), **(files or {})})
        polls.refresh()
        polls.inspect_settings()
        previous = previous_version.find(polls.git, "", "")
        new = [] if packages else previous_version.new_migrations(polls, previous)
        return migration_safety.faults(polls, new, list(packages), polls.production_environment())

    yield find
    path.unlink()


@pytest.mark.parametrize(
    ("operation", "says"),
    [
        ('migrations.RemoveField("party", "site")', "the running version still reads this column"),
        ('migrations.DeleteModel("Party")', "the running version still uses this table"),
        ('migrations.RenameField("party", "site", "url")', "knows the old name only"),
        ('migrations.RenameModel("Party", "Group")', "knows the old name only"),
        ('migrations.AlterModelTable("party", "groups")', "knows the old name only"),
        ('migrations.AddField("party", "seats", models.IntegerField(default=0))', "inserts rows without it"),
        ('migrations.AddField("party", "lead", models.ForeignKey("self", models.CASCADE, default=1))',
         "inserts rows without it"),
        ('migrations.AlterField("party", "founded", models.DateField())', "may still write NULL"),
        ('migrations.AlterField("party", "name", models.IntegerField())', "rewrites the table"),
        ('migrations.AlterField("party", "name", models.CharField(max_length=10))', "rewrites the table"),
        ('migrations.AddIndex("party", models.Index(fields=["name"], name="party_name"))', "AddIndexConcurrently"),
        ('migrations.AlterField("party", "name", models.CharField(max_length=40, db_index=True))',
         "AddIndexConcurrently"),
        ("migrations.RunPython(fill)", "reverse_code=migrations.RunPython.noop"),
        ('migrations.RunSQL("UPDATE polls_party SET name = upper(name)")', "reverse_sql"),
        ('migrations.RunSQL("ALTER TABLE polls_party DROP COLUMN site", "SELECT 1")', "`drop column`"),
        ('migrations.RunSQL(["ALTER TABLE polls_party RENAME COLUMN site TO url"], "SELECT 1")', "`rename column`"),
        ('migrations.RunSQL("CREATE INDEX party_name ON polls_party (name)", "DROP INDEX party_name")',
         "CREATE INDEX CONCURRENTLY"),
        ('migrations.AddConstraint("party", models.UniqueConstraint(fields=["name"], name="one_party"))',
         "CREATE UNIQUE INDEX CONCURRENTLY"),
        ('migrations.AddConstraint("party", models.CheckConstraint(name="named", check=~models.Q(name="")))',
         "AddConstraintNotValid"),
        ('migrations.AlterUniqueTogether("party", {("name", "site")})', "CREATE UNIQUE INDEX CONCURRENTLY"),
        ('migrations.RunSQL("ALTER TABLE polls_party ADD CONSTRAINT one UNIQUE (name)", "SELECT 1")', "USING INDEX"),
        ('migrations.SeparateDatabaseAndState(database_operations=[migrations.RemoveField("party", "site")])',
         "the running version still reads this column"),
    ],
)  # fmt: skip
def test_an_operation_that_the_running_version_does_not_survive_is_named(faults, operation, says):
    [fault] = faults(operation)
    assert says in fault.found and fault.found.startswith("polls.0002_more: ")
    assert fault.where.endswith("polls/migrations/0002_more.py:11")


@pytest.mark.parametrize(
    "operation",
    [
        'migrations.AddField("party", "seats", models.IntegerField(null=True))',
        'migrations.AddField("party", "friends", models.ManyToManyField("self"))',
        'migrations.AlterField("party", "name", models.CharField(max_length=80))',
        'migrations.AlterField("party", "name", models.TextField())',
        'migrations.AlterField("party", "site", models.URLField(blank=True, help_text="the address"))',
        'migrations.RenameField("vote", "weight", "points")',
        'AddConstraintNotValid("party", models.CheckConstraint(name="named", check=~models.Q(name="")))',
        'migrations.AddConstraint("vote", models.UniqueConstraint(fields=["weight"], name="one_vote"))',
        'migrations.AlterUniqueTogether("party", set())',
        'migrations.RunSQL("ALTER TABLE polls_party ADD CONSTRAINT a CHECK (name > \'\') NOT VALID", "SELECT 1")',
        "migrations.RunPython(fill, migrations.RunPython.noop)",
        'migrations.RunSQL("CREATE INDEX CONCURRENTLY party_name ON polls_party (name)", "DROP INDEX party_name")',
        'migrations.CreateModel("Region", [("id", models.BigAutoField(primary_key=True))]),\n'
        '        migrations.AddField("region", "name", models.CharField(max_length=9)),\n'
        '        migrations.RemoveField("region", "name"),\n'
        '        migrations.DeleteModel("Region")',
        'migrations.AddField("party", "seats", models.IntegerField(default=0)),\n'
        '        migrations.RunSQL("ALTER TABLE polls_party ALTER COLUMN seats SET DEFAULT 0", "SELECT 1")',
        'migrations.SeparateDatabaseAndState(state_operations=[migrations.RemoveField("party", "site")])',
    ],
)
def test_an_operation_that_it_survives_is_not_named(faults, operation):
    assert faults(operation) == []


def test_a_column_is_dropped_safely_one_deployment_after_its_field(faults, polls):
    state = 'migrations.SeparateDatabaseAndState(state_operations=[migrations.RemoveField("party", "site")])'
    third = SECOND.replace("{}", 'migrations.RunSQL("SELECT 1", "SELECT 1"), migrations.SeparateDatabaseAndState('
                           'database_operations=[migrations.RemoveField("party", "founded")])').replace(
        "0001_initial", "0002_more")  # fmt: skip
    [fault] = faults(state, {"polls/migrations/0003_drop.py": third})
    assert fault.found.startswith("polls.0003_drop") and fault.where.endswith("0003_drop.py:11")
    (polls.root / "polls/migrations/0003_drop.py").unlink()


def test_migrations_that_do_not_load_are_an_error_with_its_place(faults):
    with pytest.raises(StepError) as caught:
        faults("migrations.NoSuchThing()")
    assert "NoSuchThing" in caught.value.why and "0002_more.py:11" in caught.value.where


PLUGIN = PackageMigrations("django-plugin", "1.0", "2.0", ("polls.migrations.0002_more",))


def test_a_migration_of_a_package_is_named_with_both_of_its_versions(faults):
    [fault] = faults('migrations.RemoveField("party", "site")', packages=[PLUGIN])
    assert fault.found == (
        "django-plugin 2.0 instead of 1.0: polls.0002_more: Remove field site from party: the running version still "
        "reads this column. Upgrade this package in a deployment of its own, while few people use the site"
    )
    assert fault.where == "requirements.txt"
    assert faults("migrations.RunPython(fill)", packages=[PLUGIN]) == [], "nobody can add its way back"


# ---- which ones are new


def git(folder, *arguments):
    return subprocess.run(["git", *arguments], cwd=folder, check=True, capture_output=True, text=True).stdout.strip()


def test_a_committed_migration_is_new_since_the_deployed_commit_only(faults, polls):
    before = polls.git.head()
    faults('migrations.RemoveField("party", "site")')
    git(polls.root, "add", "--all")
    git(polls.root, "commit", "--quiet", "-m", "Drop the site")
    polls.copy.sync()
    names = {
        source: [path.name for path in previous_version.new_migrations(polls, previous_version.find(polls.git, *given))]
        for source, given in {"head": ("", ""), "deployed": ("", before), "named": (before[:10], "")}.items()
    }
    git(polls.root, "reset", "--quiet", "--soft", before)
    git(polls.root, "reset", "--quiet")
    assert names == {"head": [], "deployed": ["0002_more.py"], "named": ["0002_more.py"]}


def test_the_running_version_is_the_named_the_deployed_the_pushed_or_the_last_commit(tmp_path, polls):
    head = polls.git.head()
    assert previous_version.find(None, "", "") is None
    assert previous_version.find(polls.git, "", "") == PreviousVersion(
        head, f"the last commit {head[:8]}", deployed=False
    )
    assert previous_version.find(polls.git, "", "0" * 40).title.startswith("the last commit")
    assert previous_version.find(polls.git, "", head).deployed
    assert previous_version.find(polls.git, "HEAD", "").title == f"HEAD, {head[:8]}"
    with pytest.raises(StepError, match="no commit nowhere"):
        previous_version.find(polls.git, "nowhere", "")
    with pytest.raises(StepError):
        previous_version.find(None, "HEAD", "")


def test_a_migration_that_was_changed_or_removed_since_it_ran_is_found(tmp_path, python):
    with opened(tmp_path, python, FILES, 'INSTALLED_APPS += ["polls"]\n') as (project, _):
        previous = previous_version.find(project.git, "", "")
        assert previous_version.changed_migrations(project, previous) == []
        path = tmp_path / "polls/migrations/0001_initial.py"
        for change in (lambda: path.write_text(FIRST + "# more\n"), path.unlink):
            change()
            project.refresh()
            assert previous_version.changed_migrations(project, previous) == [path]


def test_the_deployed_commit_is_known_if_exactly_its_files_are_deployed(polls):
    polls.refresh()
    polls.inspect_settings()
    assert previous_version.deployed_commit(polls) == polls.git.head()
    extra = polls.root / "new.py"
    extra.write_text("")
    polls.copy.sync()
    assert previous_version.deployed_commit(polls) == ""
    extra.unlink()
    assert previous_version.deployed_commit(SimpleNamespace(git=None)) == ""
