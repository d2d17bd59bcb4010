"""A login form as a browser meets it: found on its page, filled in, sent, whatever its fields are called."""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser

import httpx

from wizard.site.session import Site, sent_cookies


@dataclass
class Form:
    action: str = ""
    hidden: dict[str, str] = field(default_factory=dict)
    login: str = ""
    password: str = ""


class _Forms(HTMLParser):
    """Collects the forms of a page, with the fields a login needs."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[Form] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.found.append(Form(values.get("action", "")))
        elif tag == "input" and self.found and values.get("name"):
            form, kind = self.found[-1], values.get("type", "text").lower()
            if kind == "hidden":
                form.hidden[values["name"]] = values.get("value", "")
            elif kind == "password":
                form.password = form.password or values["name"]
            elif kind in {"text", "email", "tel"}:
                form.login = form.login or values["name"]


def find_login_form(page: str) -> Form | None:
    """The form of *page* that asks for a name and a password."""
    parser = _Forms()
    parser.feed(page)
    return next((form for form in parser.found if form.password and form.login), None)


def log_in(
    site: Site, path: str, client: str, names: list[str], password: str, jar: httpx.Cookies | None = None
) -> tuple[bool, str]:
    """Go to *path*, log in where that leads, and come back; whether *path* then shows, and what was seen.

    The browser's cookies are left in *jar*.
    """
    jar = httpx.Cookies() if jar is None else jar
    page, place = _follow(site, path, client, jar)
    form = find_login_form(page.text)
    if form is None:
        return False, f"{place} answers {page.status_code} and has no login form"
    seen = ""
    for name in names:
        data = {**form.hidden, form.login: name, form.password: password}
        browser = {"Origin": f"https://{site.host}", "Referer": f"https://{site.host}{place}"}
        target = form.action if form.action.startswith("/") else place
        sent = {**browser, **sent_cookies(jar)}
        answer = site.post(target, client=client, headers=sent, data=data, patient=True)
        jar.update(answer.cookies)
        shown, where = _follow(site, path, client, jar)
        if shown.status_code == 200 and where == path:
            return True, f"{form.login} and {form.password} sent to {target}: {answer.status_code}; then {path} shows"
        seen = f"{target} {answer.status_code}, then {path} leads to {where} {shown.status_code}"
    return False, seen


def _follow(site: Site, path: str, client: str, jar: httpx.Cookies) -> tuple[httpx.Response, str]:
    """The answer at the end of up to five redirects on this site, and where that was."""
    for _ in range(5):
        answer = site.get(path, client=client, headers=sent_cookies(jar))
        jar.update(answer.cookies)
        if not answer.is_redirect:
            break
        to = httpx.URL(answer.headers.get("location", "/"))
        path = to.raw_path.decode()
    return answer, path
