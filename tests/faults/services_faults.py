"""Faults in how the project uses its services: events that never reach Sentry, keys that a service does not accept."""

from __future__ import annotations

from tests.faults.fault import Fault, replace

SETTINGS = "election_cart/settings.py"
LAST = "        traces_sample_rate=0.0,\n"
"""The last argument of `sentry_sdk.init`."""

FAULTS = [
    Fault("Sentry: no event passes before_send",
          replace(SETTINGS, LAST, f"{LAST}        before_send=lambda event, hint: None,\n"),
          items={"14.5"}, says=["no such event arrived"], where="settings.py:252"),
    Fault("Sentry: every error is ignored",
          replace(SETTINGS, "ignore_errors=['django.core.exceptions.DisallowedHost']", "ignore_errors=[Exception]"),
          items={"14.5"}, says=["no such event arrived"], where="settings.py:"),
    Fault("Sentry: without its integrations", replace(SETTINGS, LAST, f"{LAST}        default_integrations=False,\n"),
          items={"14.5"}, says=["no such event arrived"], where="settings.py:"),
]  # fmt: skip
