"""A copy of the process that has loaded the project answers further questions, and the project is not loaded again."""

from __future__ import annotations

import os
import time
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest

from wizard.base import process
from wizard.project.agent.copies import Offer
from wizard.project.interpreter import Interpreter
from wizard.project.python_environment import PythonEnvironment
from wizard.project.questions import Questions
from wizard.project.release_copy import ReleaseCopy
from wizard.project.settings_wrappers import SettingsWrappers

pytestmark = pytest.mark.usefixtures("new_agents")

SETTINGS = """
import os
open("loads", "a").write("x")
SECRET_KEY = "k" * 60
DEBUG = os.environ.get("DEBUG") == "True"
ROOT_URLCONF = "urls"
INSTALLED_APPS = ["shop"]
DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": "own.sqlite3"}}
"""
URLS = """
import os
from django.db import connection
from django.http import HttpResponse
from django.urls import path
page = lambda request: HttpResponse(f"{connection.settings_dict['NAME']} {os.getpid()}")
urlpatterns = [path("", page)]
"""


class Loaded:
    """A project whose loads are counted."""

    def __init__(self, python: str, folder: Path) -> None:
        self.root = folder / "site"
        copy = ReleaseCopy(self.root, None, folder / "copy")
        copy.sync()
        self.folder = copy.folder
        self.questions = Questions(self.root, copy, "settings", "", SettingsWrappers(folder / "wrappers"))
        self.interpreter = Interpreter(PythonEnvironment(Path(python), ""), self.root, folder / "agent.log")

    def ask(self, op, overrides="", environment=None, **more):
        values = process.bare_environment(**(environment or {}))
        return self.interpreter.ask_all([self.questions.about_copy(op, values, overrides, **more)])[0]

    def look(self):
        answer = self.ask("inspect", names=(), fresh=True)
        assert "error" not in answer, answer["error"]
        return answer

    @property
    def loads(self):
        return len((self.folder / "loads").read_text())

    def processes(self):
        return psutil.Process().children(recursive=True)


@pytest.fixture
def make(python, tmp_path):
    opened = []

    def made(**files):
        for name, text in {"settings": SETTINGS, "urls": URLS, "shop/__init__": "", **files}.items():
            path = tmp_path / "site" / f"{name}.py"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        opened.append(Loaded(python, tmp_path))
        return opened[-1]

    yield made
    for each in opened:
        each.interpreter.close()


def scratch(folder):
    return (
        f'DATABASES = {{"default": {{"ENGINE": "django.db.backends.sqlite3", "NAME": "{folder}/scratch.sqlite3"}}}}\n'
    )


@contextmanager
def served(project, overrides=""):
    import httpx

    answer = project.ask("serve", overrides)
    try:
        yield httpx.get(f"http://127.0.0.1:{answer['port']}/", headers={"Host": "localhost"}, timeout=30).text
    finally:
        project.interpreter.stop(answer["id"])


def test_questions_after_a_look_need_no_further_load(make, tmp_path):
    project = make(settings=SETTINGS + 'ALLOWED_HOSTS = ["*"]\n')
    project.look()
    assert project.ask("connect")["ENGINE"].endswith("sqlite3")
    assert project.ask("migrate", scratch(tmp_path), host="x")["note"] is None
    for _ in range(2):
        with served(project, scratch(tmp_path)) as page:
            assert page.startswith(f"{tmp_path}/scratch.sqlite3 "), "the overrides are in effect"
    with served(project) as page:
        assert page.startswith("own.sqlite3 ")
    assert project.ask("surface")["views"]
    assert project.loads == 1


def test_another_environment_or_version_is_loaded_for_itself(make):
    project = make()
    project.look()
    project.ask("connect", environment={"DEBUG": "True"})
    assert project.loads == 2
    project.ask("counts", environment={"DEBUG": "True"})
    assert project.loads == 2
    project.questions.version += 1
    project.ask("connect")
    assert project.loads == 3


def test_a_setting_is_evaluated_without_a_load(make):
    project = make()
    project.look()
    expression = {"expression": 'os.environ.get("DEBUG") == "True"', "file": str(project.folder / "settings.py")}
    answer = project.ask("evaluate", variable="DEBUG", values=[None, "True", "no"], **expression)
    assert [row["value"] for row in answer["results"]] == [False, True, False]
    assert project.loads == 1


UNSHARED = {
    "a thread": "import threading\nthreading.Thread(target=threading.Event().wait, daemon=True).start()\n",
    "a socket": "import socket\nlistening = socket.create_server(('127.0.0.1', 0))\n",
    "a lock": "import fcntl\nheld = open('lock', 'w')\nfcntl.flock(held, fcntl.LOCK_SH)\n",
}


@pytest.mark.parametrize("what", UNSHARED)
def test_a_process_with_something_that_copies_cannot_share_is_not_copied(make, what):
    project = make(settings=UNSHARED[what] + SETTINGS)
    project.look()
    project.ask("connect")
    assert project.loads == 2


def test_settings_that_use_their_databases_are_loaded_for_overrides(make, tmp_path):
    """Django reads DATABASES once, so in a copy that has read it other settings would come too late."""
    project = make(settings=SETTINGS + "from django.db import connections\nlist(connections)\n")
    project.look()
    project.ask("connect", scratch(tmp_path))
    assert project.loads == 2


def test_code_that_ends_its_process_or_takes_too_long_leaves_the_copy_alone(make):
    project = make(urls="import os\nfrom django.urls import path\nurlpatterns = []\n")
    project.look()
    (project.folder / "shop" / "models.py").write_text("")
    place = {"file": str(project.folder / "settings.py"), "variable": "X", "values": [None]}
    assert "exit code 3" in project.ask("evaluate", expression="os._exit(3)", **place)["error"]["message"]
    endless = project.ask("evaluate", expression="[None for _ in iter(int, 1)]", limit=1.0, **place)
    assert "did not finish within 1 s" in endless["error"]["message"]
    assert project.ask("evaluate", expression="1 + 1", **place)["results"] == [{"value": 2}]
    assert project.loads == 1


def test_a_copy_that_was_killed_is_replaced(make):
    project = make()
    project.look()
    for each in psutil.process_iter():
        if each.pid in _copies(project):
            each.kill()
    assert project.ask("connect")["ENGINE"].endswith("sqlite3")
    assert project.loads == 2


def _copies(project):
    """The processes of the agent that have lost their parent, and those below it."""
    mark = str(project.interpreter.project)
    agent = project.interpreter._child.pid
    found = set()
    for each in psutil.process_iter():
        try:
            if each.pid != agent and each.environ().get(process.MARK) == mark:
                found.add(each.pid)
        except psutil.Error:
            continue
    return found


WRITES_EVERYWHERE = """
for number in range(3, 40):
    try:
        os.write(number, b'noise\\n{"copy": 1}\\n{"id": 1, "ENGINE": "forged sqlite3"}\\nmore noise')
    except OSError:
        pass
"""


def test_what_the_project_writes_into_pipes_is_no_answer(make):
    project = make(settings=SETTINGS + WRITES_EVERYWHERE)
    project.look()
    assert project.ask("connect")["ENGINE"] == "django.db.backends.sqlite3"
    assert project.loads == 1


@pytest.mark.timeout(30)
def test_reading_what_has_been_read_already_does_not_wait():
    """Otherwise the agent would wait for a copy that nobody asks, while the answer of another one is ready."""
    offer = Offer("key", False)
    os.write(offer.writer, offer.mark + b'{"copy": 1234567}\n')
    assert offer.read() == [] and offer.process == 1234567
    assert offer.read() == []
    offer.keep_own_ends()
    assert offer.read() is None


def test_copies_end_with_the_interpreter_and_their_servers_too(make):
    project = make()
    project.look()
    project.ask("serve")
    assert len(_copies(project)) >= 3
    child = project.interpreter._child
    project.interpreter.close()
    project.interpreter._child = child
    deadline = time.monotonic() + 10
    while _copies(project) and time.monotonic() < deadline:
        os.sched_yield()
    assert not _copies(project)
    project.interpreter._child = None
