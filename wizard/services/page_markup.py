"""What a page says about its own security: the policies in its `<meta>` elements, and its scripts."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from html.parser import HTMLParser

COMMENT = re.compile(r"<!--(?:-?>|.*?(?:--!?>|\Z))", re.S)
DECLARATION = re.compile(r"<!\[CDATA\[.*?(?:\]\]>|\Z)|<![^>]*(?:>|\Z)", re.S)
Attributes = list[tuple[str, str | None]]

RAW_TEXT = frozenset({"script", "style", "title", "textarea", "xmp", "iframe", "noembed", "noframes", "plaintext"})
"""Elements whose content has no tags. Source: HTML standard, parsing."""


@dataclass
class Markup:
    """The parts of a page that matter for its grade."""

    policies: list[str] = field(default_factory=list)
    """The content security policies of `<meta http-equiv>`, in order."""
    referrer: str = ""
    """The policy of the last `<meta name="referrer">`."""
    scripts: list[dict[str, str]] = field(default_factory=list)
    """The attributes of each `<script>`."""


def read_markup(text: str) -> Markup:
    """Read the page *text*. Never fails: browsers show invalid HTML, too."""
    reader = _Reader()
    reader.feed(text[: text.rfind(">") + 1])  # html.parser takes quadratic time for tags without an end
    reader.close()
    return reader.markup


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.markup = Markup()

    def handle_starttag(self, tag: str, attrs: Attributes) -> None:
        # The first of several attributes of the same name counts.
        values = {name: value or "" for name, value in reversed(attrs)}
        if tag == "meta":
            self._read_meta(values)
        elif tag == "script":
            self.markup.scripts.append(values)
        if tag in RAW_TEXT:
            self.set_cdata_mode(tag)

    def handle_startendtag(self, tag: str, attrs: Attributes) -> None:
        # HTML ignores the slash of `<script/>`.
        self.handle_starttag(tag, attrs)

    # Each Python version ends comments elsewhere, and the base class raises for some declarations.

    def parse_comment(self, i: int, report: bool = True) -> int:
        found = COMMENT.match(self.rawdata, i)
        return found.end() if found else len(self.rawdata)

    def parse_html_declaration(self, i: int) -> int:
        found = DECLARATION.match(self.rawdata, i)
        return found.end() if found else len(self.rawdata)

    def _read_meta(self, values: dict[str, str]) -> None:
        content = values.get("content", "")
        if "http-equiv" in values and "content" in values:
            if content and values["http-equiv"].lower().strip() == "content-security-policy":
                self.markup.policies.append(content)
        elif values.get("name", "").lower().strip() == "referrer" and content:
            self.markup.referrer = content
