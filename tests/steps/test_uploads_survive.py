"""Task 26 on a real site: uploads are followed through a deployment, on the disk, in a bucket and on a volume."""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from pathlib import Path

import pytest

from tests.cli_runner import golive, with_uv
from tests.conftest import made_once
from tests.steps.uploads_club import make_club

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]


def environment(**values):
    kept = {name: value for name, value in (with_uv() or os.environ).items() if name[:7] != "GOLIVE_" and name != "CI"}
    return {**kept, "GOLIVE_TESTS": "no", **values}


def run(folder, python, *command, **values):
    """Run task 26. Returns the exit code, and the status and the text of each item's evidence."""
    result = golive(*command, "--json", "--only", "26", python=python, project=folder, env=environment(**values))
    events = [json.loads(line) for line in result.stdout.splitlines()]
    ticked = {each["item"]["id"]: each["evidence"] for each in events if each["event"] == "Ticked"}
    assert ticked, result.stderr[-3000:]
    return result.returncode, {
        item: (each["status"], f"{each['showed']} {each['where']}".strip()) for item, each in ticked.items()
    }


def test_a_file_on_the_disk_is_gone_after_the_next_deployment(tmp_path, club_python):
    folder = make_club(tmp_path / "club", club_python)
    _, items = run(folder, club_python, "--auto", GOLIVE_UPLOADS="keep")
    assert items["26.1"][0] == items["26.2"][0] == "open"
    assert "FileSystemStorage in media, which is empty after each deployment" in items["26.1"][1]
    assert "is gone after the next deployment. You chose to keep it so" in items["26.2"][1]
    assert items["26.3"] == ("not-applicable", "no row refers to a file")


@pytest.fixture(scope="session")
def stores(tmp_path_factory, club_python):
    """The site after task 26, once for each store, with the evidence of that run. Tests work on copies of it."""
    with made_once(tmp_path_factory, "club-stores") as (folder, missing):
        if missing:
            folder.mkdir()
            for store in ("bucket", "volume"):
                club = make_club(folder / store, club_python, rows=True)
                seen = run(club, club_python, "--auto", GOLIVE_UPLOADS=store)
                (folder / f"{store}.json").write_text(json.dumps(seen))
    return folder


@pytest.mark.parametrize("store", ["bucket", "volume"])
def test_a_file_is_the_same_after_the_next_deployment(stores, store):
    code, items = json.loads((stores / f"{store}.json").read_text())
    assert (code, {status for status, _ in items.values()}) == (0, {"rehearsed"}), items
    where = {"bucket": "/rehearsal-uploads/photos/", "volume": "GET /media/photos/"}[store]
    assert "POST /photos/add/ → 302" in items["26.2"][1] and where in items["26.2"][1]
    assert "2 files as before, the largest of 5,242,880 bytes" in items["26.2"][1]
    assert "X-Amz" not in str(items), "no address with a signature is kept"
    assert items["26.3"][1].startswith("3 files, 27,000 bytes, all the same in production's storage")


OUTSIDE = str(Path(tempfile.gettempdir()) / "golive-test-media")
"""A folder of the machine. A rehearsal keeps what is there, and a platform does not."""
SETTINGS, MODELS, VIEWS, URLS = "club/settings.py", "members/models.py", "members/views.py", "club/urls.py"
LOCAL = "\nfrom django.core.files.storage import FileSystemStorage\n"
FAULTS = [
    ("bucket", "a wrong key", SETTINGS, 'os.getenv("AWS_SECRET_ACCESS_KEY")', '"another-secret"', {"26.2", "26.3"}, ""),
    ("bucket", "addresses without a signature", SETTINGS, "AWS_S3_FILE_OVERWRITE = False",
     "AWS_S3_FILE_OVERWRITE = AWS_QUERYSTRING_AUTH = False", {"26.2"}, "AWS_QUERYSTRING_AUTH = False"),
    ("bucket", "a file that replaces another one", SETTINGS, "AWS_S3_FILE_OVERWRITE = False",
     "AWS_S3_FILE_OVERWRITE = True", {"26.2"}, "Set AWS_S3_FILE_OVERWRITE = False"),
    ("bucket", "a field with a storage of its own", MODELS, 'upload_to="photos/")',
     'upload_to="photos/", storage=FileSystemStorage())', {"26.1", "26.2", "26.3"}, "members/models.py:8"),
    ("bucket", "a view that keeps half of a file", VIEWS, "        form.save()\n",
     "        form.instance.picture.file.file.truncate(1000)\n        form.save()\n", {"26.2"}, "other bytes"),
    ("volume", "a folder outside of the volume", SETTINGS,
     'os.path.join(os.environ["RAILWAY_VOLUME_MOUNT_PATH"], "media")', f'"{OUTSIDE}"',
     {"26.1", "26.2", "26.3"}, OUTSIDE),
    ("volume", "a route that matches no file", URLS, "media/<path:path>", "media/<slug:path>", {"26.2"}, "404"),
    ("volume", "a start that empties the folder", "club/wsgi.py", "application = get",
     "import shutil\n\nfrom django.conf import settings\n\n"
     "shutil.rmtree(settings.MEDIA_ROOT, ignore_errors=True)\napplication = get", {"26.2"}, "is gone after"),
]  # fmt: skip


@pytest.mark.nightly
@pytest.mark.parametrize("fault", [pytest.param(each, id=f"{each[0]}: {each[1]}") for each in FAULTS])
def test_a_fault_is_noticed(stores, tmp_path, club_python, fault):
    store, _, name, old, new, wanted, says = fault
    folder = tmp_path / "club"
    shutil.copytree(stores / store, folder, ignore=shutil.ignore_patterns(".golive"))
    text = (folder / name).read_text()
    assert text.count(old) == 1
    (folder / name).write_text((LOCAL if "FileSystemStorage" in new else "") + text.replace(old, new))
    code, items = run(folder, club_python, "--auto", GOLIVE_UPLOADS=store)
    shutil.rmtree(OUTSIDE, ignore_errors=True)
    bad = {item for item, (status, _) in items.items() if status != "rehearsed"}
    assert bad == wanted, items
    assert code and says in str(items), items
