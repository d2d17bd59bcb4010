"""A drift names the commit, file and line that changed since its item was ticked."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from tests.base.special_files import time_limit
from tests.engine.repository import SETTINGS, git
from wizard.base import git_history
from wizard.base.git import Git
from wizard.engine.drift_causes import DriftCauses
from wizard.project.tick_content import tick_point
from wizard.state import tick_points

ITEM = "2.1"
PAGE = "backend/templates/404.html"


class Ticked:
    """The repository with an item that was ticked when the settings had an uncommitted line."""

    def __init__(self, repo):
        self.repo, self.top = repo, repo.top
        self.write(PAGE, "<p>Nothing here</p>\n")
        git(self.top, "add", "--all")
        git(self.top, "commit", "--quiet", "-m", "A page for visitors")
        self.write("notes.txt", "one\ntwo\n")
        (repo.root / ".env.production").write_text("DEBUG=False\nSECRET=hunter2\n")
        self.write(".gitignore", "*.pyc\n.env*\nlogs/\n")
        self.write(SETTINGS, "import os\nDEBUG = False\nSTATIC_ROOT = 'static'\nALLOWED_HOSTS = []\n")
        (repo.root / "logs").mkdir()
        self.tick()

    def tick(self):
        record = tick_points.as_records({ITEM: tick_point(self.repo.project)})
        self.points = tick_points.from_records(json.loads(json.dumps(record)))

    def write(self, name, text):
        path = self.top / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)

    def commit(self, subject):
        git(self.top, "commit", "--quiet", "--all", "-m", subject, "--date", "2026-11-20T10:00:00+00:00")
        return git(self.top, "rev-parse", "--short", "HEAD")

    def causes(self, text="", where="", latest=None):
        return DriftCauses(self.repo.project, self.points, tick_point(self.repo.project), latest).of(ITEM, text, where)


@pytest.fixture
def ticked(repo):
    return Ticked(repo)


def test_without_a_change_there_is_no_cause(ticked):
    assert str(ticked.causes("settings.DEBUG → True")) == ""


def test_an_uncommitted_change_is_named_with_its_line(ticked):
    ticked.write(SETTINGS, (ticked.top / SETTINGS).read_text().replace("DEBUG = False", "DEBUG = True"))
    assert str(ticked.causes()) == f"{SETTINGS}:2 was changed (uncommitted)"


def test_a_committed_change_is_named_with_its_commit(ticked):
    ticked.commit("Settings for production")
    ticked.write(SETTINGS, (ticked.top / SETTINGS).read_text().replace("DEBUG = False", "DEBUG = True"))
    commit = ticked.commit("Turn debug on")
    ticked.write(SETTINGS, (ticked.top / SETTINGS).read_text() + "TIME_ZONE = 'UTC'\n")
    ticked.commit("Add a time zone")
    [change] = ticked.causes("DEBUG with DEBUG unset → True").changes
    assert str(change) == f'{SETTINGS}:2 was changed in {commit} "Turn debug on" (20 November 2026)'
    assert change.as_record() | {"line": 2, "commit": commit, "date": "2026-11-20T10:00:00+00:00"} == change.as_record()


def test_a_commit_of_what_was_ticked_is_no_change(ticked):
    git(ticked.top, "add", "--all")
    ticked.commit("Everything that was done")
    assert str(ticked.causes()) == ""
    (ticked.top / "notes.txt").write_text("one\n2\n")
    assert str(ticked.causes()) == "notes.txt:2 was changed (uncommitted)"


@pytest.mark.parametrize("committed", [False, True])
def test_a_deleted_file_is_named(ticked, committed):
    (ticked.top / PAGE).unlink()
    how = f' in {ticked.commit("Tidy up")} "Tidy up" (20 November 2026)' if committed else " (uncommitted)"
    assert str(ticked.causes("templates/404.html exists")) == f"{PAGE} was deleted{how}"


def test_a_renamed_file_is_named_with_its_new_name(ticked):
    git(ticked.top, "mv", PAGE, "backend/templates/lost.html")
    assert str(ticked.causes()) == f"{PAGE} was renamed to backend/templates/lost.html (uncommitted)"


def test_another_mode_is_named(ticked):
    (ticked.top / "backend/manage.py").chmod(0o755)
    assert str(ticked.causes()) == "backend/manage.py has other permissions (uncommitted)"


def test_a_variable_is_named_without_its_value(ticked):
    (ticked.repo.root / ".env.production").write_text("DEBUG=True\nSECRET=hunter2\nMORE=1\n")
    text = str(ticked.causes())
    assert text == "DEBUG in backend/.env.production was changed; MORE in backend/.env.production was added"
    assert str(ticked.causes("settings.DEBUG → True")) == "DEBUG in backend/.env.production was changed"
    assert "hunter2" not in json.dumps(tick_points.as_records(ticked.points))


def test_a_deleted_or_readable_env_file_is_named(ticked):
    path = ticked.repo.root / ".env.production"
    path.chmod(0o666)
    assert "has mode 666 instead of" in str(ticked.causes("backend/.env.production → mode 666"))
    path.unlink()
    assert str(ticked.causes()) == "backend/.env.production was deleted"


def test_a_folder_that_is_gone_is_named(ticked):
    (ticked.repo.root / "logs").rmdir()
    assert str(ticked.causes()) == "backend/logs/ was deleted"


@pytest.mark.parametrize(
    ("text", "where", "named"),
    [
        pytest.param("STATIC_ROOT → None", "", SETTINGS, id="a setting"),
        pytest.param("templates/404.html exists and visitors see it: 404", "", PAGE, id="a file"),
        pytest.param("what was served", "notes.txt:1", "notes.txt", id="where"),
    ],
)
def test_the_change_that_the_evidence_is_about_comes_alone(ticked, text, where, named):
    ticked.write(SETTINGS, "import os\nDEBUG = False\nALLOWED_HOSTS = []\nSTATIC_ROOT = None\n")
    ticked.write(PAGE, "")
    ticked.write("notes.txt", "")
    causes = ticked.causes(text, where)
    assert [change.path for change in causes.changes] == [named]
    assert causes.others == 0


def test_at_most_three_changes_are_named(ticked):
    for number in range(5):
        ticked.write(f"more/{number}.txt", "new\n")
    causes = ticked.causes()
    assert [str(change) for change in causes.changes][:1] == ["more/0.txt was added (uncommitted)"]
    assert str(causes).endswith("; and 2 other changes")
    assert len(causes.changes) == 3


def test_an_item_of_an_older_state_has_no_causes(ticked):
    (ticked.top / PAGE).unlink()
    ticked.points = {}
    assert str(ticked.causes()) == ""


def test_a_commit_that_this_clone_lacks_leaves_out_the_causes(ticked):
    ticked.points = {ITEM: tick_points.TickPoint("1" * 40, {})}
    assert str(ticked.causes()) == ""


def test_without_git_the_changed_files_are_named(ticked):
    (ticked.top / ".git").rename(ticked.top / "dot-git")
    ticked.repo.open()
    ticked.tick()
    ticked.write(SETTINGS, (ticked.top / SETTINGS).read_text().replace("DEBUG = False", "DEBUG = True"))
    (ticked.top / PAGE).unlink()
    assert str(ticked.causes()) == "shop/settings.py:2 was changed; templates/404.html was deleted"


def test_no_program_of_the_repository_runs(ticked):
    mark = ticked.top / "ran"
    git(ticked.top, "config", "filter.spy.clean", f"sh -c 'touch {mark}; cat'")
    git(ticked.top, "config", "diff.spy.textconv", f"sh -c 'touch {mark}; cat'")
    git(ticked.top, "config", "core.fsmonitor", f"touch {mark}")
    ticked.write(".git/info/attributes", "* filter=spy diff=spy\n")
    ticked.write(PAGE, "changed\n")
    assert "404.html" in str(ticked.causes())
    assert not mark.exists()


def test_a_report_shares_only_what_another_clone_has(ticked):
    contents = ticked.points[ITEM].shared().contents
    assert f"file {SETTINGS}" in contents
    assert {name.partition(" ")[0] for name in contents} == {"file"}
    assert not [name for name in contents if ".env" in name]


def test_a_point_of_another_clone_is_compared_without_what_is_only_here(ticked):
    ticked.points = {ITEM: ticked.points[ITEM].shared()}
    assert str(ticked.causes()) == ""
    (ticked.top / PAGE).unlink()
    assert str(ticked.causes()) == f"{PAGE} was deleted (uncommitted)"


def test_equal_points_are_stored_once_and_others_as_a_difference(ticked):
    point = ticked.points[ITEM]
    later = tick_points.TickPoint(point.head, {**point.contents, "file notes.txt": "1" * 40})
    records = tick_points.as_records({"1.1": point, "1.2": later, "1.3": point})
    assert [record["items"] for record in records] == [["1.1", "1.3"], ["1.2"]]
    assert records[1]["set"] == {"file notes.txt": "1" * 40}
    assert tick_points.from_records(records) == {"1.1": point, "1.2": later, "1.3": point}


@pytest.mark.parametrize(
    "records",
    [
        [{"head": "--output=x", "items": [], "set": {}, "gone": []}],
        [{"head": "", "items": [], "set": {"file a": 1}, "gone": []}],
        [{"head": "", "items": [1], "set": {}, "gone": []}],
        [{"items": []}],
        [1],
    ],
)
def test_records_that_are_no_points_are_refused(records):
    with pytest.raises((ValueError, KeyError, TypeError)):
        tick_points.from_records(records)


def test_a_discarded_change_is_no_change_of_the_commit_before(ticked):
    git(ticked.top, "checkout", "--quiet", SETTINGS)
    assert str(ticked.causes("settings.DEBUG → True")) == f"{SETTINGS}:1 was reset to the last commit"


def test_a_file_that_was_never_committed_is_deleted_not_reset(ticked):
    git(ticked.top, "commit", "--quiet", "--allow-empty", "-m", "Something else")
    (ticked.top / "notes.txt").unlink()
    assert str(ticked.causes()) == "notes.txt was deleted (uncommitted)"


def test_what_later_tasks_changed_is_not_the_cause(ticked):
    ticked.write(PAGE, "<p>by a later task</p>\n")
    latest = tick_point(ticked.repo.project)
    ticked.write("notes.txt", "one\n2\n")
    assert str(ticked.causes(latest=latest)) == "notes.txt:2 was changed (uncommitted)"
    assert str(ticked.causes("404.html", latest=latest)).startswith(f"{PAGE}:1 was changed"), "the evidence names it"
    ticked.write("notes.txt", "one\ntwo\n")
    assert str(ticked.causes(latest=latest)) == f"{PAGE}:1 was changed (uncommitted)", "nothing changed since then"


def test_a_file_after_a_rebase_is_named_with_its_commit(ticked):
    ticked.commit("Settings for production")
    ticked.tick()
    git(ticked.top, "commit", "--quiet", "--amend", "-m", "Settings for the shop")
    ticked.write(PAGE, "<h1>Lost</h1>\n")
    commit = ticked.commit("Another page")
    assert str(ticked.causes()) == f'{PAGE}:1 was changed in {commit} "Another page" (20 November 2026)'


def test_a_module_that_is_gone_is_named_rather_than_an_earlier_change(ticked):
    ticked.write("backend/shop/health.py", "def health_check(request): ...\n")
    ticked.write("backend/shop/urls.py", "from shop.health import health_check\n")
    latest = tick_point(ticked.repo.project)
    (ticked.top / "backend/shop/health.py").unlink()
    causes = ticked.causes("No module named 'shop.health'", "backend/shop/urls.py:1", latest)
    assert str(causes) == "backend/shop/health.py was deleted (uncommitted)"


def test_git_is_asked_for_the_commits_of_the_named_change_only(ticked, monkeypatch):
    ticked.tick()
    ticked.commit("Settings for production")
    latest = tick_point(ticked.repo.project)
    ticked.write(PAGE, "<p>Gone</p>\n")
    ticked.write(SETTINGS, "DEBUG = True\n")
    ticked.commit("Another page")
    names, last_change = [], git_history.last_change
    monkeypatch.setattr(git_history, "last_change", lambda *about: names.append(about[1]) or last_change(*about))
    assert "404.html" in str(ticked.causes("404.html", latest=latest))
    assert names == [PAGE]


def test_git_is_not_asked_for_the_content_of_a_package(ticked, monkeypatch):
    now = tick_point(ticked.repo.project)
    now = replace(now, contents={**now.contents, "package django": "5.2"})
    monkeypatch.setattr(Git, "blob", lambda *_: pytest.fail("git was asked"))
    causes = DriftCauses(ticked.repo.project, ticked.points, now).of(ITEM, "is_ready → False")
    assert str(causes) == "django not installed → 5.2"


def test_a_point_of_many_removed_files_is_read_fast():
    point = tick_points.TickPoint("", {f"file {number}": "1" for number in range(20_000)})
    records = tick_points.as_records({"1.1": point, "1.2": tick_points.TickPoint("", {})})
    with time_limit(5):
        assert tick_points.from_records(records)["1.2"].contents == {}
