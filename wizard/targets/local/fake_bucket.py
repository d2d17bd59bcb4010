"""A local stub of a private S3 bucket: signed requests and presigned URLs, objects in temporary files.

Like Railway's buckets it is private: nothing makes an object public. Sources: Amazon's documentation of the S3 API, and
Railway's documentation of storage buckets.
"""

from __future__ import annotations

import hashlib
import itertools
import os
import secrets
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import IO
from urllib.parse import unquote
from xml.etree import ElementTree
from xml.sax.saxutils import escape

from aiohttp import web

from wizard.targets.local.s3_requests import Key, Refusal, Request, check_signature, decode_body
from wizard.targets.local.serving import serve

LARGEST = 6 << 30
CHUNK = 1 << 16
"""Bytes of an object that are sent at once."""
NAMESPACE = 'xmlns="http://s3.amazonaws.com/doc/2006-03-01/"'


@dataclass
class StoredObject:
    """An object in a temporary file without a name, so that a kill leaves none."""

    file: IO[bytes]
    size: int
    etag: str
    type: str
    headers: dict[str, str]
    changed: float = field(default_factory=time.time)


@dataclass
class FakeBucket:
    name: str = "rehearsal-uploads"
    takes_any_name: bool = False
    """Whether it takes the name by which it is first asked for, as settings without a variable for it need."""
    key: Key = field(default_factory=lambda: Key(f"rehearsal_{secrets.token_hex(8)}", secrets.token_urlsafe(30)))
    objects: dict[str, StoredObject] = field(default_factory=dict)
    port: int = 0
    _parts: dict[str, dict[int, bytes]] = field(default_factory=dict)
    """The parts of uploads that are not completed, by their ids."""
    _begun: dict[str, Mapping[str, str]] = field(default_factory=dict)
    """The headers with which each of them began."""
    _numbers: itertools.count[int] = field(default_factory=itertools.count)
    _runner: web.AppRunner | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def start(self) -> None:
        application = web.Application(client_max_size=LARGEST)
        application.router.add_route("*", "/{path:.*}", self._answer)
        self._runner, self.port = await serve(application)

    async def stop(self) -> None:
        if self._runner:
            await self._runner.cleanup()
        for stored in self.objects.values():
            stored.file.close()

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        path, _, query = request.raw_path.partition("?")
        seen = Request(request.method, path, query, {name.lower(): text for name, text in request.headers.items()})
        try:
            payload = check_signature(seen, self.key, datetime.now(UTC))
            body = decode_body(seen, await request.read(), payload)
            return await self._carry_out(request, seen, self._key(path), body)
        except Refusal as refusal:
            text = "" if request.method == "HEAD" else _error(refusal, path)
            return web.Response(status=refusal.status, text=text, content_type="application/xml")

    def _key(self, path: str) -> str:
        """The key of the object at *path*. Empty for the bucket itself."""
        bucket, _, key = unquote(path.lstrip("/")).partition("/")
        if self.takes_any_name:
            self.name, self.takes_any_name = bucket, False
        if bucket != self.name:
            raise Refusal(404, "NoSuchBucket", "The specified bucket does not exist")
        return key

    async def _carry_out(self, request: web.Request, seen: Request, key: str, body: bytes) -> web.StreamResponse:
        parameters = seen.parameters
        match seen.method:
            case "GET" | "HEAD" if not key:
                return _xml(self._listing(parameters)) if seen.method == "GET" else web.Response()
            case "GET" | "HEAD":
                return await self._deliver(request, self._found(key), parameters)
            case "POST" if "uploads" in parameters:
                upload = f"upload{next(self._numbers)}"
                self._parts[upload], self._begun[upload] = {}, seen.headers
                return _xml(f"<InitiateMultipartUploadResult {NAMESPACE}><Bucket>{self.name}</Bucket>"
                            f"<Key>{escape(key)}</Key><UploadId>{upload}</UploadId>"
                            "</InitiateMultipartUploadResult>")  # fmt: skip
            case "PUT" if "uploadId" in parameters:
                self._upload(parameters)[int(parameters["partNumber"])] = body
                return web.Response(headers={"ETag": _etag(body)})
            case "POST" if "uploadId" in parameters:
                return self._complete(key, parameters["uploadId"], self._upload(parameters), body)
            case "DELETE" if "uploadId" in parameters:
                self._parts.pop(parameters["uploadId"], None)
                return web.Response(status=204)
            case "PUT" if source := seen.headers.get("x-amz-copy-source"):
                stored = self._found(unquote(source).lstrip("/").partition("/")[2])
                content = os.pread(stored.file.fileno(), stored.size, 0)
                self._store(key, content, stored.type, stored.headers)
                return _xml(f"<CopyObjectResult {NAMESPACE}><ETag>{escape(stored.etag)}</ETag></CopyObjectResult>")
            case "PUT":
                stored = self._store(key, body, seen.headers.get("content-type", ""), _kept(seen.headers))
                return web.Response(headers={"ETag": stored.etag})
            case "DELETE":
                self._drop(key)
                return web.Response(status=204)
        raise Refusal(501, "NotImplemented", f"{seen.method} is not a request of this stub")

    def _found(self, key: str) -> StoredObject:
        if key not in self.objects:
            raise Refusal(404, "NoSuchKey", "The specified key does not exist.")
        return self.objects[key]

    def _drop(self, key: str) -> None:
        if stored := self.objects.pop(key, None):
            stored.file.close()

    def _store(self, key: str, content: bytes, kind: str, headers: Mapping[str, str]) -> StoredObject:
        file = tempfile.TemporaryFile()  # noqa: SIM115 # closed when the object goes
        file.write(content)
        file.flush()
        self._drop(key)
        stored = StoredObject(file, len(content), _etag(content), kind or "binary/octet-stream", dict(headers))
        self.objects[key] = stored
        return stored

    def _upload(self, parameters: Mapping[str, str]) -> dict[int, bytes]:
        try:
            return self._parts[parameters["uploadId"]]
        except KeyError:
            raise Refusal(404, "NoSuchUpload", "The specified multipart upload does not exist.") from None

    def _complete(self, key: str, upload: str, parts: Mapping[int, bytes], body: bytes) -> web.Response:
        listed = ElementTree.fromstring(body)  # noqa: S314 - of the project's own client, on this machine
        numbers = [int(each.text or 0) for each in listed.iter() if each.tag.endswith("PartNumber")]
        if not numbers or numbers != sorted(numbers) or any(number not in parts for number in numbers):
            raise Refusal(400, "InvalidPart", "One or more of the specified parts could not be found.")
        del self._parts[upload]
        headers, content = self._begun.pop(upload), b"".join(parts[number] for number in numbers)
        stored = self._store(key, content, headers.get("content-type", ""), _kept(headers))
        return _xml(f"<CompleteMultipartUploadResult {NAMESPACE}><Bucket>{self.name}</Bucket><Key>{escape(key)}</Key>"
                    f"<ETag>{escape(stored.etag)}</ETag></CompleteMultipartUploadResult>")  # fmt: skip

    def _listing(self, parameters: Mapping[str, str]) -> str:
        prefix, delimiter = parameters.get("prefix", ""), parameters.get("delimiter", "")
        folders, keys = dict[str, None](), list[str]()
        for key in sorted(each for each in self.objects if each.startswith(prefix)):
            head, found, _ = key[len(prefix) :].partition(delimiter) if delimiter else (key, "", "")
            if found:
                folders[prefix + head + delimiter] = None
            else:
                keys.append(key)
        rows = "".join(
            f"<Contents><Key>{escape(key)}</Key><Size>{self.objects[key].size}</Size>"
            f"<ETag>{escape(self.objects[key].etag)}</ETag>"
            f"<LastModified>{datetime.fromtimestamp(self.objects[key].changed, UTC).isoformat()}</LastModified>"
            "</Contents>"
            for key in keys
        )
        rows += "".join(f"<CommonPrefixes><Prefix>{escape(each)}</Prefix></CommonPrefixes>" for each in folders)
        return (f"<ListBucketResult {NAMESPACE}><Name>{self.name}</Name><KeyCount>{len(keys)}</KeyCount>"
                f"<IsTruncated>false</IsTruncated>{rows}</ListBucketResult>")  # fmt: skip

    async def _deliver(
        self, request: web.Request, stored: StoredObject, parameters: Mapping[str, str]
    ) -> web.StreamResponse:
        changed = time.strftime("%a, %d %b %Y %H:%M:%S GMT", time.gmtime(stored.changed))
        headers = {"ETag": stored.etag, "Last-Modified": changed, "Accept-Ranges": "bytes",
                   "Content-Type": parameters.get("response-content-type", stored.type), **stored.headers}  # fmt: skip
        if disposition := parameters.get("response-content-disposition"):
            headers["Content-Disposition"] = disposition
        wanted = request.http_range
        first, stop, _ = slice(wanted.start, wanted.stop).indices(stored.size)
        response = web.StreamResponse(status=206 if "Range" in request.headers else 200, headers=headers)
        if response.status == 206:
            response.headers["Content-Range"] = f"bytes {first}-{stop - 1}/{stored.size}"
        response.content_length = stop - first
        await response.prepare(request)
        if request.method == "GET":
            for place in range(first, stop, CHUNK):
                await response.write(os.pread(stored.file.fileno(), min(CHUNK, stop - place), place))
        await response.write_eof()
        return response


def _kept(headers: Mapping[str, str]) -> dict[str, str]:
    """The headers of an upload that S3 sends again with the object."""
    kept = {name.title(): text for name, text in headers.items() if name.startswith("x-amz-meta-")}
    for name in ("cache-control", "content-disposition", "content-language"):
        if name in headers:
            kept[name.title()] = headers[name]
    coding = ", ".join(each for each in headers.get("content-encoding", "").split(",") if each.strip() != "aws-chunked")
    return kept | ({"Content-Encoding": coding.strip()} if coding.strip() else {})


def _etag(content: bytes) -> str:
    return f'"{hashlib.md5(content, usedforsecurity=False).hexdigest()}"'


def _xml(text: str) -> web.Response:
    return web.Response(text=f'<?xml version="1.0" encoding="UTF-8"?>\n{text}', content_type="application/xml")


def _error(refusal: Refusal, path: str) -> str:
    return (f'<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>{refusal.code}</Code>'
            f"<Message>{escape(str(refusal))}</Message><Resource>{escape(path)}</Resource></Error>")  # fmt: skip
