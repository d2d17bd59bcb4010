"""Do what a mail asks for: follow its link and press the page's button, or send its code."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from email.message import EmailMessage
from typing import Any
from urllib.parse import unquote, urlsplit

from wizard.base.secrets import remember
from wizard.journeys.account_doors import Door, doors
from wizard.journeys.attempts import attempt
from wizard.journeys.field_values import MAIL, PASSWORD, USER_NAME
from wizard.journeys.filling import Filler
from wizard.journeys.html_page import Page
from wizard.journeys.mail_contents import code_of, key_parts, links_of, named_parts
from wizard.journeys.sample_values import matches, words_of
from wizard.journeys.sent_form import Attempt
from wizard.journeys.visitor import Answer, Visitor
from wizard.project.inputs import Form, Input, Surface

CODE_FIELD = re.compile(r"code|otp|\bpin\b|passcode|\btoken\b|\bkey\b|verification", re.I)
MOST_DOORS = 5
KEYS = ("uid", "uidb64", "user_id", "token", "key", "code", "otp")


def open_link(visitor: Visitor, mail: EmailMessage) -> tuple[Answer, str] | None:
    """Open the first link of *mail* that the site answers; None without. Also returns the link.

    Raises:
        SiteError: as `Visitor.get` does.
    """
    for link in links_of(mail)[:3]:
        path = address_of(link)
        if path == "/":
            continue
        answer = visitor.get(path)
        if answer.status < 400:
            return answer, link
    return None


def address_of(link: str) -> str:
    """The path and the query of the link of a mail. Its secret parts are not shown from now on."""
    parts = urlsplit(link)
    for part in parts.path.split("/"):
        remember(part if len(part) > 15 else None)
    return (parts.path or "/") + (f"?{parts.query}" if parts.query else "")


def confirm(
    visitor: Visitor, filler: Filler, surface: Surface, mail: EmailMessage, before: Answer | None
) -> tuple[bool, str]:
    """Follow the link of *mail*, or send its code. Returns whether the site took it, and what was done or refused.

    *before* is the answer after which the mail came: its page may ask for the code.

    Raises:
        SiteError: as `Visitor.request` does.
    """
    code = code_of(mail)
    if before is not None and code and (form := code_form(before)):
        made = attempt(visitor, filler, form, form.path, given=with_code(form, code))
        if made.accepted:
            return True, "the code of the mail was accepted"
    if (opened := open_link(visitor, mail)) is not None:
        answer, link = opened
        button = button_of(answer.page, link)
        if button is None:
            return True, "the link of the mail was followed"
        answer = visitor.send(filler.fill(button, None, filled_in(button)), button.path or answer.path)
        return answer.status < 400, "the link of the mail was followed and its button pressed"
    made_by_key = send_keys(visitor, filler, doors(surface, "confirm"), mail, {})
    if made_by_key is None:
        return False, "the mail has neither a link that the site answers nor a code that a form asks for"
    return made_by_key.accepted, made_by_key.why or "the key of the mail was accepted"


def button_of(page: Page, link: str) -> Form | None:
    """The button of *page* that confirms what *link* is about; None without."""
    return next((each for each in page.forms if each.method == "post" and _only_button(each, unquote(link))), None)


def _only_button(form: Form, link: str) -> bool:
    """Whether there is nothing to fill in but parts of *link*, and it is not the page's log-out or language."""
    away = re.search(r"log_?-?out|sign_?-?out|i18n|language|search", form.path)
    return not away and all(
        each.kind in ("hidden", "boolean") or (each.initial and each.initial in link) for each in form.inputs
    )


def filled_in(form: Form) -> dict[str, str]:
    """What the page has filled in already for its reader."""
    return {each.name: each.initial for each in form.inputs if each.kind not in ("hidden", "boolean")}


def code_form(answer: Answer) -> Form | None:
    """The page's form that asks for a code; None without."""
    for form in answer.page.forms:
        if form.method == "post" and code_fields(form):
            return form
    return None


def code_fields(form: Form) -> list[Input]:
    """The inputs of *form* for a code: one, or one for each digit."""
    visible = [each for each in form.inputs if each.kind not in ("hidden", "password", "boolean")]
    digits = [each for each in visible if re.search(r"(digit|code|otp|pin)[_-]?\d$", each.name)]
    if len(digits) > 3:
        return digits
    return [
        each
        for each in visible
        if matches(CODE_FIELD.pattern, words_of(each.name))
        and not matches(r"zip|postal|country|promo|coupon", words_of(each.name))
    ][:1]


def with_code(form: Form, code: str) -> dict[str, str]:
    """The values of the form's code fields."""
    fields = code_fields(form)
    if len(fields) > 1:
        return {each.name: digit for each, digit in zip(fields, code.replace("-", ""), strict=False)}
    return {each.name: code for each in fields}


def send_keys(
    visitor: Visitor, filler: Filler, places: Iterable[Door], mail: EmailMessage, given: Mapping[str, Any]
) -> Attempt | None:
    """Send the keys in the links of *mail*, or its code, to the API at one of *places*; None if there is none.

    Raises:
        SiteError: as `Visitor.request` does.
    """
    last: Attempt | None = None
    parts = {name: value for link in links_of(mail)[:1] for name, value in key_parts(link).items()}
    if code := code_of(mail):
        parts |= {"code": code, "otp": code} | ({} if parts.get("token") else {"token": code, "key": code, "pin": code})
    parts |= named_parts(mail)
    for value in parts.values():
        remember(value)
    for door in list(places)[:MOST_DOORS]:
        if not door.data:
            continue
        names = {each.name for each in door.form.inputs}
        values: dict[str, Any] = {name: parts[name] for name in (names or KEYS) if name in parts}
        if door.known and not values:
            continue
        for each in door.form.inputs:
            words = words_of(each.name)
            if PASSWORD.search(words) and given.get("password"):
                values[each.name] = given["password"]
            elif MAIL.search(words):
                values[each.name] = visitor.person.email
            elif matches(USER_NAME.pattern, words) and each.name not in values:
                values[each.name] = visitor.person.name
        last = attempt(visitor, filler, door.form, door.path, given=values)
        if last.accepted:
            return last
    return last
