"""A local stub of Razorpay in test mode: orders, payments and the hosted checkout.

`rehearsal.environment` in golive.yaml makes a project use it.
Source: Razorpay's documentation and its Python client.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
import time
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

from wizard.targets.local.serving import has_basic_auth, serve

MIN_AMOUNT = 100
"""The smallest amount of an order in paise. Source: Razorpay's documentation of orders."""
MAX_RECEIPT = 40
"""The maximum length of a receipt in characters. Source: Razorpay's documentation of orders."""


@dataclass
class FakeRazorpay:
    """Keeps orders and payments in memory."""

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
            web.post("/v1/orders", self.create_order),
            web.get("/v1/orders/{id}", self.read_order),
            web.get("/v1/payments", self.list_payments),
            web.post("/checkout/pay", self.pay),
        ])  # fmt: skip
        self._runner, self.port = await serve(app)

    async def stop(self) -> None:
        if self._runner:
            await self._runner.cleanup()

    def _refusal(self, request: web.Request) -> web.Response | None:
        if has_basic_auth(request, self.key_id, self.key_secret):
            return None
        return _error(401, "Authentication failed")

    async def create_order(self, request: web.Request) -> web.Response:
        if refusal := self._refusal(request):
            return refusal
        body = await request.json()
        amount = body.get("amount")
        if not isinstance(amount, int) or isinstance(amount, bool):
            return _error(400, "The amount must be an integer.", "amount")
        if amount < MIN_AMOUNT:
            return _error(400, "Order amount less than minimum amount allowed", "amount")
        if len(str(body.get("receipt") or "")) > MAX_RECEIPT:
            return _error(400, "The receipt may not be greater than 40 characters.", "receipt")
        order = {
            "id": "order_" + secrets.token_hex(7), "entity": "order", "amount": amount, "amount_paid": 0,
            "amount_due": amount, "currency": body.get("currency", "INR"), "receipt": body.get("receipt"),
            "offer_id": None, "status": "created", "attempts": 0, "notes": body.get("notes") or [],
            "created_at": int(time.time()),
        }  # fmt: skip
        self.orders[order["id"]] = order
        return web.json_response(order)

    async def read_order(self, request: web.Request) -> web.Response:
        if refusal := self._refusal(request):
            return refusal
        order = self.orders.get(request.match_info["id"])
        return web.json_response(order) if order else _error(400, "The id provided does not exist")

    async def list_payments(self, request: web.Request) -> web.Response:
        if refusal := self._refusal(request):
            return refusal
        newest = self.payments[-int(request.query.get("count", "10")) :]
        return web.json_response({"entity": "collection", "count": len(newest), "items": newest})

    async def pay(self, request: web.Request) -> web.Response:
        """Pay an order as a customer at the hosted checkout, and return the browser's data."""
        order = self.orders.get((await request.json()).get("order_id", ""))
        if order is None:
            return _error(400, "The id provided does not exist", "order_id")
        payment = "pay_" + secrets.token_hex(7)
        order.update(status="paid", amount_paid=order["amount"], amount_due=0)
        self.payments.append({"id": payment, "entity": "payment", "order_id": order["id"], "status": "captured"})
        message = f"{order['id']}|{payment}".encode()
        signature = hmac.new(self.key_secret.encode(), message, hashlib.sha256).hexdigest()
        return web.json_response(
            {"razorpay_order_id": order["id"], "razorpay_payment_id": payment, "razorpay_signature": signature}
        )


def _error(status: int, description: str, field_name: str | None = None) -> web.Response:
    error = {
        "code": "BAD_REQUEST_ERROR",
        "description": description,
        "source": "business",
        "step": None,
        "reason": None,
        "field": field_name,
    }
    return web.json_response({"error": error}, status=status)
