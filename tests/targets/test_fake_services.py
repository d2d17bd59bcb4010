"""The stubs of Razorpay and Cloudinary accept and refuse the same requests as the services."""

from __future__ import annotations

import gc
import hashlib
import re
import time
import tracemalloc

import httpx
import pytest

from wizard.targets.local.edge import Edge
from wizard.targets.local.event_loop import EventLoopThread
from wizard.targets.local.fake_cloudinary import FakeCloudinary
from wizard.targets.local.fake_razorpay import FakeRazorpay


@pytest.fixture(scope="module")
def loop():
    double = EventLoopThread()
    yield double
    double.close()


@pytest.fixture(scope="module")
def razorpay(loop):
    double = FakeRazorpay()
    loop.run(double.start())
    yield double
    loop.run(double.stop())


def call(razorpay, method, path, auth=None, **more):
    keys = (razorpay.key_id, razorpay.key_secret) if auth is None else auth
    return httpx.request(method, f"{razorpay.url}{path}", auth=keys, trust_env=False, **more)


def test_an_order_is_created_paid_and_listed(razorpay):
    order = call(razorpay, "POST", "/v1/orders", json={"amount": 49900, "currency": "INR", "receipt": "order-1"}).json()
    assert order["status"] == "created"
    assert order["amount_due"] == 49900
    paid = call(razorpay, "POST", "/checkout/pay", json={"order_id": order["id"]}).json()
    assert paid["razorpay_order_id"] == order["id"]
    assert len(paid["razorpay_signature"]) == 64
    assert call(razorpay, "GET", f"/v1/orders/{order['id']}").json()["status"] == "paid"
    assert call(razorpay, "GET", "/v1/payments?count=1").json()["count"] == 1


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({"amount": 99}, "minimum"),
        ({"amount": 100.5}, "integer"),
        ({"amount": "100"}, "integer"),
        ({"amount": 100, "receipt": "x" * 41}, "40 characters"),
    ],
)
def test_an_invalid_order_is_refused(razorpay, body, message):
    answer = call(razorpay, "POST", "/v1/orders", json=body)
    assert answer.status_code == 400
    assert message in answer.json()["error"]["description"]


def test_wrong_keys_are_refused(razorpay):
    answer = call(razorpay, "GET", "/v1/payments?count=1", auth=(razorpay.key_id, "wrong"))
    assert answer.status_code == 401
    assert answer.json()["error"]["description"] == "Authentication failed"


@pytest.fixture
def media(loop):
    edge = Edge("shop.up.railway.app")
    double = FakeCloudinary(edge.server_context())
    loop.run(double.start())
    yield double, edge.client_context()
    loop.run(double.stop())


def upload(media, content, signature=""):
    fields = {"public_id": "posters/one", "timestamp": str(int(time.time()))}
    text = "&".join(f"{name}={value}" for name, value in sorted(fields.items()))
    signature = signature or hashlib.sha1((text + media.api_secret).encode()).hexdigest()
    data = {**fields, "api_key": media.api_key, "signature": signature}
    files = {"file": ("one.png", content, "image/png")}
    return httpx.post(f"{media.url}/v1_1/{media.cloud}/image/upload", data=data, files=files, trust_env=False)


def test_cloudinary_accepts_only_signed_uploads_and_delivers_them(media):
    double, context = media
    forged = upload(double, b"picture", "0" * 40)
    assert forged.status_code == 401
    assert "Invalid Signature" in forged.json()["error"]["message"]
    answer = upload(double, b"picture")
    assert answer.json()["bytes"] == len(b"picture")
    image = httpx.get(answer.json()["secure_url"], verify=context, trust_env=False)
    assert image.content == b"picture"
    assert image.headers["content-type"] == "image/png"
    assert httpx.get(f"{double.url}/v1_1/{double.cloud}/ping", trust_env=False).status_code == 401


def uploaded(media, kind, file, **fields):
    signed = {**fields, "timestamp": str(int(time.time()))}
    text = "&".join(f"{name}={value}" for name, value in sorted(signed.items()))
    signature = hashlib.sha1((text + media.api_secret).encode()).hexdigest()
    data = {**signed, "api_key": media.api_key, "signature": signature}
    address = f"{media.url}/v1_1/another-cloud/{kind}/upload"
    return httpx.post(address, data=data, files={"file": (file, b"content")}, trust_env=False).json()


@pytest.mark.parametrize(
    ("kind", "file", "name"),
    [
        ("image", "a.png", r"photos/a_\w{6}"),
        ("raw", "a.txt", r"photos/a_\w{6}\.txt"),
        ("image", "a.pdf", r"photos/a_\w+"),
    ],
)
def test_cloudinary_gives_files_names_of_its_own(media, kind, file, name):
    double, context = media
    answer = uploaded(double, kind, file, folder="photos", use_filename="true")
    assert re.fullmatch(name, answer["public_id"]), answer
    assert httpx.get(answer["secure_url"], verify=context, trust_env=False).content == b"content"


def test_cloudinary_refuses_documents_as_pictures_where_golive_chose_the_stub(media):
    double, _ = media
    assert uploaded(double, "image", "a.docx")["format"] == "docx"
    double.pictures_only = True
    assert uploaded(double, "image", "a.docx")["error"]["message"] == "Invalid image file"


def test_cloudinary_keeps_large_uploads_out_of_memory(media):
    double, context = media
    tracemalloc.start()
    try:
        address = upload(double, bytes(range(256)) * 20_000).json()["secure_url"]
        gc.collect()
        kept, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert kept < 2 << 20, "of 5 MB"
    for _ in range(2):
        assert httpx.get(address, verify=context, trust_env=False).content == bytes(range(256)) * 20_000
