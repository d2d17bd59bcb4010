"""Requests to an S3 API: their signature, version 4, and their body. Refusals carry the codes of S3.

Sources: Amazon's documentation of Signature Version 4 for S3, of presigned URLs, and of trailing checksums.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qsl

ALGORITHM = "AWS4-HMAC-SHA256"
UNSIGNED, TRAILER = "UNSIGNED-PAYLOAD", "STREAMING-UNSIGNED-PAYLOAD-TRAILER"
SKEW = timedelta(minutes=15)
"""How far a request's time may be from the server's."""
LONGEST = 7 * 24 * 3600
"""Seconds for which a presigned URL can be valid."""
DATE = "%Y%m%dT%H%M%SZ"


class Refusal(Exception):
    """An answer of S3 with an error: the HTTP *status* and the *code* of the error."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.status, self.code = status, code


@dataclass(frozen=True)
class Key:
    """The credentials of a bucket."""

    id: str
    secret: str


@dataclass(frozen=True)
class Request:
    """A request as it came: the path and the query are still percent-encoded, the names of headers in lower case."""

    method: str
    path: str
    query: str
    headers: Mapping[str, str]

    @property
    def parameters(self) -> dict[str, str]:
        return dict(parse_qsl(self.query, keep_blank_values=True))


def check_signature(request: Request, key: Key, now: datetime) -> str:
    """Check the signature in the header or in the query of *request*. Return the digest that it gives for the body.

    Raises:
        Refusal: it is missing, wrong, or no longer valid.
    """
    parameters = request.parameters
    if header := request.headers.get("authorization"):
        given = dict(_fields(header.removeprefix(ALGORITHM)))
        payload = request.headers.get("x-amz-content-sha256", "")
        made = _time(request.headers.get("x-amz-date", ""))
        if abs(now - made) > SKEW:
            raise Refusal(403, "RequestTimeTooSkewed", "The difference between the request time and now is too large.")
    elif parameters.get("X-Amz-Algorithm") == ALGORITHM:
        given = {name: parameters.get(f"X-Amz-{name}", "") for name in ("Credential", "SignedHeaders", "Signature")}
        payload, made = UNSIGNED, _time(parameters.get("X-Amz-Date", ""))
        seconds = int(parameters.get("X-Amz-Expires") or 0)
        if not 0 < seconds <= LONGEST or now > made + timedelta(seconds=seconds):
            raise Refusal(403, "AccessDenied", "Request has expired")
    else:
        raise Refusal(403, "AccessDenied", "Access Denied")
    identity, _, scope = given.get("Credential", "").partition("/")
    if identity != key.id:
        raise Refusal(403, "InvalidAccessKeyId", "The AWS Access Key Id you provided does not exist in our records.")
    wanted = _signature(request, given.get("SignedHeaders", ""), payload, scope, made, key.secret)
    if not hmac.compare_digest(wanted, given.get("Signature", "")):
        raise Refusal(403, "SignatureDoesNotMatch", "The request signature we calculated does not match.")
    return payload


def _fields(header: str) -> Iterator[tuple[str, str]]:
    for part in header.split(","):
        name, _, value = part.strip().partition("=")
        yield name, value


def _time(text: str) -> datetime:
    try:
        return datetime.strptime(text, DATE).replace(tzinfo=UTC)
    except ValueError:
        raise Refusal(403, "AccessDenied", "The request has no valid date") from None


def _signature(request: Request, signed: str, payload: str, scope: str, made: datetime, secret: str) -> str:
    pairs = sorted(part if "=" in part else f"{part}=" for part in request.query.split("&") if part)
    query = "&".join(pair for pair in pairs if not pair.startswith("X-Amz-Signature="))
    headers = "".join(f"{name}:{' '.join(request.headers.get(name, '').split())}\n" for name in signed.split(";"))
    canonical = "\n".join((request.method, request.path, query, headers, signed, payload))
    digest = hashlib.sha256(canonical.encode()).hexdigest()
    text = "\n".join((ALGORITHM, made.strftime(DATE), scope, digest))
    key = f"AWS4{secret}".encode()
    for part in scope.split("/"):
        key = hmac.digest(key, part.encode(), "sha256")
    return hmac.new(key, text.encode(), "sha256").hexdigest()


def decode_body(request: Request, body: bytes, payload: str) -> bytes:
    """Return the content in *body*, after a check of its digest and of its checksum.

    Raises:
        Refusal: it is not what was signed, or was damaged on its way.
    """
    checksums = {name: value for name, value in request.headers.items() if name.startswith("x-amz-checksum-")}
    if payload == TRAILER:
        body, trailer = _without_chunks(body)
        checksums |= trailer
    elif payload != UNSIGNED and hashlib.sha256(body).hexdigest() != payload:
        raise Refusal(400, "XAmzContentSHA256Mismatch", "The provided digest does not match what was computed.")
    wanted = base64.b64encode(zlib.crc32(body).to_bytes(4, "big")).decode()
    if checksums.get("x-amz-checksum-crc32", wanted) != wanted:
        raise Refusal(400, "BadDigest", "The CRC32 you specified did not match the calculated checksum.")
    given = request.headers.get("content-md5", "")
    if given and given != base64.b64encode(hashlib.md5(body, usedforsecurity=False).digest()).decode():
        raise Refusal(400, "BadDigest", "The Content-MD5 you specified did not match what we received.")
    return body


def _without_chunks(body: bytes) -> tuple[bytes, dict[str, str]]:
    """The content of a body with the encoding `aws-chunked`, and the headers behind its last chunk."""
    parts, place = list[bytes](), 0
    while True:
        end = body.index(b"\r\n", place)
        size = int(body[place:end].partition(b";")[0], 16)
        place = end + 2
        if not size:
            break
        parts.append(body[place : place + size])
        place += size + 2
    lines = body[place:].decode("ascii", "replace").split("\r\n")
    trailer = dict(line.split(":", 1) for line in lines if ":" in line)
    return b"".join(parts), {name.strip().lower(): value.strip() for name, value in trailer.items()}
