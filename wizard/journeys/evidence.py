"""Evidence about a row: whether an answer shows it, and whether the database kept what was sent."""

from __future__ import annotations

import html
import json
import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urljoin, urlsplit

from wizard.journeys.filling import Upload
from wizard.journeys.rows import Key
from wizard.journeys.visitor import Answer, Visitor
from wizard.project.inputs import Form, Input

MARKABLE = re.compile(
    r"title|name|subject|headline|heading|label|question|text|body|content|message|comment|descr|note|task|todo|summary|caption"
)
NOT_MARKABLE = re.compile(
    r"user|phone|mobile|zip|postal|code|city|country|slug|state|color|colour|first|last|currency|email|url|tag|key|password|captcha|honeypot|website"
)
SHOWN = re.compile(r"^(is_)?(active|approved|available|enabled|live|public|published|visible)$")
"""Flags without which a site shows no row."""
SHOWN_CHOICES = ("published", "publish", "public", "active", "approved", "available", "open", "live", "visible")
PAGES = 5
"""Pages of a list that are read."""
LARGEST = 2_000_000
"""Characters of a page that are searched."""
OVERRIDDEN = re.compile(
    r"status|state|total|role|approv|verif|active|staff|super|price|amount|balance|user|owner|author|slug"
)
"""Names of fields that a site may set to something else than what was sent."""
NEVER_ZERO = re.compile(r"price|amount")
"""Names of numbers that a site may compute, but not as 0 in each row where another number was sent."""
TEXTS = ("text", "email", "url")
NUMBERS = ("integer", "decimal", "float")
COMPUTED = re.compile(
    r"total|balance|count|views?$|hits|votes?|likes?|score|rank|position|order|status|state|progress|paid|points|level"
    r"|version|rating|average|progress|discount|tax|fee"
)
"""Names of numbers that a site may begin with 0, whatever is sent."""


@dataclass
class Row:
    """A row that a journey made.

    Arguments:
        mark: hexadecimal digits that its texts contain. Empty if no field could take them.
        sent: the values that were sent, by field.
        path: the address of the page about it, where the site told it.
        content: what an API answered about it.
        replaced: the values that the site kept instead of the numbers and choices that were sent.
    """

    label: str
    key: Key | None = None
    mark: str = ""
    sent: dict[str, Any] = field(default_factory=dict)
    path: str = ""
    content: Mapping[str, Any] = field(default_factory=dict)
    replaced: Mapping[str, Any] = field(default_factory=dict)


def marked_value(form: Form, mark: str, *, ascii_only: bool = False) -> dict[str, str]:
    """A value with *mark* and letters outside ASCII for the field of *form* that names the row. Empty without one."""
    for each in sorted(form.inputs, key=_rank):
        if _can_hold(each):
            text = f"Golive {mark}" if ascii_only else f"Zoë Ångström {mark}"
            if each.longest and len(text) > each.longest:
                text = mark if ascii_only else f"Zoë {mark}"
            shortest = each.shortest or 0
            text += " and more words" * -(-max(0, shortest - len(text)) // 15)
            return {each.name: text[: each.longest or None]}
    return {}


def shown_values(form: Form) -> dict[str, Any]:
    """Values with which a site shows a row: the status `published`, and the flag `is_active`."""
    found: dict[str, Any] = {}
    for each in form.inputs:
        name = each.name.lower()
        if each.kind == "boolean" and SHOWN.search(name):
            found[each.name] = True
        elif each.choices and not each.many and re.search(r"status|state|visib|privacy|access", name):
            by_word = {value.lower(): value for value in each.choices}
            chosen = next((by_word[word] for word in SHOWN_CHOICES if word in by_word), "")
            found |= {each.name: chosen} if chosen else {}
    return found


def _can_hold(each: Input) -> bool:
    return (
        each.kind == "text"
        and not each.choices
        and not each.pattern
        and not each.many
        and (not each.longest or each.longest >= 12)
        and not NOT_MARKABLE.search(each.name.lower())
    )


def _rank(each: Input) -> tuple[bool, int, bool]:
    found = MARKABLE.search(each.name.lower())
    order = ("title", "name", "subject", "headline", "heading", "label", "question")
    return (not found, order.index(found[0]) if found and found[0] in order else len(order), not each.required)


def text_of(answer: Answer) -> str:
    """The text of an answer for searching: entities and escapes resolved, in small letters."""
    content = answer.json
    if content is not None:
        return json.dumps(content, ensure_ascii=False).casefold()
    return html.unescape(answer.response.text[:LARGEST]).casefold()


def shows(answer: Answer, mark: str) -> bool:
    return bool(mark) and mark.casefold() in text_of(answer)


def read(visitor: Visitor, path: str, *, data: bool = False) -> Answer:
    """GET *path*. *data*: ask for JSON, which browsable APIs answer as pages otherwise."""
    answer = visitor.get(path, data=data)
    return visitor.get(path) if data and answer.status == 406 else answer


def pages_of(visitor: Visitor, path: str, *, data: bool = False) -> Iterator[Answer]:
    """The pages of the list at *path*: the first ones, and the last one that the first links to.

    *data*: as in `read`.
    """
    seen, waiting = {path}, [path]
    while waiting and len(seen) <= PAGES + 1:
        answer = read(visitor, waiting.pop(0), data=data)
        yield answer
        for each in _further(answer):
            if each not in seen:
                seen.add(each)
                waiting.append(each)


def _further(answer: Answer) -> list[str]:
    """The addresses of the next and the last page of a list."""
    content = answer.json
    if isinstance(content, dict):
        links = content.get("links")
        following = content.get("next") or (links.get("next") if isinstance(links, dict) else None)
        if not isinstance(following, str) or not following:
            return []
        last = _last_page(content, answer.path)
        return [*([last] if last else []), _local(following, answer.path)]
    numbered: dict[int, str] = {}
    for link in answer.page.links:
        found = re.search(r"[?&](?:page|p|pg|paged)=(\d+|last)|/page/?(\d+)", link.path)
        if found and urlsplit(link.path).path.startswith(urlsplit(answer.path).path.split("/page")[0]):
            number = found[1] or found[2]
            numbered[int(number) if number.isdigit() else 10**6] = link.path
    return [numbered[number] for number in sorted(numbered, reverse=True)[:1]] + [
        numbered[number] for number in sorted(numbered)[1:3]
    ]


def _last_page(content: dict[str, Any], path: str) -> str:
    """The address of the last page of an API's numbered pages, from its number of rows. Empty if that is not told."""
    count, rows = content.get("count"), content.get("results")
    if not isinstance(count, int) or not isinstance(rows, list) or not rows or "page=" not in str(content.get("next")):
        return ""
    address = _local(str(content["next"]), path)
    return re.sub(r"\bpage=\d+", f"page={-(-count // len(rows))}", address)


def _local(address: str, base: str) -> str:
    parts = urlsplit(urljoin(base, address))
    return parts.path + (f"?{parts.query}" if parts.query else "")


def lost_fields(pairs: Iterable[tuple[Input, Any]], kept: Mapping[str, Any]) -> list[str]:
    """What was sent and is not in the row *kept*, one line for each field that the model has, too."""
    lost = []
    for each, value in pairs:
        name = each.name
        if name not in kept or value in (None, "", [], {}) or each.kind in ("captcha", "password", "hidden"):
            continue
        if lacks(each, value, kept[name]):
            empty = kept[name] in (None, "", [])
            what = value.name if isinstance(value, Upload) else str(value)[:60]
            lost.append(f"{name}: kept nothing" if empty else f"{name}: sent {what!r}, kept {str(kept[name])[:60]!r}")
    return lost


def replaced_values(pairs: Iterable[tuple[Input, Any]], kept: Mapping[str, Any]) -> dict[str, Any]:
    """The values in the row *kept* that clearly differ from the numbers and choices that were sent."""
    return {
        each.name: kept[each.name]
        for each, value in pairs
        if each.name in kept and value not in (None, "") and differs(each, value, kept[each.name])
    }


def lacks(each: Input, sent: Any, kept: Any) -> bool:
    """Whether *kept* has lost what was sent for one input."""
    empty = kept in (None, "", [], {})
    if isinstance(sent, Upload) or each.kind in ("file", "image") or isinstance(kept, (list, tuple, dict)):
        return empty  # a text may become several rows, such as tags, or the parts of a value
    if each.kind in TEXTS and isinstance(sent, str) and not OVERRIDDEN.search(each.name.lower()):
        return not _same_text(sent, str(kept or ""), html_too=each.kind == "text")
    if each.kind == "boolean":
        return False
    return bool(empty) or (each.kind in NUMBERS and not COMPUTED.search(each.name.lower()) and _is_zeroed(sent, kept))


def _is_zeroed(sent: Any, kept: Any) -> bool:
    """Whether a number of one or more became 0."""
    try:
        return abs(float(str(sent))) >= 1 and float(str(kept)) == 0
    except ValueError:
        return False


def differs(each: Input, sent: Any, kept: Any) -> bool:
    """Whether *kept* is clearly another number or choice than the one that was sent."""
    if isinstance(sent, (list, dict, Upload)):
        return False
    if OVERRIDDEN.search(each.name.lower()):
        return bool(NEVER_ZERO.search(each.name.lower())) and _number(kept) == 0 and _number(sent) not in (0, None)
    if each.kind in NUMBERS:
        try:
            return abs(float(str(sent)) - float(str(kept))) > 0.01 * max(1.0, abs(float(str(sent))))
        except ValueError:
            return False
    if each.kind == "boolean":
        return str(sent).lower() in ("true", "on", "1", "yes") and kept is False
    return each.kind == "choice" and not each.many and str(sent) != str(kept)


def _number(value: Any) -> float | None:
    try:
        return float(str(value))
    except ValueError:
        return None


def _same_text(sent: str, kept: str, *, html_too: bool) -> bool:
    first, second = _plain(sent), _plain(kept)
    if first == second or (first and first in second):
        return True
    # Markup may be cleaned or added, a number or address be written in another way.
    return (
        html_too and bool(first) and _letters(first) == _letters(re.sub(r"<[^>]{0,300}>", " ", html.unescape(second)))
    )


def _plain(text: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split()).rstrip("/")


def _letters(text: str) -> str:
    return re.sub(r"[\W_]+", "", text)


def content_row(content: Any, mark: str) -> Mapping[str, Any]:
    """The part of an API's answer that describes the row: the innermost mapping with an id, or with *mark*."""
    best: Mapping[str, Any] = {}
    waiting: list[Any] = [content]
    for _ in range(200):
        if not waiting:
            break
        each = waiting.pop(0)
        if isinstance(each, dict):
            has_id = any(name in each for name in ("id", "pk", "uuid", "slug"))
            if has_id and (not best or (mark and mark in json.dumps(each, ensure_ascii=False))):
                best = each
            waiting += list(each.values())[:50]
        elif isinstance(each, list):
            waiting += each[:50]
    return best
