"""The HTML report: what is open comes first, evidence is folded, times count back, and it prints well."""

from __future__ import annotations

import base64
import hashlib
import itertools
import re
import shutil
import subprocess
from datetime import UTC, datetime, timedelta

import pytest
from textual.color import Color

from tests.reporting.hostile_texts import structure
from tests.screens.test_themes import ratio
from wizard.checklist import loader
from wizard.checklist.evidence import Evidence, Status, rehearsed, shown, waiting
from wizard.reporting import report
from wizard.reporting.html_style import STYLE
from wizard.state.state_file import State

CHROMIUM = shutil.which("chromium") or shutil.which("google-chrome") or ""


def rendered(root, *evidence, form="html"):
    return report.render(form, root, loader.load(), State(root, {each.item: each for each in evidence}))


@pytest.fixture
def mixed(tmp_path):
    at = (datetime.now(UTC) - timedelta(hours=3)).isoformat(timespec="seconds")
    return (
        waiting("11.1", "accounts", "sign up at railway.com"),
        shown("2.1", False, "settings", "DEBUG", "on", expected="off"),
        rehearsed("20.3", True, "request", "https://shop", "A+ by the six headers"),
        Evidence("1.1", Status.DONE, "settings", "the key", "64 characters", at),
    )


@pytest.mark.parametrize("form", ["html", "md"])
def test_summary_grade_and_open_items_come_before_the_evidence(tmp_path, mixed, form):
    text = rendered(tmp_path, *mixed, form=form).replace("\\", "").replace("&quot;", '"')
    order = (
        "1 done, 1 rehearsed",
        "A+ by the six headers",
        "Open items",
        "expected off, found on",
        "sign up at",
        "Day 1",
    )
    found = [text.index(each) for each in order]
    assert found == sorted(found)
    assert text.index("64 characters") > found[-1]
    assert found[2] < text.index("golive --auto --only 2") < found[-1]
    assert found[2] < text.index('golive confirm 11.1 "what you saw"') < found[-1]


@pytest.mark.parametrize("form", ["html", "md"])
def test_a_report_without_open_items_says_so(tmp_path, form):
    items = [item.id for _, item in loader.load().items()]
    text = rendered(tmp_path, *(shown(item, True, "file", "looked", "there") for item in items), form=form)
    assert "Nothing is open." in text
    assert "golive --auto" not in text


def test_open_items_of_a_task_share_one_command(tmp_path):
    text = rendered(tmp_path)
    assert text.count("<code>golive --auto --only 2</code>") == 1


@pytest.mark.parametrize("form", ["html", "md"])
def test_open_items_with_the_same_reason_share_an_entry(tmp_path, form):
    why = "the deployment failed in task 17"
    found = [waiting(item, "GET /", why) for item in ("21.13", "22.1", "22.2", "24.1")]
    apart = [waiting("2.1", "settings", "not loaded"), waiting("2.2", "settings", "not loaded")]
    text = rendered(tmp_path, *found, *apart, form=form).replace("\\", "")
    open_part = text[text.index("Open items") : text.index("Day 1")]
    assert open_part.count(why) == 1
    assert "4 items (21.13, 22.1, 22.2, 24.1)" in open_part
    assert "golive --auto --only 21-22,24" in open_part
    for number, title in ((21, "Functionality Testing"), (22, "Performance Testing"), (24, "Final Checks")):
        assert f"{number}. {title}" in open_part
    assert open_part.count("not loaded") == 2, "two items are shown with their texts"


def test_times_count_back_from_the_report_and_keep_the_absolute_time(tmp_path, mixed):
    text = rendered(tmp_path, *mixed)
    at = mixed[-1].at
    absolute = f"{datetime.fromisoformat(at):%Y-%m-%d %H:%M} UTC"
    assert f'<time datetime="{at}" title="{absolute}">3 hours ago</time>' in text
    assert re.search(r"Made by Golive \S+ on \d{4}-\d\d-\d\d \d\d:\d\d UTC", text)


@pytest.mark.parametrize("at", ["yesterday", "2026-11-27T00:57:47"])
def test_a_time_that_cannot_be_counted_back_is_shown_as_it_is(tmp_path, at):
    text = rendered(tmp_path, Evidence("1.1", Status.DONE, "settings", "the key", "64 characters", at))
    assert "<time" not in text
    assert at[:10] in text


def test_headings_are_in_order_and_evidence_is_folded(tmp_path, mixed):
    tags = structure(rendered(tmp_path, *mixed)).tags
    levels = [int(tag[1]) for tag, _ in tags if re.fullmatch("h[1-6]", tag)]
    assert levels[0] == 1
    assert all(after <= before + 1 for before, after in itertools.pairwise(levels))
    assert levels.count(1) == 1
    folded = [dict(attributes) for tag, attributes in tags if tag == "details"]
    assert len(folded) >= 24
    assert not any("open" in attributes for attributes in folded)
    assert {"main", "header"} <= {tag for tag, _ in tags}
    assert ("html", [("lang", "en")]) in tags


def test_the_policy_allows_the_style_sheet_and_nothing_else(tmp_path, mixed):
    text = rendered(tmp_path, *mixed)
    style = re.search(r"<style>(.*?)</style>", text, re.DOTALL)[1]
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    assert f"content=\"default-src 'none'; style-src 'sha256-{digest}'\"" in text
    assert not re.search(r"<script|\bsrc=|\bstyle=|@import|url\(", text)


def test_text_has_enough_contrast_in_light_and_dark():
    themes = [dict(re.findall(r"--(\w+): (#\w+)", part)) for part in re.findall(r":root {([^}]*)}", STYLE)]
    assert len(themes) == 3
    for theme in themes:
        for front in ("text", "muted", "good", "bad", "link"):
            for back in {theme.get("back"), theme["code"]}:
                assert ratio(Color.parse(theme[front]), Color.parse(back)) >= 4.5, (front, back)


def pages(folder, text):
    page, printed = folder / "report.html", folder / "report.pdf"
    page.write_text(text)
    command = [
        CHROMIUM, "--headless", "--no-sandbox", "--disable-gpu", f"--user-data-dir={folder / 'profile'}",
        f"--print-to-pdf={printed}", page.as_uri(),
    ]  # fmt: skip
    subprocess.run(command, check=True, capture_output=True, timeout=60)
    return len(re.findall(rb"/Type\s*/Page\b", printed.read_bytes()))


@pytest.mark.skipif(not CHROMIUM, reason="no Chromium on this machine")
def test_folded_evidence_is_open_on_paper(tmp_path):
    items = [item.id for _, item in loader.load().items()]
    text = rendered(tmp_path, *(shown(item, True, "file", "looked", "there") for item in items))
    unfolded = text.replace("<details", "<details open")
    assert pages(tmp_path, text) == pages(tmp_path, unfolded) > pages(tmp_path, text.replace("class=evidence", ""))
