"""Where the files of the project are in the image of a Dockerfile."""

from __future__ import annotations

import pytest

from wizard.project.dockerfile import Image


@pytest.mark.parametrize(
    ("lines", "place"),
    [
        pytest.param("WORKDIR /code\nCOPY ./app .\nCOPY ./needs.txt /code", "/code/needs.txt", id="the working folder"),
        pytest.param("COPY ./app /srv\nCOPY needs.txt /srv", "/srv/needs.txt", id="a folder that was copied"),
        pytest.param("COPY needs.txt /one/a.txt\nCOPY needs.txt /one", "/one/needs.txt", id="the folder of a file"),
        pytest.param("WORKDIR /code\nCOPY needs.txt .", "/code/needs.txt", id="a dot"),
        pytest.param("WORKDIR /code\nCOPY needs.txt /list", "/list", id="no folder yet"),
    ],
)
def test_a_file_that_is_copied_to_a_folder_is_inside_it(tmp_path, lines, place):
    (tmp_path / "app").mkdir()
    (tmp_path / "app" / "manage.py").write_text("")
    (tmp_path / "needs.txt").write_text("Django\n")
    (tmp_path / "Dockerfile").write_text(f"FROM python:3.12\n{lines}\nCMD python -V\n")
    image = Image.read(tmp_path / "Dockerfile", tmp_path)
    assert image
    assert image.folders[-1] == (place, tmp_path / "needs.txt")
