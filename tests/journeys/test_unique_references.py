"""Rows of which an account can have one only: rows that refer to one get that of another account."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

import wizard
from tests.journeys.surfaces import model, surface, view
from wizard.journeys import upload_only
from wizard.journeys.context import Context, Unfinished
from wizard.journeys.operations import Operation
from wizard.journeys.resources import Resource
from wizard.journeys.rows import RowsError

SCRIPT = """
import json
from django.conf import settings
settings.configure(
    INSTALLED_APPS=["django.contrib.contenttypes", "django.contrib.auth"],
    DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}},
    DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
)
import django
django.setup()
from django.contrib.auth.models import User
from django.core.management import call_command
from django.db import connection, models
from django.db.models.signals import post_save
from wizard.project.agent.row_values import Taken, fill_row

class Profile(models.Model):
    user = models.OneToOneField(User, on_delete=models.CASCADE)
    bio = models.CharField(max_length=50)
    class Meta:
        app_label = "staffing"

class Employee(models.Model):
    user = models.OneToOneField(User, on_delete=models.CASCADE)
    department = models.ForeignKey("Department", on_delete=models.CASCADE)
    class Meta:
        app_label = "staffing"

class Department(models.Model):
    code = models.CharField(max_length=5, unique=True)
    head = models.OneToOneField(Employee, null=True, on_delete=models.CASCADE, related_name="leads")
    class Meta:
        app_label = "staffing"

class Note(models.Model):
    profile = models.ForeignKey(Profile, on_delete=models.CASCADE)
    class Meta:
        app_label = "staffing"

call_command("migrate", verbosity=0)
with connection.schema_editor() as editor:
    for model in (Profile, Department, Employee, Note):
        editor.create_model(model)
def profile_of(instance, created, **_):
    if created:
        Profile.objects.create(user=instance)
post_save.connect(profile_of, sender=User)
visitor = User.objects.create_user("asa")
def taken(model):
    try:
        fill_row(model, {}, visitor.pk)
    except Taken as error:
        return str(error)

employee = fill_row(Employee, {}, visitor.pk)
departments = [fill_row(Department, {}, visitor.pk) for _ in range(2)]
print(json.dumps({
    "own": employee.user_id == visitor.pk,
    "heads": [each.head.user_id == visitor.pk for each in departments],
    "note": fill_row(Note, {}, visitor.pk).profile.user_id == visitor.pk,
    "without": employee.department.head_id,
    "again": [taken(Employee), taken(Profile)],
    "profiles": Profile.objects.count() - User.objects.count(),
}))
"""


def test_a_second_row_of_an_account_that_can_have_one_is_for_another_account(python):
    top = Path(wizard.__file__).parents[1]
    ran = subprocess.run(
        [python, "-c", SCRIPT], check=False, cwd=top, env={"PYTHONPATH": str(top)}, capture_output=True, text=True
    )
    assert ran.returncode == 0, ran.stderr
    assert json.loads(ran.stdout) == {
        "own": True,
        "heads": [False, False],
        "note": True,
        "without": None,
        "again": ["the account 1 has its employee", "the account 1 has its profile"],
        "profiles": 0,
    }


class OneEach:
    """Rows of which each account has one already, in a database with the rows *kept*."""

    def __init__(self, *kept):
        self.kept = kept

    def make(self, label, values=None, user=None):
        raise RowsError("the account has its profile")

    def keys(self, label):
        return list(self.kept)


def test_a_form_refers_to_a_row_that_exists_where_no_other_one_can_be_made():
    site = surface(models=[model("club.Profile", "user", owner="user")])
    assert Context(site, {}, {}, rows=OneEach(7, 3)).row_for("club.Profile", "first") == 7
    with pytest.raises(Unfinished, match="could not be made"):
        Context(site, {}, {}, rows=OneEach()).row_for("club.Profile", "first")


@pytest.mark.parametrize(("route", "key"), [("profile/", None), ("profiles/<int:pk>/", 7)])
def test_a_page_that_names_no_row_uploads_to_the_visitors_own(route, key):
    profile = model("club.Profile", "file:face", owner="user")
    context = Context(surface(models=[profile]), {}, {}, rows=OneEach(7))
    page = view(route, "update", model="club.Profile", fields=("file:face",))
    operation = Operation("update", page, "post", page.forms[0], "club.Profile")
    row = upload_only._row(context, Resource("profile", "profile", profile, {"update": operation}), operation)
    assert (row and row.key) == key
