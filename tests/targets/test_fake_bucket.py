"""The stub of a bucket accepts and refuses the requests that S3 does: Amazon's examples, and a signer of the tests."""

from __future__ import annotations

import base64
import hashlib
import hmac
import zlib
from datetime import UTC, datetime, timedelta
from urllib.parse import quote

import httpx
import pytest

from wizard.targets.local import s3_requests
from wizard.targets.local.event_loop import EventLoopThread
from wizard.targets.local.fake_bucket import FakeBucket
from wizard.targets.local.s3_requests import Key, Refusal, Request, check_signature, decode_body
from wizard.targets.local.upload_stores import bucket_variables, kind_of

EMPTY = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
EXAMPLE = Key("AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY")
"""The credentials of the examples in Amazon's documentation of Signature Version 4."""
THEN = datetime(2013, 5, 24, tzinfo=UTC)
SCOPE = f"{EXAMPLE.id}/20130524/us-east-1/s3/aws4_request"
HOST = "examplebucket.s3.amazonaws.com"


def in_header(signature, secret=EXAMPLE, identity=SCOPE, **changed):
    """Amazon's example "GET Object"."""
    headers = {
        "host": HOST, "range": "bytes=0-9", "x-amz-content-sha256": EMPTY, "x-amz-date": "20130524T000000Z",
        "authorization": f"AWS4-HMAC-SHA256 Credential={identity},"
                         f"SignedHeaders=host;range;x-amz-content-sha256;x-amz-date,Signature={signature}",
        **changed,
    }  # fmt: skip
    return check_signature(Request("GET", "/test.txt", "", headers), secret, THEN)


def in_query(signature, now=THEN):
    """Amazon's example of a presigned URL."""
    query = (
        f"X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential={quote(SCOPE, safe='')}&X-Amz-Date=20130524T000000Z"
        f"&X-Amz-Expires=86400&X-Amz-SignedHeaders=host&X-Amz-Signature={signature}"
    )
    return check_signature(Request("GET", "/test.txt", query, {"host": HOST}), EXAMPLE, now)


HEADER = "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41"
QUERY = "aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404"


def test_amazons_own_examples_are_accepted():
    assert in_header(HEADER) == EMPTY
    assert in_query(QUERY) == s3_requests.UNSIGNED


@pytest.mark.parametrize(
    ("request_", "code"),
    [
        (lambda: in_header(HEADER[:-1] + "2"), "SignatureDoesNotMatch"),
        (lambda: in_header(HEADER, range="bytes=0-8"), "SignatureDoesNotMatch"),
        (lambda: in_header(HEADER, Key(EXAMPLE.id, "another")), "SignatureDoesNotMatch"),
        (lambda: in_header(HEADER, identity=SCOPE.replace("AKIA", "BKIA")), "InvalidAccessKeyId"),
        (lambda: in_header(HEADER, **{"x-amz-date": "20130524T001600Z"}), "RequestTimeTooSkewed"),
        (lambda: in_query(QUERY, THEN + timedelta(days=1, seconds=1)), "AccessDenied"),
        (lambda: in_query(QUERY[:-1] + "5"), "SignatureDoesNotMatch"),
        (lambda: check_signature(Request("GET", "/test.txt", "", {"host": HOST}), EXAMPLE, THEN), "AccessDenied"),
    ],
)
def test_what_amazon_refuses_is_refused(request_, code):
    with pytest.raises(Refusal) as refused:
        request_()
    assert (refused.value.code, refused.value.status) == (code, 403)


def test_a_body_in_chunks_is_joined_and_its_checksum_compared():
    content = b"a" * 10 + b"b" * 3
    checksum = base64.b64encode(zlib.crc32(content).to_bytes(4, "big")).decode()
    chunks = b"a\r\n" + content[:10] + b"\r\n3\r\n" + content[10:] + b"\r\n0\r\nx-amz-checksum-crc32:%s\r\n\r\n"
    request = Request("PUT", "/k", "", {})
    assert decode_body(request, chunks % checksum.encode(), s3_requests.TRAILER) == content
    with pytest.raises(Refusal, match="CRC32"):
        decode_body(request, chunks % b"AAAAAA==", s3_requests.TRAILER)
    with pytest.raises(Refusal, match="digest"):
        decode_body(request, b"other", EMPTY)


@pytest.fixture(scope="module")
def bucket():
    loop = EventLoopThread()
    stub = FakeBucket()
    loop.run(stub.start())
    yield stub
    loop.run(stub.stop())
    loop.close()


def call(bucket, method, key, content=b"", query="", secret="", **headers):
    """Send a signed request, by code that the stub does not use."""
    now = datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ")
    host, path = f"127.0.0.1:{bucket.port}", quote(f"/{bucket.name}/{key}" if key else f"/{bucket.name}")
    digest = hashlib.sha256(content).hexdigest()
    signed = {"host": host, "x-amz-content-sha256": digest, "x-amz-date": now}
    lines = "".join(f"{name}:{value}\n" for name, value in signed.items())
    asked = "&".join(sorted(each if "=" in each else f"{each}=" for each in query.split("&") if each))
    canonical = f"{method}\n{path}\n{asked}\n{lines}\n{';'.join(signed)}\n{digest}"
    scope = f"{now[:8]}/auto/s3/aws4_request"
    text = f"AWS4-HMAC-SHA256\n{now}\n{scope}\n{hashlib.sha256(canonical.encode()).hexdigest()}"
    key_ = ("AWS4" + (secret or bucket.key.secret)).encode()
    for part in scope.split("/"):
        key_ = hmac.new(key_, part.encode(), hashlib.sha256).digest()
    signature = hmac.new(key_, text.encode(), hashlib.sha256).hexdigest()
    authorization = (
        f"AWS4-HMAC-SHA256 Credential={bucket.key.id}/{scope}, SignedHeaders={';'.join(signed)}, Signature={signature}"
    )
    sent = {**signed, "authorization": authorization, **headers}
    url = f"http://{host}{path}" + (f"?{query}" if query else "")
    return httpx.request(method, url, content=content, headers=sent, trust_env=False)


def test_an_object_is_stored_delivered_and_deleted(bucket):
    assert call(bucket, "PUT", "photos/ä b.png", b"picture", **{"content-type": "image/png"}).status_code == 200
    found = call(bucket, "GET", "photos/ä b.png")
    assert (found.content, found.headers["content-type"]) == (b"picture", "image/png")
    assert call(bucket, "GET", "photos/ä b.png", range="bytes=1-3").content == b"ict"
    assert call(bucket, "HEAD", "photos/ä b.png").headers["content-length"] == "7"
    listing = call(bucket, "GET", "", query="delimiter=%2F&list-type=2&prefix=").text
    assert "<CommonPrefixes><Prefix>photos/</Prefix></CommonPrefixes>" in listing
    assert call(bucket, "DELETE", "photos/ä b.png").status_code == 204
    assert "<Code>NoSuchKey</Code>" in call(bucket, "GET", "photos/ä b.png").text


def test_the_parts_of_a_large_object_are_joined_in_their_order(bucket):
    begun = call(bucket, "POST", "large", query="uploads", **{"content-type": "video/mp4"}).text
    upload = begun.partition("<UploadId>")[2].partition("<")[0]
    for number in (2, 1):
        call(bucket, "PUT", "large", b"%d" % number * 5, query=f"partNumber={number}&uploadId={upload}")
    parts = "".join(f"<Part><PartNumber>{number}</PartNumber></Part>" for number in (1, 2))
    body = f"<CompleteMultipartUpload>{parts}</CompleteMultipartUpload>".encode()
    assert call(bucket, "POST", "large", body, query=f"uploadId={upload}").status_code == 200
    found = call(bucket, "GET", "large")
    assert (found.content, found.headers["content-type"]) == (b"1111122222", "video/mp4")
    assert "NoSuchUpload" in call(bucket, "PUT", "large", b"x", query=f"partNumber=1&uploadId={upload}").text


def test_nobody_gets_an_object_without_a_valid_signature(bucket):
    call(bucket, "PUT", "secret", b"x", **{"x-amz-acl": "public-read"})
    url = f"{bucket.url}/{bucket.name}/secret"
    assert "<Code>AccessDenied</Code>" in httpx.get(url, trust_env=False).text
    assert "<Code>SignatureDoesNotMatch</Code>" in call(bucket, "GET", "secret", secret="another").text
    bucket_name, bucket.name = bucket.name, "renamed"
    try:
        assert httpx.get(url, trust_env=False).status_code == 403
    finally:
        bucket.name = bucket_name


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("AWS_STORAGE_BUCKET_NAME", "name"), ("S3_BUCKET", "name"), ("AWS_S3_ENDPOINT_URL", "url"),
        ("R2_ACCESS_KEY_ID", "id"), ("AWS_SECRET_ACCESS_KEY", "secret"), ("BUCKET_SECRET_KEY", "secret"),
        ("AWS_S3_REGION_NAME", "region"), ("AWS_S3_URL_STYLE", "style"), ("SECRET_KEY", ""), ("MEDIA_URL", ""),
        ("DATABASE_URL", ""), ("AWS_S3_CUSTOM_DOMAIN", ""),
    ],
)  # fmt: skip
def test_a_variable_about_a_bucket_is_known_by_its_name(name, kind):
    assert kind_of(name) == kind


def test_clients_that_read_no_setting_use_the_stub_too(bucket):
    values = bucket_variables(["MEDIA_BUCKET", "SECRET_KEY"], bucket)
    assert values["MEDIA_BUCKET"] == bucket.name and values["AWS_ENDPOINT_URL_S3"] == bucket.url
    assert values["AWS_SECRET_ACCESS_KEY"] == bucket.key.secret and "SECRET_KEY" not in values
