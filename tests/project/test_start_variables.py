"""The variables that the start of the service sets itself, and their lines."""

from __future__ import annotations

import pytest

from wizard.project import start_variables
from wizard.project.start_sources import find

SCRIPT = """#!/bin/sh
set -e
export TEA=${TEA:-green}
if [ "$CUPS" ]; then
    export DEBUG=True
fi
[ -n "$MILK" ] && export DEBUG=True
warm() {
    export DEBUG=True
}
DJANGO_SETTINGS_MODULE=shop.dev exec \\
    gunicorn shop.wsgi
"""


def source(folder, command, **files):
    (folder / "manage.py").write_text("")
    (folder / "requirements.txt").write_text("")
    for path, text in {"Procfile": f"web: {command}\n", **files}.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text)
    return find(folder, folder)


@pytest.mark.parametrize(
    ("command", "server", "management"),
    [
        ("gunicorn shop.wsgi", {}, {}),
        ("DJANGO_SETTINGS_MODULE=shop.dev gunicorn shop.wsgi", {"DJANGO_SETTINGS_MODULE": "shop.dev"}, {}),
        ("export A=1 && gunicorn a.wsgi", {"A": "1"}, {}),
        ("export A=1 && python manage.py migrate && exec gunicorn a.wsgi", {"A": "1"}, {"A": "1"}),
        ("A=1 python manage.py migrate && gunicorn a.wsgi", {}, {"A": "1"}),
        ("env A=1 B='x y' gunicorn a.wsgi", {"A": "1", "B": "x y"}, {}),
        ("env -S 'A=1 B=2' gunicorn a.wsgi", {"A": "1", "B": "2"}, {}),
        ("gunicorn --env A=1 -e B=2 --env=C=3 a.wsgi", {"A": "1", "B": "2", "C": "3"}, {}),
        ("python manage.py migrate --settings=a.b && gunicorn a.wsgi", {}, {"DJANGO_SETTINGS_MODULE": "a.b"}),
        ("A=$B C=${D} gunicorn a.wsgi", {}, {}),
        ("gunicorn a.wsgi --bind 0.0.0.0:$PORT --name A=1", {}, {}),
    ],
)
def test_variables_of_the_start_command(tmp_path, command, server, management):
    found = source(tmp_path, command)
    assert {name: each.value for name, each in start_variables.of_server(found).items()} == server
    assert {name: each.value for name, each in start_variables.of_management(found).items()} == management


def test_a_script_is_read_without_what_runs_only_sometimes(tmp_path):
    found = start_variables.of_server(source(tmp_path, "sh start.sh", **{"start.sh": SCRIPT}))
    assert {name: (each.value, each.path.name, each.line, each.is_default) for name, each in found.items()} == {
        "TEA": ("green", "start.sh", 3, True),
        "DJANGO_SETTINGS_MODULE": ("shop.dev", "start.sh", 11, False),
    }


def test_a_script_that_a_later_part_runs_is_read_for_what_it_starts(tmp_path):
    command = "python manage.py migrate && exec sh bin/start.sh"
    found = source(tmp_path, command, **{"bin/start.sh": "export A=1\nexec gunicorn a.wsgi\n"})
    assert [(each.value, each.path.name) for each in start_variables.of_server(found).values()] == [("1", "start.sh")]
    assert start_variables.of_management(found) == {}


@pytest.mark.parametrize("name", ["gunicorn.conf.py", "conf/g.py"])
def test_a_configuration_of_gunicorn_is_read(tmp_path, name):
    option = "" if name == "gunicorn.conf.py" else f"-c {name} "
    text = 'import os\nraw_env = [\n    "DEBUG=True",\n]\nos.environ["TEA"] = "green"\nos.environ["CUPS"] = str(2)\n'
    found = start_variables.of_server(source(tmp_path, f"gunicorn {option}a.wsgi", **{name: text}))
    assert (found["DEBUG"].value, found["DEBUG"].line, found["TEA"].value) == ("True", 3, "green")


def test_a_variable_of_the_service_wins_over_the_images(tmp_path):
    image = "FROM python:3.11\nENV DEBUG=True TEA=green\nCOPY . .\nCMD TEA=black gunicorn a.wsgi\n"
    found = source(tmp_path, "unused", Dockerfile=image)
    assert start_variables.for_settings(found, {}) == {"DEBUG": "True", "TEA": "black"}
    assert start_variables.for_settings(found, {"DEBUG": "False", "TEA": "white"}) == {"TEA": "black"}


@pytest.mark.parametrize(
    ("instruction", "direct"),
    [
        ('CMD ["sh", "start.sh"]', True),
        ('CMD ["gunicorn", "a.wsgi"]', True),
        ("CMD gunicorn a.wsgi", False),
        ('CMD ["sh", "-c", "python manage.py migrate && exec gunicorn a.wsgi"]', False),
        ('ENTRYPOINT ["./entry.sh"]\nCMD ["gunicorn", "a.wsgi"]', False),
    ],
)  # fmt: skip
def test_an_image_may_start_its_program_without_a_shell(tmp_path, instruction, direct):
    image = f"FROM python:3.11\nCOPY . .\n{instruction}\n"
    assert source(tmp_path, "unused", Dockerfile=image).is_direct is direct
