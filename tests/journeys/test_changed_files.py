"""A form that replaces a file of a row that its address does not name, as on the page of a visitor's own profile."""

from __future__ import annotations

from types import SimpleNamespace

from wizard.journeys.saved_rows import files_of, row_with_another_file

MODEL = SimpleNamespace(inputs=[SimpleNamespace(name="bio", kind="text"), SimpleNamespace(name="avatar", kind="image")])


def context(rows):
    """A context whose database has *rows*."""
    database = SimpleNamespace(keys=lambda label: list(rows), values=lambda label, key: rows[key])
    return SimpleNamespace(rows=database, surface=SimpleNamespace(model=lambda label: MODEL))


def test_the_row_whose_file_is_another_one_is_found():
    rows = {1: {"bio": "", "avatar": "a.png"}, 2: {"bio": "", "avatar": ""}}
    then = files_of(context(rows), "accounts.Profile")
    assert row_with_another_file(context(rows), "accounts.Profile", then) is None
    rows = {**rows, 2: {"bio": "", "avatar": "b.png"}, 3: {"bio": "", "avatar": "c.png"}}
    found = row_with_another_file(context(rows), "accounts.Profile", then)
    assert (found.label, found.key) == ("accounts.Profile", 2), "a new row is judged elsewhere"
    rows = {**rows, 2: {"bio": "new", "avatar": ""}}
    assert row_with_another_file(context(rows), "accounts.Profile", then) is None
