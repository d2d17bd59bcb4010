"""Limits of a page that keep its parser fast. It takes quadratic time for some pages, most of which no site has.

These are elements nested thousands of levels deep, thousands of attributes of one element, and thousands of options of
a `<select>` with one choice.
"""

from __future__ import annotations

import re

LONGEST = 1 << 20
"""Characters of a page that are read."""
DEEPEST = 2_000
"""Levels of nested elements that are read. Browsers build 512."""
MOST_ATTRIBUTES, LONG_TAG = 500, 5_000
"""Attributes of one element that are read, and the characters from which they are counted."""
MANY_OPTIONS = 2_000
ONE_CHOICE = "data-golive-one-choice"
"""Marks a `<select>` that was made one with several choices. Of those, the parser does not compare all options."""
TAG = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9]{0,20})")
ATTRIBUTE = re.compile(r"""[\s/]*[^\s/>][^\s/>=]*(\s*=\s*("[^"]*"|'[^']*'|[^\s>"']+))?""")
SELECT = re.compile(r"<select(?=[\s>])(?![^>]{0,1000}\smultiple\b)", re.I)
OPTION = re.compile(r"<option\b", re.I)
UNCLOSED = frozenset({
    "area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr", "param", "p",
    "li", "dt", "dd", "option", "optgroup", "tr", "td", "th", "thead", "tbody", "tfoot", "colgroup", "html", "head",
    "body",
})  # fmt: skip
"""Elements that have no end tag, or often lack it."""


def bounded(text: str) -> str:
    """The page *text* within the limits, cut where it exceeds them."""
    text = _cut(text[:LONGEST])
    if len(OPTION.findall(text)) > MANY_OPTIONS:
        text = SELECT.sub(f"<select multiple {ONE_CHOICE}", text)
    return text


def _cut(text: str) -> str:
    """*text* up to the element that is nested too deep, or has too many attributes."""
    depth, last = 0, 0
    for tag in TAG.finditer(text):
        if tag.start() - last > LONG_TAG and _is_crowded(text, last):
            return text[:last]
        last = tag.start()
        if tag[2].lower() in UNCLOSED:
            continue
        depth = max(0, depth - 1) if tag[1] else depth + 1
        if depth > DEEPEST:
            return text[:last]
    return text[:last] if len(text) - last > LONG_TAG and _is_crowded(text, last) else text


def _is_crowded(text: str, start: int) -> bool:
    """Whether the element at *start* has more than MOST_ATTRIBUTES."""
    tag = TAG.match(text, start)
    if tag is None:
        return False
    place = tag.end()
    for _ in range(MOST_ATTRIBUTES):
        attribute = ATTRIBUTE.match(text, place)
        if attribute is None:
            return False
        place = attribute.end()
    return True
