"""The sandbox serves what `collectstatic` wrote, and selects plain names only if it fails."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from wizard.targets.verification.static_files import StaticFiles

MANIFEST = "whitenoise.storage.CompressedManifestStaticFilesStorage"
PLAIN = "STORAGES = {**STORAGES, 'staticfiles': {'BACKEND': 'django.contrib.staticfiles.storage.StaticFilesStorage'}}\n"
ERROR = {"type": "ValueError", "message": "The file 'x.png' could not be found"}


class Project(SimpleNamespace):
    """A project whose collectstatic raises *error*. *asked* counts the runs."""

    def __init__(self, work, storage=MANIFEST, error=None, **given):
        self.settings = {"STORAGES": {"staticfiles": {"BACKEND": storage}}}
        super().__init__(**{"work": work, "error": error, "asked": 0, "django": (5, 2), "snapshot": object(), **given})

    def value(self, name):
        return self.settings.get(name)

    def inspect_settings(self):
        return {"overridden": list(self.settings)}

    def ask(self, op, **given):
        self.asked += 1
        (self.work / "static").mkdir()
        (self.work / "static" / "a.css").touch()
        return {"error": self.error, "missing": []}


def test_a_storage_with_a_manifest_stays_in_use(tmp_path):
    project = Project(tmp_path)
    settings = StaticFiles(project).settings()
    assert settings == f'STATIC_ROOT = type(globals().get("STATIC_ROOT") or "")({str(tmp_path / "static")!r})\n'


def test_plain_names_are_used_if_collectstatic_fails(tmp_path):
    static_files = StaticFiles(Project(tmp_path, error=ERROR))
    assert static_files.settings() == PLAIN
    assert str(static_files.collect().error) == "ValueError: The file 'x.png' could not be found"


def test_a_storage_without_a_manifest_needs_no_collected_files(tmp_path):
    project = Project(tmp_path, "whitenoise.storage.CompressedStaticFilesStorage")
    assert (StaticFiles(project).settings(), project.asked) == ("", 0)


def test_files_are_collected_once_for_the_same_settings(tmp_path):
    project = Project(tmp_path)
    static_files = StaticFiles(project)
    assert [static_files.settings(), static_files.collect().files] == [
        static_files.settings(),
        [tmp_path / "static/a.css"],
    ]
    assert project.asked == 1
    project.settings["STATICFILES_DIRS"] = ["assets"]
    (tmp_path / "static" / "old.css").touch()
    assert static_files.collect().files == [tmp_path / "static/a.css"], "files of an earlier run are removed"
    static_files.collect(fresh=True)
    assert project.asked == 2
    project.snapshot = object()
    static_files.collect(fresh=True)
    assert project.asked == 3


@pytest.mark.parametrize(
    ("django", "settings", "name"),
    [
        ((3, 2), {"STATICFILES_STORAGE": MANIFEST}, "STATICFILES_STORAGE = '"),
        ((4, 2), {"STATICFILES_STORAGE": MANIFEST}, "STATICFILES_STORAGE = '"),
        ((5, 2), {"STORAGES": {"staticfiles": {"BACKEND": MANIFEST}}, "STATICFILES_STORAGE": "old"}, "STORAGES = {**"),
    ],
)
def test_plain_names_are_set_in_the_setting_that_django_reads(tmp_path, django, settings, name):
    project = Project(tmp_path, error=ERROR, django=django)
    project.settings = settings
    assert StaticFiles(project).settings().startswith(name)
