"""Text made harmless: it steers no terminal, hides nothing, and shows no secret."""

from __future__ import annotations

import unicodedata

import pytest

from screens.formatting import safe
from tests.reporting.hostile_texts import hostile
from wizard.base.errors import GoliveError
from wizard.base.secrets import redact, remember
from wizard.base.terminal import harmless
from wizard.reporting.item_text import one_line


@hostile
def test_harmless_text_has_no_control_or_direction_characters_and_can_be_encoded(text):
    found = harmless(text)
    found.encode("utf-8")
    assert harmless(found) == found
    for sign in found:
        assert sign in "\n\t" or unicodedata.category(sign) not in {"Cc", "Cs", "Zl", "Zp"}
        assert unicodedata.bidirectional(sign) not in {"LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI"}
    assert str(GoliveError(text, text, text)) == harmless(str(GoliveError(text, text, text)))


@pytest.mark.parametrize("text", ["plain äöü €", "می‌خواهم", "👩‍💻 👍🏽 ✔", "soft\u00adhyphen", "a\tb\nc"])
def test_ordinary_text_is_not_changed(text):
    assert harmless(text) == text


def test_an_unterminated_sequence_does_not_hide_the_text_after_it():
    assert harmless("a\x1b]0;failed\nsecond\x1bPx\nthird\x07") == "a0;failed\nsecondx\nthird"
    assert harmless("a\x1b]0;title\x07b\x1b[31mc\x1bPx\x1b\\d") == "abcd"


@pytest.mark.parametrize("between", ["\x1b[31m", "\u200b", "\x08", "\u202e", "\x9b", "\U000e0041"])
def test_invisible_characters_do_not_prevent_redaction(between):
    remember("a-canary-of-this-test")
    for split in (3, 10):
        text = "told: a-canary-of-this-test"[:split] + between + "told: a-canary-of-this-test"[split:]
        for shown in (redact(harmless(text)), harmless(redact(text)), safe(text), one_line(text)):
            assert "a-canary-of-this-test" not in shown
