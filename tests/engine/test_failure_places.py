"""The evidence of a failure is completed with what was expected, and the file and line that it is about."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from wizard.checklist import loader
from wizard.checklist.evidence import shown
from wizard.engine.failure_places import completed
from wizard.project.settings import SettingsFiles

SETTINGS = "DEBUG = False\nSECURE_HSTS_SECONDS = 5\n"


@pytest.fixture
def project(tmp_path):
    (tmp_path / "manage.py").write_text("")
    (tmp_path / "shop").mkdir()
    (tmp_path / "shop" / "settings.py").write_text(SETTINGS)
    (tmp_path / "shop" / "urls.py").write_text("urlpatterns = []\n")
    return SimpleNamespace(
        top=tmp_path,
        root=tmp_path,
        is_loaded=False,
        work=tmp_path / "work",
        copy=SimpleNamespace(folder=tmp_path / "copy"),
        settings=SettingsFiles("shop.settings", tmp_path / "shop/settings.py", (tmp_path,)),
        display_path=lambda path: str(path.relative_to(tmp_path)),
    )


@pytest.mark.parametrize(
    ("item", "found", "place"),
    [
        ("3.1", "SECURE_HSTS_SECONDS is 5", "shop/settings.py:2"),
        ("5.2", "the view raises KeyError at shop/urls.py:1", "shop/urls.py:1"),
        ("5.2", "raised at /usr/lib/python3/x.py:1", ""),
        ("5.2", "raised at ../other/urls.py:1", ""),
        ("2.3", "404, not a page of the project", "templates/404.html"),
        ("2.1", "True", "shop/settings.py:1"),
    ],
)
def test_a_failure_has_the_place_that_it_names(project, item, found, place):
    task = loader.load().tasks[int(item.split(".")[0])]
    evidence = completed(shown(item, False, "settings", "the check", found), task.item(item), task, project)
    assert (evidence.where, evidence.expected) == (place, task.item(item).text)


def test_the_place_that_a_step_gives_is_kept(project):
    task = loader.load().tasks[3]
    failed = shown("3.1", False, "settings", "x", "DEBUG is True", expected="False", where="shop/urls.py:1")
    assert completed(failed, task.item("3.1"), task, project) == failed


def test_evidence_of_success_stays_as_it_is(project):
    task = loader.load().tasks[3]
    passed = shown("3.1", True, "settings", "x", "SECURE_HSTS_SECONDS is 31536000")
    assert completed(passed, task.item("3.1"), task, project) == passed
