"""A sandbox, a site and services for the direct tests of the steps' proofs."""

from __future__ import annotations

from contextlib import contextmanager
from types import SimpleNamespace

import httpx

from wizard.site.journeys import ProjectConfig
from wizard.targets.base import Observation
from wizard.targets.sandbox import Sandbox

HOST = "shop.up.railway.app"


class Site:
    """A site that sends *pages*: by path, or by the whole address for plain HTTP. Another path is a 404."""

    public = False
    host = HOST

    def __init__(self, pages=None):
        self.pages, self.requests = pages or {}, []

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self.close()

    def close(self):
        self.requests.append("closed")

    def get(self, path, *, https=True, host="", headers=None, **limits):
        self.requests.append(path)
        page = self.pages.get(path if https else f"http://{HOST}{path}", 404)
        if isinstance(page, Exception):
            raise page
        return page if isinstance(page, httpx.Response) else httpx.Response(page)

    def peek(self, path, client):
        return self.get(path)


def make_sandbox(*, real=False, may_write=True, site=None, **target):
    """A sandbox whose target has the given attributes. It makes evidence as the real sandbox does."""
    usual = {"real": real, "may_write": may_write, "host": HOST, "failure": None, "config": ProjectConfig(),
             "explored": {}, "redis_hosts": set, "redis_values": dict}  # fmt: skip
    given = {**usual, "contradictions": list, **target}
    project = SimpleNamespace(settings=SimpleNamespace(sources=[]))
    sandbox = SimpleNamespace(target=SimpleNamespace(**given), project=project)
    if site is not None:
        sandbox.target.site = lambda: site
        sandbox.gunicorn = sandbox.serving = lambda *arguments, **options: site
    for name in ("evidence", "evidence_of"):
        setattr(sandbox, name, getattr(Sandbox, name).__get__(sandbox))
    return sandbox


def observe(holds=True, showed="fine", *, real=True):
    return Observation(holds, "service", "asked", showed, real)


def by_item(evidence):
    """The status and the text of each item's evidence."""
    return {each.item: (each.status.value, each.showed) for each in evidence}


class Robot:
    """An UptimeRobot with one monitor and its contacts."""

    real = False

    def __init__(self, status="UP", interval=300, assigned=("7",)):
        self.state = {
            "id": 1,
            "url": f"https://{HOST}/health/",
            "status": status,
            "interval": interval,
            "assignedAlertContacts": [{"alertContactId": each} for each in assigned],
        }

    def read(self, monitor):
        return self.state

    def incident(self, monitor):
        return {"reason": "502 Bad Gateway"} if self.state["status"] == "DOWN" else None

    def wait_for_status(self, monitor, status):
        return self.state["status"] == status

    def contacts(self):
        return [{"id": 7, "value": "owner@example.com"}, {"id": 8, "value": "other@example.com"}]


class Sentry:
    """A Sentry project with *events*, the title of each; the first *before* of them are old."""

    project = "shop"

    def __init__(self, events=(), *, before=0, dsn="https://abc@sentry.example/1", exists=True, real=False):
        self.titles, self.before, self.public_dsn, self.present, self.real = list(events), before, dsn, exists, real

    def project_exists(self):
        return self.present

    def dsn(self):
        return self.public_dsn

    def events(self):
        return [{"eventID": f"{number:08d}", "title": title} for number, title in enumerate(self.titles)]

    def event_ids(self):
        return {event["eventID"] for event in self.events()[: self.before]}

    def wait_for_event(self, matches, before):
        return next((event for event in self.events() if event["eventID"] not in before and matches(event)), None)

    def link(self, event):
        return ""


class Media:
    """A Cloudinary account that keeps the uploaded images, and can lose them."""

    real = False

    def __init__(self, stored=(), *, status=200, deletes=True):
        self.kept, self.status, self.deletes = list(stored), status, deletes

    def images(self):
        return [{"public_id": name} for name in self.kept]

    def upload(self, content, name):
        self.kept.append(name)
        return f"https://media.example/{name}"

    def fetch_delivered(self, url):
        return httpx.Response(self.status, headers={"content-type": "image/png"}, content=b"png")

    def delete(self, name):
        if self.deletes:
            self.kept.remove(name)
        return self.deletes


@contextmanager
def slow_site(site):
    yield site
