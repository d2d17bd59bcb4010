"""An image with a user of its own may write to the folder of the static files, or the fault is named and mended."""

from __future__ import annotations

import pytest

from steps.shared import image_rights
from steps.shared.start_faults import faults
from tests.steps.served import Served

START = "CMD python manage.py migrate --noinput && python manage.py collectstatic --noinput && exec gunicorn shop.wsgi"


def project_with(tmp_path, text, folder="staticfiles"):
    values = {"STATIC_ROOT": str(tmp_path / folder)}
    return Served(tmp_path, {"Dockerfile": f"FROM python:3.12\nWORKDIR /app\n{text}\n{START}\n"}, values)


@pytest.mark.parametrize(
    ("text", "user"),
    [
        ("COPY . .\nRUN adduser app\nUSER app", "app"),
        ("COPY . .\nRUN chown -R app /vol/web\nUSER app:app", "app"),
        ("COPY . .\nUSER 1000", "1000"),
        ("COPY . .", ""),
        ("COPY . .\nUSER root", ""),
        ("COPY . .\nUSER $USERNAME", ""),
        ("COPY --chown=app:app . .\nUSER app", ""),
        ("COPY . .\nRUN chown -R app:app /app\nUSER app", ""),
        ("COPY . .\nRUN chown -R app:app .\nUSER app", ""),
        ("COPY . .\nRUN mkdir -p /app/staticfiles && chmod 777 /app/staticfiles\nUSER app", ""),
        ("COPY . .\nRUN python manage.py collectstatic --noinput\nUSER app", ""),
    ],
)
def test_a_user_who_may_not_collect_the_static_files_is_found(tmp_path, text, user):
    project = project_with(tmp_path, text)
    found = image_rights.find(project, project.source)
    assert (found.user if found else "") == user
    wrong = f"collectstatic fails: USER {user} may not write to /app/staticfiles, which is root's"
    assert (wrong in faults(project, project.source, project.wanted())) is bool(user)


def test_a_folder_with_spaces_is_given_as_one_word_and_a_text_in_a_comment_is_no_instruction(tmp_path):
    project = project_with(tmp_path, "COPY . .\nUSER app\nRUN echo \\\n# the end\n  USER text", "my files")
    after = image_rights.mended(project, project.source, project.source.image.path.read_bytes())
    assert b"\nRUN mkdir -p '/app/my files' && chown app '/app/my files'\nUSER app\n" in after


def test_the_folder_is_given_to_the_user_above_the_last_user_line(tmp_path):
    project = project_with(tmp_path, "COPY . .\nRUN adduser app\nUSER app")
    before = project.source.image.path.read_bytes()
    after = image_rights.mended(project, project.source, before)
    assert after == before.replace(
        b"USER app", b"RUN mkdir -p /app/staticfiles && chown app /app/staticfiles\nUSER app"
    )
    project.source.image.path.write_bytes(after)
    assert image_rights.find(project, project.source) is None
    assert image_rights.mended(project, project.source, after) == after


@pytest.mark.parametrize(
    ("text", "given", "variable"),
    [
        ("COPY . .\nUSER app", "", "RAILWAY_RUN_UID"),
        ("COPY --chown=app:app . .\nUSER app", "", "RAILWAY_RUN_UID"),
        ("COPY . .", "", ""),
        ("COPY . .\nUSER app", "RAILWAY_RUN_UID=0\n", ""),
    ],
    ids=["another user", "its own files are no volume", "root", "set already"],
)
def test_a_volume_needs_a_variable_where_the_image_does_not_run_as_root(tmp_path, text, given, variable):
    project = project_with(tmp_path, text)
    project.production_env.write_text(given)
    assert image_rights.variable_for_volume(project) == variable
