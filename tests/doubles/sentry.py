"""A test double for Sentry: its API for organisations, teams, projects, keys and events, and its ingestion.

Source: Sentry's published API schema, which every request is checked against, and its documentation of authentication,
pagination and rate limits.
"""

from __future__ import annotations

import re
import uuid

from aiohttp import web

from doubles import sentry_ingest
from doubles.openapi import checked
from doubles.serving import serve

SCHEMA = "sentry-openapi-subset.json"
ALL_SCOPES = ("org:read", "project:read", "project:write", "team:read", "event:read")


class Sentry:
    """One organisation.

    Tests set the token's *scopes*, slugs that are *taken* by others, and how many requests are *limited* with
    429 and the header *retry_after*. With *drops*, events are accepted and never stored, as over a quota.
    """

    def __init__(self):
        self.token, self.scopes = "sntryu_" + uuid.uuid4().hex, list(ALL_SCOPES)
        self.organisation = {"id": "1", "slug": "shop-inc", "name": "Shop Inc."}
        self.teams, self.projects, self.events = [{"id": "1", "slug": "shop-inc"}], {}, {}
        self.problems, self.requests, self.limited, self.retry_after = [], [], 0, "1"
        self.taken: set[str] = set()
        self.drops = False
        self.port = 0
        self._runner = None

    async def start(self):
        app = web.Application(
            middlewares=[self._limit, checked(SCHEMA, "", self.problems)],
            client_max_size=2 * sentry_ingest.MAX_COMPRESSED,
        )
        base = "/api/0"
        org = base + "/organizations/{org}"
        project = base + "/projects/{org}/{project}"
        app.add_routes([
            web.post("/api/{number}/envelope/", self.receive),
            web.get(f"{base}/", self.whoami),
            web.get(f"{base}/organizations/", self.list_organisations),
            web.get(f"{project}/", self.one_project),
            web.get(f"{org}/teams/", self.list_teams),
            web.post(f"{org}/teams/", self.make_team),
            web.post(base + "/teams/{org}/{team}/projects/", self.make_project),
            web.get(f"{project}/keys/", self.keys),
            web.post(f"{project}/keys/", self.make_key),
            web.get(f"{project}/events/", self.list_events),
        ])  # fmt: skip
        self._runner, self.port = await serve(app, auto_decompress=False)

    async def stop(self):
        await self._runner.cleanup()

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}"

    @web.middleware
    async def _limit(self, request, handler):
        self.requests.append((request.method, request.path))
        if self.limited and not request.path.endswith("/envelope/"):
            self.limited -= 1
            return web.json_response({"detail": "Rate limit exceeded"}, status=429,
                                     headers={"Retry-After": self.retry_after})  # fmt: skip
        return await handler(request)

    def _refusal(self, request, *scopes):
        """Return a response that refuses *request*, or None if its token has one of *scopes*."""
        if "Authorization" not in request.headers:
            return web.json_response({"detail": "Authentication credentials were not provided."}, status=401)
        if request.headers.get("Authorization") != f"Bearer {self.token}":
            return web.json_response({"detail": "Invalid token"}, status=401)
        if scopes and not set(scopes) & set(self.scopes):
            return web.json_response({"detail": "You do not have permission to perform this action."}, status=403)
        if request.match_info.get("org", "shop-inc") != "shop-inc":
            return web.json_response({"detail": "The requested resource does not exist"}, status=404)
        return None

    async def whoami(self, request):
        known = request.headers.get("Authorization") == f"Bearer {self.token}"
        return web.json_response({"version": "0", "auth": {"scopes": self.scopes} if known else None, "user": None})

    async def list_organisations(self, request):
        if refusal := self._refusal(request, "org:read"):
            return refusal
        links = {"organizationUrl": "https://shop-inc.sentry.io", "regionUrl": self.url}
        return web.json_response([{**self.organisation, "links": links}])

    async def one_project(self, request):
        if refusal := self._refusal(request, "project:read"):
            return refusal
        if not (project := self._project(request)):
            return web.json_response({"detail": "The requested resource does not exist"}, status=404)
        return web.json_response({"id": project["id"], "slug": project["slug"]})

    async def list_teams(self, request):
        """List teams, one a page."""
        if refusal := self._refusal(request, "org:read", "team:read"):
            return refusal
        start = int(request.query.get("cursor", "0:0:0").split(":")[1])
        more = "true" if start + 1 < len(self.teams) else "false"
        cursor = f"0:{start + 1}:0"
        link = f'<{self.url}{request.path}?cursor={cursor}>; rel="next"; results="{more}"; cursor="{cursor}"'
        return web.json_response(self.teams[start : start + 1], headers={"Link": link})

    async def make_team(self, request):
        if refusal := self._refusal(request, "org:write", "team:write", "team:admin"):
            return refusal
        body = await request.json()
        team = {"id": "9", "slug": body.get("slug") or body["name"]}
        if team["slug"] in [each["slug"] for each in self.teams]:
            detail = "A team with this slug already exists."
            return web.json_response({"non_field_errors": [detail], "detail": detail}, status=409)
        self.teams.append(team)
        return web.json_response(team, status=201)

    async def make_project(self, request):
        if refusal := self._refusal(request, "project:write", "project:admin"):
            return refusal
        if request.match_info["team"] not in [each["slug"] for each in self.teams]:
            return web.json_response({"detail": "The requested resource does not exist"}, status=404)
        body = await request.json()
        slug = body.get("slug") or body["name"]
        if slug in self.projects or slug in self.taken:
            return web.json_response({"detail": "A project with this slug already exists."}, status=409)
        project = {
            "id": str(len(self.projects) + 1),
            "slug": slug,
            "platform": body.get("platform"),
            "key": uuid.uuid4().hex,
        }
        self.projects[slug] = project
        return web.json_response({"id": project["id"], "slug": slug, "name": body["name"]}, status=201)

    def _project(self, request):
        return self.projects.get(request.match_info["project"])

    def dsn(self, project):
        return f"http://{project['key']}@127.0.0.1:{self.port}/{project['id']}"

    async def keys(self, request):
        if refusal := self._refusal(request, "project:read"):
            return refusal
        if not (project := self._project(request)):
            return web.json_response({"detail": "The requested resource does not exist"}, status=404)
        old = {"id": "0", "isActive": False, "dsn": {"public": "https://old@example.com/1"}}
        return web.json_response([old, {"id": project["key"], "isActive": True, "dsn": {"public": self.dsn(project)}}])

    async def make_key(self, request):
        return self._refusal(request, "project:write") or web.json_response({"id": "2", "isActive": True}, status=201)

    async def list_events(self, request):
        if refusal := self._refusal(request, "project:read", "event:read"):
            return refusal
        if not self._project(request):
            return web.json_response({"detail": "The requested resource does not exist"}, status=404)
        return web.json_response([sentry_ingest.listed(name, event) for name, event in reversed(self.events.items())])

    async def receive(self, request):
        found = re.search(r"sentry_key=([0-9a-f]+)", request.headers.get("X-Sentry-Auth", ""))
        key = found[1] if found else request.query.get("sentry_key")
        if (request.match_info["number"], key) not in [(each["id"], each["key"]) for each in self.projects.values()]:
            detail = "event submission rejected with_reason: ProjectId"
            return web.json_response({"detail": detail, "causes": []}, status=403, headers={"X-Sentry-Error": detail})
        encoding = request.headers.get("Content-Encoding", "")
        try:
            envelope_id, events = sentry_ingest.events_in(await request.read(), encoding)
        except sentry_ingest.Rejected as error:
            content = {"detail": str(error), "causes": []}
            return web.json_response(content, status=error.status, headers={"X-Sentry-Error": str(error)})
        self.events |= {} if self.drops else events
        return web.json_response({"id": envelope_id})
