"""Fields of forms: a secret that can be looked at before it is given."""

from __future__ import annotations

from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.widgets import Input


class SecretInput(Input):
    """Hidden while it is typed or pasted; one key shows it for as long as it is pressed again."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+r", "reveal", "Show/hide", tooltip="Look at the secret that was typed", priority=True),
    ]

    def __init__(self, placeholder: str = "", *, id: str | None = None) -> None:  # noqa: A002 - Textual's word
        super().__init__(placeholder=placeholder, password=True, compact=True, id=id)

    def action_reveal(self) -> None:
        self.password = not self.password
