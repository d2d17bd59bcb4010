"""The keys that a mail names in its text, for an API without a page of its own."""

from __future__ import annotations

from email.message import EmailMessage

import pytest

from wizard.journeys.mail_contents import named_parts


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Send these:\nuid=MQ\ntoken=c9k2-0a1b2c3d\n\nThey expire.", {"uid": "MQ", "token": "c9k2-0a1b2c3d"}),
        ("Token: 8f2d91c0aa\n", {"token": "8f2d91c0aa"}),
        ("Your token: valid for an hour", {}),
        ("uid=MQ", {}),
        ("Open https://shop.example/reset?uid=MQ&token=c9k2-0a1b2c3d", {}),
    ],
    ids=["both", "a token alone", "prose", "no token", "a link has its own parts"],
)
def test_keys_are_read_from_the_text(text, found):
    mail = EmailMessage()
    mail.set_content(text)
    assert named_parts(mail) == found
