"""Razorpay's hosted checkout for orders in test mode: an endpoint on loopback that pays an order for a journey.

The order must exist at Razorpay. The endpoint signs the checkout's response to the browser, and the site then verifies
the signature as usual.
"""

from __future__ import annotations

import asyncio

from aiohttp import web

from wizard.base.errors import StepError
from wizard.services.razorpay import Razorpay
from wizard.targets.local.serving import serve


class HostedCheckout:
    def __init__(self, razorpay: Razorpay) -> None:
        self._razorpay = razorpay
        self._runner: web.AppRunner | None = None
        self.port = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def start(self) -> None:
        app = web.Application()
        app.add_routes([web.post("/checkout/pay", self.pay)])
        self._runner, self.port = await serve(app)

    async def stop(self) -> None:
        if self._runner:
            await self._runner.cleanup()

    async def pay(self, request: web.Request) -> web.Response:
        order = str((await request.json()).get("order_id", ""))
        try:
            return web.json_response(await asyncio.to_thread(self._razorpay.sign_payment, order))
        except StepError as error:
            return web.json_response({"error": {"description": str(error)}}, status=400)
