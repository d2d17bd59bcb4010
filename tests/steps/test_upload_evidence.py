"""Evidence of task 26 apart from a whole run: fetching by all visitors, copies of files, and a real site."""

from __future__ import annotations

import hashlib
from types import SimpleNamespace

import httpx
import pytest

from steps.shared import existing_files, real_uploads
from steps.shared.fetching import Fetcher
from tests.steps.deployed import HOST, Site, by_item, make_sandbox
from wizard.checklist.answers import Answers
from wizard.journeys.context import Context
from wizard.journeys.evidence import Row
from wizard.journeys.made import Uploaded
from wizard.journeys.result import JourneyResult, Verdict
from wizard.journeys.sample_files import Upload
from wizard.project.file_storages import Copied, RowFile
from wizard.project.inputs import Surface

CONTENT = b"a picture"
PICTURE, SMALLER = b"\x89PNG 1000 pixels IEND....", b"\x89PNG 9 pixels IEND...."
DIGEST = hashlib.sha256(CONTENT).hexdigest()


def answer(content=CONTENT, status=200):
    return httpx.Response(status, content=content)


class Visitor:
    def __init__(self, pages):
        self.pages = pages

    def get(self, path):
        return SimpleNamespace(response=self.pages.get(path, answer(b"", 404)))


def fetcher(pages, **visitors):
    context = SimpleNamespace(visitors={role: Visitor(found) for role, found in visitors.items()})
    return Fetcher(make_sandbox(), Site(pages), context)


@pytest.mark.parametrize(
    ("pages", "own", "role"),
    [
        ({"/media/a.png": answer()}, {}, ""),
        ({"/media/a.png": answer(b"", 403)}, {"/media/a.png": answer()}, "first"),
        ({"/media/a.png": answer(b"another")}, {}, None),
        ({}, {}, None),
    ],
)
def test_a_file_is_fetched_by_everybody_or_by_the_visitor_who_may(pages, own, role):
    found = fetcher(pages, first=own).fetch(f"https://{HOST}/media/a.png", DIGEST)
    assert (found.role if found else None) == role


def test_an_address_that_answers_404_to_all_is_refused():
    assert fetcher({}, first={}).refused_to_all("/media/a.png")
    assert not fetcher({}, first={"/media/a.png": answer(b"", 403)}).refused_to_all("/media/a.png")
    assert not fetcher({"/media/a.png": answer(b"", 302)}).refused_to_all("/media/a.png"), "a login is no refusal"
    assert not fetcher({}).refused_to_all("")


def file(name, size=9):
    return RowFile("shop.Photo", 1, "file", name, size, DIGEST, "", "")


@pytest.mark.parametrize(
    ("states", "absent", "status", "says"),
    [
        (["copied", "same"], [], "rehearsed", "2 files, 18 bytes, all the same"),
        (["copied"], ["b.png"], "open", "1 file of rows can't be found on this machine, such as b.png"),
        (["copied", "other"], [], "failed", "1 of 2 files: 1 with other bytes, the first: 1.png of shop.Photo 1"),
        (["failed", "renamed"], [], "failed", "1 failed, 1 under another name"),
        (["missing", "missing"], [], "open", "Run this task again"),
    ],
)
def test_files_are_counted_and_compared(states, absent, status, says):
    copied = [Copied(file(f"{number}.png"), state, "") for number, state in enumerate(states)]
    present = {each.file: None for each in copied}
    referred = [*present, *(file(name, -1) for name in absent)]
    evidence = existing_files.judge(make_sandbox(), referred, present, copied)
    assert (evidence.status.value, says in evidence.showed) == (status, True), evidence.showed


class Real:
    """A real site whose only form keeps a file at /media/a.png, until the next deployment if *keeps* is False."""

    def __init__(self, monkeypatch, *, keeps=True, shown="/media/a.png", verdict=Verdict.WORKS, answers=None,
                 sent=CONTENT, gives=CONTENT):  # fmt: skip
        self.site, self.keeps, self.cleaned = Site({"/media/a.png": answer(gives)}), keeps, 0
        self.sandbox = make_sandbox(real=True, site=self.site, deploy_again=self._deploy)
        self.sandbox.answers = Answers({"journeys": "full"} if answers is None else answers)
        uploaded = Uploaded("first", Row("shop.Photo", None), (Upload("a.png", sent, "image/png"),), shown, "POST /")
        result = JourneyResult("photo-upload", "A visitor uploads", "upload", "shop.Photo", verdict, "it is lost")
        context = Context(Surface(), {}, {}, results=[result], uploaded=[uploaded])
        monkeypatch.setattr(real_uploads, "upload_at", lambda sandbox, site, surface: context)
        monkeypatch.setattr(real_uploads, "surface", lambda project: Surface())
        monkeypatch.setattr(real_uploads, "clean_up", self._clean)

    def _deploy(self):
        if not self.keeps:
            self.site.pages.clear()
        elif isinstance(self.keeps, bytes):
            self.site.pages["/media/a.png"] = answer(self.keeps)
        return "the files were deployed again"

    def _clean(self, context):
        self.cleaned += 1

    def evidence(self):
        return by_item(real_uploads.evidence(None, self.sandbox))["26.2"]


@pytest.mark.parametrize(
    ("given", "status", "says"),
    [
        ({}, "done", "GET /media/a.png gives it back, 1 file as before"),
        ({"sent": PICTURE, "gives": SMALLER}, "done", "compared with what the site or its storage made"),
        ({"sent": PICTURE, "gives": SMALLER, "keeps": PICTURE}, "failed", "gives 200 with"),
        ({"sent": PICTURE, "gives": b"another file"}, "open", "the site shows no address of a file"),
        ({"keeps": False}, "failed", "after the next deployment GET /media/a.png gives 404"),
        ({"verdict": Verdict.BROKEN}, "failed", "it is lost"),
        ({"shown": ""}, "open", "the site shows no address of a file"),
    ],
)
def test_at_a_real_site_the_upload_is_fetched_and_deleted(monkeypatch, given, status, says):
    real = Real(monkeypatch, **given)
    found = real.evidence()
    assert found[0] == status and says in found[1], found
    assert real.cleaned == 1


def test_at_a_real_site_nothing_is_uploaded_without_consent(monkeypatch):
    real = Real(monkeypatch, answers={})
    assert real.evidence() == ("open", real_uploads.ASK)
    assert real.cleaned == 0 and real.site.requests == []
