"""An HTML page as a list of its elements in document order, with what each one inherits from those around it.

The parser follows the HTML standard, as browsers do.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from wizard.base.charsets import codec_of
from wizard.journeys.html_limits import bounded

LONGEST_TEXT = 2_000
"""Characters of one element's text that are kept."""
META = re.compile(rb"<meta[^>]{0,300}?charset\s{0,5}=\s{0,5}[\"']?\s{0,5}([\w.:-]{1,40})", re.IGNORECASE)
CHARSET = re.compile(r"charset\s{0,5}=\s{0,5}[\"']?([\w.:-]{1,40})", re.IGNORECASE)
UNSEEN = frozenset({"script", "style", "template", "noscript", "head", "svg", "datalist", "iframe", "object"})
BLOCKS = frozenset(
    [
        "address",
        "article",
        "aside",
        "blockquote",
        "br",
        "dd",
        "div",
        "dl",
        "dt",
        "fieldset",
        "figure",
        "footer",
        "form",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "header",
        "hr",
        "li",
        "main",
        "nav",
        "ol",
        "option",
        "p",
        "pre",
        "section",
        "table",
        "td",
        "th",
        "tr",
        "ul",
        "label",
        "button",
        "select",
        "textarea",
    ]
)
INVISIBLE = re.compile(
    r"display\s{0,3}:\s{0,3}none|visibility\s{0,3}:\s{0,3}hidden|(?:left|top|text-indent)\s{0,3}:\s{0,3}-\d{3}", re.I
)
INVISIBLE_CLASSES = frozenset({"hidden", "d-none", "visually-hidden", "sr-only", "hide", "is-hidden", "invisible"})
BOMS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))


@dataclass
class Element:
    """One element.

    Arguments:
        attributes: by name in small letters; empty texts for those without a value.
        parent: the element around it. None for the root.
        form: the form that it is in.
        disabled: whether a fieldset around it is disabled.
        unseen: whether its text is not part of what a visitor reads.
        hiding: the nearest element, itself included, that styles hide inside the form.
    """

    tag: str
    attributes: dict[str, str]
    parent: Element | None
    form: Element | None = None
    disabled: bool = False
    unseen: bool = False
    hiding: Element | None = None
    texts: list[str] = field(default_factory=list)
    children: list[Element] = field(default_factory=list)
    parts: list[Element | str] = field(default_factory=list)

    @property
    def classes(self) -> set[str]:
        return set(self.attributes.get("class", "").lower().split())

    def ancestors(self, most: int = 40) -> Iterator[Element]:
        """The elements around it, the nearest first."""
        element = self.parent
        for _ in range(most):
            if element is None:
                return
            yield element
            element = element.parent

    def text(self) -> str:
        """What a visitor reads in it, with single spaces, cut to LONGEST_TEXT characters."""
        return visible_text(self, LONGEST_TEXT)

    def raw_text(self) -> str:
        """Its own text as it is, for a `<textarea>` or a `<title>`."""
        return "".join(part for part in self.parts if isinstance(part, str))


def decode(content: bytes, content_type: str) -> str:
    """The text of a page by its BOM, its header or its `<meta>`, in this order; never fails."""
    for mark, name in BOMS:
        if content.startswith(mark):
            return content[len(mark) :].decode(name, "replace")
    declared = CHARSET.search(content_type)
    found = META.search(content[:4096]) if declared is None else None
    name = declared[1] if declared else found[1].decode("ascii", "replace") if found else ""
    if name.lower().replace("_", "-") in {"iso-8859-1", "latin-1", "latin1", "ascii", "us-ascii"}:
        name = "windows-1252"  # as in browsers, by the WHATWG's encoding standard
    if codec := codec_of(name):
        return content.decode(codec, "replace")
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError as error:
        if 0 < len(content) - 4 < error.start:
            return content[: error.start].decode("utf-8")  # the last letter is cut
        return content.decode("windows-1252", "replace")


def elements_of(text: str) -> list[Element]:
    """The elements of the page *text* in document order, the root first."""
    from selectolax.lexbor import LexborHTMLParser

    root = LexborHTMLParser(bounded(text)).root
    found: list[Element] = []
    if root is None:
        return found
    by_id: dict[int, Element] = {}
    for node in root.traverse(include_text=True):
        parent = by_id.get(node.parent.mem_id) if node.parent is not None else None
        if node.is_text_node:
            if parent is not None:
                parent.parts.append(node.text_content or "")
        elif node.is_element_node:
            attributes = {name.lower(): value or "" for name, value in node.attributes.items()}
            element = Element(node.tag or "", attributes, parent)
            _inherit(element, found)
            by_id[node.mem_id] = element
            found.append(element)
    return found


def release(elements: list[Element]) -> None:
    """Let go of the elements of a page that has been read. They refer to each other, so only a collection would."""
    for each in elements:
        each.parent = each.form = each.hiding = None
        each.children.clear()
        each.parts.clear()


def _inherit(element: Element, before: list[Element]) -> None:
    """Set what *element* has from the elements around it, and add it to its parent."""
    parent, attributes = element.parent, element.attributes
    if parent is not None:
        parent.parts.append(element)
        parent.children.append(element)
        element.form, element.disabled, element.unseen = parent.form, parent.disabled, parent.unseen
        element.hiding = parent.hiding
    if element.tag == "form":
        element.form, element.hiding = element, None
    elif element.form is not None and is_hidden(element):
        element.hiding = element
    if element.tag == "fieldset" and "disabled" in attributes:
        element.disabled = True
    if element.tag in UNSEEN:
        element.unseen = True


def is_hidden(element: Element) -> bool:
    """Whether its own attributes hide it from visitors."""
    if "hidden" in element.attributes or element.classes & INVISIBLE_CLASSES:
        return True
    return bool(INVISIBLE.search(element.attributes.get("style", "")[:500]))


def visible_text(root: Element, most: int) -> str:
    """What a visitor reads in *root*, with single spaces, cut to *most* characters."""
    pieces: list[str] = []
    size = 0
    stack: list[Element | str] = [root]
    while stack and size < most:
        part = stack.pop()
        if isinstance(part, str):
            pieces.append(part)
            size += len(part)
        elif not part.unseen or part is root:
            if part.tag in BLOCKS:
                pieces.append(" ")
                stack.append(" ")
            stack.extend(reversed(part.parts))
    return " ".join("".join(pieces).split())[:most]
