"""The checklist and its overlays: their contents, errors with file and line, and the cache."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from wizard.base.errors import ChecklistError
from wizard.checklist import cache, loader
from wizard.checklist.reader import PROBES, read
from wizard.diagnosis import probes
from wizard.site.journey_reader import read_config

TASK = "version: 1\ntasks:\n  - {{day: {day}, session: Morning, task: 101, title: T, minutes: 1, {keys}}}\n"
ITEMS = "items: [{id: '101.1', text: x}]"


@pytest.fixture
def cache_home(tmp_path, monkeypatch):
    folder = tmp_path / "cache"
    monkeypatch.setenv("XDG_CACHE_HOME", str(folder))
    return folder


def test_the_checklist_has_24_tasks_an_optional_day_11_guides_and_4_go_live_lists():
    checklist = loader.load()
    assert [task.number for task in checklist.required_tasks] == list(range(1, 25))
    assert [day.optional for day in checklist.days] == [False, False, False, True]
    assert list(checklist.tasks) == list(range(1, 31))
    assert [len(guide.hints) for guide in checklist.guides.values()] == [4, 4, 5, 4, 4, 6, 4, 4, 3, 3, 4]
    assert len(checklist.go_live) == 4


def test_every_probe_of_the_checklist_exists():
    assert set(PROBES) == probes.PROBES.keys()


def test_every_go_live_item_follows_items_that_exist():
    checklist = loader.load()
    ids = {item.id for _, item in checklist.items()}
    followed = {name for each in checklist.go_live for item in each.items for name in item.follows}
    assert followed and followed <= ids


@pytest.mark.parametrize(
    ("overlay", "message"),
    [
        ("version: 1\nitems:\n  - {task: 5, id: '5.1', text: x}\n", "golive.yaml:3: id: found item '5.1' again"),
        ("version: 1\nitmes: []\n", "golive.yaml:2: checklist: found the unknown key 'itmes'"),
        ("version: one\n", "golive.yaml:1: version: found 'one', expected a whole number"),
        ("version: 2\n", "golive.yaml:1: version: found 2, expected version 1"),
        ("", "golive.yaml:1: found an empty file, expected a mapping with the key version"),
        ("version: 1\nitems: [\n", "invalid YAML: "),
        ("version: 1\nversion: 1\n", "golive.yaml:2: checklist: found the key 'version' twice"),
        ("version: 1\nitems: x\n", "golive.yaml:2: items: found 'x', expected a list"),
        ("version: 1\nitems: [{task: 5, id: '6.9', text: x}]\n", "expected an id that starts with '5.'"),
        ("version: 1\nitems: [{task: 99, id: '99.1', text: x}]\n", "task: found the unknown task 99"),
        ("version: 1\nitems: [{task: 5, id: '5.9'}]\n", "items[0]: found no text, expected the keys task, id, text"),
        ("version: 1\nitems: [{task: 5, id: '5.9', text: [x]}]\n", "text: found a list, expected a string"),
        ("version: 1\nitems: [{task: 5, id: '5.9', text: x, way: magic}]\n", "expected one of auto, assisted, by hand"),
        (
            "version: 1\nitems: [{task: 5, id: '5.9', text: x, here: 1}]\n",
            "here: found '1', expected one of true, false",
        ),
        (TASK.format(day=9, keys=ITEMS), "golive.yaml:3: day: found day 9, session 'Morning', expected a day of"),
        (TASK.format(day=3, keys=ITEMS + ", step: t99"), "step: found the unknown step 't99', expected one of manual"),
        (TASK.format(day=3, keys=ITEMS + ", guides: [x]"), "guides[0]: found the unknown name 'x', expected one of"),
        (
            "version: 1\nguides: [{guide: a, title: A, tasks: [77], hints: []}]\n",
            "tasks[0]: found the unknown task 77, expected the number of a task",
        ),
        (
            "version: 1\nguides: [{guide: a, title: A, tasks: [], hints: [{id: a.1, text: x, probe: y, fix: z}]}]\n",
            "probe: found 'y', expected one of logs, variables",
        ),
    ],
)
def test_a_wrong_overlay_is_refused_with_its_line(tmp_path, overlay, message):
    (tmp_path / "golive.yaml").write_text(overlay)
    with pytest.raises(ChecklistError, match="expected") as refused:
        loader.load(tmp_path)
    assert message in str(refused.value)


def test_a_task_with_a_number_of_golive_is_refused_with_the_numbers_that_are_free(tmp_path):
    (tmp_path / "golive.yaml").write_text(TASK.format(day=3, keys=ITEMS).replace("101", "25"))
    with pytest.raises(ChecklistError, match=r"golive.yaml:3: task: found task 25, .* expected a number from 100 on"):
        loader.load(tmp_path)


def test_an_overlay_adds_items_tasks_and_guides(tmp_path):
    (tmp_path / "golive.yaml").write_text(
        TASK.format(day=3, keys=ITEMS + ", step: by_hand, guides: [own]")
        + "items: [{task: 101, id: '101.2', text: y, here: yes}]\n"
        + "guides: [{guide: own, title: G, tasks: [101], hints: []}]\n"
    )
    checklist = loader.load(tmp_path)
    task = checklist.tasks[101]
    assert (task.day, task.session, task.step) == (3, "Morning", "manual"), "by_hand is the former name of manual"
    assert [(item.id, item.way, item.here) for item in task.items] == [
        ("101.1", "by hand", False),
        ("101.2", "by hand", True),
    ]
    assert [guide.title for guide in checklist.guides_for(task)] == ["G"]


def test_the_examples_of_golive_yaml_in_the_reference_work(tmp_path):
    page = (Path(__file__).parents[2] / "docs" / "reference" / "golive-yaml.md").read_text()
    overlay, journeys = re.findall(r"```yaml\n(version: 1\n.*?)```", page, re.DOTALL)
    (tmp_path / "golive.yaml").write_text(overlay)
    checklist = loader.load(tmp_path)
    assert checklist.tasks[101].title == "Tell the team"
    assert checklist.tasks[5].items[-1].id == "5.x"
    (tmp_path / "golive.yaml").write_text(journeys)
    loader.load(tmp_path)
    assert read_config(tmp_path).journeys[0].steps[1].path == "/api/cart/"


def test_the_cached_checklist_equals_the_parsed_one(cache_home):
    parsed = loader.load()
    [cached] = (cache_home / "golive").iterdir()
    assert cache.load(cached) == parsed == read([(loader.bundled(), loader.bundled().read_bytes())])
    assert loader.load() == parsed


@pytest.mark.parametrize("damaged", [b"", b"{}", b"[1]", b'{"title": 1, "days": null}', b"\xff"])
def test_a_damaged_cache_file_is_replaced(cache_home, damaged):
    parsed = loader.load()
    [cached] = (cache_home / "golive").iterdir()
    content = cached.read_bytes()
    cached.write_bytes(damaged)
    assert loader.load() == parsed
    assert cached.read_bytes() == content


def test_the_checklist_loads_where_no_cache_can_be_written(cache_home):
    cache_home.write_text("a file in place of the folder")
    assert list(loader.load().tasks) == list(range(1, 31))


def test_another_overlay_has_another_cache_file(cache_home, tmp_path):
    loader.load()
    (tmp_path / "golive.yaml").write_text("version: 1\nitems: [{task: 5, id: '5.9', text: x}]\n")
    assert loader.load(tmp_path).tasks[5].items[-1].id == "5.9"
    assert loader.load().tasks[5].items[-1].id == "5.4"
    assert len(list((cache_home / "golive").iterdir())) == 2


def test_the_monthly_price_is_the_higher_of_usage_and_plan():
    prices = loader.load().prices
    used = sum(
        a * b for a, b in zip((prices.memory, prices.cpu, prices.volume, prices.egress), prices.usage, strict=True)
    )
    assert prices.month == round(max(prices.plan, used), 2)
    assert f"About ${prices.month:.2f} a month at Railway" in prices.description()
