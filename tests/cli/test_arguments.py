"""The command line: commands and options in any order, the options of each command, and errors in one line."""

from __future__ import annotations

import shlex
import subprocess
import sys

import pytest

from tests.cli_runner import TOP
from wizard.base.errors import UsageError
from wizard.cli.arguments import parse
from wizard.cli.command_table import COMMANDS, OPTIONS, RUN_OPTIONS
from wizard.cli.main import main


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("", {"command": "run", "project": ".", "auto": False}),
        ("shop", {"command": "run", "project": "shop"}),
        ("--auto shop --json", {"command": "run", "project": "shop", "auto": True, "json": True}),
        ("--auto --only 1-3 --project . shop", {"project": "shop", "only": "1-3"}),
        ("--from 3 shop", {"start": "3", "project": "shop"}),
        ("status", {"command": "status", "project": "."}),
        ("status shop", {"command": "status", "project": "shop"}),
        ("--project shop status --json", {"command": "status", "project": "shop", "json": True}),
        ("--project status", {"command": "run", "project": "status"}),
        ("--project=shop status", {"command": "status", "project": "shop"}),
        ("./status", {"command": "run", "project": "./status"}),
        ("missing/shop", {"command": "run", "project": "missing/shop"}),
        ("-v --auto", {"command": "run", "verbose": True}),
        ("help undo", {"command": "help", "topic": "undo"}),
        ("version", {"command": "version"}),
        ("launch --now --yes", {"command": "launch", "now": True, "yes": True, "revoke": False}),
        ("plan --python venv 2", {"command": "plan", "tasks": "2", "python": "venv"}),
        ("undo 1-3,7 --revert", {"command": "undo", "tasks": "1-3,7", "revert": True}),
        ("confirm 11.1 signed --project shop up", {"item": "11.1", "text": ["signed", "up"], "project": "shop"}),
        ("waive 11.1 -- -1", {"item": "11.1", "text": ["-1"]}),
        ("demo", {"command": "demo", "folder": None}),
        ("demo shop --auto", {"command": "demo", "folder": "shop", "auto": True}),
        ("completion", {"command": "completion", "shell": None}),
    ],
)
def test_commands_and_options_are_read_in_any_order(line, expected, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "shop").mkdir()
    options = vars(parse(line.split()))
    assert {name: options[name] for name in expected} == expected


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("--foo", "golive has no option --foo. See `golive --help`"),
        ("status --auto", "golive status has no option --auto. See `golive status --help`"),
        ("undo 2 --dry", "golive undo has no option --dry"),
        (". b", "Too many arguments: b. See `golive --help`"),
        ("chekc", "Unknown command 'chekc', did you mean 'check'?"),
        ("--auto undoo", "Unknown command 'undoo', did you mean 'undo'?"),
        ("xyzzy", "Unknown command 'xyzzy': there is no folder of that name either. See `golive --help`"),
        ("status --now", "golive status has no option --now. See `golive status --help`"),
        ("plan 2 --yes", "golive plan has no option --yes"),
        ("--revoke", "golive has no option --revoke"),
        ("status a b", "Too many arguments: b. See `golive status --help`"),
        ("undo", "The following arguments are required: N[-M][,…]. For example: golive undo 2"),
        ("confirm 2.1", "The following arguments are required: TEXT. For example: golive confirm 11.1"),
        ("report --format csv", "--format: 'csv' is not one of md, html, json, sarif, junit. For"),
        ("grade x --least Z", "--least: 'Z' is not one of A+, A, A-, B+"),
        ("serve --port x", "--port: invalid port: 'x' (expected 1-65535)"),
        ("serve --port 99999", "--port: invalid port: '99999' (expected 1-65535)"),
        ("serve --port -1", "--port: "),
        ("--project", "--project: expected one argument"),
    ],
)
def test_an_error_names_the_argument_and_what_to_do(line, message):
    with pytest.raises(UsageError) as error:
        parse(line.split())
    assert str(error.value).startswith(message)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("line", ["{}", "status {}", "--auto {}", "check --project {}"])
def test_a_file_is_no_folder_of_a_project(line, tmp_path):
    file = tmp_path / "manage.py"
    file.touch()
    with pytest.raises(UsageError, match=r"manage\.py is a file\. Pass the folder"):
        parse(line.format(file).split())


def test_a_folder_with_the_name_of_no_command_is_a_project(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UsageError, match="Unknown command 'chekc'"):
        parse(["chekc"])
    (tmp_path / "chekc").mkdir()
    assert parse(["chekc"]).project == "chekc"


GROUPS = ["Work", "Look", "Undo", "Report", "Other"]


def test_the_help_lists_every_command_by_group_on_one_screen(capsys):
    with pytest.raises(SystemExit):
        parse(["--help"])
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) <= 24 and max(map(len, lines)) <= 80
    shown = {parts[0] if line[0] == " " else parts[1] for line in lines[4:] if (parts := line.split())}
    assert shown >= COMMANDS.keys() - {"help", "version"}
    assert [word for line in lines if (word := line.split(" ")[0]) in GROUPS] == GROUPS
    assert "golive help COMMAND" in lines[-1] and any("--auto" in line for line in lines)


def help_of(words, capsys):
    assert main(words) == 0
    return capsys.readouterr().out


def test_help_without_a_command_shows_the_options_of_the_session_and_its_exit_codes(capsys):
    text = help_of(["help"], capsys)
    assert [option for option in RUN_OPTIONS if f" {option}" not in text] == []
    assert "\n  3    nothing failed, but some items need your input\n" in text


@pytest.mark.parametrize("name", COMMANDS)
def test_help_and_the_option_show_the_same_page_with_examples_and_exit_codes(name, capsys):
    text = help_of(["help", name], capsys)
    with pytest.raises(SystemExit):
        parse([name, "--help"])
    assert capsys.readouterr().out == text
    assert all(f"\n  {example}\n" in text for example in COMMANDS[name].examples)
    assert COMMANDS[name].examples and all(f"\n  {code:<5}" in text for code in COMMANDS[name].codes)


@pytest.mark.parametrize("name", COMMANDS)
def test_examples_can_be_parsed(name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for example in COMMANDS[name].examples:
        if not example.startswith("eval"):
            words = shlex.split(example.partition(" > ")[0])
            assert parse(words[1:]).command == name


def test_help_for_an_unknown_command_suggests_one(capsys):
    assert main(["help", "plna"]) == 2
    assert "Unknown command 'plna', did you mean 'plan'?" in capsys.readouterr().err


@pytest.mark.parametrize("words", [["version"], ["-V"], ["--version"], ["status", "-V"]])
def test_the_version_can_be_asked_for_in_any_way(words, capsys):
    try:
        assert main(words) == 0
    except SystemExit as ended:
        assert not ended.code
    assert capsys.readouterr().out.startswith("golive 0.")


@pytest.mark.parametrize("name", COMMANDS)
def test_the_help_of_a_command_shows_its_own_options_only(name, capsys):
    with pytest.raises(SystemExit):
        parse([name, "--help"])
    text = capsys.readouterr().out
    assert text.startswith(f"usage: golive {name} ")
    shown = {option for option in OPTIONS if f" {option} " in text.replace("\n", " ") or f"[{option}]" in text}
    assert shown == set(COMMANDS[name].options)


HEAVY = {"textual", "rich", "screens", "steps", "httpx", "aiohttp", "black", "psutil", "argcomplete", "wizard.engine"}
"""Modules that take longer to import than `golive status` may take."""


@pytest.mark.parametrize("arguments", [["--version"], ["status"]], ids=str)
def test_a_light_command_imports_nothing_heavy(arguments, tmp_path):
    (tmp_path / "manage.py").write_text("import os\nos.environ.setdefault('DJANGO_SETTINGS_MODULE', 'x')\n")
    code = (
        "import sys\nfrom wizard.cli.main import main\n"
        f"try:\n    main({arguments!r})\nexcept SystemExit:\n    pass\n"
        f"print('imported', sorted({HEAVY!r} & sys.modules.keys()))"
    )
    command = [sys.executable, "-c", f"import sys; sys.path.insert(0, {str(TOP)!r})\n{code}"]
    result = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True)
    assert result.stdout.splitlines()[-1] == "imported []"


def test_the_status_imports_only_what_it_needs(tmp_path):
    """Its start takes at most four times as long as that of `python -c "import argparse"`."""
    (tmp_path / "manage.py").write_text("")
    code = (
        "import sys; from wizard.cli.main import main; main(['status', sys.argv[1]]); "
        "print(*sorted(sys.modules), file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code, tmp_path], capture_output=True, text=True, cwd=TOP, check=True)
    loaded = set(done.stderr.split())
    assert "Rotate Secrets" in done.stdout
    assert not loaded & {"subprocess", "asyncio", "yaml", "httpx", "rich", "textual", "wizard.base.process", "screens"}
