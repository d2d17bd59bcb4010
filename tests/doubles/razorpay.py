"""A test double for Razorpay in test mode: orders, payments, and the hosted checkout of its web page.

Source: Razorpay's documentation of orders, payments and errors, and its Python client for the signature.
"""

from __future__ import annotations

import hashlib
import hmac
import itertools
import secrets
import time

from aiohttp import web

from doubles.serving import basic_auth, serve


class Razorpay:
    def __init__(self):
        self.key_id, self.key_secret = f"rzp_test_{secrets.token_hex(7)}", secrets.token_urlsafe(18)
        self.orders, self.payments = {}, []
        self.port = 0
        self._numbers = itertools.count(1)

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}"

    async def start(self):
        api = web.Application(middlewares=[self._authenticate])
        api.add_routes([
            web.post("/orders", self.create_order), web.get("/orders/{id}", self.read_order),
            web.get("/payments", self.list_payments),
        ])  # fmt: skip
        app = web.Application()
        app.add_subapp("/v1/", api)
        app.add_routes([web.post("/checkout/pay", self.pay)])
        self._runner, self.port = await serve(app)

    async def stop(self):
        await self._runner.cleanup()

    @web.middleware
    async def _authenticate(self, request, handler):
        if basic_auth(request) != (self.key_id, self.key_secret):
            return error("Authentication failed", status=401)
        return await handler(request)

    async def create_order(self, request):
        body = await request.json()
        amount, receipt = body.get("amount"), body.get("receipt")
        if type(amount) is not int:
            return error("The amount must be an integer.", field="amount")
        if amount < 100:
            return error("Order amount less than minimum amount allowed", field="amount")
        if "currency" not in body:
            return error("The currency field is required.", field="currency")
        if receipt is not None and len(receipt) > 40:
            return error("The receipt may not be greater than 40 characters.", field="receipt")
        name = f"order_{next(self._numbers):014d}"
        self.orders[name] = {
            "id": name, "entity": "order", "amount": amount, "amount_paid": 0, "amount_due": amount,
            "currency": body["currency"], "receipt": receipt, "offer_id": None, "status": "created", "attempts": 0,
            "notes": body.get("notes", []), "created_at": int(time.time()),
        }  # fmt: skip
        return web.json_response(self.orders[name])

    async def read_order(self, request):
        order = self.orders.get(request.match_info["id"])
        return web.json_response(order) if order else error("The id provided does not exist")

    async def list_payments(self, request):
        count = int(request.query.get("count", 10))
        if not 1 <= count <= 100:
            return error("The count must be between 1 and 100.", field="count")
        newest = self.payments[::-1][:count]
        return web.json_response({"entity": "collection", "count": len(newest), "items": newest})

    async def pay(self, request):
        """Pay an order with a test card, and return the data that the browser gets."""
        order = self.orders.get((await request.json())["order_id"])
        if order is None:
            return error("The id provided does not exist", field="order_id")
        payment = f"pay_{next(self._numbers):014d}"
        order |= {"status": "paid", "amount_paid": order["amount"], "amount_due": 0, "attempts": order["attempts"] + 1}
        self.payments.append({"id": payment, "entity": "payment", "order_id": order["id"], "status": "captured"})
        text = f"{order['id']}|{payment}"
        signature = hmac.digest(self.key_secret.encode(), text.encode(), hashlib.sha256).hex()
        return web.json_response(
            {"razorpay_order_id": order["id"], "razorpay_payment_id": payment, "razorpay_signature": signature}
        )


def error(description, *, status=400, field=None):
    content = {"code": "BAD_REQUEST_ERROR", "description": description, "source": "business", "step": "NA",
               "reason": "input_validation_failed", "metadata": {}, "field": field}  # fmt: skip
    return web.json_response({"error": content}, status=status)
