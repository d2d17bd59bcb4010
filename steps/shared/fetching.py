"""Fetch an uploaded file as visitors do: from the site, from a bucket, or from a media service."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

import httpx

from wizard.base.errors import SiteError
from wizard.journeys.context import Context
from wizard.journeys.sample_files import Upload
from wizard.journeys.uploads import is_picture_of
from wizard.journeys.visitor import Visitor
from wizard.services.http import without_authorities
from wizard.site.session import Site
from wizard.targets.local.rehearsal import Rehearsal
from wizard.targets.sandbox import Sandbox

SECONDS = 60.0
LOOPBACK = {"127.0.0.1", "localhost", "::1"}


@dataclass(frozen=True)
class Found:
    """An answer with the right bytes, of the digest *sha256*. *role* is the visitor who got it; empty for everybody."""

    role: str
    sha256: str


class Fetcher:
    """Fetches files for everybody, and where that is refused, for each visitor of *context*."""

    def __init__(self, sandbox: Sandbox, site: Site, context: Context | None) -> None:
        self.sandbox, self.site = sandbox, site
        self.visitors: dict[str, Visitor] = dict(context.visitors) if context else {}
        self.why = ""
        """What the last address answered instead."""

    def fetch(self, address: str, sha256: str, role: str = "", made_of: Sequence[Upload] = ()) -> Found | None:
        """Fetch *address*, and return who got the bytes with the digest *sha256*. None if nobody did.

        A picture that was made of one of the uploads *made_of*, such as a smaller one, is right, too.
        """
        if not address:
            self.why = "it has no address"
            return None
        if self._is_elsewhere(address):
            digest = self._right_digest(self._fetched_elsewhere(address), sha256, made_of)
            return Found("", digest) if digest else None
        for each in [role] if role else ["", *self.visitors]:
            if digest := self._right_digest(self._from_site(address, each), sha256, made_of):
                return Found(each, digest)
        return None

    def refused_to_all(self, address: str) -> bool:
        """Whether nobody gets *address*: the site has no such page, or the service that keeps the file refuses it."""
        if not address:
            return False
        if self._is_elsewhere(address):
            answers = [self._fetched_elsewhere(address)]
        else:
            answers = [self._from_site(address, role) for role in ("", *self.visitors)]
        statuses = [each.status_code for each in answers if each is not None]
        self.why = str(next(iter(statuses), "no answer"))
        wrong = {401, 403, 404} if self._is_elsewhere(address) else {404}
        return len(statuses) == len(answers) and set(statuses) <= wrong

    def _is_elsewhere(self, address: str) -> bool:
        host = urlsplit(address).hostname
        return host is not None and host != self.site.host

    def _right_digest(self, response: httpx.Response | None, sha256: str, made_of: Sequence[Upload]) -> str:
        """The digest of an answer with the right bytes; empty for any other."""
        if response is None:
            return ""
        self.why = f"{response.status_code}"
        if response.status_code != 200:
            return ""
        content = response.content
        digest = hashlib.sha256(content).hexdigest()
        if digest == sha256 or is_picture_of(content[:16], content[-16:], made_of):
            return digest
        self.why = f"200 with {len(content):,} other bytes"
        return ""

    def _from_site(self, address: str, role: str) -> httpx.Response | None:
        parts = urlsplit(address)
        path = f"{parts.path}?{parts.query}" if parts.query else parts.path
        try:
            return self.visitors[role].get(path).response if role else self.site.get(path)
        except (SiteError, httpx.InvalidURL) as error:
            self.why = str(error)
            return None

    def _fetched_elsewhere(self, address: str) -> httpx.Response | None:
        """Fetch *address* without credentials. A rehearsal requests nothing outside of this machine."""
        target, verify = self.sandbox.target, without_authorities()
        if isinstance(target, Rehearsal):
            if urlsplit(address).hostname not in LOOPBACK:
                self.why = "it is at another host, which a rehearsal does not request"
                return None
            verify = target.servers.edge.client_context()
        try:
            with httpx.Client(verify=verify if address.startswith("https:") and not target.real else True,
                              trust_env=target.real, timeout=SECONDS) as client:  # fmt: skip
                return client.get(address)
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            self.why = f"{type(error).__name__}: {error}"
            return None
