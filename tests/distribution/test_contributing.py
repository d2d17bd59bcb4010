"""The walks of CONTRIBUTING.md work when they are followed literally, in a copy of the source."""

from __future__ import annotations

import ast
import os
import re
import shutil
import textwrap
from dataclasses import MISSING, fields
from pathlib import Path

import pytest

from tests import cli_runner
from tests.conftest import fresh
from wizard.project.platform import Platform

TOP = Path(__file__).parents[2]


def blocks(title):
    """The indented blocks of the walk *title*, dedented."""
    walk = re.search(rf"^## {title}.*?(?=^## )", (TOP / "CONTRIBUTING.md").read_text(), re.MULTILINE | re.DOTALL)[0]
    found = re.findall(r"\n\n((?: {7}.*\n|\n)+?)(?=\n?\S| {3}\S|\Z)", walk)
    return [textwrap.dedent(each).strip("\n") + "\n" for each in found]


def block(title, beginning):
    """The one block of the walk *title* that begins with *beginning*."""
    (found,) = [each for each in blocks(title) if each.startswith(beginning)]
    return found


class Clone:
    """A copy of the source that a walk changes, and the sample to try it on."""

    def __init__(self, folder, python):
        self.source, self.folder = folder / "source", folder
        for name in ("wizard", "steps", "screens"):
            # The bytecode is valid in the copy. Other workers may be writing some, under temporary names.
            shutil.copytree(TOP / name, self.source / name, ignore=shutil.ignore_patterns("*.pyc.*"))
        self.checklist = self.source / "checklist.yaml"
        self.checklist.write_text((TOP / "checklist.yaml").read_text())
        self.shop = fresh(folder / "shop", python)

    def golive(self, *arguments):
        environment = {**os.environ, "PYTHONPATH": str(self.source), "GOLIVE_OWNER": "@you",
                       "XDG_CACHE_HOME": str(self.folder / "cache")}  # fmt: skip
        return cli_runner.golive(*arguments, env=environment, cwd=self.folder)


@pytest.fixture
def clone(tmp_path, python):
    return Clone(tmp_path, python)


@pytest.mark.nightly
def test_the_check_of_walk_1_ticks_its_item_and_notices_drift(clone):
    item, snippet = block("Walk 1", "- {id:"), block("Walk 1", "with sandbox.running()")
    text = clone.checklist.read_text()
    before = re.search(r'^( *)- (?:\{)?id: "5\.1"', text, re.MULTILINE)
    clone.checklist.write_text(text[: before.start()] + textwrap.indent(item, before[1]) + text[before.start() :])
    step = clone.source / "steps" / "t05_health_check.py"
    lines = step.read_text().splitlines(keepends=True)
    (verify,) = [node for node in ast.walk(ast.parse("".join(lines)))
                 if isinstance(node, ast.FunctionDef) and node.name == "verify"]  # fmt: skip
    lines.insert(verify.end_lineno, textwrap.indent(snippet, " " * 8))
    step.write_text("".join(lines))
    result = clone.golive("--auto", "--only", "1-5", "--json", clone.shop)
    assert '"5.5", "status": "done"' in result.stdout, result.stderr
    [health] = clone.shop.rglob("health.py")
    health.write_text(health.read_text().replace("@never_cache\n", ""))
    checked = clone.golive("check", "--only", "5", clone.shop)
    assert (checked.returncode, "5.5" in checked.stdout) == (1, True), checked.stderr


@pytest.mark.nightly
def test_the_step_of_walk_2_plans_applies_repeats_and_undoes(clone):
    entry, step = block("Walk 2", "- task: 31"), block("Walk 2", '"""Task 31')
    text = clone.checklist.read_text()
    before = text.index("\nguides:")
    clone.checklist.write_text(text[:before] + "\n" + textwrap.indent(entry, " " * 10) + text[before:])
    (clone.source / "steps" / "t31_owners.py").write_text(step)

    planned = clone.golive("plan", "31", "--project", clone.shop)
    assert "+* @you" in planned.stdout, planned.stderr
    owners = clone.shop.parent / "CODEOWNERS"
    assert not owners.exists()
    assert clone.golive("--auto", "--only", "31", clone.shop).returncode == 0
    assert owners.read_text() == "* @you\n"
    second = clone.golive("--auto", "--only", "31", "--json", clone.shop)
    assert '"exit_code": 0, "done": 1' in second.stdout
    assert '"ActionDone"' not in second.stdout
    assert clone.golive("undo", "31", "--yes", "--project", clone.shop).returncode == 0
    assert not owners.exists()


def test_the_platform_of_walk_3_names_every_field_that_has_no_default():
    call = ast.parse(block("Walk 3", "platform = Platform(")).body[0].value
    named = {keyword.arg for keyword in call.keywords}
    required = {each.name for each in fields(Platform) if each.default is MISSING and each.default_factory is MISSING}
    assert required <= named <= {each.name for each in fields(Platform)}


def test_the_entry_point_of_walk_3_is_in_the_group_of_targets():
    assert '[project.entry-points."golive.targets"]' in block("Walk 3", "[project.entry-points")
