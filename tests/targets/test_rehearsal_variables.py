"""The rehearsal's environment: references to stubs, and live payment keys that are replaced."""

from __future__ import annotations

from types import SimpleNamespace

from wizard.targets.local.service_variables import fill_references, live_key_ids, replace_live_keys


class OnlyRazorpay:
    razorpay = SimpleNamespace(url="http://127.0.0.1:9", key_id="rzp_test_stub", key_secret="stub-secret")

    @property
    def cloudinary(self):
        raise AssertionError("it must not be started")


def test_references_are_filled_and_start_only_the_servers_they_name():
    text = "{razorpay.url}/v1 {razorpay.key_id} {other.url}"
    assert fill_references(text, OnlyRazorpay()) == "http://127.0.0.1:9/v1 rzp_test_stub {other.url}"


def test_live_keys_are_replaced_with_their_secrets_and_test_keys_are_kept():
    values = {
        "RAZORPAY_KEY_ID": "rzp_live_abcdefghij1234", "RAZORPAY_KEY_SECRET": "live-secret",
        "OTHER_KEY_ID": "rzp_test_abcdefghij1234", "DEBUG": "False",
    }  # fmt: skip
    names = live_key_ids(values)
    assert names == ["RAZORPAY_KEY_ID"]
    assert replace_live_keys(values, names, OnlyRazorpay.razorpay) == values | {
        "RAZORPAY_KEY_ID": "rzp_test_stub", "RAZORPAY_KEY_SECRET": "stub-secret",
    }  # fmt: skip
