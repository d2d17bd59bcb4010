"""A text that a template gives to `{% static %}` names a file that exists in the rows that Golive makes."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import wizard

SCRIPT = """
import json, sys
from django.conf import settings
settings.configure(
    INSTALLED_APPS=["django.contrib.staticfiles"], STATIC_URL="/static/", STATICFILES_DIRS=[sys.argv[1]],
    STATICFILES_FINDERS=["django.contrib.staticfiles.finders.FileSystemFinder"],
)
import django
django.setup()
from django.db import models
from wizard.project.agent.row_values import text
found = {}
for name in ("photo_url", "cover", "website_link", "photo_caption", "title", "profile"):
    field = models.CharField(max_length=200, blank=True)
    field.set_attributes_from_name(name)
    found[name] = text(field, name, "d4edfeed" * 4)
print(json.dumps(found))
"""


def values(python, folder):
    top = Path(wizard.__file__).parents[1]
    ran = subprocess.run(
        [python, "-c", SCRIPT, str(folder)],
        check=False,
        cwd=top,
        env={"PYTHONPATH": str(top)},
        capture_output=True,
        text=True,
    )
    assert ran.returncode == 0, ran.stderr
    return json.loads(ran.stdout)


def test_a_field_for_a_file_gets_the_name_of_a_static_image(python, tmp_path):
    (tmp_path / "img").mkdir()
    (tmp_path / "a.css").write_text("")
    (tmp_path / "img" / "band.png").write_text("")
    found = values(python, tmp_path)
    assert found == {
        "photo_url": "img/band.png",
        "cover": "img/band.png",
        "website_link": "https://example.com/d4edfeedd4",
        "photo_caption": "Golive photo caption d4edfeed",
        "title": "Golive title d4edfeed",
        "profile": "Golive profile d4edfeed",
    }


def test_a_field_for_a_file_is_empty_without_static_files(python, tmp_path):
    assert values(python, tmp_path)["photo_url"] == ""
