"""Hostile texts do not change the structure of a report in any format."""

from __future__ import annotations

import json
from xml.etree import ElementTree

from tests.reporting.hostile_texts import PLAIN, hostile, markdown_text, render, structure, tokens
from wizard.reporting import json_report
from wizard.reporting.item_text import one_line


@hostile
def test_no_text_adds_html_tags(empty_project, text):
    found = structure(render("html", empty_project, text))
    assert found.tags == structure(render("html", empty_project, PLAIN)).tags
    assert one_line(text) in " ".join("".join(found.text).split())


@hostile
def test_no_text_changes_the_markdown_structure(empty_project, text):
    found = render("md", empty_project, text)
    assert tokens(found) == tokens(render("md", empty_project, PLAIN))
    assert one_line(text) in " ".join(markdown_text(found).split())
    assert "www." not in found.lower()


@hostile
def test_no_text_adds_junit_elements(empty_project, text):
    found = ElementTree.fromstring(render("junit", empty_project, text).encode("utf-8"))
    plain = ElementTree.fromstring(render("junit", empty_project, PLAIN).encode("utf-8"))
    assert [each.tag for each in found.iter()] == [each.tag for each in plain.iter()]
    assert found.find("testsuite").get("name") == one_line(f"1. {text}")


@hostile
def test_sarif_locations_are_files_of_the_project(empty_project, text):
    found = json.loads(render("sarif", empty_project, text))
    results = found["runs"][0]["results"]
    assert len(results) == 2
    for each in results:
        place = each["locations"][0]["physicalLocation"]
        assert place["artifactLocation"]["uri"] == "manage.py"
        assert place["region"]["startLine"] == 1
        assert "](" not in each["message"]["text"]
        assert each["ruleId"] in {rule["id"] for rule in found["runs"][0]["tool"]["driver"]["rules"]}


@hostile
def test_the_json_report_can_be_read_again(empty_project, text):
    found = render("json", empty_project, text)
    assert len(json.loads(found)["tasks"][0]["items"]) == 4
    path = empty_project / "report.json"
    path.write_text(found, encoding="utf-8")
    assert len(json_report.read_ticked(path)[0]) == 4
