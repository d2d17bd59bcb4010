"""Faults of a job of cron: a command that does not run to its end, and a schedule that Railway refuses."""

from __future__ import annotations

from tests.faults.fault import Edit, Fault, append, every, replace, write

JOBS, SETTINGS = "app.json", "election_cart/settings.py"
IN_PRODUCTION = """
from django.conf import settings
from django.core.management.base import BaseCommand


class Command(BaseCommand):
    def handle(self, **options):
        if not settings.DEBUG:
            raise KeyError("DIGEST_SENDER")
"""
WAITS = """
import threading

from django.core.management.base import BaseCommand


class Command(BaseCommand):
    def handle(self, **options):
        threading.Event().wait()
"""
IN_SETTINGS = """
INSTALLED_APPS = [*INSTALLED_APPS, 'django_crontab']
CRONJOBS = [
    ('15 4 * * *', 'orders.reminders.send'),
]
"""


def runs(command: str) -> Edit:
    return replace(JOBS, "python manage.py clearsessions", command)


def at(schedule: str) -> Edit:
    return replace(JOBS, "30 3 * * *", schedule)


def own_command(text: str) -> Edit:
    """Run a management command of the project's own."""
    return every(write("orders/management/commands/digest.py", text), runs("python manage.py digest"))


FAULTS = [
    Fault("command: does not exist", runs("python manage.py clearsession"), items={"27.4"},
          says=["Unknown command: 'clearsession'"], where="app.json:4"),
    Fault("command: a program that is not there", runs("pyhton manage.py clearsessions"), items={"27.4"},
          says=["pyhton: not found"], where="app.json:4"),
    Fault("command: an option that it does not have", runs("python manage.py clearsessions --days 7"), items={"27.4"},
          says=["unrecognized arguments: --days 7"], where="app.json:4"),
    Fault("command: raises only in production", own_command(IN_PRODUCTION), items={"27.4"}, says=["DIGEST_SENDER"],
          where="app.json:4"),
    Fault("command: does not end", own_command(WAITS), items={"27.4"}, says=["did not end within 120 seconds"],
          where="app.json:4"),
    Fault("command: a function that is not there",
          every(write("django_crontab.py", ""), append(SETTINGS, IN_SETTINGS)), items={"27.4"},
          says=["orders.reminders"], where="settings.py:"),
    Fault("schedule: more often than Railway runs it", at("*/2 * * * *"), items={"27.4"},
          says=["more often than every 5 minutes"], where="app.json:4"),
    Fault("schedule: a date that does not exist", at("30 3 31 2 *"), items={"27.4"}, says=["it never runs"],
          where="app.json:4"),
    Fault("schedule: a weekday that does not exist", at("30 3 * * 8"), items={"27.4"}, says=["the weekday '8'"],
          where="app.json:4"),
    Fault("schedule: seconds before the minutes", at("0 30 3 * * *"), items={"27.4"}, says=["five fields"],
          where="app.json:4"),
]  # fmt: skip
