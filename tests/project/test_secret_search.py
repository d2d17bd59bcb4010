"""Secrets in code and configuration are told from ordinary words, public values and examples."""

from __future__ import annotations

import ast
import time

import pytest

from wizard.project.secret_search import in_lines, in_python

RANDOM = "k7Qz91mNv3XsWp0LrTyUbHc5DfGe8JaOiK2sZ4x6"
DJANGO_KEY = "x#7k!m2p_9q(w3r5t7y9u0i2o4p6a8s1d3f5g7h9j2k4l6z8x0"
STRIPE = "sk_" + "live_51Hqk7Qz91mNv3XsWp0LrTyUb"


@pytest.mark.parametrize(
    ("code", "name"),
    [
        (f"JWT_SECRET = '{RANDOM}'", "JWT_SECRET"),
        (f"SIMPLE_JWT = {{'SIGNING_KEY': '{RANDOM}'}}", "SIMPLE_JWT_SIGNING_KEY"),
        (f"WEBHOOK_SALT = '{RANDOM}'", "WEBHOOK_SALT"),
        (f"HASHIDS_SALT = '{DJANGO_KEY}'", "HASHIDS_SALT"),
        (f"PAYMENTS = {{'backend': '{STRIPE}'}}", "PAYMENTS_backend"),
        ("os.environ.setdefault('API_TOKEN', '9f8a7b6c5d4e3f2a1b0c9f8a')", "API_TOKEN"),
        ("os.environ['API_TOKEN'] = '9f8a7b6c5d4e3f2a1b0c9f8a'", "API_TOKEN"),
        ("DATABASES['default']['PASSWORD'] = 'Tr0ub4dor&3-Prod-9x'", "DATABASES_default_PASSWORD"),
        ("CACHE = 'redis://:pa55w0rd@cache.shop.io:6379/0'", "CACHE"),
        (f"X = b'{RANDOM[:20]}' + b'{RANDOM[20:]}'", "X"),
        (f"A, B = 'a', '{RANDOM}'", "B"),
        (f"SECRET_KEY_FALLBACKS = ['{RANDOM}']", "SECRET_KEY_FALLBACKS"),
        (f"if True:\n    def f(token='a'):\n        return connect(api_key='{RANDOM}')", "api_key"),
        ("KEY = '''-----BEGIN RSA PRIVATE KEY-----\nabc'''", "KEY"),
    ],
)
def test_a_secret_in_code_is_found_with_its_name(code, name):
    [found] = in_python(ast.parse(code))
    assert found.name == name


@pytest.mark.parametrize(
    "code",
    [
        f'"""{RANDOM}"""',
        "SECRET_KEY = os.environ['DJANGO_SECRET_KEY']",
        "SECRET_KEY = 'django-insecure-k7Qz91mNv3XsWp0LrTyUbHc5DfGe8JaOiK2sZ4x6'",
        "CART_SESSION_KEY = 'cart_session_id_2023'",
        "CACHE_KEY = 'products:list:version2:all-items'",
        "STORAGE = 'cloudinary_storage.storage.MediaCloudinaryStorage'",
        "FORMAT = '%Y-%m-%dT%H:%M:%S.%fZ'",
        "PASSWORD_RESET_TOKEN = 'registration/password_reset_email2.html'",
        "RECAPTCHA_PUBLIC_KEY = '6LeIxAcTAAAAAJcZVRqyHh71UMIEGNQ_MXjiZKhI'",
        "STRIPE_KEY = 'pk_live_51Hqk7Qz91mNv3XsWp0LrTyUb'",
        "DIGEST = '9f8a7b6c5d4e3f2a1b0c9f8a9f8a7b6c5d4e3f2a1b0c9f8a'",
        "PASSWORD_HASH = 'pbkdf2_sha256$600000$k7Qz91mNv3XsWp0Lr$UbHc5DfGe8JaOiK2sZ4x6'",
        "DATABASE_URL = 'postgres://shop:s3cretpw@localhost:5432/shop'",
        "API_TOKEN = 'your-token-1a2b3c4d5e6f'",
    ],
)
def test_ordinary_values_are_none(code):
    assert not list(in_python(ast.parse(code)))


@pytest.mark.parametrize(
    "line",
    [
        f"DJANGO_SECRET_KEY={RANDOM}",
        f"  JWT_SECRET: '{RANDOM}'",
        f"      - STRIPE_SECRET_KEY={STRIPE}",
        '"api_token": "9f8a7b6c5d4e3f2a1b0c9f8a",',
        'const apiKey = "9f8a7b6c5d4e3f2a1b0c9f8a";',
        "DATABASE_URL=postgres://shop:s3cretpw@db.shop.io:5432/shop",
        f'# SECRET_KEY = "{RANDOM}"',
    ],
)
def test_a_secret_in_a_configuration_file_is_found_with_its_line(line):
    [found] = in_lines(f"a\n{line}\nb")
    assert found.line == 2


@pytest.mark.parametrize(
    "line",
    [
        "SECRET_KEY=your-secret-key-here",
        "SECRET_KEY=",
        "  POSTGRES_PASSWORD: ${POSTGRES_PASSWORD}",
        "  POSTGRES_PASSWORD: postgres_dev_password",
        "DATABASE_URL=postgres://shop:s3cretpw@db:5432/shop",
        '"integrity": "sha512-k7Qz91mNv3XsWp0LrTyUbHc5DfGe8JaOiK2sZ4x6=="',
        '"password": "pbkdf2_sha256$600000$k7Qz91mNv3XsWp0LrTy$UbHc5DfGe8JaOiK2sZ4x6"',
        "TICKET_KEY = base64.urlsafe_b64decode(need('TICKET_KEY_1A2B3C'))",
        "  csrfToken = document.querySelector('meta[name=csrf]')",
    ],
)
def test_examples_and_references_are_none(line):
    assert not list(in_lines(line))


@pytest.mark.timeout(90)
def test_a_file_of_many_lines_is_searched_in_time():
    text = "PASSWORD = x\n" * 200_000 + "AWS = 'AKIA" + "B7" * 8 + "'\n"
    assert [found.line for found in in_lines(text, by_name=True)] == [200_001]


def test_long_lines_take_no_more_time_than_short_ones_of_the_same_size():
    def seconds(length, count):
        start = time.process_time()
        assert list(in_lines(("a" * length + "://\n") * count, by_name=True)) == []
        return time.process_time() - start

    assert seconds(1_900, 60) < 4 * seconds(190, 600)
