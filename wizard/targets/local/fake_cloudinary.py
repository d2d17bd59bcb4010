"""A local stub of Cloudinary: signed uploads, kept in temporary files and delivered over TLS.

`rehearsal.environment` in golive.yaml makes a project use it.
Source: Cloudinary's documentation and its Python client.
"""

from __future__ import annotations

import hashlib
import itertools
import os
import re
import secrets
import shutil
import ssl
import tempfile
import time
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

from wizard.targets.local.serving import has_basic_auth, serve

MAX_AGE = 3600
"""Seconds for which a signed request is valid. Source: Cloudinary's documentation of signatures."""
UNSIGNED = {"api_key", "signature", "file", "resource_type", "cloud_name"}
"""Fields that are not part of the signature. Source: Cloudinary's documentation of signatures."""
NO_PICTURES = re.compile(r"csv|docx?|gz|json|md|od[st]|pptx?|tar|txt|xlsx?|zip")
"""Ends of files that an upload of an image refuses. It takes PDF and SVG, and judges by the content."""
CHUNK = 65_536
"""Bytes of a file that are read at once."""


@dataclass
class FakeCloudinary:
    """The API at `port` without TLS, and the delivery at `delivery_port` with the TLS *context*."""

    context: ssl.SSLContext
    cloud: str = "rehearsal"
    api_key: str = field(default_factory=lambda: str(secrets.randbelow(9 * 10**14) + 10**14))
    api_secret: str = field(default_factory=lambda: secrets.token_urlsafe(20))
    resources: dict[str, dict[str, Any]] = field(default_factory=dict)
    pictures_only: bool = False
    """Whether an upload of a picture refuses documents, as Cloudinary does. Not where golive.yaml names the stub."""
    port: int = 0
    delivery_port: int = 0
    _runners: list[web.AppRunner] = field(default_factory=list)
    _numbers: Any = field(default_factory=itertools.count)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def distribution(self) -> str:
        """Host and port of the delivery."""
        return f"127.0.0.1:{self.delivery_port}"

    async def start(self) -> None:
        api = web.Application(client_max_size=100 * 1024 * 1024)
        base = "/v1_1/{cloud}"  # settings may name another cloud
        api.add_routes([
            web.get(f"{base}/ping", self.ping),
            web.get(f"{base}/resources/{{kind}}", self.list_resources),
            web.post(f"{base}/{{kind}}/upload", self.upload),
            web.post(f"{base}/{{kind}}/destroy", self.destroy),
        ])  # fmt: skip
        delivery = web.Application()
        delivery.add_routes([web.get("/{path:.+}", self.deliver)])
        runner, self.port = await serve(api)
        self._runners.append(runner)
        runner, self.delivery_port = await serve(delivery, self.context)
        self._runners.append(runner)

    async def stop(self) -> None:
        for runner in self._runners:
            await runner.cleanup()
        for resource in self.resources.values():
            resource["file"].close()

    def _refusal(self, request: web.Request) -> web.Response | None:
        if has_basic_auth(request, self.api_key, self.api_secret):
            return None
        return web.Response(status=401, text="<h1>401 Authorization Required</h1>", content_type="text/html")

    async def ping(self, request: web.Request) -> web.Response:
        return self._refusal(request) or web.json_response({"status": "ok"})

    async def list_resources(self, request: web.Request) -> web.Response:
        if refusal := self._refusal(request):
            return refusal
        kind = request.match_info["kind"]
        found = [_public(resource) for resource in self.resources.values() if resource["resource_type"] == kind]
        return web.json_response({"resources": found})

    async def _signed_form(self, request: web.Request) -> tuple[dict[str, str], dict[str, Any]] | web.Response:
        """Return the fields and files of a signed request, or the response that refuses it."""
        fields, files = {}, {}
        form = await request.post()
        for name, value in form.items():
            if isinstance(value, web.FileField):
                files[name.removesuffix("[]")] = value
            else:
                fields[name] = str(value)
        if fields.get("api_key") != self.api_key:
            return _error(401, f"Unknown API key {fields.get('api_key', '')}")
        text = "&".join(f"{name}={value}" for name, value in sorted(fields.items()) if name not in UNSIGNED and value)
        signature, payload = fields.get("signature", ""), (text + self.api_secret).encode()
        if signature not in {hashlib.new(algorithm, payload).hexdigest() for algorithm in ("sha1", "sha256")}:
            return _error(401, f"Invalid Signature {signature}. String to sign - '{text}'.")
        if abs(time.time() - int(fields.get("timestamp", "0"))) > MAX_AGE:
            return _error(400, "Stale request - reported time is more than 1 hour ago")
        return fields, files

    async def upload(self, request: web.Request) -> web.Response:
        signed = await self._signed_form(request)
        if isinstance(signed, web.Response):
            return signed
        fields, files = signed
        if "file" not in files:
            return _error(400, "Missing required parameter - file")
        file = tempfile.TemporaryFile()  # noqa: SIM115 # closed by `stop`; without a name, so a kill leaves none
        shutil.copyfileobj(files["file"].file, file)
        file.flush()
        stem, _, extension = files["file"].filename.rpartition("/")[2].rpartition(".")
        kind = request.match_info["kind"] if request.match_info["kind"] != "auto" else "image"
        extension = extension.lower() or "bin"
        if self.pictures_only and kind == "image" and NO_PICTURES.fullmatch(extension):
            file.close()
            return _error(400, "Invalid image file")
        name = fields.get("public_id") or self._new_name(fields, stem, extension, kind)
        if folder := fields.get("folder"):
            name = f"{folder}/{name}"
        suffix = "" if kind == "raw" else f".{extension}"
        path = f"{request.match_info['cloud']}/{kind}/upload/v1/{name}{suffix}"
        resource = {
            "public_id": name, "version": 1, "resource_type": kind, "type": "upload", "format": extension,
            "bytes": file.tell(),
            "created_at": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
            "url": f"http://{self.distribution}/{path}", "secure_url": f"https://{self.distribution}/{path}",
            "width": 1, "height": 1, "file": file, "content_type": files["file"].content_type,
        }  # fmt: skip
        self.resources[name] = resource
        return web.json_response(_public(resource))

    def _new_name(self, fields: dict[str, str], stem: str, extension: str, kind: str) -> str:
        """The name of a file that has none: that of the file with six further characters, if it is wanted."""
        if not fields.get("use_filename") or not stem:
            return f"upload{next(self._numbers)}"
        return f"{stem}_{secrets.token_hex(3)}" + (f".{extension}" if kind == "raw" else "")

    async def destroy(self, request: web.Request) -> web.Response:
        signed = await self._signed_form(request)
        if isinstance(signed, web.Response):
            return signed
        removed = self.resources.pop(signed[0].get("public_id", ""), None)
        return web.json_response({"result": "ok" if removed else "not found"})

    async def deliver(self, request: web.Request) -> web.StreamResponse:
        path = request.match_info["path"]
        for name, resource in self.resources.items():
            if path.rpartition(".")[0].endswith("/" + name) or path.endswith("/" + name):
                return await _deliver(request, resource)
        return web.Response(status=404, headers={"X-Cld-Error": "Resource not found"})


async def _deliver(request: web.Request, resource: dict[str, Any]) -> web.StreamResponse:
    """Send the file of *resource* in pieces: a run keeps several large ones."""
    response = web.StreamResponse(headers={"Content-Type": resource["content_type"] or "application/octet-stream"})
    response.content_length = resource["bytes"]
    await response.prepare(request)
    for offset in range(0, resource["bytes"], CHUNK):
        await response.write(os.pread(resource["file"].fileno(), CHUNK, offset))
    await response.write_eof()
    return response


def _public(resource: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in resource.items() if name not in {"file", "content_type"}}


def _error(status: int, message: str) -> web.Response:
    return web.json_response(
        {"error": {"message": message}}, status=status, headers={"X-Cld-Error": message.replace("\n", " ")}
    )
