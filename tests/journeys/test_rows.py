"""Rows of the database behind a site: made with all that they need, read, changed, and found."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path
from types import SimpleNamespace

import pytest

from wizard.journeys.rows import Rows, RowsError
from wizard.project.agent import rows as agent_rows
from wizard.project.agent.row_values import assign
from wizard.project.agent.rows import move_files, path_mapping


@pytest.fixture
def rows(shelf):
    return shelf.rows


def test_a_row_is_made_with_all_that_it_refers_to(rows):
    boss = rows.user("boss", "").key
    line = rows.make("books.OrderLine", {"quantity": 3}, boss)
    kept = rows.values("books.OrderLine", line)
    assert kept["quantity"] == 3
    assert rows.values("books.Order", kept["order"])["customer"] == boss
    assert rows.related("books.OrderLine", line, "order__customer") == boss
    product = rows.values("books.Product", kept["product"])
    assert product["available"] is True, "a site hides products that are not available"
    assert product["slug"].startswith("golive-")
    assert line not in rows.doubtful


def test_rows_of_the_same_owner_share_what_they_refer_to_and_others_do_not(rows):
    boss = rows.user("boss", "").key
    other, _ = rows.account("zoë", "a-Password-7", "zoe@example.com")
    books = [rows.values("books.Review", rows.make("books.Review", {}, user))["book"] for user in (boss, boss, other)]
    assert books[0] == books[1] != books[2]


class Protected:
    """A row whose state only transitions may set, as django-fsm's `protected=True` does."""

    @property
    def state(self):
        return "new"


def test_a_field_that_the_project_protects_keeps_its_default():
    field = SimpleNamespace(attname="state", has_default=lambda: True)
    row = Protected()
    assign(row, field, "paid")
    assert row.state == "new"
    with pytest.raises(AttributeError):
        assign(row, SimpleNamespace(attname="state", has_default=lambda: False), "paid")


def test_a_row_is_found_changed_and_removed(rows):
    key = rows.make("books.Author", {"name": "Zoë Ångström 0a1b2c3d"})
    assert rows.find("books.Author", "0A1B2C3D") == [key]
    rows.change("books.Author", key, {"name": "Åsa"})
    assert rows.values("books.Author", key)["name"] == "Åsa"
    assert rows.is_visible("books.Author", key)
    rows.remove("books.Author", key)
    assert rows.values("books.Author", key) is None
    assert key not in rows.keys("books.Author")


def test_an_uploaded_file_is_compared_by_its_content(rows):
    key = rows.make("books.Document", {}, rows.user("boss", "").key)
    stored = rows.file("books.Document", key, "file")
    assert stored.begins.startswith(b"\x89PNG")
    assert stored.size == 70
    assert b"IEND" in stored.ends
    rows.change("books.Document", key, {"file": "documents/missing.png"})
    assert rows.file("books.Document", key, "file").size == -1


def test_an_account_can_log_in_and_its_password_is_checked(rows):
    key, name = rows.account("asa", "a-Password-8", "asa@example.com")
    found = rows.user("ASA", "", "a-Password-8")
    assert (found.key, found.active, found.password_fits, name) == (key, True, True, "asa")
    assert not rows.user("", "asa@example.com", "another").password_fits
    assert rows.user("nobody", "nobody@example.com") is None
    assert "sessionid" in rows.session(key)


def test_a_model_without_a_table_is_not_counted(rows):
    assert rows.counts(["books.Author", "books.Missing"]).keys() == {"books.Author"}


def test_an_error_of_the_project_is_told_and_later_questions_are_answered(rows):
    with pytest.raises(RowsError, match="did not answer `values`"):
        rows.values("books.Missing", 1)
    with pytest.raises(RowsError, match="did not answer `make`"):
        rows.make("books.Book", {"pages": "many"})
    rows.make("books.Author")
    assert rows.count("books.Author") > 0


def test_a_child_that_ended_between_two_questions_is_started_again(shelf):
    with closing(Rows(shelf.project, shelf.environment)) as rows:
        before = rows.count("books.Author")
        shelf.project.interpreter.stop(rows._number)
        assert rows._socket.recv(1) == b"", "it has ended"
        assert rows.count("books.Author") == before


def test_a_project_that_does_not_load_is_told_once(rows):
    broken = Rows(rows.project, rows.project.production_environment(), overrides="raise ValueError('no key')\n")
    for _ in range(2):
        with pytest.raises(RowsError, match="no key"):
            broken.count("books.Book")


def test_a_fixture_is_loaded_into_the_database_of_the_service(shelf, tmp_path):
    author = '[{"model": "books.author", "pk": 4711, "fields": {"name": "Tove Jansson"}}]'
    (tmp_path / "authors.json").write_text(author)
    request = {"environment": shelf.environment, "deployed": str(tmp_path)}
    assert not shelf.project.ask("loaddata", fixture="authors.json", **request).get("error")
    assert shelf.rows.values("books.Author", 4711)["name"] == "Tove Jansson"
    answer = shelf.project.ask("loaddata", fixture="missing.json", **request)
    assert "missing" in answer["error"]["message"]


def test_an_account_is_made_though_the_project_needs_other_rows_for_it(shelf):
    answer = shelf.project.ask("user", environment=shelf.environment, name="clubber", password="a-Password-7")
    assert answer["username"] == "clubber" and answer["cookies"], answer
    assert shelf.rows.find("auth.Group", "club"), "the row that the project's code expects is made"
    key, _ = shelf.rows.account("clubber-2", "a-Password-7", "clubber@example.com")
    assert shelf.rows.user("clubber-2", "").key == key


def test_the_folder_of_uploads_keeps_its_type_where_it_is_moved():
    """Some projects go on with `settings.MEDIA_ROOT / "exports"`."""
    settings = SimpleNamespace(DATABASES={}, MEDIA_ROOT=Path("/copy/media"))
    move_files(settings, path_mapping("/copy", "/deployed"))
    assert Path("/deployed/media/exports") == settings.MEDIA_ROOT / "exports"
    settings.MEDIA_ROOT = "/copy/media"
    move_files(settings, path_mapping("/copy", "/deployed"))
    assert settings.MEDIA_ROOT == "/deployed/media"


def test_uploads_without_a_folder_of_their_own_are_found_where_the_service_runs(tmp_path, monkeypatch):
    """Without MEDIA_ROOT, Django writes to the working folder."""

    def missing(mode):
        raise FileNotFoundError

    service, elsewhere = tmp_path / "deployed", tmp_path / "secrets"
    for folder in (service / "covers", elsewhere):
        folder.mkdir(parents=True)
        (folder / "a.png").write_bytes(folder.name.encode())
    monkeypatch.setattr(agent_rows, "WORKING_FOLDERS", [str(service / "src"), str(service)])
    with agent_rows.open_stored(SimpleNamespace(name="covers/a.png", open=missing)) as opened:
        assert opened.read() == b"covers"
    for name in ("../secrets/a.png", "covers/b.png"):
        with pytest.raises(FileNotFoundError):
            agent_rows.open_stored(SimpleNamespace(name=name, open=missing))


def test_what_is_made_for_a_journey_is_not_counted_as_made_by_the_site(rows):
    before = rows.count_by_site("books.Author")
    rows.make("books.Author")
    assert rows.count_by_site("books.Author") == before
    assert rows.count("books.Author") > before
