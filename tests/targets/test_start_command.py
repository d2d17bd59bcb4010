"""A service that starts again for the same copy runs its server only, if all that comes before it has run already."""

from __future__ import annotations

import pytest

from wizard.targets.local.start_command import server_part

SERVER = "exec gunicorn shop.wsgi --bind 0.0.0.0:$PORT"
BEFORE = (
    "python manage.py migrate --noinput && ",
    "python manage.py migrate --noinput && python manage.py collectstatic --noinput && ",
    "python3 manage.py migrate; ",
    "poetry run python backend/manage.py migrate && ",
)


@pytest.mark.parametrize("before", BEFORE)
def test_management_commands_before_the_server_are_left_out(before):
    assert server_part(before + SERVER) == SERVER


KEPT = (
    SERVER,
    f"export WORKERS=2 && {SERVER}",
    f"cd backend && python manage.py migrate && {SERVER}",
    f"python manage.py migrate || true && {SERVER}",
    f"(python manage.py migrate && {SERVER})",
    f"python manage.py migrate $(echo app) && {SERVER}",
    f"python manage.py migrate & {SERVER}",
    "./start.sh",
    f"python manage.py migrate && echo 'a && b' && {SERVER}",
    "python manage.py migrate && gunicorn 'unfinished",
)


@pytest.mark.parametrize("command", KEPT)
def test_any_other_command_is_kept(command):
    assert server_part(command) == command
