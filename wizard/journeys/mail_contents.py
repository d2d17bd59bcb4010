"""What a site's mail asks its reader to do: follow a link, or type in a code."""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Sequence
from email.message import EmailMessage
from urllib.parse import parse_qsl, unquote, urlsplit

from wizard.base import process

Mails = Callable[[], Sequence[EmailMessage]]
"""Returns all mails that the site has sent, the newest last."""
LONGEST = 200_000
LINK = re.compile(r"https?://[^\s\"'<>\\]{4,2000}")
CODE = re.compile(r"(?<![\w/=.#-])(\d{4,8}|[A-Z0-9]{3,4}-[A-Z0-9]{3,4}|(?=[A-Z]*\d)[A-Z0-9]{5,8})(?![\w/-])")
CODE_WORDS = re.compile(r"\b(code|otp|pin|passcode|password|token|verification|one-time)\b", re.I)
ACTION = re.compile(
    r"confirm|verif|activ|reset|password|token|key|uid|magic|login|invite|register|signup|account", re.I
)
KEYLIKE = re.compile(r"[/=?&#][\w.:~-]*(?:[0-9a-z]{1,13}-[0-9a-f]{20,}|(?=[A-Za-z]*\d)[\w-]{24,})", re.I)
"""A part of an address that looks as a key: Django's token, or a long one with a digit."""
RELATIVE = re.compile(r"href\s*=\s*[\"']?(/[^/\s\"'<>][^\s\"'<>]*)", re.I)
NAMED = re.compile(r"\b(uid(?:b64)?|user_id|token|key)[\"']?[ \t]*[=:][ \t]*[\"']?([\w:.~=-]{1,400})", re.I)
"""A key that a mail names in its text, for an API that has no page of its own."""
PARTS = re.compile(r"^[\w:.~=-]{1,400}$")
WAIT, PAUSE = 3.0, 0.05
"""Seconds to wait for a mail that a worker sends, and between two looks."""


class Inbox:
    """The mails to one address, from a moment on."""

    def __init__(self, mails: Mails, address: str) -> None:
        self.mails, self.address = mails, address.lower()
        self._seen = len(mails())

    def new(self, seconds: float = 0.0) -> list[EmailMessage]:
        """The mails since the last call. Waits up to *seconds* for the first one: a worker may send it."""
        waited = 0.0
        while not (found := self._unread()) and waited < seconds:
            process.pause(PAUSE)
            waited += PAUSE
        self._seen = len(self.mails())
        return found

    def _unread(self) -> list[EmailMessage]:
        fresh = list(self.mails())[self._seen :]
        return [
            each for each in fresh if self.address in str(each.get("to", "")).lower() + str(each.get("bcc", "")).lower()
        ]


def text_of(mail: EmailMessage) -> str:
    """The plain text of a mail, else its HTML without tags."""
    return _content(mail, "plain") or re.sub(r"<[^<>]{0,2000}>", " ", html.unescape(_content(mail, "html")))


def _content(mail: EmailMessage, kind: str) -> str:
    part = mail.get_body((kind,))
    if part is None:
        return ""
    try:
        content = part.get_content()
    except (LookupError, UnicodeDecodeError, KeyError):
        return ""
    return content[:LONGEST] if isinstance(content, str) else ""


def links_of(mail: EmailMessage) -> list[str]:
    """The links of a mail, those that look as if they do something first."""
    text = _content(mail, "plain") + "\n" + html.unescape(_content(mail, "html"))
    found = dict.fromkeys(each.rstrip(".,;:)]}>*") for each in LINK.findall(text))
    real = [each for each in found if not re.search(r"\.(png|jpe?g|gif|css|svg|ico)$|/static/|w3\.org", each)]
    return sorted(real, key=lambda each: 0 if _has_key(each) else 1 if _acts(each) else 2)


def acting_links(mail: EmailMessage) -> list[str]:
    """The links of a mail with a key, else those that look as if they do something, else the first one."""
    links = links_of(mail)
    return list(filter(_has_key, links)) or list(filter(_acts, links)) or links[:1]


def relative_links(mail: EmailMessage) -> list[str]:
    """The links of a mail's HTML that are only paths, which lead nowhere from a mail."""
    return RELATIVE.findall(html.unescape(_content(mail, "html")))


def _acts(link: str) -> bool:
    return bool(ACTION.search(_tail(link)))


def _has_key(link: str) -> bool:
    return bool(KEYLIKE.search(_tail(link)))


def _tail(link: str) -> str:
    """A link without its scheme and its host."""
    parts = urlsplit(link)
    return f"{parts.path}?{parts.query}#{parts.fragment}"


def code_of(mail: EmailMessage) -> str:
    """The one-time code of a mail; empty without. Codes stand near a word such as `code`, or alone in a line."""
    text = re.sub(LINK, " ", text_of(mail))
    subject = str(mail.get("subject", ""))
    lines = [line.strip() for line in text.splitlines()]
    for number, line in enumerate(lines):
        if (alone := CODE.fullmatch(line)) and CODE_WORDS.search(
            f"{subject} {' '.join(lines[max(0, number - 4) : number + 3])}"
        ):
            return alone[1]
    for line in (subject, *lines):
        word = CODE_WORDS.search(line)
        if word and (found := CODE.search(line, word.end()) or CODE.search(line)):
            return found[1]
    return ""


def key_parts(link: str) -> dict[str, str]:
    """The secret parts of a link, by the names that an API gives them: `uid`, `token` and `key`.

    They are read from the query and the fragment, else from the end of the path, as `/reset/MQ/abc-123/`.
    """
    parts = urlsplit(link)
    query = dict(parse_qsl(parts.query) + parse_qsl(parts.fragment.partition("?")[2]))
    found = {name: value for name, value in query.items() if PARTS.match(value)}
    path = parts.fragment.partition("?")[0] if "/" in parts.fragment else parts.path
    segments = [unquote(each) for each in path.split("/") if each]
    if segments:
        found.setdefault("key", segments[-1])
        found.setdefault("token", segments[-1])
        found.setdefault("code", segments[-1])
    if len(segments) > 1:
        found.setdefault("uid", segments[-2])
        found.setdefault("uidb64", segments[-2])
    if len(segments) > 1 and not query and "-" in segments[-1]:
        # allauth joins the two as UID-TOKEN.
        first, _, rest = segments[-1].partition("-")
        if rest.count("-") == 1:
            found["uid"], found["token"] = first, rest
    return found


def named_parts(mail: EmailMessage) -> dict[str, str]:
    """The keys that the text of a mail names, as in `uid=MQ` and `token=abc-123`. Empty without a token or a key."""
    found = {name.lower(): value for name, value in NAMED.findall(re.sub(LINK, " ", text_of(mail)))}
    random = {name for name in ("token", "key") if re.fullmatch(r"(?=.*\d).{6,}", found.get(name, ""))}
    kept = {name: value for name, value in found.items() if name in random or name.startswith("u")}
    return kept if random else {}
