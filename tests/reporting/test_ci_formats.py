"""CI: checking a clone by a report, SARIF, JUnit, the GitHub action and the pre-commit hook."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest
import yaml

from tests.cli_runner import golive
from wizard.checklist import loader
from wizard.checklist.evidence import Evidence, Status, not_applicable
from wizard.cli.arguments import parse
from wizard.reporting import ci_formats
from wizard.state import state_file

TOP = Path(__file__).parents[2]


ODD = json.dumps({"tasks": [{"items": [{"evidence": {"item": ["2.1"], "status": "done", "kind": "", "ran": "",
                                                     "showed": "", "at": ""}}]}]})  # fmt: skip


def results(text):
    return {each["ruleId"]: each for each in json.loads(text)["runs"][0]["results"]}


@pytest.fixture
def clone(rehearsed, tmp_path):
    """A clone of the sample after tasks 1 to 16, with the report of it that was committed."""
    report = golive("report", "--format", "json", "--project", str(rehearsed / "backend"))
    committed = tmp_path / "committed"
    shutil.copytree(rehearsed, committed, ignore=shutil.ignore_patterns("venv", ".golive"))
    for command in (
        ["add", "--all"],
        ["commit", "--quiet", "-m", "After day one"],
        ["clone", "--quiet", ".", tmp_path / "clone"],
    ):
        subprocess.run(["git", *command], cwd=committed, check=True)
    (tmp_path / "golive-report.json").write_text(report.stdout)
    return tmp_path / "clone"


def test_a_clone_is_checked_by_the_committed_report(clone, tmp_path, own_python):
    report = str(tmp_path / "golive-report.json")
    arguments = [
        "check",
        "--project",
        str(clone / "backend"),
        "--python",
        own_python,
        "--ticked",
        report,
        "--only",
    ]
    result = golive(*arguments, "3-4", "--format", "json")
    assert result.returncode == 0, result.stderr
    assert not (clone / "backend" / ".golive").exists(), "a check writes nothing to a clone"
    record = json.loads(result.stdout)
    status = {item["id"]: item["status"] for task in record["tasks"] for item in task["items"]}
    assert (status["3.2"], status["4.2"]) == ("done", "open"), "logs/ is not in a clone"
    settings = clone / "backend" / "election_cart" / "settings.py"
    settings.write_text(re.sub(r"SECURE_HSTS_SECONDS = .*", "SECURE_HSTS_SECONDS = 0", settings.read_text()))
    identity = ["-c", "user.name=A", "-c", "user.email=a@example.com"]
    subprocess.run(["git", *identity, "commit", "--quiet", "--all", "-m", "Shorten HSTS"], cwd=clone, check=True)
    result = golive(*arguments, "3", "--format", "sarif")
    assert result.returncode == 1
    drifted = results(result.stdout)["3.2"]
    assert "without Strict-Transport-Security" in drifted["message"]["text"]
    assert drifted["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == "backend/election_cart/settings.py"
    assert "drifted 3.2" in result.stderr
    line = r'backend/election_cart/settings\.py:\d+ was changed in [0-9a-f]{7,} "Shorten HSTS" \('
    assert re.search(line, drifted["message"]["text"]), "the report knows the commit at the tick"
    subprocess.run(["git", "reset", "--quiet", "--hard", "HEAD~1"], cwd=clone, check=True)
    assert golive(*arguments, "3").returncode == 0


def test_a_check_without_ticked_items_fails(clone, tmp_path, own_python):
    result = golive("check", "--project", str(clone / "backend"), "--python", own_python)
    assert result.returncode == 2
    assert "no item is ticked here. Run `golive --auto` first, or pass a JSON report" in result.stderr
    for text, message in (
        ("[]", "is not a Golive report"),
        ("{", "is not a Golive report"),
        (None, "the file does not exist"),
        (ODD, "evidence is not a string"),
    ):
        path = tmp_path / "other.json"
        path.unlink(missing_ok=True)
        if text is not None:
            path.write_text(text)
        result = golive("check", "--project", str(clone / "backend"), "--python", own_python, "--ticked", str(path))
        assert (result.returncode, message in result.stderr, "Traceback" in result.stderr) == (2, True, False), (
            result.stderr
        )


@pytest.fixture
def own_python(rehearsed):
    return str(rehearsed / "backend" / "venv" / "bin" / "python")


def state_with(root, *evidence):
    root.mkdir(exist_ok=True)
    (root / "manage.py").write_text("")
    return state_file.State(root, {each.item: each for each in evidence}, spent={"2": 3.25})


SEEN = (
    Evidence("2.1", Status.DONE, "settings", "DEBUG", "False"),
    Evidence("2.2", Status.DRIFTED, "request", "the site", 'a <page> with "debug"; set in shop/settings.py:17'),
    Evidence("2.3", Status.WAIVED, "note", "", "no templates"),
    Evidence("3.1", Status.FAILED, "settings", "the settings", "SECRET_KEY = sk_live_0123456789abcdefghijkl"),
    Evidence("3.2", Status.FAILED, "request", "the site", "no header", where="shop/settings.py"),
    not_applicable("7.3", "all URL patterns", "no sign-up"),
)


def test_sarif_has_failed_items_at_their_line_and_no_secret(tmp_path):
    (tmp_path / "shop").mkdir()
    (tmp_path / "shop" / "settings.py").write_text("")
    text = ci_formats.sarif(tmp_path, loader.load(), state_with(tmp_path, *SEEN))
    found = results(text)
    assert set(found) == {"2.2", "3.1", "3.2"}
    place = found["2.2"]["locations"][0]["physicalLocation"]
    assert (place["artifactLocation"]["uri"], place["region"]["startLine"]) == ("shop/settings.py", 17)
    assert found["3.2"]["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == "shop/settings.py"
    assert json.loads(text)["runs"][0]["properties"] == {"notApplicable": ["7.3"]}
    assert found["3.1"]["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == "manage.py"
    assert "sk_live_0123456789abcdefghijkl" not in text
    rules = {rule["id"] for rule in json.loads(text)["runs"][0]["tool"]["driver"]["rules"]}
    assert set(found) <= rules


def test_junit_counts_its_cases(tmp_path):
    suites = ElementTree.fromstring(ci_formats.junit(tmp_path, loader.load(), state_with(tmp_path, *SEEN)))
    second = next(suite for suite in suites if suite.get("name").startswith("2. "))
    counted = [second.get(name) for name in ("tests", "failures", "skipped", "time")]
    assert tuple(counted) == (
        "4",
        "1",
        "2",
        "3.2",
    )
    cases = {case.get("name").split()[0]: case for case in second}
    assert 'a <page> with "debug"' in cases["2.2"].find("failure").text
    assert cases["2.3"].find("skipped").get("message") == "waived: no templates"
    seventh = next(case for case in suites.iter("testcase") if case.get("name").startswith("7.3 "))
    assert seventh.find("skipped").get("message") == "not-applicable: all URL patterns: no sign-up"
    assert cases["2.4"].find("skipped").get("message").startswith("open")
    assert cases["2.1"].find("system-out").text == "done: DEBUG: False"
    assert len(list(suites.iter("testcase"))) == sum(len(task.items) for task in loader.load().required_tasks)


def test_the_github_action_and_the_pre_commit_hook_work(clone, tmp_path, own_python):
    action = yaml.safe_load((TOP / "action.yml").read_text())
    install, check = action["runs"]["steps"]
    assert "pip" in install["run"]
    env = {name: "${{ inputs." + name.lower() + " }}" for name in check["env"]}
    assert check["env"] == env
    assert {name.lower() for name in env} == set(action["inputs"])
    # Run the step as a runner does.
    inputs = {name.upper(): about["default"] for name, about in action["inputs"].items()}
    inputs |= {"PROJECT": str(clone / "backend"), "PYTHON": own_python, "ONLY": "2",
               "OUTPUT": str(tmp_path / "it.sarif"), "TICKED": str(tmp_path / "golive-report.json"),
               "RUNNER_TEMP": str(tmp_path)}  # fmt: skip
    (tmp_path / "golive" / "bin").mkdir(parents=True)
    wrapper = tmp_path / "golive" / "bin" / "golive"
    wrapper.write_text(f'#!/bin/sh\nPYTHONPATH={TOP} exec {sys.executable} -m wizard "$@"\n')
    wrapper.chmod(0o755)
    result = subprocess.run(["bash", "-e", "-c", check["run"]], env={**os.environ, **inputs}, capture_output=True,
                          text=True, check=False, cwd=tmp_path)  # fmt: skip
    assert result.returncode == 0, result.stderr
    assert results((tmp_path / "it.sarif").read_text()) == {}
    (hook,) = yaml.safe_load((TOP / ".pre-commit-hooks.yaml").read_text())
    options = parse(shlex.split(hook["entry"])[1:])
    assert (options.command, options.only) == ("check", "1-10")


def test_documented_workflows_use_inputs_of_the_action():
    inputs = yaml.safe_load((TOP / "action.yml").read_text())["inputs"]
    page = TOP / "docs" / "how-to" / "continuous-integration.md"
    blocks = re.findall(r"```yaml\n(.*?)```", page.read_text(), re.DOTALL)
    jobs = [job for block in blocks for job in (yaml.safe_load(block).get("jobs") or {}).values()]
    used = [step for job in jobs for step in job["steps"] if "golive/golive" in step.get("uses", "")]
    assert len(used) == 2
    for step in used:
        assert step["with"].keys() <= inputs.keys()
