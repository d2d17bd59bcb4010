"""Uploads at Railway: a bucket or a volume is created once and with consent, and the service learns its name."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

import pytest

from tests.targets.railway_project import SETTINGS, evidence_texts, failure
from wizard.state import state_file

BUCKET = """
BUCKET = os.environ.get("AWS_S3_BUCKET_NAME")
KEY, SECRET = os.environ.get("AWS_ACCESS_KEY_ID"), os.environ.get("AWS_SECRET_ACCESS_KEY")
STYLE = os.environ.get("AWS_S3_URL_STYLE", "virtual")
"""
VOLUME = """
if os.environ.get("RAILWAY_VOLUME_MOUNT_PATH"):
    MEDIA_ROOT = os.environ["RAILWAY_VOLUME_MOUNT_PATH"] + "/media"
"""


@pytest.fixture
def with_bucket(small):
    (small.folder / "site_/settings.py").write_text(SETTINGS + BUCKET)
    return small


@pytest.fixture
def with_volume(small):
    (small.folder / "site_/settings.py").write_text(SETTINGS + VOLUME)
    return small


def test_a_bucket_is_created_once_and_the_service_refers_to_it(with_bucket):
    cloud = with_bucket.internet.cloud
    with_bucket.golive("--only", "11-12,15-17,26", GOLIVE_UPLOADS_REGION="ams")
    with_bucket.golive("--only", "17,26")
    [project] = cloud.projects.values()
    [bucket] = project["buckets"].values()
    assert (bucket["name"], bucket["region"]) == ("uploads", "ams")
    assert with_bucket.facts["railway.bucket"] == bucket["id"]
    variables = cloud.service("web")["variables"]
    assert variables["AWS_S3_BUCKET_NAME"] == "${{uploads.BUCKET}}"
    assert variables["AWS_SECRET_ACCESS_KEY"] == "${{uploads.SECRET_ACCESS_KEY}}"
    assert variables["AWS_S3_URL_STYLE"] == "virtual"
    assert "AWS_DEFAULT_REGION" not in variables, "the settings read no such variable"
    assert bucket["variables"]["SECRET_ACCESS_KEY"] not in str(cloud.calls) + str(with_bucket.facts)
    assert cloud.rendered(project, cloud.service("web"))["AWS_S3_BUCKET_NAME"] == bucket["variables"]["BUCKET"]


def test_no_bucket_is_created_without_consent_to_its_costs(with_bucket):
    with_bucket.golive("--only", "11-12")
    _, events = with_bucket.golive("--only", "26", GOLIVE_COSTS="no")
    assert [each["buckets"] for each in with_bucket.internet.cloud.projects.values()] == [{}]
    assert "costs" in str(events)


def test_no_bucket_is_created_where_the_user_names_one(with_bucket):
    with (with_bucket.folder / ".env.production").open("a") as file:
        file.write("AWS_S3_BUCKET_NAME=mine\n")
    with_bucket.golive("--only", "11-12,26")
    assert [each["buckets"] for each in with_bucket.internet.cloud.projects.values()] == [{}]


def test_changes_that_somebody_staged_are_not_deployed_with_the_bucket(with_bucket):
    with_bucket.golive("--only", "11-12")
    [project] = with_bucket.internet.cloud.projects.values()
    project["staged"] = 2
    code, events = with_bucket.golive("--only", "26")
    assert code == 1 and project["buckets"] == {}
    assert "changes of this environment that are not deployed" in failure(events)["error"]


def test_a_bucket_that_another_run_created_becomes_part_of_the_environment(with_bucket):
    cloud = with_bucket.internet.cloud
    with_bucket.golive("--only", "11-12")
    [project] = cloud.projects.values()
    cloud.make_bucket(project, "uploads")
    with_bucket.golive("--only", "26")
    assert [each["region"] for each in project["buckets"].values()] == ["sjc"]


def test_a_volume_is_added_to_the_service_once(with_volume):
    cloud = with_volume.internet.cloud
    with_volume.golive("--only", "11-12,26")
    with_volume.golive("--only", "26")
    service = cloud.service("web")
    assert service["mount"] == "/data"
    assert sum("volumeCreate" in query for query in cloud.queries) == 1


def test_the_variables_of_the_volume_reach_the_settings(with_volume):
    models = "from django.db import models\n\n\nclass Photo(models.Model):\n    file = models.FileField()\n"
    (with_volume.folder / "club").mkdir()
    (with_volume.folder / "club/__init__.py").touch()
    (with_volume.folder / "club/models.py").write_text(models)
    text = SETTINGS.replace("INSTALLED_APPS = []", 'INSTALLED_APPS = ["club"]') + VOLUME
    text += 'DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"\n'
    (with_volume.folder / "site_/settings.py").write_text(text)
    _, events = with_volume.golive("--only", "11-12,15,26")
    assert evidence_texts(events)["26.1"] == "club.Photo.file: FileSystemStorage in the volume"
    assert state_file.load(with_volume.folder).evidence["26.1"].status.value == "done"
    assert "journeys: full" in evidence_texts(events)["26.2"]


@pytest.fixture
def with_papers(with_volume):
    """A site whose view keeps papers below MEDIA_ROOT. Two are on this machine, and the volume has another one."""
    folder = with_volume.folder
    media = 'MEDIA_ROOT = os.path.join(os.path.dirname(os.path.dirname(__file__)), "media")\n'
    (folder / "site_/settings.py").write_text(SETTINGS + media + VOLUME)
    view = "from django.core.files.storage import default_storage\n\n\ndef keep(request):\n"
    (folder / "site_/views.py").write_text(view + '    default_storage.save("papers/a", request.FILES["a"])\n')
    for name, text in {"papers/one.txt": "one", "papers/it's 2.txt": "two"}.items():
        (folder / "media" / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / "media" / name).write_text(text)
    memory = Path("/dev/shm")
    volume = Path(tempfile.mkdtemp(dir=memory if memory.is_dir() else None))
    with_volume.internet.cloud.volume_folder = volume
    yield with_volume
    shutil.rmtree(volume)


def test_files_are_copied_to_the_volume_by_the_running_service(with_papers):
    cloud = with_papers.internet.cloud
    with_papers.golive("--only", "11-12,15-17,26")
    _, events = with_papers.golive("--only", "26", GOLIVE_SSH="no")
    assert "Answer ssh: yes, or copy the files yourself: `tar -C" in evidence_texts(events)["26.3"]
    assert "--skip-old-files -C /data/media" in evidence_texts(events)["26.3"]
    assert not any("ssh" in call["argv"] for call in cloud.calls)
    cloud.faults.ssh_key = False
    _, events = with_papers.golive("--only", "26", GOLIVE_SSH="yes")
    assert "No registered SSH keys" in evidence_texts(events)["26.3"]
    cloud.faults.ssh_key = True
    _, events = with_papers.golive("--only", "26", GOLIVE_SSH="yes")
    copied = cloud.volume_folder / "media/papers"
    assert evidence_texts(events)["26.3"] == "2 files, 6 bytes, all the same in production's storage"
    assert {path.name: path.read_text() for path in copied.iterdir()} == {"one.txt": "one", "it's 2.txt": "two"}
    (copied / "one.txt").write_text("of a visitor")
    _, events = with_papers.golive("--only", "26", GOLIVE_SSH="yes")
    assert "1 of 2 files: 1 with other bytes, the first: papers/one.txt" in evidence_texts(events)["26.3"]
    assert (copied / "one.txt").read_text() == "of a visitor", "no file is replaced"
