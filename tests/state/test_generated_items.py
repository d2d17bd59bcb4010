"""Items for a project's own resources keep their numbers in the state, and are shown without loading the project."""

from __future__ import annotations

import json

import pytest

from wizard.checklist import loader
from wizard.checklist.evidence import Status, rehearsed
from wizard.checklist.model import Item
from wizard.cli.main import main
from wizard.engine.checking import import_ticked
from wizard.engine.records import Records
from wizard.reporting import json_report, report
from wizard.state import generated_items, state_file
from wizard.state.generated_items import Generated, provide, stored
from wizard.state.state_file import Facts

BOOKS, AUTHORS = Generated("library.Book", "Books: list"), Generated("library.Author", "Authors: list")


@pytest.fixture
def empty_project(tmp_path):
    root = tmp_path / "shop"
    root.mkdir()
    (root / "manage.py").write_text("")
    return root


@pytest.fixture
def records(empty_project):
    return Records(empty_project, None, loader.load(empty_project), lambda event: None)


def add(records, *resources):
    facts = Facts(records.state, records.journal)
    return [item.id for item in provide(records.checklist, facts, resources)]


def tick(records, item):
    task = records.checklist.tasks[21]
    records.record(task, rehearsed(item, True, "request", "journey", "seen"))
    records.state.save()


def test_a_resource_keeps_its_number_whatever_others_do(records, empty_project):
    assert add(records, BOOKS, AUTHORS) == ["21.21", "21.22"]
    again = Records(empty_project, None, loader.load(empty_project), lambda event: None)
    assert add(again, AUTHORS) == ["21.22"]  # Books is gone, and its number with it
    assert add(again, Generated("library.Loan", "Loans: list")) == ["21.23"]
    assert [item.id for item in again.checklist.tasks[21].items][-3:] == ["21.21", "21.22", "21.23"]


def test_its_text_follows_the_project(records):
    add(records, BOOKS)
    add(records, Generated("library.Book", "Books: list, delete"))
    assert records.checklist.tasks[21].item("21.21").text == "Books: list, delete"
    assert list(stored(records.state.facts).values()) == [Generated("library.Book", "Books: list, delete")]


def test_all_holders_of_a_task_see_a_new_item(records):
    task, before = records.checklist.tasks[21], hash(records.checklist.tasks[21])
    add(records, BOOKS)
    assert task.item("21.21") in task.items
    assert hash(task) == before
    assert task in [each for day in records.checklist.days for session in day.sessions for each in session.tasks]


def test_an_item_of_golive_yaml_keeps_its_number(empty_project):
    overlay = "version: 1\nitems:\n  - {task: 21, id: '21.21', text: Mine}\n"
    (empty_project / "golive.yaml").write_text(overlay)
    records = Records(empty_project, None, loader.load(empty_project), lambda event: None)
    assert add(records, BOOKS) == ["21.22"]
    records.checklist.tasks[21].put(Item("21.23", "Mine too"))  # added to golive.yaml later
    records.state.facts[generated_items.PREFIX + "21.23"] = AUTHORS.as_fact()
    assert add(records, AUTHORS) == ["21.24"]
    assert add(records, AUTHORS) == ["21.24"]


def test_many_resources_are_saved_once(records, monkeypatch):
    saved = []
    monkeypatch.setattr(type(records.state), "save", lambda state: saved.append(dict(state.facts)))
    add(records, *(Generated(f"library.Shelf{number}", "Shelves: list") for number in range(20)))
    assert [len(stored(facts)) for facts in saved] == [20]


def test_an_item_that_golive_yaml_adds_later_is_not_replaced(records, empty_project):
    add(records, BOOKS)
    (empty_project / "golive.yaml").write_text("version: 1\nitems:\n  - {task: 21, id: '21.21', text: Mine}\n")
    again = Records(empty_project, None, loader.load(empty_project), lambda event: None)
    assert again.checklist.tasks[21].item("21.21").text == "Mine"
    assert add(again, BOOKS) == ["21.22"]


def test_undo_opens_the_item_and_keeps_its_number(records):
    add(records, BOOKS)
    tick(records, "21.21")
    records.state.undone([21])
    assert records.state.status("21.21") is Status.OPEN
    assert add(records, BOOKS) == ["21.21"]


def test_a_lost_state_is_rebuilt_with_the_items(records, empty_project):
    add(records, BOOKS)
    tick(records, "21.21")
    (empty_project / ".golive" / "state.json").unlink()
    again = Records(empty_project, None, loader.load(empty_project), lambda event: None)
    assert again.state.rebuilt and again.state.status("21.21") is Status.REHEARSED
    assert again.checklist.tasks[21].item("21.21").text == "Books: list"


@pytest.mark.parametrize("fact", ["", "[]", "{", '{"resource": 3, "text": "x"}', '{"resource": "a", "text": " "}'])
def test_facts_that_are_no_item_are_ignored(fact):
    assert stored({"items.21.21": fact, "items.22.1": BOOKS.as_fact(), "items.21.x": BOOKS.as_fact()}) == {}


def test_there_is_a_limit(records, monkeypatch):
    monkeypatch.setattr(generated_items, "MOST", 1)
    facts = Facts(records.state, records.journal)
    first, second = provide(records.checklist, facts, [BOOKS, AUTHORS])
    assert first.id == "21.21" and second is None


def test_status_and_all_reports_show_the_item(records, empty_project, capsys):
    add(records, BOOKS)
    tick(records, "21.21")
    assert main(["status", "--json", "--project", str(empty_project)]) == 0
    assert json.loads(capsys.readouterr().out)["items"]["21.21"] == "rehearsed"
    main(["status", "--project", str(empty_project)])
    assert "Functionality Testing                    1/21" in capsys.readouterr().out
    for form in ("md", "html", "json", "sarif", "junit"):
        assert main(["report", "--format", form, "--project", str(empty_project)]) == 0
        assert "Books: list" in capsys.readouterr().out, form
    assert main(["waive", "21.21", "no", "books", "--project", str(empty_project)]) == 0


def test_a_clone_takes_the_items_over_from_a_report(records, empty_project, tmp_path):
    add(records, BOOKS, AUTHORS)
    tick(records, "21.21")
    tick(records, "21.22")
    path = tmp_path / "report.json"
    path.write_text(report.render("json", empty_project, records.checklist, records.state))
    checklist, state = loader.load(), state_file.State(tmp_path / ".golive", read_only=True)
    state.facts["items.21.21"] = AUTHORS.as_fact()  # here, the numbers are others
    generated_items.add_to(checklist, state.facts)
    import_ticked(state, checklist, *json_report.read_ticked(path))
    assert {name: item.resource for name, item in stored(state.facts).items()} == {
        "21.21": "library.Author", "21.22": "library.Book"
    }  # fmt: skip
    assert [state.status(item) for item in ("21.21", "21.22", "21.23")] == [
        Status.REHEARSED,
        Status.REHEARSED,
        Status.OPEN,
    ]
    assert checklist.tasks[21].item("21.22").text == "Books: list"


def test_a_number_that_a_report_does_not_explain_is_not_taken_over(tmp_path):
    checklist, state = loader.load(), state_file.State(tmp_path / ".golive", read_only=True)
    state.facts["items.21.21"] = AUTHORS.as_fact()
    import_ticked(state, checklist, [rehearsed("21.21", True, "request", "journey", "seen")], {}, {})
    assert state.status("21.21") is Status.OPEN
