"""A form that replaces a file of a row that its address does not name, as on the page of a visitor's own profile."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from wizard.journeys.context import Contradiction
from wizard.journeys.saved_rows import before, files_of, new_row, row_with_another_file

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


@pytest.mark.parametrize("replaced", [True, False])
def test_a_form_that_replaces_a_file_has_made_no_new_row(replaced):
    rows = {1: {"bio": "", "avatar": ""}}
    here = context(rows)
    here.rows.counts, here.models = lambda labels: {"accounts.Profile": len(rows)}, lambda: ["accounts.Profile"]
    here.surface.models = []
    then = before(here, "accounts.Profile")
    attempt = SimpleNamespace(
        answer=SimpleNamespace(first=302, status=200), filled=SimpleNamespace(values={"avatar": "b.png"})
    )
    rows[1] = {"bio": "", "avatar": "b.png" if replaced else ""}
    if replaced:
        assert new_row(here, then, attempt, "").key == 1
        return
    here.surface.models = [SimpleNamespace(label="accounts.Profile", inputs=MODEL.inputs)]
    with pytest.raises(Contradiction, match="no row of accounts"):
        new_row(here, then, attempt, "")
