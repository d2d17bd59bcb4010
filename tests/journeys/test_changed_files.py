"""A form that replaces a file of a row that its address does not name, as on the page of a visitor's own profile."""

from __future__ import annotations

import hashlib
from types import SimpleNamespace

import pytest

from wizard.journeys.context import Contradiction
from wizard.journeys.evidence import Row
from wizard.journeys.rows import StoredFile
from wizard.journeys.saved_rows import before, files_of, new_row, row_with_another_file
from wizard.journeys.uploads import _in_storage

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


@pytest.mark.parametrize(("sizes", "says"), [((-1, 4), "all 4 bytes"), ((-1, -1), None), ((3, 4), "all 4 bytes")])
def test_a_row_with_two_fields_for_files_has_the_file_in_one_of_them(sizes, says):
    def file(label, key, name):
        size = dict(zip(("audio", "file"), sizes, strict=True))[name]
        content = b"sent" if size == 4 else b"old"
        return StoredFile(size, hashlib.sha256(content).hexdigest(), content, content)

    inputs = [SimpleNamespace(name=name, kind="file") for name in ("audio", "file")]
    here = SimpleNamespace(
        rows=SimpleNamespace(file=file), surface=SimpleNamespace(model=lambda label: SimpleNamespace(inputs=inputs))
    )
    sent = SimpleNamespace(content=b"sent")
    if says:
        assert _in_storage(here, Row("chat.Message", 1), sent) == says
        return
    with pytest.raises(Contradiction, match="has no file"):
        _in_storage(here, Row("chat.Message", 1), sent)
