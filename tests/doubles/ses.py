"""A test double for Amazon SES: its API of version 2 takes signed messages and refuses senders that are not verified.

Sources: Amazon's documentation of Signature Version 4, of SendEmail and of the mailbox simulator.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import re
import secrets
from email import message_from_bytes
from urllib.parse import quote

from aiohttp import web

from doubles.serving import serve

SIMULATOR = "simulator.amazonses.com"
AUTHORIZATION = re.compile(
    r"AWS4-HMAC-SHA256 Credential=(\w+)/(\d{8})/([\w-]+)/ses/aws4_request, "
    r"SignedHeaders=([\w;-]+), Signature=([0-9a-f]{64})"
)


class Ses:
    """An account in the sandbox of its *region*, where the *domains* are verified. *accepted* are the senders."""

    def __init__(self, region="eu-central-1"):
        self.key, self.secret = f"AKIA{secrets.token_hex(8).upper()}", secrets.token_urlsafe(30)
        self.region, self.domains, self.accepted, self.throttled, self.port = region, {"mail-club.net"}, [], False, 0

    async def start(self):
        app = web.Application()
        app.add_routes([web.post("/v2/email/outbound-emails", self.send_email)])
        self._runner, self.port = await serve(app)

    async def stop(self):
        await self._runner.cleanup()

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}"

    async def send_email(self, request):
        body = await request.read()
        if refusal := self._refused_signature(request, body):
            return refusal
        if self.throttled:
            return error(429, "TooManyRequestsException", "Too many requests")
        wanted = json.loads(body)
        message = message_from_bytes(base64.b64decode(wanted["Content"]["Raw"]["Data"]))
        sender = re.sub(r".*<|>.*", "", wanted.get("FromEmailAddress") or message["From"])
        recipients = [each for group in wanted["Destination"].values() for each in group]
        foreign = [each for each in (sender, *recipients) if each.rpartition("@")[2] not in {*self.domains, SIMULATOR}]
        if foreign:
            text = f"failed the check in region {self.region.upper()}: {', '.join(foreign)}"
            text = f"Email address is not verified. The following identities {text}"
            return error(400, "MessageRejected", text)
        self.accepted.append(sender)
        return web.json_response({"MessageId": f"0107{secrets.token_hex(20)}-000000"})

    def _refused_signature(self, request, body):
        found = AUTHORIZATION.fullmatch(request.headers.get("Authorization", ""))
        if not found:
            return error(403, "MissingAuthenticationTokenException", "Missing Authentication Token")
        key, day, region, names, signature = found.groups()
        if key != self.key:
            return error(403, "UnrecognizedClientException", "The security token included in the request is invalid.")
        headers = "".join(f"{name}:{' '.join(request.headers[name].split())}\n" for name in names.split(";"))
        digest = hashlib.sha256(body).hexdigest()
        canonical = f"POST\n{quote(request.path)}\n\n{headers}\n{names}\n{digest}"
        scope = f"{day}/{region}/ses/aws4_request"
        stamp = request.headers["X-Amz-Date"]
        text = f"AWS4-HMAC-SHA256\n{stamp}\n{scope}\n{hashlib.sha256(canonical.encode()).hexdigest()}"
        secret = f"AWS4{self.secret}".encode()
        for part in (day, region, "ses", "aws4_request"):
            secret = hmac.digest(secret, part.encode(), "sha256")
        wanted = hmac.digest(secret, text.encode(), "sha256").hex()
        if not hmac.compare_digest(wanted, signature) or region != self.region:
            text = "The request signature we calculated does not match the signature you provided."
            return error(403, "InvalidSignatureException", text)
        return None


def error(status, kind, text):
    return web.json_response({"message": text}, status=status, headers={"x-amzn-ErrorType": kind})
