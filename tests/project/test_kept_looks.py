"""Answers about how the settings load are kept while nothing has changed that the loading depended on."""

from __future__ import annotations

import itertools

import pytest

from wizard.project.looks import Looks


class Agent:
    """Answers each question with its number, and counts them. *files* are what loading opens."""

    def __init__(self, folder, **answer):
        self.folder, self.answer, self.numbers = folder, answer, itertools.count()
        self.packages = 1
        (folder / "settings.py").write_text("DEBUG = False\n")
        self.keeps = True
        self.looks = Looks(self.ask, lambda: self.packages, lambda path: path, lambda: self.keeps)

    def ask(self, requests):
        files = [str(self.folder / "settings.py")]
        return [{"files": files, "reads": [], "settings_reads": [], "n": next(self.numbers), **self.answer}
                for _ in requests]  # fmt: skip

    def look(self, environment=None, **request):
        request = {
            "op": "inspect",
            "cwd": str(self.folder),
            "settings": "settings",
            "env": environment or {},
            **request,
        }
        return self.looks.answers([request])[0]["n"]


@pytest.fixture
def agent(tmp_path):
    return Agent(tmp_path)


def test_an_unchanged_project_is_looked_at_once(agent):
    assert [agent.look(), agent.look(), agent.look(only="settings")] == [0, 0, 0]
    assert agent.look(cwd="/elsewhere") == 1, "another folder"


CHANGES = {
    "a file that was opened": lambda agent: (agent.folder / "settings.py").write_text("DEBUG = True\n"),
    "a new file beside it": lambda agent: (agent.folder / "local_settings.py").write_text(""),
    "an env file": lambda agent: (agent.folder / ".env").write_text("DEBUG=True\n"),
    "a removed file": lambda agent: (agent.folder / "settings.py").unlink(),
    "the packages": lambda agent: setattr(agent, "packages", 2),
}


@pytest.mark.parametrize("what", CHANGES)
def test_a_change_of_what_loading_depends_on_asks_again(agent, what):
    agent.look()
    CHANGES[what](agent)
    assert agent.look() == 1


@pytest.mark.parametrize("what", CHANGES)
def test_plans_in_a_row_are_made_from_how_the_project_loaded_before(agent, what):
    agent.look()
    agent.looks.keep_outdated = True
    CHANGES[what](agent)
    assert agent.look() == 0
    agent.looks.keep_outdated = False
    assert agent.look() == 1


UNRELATED = ("requirements.txt", "Procfile", "README.md", "db.sqlite3", "settings.pyc")


@pytest.mark.parametrize("name", UNRELATED)
def test_a_file_that_settings_do_not_load_changes_nothing(agent, name):
    agent.look()
    (agent.folder / name).write_text("x")
    assert agent.look() == 0


def test_a_change_that_is_taken_back_asks_once_only(agent):
    agent.look()
    (agent.folder / "settings.py").write_text("DEBUG = True\n")
    assert agent.look() == 1
    (agent.folder / "settings.py").write_text("DEBUG = False\n")
    assert agent.look() == 0


@pytest.mark.parametrize(
    ("read", "only", "asked"),
    [([], None, 0), (["DEBUG"], None, 1), (["*"], None, 1), (["OTHER"], None, 0), (["DEBUG"], "settings", 0)],
)
def test_a_variable_that_was_not_read_changes_nothing(tmp_path, read, only, asked):
    agent = Agent(tmp_path, reads=read)
    agent.look({"DEBUG": "True"}, only=only)
    assert agent.look({"DEBUG": "False"}, only=only) == asked


def test_settings_alone_do_not_answer_a_question_about_apps(agent):
    assert [agent.look(only="settings"), agent.look(), agent.look(only="settings")] == [0, 1, 1]


def test_an_answer_with_an_error_is_not_kept(tmp_path):
    agent = Agent(tmp_path, error={"type": "KeyError", "message": "'X'"})
    assert [agent.look(), agent.look()] == [0, 1]


def test_a_kept_answer_cannot_be_changed_by_its_reader(agent):
    request = {"op": "inspect", "cwd": str(agent.folder), "settings": "settings", "env": {}}
    agent.looks.answers([request])[0]["files"].clear()
    assert agent.looks.answers([request])[0]["files"]


def test_an_answer_that_needed_more_files_is_not_kept(agent):
    agent.keeps = False
    assert [agent.look(), agent.look()] == [0, 1]
