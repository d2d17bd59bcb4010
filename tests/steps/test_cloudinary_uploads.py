"""Uploads at Cloudinary: the storage of the plan, the stub of a rehearsal, and files that keep their names."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
import trustme
from doubles.cloudinary import Cloudinary
from doubles.serving import EventLoop

from steps.shared import upload_plans
from tests.steps import real_project
from tests.steps.test_upload_plans import DEBUG, STORAGES, settings_after
from wizard.project.file_storages import RowFile, copy_files, file_fields
from wizard.targets.local import upload_stores

MODELS = """
    from django.db import models

    class Photo(models.Model):
        picture = models.ImageField(upload_to="photos/")
        scan = models.FileField(upload_to="scans/")
"""
SETTINGS = """
    import os
    INSTALLED_APPS += ["club"]
    MEDIA_URL = "/media/"
    STORE = os.environ.get("STORE", "Media")
    STORAGES = {"default": {"BACKEND": f"cloudinary_storage.storage.{STORE}CloudinaryStorage"},
                "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}}
"""


@pytest.fixture
def cloud(tmp_path):
    authority, loop = trustme.CA(), EventLoop()
    import ssl

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    authority.cert_pem.write_to_path(tmp_path / "authority.pem")
    double = Cloudinary(context)
    loop.run(double.start())
    double.authority = str(tmp_path / "authority.pem")
    yield double
    loop.run(double.stop())
    loop.close()


@pytest.fixture(scope="module")
def club(tmp_path_factory, club_python):
    files = {"club/__init__.py": "", "club/models.py": MODELS}
    with real_project.opened(tmp_path_factory.mktemp("cloud"), club_python, files, SETTINGS) as (project, _):
        yield project


@pytest.mark.slow
@pytest.mark.parametrize(
    ("store", "field", "name", "public"),
    [
        ("Media", "picture", "photos/a.png", ("image", "media/photos/a")),
        ("RawMedia", "scan", "scans/a.txt", ("raw", "media/scans/a.txt")),
    ],
)
def test_files_keep_the_names_that_rows_have(club, cloud, tmp_path, store, field, name, public):
    (tmp_path / "file").write_bytes(b"content")
    values = {
        "CLOUD_NAME": cloud.cloud,
        "API_KEY": cloud.api_key,
        "API_SECRET": cloud.api_secret,
        "UPLOAD_PREFIX": cloud.url,
        "SECURE_DISTRIBUTION": cloud.distribution,
    }
    more = {f"CLOUDINARY_{part}": value for part, value in values.items()}
    environment = club.production_environment(**more, STORE=store, REQUESTS_CA_BUNDLE=cloud.authority)
    digest = "ed7002b439e9ac845f22357d822bac1444730fbdb6016d3ec9432297b9ec9f73"
    file = RowFile("club.Photo", 1, field, name, 7, digest, "", "")
    club.inspect_settings()

    def states(**how):
        copied = copy_files(club, environment, "", {file: tmp_path / "file"}, **how)
        return [(each.state, each.problem) for each in copied]

    assert states(compare=True) == [("missing", "")]
    assert states() == [("copied", "")]
    assert cloud.files[public][0] == b"content"
    assert states(compare=True) == [("same", "")], "the rows find it by the same name"
    assert [each.picture for each in file_fields(club, environment)] == [True, False]


@pytest.mark.parametrize(
    ("pictures", "storage"), [(True, "MediaCloudinaryStorage"), (False, "RawMediaCloudinaryStorage")]
)
def test_the_storage_of_pictures_takes_nothing_else(tmp_path, pictures, storage):
    def change(project, draft):
        upload_plans.use_cloudinary(project, draft, pictures=pictures)

    values = settings_after(tmp_path, change, DEBUG + STORAGES)
    assert values["STORAGES"]["default"] == {"BACKEND": f"cloudinary_storage.storage.{storage}"}


def test_the_stub_stands_in_unless_golive_yaml_names_a_way():
    def uses(*packages, environment=None, egress=()):
        project = SimpleNamespace(dependencies=SimpleNamespace(requirements=lambda: dict.fromkeys(packages)))
        return upload_stores.uses_cloudinary(project, SimpleNamespace(environment=environment or {}, egress=egress))

    assert uses("django-cloudinary-storage") and uses("cloudinary") and not uses("boto3")
    assert not uses("cloudinary", environment={"MEDIA_API": "{cloudinary.url}"})
    assert not uses("cloudinary", egress=["api.cloudinary.com"])


def test_all_names_of_the_keys_get_those_of_the_stub():
    media = SimpleNamespace(
        cloud="rehearsal", api_key="1", api_secret="s", url="http://127.0.0.1:1", distribution="127.0.0.1:2"
    )
    found = upload_stores.cloudinary_variables(["MY_CLOUDINARY_API_SECRET", "API_KEY", "CLOUDINARY_URL"], media)
    assert found["MY_CLOUDINARY_API_SECRET"] == "s" and "API_KEY" not in found
    assert found["CLOUDINARY_UPLOAD_PREFIX"] == "http://127.0.0.1:1"
    assert found["CLOUDINARY_URL"].startswith("cloudinary://1:s@rehearsal?upload_prefix=http://127.0.0.1:1&")
