"""The site's superuser at Railway: its fields are in .env.production, and Railway creates the account."""

from __future__ import annotations

from wizard.base import files
from wizard.base.errors import StepError
from wizard.checklist.answers import Answers
from wizard.plan.actions import Action, GenerateSecrets
from wizard.project.project import Project
from wizard.targets.railway.deployments import Deployments

PREFIX = "DJANGO_SUPERUSER_"
"""Prefix of the variables that `createsuperuser --noinput` reads. Source: Django's documentation."""
PASSWORD = f"{PREFIX}PASSWORD"


def variables(project: Project) -> dict[str, str]:
    """Return the superuser's variables in .env.production."""
    values = project.env_values(project.production_env)
    return {name: value for name, value in values.items() if name.startswith(PREFIX)}


def password_action(project: Project, answers: Answers, fields: dict[str, str]) -> Action | None:
    """Return an action that adds *fields* and a new password to .env.production, unless it has a password."""
    if variables(project).get(PASSWORD):
        return None
    path = project.production_env
    kept = tuple((f"{PREFIX}{name.upper()}", answers.get(f"superuser.{name}", value))
                 for name, value in fields.items())  # fmt: skip
    return GenerateSecrets(path, files.read(path), ((PASSWORD, 24),), "the superuser of the site", kept)


def create(project: Project, deployments: Deployments, host: str, *, fixture: str = "") -> str:
    """Create the account inside Railway, after loading *fixture* if there is one. Returns the account's name.

    Raises:
        StepError: .env.production has no password for it.
        CommandError: the deployment that does it failed.
    """
    superuser = variables(project)
    if not superuser.get(PASSWORD):
        raise StepError("The superuser has no password yet", f"{PASSWORD} is not in .env.production",
                        "Run task 18 again.")  # fmt: skip
    # createsuperuser fails if the account exists. The login then checks its password.
    command = "(python manage.py createsuperuser --noinput || true)"
    if fixture:
        command = f"python manage.py loaddata {fixture} && {command}"
    deployments.run_once(command, superuser, host)
    return next((value for name, value in superuser.items() if "PASSWORD" not in name), "made")


def account(project: Project, fields: dict[str, str]) -> dict[str, str]:
    """Return the superuser's *fields* and `password`, as they are in .env.production."""
    values = variables(project)
    found = {name: values.get(f"{PREFIX}{name.upper()}", value) for name, value in fields.items()}
    return {**found, "password": values.get(PASSWORD, "")}
