"""The command line: commands and options in any order, the options of each command, and errors in one line."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.cli_runner import TOP
from wizard.base.errors import UsageError
from wizard.cli.arguments import COMMANDS, OPTIONS, build_parser, parse


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
        ("plan --python venv 2", {"command": "plan", "tasks": "2", "python": "venv"}),
        ("undo 1-3,7 --revert", {"command": "undo", "tasks": "1-3,7", "revert": True}),
        ("confirm 11.1 signed --project shop up", {"item": "11.1", "text": ["signed", "up"], "project": "shop"}),
        ("waive 11.1 -- -1", {"item": "11.1", "text": ["-1"]}),
        ("demo", {"command": "demo", "folder": None}),
        ("demo shop --auto", {"command": "demo", "folder": "shop", "auto": True}),
        ("completion", {"command": "completion", "shell": None}),
    ],
)
def test_commands_and_options_are_read_in_any_order(line, expected):
    options = vars(parse(line.split()))
    assert {name: options[name] for name in expected} == expected


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("--foo", "golive has no option --foo. See `golive --help`"),
        ("status --auto", "golive status has no option --auto. See `golive status --help`"),
        ("undo 2 --dry", "golive undo has no option --dry"),
        ("a b", "Too many arguments: b. See `golive --help`"),
        ("status a b", "Too many arguments: b. See `golive status --help`"),
        ("undo", "The following arguments are required: N[-M][,…]. For example: golive undo 2"),
        ("confirm 2.1", "The following arguments are required: TEXT. For example: golive confirm 11.1"),
        ("report --format csv", "Argument --format: invalid choice: 'csv'"),
        ("serve --port x", "Argument --port: invalid int value: 'x'"),
        ("--project", "Argument --project: expected one argument"),
    ],
)
def test_an_error_names_the_argument_and_what_to_do(line, message):
    with pytest.raises(UsageError) as error:
        parse(line.split())
    assert str(error.value).startswith(message)
    assert "\n" not in str(error.value)


def test_the_help_lists_every_command():
    top, parsers = build_parser()
    assert parsers.keys() == COMMANDS.keys()
    text = top.format_help()
    assert [name for name in COMMANDS if f"\n    {name} " not in text] == []
    assert "--auto" in text and "golive [PROJECT] [options]" in text


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
