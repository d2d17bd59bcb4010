"""Hostile names and contents of files in reports, and locations in SARIF."""

from __future__ import annotations

import json
import re
from urllib.parse import unquote_to_bytes, urlsplit

import pytest

from tests.reporting.hostile_texts import ATTACKS, hostile_state, structure, tokens
from wizard.base import files
from wizard.base.terminal import harmless
from wizard.checklist import loader
from wizard.reporting import report
from wizard.reporting.ci_formats import location
from wizard.state import state_file
from wizard.state.journal import Journal

NAMES = ("javascript:alert(1).py", "a b#c?d%41.py", "é\udcff.py", "-rf.py", "data:text,html.py")


@pytest.mark.parametrize("name", NAMES, ids=ascii)
def test_a_uri_in_sarif_is_relative_and_encoded(tmp_path, name):
    root = tmp_path / name
    root.mkdir()
    (root / "manage.py").write_text("")
    (root / "views.py").write_text("")
    checklist, now = hostile_state(root, f"see views.py:7 and {root}/views.py:3 and ../{name}/views.py:4")
    for result in json.loads(report.render("sarif", root, checklist, now))["runs"][0]["results"]:
        assert result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == "views.py"
        assert result["locations"][0]["physicalLocation"]["region"]["startLine"] == 7
    uri = location(tmp_path, root, "nowhere")["physicalLocation"]["artifactLocation"]["uri"]
    assert (urlsplit(uri).scheme, urlsplit(uri).netloc, uri[0] == "/") == ("", "", False)
    assert files.read(tmp_path / unquote_to_bytes(uri).decode("utf-8", "surrogateescape")) == b""


def test_a_file_outside_the_project_is_not_a_location(tmp_path):
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
        assert location(top, top, text)["physicalLocation"]["artifactLocation"]["uri"] == "manage.py"


@pytest.fixture(params=ATTACKS, ids=ascii)
def changed(request, tmp_path):
    """A project with a changed file whose name and content are an attack."""
    journal = Journal(state_file.prepare(tmp_path))
    name = request.param.translate({ord("/"): "|", 0: None, 0xD800: None})
    content = request.param.encode("utf-8", "replace")
    (tmp_path / f"{name}.txt").write_bytes(content)
    action = {
        "kind": "WriteFile",
        "path": f"{name}.txt",
        "before": journal.back_up(b"old\n"),
        "after": files.digest(content),
    }
    journal.append("begin", batch="b", task=1, index=0, action=action)
    journal.append("end", batch="b", index=0, result={})
    journal.append("applied", batch="b", task=1)
    return tmp_path


def test_changed_files_are_plain_text_in_every_report(changed):
    now = state_file.State(changed, {})
    found = {form: report.render(form, changed, loader.load(), now) for form in report.FORMATS}
    for text in found.values():
        text.encode("utf-8")
        assert harmless(text) == text
    tags = structure(found["html"]).tags
    assert {tag for tag, _ in tags} == {
        "html", "head", "meta", "title", "style", "body", "header", "main", "section", "h1", "p", "h2", "h3", "small",
        "span", "a", "code", "table", "thead", "tbody", "tr", "th", "td", "br", "ul", "li", "details", "summary", "pre",
        "/",
    }  # fmt: skip
    assert all(re.fullmatch(r"#task-\d+", attributes[0][1]) for tag, attributes in tags if tag == "a")
    kinds = {part for token in tokens(found["md"]) for part in token if isinstance(part, str)}
    assert not kinds & {"html_block", "html_inline", "link_open", "image", "table_open", "fence", "code_inline"}
    assert [change["task"] for change in json.loads(found["json"])["changes"]] == [1]
