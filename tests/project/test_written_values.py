"""The variables that compose, example, CI and test files write."""

from __future__ import annotations

import textwrap

import pytest

from wizard.project import written_values

COMPOSE = """
    x-env: &shared
      DEBUG: 1
    services:
      web:
        environment:
          <<: *shared
          NAME: ${NAME:-tea} in ${ROOM}
          PRICE: 5$$
          EMPTY:
      worker:
        env_file: [worker.env, {path: other.env}, ../outside.env]
        environment: ["DEBUG=yes", "HANDED_ON"]
      cache: {image: redis}
"""
WORKFLOW = """
    env: {TOP: 1, DEBUG: true}
    jobs:
      tests:
        env: {DEBUG: "0", KEY: "${{ secrets.KEY }}"}
        steps:
          - run: pytest
            env: {STEP: x}
"""
GITLAB = """
    variables: {DEBUG: "1", URL: $CI_URL}
    stages: [test]
    tests: {script: [pytest], variables: {MODE: ci}}
"""
FILES = [
    pytest.param(
        {"docker-compose.yml": COMPOSE, ".env": "ROOM=kitchen\n", "worker.env": "A=1\n", "other.env": "B=2\n"},
        {
            "docker-compose.yml, web": {"DEBUG": "1", "NAME": "tea in kitchen", "PRICE": "5$"},
            "docker-compose.yml, worker": {"A": "1", "B": "2", "DEBUG": "yes"},
            ".env": {"ROOM": "kitchen"}, "worker.env": {"A": "1"}, "other.env": {"B": "2"},
        }, id="compose",
    ),
    pytest.param(
        {".github/workflows/tests.yml": WORKFLOW},
        {".github/workflows/tests.yml, tests": {"TOP": "1", "DEBUG": "0", "STEP": "x"}}, id="GitHub",
    ),
    pytest.param({".gitlab-ci.yml": GITLAB}, {".gitlab-ci.yml, tests": {"DEBUG": "1", "MODE": "ci"}}, id="GitLab"),
    pytest.param(
        {".env.example": "DEBUG=1\n", "env.sample": "A=1\n", ".env.prod": "B=1\n", "env.py": "C = 1\n"},
        {".env.example": {"DEBUG": "1"}, "env.sample": {"A": "1"}, ".env.prod": {"B": "1"}}, id="examples",
    ),
    pytest.param(
        {"tox.ini": "[testenv]\nsetenv =\n    DEBUG=1\n    PYTHONPATH = {toxinidir}\n[pytest]\n"
                    "DJANGO_SETTINGS_MODULE = a.tests\n",
         "pyproject.toml": '[tool.pytest.ini_options]\nDJANGO_SETTINGS_MODULE = "b.tests"\n'},
        {"tox.ini, pytest": {"DJANGO_SETTINGS_MODULE": "a.tests"}, "tox.ini, tox": {"DEBUG": "1"},
         "pyproject.toml, pytest": {"DJANGO_SETTINGS_MODULE": "b.tests"}}, id="tests",
    ),
    pytest.param({"compose.yaml": "services: [", "tox.ini": "]", ".gitlab-ci.yml": "- 1"}, {}, id="broken files"),
]  # fmt: skip


@pytest.mark.parametrize(("given", "found"), FILES)
def test_values_are_found_with_their_place(tmp_path, given, found):
    for name, text in given.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(textwrap.dedent(text))
    values = written_values.find(tmp_path, tmp_path)
    assert {each.place: dict(each.variables) for each in values} == found
    assert {each.place for each in values if each.production} == {name for name in found if "prod" in name}
