"""A test double for the OSV database of vulnerabilities.

Source: OSV's documentation of POST /v1/query, and its schema 1.6.
"""

from __future__ import annotations

import json

from aiohttp import web

from doubles.serving import serve


class Osv:
    """Knows *records*: by package, the releases that are vulnerable, and the vulnerability.

    Tests set *broken* to let it answer 503, as the real one does when it is overloaded.
    """

    def __init__(self):
        self.records, self.asked, self.broken, self.port = {}, [], False, 0

    @property
    def base_url(self):
        return f"http://127.0.0.1:{self.port}"

    def add(self, name, version, identifier, *fixed, cve=""):
        """Make *version* of *name* vulnerable; *fixed* are the releases that fix it."""
        events = [{"introduced": "0"}, *({"fixed": each} for each in fixed)]
        affected = {"package": {"name": name, "ecosystem": "PyPI"}, "ranges": [{"type": "ECOSYSTEM", "events": events}]}
        record = {"schema_version": "1.6.0", "id": identifier, "aliases": [cve] if cve else [], "affected": [affected],
                  "summary": "Visitors can read everything", "modified": "2026-01-05T00:00:00Z"}  # fmt: skip
        self.records.setdefault((name, version), []).append(record)

    async def start(self):
        app = web.Application()
        app.add_routes([web.post("/v1/query", self.query)])
        self._runner, self.port = await serve(app)

    async def stop(self):
        await self._runner.cleanup()

    async def query(self, request):
        if self.broken:
            return web.json_response({"code": 14, "message": "Service Unavailable"}, status=503)
        query = json.loads(await request.text())
        package = query.get("package") or {}
        if package.get("ecosystem") != "PyPI" or not package.get("name") or not query.get("version"):
            return web.json_response({"code": 3, "message": "Invalid query."}, status=400)
        self.asked.append(f"{package['name']}=={query['version']}")
        found = self.records.get((package["name"], query["version"]))
        return web.json_response({"vulns": found} if found else {})
