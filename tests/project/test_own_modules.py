"""Which modules of a project count as its own: tests and migrations do not, wherever the project is."""

from __future__ import annotations

import ast

import pytest

from tests.steps.served import Served
from wizard.project.own_modules import imported, modules

QUEUE = "import queue_library\n"


@pytest.mark.parametrize(
    ("name", "is_own"),
    [
        ("shop/tasks.py", True),
        ("shop/testimonials.py", True),
        ("shop/contest.py", True),
        ("shop/tests/factories.py", False),
        ("shop/migrations/0001_initial.py", False),
        ("shop/test_tasks.py", False),
        ("shop/tasks_test.py", False),
        ("conftest.py", False),
        ("shop/notes.txt", False),
    ],
)
def test_tests_and_migrations_are_left_out(tmp_path, name, is_own):
    project = Served(tmp_path, {name: QUEUE})
    assert [path.name for path, _ in modules(project, b"queue_library")] == ([name.split("/")[-1]] if is_own else [])


def test_a_project_in_a_folder_of_tests_is_searched(tmp_path):
    (tmp_path / "test").mkdir()
    assert list(modules(Served(tmp_path / "test", {"shop/tasks.py": QUEUE}), b"queue_library"))


def test_a_module_without_the_hint_or_with_a_syntax_error_is_left_out(tmp_path):
    files = {"shop/a.py": "import os\n", "shop/b.py": "import queue_library (\n"}
    assert not list(modules(Served(tmp_path, files), b"queue_library"))


def test_imports_have_their_full_names():
    tree = ast.parse("import rq.cron as c\nfrom rq import cron\nfrom . import tasks\n\ndef f():\n    import late\n")
    assert imported(tree) == {"rq.cron", "rq", "late"}
