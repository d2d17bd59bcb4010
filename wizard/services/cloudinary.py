"""A client for the parts of Cloudinary's API that Golive uses: check credentials, upload, delete and list images.

Source: Cloudinary's documentation of its Admin and Upload APIs, and its Python client.
"""

from __future__ import annotations

import hashlib
import time
from dataclasses import dataclass, replace
from typing import Any

import httpx

from wizard.base.errors import ServiceError
from wizard.base.secrets import excerpt
from wizard.services.http import Client, required_value
from wizard.services.response_guard import guard_responses


@guard_responses("Cloudinary")
@dataclass(frozen=True)
class Cloudinary:
    """A client for one *cloud*. The base URL of *client* does not contain the cloud's name."""

    client: Client
    cloud: str
    api_key: str
    api_secret: str
    real: bool = True

    def _path(self, rest: str) -> str:
        return f"/v1_1/{self.cloud}/{rest}"

    def validate(self) -> None:
        """Check that cloud name, key and secret are valid. Changes nothing.

        Raises:
            ServiceError: they are not.
        """
        response = self.client.json("GET", self._path("ping"))
        if not isinstance(response, dict) or response.get("status") != "ok":
            raise ServiceError("Cloudinary sent an unexpected response to a ping", excerpt(str(response), 100),
                               service="Cloudinary")  # fmt: skip

    def images(self) -> list[dict[str, Any]]:
        """The first ten images of the cloud."""
        return list(required_value(self.client.json("GET", self._path("resources/image?max_results=10")), "resources",
                           of="Cloudinary"))  # fmt: skip

    def upload(self, content: bytes, public_id: str) -> str:
        """Upload a PNG image as *public_id* and return its delivery URL.

        Raises:
            ServiceError: refused.
        """
        fields = self._signed({"public_id": public_id})
        files = {"file": ("golive.png", content, "image/png")}
        uploaded = self.client.json("POST", self._path("image/upload"), data=fields, files=files)
        return str(required_value(uploaded, "secure_url", of="Cloudinary"))

    def fetch_delivered(self, url: str) -> httpx.Response:
        """Fetch *url* as a visitor does, without credentials."""
        visitor = replace(self.client, name="Cloudinary's delivery", base_url="", headers={}, auth=None, _http=None)
        return visitor.send("GET", url)

    def delete(self, public_id: str) -> bool:
        """Delete the image *public_id*; return whether it existed."""
        fields = self._signed({"public_id": public_id})
        response = self.client.json("POST", self._path("image/destroy"), data=fields, retry=True)
        return bool(response and response.get("result") == "ok")

    def _signed(self, fields: dict[str, str]) -> dict[str, str]:
        stamped = {**fields, "timestamp": str(int(time.time()))}
        text = "&".join(f"{name}={value}" for name, value in sorted(stamped.items()))
        signature = hashlib.sha1((text + self.api_secret).encode()).hexdigest()  # noqa: S324 - Cloudinary's default
        return {**stamped, "api_key": self.api_key, "signature": signature}
