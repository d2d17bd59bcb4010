"""The settings that task 26 writes: for each version of Django, and beside what the settings say already."""

from __future__ import annotations

import ast
from dataclasses import replace

import pytest

from steps.shared import upload_fields, upload_plans
from tests.steps.fakes import FakeProject, url
from wizard.plan.draft import Draft
from wizard.project.file_storages import FileField, FileWrite, at_risk

DEBUG = 'import os\n\nDEBUG = os.getenv("DEBUG") == "True"\n'
STORAGES = 'STORAGES = {"default": {"BACKEND": "a"}, "staticfiles": {"BACKEND": "kept"}}\n'


def settings_after(tmp_path, change, text, debug="False", **given):
    """The values that the settings have after *change*, with DEBUG from the environment."""
    shown = {"MEDIA_URL": given.pop("media_url", "/media/"), "INSTALLED_APPS": given.pop("apps", [])}
    project = FakeProject(tmp_path, text, shown, **given)
    draft = Draft()
    change(project, draft)
    [action] = draft.actions()
    values = {}
    environment = {"DEBUG": debug, "AWS_S3_BUCKET_NAME": "shop", "RAILWAY_VOLUME_MOUNT_PATH": "/data"}
    code = action.after.decode().replace("import os\n", f"class os:\n    environ = {environment}\n"
                                         "    getenv = environ.get\n    import os.path as path\n", 1)  # fmt: skip
    ast.parse(code)
    exec(code, values)
    return values


def test_since_django_4_2_the_default_storage_is_a_bucket_and_static_files_stay(tmp_path):
    values = settings_after(tmp_path, upload_plans.use_bucket, DEBUG + STORAGES)
    default = values["STORAGES"]["default"]
    assert default == {"BACKEND": "storages.backends.s3.S3Storage"}
    assert values["AWS_STORAGE_BUCKET_NAME"] == "shop"
    assert values["AWS_S3_FILE_OVERWRITE"] is False, "files of the same name replace each other otherwise"
    assert values["STORAGES"]["staticfiles"] == {"BACKEND": "kept"}


PICTURE = FileField("shop.Tea", "picture", upload_plans.BUCKET_STORAGE, local=False, location="", base_url="",
                    chosen=False, where="shop/models.py:3", replaced=True)  # fmt: skip


def test_files_of_the_same_name_are_kept_in_a_bucket_that_the_project_has(tmp_path):
    values = settings_after(tmp_path, lambda *given: upload_plans.keep_each_file(*given, [PICTURE]), DEBUG)
    assert values["AWS_S3_FILE_OVERWRITE"] is False


@pytest.mark.parametrize(
    ("changed", "settings"),
    [
        ({"replaced": False}, {}),
        ({"storage": "shop.storages.Own"}, {}),
        ({}, {"AWS_S3_FILE_OVERWRITE": True}),
    ],
)
def test_a_storage_of_ones_own_and_a_wish_to_overwrite_are_left_alone(tmp_path, changed, settings):
    draft = Draft()
    upload_plans.keep_each_file(FakeProject(tmp_path, DEBUG, settings), draft, [replace(PICTURE, **changed)])
    assert draft.actions() == []


def test_development_keeps_its_storage(tmp_path):
    values = settings_after(tmp_path, upload_plans.use_bucket, DEBUG + STORAGES, debug="True")
    assert values["STORAGES"]["default"] == {"BACKEND": "a"} and "AWS_STORAGE_BUCKET_NAME" not in values


@pytest.mark.parametrize(
    ("text", "static"),
    [
        (DEBUG, "django.contrib.staticfiles.storage.StaticFilesStorage"),
        (DEBUG + 'STATICFILES_STORAGE = "own"\nDEFAULT_FILE_STORAGE = "local"\n', "own"),
    ],
)
def test_earlier_settings_that_django_refuses_beside_storages_move_into_it(tmp_path, text, static):
    values = settings_after(tmp_path, upload_plans.use_bucket, text)
    assert values["STORAGES"]["staticfiles"]["BACKEND"] == static
    assert "STATICFILES_STORAGE" not in values and "DEFAULT_FILE_STORAGE" not in values


def test_thumbnails_of_easy_thumbnails_go_there_too(tmp_path):
    values = settings_after(tmp_path, upload_plans.use_bucket, DEBUG + STORAGES, apps=["easy_thumbnails"])
    assert values["STORAGES"]["easy_thumbnails"] == values["STORAGES"]["default"]
    assert "easy_thumbnails" not in settings_after(tmp_path, upload_plans.use_bucket, DEBUG + STORAGES)["STORAGES"]


def test_before_django_4_2_the_storage_has_a_setting_of_its_own(tmp_path):
    values = settings_after(tmp_path, upload_plans.use_bucket, DEBUG, django=(4, 1))
    assert values["DEFAULT_FILE_STORAGE"] == "storages.backends.s3.S3Storage"
    assert values["AWS_STORAGE_BUCKET_NAME"] == "shop" and values["AWS_S3_FILE_OVERWRITE"] is False
    assert values["AWS_S3_ADDRESSING_STYLE"] == "virtual"
    assert "STORAGES" not in values


def test_on_a_volume_only_the_folder_changes(tmp_path):
    values = settings_after(tmp_path, upload_plans.use_volume, DEBUG + 'MEDIA_ROOT = "media"\n')
    assert values["MEDIA_ROOT"] == "/data/media" and "MEDIA_URL" not in values
    values = settings_after(tmp_path, upload_plans.use_volume, DEBUG, media_url="")
    assert values["MEDIA_URL"] == "/media/"


def test_a_new_volume_gets_the_files_that_fields_name_as_their_default(tmp_path, monkeypatch):
    deployed, volume = tmp_path / "deployed", tmp_path / "volume"
    (deployed / "faces").mkdir(parents=True)
    (deployed / "faces" / "nobody.jpg").write_text("a face")
    project = FakeProject(tmp_path, f"MEDIA_ROOT = {str(deployed)!r}\n", {"MEDIA_URL": "/media/"})
    draft = Draft()
    upload_plans.use_volume(project, draft, [field(deployed, default="faces/nobody.jpg")])
    [action] = draft.actions()
    exec(action.after, development := {})
    assert development["MEDIA_ROOT"] == str(deployed)
    monkeypatch.setenv("RAILWAY_VOLUME_MOUNT_PATH", str(volume))
    for kept in ("a face", "another"):
        exec(action.after, {})
        face = volume / "media" / "faces" / "nobody.jpg"
        assert face.read_text() == kept
        face.write_text("another")  # it is not replaced at the next start


def test_a_volume_that_cannot_be_written_does_not_stop_the_site(tmp_path, monkeypatch):
    project = FakeProject(tmp_path, 'MEDIA_ROOT = "media"\n', {"MEDIA_URL": "/media/"})
    draft = Draft()
    upload_plans.use_volume(project, draft, [field("media", default="nobody.jpg")])
    (tmp_path / "volume").write_text("a file")
    monkeypatch.setenv("RAILWAY_VOLUME_MOUNT_PATH", str(tmp_path / "volume"))
    exec(draft.actions()[0].after, values := {})
    assert values["MEDIA_ROOT"] == str(tmp_path / "volume" / "media")


@pytest.mark.parametrize(
    ("text", "public"),
    [
        ("urlpatterns += static(settings.MEDIA_URL, document_root=settings.MEDIA_ROOT)\n", True),
        ("urlpatterns = [path('media/<path:path>', serve, {'document_root': settings.MEDIA_ROOT})]\n", True),
        ("urlpatterns += static(settings.STATIC_URL)\n", False),
        ("urlpatterns = []\n", False),
    ],
)
def test_files_are_public_where_the_development_server_serves_them(tmp_path, text, public):
    (tmp_path / "urls.py").write_text(text)
    project = FakeProject(tmp_path, urls_file=tmp_path / "urls.py")
    assert upload_plans.is_public_in_development(project) is public


@pytest.mark.parametrize(
    ("media_url", "route", "served"),
    [("/media/", "media/<path:path>", True), ("/files/", "media/<path:path>", False), ("/media/", "admin/", False),
     ("/media/", "^media/(?P<path>.*)$", True), ("https://cdn.example.com/", "media/x", True)],
)  # fmt: skip
def test_a_route_below_media_url_serves_files(tmp_path, media_url, route, served):
    project = FakeProject(tmp_path, values={"MEDIA_URL": media_url}, urls=[url(route)])
    assert upload_plans.is_served(project) is served


def field(location, *, local=True, chosen=False, default=""):
    about = ("shop.Photo", "file", "a.FileSystemStorage", local, str(location), "", chosen, "models.py:3")
    return FileField(*about, default=default)


def test_a_field_is_at_risk_unless_its_folder_is_on_the_volume(tmp_path):
    volume, beside = tmp_path / "data", tmp_path / "data2"
    fields = [field(volume / "media"), field(volume), field(beside), field("", local=False), field("")]
    assert at_risk(fields, str(volume)) == [fields[2], fields[4]]
    assert at_risk(fields, "") == [fields[0], fields[1], fields[2], fields[4]]


def test_a_field_with_a_storage_of_its_own_is_left_to_the_user():
    [assist] = upload_plans.by_hand([field("/a", chosen=True), field("/a")])
    assert (assist.item, assist.where) == ("26.1", "models.py:3")
    assert "names FileSystemStorage itself" in assist.why


@pytest.mark.parametrize("volume", [False, True])
def test_a_call_that_writes_to_the_disk_is_left_to_the_user(volume):
    below_media = FileWrite("open()", "views.py:3", on_disk_only=True)
    elsewhere = FileWrite("open()", "views.py:9", by_hand=True)
    moved = FileWrite("default_storage.save()", "views.py:12")
    found = upload_plans.by_hand([below_media, elsewhere, moved], volume=volume)
    assert [each.where for each in found] == ["views.py:9"] if volume else ["views.py:3", "views.py:9"]
    assert "default_storage.save(name, file)" in found[0].snippet


def test_a_field_of_cloudinary_is_named_although_it_is_none_of_djangos(tmp_path):
    models = tmp_path / "models.py"
    models.write_text("class Photo(models.Model):\n    image = models.ImageField()\n")
    project = FakeProject(tmp_path, "")
    project.copy.files = lambda: [models]
    assert upload_fields.without_fields(project) == upload_fields.NO_FIELDS
    models.write_text('from cloudinary.models import CloudinaryField\n\nimage = CloudinaryField("image")\n')
    assert upload_fields.without_fields(project).startswith(
        "CloudinaryField in models.py keeps the files at Cloudinary"
    )
