"""Log in through a site's login form as a browser does: find it, fill it in and send it."""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser

import httpx

from wizard.site.session import Site, cookie_header


@dataclass
class LoginForm:
    """A form's action, its hidden fields, and the names of its login and password fields."""

    action: str = ""
    hidden: dict[str, str] = field(default_factory=dict)
    login: str = ""
    password: str = ""


class _FormParser(HTMLParser):
    """Collects the forms of a page with their login fields."""

    def __init__(self) -> None:
        super().__init__()
        self.forms: list[LoginForm] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.forms.append(LoginForm(values.get("action", "")))
        elif tag == "input" and self.forms and values.get("name"):
            form, kind = self.forms[-1], values.get("type", "text").lower()
            if kind == "hidden":
                form.hidden[values["name"]] = values.get("value", "")
            elif kind == "password":
                form.password = form.password or values["name"]
            elif kind in {"text", "email", "tel"}:
                form.login = form.login or values["name"]


def find_login_form(page: str) -> LoginForm | None:
    """Return the first form of *page* with a login and a password field."""
    parser = _FormParser()
    parser.feed(page)
    return next((form for form in parser.forms if form.password and form.login), None)


def log_in(
    site: Site, path: str, client: str, names: list[str], password: str, jar: httpx.Cookies | None = None
) -> tuple[bool, str]:
    """Open *path*, log in on the page it redirects to with each of *names* in turn, and open *path* again.

    Returns whether *path* then answers 200, and a description of the answers. The cookies are added to *jar*.
    """
    jar = httpx.Cookies() if jar is None else jar
    page, place = _follow(site, path, client, jar)
    form = find_login_form(page.text)
    if form is None:
        return False, f"{place} answered {page.status_code} without a login form"
    showed = ""
    for name in names:
        data = {**form.hidden, form.login: name, form.password: password}
        browser = {"Origin": f"https://{site.host}", "Referer": f"https://{site.host}{place}"}
        action = form.action if form.action.startswith("/") else place
        sent = {**browser, **cookie_header(jar)}
        answer = site.post(action, client=client, headers=sent, data=data, patient=True)
        jar.update(answer.cookies)
        page, final_path = _follow(site, path, client, jar)
        if page.status_code == 200 and final_path == path:
            fields = f"{form.login} and {form.password}"
            return True, f"POST {action} with {fields}: {answer.status_code}, then GET {path}: {page.status_code}"
        redirected = f", redirected to {final_path}" if final_path != path else ""
        showed = f"POST {action}: {answer.status_code}, then GET {path}{redirected}: {page.status_code}"
    return False, showed


def _follow(site: Site, path: str, client: str, jar: httpx.Cookies) -> tuple[httpx.Response, str]:
    """Follow up to five redirects on this site. Returns the last response and its path."""
    for _ in range(5):
        answer = site.get(path, client=client, headers=cookie_header(jar))
        jar.update(answer.cookies)
        if not answer.is_redirect:
            break
        to = httpx.URL(answer.headers.get("location", "/"))
        path = to.raw_path.decode()
    return answer, path
