"""The visitors of a run: anonymous, two with accounts, and staff."""

from __future__ import annotations

from typing import Protocol

from wizard.journeys.context import Context
from wizard.journeys.filling import Filler, Person
from wizard.journeys.visitor import Visitor
from wizard.site.session import Site


class Mailbox(Protocol):
    pass


def meet(context: Context, site: Site, mailbox: Mailbox | None) -> None:
    for role in ("anonymous", "first", "second", "staff"):
        person = Person.made_up()
        context.visitors[role] = Visitor(site, person, role=role)
        context.fillers[role] = Filler(person)
        if role in ("first", "second") and context.rows:
            key, _ = context.rows.account(person.name, person.password, person.email)
            context.accounts[role] = key
            for name, value in context.rows.session(key).items():
                context.visitors[role].cookies.put(name, value)
