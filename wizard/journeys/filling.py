"""Fill a form as a visitor would: each field by its kind, its choices, its limits and its name."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from wizard.project.inputs import Form


@dataclass(frozen=True)
class Person:
    """Who a visitor is.

    Arguments:
        name: the user name, letters and digits only.
        full_name: first and last name, with letters outside ASCII.
        random: eight hexadecimal digits that all of the visitor's names contain.
    """

    name: str
    email: str
    password: str
    full_name: str
    random: str

    @classmethod
    def made_up(cls) -> Person:
        """A person that the site does not know yet."""
        random = secrets.token_hex(4)
        name = f"visitor{random}"
        return cls(name, f"{name}@example.com", f"Tr0ub4dor-{secrets.token_hex(6)}", f"Zoë Ångström {random}", random)


@dataclass(frozen=True)
class Upload:
    """A file that is sent."""

    name: str
    content: bytes
    type: str


@dataclass
class Filled:
    """A form with values.

    Arguments:
        values: by field name; texts, numbers, booleans, lists, mappings and `Upload`s, as JSON would have them.
        problem: why it can't be filled, for example a captcha. Empty if it can.
    """

    form: Form
    values: dict[str, Any] = field(default_factory=dict)
    problem: str = ""


class Filler:
    """Fills forms for one person.

    Arguments:
        rows: the values by which rows of a model can be referred to, by the model's label. They can be added later.
        file_size: the size of uploaded files in bytes; 0 for small ones.
    """

    def __init__(self, person: Person, rows: Mapping[str, Sequence[str]] | None = None, *, file_size: int = 0) -> None:
        self.person, self.file_size = person, file_size
        self.rows: dict[str, list[str]] = {label: list(values) for label, values in (rows or {}).items()}

    def fill(self, form: Form, shown: Form | None = None, given: Mapping[str, Any] | None = None) -> Filled:
        """Fill *form*; *shown* is the page's form for the same address, *given* are values that must be used."""
        raise NotImplementedError
