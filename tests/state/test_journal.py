"""The journal's format, line by line, and how damaged or foreign lines are read."""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import zlib

import pytest

from wizard.base.errors import EditError, StateError, UndoError
from wizard.state import signing
from wizard.state.journal import Batch, Damaged, Journal, JournaledAction


@pytest.fixture
def journal(tmp_path):
    return Journal(tmp_path)


def begin(journal, batch, index=0, task=2, **more):
    journal.append("begin", batch=batch, task=task, index=index, action={"kind": "Wait"}, **more)


def append_batch(journal, batch, task=2):
    begin(journal, batch, task=task)
    journal.append("end", batch=batch, index=0, result={"how": "skipped"})
    journal.append("applied", batch=batch, task=task)


def test_a_record_is_a_line_with_time_and_signature_that_only_the_owner_can_read(journal):
    journal.append("launched")
    journal.append("fact", name="railway.host", fact="günther.example.com")
    first, second, end = journal.path.read_bytes().split(b"\n")
    assert (end, journal.path.stat().st_mode & 0o777) == (b"", 0o600)
    assert list(json.loads(first)) == ["kind", "at", "mac"]
    assert "günther".encode() in second, "in UTF-8, not escaped"
    key = bytes.fromhex(signing.key_file().read_text())
    for number, line in enumerate((first, second), 1):
        body, _, intact = line.partition(b', "mac": "')
        expected = hmac.new(key, b"%d\n" % number + body + b"}", "sha256").hexdigest()
        assert intact == f'{expected[:32]}"}}'.encode()
    assert [record["kind"] for record in journal.records()] == ["launched", "fact"]


def test_batches_have_their_actions_results_and_outcome(journal):
    append_batch(journal, "a", task=1)
    begin(journal, "b", temporary=True)
    journal.append("end", batch="b", index=0, result={"facts": {}})
    begin(journal, "b", index=1)
    append_batch(journal, "c", task=3)
    journal.append("undoing", batches=["c"], revert=True)
    append_batch(journal, "d", task=3)
    journal.append("undone", batch="d", task=3)
    begin(journal, "e", task=4)
    journal.append("left", batch="e", task=4)
    journal.append("end", batch="nobody", index=0, result={})
    journal.append("undone", batch="nobody", task=9)
    wait, ended = {"kind": "Wait"}, {"how": "skipped"}
    assert journal.batches() == [
        Batch("a", 1, [JournaledAction(0, wait, ended)], applied=True),
        Batch("b", 2, [JournaledAction(0, wait, {"facts": {}}), JournaledAction(1, wait)], temporary=True),
        Batch("c", 3, [JournaledAction(0, wait, ended)], applied=True, undoing=True, revert=True),
        Batch("d", 3, [JournaledAction(0, wait, ended)], applied=True, undone=True),
        Batch("e", 4, [JournaledAction(0, wait)], left=True),
    ]
    assert [batch.interrupted for batch in journal.batches()] == [False, True, True, False, False]


def test_a_batch_that_was_open_at_a_damaged_line_stays_uncertain(journal):
    append_batch(journal, "whole")
    begin(journal, "half")
    journal.path.write_bytes(journal.path.read_bytes() + b"{ no record }\n")
    begin(journal, "later")
    journal.append("applied", batch="half", task=2)
    journal.path.write_bytes(journal.path.read_bytes() + b"neither is this\n")
    assert journal.damaged() == [5, 8]
    assert {batch.id: batch.uncertain for batch in journal.batches()} == {"whole": False, "half": True, "later": True}
    assert [line.line for line in journal.lines() if isinstance(line, Damaged)] == [5, 8]


def test_missing_or_repeated_records_make_a_batch_uncertain(journal):
    begin(journal, "gap")
    begin(journal, "gap", index=2)
    begin(journal, "gap", index=2)
    begin(journal, "odd")
    journal.append("end", batch="odd", index=1, result={"of": "another"})
    gap, repeated = journal.batches()
    assert (gap.uncertain, repeated.uncertain) == (True, True)
    assert repeated.actions[0].result is None


def test_a_record_of_an_unknown_kind_is_ignored(journal):
    journal.append("launched")
    journal.append("a kind of a newer Golive")
    assert [record["kind"] for record in journal.lines()] == ["launched"]


@pytest.mark.parametrize("record", [{"kind": "spent", "task": 2}, {"kind": ["spent"]}, ["spent"], None])
def test_a_signed_line_that_is_not_a_record_is_damaged(journal, record):
    journal.append("launched")
    body = json.dumps(record).encode()
    signed = body[:-1] + f', "mac": "{signing.signature(body, 2)}"}}'.encode()
    journal.path.write_bytes(journal.path.read_bytes() + signed + b"\n")
    assert journal.damaged() == [2]


def checksummed(body):
    """A line as versions without signatures wrote it."""
    return body[:-1] + f', "sum": "{zlib.crc32(body):08x}"}}\n'.encode()


FOREIGN = (b'{"kind": "launched", "at": "then"}\n', checksummed(b'{"kind": "launched", "at": "then"}'))


@pytest.mark.parametrize("line", FOREIGN, ids=["bare", "with a checksum"])
def test_an_unsigned_line_is_damaged_and_an_unsigned_journal_is_refused(journal, line):
    journal.append("launched")
    own = journal.path.read_bytes()
    journal.path.write_bytes(own + line)
    assert journal.damaged() == [2]
    assert len(list(journal.records())) == 1
    journal.path.write_bytes(line)
    with pytest.raises(StateError, match="is not signed by you on this machine"):
        list(journal.lines())


def test_a_moved_removed_or_repeated_line_is_damaged(journal):
    for name in "abc":
        journal.append("answer", name=name, answer="yes")
    one, two, three = journal.path.read_bytes().splitlines(keepends=True)
    for content, damaged in (([two, one, three], [1, 2]), ([one, three], [2]), ([one, two, two, three], [3, 4])):
        journal.path.write_bytes(b"".join(content))
        assert journal.damaged() == damaged


def test_another_users_journal_is_refused(journal, monkeypatch, tmp_path):
    journal.append("launched")
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "somebody else"))
    with pytest.raises(StateError, match="is not signed by you on this machine"):
        list(journal.lines())
    assert not signing.key_file().exists(), "reading makes no key"
    Journal(tmp_path / "own").path.parent.mkdir()
    Journal(tmp_path / "own").append("launched")
    with pytest.raises(StateError, match="is not signed by you on this machine"):
        list(journal.lines())


def test_two_writers_of_one_journal_number_their_lines_consistently(tmp_path):
    one, two = Journal(tmp_path), Journal(tmp_path)
    for round_number in range(3):
        one.append("answer", name=f"one {round_number}", answer="")
        two.append("answer", name=f"two {round_number}", answer="")
    assert len(list(one.records())) == 6
    assert not one.damaged()


def test_an_incomplete_line_is_ignored_and_replaced_by_the_next(journal):
    journal.append("launched")
    journal.append("fact", name="a", fact="b")
    intact = journal.path.read_bytes()
    journal.path.write_bytes(intact[:-20])
    assert [record["kind"] for record in journal.records()] == ["launched"]
    journal.append("fact", name="c", fact="d")
    assert [record.get("name") for record in journal.records()] == [None, "c"]
    assert journal.damaged() == []
    assert journal.path.read_bytes().startswith(intact.splitlines(keepends=True)[0])


def test_a_full_disk_is_reported_and_leaves_no_partial_record(journal, monkeypatch):
    journal.append("launched")
    write = os.write
    monkeypatch.setattr(os, "write", lambda descriptor, line: write(descriptor, line[:10]))
    with pytest.raises(EditError, match="can't be written: No space left on device") as full:
        journal.append("launched")
    assert str(journal.path) in full.value.what and "rolled back" in full.value.hint
    monkeypatch.undo()
    journal.append("launched")
    assert len(list(journal.records())) == 2, "the partial line was removed"


def test_an_unreadable_journal_is_an_error_and_a_missing_one_is_empty(journal):
    assert list(journal.lines()) == []
    journal.path.mkdir()
    with pytest.raises(StateError, match=r"journal\.jsonl is a folder"):
        list(journal.lines())


def test_a_backup_is_named_by_its_hash_and_rewritten_if_it_is_damaged(journal):
    name = journal.back_up(b"SECRET_KEY = 'x'\n")
    assert name == hashlib.sha256(b"SECRET_KEY = 'x'\n").hexdigest()
    path = journal.backups / name
    assert (path.stat().st_mode & 0o777, journal.backups.stat().st_mode & 0o777) == (0o600, 0o700)
    assert journal.read_backup(name) == b"SECRET_KEY = 'x'\n"
    assert (journal.back_up(None), journal.read_backup(None)) == (None, None)
    path.write_bytes(b"")
    with pytest.raises(UndoError, match=f"The backup {name[:12]} is missing or damaged"):
        journal.read_backup(name)
    assert journal.back_up(b"SECRET_KEY = 'x'\n") == name
    assert journal.read_backup(name) == b"SECRET_KEY = 'x'\n"
    path.unlink()
    journal.append("forgotten", backups=[name])
    assert journal.forgotten() == {name}
    with pytest.raises(UndoError, match=f"The old content {name[:12]} held secrets: `golive forget` removed it"):
        journal.read_backup(name)


def test_a_backup_folder_that_cannot_be_created_is_an_error(journal):
    journal.backups.write_text("a file is in the way")
    with pytest.raises(EditError, match="backups"):
        journal.back_up(b"content")


def test_batches_are_read_again_after_the_file_or_the_key_has_changed(journal, tmp_path, monkeypatch):
    begin(journal, "a")
    assert not journal.batches()[0].applied
    Journal(tmp_path).append("applied", batch="a", task=2)
    assert journal.batches()[0].applied
    journal.path.write_bytes(journal.path.read_bytes().replace(b'"task": 2', b'"task": 3'))
    with pytest.raises(StateError):
        journal.batches()
    journal.path.unlink()
    assert journal.batches() == []
    begin(journal, "b")
    assert [batch.id for batch in journal.batches()] == ["b"]
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "another-key"))
    with pytest.raises(StateError):
        journal.batches()
