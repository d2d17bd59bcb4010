"""Several tasks are changed together and share one load. If that does not work, they run one at a time."""

from __future__ import annotations

import shutil
from types import SimpleNamespace

import pytest

from tests.cli_runner import golive
from tests.end_to_end.building import tree
from wizard.base.errors import StepError, Stopped
from wizard.engine.events import Output, TaskStarted
from wizard.engine.joint_changes import JointChanges, groups


def task(number):
    return SimpleNamespace(number=number, title=f"Task {number}")


class Engine:
    """A context whose plans add one batch for each task, or raise in *failing*; *starts* is what the load raises."""

    def __init__(self, folder, failing=None, more=None, starts=None):
        self.batches, self.failing, self.more, self.starts_error = [], failing, more, starts
        self.events, self.loads, self.stopping, self.reading = [], 0, False, False
        self.emit = self.events.append
        self.project = SimpleNamespace(root=folder, interpreter=SimpleNamespace(close=lambda: None))
        undoing = SimpleNamespace(active=lambda: list(self.batches), run=self.undo)
        self.records = SimpleNamespace(undoing=undoing)

    def undo(self, batches):
        for batch in batches:
            self.batches.remove(batch)
        return SimpleNamespace(left=())

    def change(self, task, choice):
        if task.number == self.more:
            return False
        self.emit(Output(f"changing {task.number}"))
        self.batches.append(SimpleNamespace(id=str(task.number), task=task.number))
        if task.number == self.failing:
            raise StepError("A file can't be changed", "it is read-only")
        return True

    def starts(self):
        return {}

    def require_starts(self, before):
        self.loads += 1
        if self.starts_error:
            raise self.starts_error

    def look_at_files(self):
        pass

    def refresh(self):
        pass

    def resume(self):
        self.stopping = False


def joint(engine):
    return JointChanges(engine, engine)


TASKS = [task(number) for number in (1, 2, 3)]


def test_tasks_in_a_row_are_changed_together_and_loaded_once(tmp_path):
    engine = Engine(tmp_path)
    changes = joint(engine)
    changes.make(TASKS, {})
    assert list(changes.made) == [1, 2, 3] and engine.loads == 1
    assert engine.events == [], "the events of a task wait for its turn"
    assert changes.events(TASKS[0]) == [TaskStarted(TASKS[0]), Output("changing 1")]
    assert changes.events(TASKS[0]) is None
    engine.emit(Output("live"))
    assert engine.events == [Output("live")]


@pytest.mark.parametrize("fault", [{"failing": 2}, {"starts": StepError("The project no longer starts", "DEBUG")}])
def test_a_failure_takes_all_changes_back(tmp_path, fault):
    engine = Engine(tmp_path, **fault)
    earlier = SimpleNamespace(id="before", task=9)
    engine.batches.append(earlier)
    changes = joint(engine)
    changes.make(TASKS, {})
    assert engine.batches == [earlier] and not changes.made
    assert engine.events == []


def test_a_task_that_does_more_than_change_files_ends_the_group(tmp_path):
    engine = Engine(tmp_path, more=3)
    changes = joint(engine)
    changes.make(TASKS, {})
    assert list(changes.made) == [1, 2] and [batch.task for batch in engine.batches] == [1, 2]


def test_a_stop_takes_all_changes_back(tmp_path):
    engine = Engine(tmp_path)

    def stopped(before):
        engine.stopping = True
        raise Stopped("Stopped")

    engine.require_starts = stopped
    with pytest.raises(Stopped, match="rolled back"):
        joint(engine).make(TASKS, {})
    assert engine.batches == []


def test_the_changes_of_tasks_that_will_not_run_are_taken_back(tmp_path):
    engine = Engine(tmp_path)
    changes = joint(engine)
    changes.make(TASKS, {})
    changes.events(TASKS[0])
    changes.leave_out()
    assert [batch.task for batch in engine.batches] == [1]


def test_groups_follow_the_order_of_tasks():
    found = [[each.number for each in group] for group in groups(map(task, range(1, 31)))]
    alone = [[number] for number in range(17, 25)]
    assert found == [[1, 2, 3, 4, 5], [6], list(range(7, 17)), *alone, list(range(25, 31))]
    assert [[each.number for each in group] for group in groups([task(3), task(5), task(20)])] == [[3, 5], [20]]


IGNORED = {".env", ".env.production", ".golive", "logs"}
"""Files with generated secrets or times, and the state."""


def changed(project, python, *tasks):
    """The project's files after runs of *tasks*, one run for each."""
    for numbers in tasks:
        done = golive("--auto", "--json", "--only", numbers, "--python", python, project)
        assert done.returncode == 0, done.stdout[-2000:]
    return {path: text for path, text in tree(project).items() if not IGNORED & set(path.parts)}


@pytest.mark.nightly
def test_together_and_one_at_a_time_change_the_same(shop, python, tmp_path):
    shutil.copytree(shop.parent, tmp_path / "other", symlinks=True)
    before = tree(shop)
    together = changed(shop, python, "1-5")
    one_at_a_time = changed(tmp_path / "other" / "backend", python, "1", "2", "3", "4", "5")
    assert together.keys() == one_at_a_time.keys()
    assert [path for path in together if together[path] != one_at_a_time[path]] == []
    assert sum(text != before.get(path) for path, text in together.items()) >= 4
