"""Secrets are redacted in every form: split, encoded, coloured, and in very long lines."""

from __future__ import annotations

import base64
import html
import json
import sys
import time
from urllib.parse import quote, quote_plus

import pytest

from wizard.base import process, process_output
from wizard.base.secrets import HIDDEN, READ, excerpt, redact, remember

SECRET = 'canary/9+ü"&\\ßecret 1'
remember(SECRET)

FORMS = {
    "unchanged": SECRET,
    "in a URL": quote(SECRET),
    "in a URL, fully quoted": quote(SECRET, safe=""),
    "in a form": quote_plus(SECRET),
    "in JSON": json.dumps(SECRET)[1:-1],
    "in JSON, not escaped to ASCII": json.dumps(SECRET, ensure_ascii=False)[1:-1],
    "in Python": repr(SECRET)[1:-1],
    "in HTML": html.escape(SECRET),
    "between quotes": f"KEY='{SECRET}'",
}


@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)
def test_a_secret_is_hidden_in_every_form(form):
    text = redact(f"before {form} after")
    assert HIDDEN in text
    assert form not in text
    assert text.startswith("before ")
    assert text.endswith(" after")


@pytest.mark.parametrize("before", ["", "u", "us", "user:", "user@example.com:"])
@pytest.mark.parametrize("code", [base64.b64encode, base64.urlsafe_b64encode])
def test_a_secret_is_hidden_in_base64_wherever_it_begins(before, code):
    coded = code((before + SECRET + " and more").encode()).decode()
    text = redact(f"Basic {coded}")
    assert HIDDEN in text
    left = text.removeprefix("Basic ").partition(HIDDEN)[0]
    known = base64.urlsafe_b64decode((left[: len(left) // 4 * 4]).replace("+", "-").replace("/", "_"))
    assert SECRET[:3].encode() not in known


def test_a_secret_with_colour_codes_inside_is_hidden():
    coloured = "".join(f"\x1b[3{n % 8}m{character}" for n, character in enumerate(SECRET))
    text = redact(f"token: {coloured}\x1b[0m!")
    assert text == f"token: {HIDDEN}!"
    plain = "\x1b[31mred\x1b[0m"
    assert redact(plain) == plain, "colours are kept if there is no secret"


def test_each_line_of_a_key_is_hidden():
    remember("-----BEGIN KEY-----\n  line-one-of-it\nline-two-of-it\n")
    assert redact("x line-two-of-it y, line-one-of-it") == f"x {HIDDEN} y, {HIDDEN}"


@pytest.mark.parametrize(
    "text",
    [
        "Authorization: Bearer abcdef1234567890",
        "{'authorization': 'Token abcdef1234567890'}",
        "sk_" + "live_abcdef1234567890",
        "postgres://shop:abcdef1234567890@db/x",
    ],
)
def test_values_that_look_like_secrets_are_hidden(text):
    assert "abcdef1234567890" not in redact(text)


@pytest.mark.parametrize("text", ["?" + "key" * 20_000, "'" + "SECRET" * 10_000, "a" * 60_000 + "://"])
def test_a_text_is_redacted_in_linear_time(text):
    started = time.process_time()
    assert redact(text) == text
    assert time.process_time() - started < 0.5


@pytest.mark.parametrize("before", [" " * 50, "x" * 50, " " * (READ - 10)], ids=["spaces", "text", "far down"])
def test_the_beginning_of_a_text_shows_no_half_of_a_secret(before):
    shown = excerpt(f"{before}{SECRET}\n  and more", 60)
    assert shown == f"{before.strip()}{HIDDEN} and more"[:60]


def printed_by(tmp_path, code):
    lines = []
    argv = [sys.executable, "-c", code]
    process.run(argv, cwd=tmp_path, env=process.bare_environment(), on_line=lines.append, stdin=SECRET)
    return lines


def test_a_secret_written_in_pieces_is_hidden(tmp_path):
    code = "import sys\nfor c in sys.stdin.read(): sys.stdout.write(c); sys.stdout.flush()"
    assert printed_by(tmp_path, code) == [HIDDEN]


def test_a_very_long_line_is_cut_without_showing_a_part_of_a_secret(tmp_path):
    """One secret crosses the limit, and one is after it. No part of them may be shown."""
    length = process_output.LONGEST_LINE - len(SECRET) // 2
    code = f"import sys; s = sys.stdin.read(); print('x' * {length} + s + 'y' * 3_000_000 + s); print('next')"
    first, second = printed_by(tmp_path, code)
    assert second == "next"
    assert len(first) < process_output.LONGEST_LINE + 100
    assert "more characters" in first
    assert "canary" not in first


def test_large_output_needs_little_memory(tmp_path):
    """200 MB in one line, and 60 MB in lines, are read within a fixed memory."""
    import tracemalloc

    tracemalloc.start()
    one = "for _ in range(200): sys.stdout.write('z' * 1_000_000)\n"
    many = "for _ in range(1_000): print('w' * 60_000)"
    code = f"import sys\n{one}print()\n{many}"
    process.run([sys.executable, "-c", code], cwd=tmp_path, env=process.bare_environment())
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 40_000_000


def test_a_well_known_password_is_not_redacted():
    for value in ("postgres", "a-secret-of-this-test"):
        remember(value)
    text = "postgresql://127.0.0.1 lets postgres in, not a-secret-of-this-test"
    assert redact(text) == "postgresql://127.0.0.1 lets postgres in, not [hidden]"


@pytest.mark.parametrize(
    ("value", "part"),
    [
        ("postgresql://shop:part%2Fof%40it-1@db.example.com/shop", "part/of@it-1"),
        ("postgresql://shop:part%2Fof%40it-2@db.example.com/shop", "part%2Fof%40it-2"),
        ("https://part-of-it-3@errors.example.com/7", "part-of-it-3"),
        ("https://api.example.com/v1?unit=km&key=part-of-it-4#top", "part-of-it-4"),
        ("Bearer part-of-it-5", "part-of-it-5"),
        ("--extra-index-url=https://__token__:part-of-it-6@pypi.example.com/simple", "part-of-it-6"),
    ],
)
def test_a_part_of_a_secret_is_hidden_on_its_own(value, part):
    remember(value)
    assert redact(f"login failed with {part}!") == f"login failed with {HIDDEN}!"


def test_the_public_parts_of_a_url_are_not_redacted():
    remember("postgresql://shop_owner@db.example.com/shop_database?application_name=shop_website")
    text = "shop_owner of shop_database at db.example.com as shop_website"
    assert redact(text) == text


@pytest.mark.parametrize(
    "line",
    [
        "JWT_SIGNING_KEY = 'unknown-so-far'",
        'STRIPE_TOKEN: str = "unknown-so-far"',
        "MAIL = {'MAIL_PASSWORD': b'unknown-so-far'}",
        "os.environ['MAPS_API_KEY'] = 'unknown-so-far'",
        "client = Client(api_key='unknown-so-far', secret=r'unknown-so-far')",
        "--index-url https://unknown-so-far@pypi.example.com/simple",
        "GET https://api.example.com/v1?unit=km&api_key=unknown-so-far 401",
    ],
)
def test_unknown_secrets_in_code_are_hidden(line):
    text = redact(line)
    assert "unknown-so-far" not in text
    assert text.replace(HIDDEN, "unknown-so-far") == line
