"""A bookshop with pages and an API that runs while its tests do. A header asks its views for one fault at a time."""

from __future__ import annotations

import shutil
import time
from contextlib import contextmanager
from pathlib import Path

from wizard.journeys.context import Context
from wizard.journeys.explore import Given, explore
from wizard.journeys.filling import Filler, Person
from wizard.journeys.resources import find_resources
from wizard.journeys.rows import Rows
from wizard.journeys.shop_views import find_shop
from wizard.journeys.visitor import Visitor
from wizard.project.detection import detect
from wizard.project.surface import surface
from wizard.site.session import Site

PROJECT = Path(__file__).parent / "projects" / "shelf"
PASSWORD = "a-Superuser-of-the-Shelf-7"


class Shelf:
    """The running site."""

    def __init__(self, project, site, rows, environment):
        self.project, self.site, self.rows, self.environment = project, site, rows, environment
        self.surface = surface(project)
        self.shop = find_shop(self.surface)
        self.resources = {each.name: each for each in find_resources(self.surface, self.shop.views())}
        rows.account("boss", PASSWORD, "boss@example.com", staff=True)

    def explore(self, **given):
        boss = {"username": "boss", "password": PASSWORD}
        return explore(self.site, self.surface, Given(rows=self.rows, superuser=lambda: boss, **given))

    def context(self, fault=""):
        """A context with four visitors who are logged in, and whose requests ask for *fault*."""
        context = Context(self.surface, {}, {}, rows=self.rows, deadline=time.monotonic() + 60)
        for role in ("anonymous", "first", "second", "staff"):
            person = Person.made_up()
            context.visitors[role], context.fillers[role] = Visitor(self.site, person, role=role), Filler(person)
            if fault != "second-user" or role == "second":
                context.visitors[role].headers["X-Fault"] = fault
            if role != "anonymous":
                key, _ = self.rows.account(person.name, person.password, person.email, staff=role == "staff")
                context.accounts[role] = key
                for name, value in self.rows.session(key).items():
                    context.visitors[role].cookies.put(name, value)
        return context


@contextmanager
def running(folder, python):
    """Copy the project to *folder* and serve it with the interpreter *python*."""
    shutil.copytree(PROJECT, folder / "shelf", ignore=shutil.ignore_patterns("__pycache__"))
    project = detect(folder / "shelf", python=python)
    try:
        project.inspect_settings()
        variables = {"SHELF_DATABASE": str(folder / "db.sqlite3"), "SHELF_MEDIA": str(folder / "media")}
        environment = project.production_environment(**variables)
        assert "error" not in project.ask("migrate", environment=environment)
        served, rows = project.ask("serve", environment=environment), Rows(project, environment)
        with Site(served["port"], "shelf.example.com") as site:
            yield Shelf(project, site, rows, environment)
        rows.close()
    finally:
        project.close()
