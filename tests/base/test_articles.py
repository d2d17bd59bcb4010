"""The article of a noun."""

import pytest

from wizard.base.wording import with_article


@pytest.mark.parametrize("text", [
    "a book", "an order", "an animal", "a user", "an upload", "a unit", "a use", "a European", "an invoice",
])  # fmt: skip
def test_a_noun_has_the_article_that_is_spoken(text):
    assert with_article(text.partition(" ")[2]) == text
