"""The documentation: generated pages are current, the site builds without a warning, every command line works."""

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

from tests import cli_runner
from tests.conftest import fresh
from wizard.base.errors import GoliveError
from wizard.checklist import answers, loader
from wizard.cli.arguments import parse
from wizard.cli.command_table import COMMANDS, OPTIONS
from wizard.diagnosis.diagnose import Diagnosis
from wizard.engine import events

TOP = Path(__file__).parents[2]
DOCS = TOP / "docs"
REFERENCE, TUTORIAL = DOCS / "reference", DOCS / "tutorial" / "first-rehearsal.md"
PAGES = [TOP / "README.md", TOP / "CONTRIBUTING.md",
         *(page for page in sorted(DOCS.rglob("*.md")) if "_build" not in page.parts)]  # fmt: skip
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
    pages = [(tmp_path / "html" / "tasks" / f"{number:02}.html").read_text() for number in loader.load().tasks]
    for task, page in zip(loader.load().tasks.values(), pages, strict=True):
        for part in ("What changes", "What proves it", "When it fails", "Undo", task.items[0].id):
            assert part in page, task.number
    manual = [sys.executable, "-m", "sphinx", "--quiet", "--fail-on-warning", "--builder", "man", "--doctree-dir"]
    subprocess.run([*manual, tmp_path / "others", DOCS, tmp_path / "man"], check=True,
                   env={**os.environ, "PYTHONPATH": str(TOP)})  # fmt: skip
    assert (tmp_path / "man" / "golive.1").read_text() == (DOCS / "golive.1").read_text(), "run ./dev docs"


def test_every_command_and_option_is_documented():
    commands_page = (REFERENCE / "commands.md").read_text()
    assert [name for name in COMMANDS if f"`golive {name}" not in commands_page] == []
    options_page = (REFERENCE / "options.md").read_text()
    for option in OPTIONS:
        assert f"`{option}" in options_page


def test_the_answers_schema_accepts_only_valid_answers(tmp_path):
    schema = json.loads((DOCS / "schemas" / "answers.json").read_text())
    example = re.search(r"```yaml\n(.*?)```", (REFERENCE / "answers.md").read_text(), re.DOTALL)[1]
    jsonschema.validate(yaml.safe_load(example), schema)
    (tmp_path / "answers.yaml").write_text(example)
    assert answers.read(tmp_path / "answers.yaml")["rates.login"] == "5/m"
    for wrong in ({"freeze": "perhaps"}, {"rates": "often"}, {"hsts": {"subdomains": 3}}):
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate(wrong, schema)


def exit_codes(kind=GoliveError):
    """The exit codes of an error and of those that extend it."""
    return {kind.exit_code}.union(*map(exit_codes, kind.__subclasses__()))


def test_the_command_page_lists_every_exit_code():
    page = (REFERENCE / "commands.md").read_text().partition("## Exit codes")[2].partition("\n## ")[0]
    listed = set(map(int, re.findall(r"^(\d+)$", page, re.MULTILINE)))
    assert listed == {0, 3, 130} | exit_codes()


def test_the_readme_is_short_and_its_badges_match_the_package():
    readme, project = (TOP / "README.md").read_text(), tomllib.loads((TOP / "pyproject.toml").read_text())["project"]
    assert len(readme.splitlines()) <= 120
    assert f"badge/version-{project['version']}-" in readme
    assert f"Python {project['requires-python'].removeprefix('>=')}+" in readme
    first_screen = "\n".join(readme.splitlines()[:25])
    assert "./dev demo" in first_screen
    assert "./dev test" in first_screen
    assert len((TOP / "ARCHITECTURE.md").read_text().splitlines()) <= 150


def test_links_of_the_top_level_files_resolve():
    for page in (
        TOP / name for name in ("README.md", "CONTRIBUTING.md", "ARCHITECTURE.md", "SECURITY.md", "CHANGELOG.md")
    ):
        for link in re.findall(r"\]\((?!https?:|#)([^)#]+)", page.read_text()):
            assert (page.parent / link).exists(), (page.name, link)


def test_files_named_in_the_documentation_exist():
    made_by_the_reader = {"steps/t31_owners.py"}
    named = {
        (page.name, name)
        for page in [*PAGES, TOP / "ARCHITECTURE.md", TOP / "SECURITY.md"]
        for name in re.findall(r"`((?:wizard|steps|screens|tests|docs|examples|locks)/[^`\s]+)`", page.read_text())
    }
    assert len(named) > 40
    assert [each for each in named if each[1] not in made_by_the_reader and not (TOP / each[1]).exists()] == []


# ---- command lines


def commands():
    """Return each command line of the pages, with task numbers replaced by 2, and the first page that has it."""
    found = {}
    for page in PAGES:
        text = re.sub(r"```(yaml|text).*?```", "", page.read_text(), flags=re.DOTALL)
        if page.parent.name == "tasks":
            text = text.replace("$ golive", "golive")
        for command in LINE.findall(text):
            if page != TUTORIAL and command.startswith(("golive ", "./dev", "pipx ", "uv ", "uvx ")):
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
        if command.startswith("golive undo") and not {"--yes", "--dry-run"} & set(words):
            words.append("--yes")  # there is no terminal to ask in
        env = {**os.environ, "GOLIVE_OWNER": "@you", "PYTHONPATH": str(TOP), **environment}
        read = ("golive report", "golive check", "golive undo", "golive plan 2", "golive status", "golive flows")
        inside = command.startswith(read)
        cwd = self.shop if inside and "path/to" not in command else self.folder
        return cli_runner.golive(*words[1:], cwd=cwd, env=env, stdin=subprocess.DEVNULL)


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
    assert kinds.keys() == {events.NAMES.get(kind, kind.__name__) for kind in events.Event.__subclasses__()}
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
    "golive --auto path/to/project", "golive --auto --only 21 path/to/project",
    "golive --auto --target local path/to/project",
    "golive --auto --target railway --answers answers.yaml path/to/project",
    "golive --auto --answers answers.yaml --json path/to/project",
    "golive --auto --target railway path/to/project", "golive --auto --target script path/to/project",
    "golive serve --project path/to/project", "golive --auto --only 25-30 path/to/project",
    "golive --auto --only 28 --target railway path/to/project",
}  # fmt: skip
"""Commands that other tests run: end_to_end/test_day_one.py, test_install.py, targets/, screens/ and faults/."""
DAY_ONE = "golive --auto --only 1-10 path/to/project"
"""The first run of the fixture `rehearsed`. The project of the reader keeps one task done, so that checks are short."""


@pytest.mark.parametrize("command", sorted(commands()))
def test_documented_commands_work(command, reader, tmp_path, request):
    if command.startswith("./dev"):
        jobs = re.search(r"usage: \./dev ([\w|]+)", (TOP / "dev").read_text())[1].split("|")
        assert command.split()[1:2] in [[], *([job] for job in jobs)]
        assert all(f"\n{job})" in (TOP / "dev").read_text() for job in jobs)
        return
    if command.startswith(("pipx", "uv")):
        assert_installable(command)
        return
    arguments = shlex.split(command.partition(" > ")[0])[1:]
    if arguments[:1] == ["grade"]:  # it would contact that site
        assert parse(arguments).url == arguments[-1]
        return
    if arguments[:2] == ["journeys", "--save"]:  # it needs a journey that was run; see cli/test_journeys_command.py
        assert parse(arguments).names == arguments[2:]
        return
    if command in ELSEWHERE:
        options = parse(arguments)
        assert options.project or options.auto
        return
    if command == DAY_ONE:
        code, messages = request.getfixturevalue("day_one")
        assert "Traceback" not in messages
        assert code in {0, 3}, messages
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
    """Check that the package has this name and these extras."""
    pyproject = tomllib.loads((TOP / "pyproject.toml").read_text())
    project, scripts = (
        pyproject["project"],
        pyproject["tool"]["hatch"]["build"]["targets"]["wheel"]["shared-scripts"].values(),
    )
    for name, extras in re.findall(r"'?([\w./-]+)\[([\w,]+)\]'?", command):
        assert name in {project["name"], ".", "./golive"}
        assert set(extras.split(",")) <= project["optional-dependencies"].keys()
    if "inject" in command:
        assert project["name"] in command
    if command.startswith("uvx"):
        assert command.split()[1] in scripts, "uvx needs a script with this name"


# ---- the tutorial


@pytest.fixture(scope="module")
def recorder():
    spec = importlib.util.spec_from_file_location("record_tutorial", DOCS / "record_tutorial.py")
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def test_the_commands_of_the_tutorial_are_commands_of_golive(recorder):
    blocks = [match[4] for match in recorder.BLOCK.finditer(TUTORIAL.read_text()) if match[3] != "yaml"]
    lines = [line for block in blocks for command in recorder.commands(block) for line in command.splitlines()]
    run = [shlex.split(line.partition(" > ")[0].removeprefix("do "))[1:] for line in lines if "golive " in line[:10]]
    assert len(run) > 10
    for arguments in run:
        parse([re.sub(r"^\$\w+$", "1.1", word) for word in arguments])


@pytest.mark.nightly
def test_the_tutorial_commands_end_as_recorded(recorder, tmp_path):
    """Run every command. `record` raises an error if an exit code differs from the one on the page."""
    page = recorder.record(TUTORIAL.read_text(), recorder.Shell(tmp_path))
    assert re.search(r"^40 of 129 items done, 58 rehearsed, 31 not applicable, 0 ", page, re.MULTILINE), page


def test_the_readme_quotes_what_the_tutorial_recorded():
    (quoted,) = re.findall(r"```console\n(.*?)```", (TOP / "README.md").read_text(), re.DOTALL)
    assert set(quoted.splitlines()) <= set(TUTORIAL.read_text().splitlines()), "run ./dev tutorial, then copy the lines"


def test_a_recorded_command_shows_its_first_and_last_lines(recorder):
    cut = recorder.Cut.parse("head=1 tail=1")
    assert cut.apply("a\nb\n     | from a program\nc\n") == ["a", "...", "c"]
    assert recorder.Cut.parse("grep=^b").apply("a\nb\n") == ["b"]
