"""Probes of lost uploads: the storage of the fields, the route for their files, and the keys of a bucket."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from tests.steps.fakes import url
from wizard.diagnosis import upload_probes
from wizard.diagnosis.probe import ProbeContext
from wizard.diagnosis.probes import PROBES
from wizard.project.file_storages import FileField, StorageError
from wizard.project.platform import RAILWAY


def field(**given):
    values = {"storage": "a.b.FileSystemStorage", "local": True, "location": "/srv/media", "base_url": "/media/"}
    return FileField("shop.Photo", "file", chosen=False, where="", **{**values, **given})


ELSEWHERE = {"storage": "storages.backends.s3.S3Storage", "local": False, "location": "", "base_url": ""}


def run_probe(monkeypatch, probe, fields=(), urls=(), problems=None, *, running=False):
    def read(project, environment, **more):
        if isinstance(fields, Exception):
            raise fields
        return list(fields)

    monkeypatch.setattr(upload_probes, "kept_files", read)
    monkeypatch.setattr(upload_probes, "storage_problems", lambda project, environment: problems or {})
    service = SimpleNamespace(environment=dict, storage_environment=dict, volume_mount=lambda: "/data")
    monkeypatch.setattr(ProbeContext, "rehearsal", property(lambda context: service if running else None))
    project = SimpleNamespace(platform=RAILWAY, production_environment=lambda **extra: extra, urls=list(urls))
    return PROBES[probe](ProbeContext(project, SimpleNamespace(active_target=None), ""))


@pytest.mark.parametrize(
    ("fields", "running", "confirmed", "says"),
    [
        ([field()], False, True, "shop.Photo.file keeps files in /srv/media on the service's disk"),
        ([field(location="/golive-volume/media")], False, False, "outside of the deployment"),
        ([field(location="/data/media")], True, False, "outside of the deployment"),
        ([field(**ELSEWHERE)], False, False, "keeps files in S3Storage"),
        ([], False, False, "no model has a field for files"),
        (StorageError("The files can't be read", "KeyError"), False, None, "can't be read"),
    ],
)
def test_a_storage_on_the_disk_is_the_cause(monkeypatch, fields, running, confirmed, says):
    found = run_probe(monkeypatch, "upload_storage", fields, running=running)
    assert found.confirmed is confirmed and says in found.seen


@pytest.mark.parametrize(
    ("fields", "routes", "confirmed"),
    [([field()], ["admin/"], True), ([field()], ["media/<path:path>"], False), ([field(**ELSEWHERE)], [], False)],
)
def test_a_missing_route_is_the_cause(monkeypatch, fields, routes, confirmed):
    assert run_probe(monkeypatch, "media_route", fields, [url(each) for each in routes]).confirmed is confirmed


def test_a_bucket_is_asked_only_while_the_service_runs(monkeypatch):
    wrong = {"storages.backends.s3.S3Storage": "ClientError: An error occurred (403)"}
    assert run_probe(monkeypatch, "bucket", problems=wrong) is None
    found = run_probe(monkeypatch, "bucket", problems=wrong, running=True)
    assert found.confirmed and "S3Storage refuses" in found.seen and "403" in found.seen
    assert run_probe(monkeypatch, "bucket", problems={"a.S3Storage": ""}, running=True).confirmed is False
    assert run_probe(monkeypatch, "bucket", running=True) is None, "no storage is elsewhere"
