"""A test double for Cloudinary: its Admin API, signed uploads, and the delivery of pictures over TLS.

Source: Cloudinary's documentation of the Admin API and the Upload API, and its Python client for the signature.
"""

from __future__ import annotations

import hashlib
import re
import secrets
import time
from datetime import UTC, datetime

from aiohttp import web

from doubles.serving import basic_auth, serve

NOT_SIGNED = ("file", "api_key", "signature", "resource_type", "cloud_name")


class Cloudinary:
    """The API at `url`, the delivery at `distribution` with the TLS *context*."""

    def __init__(self, context):
        self.context, self.cloud = context, "stand-in"
        self.api_key, self.api_secret = str(10**14 + secrets.randbelow(10**14)), secrets.token_urlsafe(20)
        self.resources, self.files = {}, {}
        self._ports = []

    @property
    def url(self):
        return f"http://127.0.0.1:{self._ports[0]}"

    @property
    def distribution(self):
        return f"127.0.0.1:{self._ports[1]}"

    async def start(self):
        api = web.Application(client_max_size=100 << 20)
        base = "/v1_1/{cloud}"
        api.add_routes([
            web.get(f"{base}/ping", self.ping), web.get(f"{base}/resources/image", self.list_images),
            web.post(f"{base}/{{kind:image|auto|raw}}/upload", self.upload),
            web.post(f"{base}/{{kind:image|raw}}/destroy", self.destroy),
        ])  # fmt: skip
        delivery = web.Application()
        delivery.add_routes([web.get("/{path:.+}", self.deliver)])
        self._runners = []
        for app, context in ((api, None), (delivery, self.context)):
            runner, port = await serve(app, context)
            self._runners.append(runner)
            self._ports.append(port)

    async def stop(self):
        for runner in self._runners:
            await runner.cleanup()

    # ---- Admin API

    def _refusal(self, request):
        """A failed login is an HTML page, not JSON."""
        if request.match_info["cloud"] != self.cloud:
            return error(401, f"Invalid cloud_name {request.match_info['cloud']}")
        if basic_auth(request) != (self.api_key, self.api_secret):
            return web.Response(status=401, text="<h1>401 Authorization Required</h1>", content_type="text/html")
        return None

    async def ping(self, request):
        return self._refusal(request) or web.json_response({"status": "ok"})

    async def list_images(self, request):
        if refusal := self._refusal(request):
            return refusal
        images = [each for each in self.resources.values() if each["resource_type"] == "image"]
        return web.json_response({"resources": images[: int(request.query.get("max_results", 10))]})

    # ---- Upload API

    def _refused_signature(self, form):
        if form.get("api_key") != self.api_key:
            return error(401, f"Unknown API key {form.get('api_key')}")
        signed = "&".join(
            f"{name}={form[name]}" for name in sorted(form)
            if name not in NOT_SIGNED and form[name] and not isinstance(form[name], web.FileField)
        )  # fmt: skip
        valid = [hashlib.new(kind, f"{signed}{self.api_secret}".encode()).hexdigest() for kind in ("sha1", "sha256")]
        if form.get("signature") not in valid:
            return error(401, f"Invalid Signature {form.get('signature')}. String to sign - '{signed}'.")
        if time.time() - int(form["timestamp"]) > 3600:
            return error(400, f"Stale request - reported time is {form['timestamp']} which is more than 1 hour ago")
        return None

    async def upload(self, request):
        form = await request.post()
        if refusal := self._refused_signature(form):
            return refusal
        if not isinstance(form.get("file"), web.FileField):
            return error(400, "Missing required parameter - file")
        kind = "raw" if request.match_info["kind"] == "raw" else "image"
        extension = form["file"].filename.rpartition(".")[2].lower()
        name = "/".join(filter(None, (form.get("folder"), form.get("public_id") or secrets.token_hex(10))))
        path = f"{self.cloud}/{kind}/upload/v1/{name}{'' if kind == 'raw' else f'.{extension}'}"
        content = form["file"].file.read()
        self.files[kind, name] = content, form["file"].content_type
        self.resources[name] = {
            "public_id": name, "version": 1, "resource_type": kind, "type": "upload", "format": extension,
            "bytes": len(content), "width": 1, "height": 1, "created_at": f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}",
            "url": f"http://{self.distribution}/{path}", "secure_url": f"https://{self.distribution}/{path}",
        }  # fmt: skip
        return web.json_response(self.resources[name])

    async def destroy(self, request):
        form = await request.post()
        if refusal := self._refused_signature(form):
            return refusal
        removed = self.resources.pop(form.get("public_id"), None)
        if removed:
            del self.files[removed["resource_type"], removed["public_id"]]
        return web.json_response({"result": "ok" if removed else "not found"})

    async def deliver(self, request):
        """Deliver a file by `CLOUD/KIND/upload/[vNUMBER/]PUBLIC_ID[.EXTENSION]`."""
        found = re.fullmatch(r"([^/]+)/(image|raw)/upload/(?:v\d+/)?(.+)", request.match_info["path"])
        if found and found[1] == self.cloud:
            for name in (found[3], found[3].rpartition(".")[0]):
                if file := self.files.get((found[2], name)):
                    return web.Response(body=file[0], content_type=file[1])
        return web.Response(status=404, headers={"X-Cld-Error": "Resource not found"})


def error(status, message):
    return web.json_response({"error": {"message": message}}, status=status, headers={"X-Cld-Error": message})
