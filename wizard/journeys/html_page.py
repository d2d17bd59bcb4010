"""A page of a site as a visitor has it: its title, text, links, forms and the errors that it shows."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import urljoin, urlsplit

from wizard.journeys.html_errors import ShownError, alerts_of, errors_of
from wizard.journeys.html_forms import forms_of
from wizard.journeys.html_limits import LONGEST
from wizard.journeys.html_tree import Element, decode, elements_of, release, visible_text
from wizard.project.inputs import Form

MOST_LINKS = 500


@dataclass(frozen=True)
class Link:
    """A link to *path*, an address on the site with its query, or a whole URL elsewhere."""

    path: str
    text: str


@dataclass(frozen=True)
class Page:
    """A page.

    Arguments:
        path: its address with the query.
        text: what a visitor reads, without scripts and styles.
        forms: as a browser sends them, with the values that they have already.
        errors: the errors that the page shows beside a field.
        alerts: error messages about no field.
        notices: other messages, for example that something was saved.
    """

    path: str = ""
    title: str = ""
    text: str = ""
    links: tuple[Link, ...] = ()
    forms: tuple[Form, ...] = ()
    errors: tuple[ShownError, ...] = ()
    alerts: tuple[str, ...] = ()
    notices: tuple[str, ...] = ()

    def forms_to(self, path: str, method: str = "") -> tuple[Form, ...]:
        """Those of its forms that are sent to *path*, whose query does not matter."""
        wanted = path.partition("?")[0]
        return tuple(
            form for form in self.forms if form.path.partition("?")[0] == wanted and method in ("", form.method)
        )


def read_page(content: bytes | str, path: str, *, content_type: str = "text/html", host: str = "") -> Page:
    """Read the page that *path* answered. Never fails: browsers show invalid HTML, too.

    *host* is the site's public name: a whole URL with it counts as an address on the site.
    """
    text = content if isinstance(content, str) else decode(content[: 4 * LONGEST], content_type)
    elements = elements_of(text)
    if not elements:
        return Page(path)
    address = Address(_base(elements, path), path, host)
    title = next((" ".join(each.raw_text().split()) for each in elements if each.tag == "title"), "")
    errors = errors_of(elements)
    alerts, notices = alerts_of(elements, errors)
    page = Page(
        path,
        title[:300],
        visible_text(elements[0], LONGEST),
        tuple(_links(elements, address)),
        tuple(forms_of(elements, address.of)),
        errors,
        alerts,
        notices,
    )
    release(elements)
    return page


@dataclass(frozen=True)
class Address:
    """Resolves the addresses of a page."""

    base: str
    page: str
    host: str

    def of(self, reference: str) -> str:
        """*reference* as an address on the site, or as a whole URL elsewhere; empty if it is none."""
        try:
            parts = urlsplit(urljoin(self.base, reference.strip()) if reference.strip() else self.page)
            if parts.scheme and parts.scheme not in ("http", "https"):
                return ""
            if parts.netloc and parts.hostname not in (self.host, "127.0.0.1", "localhost"):
                return parts._replace(fragment="").geturl()
        except ValueError:
            return ""
        return (parts.path or "/") + (f"?{parts.query}" if parts.query else "")


def _base(elements: list[Element], path: str) -> str:
    """The address that those of the page *path* are relative to."""
    found = next((each for each in elements if each.tag == "base" and "href" in each.attributes), None)
    try:
        return urljoin(path, found.attributes["href"].strip()) if found is not None else path
    except ValueError:  # no address at all
        return path


def _links(elements: list[Element], address: Address) -> Iterator[Link]:
    seen: set[str] = set()
    for element in elements:
        reference = element.attributes.get("href") or element.attributes.get("hx-get") or ""
        if element.tag not in ("a", "area") and "hx-get" not in element.attributes:
            continue
        if not reference or reference.startswith("#"):
            continue
        path = address.of(reference)
        if path and path not in seen and len(seen) < MOST_LINKS:
            seen.add(path)
            yield Link(path, element.text()[:200] or element.attributes.get("aria-label", ""))
