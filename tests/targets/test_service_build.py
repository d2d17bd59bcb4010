"""The part of the platform's build that a rehearsal repeats, and the service that it starts, on real copies."""

from __future__ import annotations

import json
import shutil

import pytest

from tests.steps.served import Served
from wizard.base.errors import CommandError
from wizard.base.process import bare_environment
from wizard.targets.local import service_build
from wizard.targets.local.deployment import Deployment
from wizard.targets.local.start_command import bind_to_loopback

NODE = pytest.mark.skipif(not shutil.which("npm"), reason="needs Node.js")
WRITE = (
    "import os, pathlib, sys\npathlib.Path(sys.argv[1]).write_text(os.environ.get('SECRET', 'none') + os.getcwd())\n"
)
IMAGE = "FROM python:3.12\nENV COLOR=blue\nWORKDIR /code\nCOPY src /code\nRUN python manage.py built\nCMD python -V\n"


def deployment(tmp_path, files, values=None, below="."):
    """A deployment of a project with *files*, already copied."""
    (tmp_path / "project").mkdir()
    project = Served(tmp_path / "project", files, values, below)
    made = Deployment(project, tmp_path / "deployed", print)
    made.service_environment = lambda environment: {**bare_environment(), **environment}
    made.build()
    return made


@NODE
def test_a_front_end_is_built_in_the_copy(tmp_path):
    script = json.dumps({"scripts": {"build": "mkdir -p dist && echo built > dist/app.js"}})
    output = {"STATICFILES_DIRS": [str((tmp_path / "project/web/dist").resolve())]}
    made = deployment(tmp_path, {"web/package.json": script}, output)
    made.run_build({})
    assert (made.folder / "web/dist/app.js").read_text() == "built\n"
    assert not (tmp_path / "project/web/dist").exists(), "the project itself stays as it is"


@NODE
def test_installed_packages_of_this_machine_are_used(tmp_path):
    package = {"scripts": {"build": "cat node_modules/tool > out"}, "dependencies": {"tool": "1"}}
    output = {"STATICFILES_DIRS": [str((tmp_path / "project/out").resolve())]}
    made = deployment(tmp_path, {"package.json": json.dumps(package)}, output)
    (tmp_path / "project/node_modules").mkdir()
    (tmp_path / "project/node_modules/tool").write_text("a tool")
    made.run_build({})
    assert (made.folder / "out").read_text() == "a tool"


@NODE
def test_a_build_that_fails_is_told_with_its_last_lines(tmp_path):
    failing = json.dumps({"scripts": {"build": "echo 'no entry point' >&2; exit 3"}})
    output = {"STATICFILES_DIRS": [str((tmp_path / "project/out").resolve())]}
    with pytest.raises(CommandError, match="The build failed: npm run build") as error:
        deployment(tmp_path, {"package.json": failing}, output).run_build({})
    assert "no entry point" in error.value.why


def test_an_image_is_built_without_the_services_variables(tmp_path):
    made = deployment(tmp_path, {"Dockerfile": IMAGE, "src/manage.py": WRITE}, below="src")
    made.run_build({"SECRET": "of the service"})
    assert (made.folder / "src/built").read_text() == f"none{made.folder / 'src'}"
    assert made.source().environment == {"COLOR": "blue"}


def test_an_argument_of_the_image_gets_the_services_value(tmp_path):
    files = {"Dockerfile": IMAGE.replace("ENV", "ARG SECRET\nENV"), "src/manage.py": WRITE}
    made = deployment(tmp_path, files, below="src")
    made.run_build({"SECRET": "of the service "})
    assert (made.folder / "src/built").read_text().startswith("of the service ")


def test_a_configured_build_command_is_repeated_without_the_installation_of_packages(tmp_path):
    text = '[build]\nbuildCommand = "pip install nothing-of-this-name && echo ours > made"\n'
    made = deployment(tmp_path, {"railway.toml": text})
    made.run_build({})
    assert (made.folder / "made").read_text() == "ours\n"


def test_a_script_listens_on_loopback_only(tmp_path):
    script = tmp_path / "start.sh"
    script.write_text("exec gunicorn a --bind 0.0.0.0:$PORT\n")
    assert bind_to_loopback("sh start.sh", tmp_path, script) == "sh start.sh"
    assert script.read_text() == "exec gunicorn a --bind 127.0.0.1:$PORT\n"


def test_paths_of_an_image_become_paths_of_the_copy(tmp_path):
    files = {"Dockerfile": IMAGE.replace("python -V", "sh /code/run.sh /etc/x"), "src/run.sh": "true\n"}
    source = deployment(tmp_path, files, below="src").source()
    assert source.runnable() == f"sh {source.folder}/run.sh /etc/x"


def test_a_pre_deploy_command_that_fails_stops_the_deployment(tmp_path):
    with pytest.raises(CommandError, match="The pre-deploy command failed: exit 4"):
        deployment(tmp_path, {}).run_before_start("exit 4", {})
    assert service_build.PYTHON_INSTALL.search("uv sync")
