"""The example step in CONTRIBUTING.md works when its instructions are followed."""

from __future__ import annotations

import os
import re
import shutil
from functools import partial
from pathlib import Path

from tests import cli_runner
from tests.conftest import fresh

TOP = Path(__file__).parents[2]


def test_the_example_step_of_contributing_works(python, tmp_path):
    """Follow the instructions literally, in a copy of the source."""
    shop = fresh(tmp_path / "shop", python)
    source = tmp_path / "source"
    for name in ("wizard", "steps", "screens"):
        shutil.copytree(TOP / name, source / name, ignore=shutil.ignore_patterns("__pycache__"))
    text = (TOP / "CONTRIBUTING.md").read_text()
    entry, step = (re.sub(r"^ {7}", "", part, flags=re.MULTILINE)
                   for part in re.findall(r"\n\n((?: {7}.*\n|\n)+?)(?=\n?\S)", text))  # fmt: skip
    checklist = (TOP / "checklist.yaml").read_text()
    before = checklist.index("\nguides:")
    indented = "".join(f"          {line}\n" for line in entry.strip().splitlines())
    (source / "checklist.yaml").write_text(checklist[:before] + "\n" + indented + checklist[before:])
    (source / "steps" / "t25_owners.py").write_text(step)
    env = {**os.environ, "PYTHONPATH": str(source), "GOLIVE_OWNER": "@you", "XDG_CACHE_HOME": str(tmp_path / "cache")}

    golive = partial(cli_runner.golive, env=env, cwd=tmp_path)

    planned = golive("plan", "25", "--project", shop)
    assert "+* @you" in planned.stdout, planned.stderr
    owners = shop.parent / "CODEOWNERS"
    assert not owners.exists()
    assert golive("--auto", "--only", "25", shop).returncode == 0
    assert owners.read_text() == "* @you\n"
    second = golive("--auto", "--only", "25", "--json", shop)
    assert '"ActionDone"' not in second.stdout
    assert golive("undo", "25", "--project", shop).returncode == 0
    assert not owners.exists()
