"""Rows of which an account can have one only: the next one is for another account, or replaces the one it has."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import wizard

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
from wizard.project.agent.row_values import fill_row

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

call_command("migrate", verbosity=0)
with connection.schema_editor() as editor:
    for model in (Profile, Department, Employee):
        editor.create_model(model)
def profile_of(instance, created, **_):
    if created:
        Profile.objects.create(user=instance)
post_save.connect(profile_of, sender=User)
visitor = User.objects.create_user("asa")
employees = [fill_row(Employee, {}, visitor.pk) for _ in range(2)]
leaders = [each.leads for each in Employee.objects.all() if hasattr(each, "leads")]
department = fill_row(Department, {}, visitor.pk)
profile = fill_row(Profile, {"bio": "new"}, visitor.pk)
print(json.dumps({
    "first": employees[0].user_id == visitor.pk,
    "leaders": len(leaders),
    "second": employees[1].user_id == visitor.pk,
    "department": department.pk is not None,
    "profile": [profile.user_id == visitor.pk, Profile.objects.get(user_id=profile.user_id).bio],
    "visitor": Profile.objects.get(user=visitor).bio,
}))
"""


def test_a_second_row_of_an_account_that_can_have_one_is_for_another_account(python):
    top = Path(wizard.__file__).parents[1]
    ran = subprocess.run(
        [python, "-c", SCRIPT], check=False, cwd=top, env={"PYTHONPATH": str(top)}, capture_output=True, text=True
    )
    assert ran.returncode == 0, ran.stderr
    assert json.loads(ran.stdout) == {
        "first": True,
        "leaders": 0,
        "second": False,
        "department": True,
        "profile": [False, "new"],
        "visitor": "",
    }
