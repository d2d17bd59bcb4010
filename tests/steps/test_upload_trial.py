"""The judgement of task 26 on what became of an uploaded file, with a site and rows as they are after each fault.

test_uploads_survive.py plants such faults into a real site.
"""

from __future__ import annotations

import hashlib
from dataclasses import replace
from types import SimpleNamespace

import httpx
import pytest

from steps.shared import upload_evidence
from steps.shared.upload_evidence import UploadTrial
from tests.steps.deployed import Site, by_item, make_sandbox
from wizard.journeys.context import Context
from wizard.journeys.evidence import Row
from wizard.journeys.made import Uploaded
from wizard.journeys.result import JourneyResult, Verdict
from wizard.journeys.sample_files import Upload
from wizard.project.file_storages import FileField, RowFile
from wizard.project.inputs import Surface

CONTENT = b"a photo of the club"
DIGEST = hashlib.sha256(CONTENT).hexdigest()
URL = "/media/photos/a.png"
FILE = RowFile("club.Photo", 1, "picture", "photos/a.png", len(CONTENT), DIGEST, URL, "")
PICTURE = httpx.Response(200, content=CONTENT)
BUCKET = FileField("club.Photo", "picture", "storages.S3Storage", False, "", "/", False, "")
DISK = FileField("club.Photo", "picture", "FileSystemStorage", True, "/srv/media", "/", True, "models.py:8")


class Trial:
    """A trial on a site whose form keeps a file as *new*, which is *later* after the next deployment."""

    def __init__(
        self, monkeypatch, new=FILE, later=FILE, *, before=PICTURE, after=PICTURE, fields=(BUCKET,), verdict=None,
        keep=False, mount="", settings="", known=(), made=(), uploads=1,
    ):  # fmt: skip
        self.site, self.after = Site({URL: before}), after
        answers = iter([list(known), [new] if new else [], [later] if later else []])
        monkeypatch.setattr(upload_evidence, "row_files", lambda *asked, **options: next(answers))
        monkeypatch.setattr(upload_evidence, "surface", lambda project: Surface())
        sent = Uploaded("", Row("club.Photo", None), (Upload("a.png", CONTENT, "image/png"),), "", "POST /photos/add/")
        result = JourneyResult("photo", "A visitor uploads", "upload", "club.Photo", verdict, "the form answers 500")
        context = Context(Surface(), {}, {}, results=[result] if verdict else [], uploaded=[sent] * uploads)
        context.rows = SimpleNamespace(made=set(made))
        monkeypatch.setattr(upload_evidence, "upload_at", lambda *given: context)
        target = {"storage_environment": dict, "deployment": SimpleNamespace(root=None), "deploy_again": self._deploy,
                  "volume_mount": lambda: mount}  # fmt: skip
        sandbox = make_sandbox(site=self.site, **target)
        values = {"AWS_QUERYSTRING_AUTH": False} if "AWS_QUERYSTRING_AUTH" in settings else {}
        files = SimpleNamespace(main="settings.py", mentions=lambda word: word in settings)
        project = SimpleNamespace(
            settings=files, display_path=str, value=values.get, origin=lambda name: "settings.py:9"
        )
        self.trial = UploadTrial(project, sandbox, fields, self.site, keep)
        self.trial.__dict__["target"] = sandbox.target

    def _deploy(self):
        self.site.pages[URL] = self.after
        return "deployed again"

    def evidence(self):
        return by_item(self.trial.evidence())["26.2"]


@pytest.mark.parametrize(
    ("given", "status", "says"),
    [
        ({}, "rehearsed", "POST /photos/add/; deployed again; 1 file as before, the largest of 19 bytes; GET /media/"),
        ({"verdict": Verdict.BROKEN}, "failed", "the form answers 500"),
        ({"new": None}, "open", "no form of the site took a file"),
        ({"new": None, "verdict": Verdict.OPEN}, "open", "the form answers 500"),
        ({"new": replace(FILE, size=-1)}, "failed", "and its storage does not have it"),
        ({"new": replace(FILE, size=-1, problem="403")}, "failed", "and its storage can't be read: 403"),
        ({"new": replace(FILE, sha256="0", size=5)}, "failed", "was sent 19 bytes, and its storage has 5 other bytes"),
        ({"uploads": 0}, "open", "no form of the site took a file"),
        ({"made": [("club.Photo", 1)]}, "open", "no form of the site took a file"),
        ({"known": [replace(FILE, key=7)]}, "open", "no form of the site took a file"),
        ({"new": replace(FILE, size=-1, is_default=True)}, "open", "no form of the site took a file"),
        ({"later": None}, "failed", "the row with photos/a.png of club.Photo 1 is gone after the next deployment"),
        ({"later": replace(FILE, size=-1)}, "failed", "photos/a.png of club.Photo 1 is gone after the next deployment"),
        ({"later": replace(FILE, size=-1), "fields": (DISK,), "keep": True}, "open", "You chose to keep it so"),
        ({"later": replace(FILE, sha256="0", size=5)}, "failed", "has 5 other bytes after the next deployment"),
        ({"after": 404}, "failed", "GET /media/photos/a.png gave photos/a.png of club.Photo 1, and does not after"),
        ({"before": 404, "after": 404}, "failed", "the storage keeps photos/a.png of club.Photo 1, but GET /media/"),
        ({"before": 403, "after": 403}, "rehearsed", "compared in the storage, since its address gave 403"),
        ({"fields": (DISK,)}, "failed", "is outside of the deployment and of the volume"),
        ({"fields": (DISK,), "mount": "/srv"}, "rehearsed", "1 file as before"),
        ({"new": replace(FILE, replaced=True)}, "failed", "is lost when another file of that name is uploaded"),
        ({"new": replace(FILE, replaced=True, name="photos/5f3c.png"), "later": replace(FILE, name="photos/5f3c.png")},
         "rehearsed", "1 file as before"),
    ],
)  # fmt: skip
def test_a_file_must_be_the_same_and_have_its_address_after_the_next_deployment(monkeypatch, given, status, says):
    found = Trial(monkeypatch, **given).evidence()
    assert found[0] == status and says in found[1], found


@pytest.mark.parametrize(
    ("settings", "status", "says"),
    [
        (
            "AWS_QUERYSTRING_AUTH = False",
            "open",
            "allow public reads and run `golive confirm 26.2`, or remove that line",
        ),
        ("AWS_QUERYSTRING_AUTH = False; AWS_S3_ENDPOINT_URL = 'https://t3.example'", "failed", "gives it to nobody"),
    ],
)
def test_an_address_without_a_signature_needs_a_public_bucket(monkeypatch, settings, status, says):
    found = Trial(monkeypatch, before=404, after=404, settings=settings).evidence()
    assert found[0] == status and says in found[1], found


@pytest.mark.parametrize("status", [401, 403, 404])
def test_a_bucket_that_refuses_the_address_of_its_file_to_all_is_a_fault(monkeypatch, status):
    address = "https://bucket.example/photos/a.png?signature=no"
    asked = []

    def refuse(fetcher, url):
        asked.append(url)
        return httpx.Response(status)

    monkeypatch.setattr(upload_evidence.Fetcher, "_fetched_elsewhere", refuse)
    kept = replace(FILE, url=address)
    found = Trial(monkeypatch, kept, kept).evidence()
    says = f"the storage keeps photos/a.png of club.Photo 1, but GET https://bucket.example/photos/a.png got {status}"
    assert found == ("failed", says) and set(asked) == {address}
