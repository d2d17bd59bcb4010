"""What the agent finds in a project costs linear work in its URL patterns and apps."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.bench.growing import KINDS, start
from tests.call_counts import faster_than_linear

SIZES = (10, 20, 50)
TOP = Path(__file__).parents[2]
INSPECT = """
import json, os, sys
import django
from tests.call_counts import calls_during
from wizard.project.agent import surface, urls

django.setup()
folder = os.getcwd()
counts = calls_during(lambda: surface.describe(urls.url_rows(folder), folder))
json.dump([[*call, calls] for call, calls in counts.items()], sys.stdout)
"""


def described(size, folder, python):
    """The calls of the agent while it describes a project in *folder* with *size* URL patterns and as many apps."""
    start(folder)
    for kind in KINDS:
        if kind.name in {"patterns", "apps"}:
            kind.grow(folder, size)
    environment = {"PYTHONPATH": f"{folder}:{TOP}", "DJANGO_SETTINGS_MODULE": "shop.settings"}
    argv = [python, "-B", "-c", INSPECT]
    output = subprocess.run(argv, cwd=folder, env=environment, capture_output=True, text=True, check=True).stdout
    shutil.rmtree(folder)  # the next project has the same paths
    return {(tuple(function), tuple(caller)): calls for function, caller, calls in json.loads(output)}


@pytest.mark.nightly
def test_what_the_agent_describes_is_linear_in_the_size_of_the_project(python, tmp_path):
    counts = [described(size, tmp_path / "site", python) for size in SIZES]
    views = [sum(calls for ((*_, name), _), calls in count.items() if name == "view_row") for count in counts]
    assert views[0] > SIZES[0] and views[2] > 2 * views[1]
    assert list(faster_than_linear(SIZES, counts)) == []
