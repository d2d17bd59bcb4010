"""Texts that want to be more than text: no report, no line and no event takes them for markup, or breaks by them."""

from __future__ import annotations

import json
import unicodedata
from dataclasses import replace
from html.parser import HTMLParser
from types import SimpleNamespace
from urllib.parse import unquote_to_bytes, urlsplit
from xml.etree import ElementTree
from zipfile import ZipFile

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from screens.formatting import safe
from wizard.base import files
from wizard.base.errors import GoliveError
from wizard.base.secrets import redact, remember
from wizard.base.terminal import harmless
from wizard.checklist import loader
from wizard.checklist.evidence import Evidence, Status
from wizard.checklist.model import Day, GoLiveList, Item, Session
from wizard.cli.output import EventPrinter
from wizard.diagnosis.diagnose import Diagnosis
from wizard.engine.events import FindingReported, Output, TaskFailed, Ticked
from wizard.plan.actions import Finding
from wizard.reporting import event_text, report, support_bundle
from wizard.reporting.crash import report as crash_report
from wizard.state import state_file
from wizard.state.journal import Journal

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


def standing(root, text):
    """A checklist and a state in which *text* stands wherever somebody else's may."""
    task = next(iter(loader.load().tasks.values()))
    items = tuple(Item(f"{number}{text}", text) for number in range(1, 5))
    task = replace(task, title=text, why=text, items=items)
    days = (Day(1, text, "8", (Session("Morning", "4", (task,)),)),)
    lists = (GoLiveList("launch", text, 0, (Item("launch.1", text), Item("launch.2", text, follows=(items[0].id,)))),)
    whole = replace(loader.load(), title=text, days=days, go_live=lists)
    statuses = (Status.DONE, Status.FAILED, Status.DRIFTED, Status.WAIVED)
    evidence = {
        item.id: Evidence(item.id, status, "note", text, text, text)
        for item, status in zip(items, statuses, strict=True)
    }
    return whole, state_file.State(root, evidence)


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    root = tmp_path_factory.mktemp("project")
    (root / "manage.py").write_text("")
    return root


def rendered(form, root, text):
    whole, now = standing(root, text)
    found = report.render(form, root, whole, now)
    found.encode("utf-8")
    assert harmless(found) == found
    return found


def hostile(test):
    """*test* with each attack, and with many mixtures of them."""
    for attack in ATTACKS:
        test = example(text=attack)(test)
    return settings(max_examples=60, deadline=None)(given(text=texts)(test))


@hostile
def test_what_is_harmless_steers_nothing_hides_nothing_and_can_be_encoded(text):
    found = harmless(text)
    found.encode("utf-8")
    assert harmless(found) == found
    for sign in found:
        assert sign in "\n\t" or unicodedata.category(sign) not in {"Cc", "Cs", "Zl", "Zp"}
        assert unicodedata.bidirectional(sign) not in {"LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI"}
    assert str(GoliveError(text, text, text)) == harmless(str(GoliveError(text, text, text)))


@pytest.mark.parametrize("text", ["plain äöü €", "می‌خواهم", "👩‍💻 👍🏽 ✔", "soft\u00adhyphen", "a\tb\nc"])
def test_what_people_write_stays_as_it_is(text):
    assert harmless(text) == text


def test_a_sequence_without_an_end_hides_nothing_of_what_follows():
    assert harmless("a\x1b]0;failed\nsecond\x1bPx\nthird\x07") == "a0;failed\nsecondx\nthird"
    assert harmless("a\x1b]0;title\x07b\x1b[31mc\x1bPx\x1b\\d") == "abcd"


@pytest.mark.parametrize("between", ["\x1b[31m", "\u200b", "\x08", "\u202e", "\x9b", "\U000e0041"])
def test_no_invisible_sign_lets_a_secret_through(between):
    remember("a-canary-of-this-test")
    for split in (3, 10):
        text = "told: a-canary-of-this-test"[:split] + between + "told: a-canary-of-this-test"[split:]
        for shown in (redact(harmless(text)), harmless(redact(text)), safe(text), report.one_line(text)):
            assert "a-canary-of-this-test" not in shown


# ---- HTML


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


@hostile
def test_html_has_the_same_tags_whatever_the_texts_say(project, text):
    found = structure(rendered("html", project, text))
    assert found.tags == structure(rendered("html", project, PLAIN)).tags
    assert report.one_line(text) in " ".join("".join(found.text).split())


# ---- Markdown, with what GitHub adds: tables, addresses that become links, strikethrough

MARKDOWN = MarkdownIt("gfm-like")
MARKDOWN.linkify.set(
    {"fuzzy_link": False}
)  # it would take urls.py for a site in Paraguay; GitHub wants http:// or www.


def tokens(text):
    found = []
    for token in MARKDOWN.parse(text):
        found.append((token.type, token.tag, token.level))
        kinds = [child.type for child in token.children or () if not child.type.startswith("text")]
        if kinds:
            found.append(tuple(kinds))
    return found


def read(text):
    return "".join(child.content for token in MARKDOWN.parse(text) for child in token.children or ())


@hostile
def test_markdown_has_the_same_structure_whatever_the_texts_say(project, text):
    found = rendered("md", project, text)
    assert tokens(found) == tokens(rendered("md", project, PLAIN))
    assert report.one_line(text) in " ".join(read(found).split())
    assert "www." not in found.lower()


# ---- XML and JSON


@hostile
def test_junit_is_xml_with_the_same_elements_whatever_the_texts_say(project, text):
    found = ElementTree.fromstring(rendered("junit", project, text).encode("utf-8"))
    plain = ElementTree.fromstring(rendered("junit", project, PLAIN).encode("utf-8"))
    assert [each.tag for each in found.iter()] == [each.tag for each in plain.iter()]
    assert found.find("testsuite").get("name") == report.one_line(f"1. {text}")


@hostile
def test_sarif_is_json_whose_addresses_are_files_of_the_project(project, text):
    found = json.loads(rendered("sarif", project, text))
    results = found["runs"][0]["results"]
    assert len(results) == 2
    for each in results:
        place = each["locations"][0]["physicalLocation"]
        assert place["artifactLocation"]["uri"] == "manage.py"
        assert place["region"]["startLine"] == 1
        assert "](" not in each["message"]["text"]
        assert each["ruleId"] in {rule["id"] for rule in found["runs"][0]["tool"]["driver"]["rules"]}


@hostile
def test_the_report_in_json_is_json_and_can_be_read_back(project, text):
    found = rendered("json", project, text)
    assert len(json.loads(found)["tasks"][0]["items"]) == 4
    path = project / "report.json"
    path.write_text(found, encoding="utf-8")
    assert len(report.ticked(path)) == 4


NAMES = ("javascript:alert(1).py", "a b#c?d%41.py", "é\udcff.py", "-rf.py", "data:text,html.py")


@pytest.mark.parametrize("name", NAMES, ids=ascii)
def test_a_uri_in_sarif_is_relative_and_encoded(tmp_path, name):
    root = tmp_path / name
    root.mkdir()
    (root / "manage.py").write_text("")
    (root / "views.py").write_text("")
    whole, now = standing(root, f"see views.py:7 and {root}/views.py:3 and ../{name}/views.py:4")
    for result in json.loads(report.render("sarif", root, whole, now))["runs"][0]["results"]:
        assert result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == "views.py"
        assert result["locations"][0]["physicalLocation"]["region"]["startLine"] == 7
    from wizard.reporting.ci_formats import _place

    uri = _place(tmp_path, root, "nowhere")["physicalLocation"]["artifactLocation"]["uri"]
    assert (urlsplit(uri).scheme, urlsplit(uri).netloc, uri[0] == "/") == ("", "", False)
    assert files.read(tmp_path / unquote_to_bytes(uri).decode("utf-8", "surrogateescape")) == b""


def test_a_place_outside_of_the_project_is_none(tmp_path):
    from wizard.reporting.ci_formats import _place

    top = tmp_path / "top"
    top.mkdir()
    (tmp_path / "outside.py").write_text("")
    (top / "link.py").symlink_to(tmp_path / "outside.py")
    (top / "views.py").touch()
    for text in (
        "../outside.py:1",
        f"{tmp_path}/outside.py:1",
        "link.py:1",
        "../top/views.py:1",
        "x" * 300 + ".py:1",
        "y" * 70_000,
    ):
        assert _place(top, top, text)["physicalLocation"]["artifactLocation"]["uri"] == "manage.py"


# ---- changes: names and contents of files


@pytest.fixture(params=ATTACKS, ids=ascii)
def changed(request, tmp_path):
    """A project with a change of a file that is called, and holds, an attack."""
    journal = Journal(state_file.prepare(tmp_path))
    name = request.param.translate({ord("/"): "|", 0: None, 0xD800: None})
    content = request.param.encode("utf-8", "replace")
    (tmp_path / f"{name}.txt").write_bytes(content)
    action = {
        "kind": "WriteFile",
        "path": f"{name}.txt",
        "before": journal.keep(b"old\n"),
        "after": files.digest(content),
    }
    journal.append("begin", batch="b", task=1, index=0, action=action)
    journal.append("end", batch="b", index=0, result={})
    journal.append("applied", batch="b", task=1)
    return tmp_path


def test_names_and_contents_of_changed_files_are_texts_in_every_report(changed):
    now = state_file.State(changed, {})
    found = {form: report.render(form, changed, loader.load(), now) for form in report.FORMATS}
    for text in found.values():
        text.encode("utf-8")
        assert harmless(text) == text
    assert {tag for tag, _ in structure(found["html"]).tags} == {
        "html", "head", "meta", "title", "style", "body", "h1", "p", "h2", "h3", "small", "table", "tr", "td", "br",
        "ul", "li", "details", "summary", "pre", "/",
    }  # fmt: skip
    kinds = {part for token in tokens(found["md"]) for part in token if isinstance(part, str)}
    assert not kinds & {"html_block", "html_inline", "link_open", "image", "table_open", "fence", "code_inline"}
    assert [change["task"] for change in json.loads(found["json"])["changes"]] == [1]


# ---- lines, events, bundle, crash


@hostile
def test_lines_steer_nothing_and_events_are_json(project, capsys_of_all, text):
    whole, now = standing(project, text)
    task = whole.tasks[1]
    evidence = next(iter(now.evidence.values()))
    hint = SimpleNamespace(text=text, fix=text)
    failed = TaskFailed(task, text, (Diagnosis(None, hint, True, text),))
    events = [FindingReported(Finding(text, warning=True)), Output(text), Ticked(task.items[0], evidence)]
    for event in events:
        EventPrinter(as_json=True)(event)
    lines = capsys_of_all().out.splitlines()
    assert len(lines) == 3
    assert all(isinstance(json.loads(line), dict) for line in lines)
    for event in (*events, failed):
        EventPrinter(as_json=False)(event)
    told = capsys_of_all().err
    assert harmless(told) == told
    assert event_text.line(events[0])


@pytest.fixture(scope="module")
def capsys_of_all(request):
    """What was written since the last call; for all the examples of a test."""
    capture = request.config.pluginmanager.getplugin("capturemanager")
    return lambda: SimpleNamespace(**dict(zip(("out", "err"), capture.read_global_capture(), strict=True)))


def raising(text):
    raise RuntimeError(text)


@pytest.mark.parametrize("text", ATTACKS, ids=ascii)
def test_a_bundle_and_a_crash_report_are_written_whatever_they_hold(tmp_path, text):
    state_file.prepare(tmp_path)
    whole, now = standing(tmp_path, text)
    path = support_bundle.make(tmp_path, whole, now, log=text.encode("utf-8", "replace"), failure=text)
    with ZipFile(path) as packed:
        assert not packed.testzip()
        for name in packed.namelist():
            assert harmless(packed.read(name).decode()) == packed.read(name).decode()
    (state_file.folder_of(tmp_path) / "runs").mkdir(exist_ok=True)
    try:
        raising(text)
    except RuntimeError:
        assert "crash.log" in crash_report(tmp_path)
    assert (state_file.folder_of(tmp_path) / "runs" / "crash.log").read_text("utf-8")
