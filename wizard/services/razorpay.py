"""Razorpay's API, as far as Golive needs it: are the keys good, of which mode, and what an order is.

Nothing here moves money. The hosted checkout can't be driven by a program; its last step, the signed answer the
browser carries back, can be given for an order that exists in test mode, and the site's own verification then runs.
Source: Razorpay's documentation and its Python client.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from dataclasses import dataclass
from typing import Any

from wizard.base.errors import ServiceError, StepError
from wizard.services.http import Client
from wizard.services.response_guard import guard_responses

KEY = re.compile(r"rzp_(test|live)_[A-Za-z0-9]{10,}")


def key_mode(key_id: str) -> str:
    """`test` or `live`; empty for what is no key id."""
    found = KEY.fullmatch(key_id)
    return found[1] if found else ""


@guard_responses("Razorpay")
@dataclass(frozen=True)
class Razorpay:
    client: Client
    key_id: str
    key_secret: str
    real: bool = True

    def validate(self) -> str:
        """Ask for one payment and look at none: whether id and secret belong together; says the mode.

        Raises:
            StepError: they don't, or don't even look like keys; no request is sent then.
        """
        if not key_mode(self.key_id):
            raise StepError("RAZORPAY_KEY_ID is no key id of Razorpay", "it should begin with rzp_test_ or rzp_live_",
                            "Copy it from Account & Settings, API keys.")  # fmt: skip
        if self.key_secret.startswith("rzp_") or not self.key_secret.strip():
            raise StepError("RAZORPAY_KEY_SECRET is no secret of Razorpay", "it holds a key id, or nothing",
                            "The secret is shown once, when the key is made: make a new key.")  # fmt: skip
        try:
            answer = self.client.json("GET", "payments?count=1")
        except ServiceError as error:
            if error.status == 401 or "uthentication failed" in error.why:
                raise ServiceError("Razorpay doesn't know these keys", error.why, self.client.access_hint,
                                   service="Razorpay", status=401) from error  # fmt: skip
            raise
        if not isinstance(answer, dict) or answer.get("entity") != "collection":
            raise ServiceError("Razorpay answered something else than payments", "", service="Razorpay")
        return key_mode(self.key_id)

    def order(self, name: str) -> dict[str, Any]:
        return dict(self.client.json("GET", f"orders/{name}"))

    def sign_payment(self, order: str) -> dict[str, str]:
        """What the checkout would hand to the browser for *order*, which exists at Razorpay in test mode.

        Raises:
            StepError: the keys are live ones, where this would forge a payment.
        """
        if key_mode(self.key_id) != "test":
            raise StepError("A payment is only tried with test keys", "the site has live ones",
                            "Pay one small order by hand, and confirm the item.")  # fmt: skip
        found = self.order(order)
        payment = "pay_" + secrets.token_hex(7)
        message = f"{found['id']}|{payment}".encode()
        signature = hmac.new(self.key_secret.encode(), message, hashlib.sha256).hexdigest()
        return {"razorpay_order_id": found["id"], "razorpay_payment_id": payment, "razorpay_signature": signature}
