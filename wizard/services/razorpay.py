"""A client for the parts of Razorpay's API that Golive uses: check keys, read orders, sign a test payment.

Nothing here moves money. A program can't use the hosted checkout. It can produce the checkout's last step for an order
in test mode: the signed response that the browser returns to the site, which the site then verifies.
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
    """`test` or `live`; empty if *key_id* is not a key id."""
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
        """Check that key id and secret are valid by listing one payment, and return their mode.

        Raises:
            StepError: they don't look like keys. No request is sent.
            ServiceError: Razorpay refuses them.
        """
        if not key_mode(self.key_id):
            raise StepError("RAZORPAY_KEY_ID is not a Razorpay key id", "it does not start with rzp_test_ or rzp_live_",
                            "Copy it from the Razorpay dashboard: Account & Settings > API keys.")  # fmt: skip
        if self.key_secret.startswith("rzp_") or not self.key_secret.strip():
            raise StepError("RAZORPAY_KEY_SECRET is not a Razorpay secret", "it is empty or a key id",
                            "Razorpay shows a secret only once. Generate a new key if you don't have it.")  # fmt: skip
        try:
            response = self.client.json("GET", "payments?count=1")
        except ServiceError as error:
            if error.status == 401 or "uthentication failed" in error.why:
                raise ServiceError("Razorpay rejected the keys", error.why, self.client.access_hint,
                                   service="Razorpay", status=401) from error  # fmt: skip
            raise
        if not isinstance(response, dict) or response.get("entity") != "collection":
            raise ServiceError("Razorpay sent an unexpected response to a request for payments", "", service="Razorpay")
        return key_mode(self.key_id)

    def order(self, name: str) -> dict[str, Any]:
        """The order with the id *name*."""
        return dict(self.client.json("GET", f"orders/{name}"))

    def sign_payment(self, order: str) -> dict[str, str]:
        """The fields that the checkout would return to the browser for *order*, an order in test mode.

        Raises:
            StepError: the keys are live keys, with which this would forge a payment.
        """
        if key_mode(self.key_id) != "test":
            raise StepError("Golive tests payments with test keys only", "the site has live keys",
                            "Pay for one small order yourself, and confirm the item.")  # fmt: skip
        found = self.order(order)
        payment = "pay_" + secrets.token_hex(7)
        message = f"{found['id']}|{payment}".encode()
        signature = hmac.new(self.key_secret.encode(), message, hashlib.sha256).hexdigest()
        return {"razorpay_order_id": found["id"], "razorpay_payment_id": payment, "razorpay_signature": signature}


def check_key_mode(payments: Razorpay, environment: str) -> None:
    """Refuse live keys outside the production *environment*.

    Raises:
        StepError: they are live keys.
    """
    if key_mode(payments.key_id) == "live" and environment not in {"", "production"}:
        raise StepError("Live keys of Razorpay must not be used outside production",
                        f"the environment is {environment}, and RAZORPAY_KEY_ID is a live key",
                        "Put test keys (rzp_test_…) into .env.production.")  # fmt: skip
