"""A drift is one line for programs, and a block on a terminal."""

from __future__ import annotations

from wizard.checklist.evidence import Evidence, Status
from wizard.checklist.model import Item, Task
from wizard.engine.drift import Causes, Change
from wizard.engine.events import Drifted, NotChecked, as_record
from wizard.reporting.drift_text import drift_block, drift_line, not_checked_line, numbers

PAGE = Change("templates/404.html", "was deleted", uncommitted=True)
COMMIT = Change("shop/settings.py", "was changed", line=45, commit="3f2a1bc", subject="Turn debug on",
                date="2026-11-20T10:00:00+00:00", day="20 November 2026")  # fmt: skip
DRIFT = Drifted(Item("2.3", "visitors see the page"), "the page", "404 with\n654 bytes", "a.py:1", (PAGE, COMMIT))


def task(number):
    return Task(number, "A task", 1, "by_hand", "", (Item(f"{number}.1", "one"),))


def test_the_line_has_everything():
    assert drift_line(DRIFT) == (
        "drifted 2.3: expected the page, found 404 with 654 bytes (a.py:1); "
        "templates/404.html was deleted (uncommitted); "
        'shop/settings.py:45 was changed in 3f2a1bc "Turn debug on" (20 November 2026)'
    )


def test_the_block_has_a_line_for_each_part():
    assert drift_block(DRIFT).splitlines() == [
        "drifted 2.3",
        "   expected: the page",
        "   found:    404 with 654 bytes",
        "   where:    a.py:1",
        "   changed:  templates/404.html was deleted (uncommitted); shop/settings.py:45 was changed in 3f2a1bc "
        '"Turn debug on" (20 November 2026)',
    ]


def test_the_event_has_the_parts_of_a_change():
    record = as_record(DRIFT)
    assert (record["event"], record["item"]["id"], record["expected"]) == ("Drifted", "2.3", "the page")
    assert record["changed"][1] == {
        "path": "shop/settings.py", "what": "was changed", "variable": "", "line": 45, "commit": "3f2a1bc",
        "subject": "Turn debug on", "date": "2026-11-20T10:00:00+00:00", "day": "20 November 2026",
        "uncommitted": False,
    }  # fmt: skip


def test_what_was_not_checked_is_one_line_with_ranges_of_tasks():
    tasks = tuple(map(task, (1, 2, 3, 7)))
    event = NotChecked(tasks, (), "the settings raise SyntaxError", "invalid syntax", "Correct it.", "settings.py:3")
    expected = "not checked 1-3, 7: settings.py:3: the settings raise SyntaxError: invalid syntax. Correct it."
    assert not_checked_line(event) == expected
    assert numbers([24, 5]) == "5, 24"


def test_reports_show_what_changed():
    evidence = Evidence(
        "2.3", Status.DRIFTED, "request", "GET /x", "404", expected="200", changed=str(Causes((PAGE,), 2))
    )
    assert evidence.result() == (
        "expected 200, found 404; templates/404.html was deleted (uncommitted); and 2 other changes"
    )
