"""The state is rebuilt after damage, and refused if it is newer, older or of another user."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path

import pytest

from wizard.base.errors import LockedError, StateError
from wizard.checklist.evidence import shown
from wizard.engine.adopt import OLD_JOURNAL, OLD_STATE, adopt
from wizard.state import state_file
from wizard.state.journal import Journal
from wizard.state.lock import Lock
from wizard.state.tick_points import TickPoint

OLD = Path(__file__).parents[1] / "states"


@pytest.fixture
def journal(tmp_path):
    return Journal(state_file.prepare(tmp_path))


@pytest.fixture
def saved_state(tmp_path, journal):
    """A state with some content, and the journal from which it can be rebuilt."""
    state = state_file.load(tmp_path)
    evidence = shown("2.1", True, "settings", "a", "b")
    journal.append("evidence", task=2, evidence=evidence.as_record())
    journal.append("answer", name="rates.login", answer="4/m")
    journal.append("fact", name="target", fact="local")
    journal.append("spent", task=2, seconds=3.2)
    state.evidence["2.1"], state.answers["rates.login"], state.facts["target"] = evidence, "4/m", "local"
    state.spent["2"], state.position = 3.2, 2
    state.save()
    return state


def as_known(found):
    return found.evidence, found.answers, found.facts, found.spent, found.position


POINT = TickPoint("1" * 40, {"file a.py": "2" * 40, "env .env.production DEBUG": "3" * 16})


def test_what_the_project_consisted_of_is_saved_signed_and_forgotten_with_its_item(tmp_path, saved_state):
    saved_state.points["2.1"] = POINT
    saved_state.save()
    path = tmp_path / ".golive" / "state.json"
    assert state_file.load(tmp_path).points == {"2.1": POINT}
    path.write_text(path.read_text().replace("2" * 40, "4" * 40))
    assert state_file.load(tmp_path).rebuilt, "the signature covers it"
    saved_state.undone([2])
    assert saved_state.points == {}


def test_a_state_without_points_is_read(tmp_path, saved_state):
    record = json.loads((tmp_path / ".golive" / "state.json").read_text())
    del record["points"]
    assert state_file.from_record(tmp_path, record).points == {}
    assert as_known(state_file.from_record(tmp_path, record)) == as_known(saved_state)


def test_an_adopted_state_keeps_only_digests_that_need_no_key(tmp_path, saved_state):
    saved_state.points["2.1"] = POINT
    saved_state.save()
    adopt(tmp_path, tmp_path)
    assert state_file.load(tmp_path).points == {"2.1": POINT.shared()}


def test_a_newer_state_is_refused_untouched(tmp_path):
    path = state_file.prepare(tmp_path) / "state.json"
    path.write_text('{"version": 9}')
    with pytest.raises(StateError, match="newer Golive"):
        state_file.load(tmp_path)
    assert path.read_text() == '{"version": 9}'


def test_a_truncated_state_is_rebuilt_from_the_journal(tmp_path, journal, saved_state):
    path = journal.path.with_name("state.json")
    original = path.read_bytes()
    for length in range(len(original) - 2):
        path.write_bytes(original[:length])
        found = state_file.load(tmp_path)
        assert found.rebuilt, length
        assert as_known(found) == as_known(saved_state)
        found.save()
        assert path.with_name("state.damaged.json").read_bytes() == original[:length], "the damaged content is kept"


def test_a_state_with_a_flipped_bit_is_rebuilt_from_the_journal(tmp_path, journal, saved_state):
    path = journal.path.with_name("state.json")
    original = path.read_bytes()
    survived = 0
    for place in range(len(original)):
        path.write_bytes(original[:place] + bytes([original[place] ^ 4]) + original[place + 1 :])
        try:
            found = state_file.load(tmp_path)
        except StateError:  # its version became a newer one's
            assert original[place : place + 1] == b"3"
            continue
        assert as_known(found) == as_known(saved_state), place
        survived += found.rebuilt
    assert survived > len(original) * 0.8, "only changed spaces are harmless"


def old_state(name, tmp_path):
    """A project with the state *name* of an earlier version."""
    folder = tmp_path / ".golive"
    folder.mkdir()
    for path in (OLD / name).iterdir():
        shutil.copy(path, folder)
    return folder


@pytest.mark.parametrize("name", ["first", "version-1", "version-2"])
def test_a_state_of_an_earlier_version_is_refused_until_it_is_adopted(tmp_path, name):
    folder = old_state(name, tmp_path)
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    with pytest.raises(StateError, match=r"not signed by you on this machine.*golive adopt"):
        state_file.load(tmp_path)
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before
    old = json.loads(before["state.json"])
    adopted = adopt(tmp_path, tmp_path)
    assert (adopted.items, adopted.left) == (len(old["items"]), ())
    found = state_file.load(tmp_path)
    assert not found.rebuilt
    assert {item: str(found.status(item)) for item in old["items"]} == {
        item: record["status"] for item, record in old["items"].items()
    }
    assert (found.position, found.facts.get("target", "")) == (old["position"], old.get("facts", {}).get("target", ""))
    journal = Journal(folder)
    assert not journal.damaged()
    batches = journal.batches()
    assert batches
    assert not any(batch.interrupted or batch.uncertain for batch in batches)
    assert (folder / OLD_STATE).read_bytes() == before["state.json"], "nothing is lost"
    assert (folder / OLD_JOURNAL).read_bytes() == before["journal.jsonl"]
    (folder / "state.json").unlink()
    rebuilt = state_file.load(tmp_path)
    assert rebuilt.rebuilt
    assert rebuilt.evidence == found.evidence
    assert adopt(tmp_path, tmp_path).items == adopted.items, "a second adoption changes nothing"


def test_adopt_undoes_nothing_and_refuses_paths_outside(tmp_path):
    folder = old_state("version-2", tmp_path)
    action = {"kind": "MakeDirectory", "path": "docs", "existed": False}
    line = {"kind": "begin", "batch": "open", "task": 2, "index": 0, "temporary": True, "action": action}
    with (folder / "journal.jsonl").open("a") as file:
        file.write(json.dumps(line) + "\n")
    (tmp_path / "docs").mkdir()
    assert adopt(tmp_path, tmp_path).left == (2,)
    assert not any(batch.interrupted for batch in Journal(folder).batches())
    (tmp_path / "way").symlink_to(tmp_path.parent)
    for name in ("../victim/docs", "/etc/passwd", "way/victim"):
        line["action"]["path"] = name
        (folder / "journal.jsonl").write_text(json.dumps(line) + "\n")
        with pytest.raises(StateError, match=r"journal\.jsonl:1 names a path outside of the repository"):
            adopt(tmp_path, tmp_path)


MADE = {"kind": "MakeDirectory", "path": "docs", "existed": False}
WRITTEN = {"kind": "WriteFile", "path": "a", "before": None, "after": None, "made": [], "mode": None}


@pytest.mark.parametrize("record", [
    {"kind": "begin", "top": "../..", "action": MADE},
    {"kind": "begin", "top": 7, "action": MADE},
    {"kind": "begin", "action": {**WRITTEN, "before": "/etc/passwd"}},
    {"kind": "begin", "action": {**WRITTEN, "after": "../../x"}},
    {"kind": "begin", "action": {**WRITTEN, "made": ["../victim"]}},
    {"kind": "begin", "action": {**WRITTEN, "made": 5}},
    {"kind": "begin", "action": {"kind": "MakeDirectory", "path": "docs"}},
    {"kind": "begin", "action": {"kind": "Format", "path": "docs"}},
    {"kind": "begin", "action": None},
    {"kind": "begin", "action": {"kind": "CommitFiles", "head": "--all", "paths": [], "index": []}},
    {"kind": "begin", "action": {"kind": "CommitFiles", "head": "", "paths": ["../x"], "index": []}},
    {"kind": "begin", "action": {"kind": "UntrackFiles", "index": ["100644," + "0" * 40 + ",../x"]}},
    {"kind": "begin", "action": {"kind": "RunCommand", "outputs": [{"path": "x", "existed": True, "files": {"y": 1}}]}},
    {"kind": "begin", "action": {"kind": "InstallPackages", "packages": ["x"], "before": None}},
    {"kind": "end", "result": {"made": {"../x": None}}},
    {"kind": "forgotten", "backups": 5},
    {"kind": "undoing", "batches": [[]]},
    {"kind": "answer", "name": [], "answer": ""},
])  # fmt: skip
def test_adopt_refuses_invalid_records(tmp_path, record):
    folder = old_state("version-2", tmp_path)
    original = {"batch": "b", "task": 2, "index": 0, **record}
    (folder / "journal.jsonl").write_text(json.dumps(original) + "\n")
    before = (folder / "journal.jsonl").read_bytes()
    with pytest.raises(StateError, match=r"journal\.jsonl:1 (has|names)"):
        adopt(tmp_path, tmp_path)
    assert (folder / "journal.jsonl").read_bytes() == before


def test_there_is_a_fixture_of_every_earlier_version():
    versions = {
        json.loads((folder / "state.json").read_text())["version"] for folder in OLD.iterdir() if folder.is_dir()
    }
    assert versions == set(range(1, state_file.VERSION))


def test_a_state_of_another_user_is_refused(tmp_path, journal, saved_state, monkeypatch):
    """A state and journal of another user, and a state.json without its journal."""
    path = journal.path.with_name("state.json")
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "somebody else"))
    with pytest.raises(StateError, match=r"journal\.jsonl is not signed by you"):
        state_file.load(tmp_path)
    journal.path.unlink()
    with pytest.raises(StateError, match=r"state\.json is not signed by you"):
        state_file.load(tmp_path)
    assert not path.with_name("state.damaged.json").exists()


@pytest.mark.parametrize("content", [b'{"version": 1e999}', b'{"version": null}', b"[" * 100_000, b"\xff\xfe", b""])
def test_a_file_that_is_not_a_state_is_refused(tmp_path, content):
    (state_file.prepare(tmp_path) / "state.json").write_bytes(content)
    with pytest.raises(StateError, match="is not signed by you"):
        state_file.load(tmp_path)


def test_an_oversized_journal_is_not_read(tmp_path):
    path = state_file.prepare(tmp_path) / "journal.jsonl"
    path.touch()
    os.truncate(path, 1 << 40)
    with pytest.raises(StateError, match=r"journal\.jsonl is too large"):
        state_file.load(tmp_path)


def test_deeply_nested_folders_are_refused(tmp_path):
    deep = state_file.prepare(tmp_path)
    for _ in range(300):
        deep /= "d"
    deep.mkdir(parents=True)
    with pytest.raises(StateError, match="is an unexpected folder"):
        state_file.load(tmp_path)


def test_a_copied_project_keeps_its_state(tmp_path, journal, saved_state):
    shutil.copytree(tmp_path, tmp_path.parent / f"{tmp_path.name}-copy")
    assert as_known(state_file.load(tmp_path.parent / f"{tmp_path.name}-copy")) == as_known(saved_state)


def test_a_read_only_state_is_never_written(tmp_path, journal, saved_state):
    path = journal.path.with_name("state.json")
    path.write_bytes(b"damaged")
    found = state_file.load(tmp_path, read_only=True)
    assert as_known(found) == as_known(saved_state)
    found.save()
    assert path.read_bytes() == b"damaged"
    assert not path.with_name("state.damaged.json").exists()


def test_an_incomplete_record_is_ignored_and_replaced_by_the_next(journal):
    journal.append("answer", name="a", answer="1")
    with journal.path.open("ab") as file:
        file.write(b'{"kind": "begin", "action": {"kind": "WriteFile"}')
    assert [record["name"] for record in journal.records()] == ["a"]
    assert not journal.damaged(), "an incomplete record of a killed run is not damage"
    journal.append("answer", name="b", answer="2")
    assert [record["name"] for record in journal.records()] == ["a", "b"]
    assert not journal.damaged()


def two_batches(journal):
    for batch, task in (("one", 1), ("two", 2)):
        journal.append("begin", batch=batch, task=task, index=0, temporary=False, action={"kind": "Wait", "minutes": 1})
        journal.append("end", batch=batch, index=0, result={})
        journal.append("applied", batch=batch, task=task)


def test_a_flipped_bit_in_any_journal_line_is_detected_and_rolls_nothing_back(journal):
    """A finished batch must not look unfinished because the record of its end is damaged."""
    journal.append("answer", name="a", answer="1")
    first = journal.path.stat().st_size
    two_batches(journal)
    original = journal.path.read_bytes()
    for place in range(first, len(original)):
        journal.path.write_bytes(original[:place] + bytes([original[place] ^ 1]) + original[place + 1 :])
        if place != len(original) - 1:  # the last line's end: half a record, as a kill leaves it
            assert journal.damaged(), place
            assert not [batch.id for batch in journal.batches() if batch.interrupted and not batch.uncertain], place


def test_file_names_that_are_not_utf8_are_journaled(tmp_path, journal, saved_state):
    name = b"caf\xe9.py".decode("utf-8", "surrogateescape")
    journal.append("fact", name="odd", fact=name)
    assert list(journal.records())[-1]["fact"] == name
    saved_state.facts["odd"] = name
    saved_state.save()
    assert state_file.load(tmp_path).facts["odd"] == name


def test_a_lock_can_be_held_once(tmp_path):
    path = tmp_path / "lock"
    with Lock(path), pytest.raises(LockedError, match="Another run"), Lock(path):
        raise AssertionError("the second lock must not be taken")


def test_only_the_owner_can_read_the_state_folder(tmp_path):
    folder = state_file.prepare(tmp_path)
    assert folder.stat().st_mode & 0o777 == 0o700
    folder.chmod(0o755)
    state_file.prepare(tmp_path)
    assert folder.stat().st_mode & 0o777 == 0o700
