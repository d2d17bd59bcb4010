"""Texts that try to act as markup or control sequences, and a state that contains them in every field."""

from __future__ import annotations

from dataclasses import replace
from html.parser import HTMLParser

from hypothesis import example, given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from wizard.base.terminal import harmless
from wizard.checklist import loader
from wizard.checklist.evidence import Evidence, Status
from wizard.checklist.model import Day, GoLiveList, Item, Session
from wizard.reporting import report
from wizard.state import state_file

ATTACKS = (
    "<script>alert(1)</script>", "<img src=x onerror=alert(1)>", "\"'><svg/onload=alert(1)>", "</td></table><h1>x",
    "</pre></details><iframe src=//evil.example>", "&lt;script&gt;", "&#60;b&#62;", "<!--", "]]>", "<![CDATA[",
    "<?php", "[click](javascript:alert(1))", "![x](http://evil.example/x.png)", "[a]: http://evil.example",
    "<http://evil.example>", "http://evil.example/?a=b", "www.evil.example", "someone@evil.example", "**bold**",
    "_a_ ~~b~~", "| a | b |\n|---|---|", "\n\n# heading\n", "\n- [x] 1.1 ticked\n", "\n```\ncode\n```\n",
    "\n    indented\n", "`code`", "``", "\\", "\\\\[x](y)", "\n***\n", "\nsetext\n===", "12. one\n2) two", "3) three",
    "- dash", "+ plus", "# top", "> quote",
    "[^1]", "[red]odd[/red]", "[@click=app.leave]go[/]", "{0} %s $x", "\x1b]52;c;aGFja2Vk\x07",
    "\x1b]8;;http://evil.example\x1b\\click\x1b]8;;\x1b\\", "\x1b[2J", "\x1b]0;no end", "\x9b31m",
    "\x9d0;title\x9c", "\u202etxt.exe", "\u2066x\u2069", "\u200b\u200d\ufeff", "\U000e0041\U000e0042",
    "\0\x07\x08\x7f", "\r", "\x0b\x0c\x85\u2028\u2029", "\udcff\ud800", "\uffff\ufffe",
    "javascript:alert(1).py:1", "../../etc/passwd.txt:1", "/etc/passwd.txt:1", "a b.py:0",
    "x.py:99999999999999999999", "é€𝄞", "$(touch pwned)", "-rf", "=cmd|' /C calc'!A0",
)  # fmt: skip
texts = st.lists(
    st.one_of(st.sampled_from(ATTACKS), st.text(st.characters(), max_size=8), st.sampled_from(" \nx:/")), max_size=5
).map("".join)
PLAIN = "plain"


def hostile_state(root, text):
    """A checklist and a state with *text* wherever a text from outside can be."""
    task = next(iter(loader.load().tasks.values()))
    items = tuple(Item(f"{number}{text}", text) for number in range(1, 5))
    task = replace(task, title=text, why=text, items=items)
    days = (Day(1, text, "8", (Session("Morning", "4", (task,)),)),)
    lists = (GoLiveList("launch", text, 0, (Item("launch.1", text), Item("launch.2", text, follows=(items[0].id,)))),)
    checklist = replace(loader.load(), title=text, days=days, go_live=lists)
    statuses = (Status.DONE, Status.FAILED, Status.DRIFTED, Status.WAIVED)
    evidence = {
        item.id: Evidence(item.id, status, "note", text, text, text)
        for item, status in zip(items, statuses, strict=True)
    }
    return checklist, state_file.State(root, evidence)


def render(form, root, text):
    """A report in which *text* is everywhere: valid UTF-8, and without control sequences."""
    found = report.render(form, root, *hostile_state(root, text))
    found.encode("utf-8")
    assert harmless(found) == found
    return found


def hostile(test):
    """Run *test* with each attack and with random mixtures of attacks."""
    for attack in ATTACKS:
        test = example(text=attack)(test)
    return settings(max_examples=60, deadline=None)(given(text=texts)(test))


class Structure(HTMLParser):
    """Tags with their attributes, in order, and all the text."""

    def __init__(self):
        super().__init__()
        self.tags, self.text = [], []

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, attrs))

    def handle_endtag(self, tag):
        self.tags.append(("/", tag))

    def handle_comment(self, data):
        self.tags.append(("comment", data))

    def unknown_decl(self, data):
        self.tags.append(("declaration", data))

    handle_pi = unknown_decl

    def handle_data(self, data):
        self.text.append(data)


def structure(text):
    parser = Structure()
    parser.feed(text)
    parser.close()
    return parser


MARKDOWN = MarkdownIt("gfm-like")
# Otherwise it takes urls.py for a site in Paraguay. GitHub requires http:// or www.
MARKDOWN.linkify.set({"fuzzy_link": False})


def tokens(text):
    """The structure of a Markdown text: its tokens without their content."""
    found = []
    for token in MARKDOWN.parse(text):
        found.append((token.type, token.tag, token.level))
        kinds = [child.type for child in token.children or () if not child.type.startswith("text")]
        if kinds:
            found.append(tuple(kinds))
    return found


def markdown_text(text):
    """The text that a reader of a Markdown page sees."""
    return "".join(child.content for token in MARKDOWN.parse(text) for child in token.children or ())
