"""`golive journeys`: the list, one journey step by step, and saving journeys as flows."""

from __future__ import annotations

import json
from types import SimpleNamespace

import pytest

from tests.cli_runner import golive
from tests.engine.repository import Repository
from wizard.base.errors import GoliveError
from wizard.cli.arguments import parse
from wizard.cli.commands import journeys as command
from wizard.journeys import store
from wizard.journeys.result import JourneyResult, SentRequest, Verdict
from wizard.journeys.store import StoredJourney
from wizard.reporting import journey_text

FLOWS = """\
# by hand
version: 1
flows:
  - flow: mine
    item: "21.2"
    title: "A customer logs in"
    steps:
      - get: /login/
"""
REFUSED = SentRequest("POST /books/new/", "isbn=1", 200, 0.02, "Enter a valid ISBN", "isbn: Enter a valid ISBN")
SENT = SentRequest("POST /books/new/", "isbn=978", 302, 0.03, replay={"post": "/books/new/", "form": {"isbn": "978"}})


def result(name, kind="create", verdict=Verdict.WORKS, requests=(REFUSED, SENT), **given):
    return JourneyResult(name, f"A visitor does {name}", kind, "library.Book", verdict, "the row is new", "first",
                         tuple(requests), **given)  # fmt: skip


@pytest.fixture
def repo(tmp_path):
    repo = Repository(tmp_path / "shop")
    (repo.root / "golive.yaml").write_text(FLOWS)
    login = SentRequest("POST /login/", status=302, replay={"post": "/login/", "form": {"password": "{password}"}})
    store.write(repo.root, [
        StoredJourney(result("login", "login", requests=(login,)), ("21.2",), target="local"),
        StoredJourney(result("book-create"), ("21.21",), target="local"),
        StoredJourney(result("book-edit", verdict=Verdict.BROKEN, expected="the new title", where="books/views.py:7"),
                      ("21.21",), target="local"),
    ], derived=True)  # fmt: skip
    return repo


@pytest.fixture
def journeys(capsys):
    """Runs the command in this process: its exit code, what it prints, and its error."""

    def run(*words, project):
        try:
            code, error = command.run(parse(["journeys", *words, "--project", str(project)])), ""
        except GoliveError as raised:
            code, error = raised.exit_code, f"golive: {raised}\n"
        printed = capsys.readouterr()
        return SimpleNamespace(returncode=code, stdout=printed.out, stderr=printed.err + error)

    return run


def test_journeys_are_listed_with_source_result_and_item(repo):
    listed = golive("journeys", project=repo.root)
    assert listed.returncode == 0, listed.stderr
    assert [" ".join(line.split()) for line in listed.stdout.splitlines()] == [
        "· mine golive.yaml:4 not run 21.2 A customer logs in",
        "✔ login derived works 21.2 A visitor does login: the row is new",
        "✔ book-create derived works 21.21 A visitor does book-create: the row is new",
        "✘ book-edit derived broken 21.21 A visitor does book-edit: the row is new",
    ]


def test_a_journey_is_shown_step_by_step(repo, journeys):
    shown = journeys("book-edit", project=repo.root).stdout
    assert shown.splitlines()[0].startswith("book-edit · derived · broken · 21.21 · local, just now")
    assert "Expected: the new title\nWhere: books/views.py:7\nThe site refused what was sent 1 time.\n" in shown
    assert " 1  POST /books/new/ → 200, 20 ms\n    sent     isbn=1\n    answer   Enter a valid ISBN\n" in shown
    assert "    learned  isbn: Enter a valid ISBN\n\n 2  POST /books/new/ → 302, 30 ms\n" in shown
    record = json.loads(journeys("book-edit", "--json", project=repo.root).stdout)
    [journey] = record["journeys"]
    assert (record["v"], journey["result"], journey["items"], len(journey["requests"])) == (1, "broken", ["21.21"], 2)


def test_an_unknown_journey_names_a_similar_one(repo, journeys):
    unknown = journeys("book-creat", project=repo.root)
    assert (unknown.returncode, unknown.stdout) == (2, "")
    assert unknown.stderr == "golive: There is no journey book-creat. Did you mean book-create?\n"


def test_journeys_are_saved_as_flows_and_undone(repo, journeys):
    saved = journeys("--save", "book-create", project=repo.root)
    assert saved.returncode == 0, saved.stderr
    assert saved.stdout == "Added 2 flows to golive.yaml: book-create, login\n"
    text = (repo.root / "golive.yaml").read_text()
    assert text.startswith(FLOWS)
    assert "password: '{password}'" in text
    assert [each.name for each in command.journeys_of(repo.root)][:3] == ["mine", "login", "book-create"]
    again = journeys("--save", "book-create", project=repo.root)
    assert (again.returncode, again.stderr) == (
        2,
        "golive: golive.yaml has a flow book-create already. Edit it there.\n",
    )
    assert golive("undo", "21", "--yes", project=repo.root).returncode == 0
    assert (repo.root / "golive.yaml").read_text() == FLOWS


def test_a_journey_that_does_not_work_is_saved_to_be_completed(repo, journeys):
    saved = journeys("--save", "book-edit", project=repo.root)
    assert (saved.returncode, saved.stdout) == (0, "Added 2 flows to golive.yaml: book-edit, login\n")
    assert "book-edit: this journey does not work yet. Edit the last step: 'replace this with a text" in saved.stderr
    assert "replace this with a text" in (repo.root / "golive.yaml").read_text()


def test_a_run_shows_the_journey_and_exits_by_its_result(repo, monkeypatch, capsys):
    class Engine:
        project, checklist, state = repo.project, repo.records.checklist, repo.records.state

        def verify(self, task, only):
            assert (task.number, only) == (21, {"21.21"})
            found = StoredJourney(result("book-create", verdict=Verdict.OPEN), ("21.21",), target="local")
            store.write(repo.root, [found], derived=True)

    class Opened:
        def __enter__(self):
            return Engine()

        def __exit__(self, *error):
            return None

    monkeypatch.setattr(repo.project, "inspect_settings", dict)
    monkeypatch.setattr(command, "open_engine", lambda *given: Opened())
    line = ["journeys", "book-create", "--run", "--project", str(repo.root)]
    assert command.run(parse(line)) == 3
    assert capsys.readouterr().out.startswith("book-create · derived · open · 21.21 · local, just now")


def test_a_project_without_results_says_what_to_do(tmp_path, journeys):
    (tmp_path / "manage.py").write_text("")
    empty = journeys(project=tmp_path)
    assert (empty.returncode, empty.stdout) == (0, "")
    assert empty.stderr == "Golive has found no journeys in the project yet. Run `golive --auto` first.\n"
    nothing = journeys("--save", project=tmp_path)
    assert nothing.stderr == "golive: There is no journey to save. Run `golive --auto` first.\n"


def test_hostile_texts_do_not_break_the_list():
    found = StoredJourney(
        result("a\x1b[31m\nb", requests=[SentRequest("GET /\n\x1b]0;x", answer="<b>\x00")]), ("21.21",)
    )
    assert all("\n" not in line for line in journey_text.listing([found])[0].split("  ")[2:])
