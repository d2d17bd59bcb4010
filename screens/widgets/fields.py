"""Form fields."""

from __future__ import annotations

from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.widgets import Input


class SecretInput(Input):
    """A field whose text is hidden; one key shows and hides it."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(
            "ctrl+r", "reveal", "Show/hide", tooltip="Show or hide what you typed", priority=True, id="secret.reveal"
        ),
    ]

    def __init__(self, placeholder: str = "", *, id: str | None = None) -> None:  # noqa: A002 - Textual's name
        super().__init__(placeholder=placeholder, password=True, compact=True, id=id)

    def action_reveal(self) -> None:
        self.password = not self.password
