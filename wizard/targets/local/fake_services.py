"""Stand-ins of Razorpay and Cloudinary for the rehearsal: their API over HTTP, their refusals, and their memory.

A project is pointed at them by configuration alone (`rehearsal.environment` in golive.yaml).
Source: Razorpay's and Cloudinary's documentation, and their Python clients.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import itertools
import secrets
import ssl
import time
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

from wizard.base.secrets import constant_time_equal


async def serve(app: web.Application, context: ssl.SSLContext | None = None) -> tuple[web.AppRunner, int]:
    """Serve *app* on a free port of loopback."""
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0, ssl_context=context).start()
    return runner, runner.addresses[0][1]


def _basic(request: web.Request, user: str, password: str) -> bool:
    wanted = "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()
    return constant_time_equal(request.headers.get("Authorization", ""), wanted)


@dataclass
class Razorpay:
    """Orders and payments in test mode."""

    key_id: str = field(default_factory=lambda: "rzp_test_" + secrets.token_hex(7))
    key_secret: str = field(default_factory=lambda: secrets.token_urlsafe(18))
    orders: dict[str, dict[str, Any]] = field(default_factory=dict)
    payments: list[dict[str, Any]] = field(default_factory=list)
    port: int = 0
    _runner: web.AppRunner | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def start(self) -> None:
        app = web.Application()
        app.add_routes([
            web.post("/v1/orders", self.create),
            web.get("/v1/orders/{id}", self.read),
            web.get("/v1/payments", self.list_payments),
            web.post("/checkout/pay", self.pay),
        ])  # fmt: skip
        self._runner, self.port = await serve(app)

    async def stop(self) -> None:
        if self._runner:
            await self._runner.cleanup()

    def _refused(self, request: web.Request) -> web.Response | None:
        if _basic(request, self.key_id, self.key_secret):
            return None
        return _razorpay_error(401, "Authentication failed")

    async def create(self, request: web.Request) -> web.Response:
        if refused := self._refused(request):
            return refused
        body = await request.json()
        amount = body.get("amount")
        if not isinstance(amount, int) or isinstance(amount, bool):
            return _razorpay_error(400, "The amount must be an integer.", "amount")
        if amount < 100:
            return _razorpay_error(400, "Order amount less than minimum amount allowed", "amount")
        if len(str(body.get("receipt") or "")) > 40:
            return _razorpay_error(400, "The receipt may not be greater than 40 characters.", "receipt")
        order = {
            "id": "order_" + secrets.token_hex(7), "entity": "order", "amount": amount, "amount_paid": 0,
            "amount_due": amount, "currency": body.get("currency", "INR"), "receipt": body.get("receipt"),
            "offer_id": None, "status": "created", "attempts": 0, "notes": body.get("notes") or [],
            "created_at": int(time.time()),
        }  # fmt: skip
        self.orders[order["id"]] = order
        return web.json_response(order)

    async def read(self, request: web.Request) -> web.Response:
        if refused := self._refused(request):
            return refused
        order = self.orders.get(request.match_info["id"])
        return web.json_response(order) if order else _razorpay_error(400, "The id provided does not exist")

    async def list_payments(self, request: web.Request) -> web.Response:
        if refused := self._refused(request):
            return refused
        shown = self.payments[-int(request.query.get("count", "10")) :]
        return web.json_response({"entity": "collection", "count": len(shown), "items": shown})

    async def pay(self, request: web.Request) -> web.Response:
        """The part of a person at the hosted checkout: pays an order, gets what the browser would be given."""
        order = self.orders.get((await request.json()).get("order_id", ""))
        if order is None:
            return _razorpay_error(400, "The id provided does not exist", "order_id")
        payment = "pay_" + secrets.token_hex(7)
        order.update(status="paid", amount_paid=order["amount"], amount_due=0)
        self.payments.append({"id": payment, "entity": "payment", "order_id": order["id"], "status": "captured"})
        message = f"{order['id']}|{payment}".encode()
        signature = hmac.new(self.key_secret.encode(), message, hashlib.sha256).hexdigest()
        return web.json_response(
            {"razorpay_order_id": order["id"], "razorpay_payment_id": payment, "razorpay_signature": signature}
        )


def _razorpay_error(status: int, description: str, name: str | None = None) -> web.Response:
    error = {
        "code": "BAD_REQUEST_ERROR",
        "description": description,
        "source": "business",
        "step": None,
        "reason": None,
        "field": name,
    }
    return web.json_response({"error": error}, status=status)


@dataclass
class Cloudinary:
    """Uploads, kept in memory and delivered over TLS."""

    context: ssl.SSLContext
    cloud: str = "rehearsal"
    api_key: str = field(default_factory=lambda: str(secrets.randbelow(9 * 10**14) + 10**14))
    api_secret: str = field(default_factory=lambda: secrets.token_urlsafe(20))
    resources: dict[str, dict[str, Any]] = field(default_factory=dict)
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
        base = f"/v1_1/{self.cloud}"
        api.add_routes([
            web.get(f"{base}/ping", self.ping),
            web.get(f"{base}/resources/{{kind}}", self.listed),
            web.post(f"{base}/{{kind}}/upload", self.upload),
            web.post(f"{base}/{{kind}}/destroy", self.destroy),
        ])  # fmt: skip
        delivery = web.Application()
        delivery.add_routes([web.get("/{path:.+}", self.deliver)])
        for app, context in ((api, None), (delivery, self.context)):
            runner, port = await serve(app, context)
            self._runners.append(runner)
            self.port, self.delivery_port = (port, 0) if context is None else (self.port, port)

    async def stop(self) -> None:
        for runner in self._runners:
            await runner.cleanup()

    async def ping(self, request: web.Request) -> web.Response:
        known = _basic(request, self.api_key, self.api_secret)
        return (
            web.json_response({"status": "ok"})
            if known
            else web.Response(status=401, text="<h1>401 Authorization Required</h1>", content_type="text/html")
        )

    async def listed(self, request: web.Request) -> web.Response:
        if not _basic(request, self.api_key, self.api_secret):
            return web.Response(status=401, text="<h1>401 Authorization Required</h1>", content_type="text/html")
        shown = [
            _about(each) for each in self.resources.values() if each["resource_type"] == request.match_info["kind"]
        ]
        return web.json_response({"resources": shown})

    async def _signed(self, request: web.Request) -> tuple[dict[str, str], dict[str, Any]] | web.Response:
        fields, files = {}, {}
        form = await request.post()
        for name, value in form.items():
            if isinstance(value, web.FileField):
                files[name.removesuffix("[]")] = value
            else:
                fields[name] = str(value)
        if fields.get("api_key") != self.api_key:
            return _cloudinary_error(401, f"Unknown API key {fields.get('api_key', '')}")
        unsigned = {"api_key", "signature", "file", "resource_type", "cloud_name"}
        text = "&".join(f"{name}={value}" for name, value in sorted(fields.items()) if name not in unsigned and value)
        given = fields.get("signature", "")
        if given not in {
            hashlib.new(kind, (text + self.api_secret).encode()).hexdigest() for kind in ("sha1", "sha256")
        }:
            return _cloudinary_error(401, f"Invalid Signature {given}. String to sign - '{text}'.")
        if abs(time.time() - int(fields.get("timestamp", "0"))) > 3600:
            return _cloudinary_error(400, "Stale request - reported time is more than 1 hour ago")
        return fields, files

    async def upload(self, request: web.Request) -> web.Response:
        signed = await self._signed(request)
        if isinstance(signed, web.Response):
            return signed
        fields, files = signed
        if "file" not in files:
            return _cloudinary_error(400, "Missing required parameter - file")
        content = files["file"].file.read()
        form = files["file"].filename.rpartition(".")[2].lower() or "bin"
        kind = request.match_info["kind"] if request.match_info["kind"] != "auto" else "image"
        name = fields.get("public_id") or f"upload{next(self._numbers)}"
        if folder := fields.get("folder"):
            name = f"{folder}/{name}"
        suffix = "" if kind == "raw" else f".{form}"
        path = f"{self.cloud}/{kind}/upload/v1/{name}{suffix}"
        resource = {
            "public_id": name, "version": 1, "resource_type": kind, "type": "upload", "format": form,
            "bytes": len(content),
            "created_at": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
            "url": f"http://{self.distribution}/{path}", "secure_url": f"https://{self.distribution}/{path}",
            "width": 1, "height": 1, "content": content, "content_type": files["file"].content_type,
        }  # fmt: skip
        self.resources[name] = resource
        return web.json_response(_about(resource))

    async def destroy(self, request: web.Request) -> web.Response:
        signed = await self._signed(request)
        if isinstance(signed, web.Response):
            return signed
        gone = self.resources.pop(signed[0].get("public_id", ""), None)
        return web.json_response({"result": "ok" if gone else "not found"})

    async def deliver(self, request: web.Request) -> web.Response:
        path = request.match_info["path"]
        for name, each in self.resources.items():
            if path.rpartition(".")[0].endswith("/" + name) or path.endswith("/" + name):
                return web.Response(
                    body=each["content"], content_type=each["content_type"] or "application/octet-stream"
                )
        return web.Response(status=404, headers={"X-Cld-Error": "Resource not found"})


def _about(resource: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in resource.items() if name not in {"content", "content_type"}}


def _cloudinary_error(status: int, message: str) -> web.Response:
    return web.json_response(
        {"error": {"message": message}}, status=status, headers={"X-Cld-Error": message.replace("\n", " ")}
    )
