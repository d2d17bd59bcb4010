"""The documentation: generated pages are up to date, it builds without warnings, and its commands work."""

from __future__ import annotations

import importlib.util
import json
import os
import re
import shlex
import subprocess
import sys
import tomllib
from pathlib import Path

import jsonschema
import pytest
import yaml

from tests.conftest import fresh
from wizard.checklist import answers, loader
from wizard.cli.arguments import COMMANDS, OPTIONS, parse
from wizard.diagnosis.diagnose import Diagnosis
from wizard.engine import events

TOP = Path(__file__).parents[2]
DOCS = TOP / "docs"
PAGES = [TOP / "README.md", TOP / "CONTRIBUTING.md", *sorted(DOCS.glob("*.md")), *sorted((DOCS / "tasks").glob("*.md"))]
LINE = re.compile(r"^(?:    |- run: )?((?:golive|\./dev|pipx|uv|uvx) ?[^\n#]*?)(?:  +#.*)?$", re.MULTILINE)


@pytest.fixture(scope="module")
def make():
    spec = importlib.util.spec_from_file_location("docs_make", DOCS / "make.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_generated_pages_are_up_to_date(make):
    stale = [name for name, text in make.pages().items() if (DOCS / name).read_text() != text]
    assert not stale, "run ./dev docs"


def test_the_site_builds_without_a_warning_and_has_a_page_for_each_task(tmp_path):
    command = [sys.executable, "-m", "sphinx", "--quiet", "--fail-on-warning", "--fresh-env", "--doctree-dir"]
    result = subprocess.run([*command, tmp_path / "trees", DOCS, tmp_path / "html"], capture_output=True, text=True,
                          check=False, env={**os.environ, "PYTHONPATH": str(TOP)})  # fmt: skip
    assert (result.returncode, result.stderr) == (0, "")
    pages = [(tmp_path / "html" / "tasks" / f"{number:02}.html").read_text() for number in range(1, 25)]
    for task, page in zip(loader.load().tasks.values(), pages, strict=True):
        for part in ("What is changed", "How it is proven", "How to undo it", task.items[0].id):
            assert part in page, task.number
    manual = [sys.executable, "-m", "sphinx", "--quiet", "--fail-on-warning", "--builder", "man", "--doctree-dir"]
    subprocess.run([*manual, tmp_path / "others", DOCS, tmp_path / "man"], check=True,
                   env={**os.environ, "PYTHONPATH": str(TOP)})  # fmt: skip
    assert (tmp_path / "man" / "golive.1").read_text() == (DOCS / "golive.1").read_text(), "run ./dev docs"


def test_every_command_and_option_is_documented():
    commands_page = (DOCS / "commands.md").read_text()
    assert [name for name in COMMANDS if f"`golive {name}" not in commands_page] == []
    options_page = (DOCS / "options.md").read_text()
    for option in OPTIONS:
        assert f"`{option}" in options_page


def test_the_answers_schema_accepts_only_valid_answers(tmp_path):
    schema = json.loads((DOCS / "schemas" / "answers.json").read_text())
    example = re.search(r"An example:\n\n```yaml\n(.*?)```", (DOCS / "reference.md").read_text(), re.DOTALL)[1]
    jsonschema.validate(yaml.safe_load(example), schema)
    (tmp_path / "answers.yaml").write_text(example)
    assert answers.read(tmp_path / "answers.yaml")["rates.login"] == "5/m"
    for wrong in ({"freeze": "perhaps"}, {"rates": "often"}, {"hsts": {"subdomains": 3}}):
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate(wrong, schema)


def test_files_named_in_the_documentation_exist():
    made_by_the_reader = {"steps/t25_owners.py", "steps/tNN_*.py"}
    named = {
        (page.name, name)
        for page in [*PAGES, TOP / "ARCHITECTURE.md"]
        for name in re.findall(r"`((?:wizard|steps|screens|tests|docs|examples|locks)/[^`\s]+)`", page.read_text())
    }
    assert len(named) > 40
    assert [each for each in named if each[1] not in made_by_the_reader and not (TOP / each[1]).exists()] == []


# ---- command lines


def commands():
    """Return each command line of the pages, with task numbers replaced by 2, and the first page that has it."""
    found = {}
    for page in PAGES:
        text = re.sub(r"```yaml.*?```", "", page.read_text(), flags=re.DOTALL)
        for command in LINE.findall(text):
            if command.startswith(("golive ", "./dev", "pipx ", "uv ", "uvx ")):
                shape = re.sub(r"(plan|only|undo) \d+$", r"\1 2", command.strip())
                found.setdefault(shape, page.name)
    return found


class Reader:
    """Runs documented commands on the sample as `path/to/project`, with task 2 done."""

    def __init__(self, folder, python):
        self.folder, self.shop = folder, fresh(folder / "shop", python)
        (folder / "path" / "to").mkdir(parents=True)
        (folder / "path" / "to" / "project").symlink_to(self.shop)
        (folder / "answers.yaml").write_text("rates: {login: 5/m}\n")

    def run(self, command, **environment):
        words = shlex.split(command.partition(" > ")[0].split("|")[0])
        env = {**os.environ, "GOLIVE_OWNER": "@you", "PYTHONPATH": str(TOP), **environment}
        inside = command.startswith(("golive report", "golive check", "golive undo", "golive plan 2", "golive status"))
        cwd = self.shop if inside and "path/to" not in command else self.folder
        return subprocess.run([sys.executable, "-m", "wizard", *words[1:]], cwd=cwd, env=env, capture_output=True,
                              text=True, stdin=subprocess.DEVNULL, check=False)  # fmt: skip


@pytest.fixture(scope="module")
def reader(python, tmp_path_factory):
    follower = Reader(tmp_path_factory.mktemp("reader"), python)
    result = follower.run("golive --auto --only 2 path/to/project")
    assert result.returncode == 0, result.stderr
    (follower.shop / "golive-report.json").write_text(follower.run("golive report --format json").stdout)
    return follower


def test_events_of_a_run_match_the_schema(reader):
    schema = json.loads((DOCS / "schemas" / "events.json").read_text())
    kinds = {each["title"]: {**each, "$defs": schema["$defs"]} for each in schema["oneOf"]}
    assert kinds.keys() == {kind.__name__ for kind in events.Event.__subclasses__()}
    result = reader.run("golive --auto --json --only 4 path/to/project")
    assert reader.run("golive undo 4 --project path/to/project").returncode == 0
    records = [json.loads(line) for line in result.stdout.splitlines()]
    for event in records:
        jsonschema.validate(event, kinds[event["event"]])
    assert {"RunStarted", "Planned", "ActionStarted", "ActionDone", "Ticked", "RunFinished"} <= {
        event["event"] for event in records
    }
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({**records[-1], "failed": "none"}, kinds["RunFinished"])
    failed = events.TaskFailed(loader.load().tasks[2], "why", (diagnosis(),))
    jsonschema.validate(events.as_record(failed), kinds["TaskFailed"])


def diagnosis():
    guide = next(iter(loader.load().guides.values()))
    return Diagnosis(guide, guide.hints[0], None, "nothing")


NEEDS_A_PERSON = {"golive path/to/project", "golive --plain path/to/project", "golive"}
"""Interactive sessions. Without a terminal they print an error. tests/screens tests them with one."""
ELSEWHERE = {
    "golive --auto --trust path/to/project", "golive demo",
    "golive --auto --answers answers.yaml --json path/to/project",
    "golive --auto --target railway path/to/project", "golive --auto --target script path/to/project",
    "golive serve --project path/to/project",
}  # fmt: skip
"""Commands that other tests run: end_to_end/test_day_one.py, test_install.py, targets/ and screens/."""


@pytest.mark.parametrize("command", sorted(commands()))
def test_documented_commands_work(command, reader, tmp_path):
    if command.startswith("./dev"):
        jobs = re.search(r"usage: \./dev ([\w|]+)", (TOP / "dev").read_text())[1].split("|")
        assert command.split()[1:2] in [[], *([job] for job in jobs)]
        assert all(f"\n{job})" in (TOP / "dev").read_text() for job in jobs)
        return
    if command.startswith(("pipx", "uv")):
        assert_installable(command)
        return
    arguments = shlex.split(command.partition(" > ")[0])[1:]
    if command in ELSEWHERE:
        options = parse(arguments)
        assert options.project or options.auto
        return
    extra = {"XDG_CONFIG_HOME": str(tmp_path)} if command in NEEDS_A_PERSON else {}  # no folder is trusted yet
    result = reader.run(command, **extra)
    assert "Traceback" not in result.stderr
    if command in NEEDS_A_PERSON:
        asks_for_trust = "Do you trust the code in this folder?" in result.stdout
        assert asks_for_trust or (result.returncode, "needs a terminal" in result.stderr) == (2, True)
    else:
        assert result.returncode in {0, 3}, result.stderr
    if " > " in command:
        (reader.shop / command.rpartition(" ")[2]).write_text(result.stdout)


def assert_installable(command):
    """Check that the command installs this package, with extras that it has."""
    pyproject = tomllib.loads((TOP / "pyproject.toml").read_text())
    project, scripts = (
        pyproject["project"],
        pyproject["tool"]["hatch"]["build"]["targets"]["wheel"]["shared-scripts"].values(),
    )
    for name, extras in re.findall(r"'?([\w./-]+)\[([\w,]+)\]'?", command):
        assert name in {project["name"], "."}
        assert set(extras.split(",")) <= project["optional-dependencies"].keys()
    if "inject" in command:
        assert project["name"] in command
    if command.startswith("uvx"):
        assert command.split()[1] in scripts, "uvx needs a script with this name"
