"""Rows in the rehearsal's database: made for what a journey refers to, and read as evidence of what it did.

A child of the project's interpreter answers all questions, so that the project is loaded only once. Never used at a
real target: there, journeys change nothing behind the site's back.
"""

from __future__ import annotations

import json
import socket
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import IO, Any

from wizard.base import process
from wizard.base.errors import StepError
from wizard.project.agent_answer import AgentError, Answer
from wizard.project.project import Project

Key = str | int
"""A primary key."""
SECONDS = 20.0
"""How long one question may take."""
LARGEST = 4 << 20
"""Bytes of an answer."""


class RowsError(StepError):
    """The database, or the project's own code, did not do what was asked."""


@dataclass(frozen=True)
class User:
    """An account in the database. *password_fits*: whether the password that was asked about is its."""

    key: Key
    active: bool
    password_fits: bool


@dataclass(frozen=True)
class StoredFile:
    """A file in the site's storage. Its size is -1 if it is not there."""

    size: int
    sha256: str
    begins: bytes
    ends: bytes


class Rows:
    """Questions about the rows of the database behind a running site. `close` ends the child that answers them."""

    def __init__(
        self, project: Project, environment: Mapping[str, str], deployed: Path | None = None, *, overrides: str = ""
    ) -> None:
        """*environment* and *overrides* are those of the service, *deployed* is the folder of its manage.py."""
        self.project, self._environment, self._deployed = project, environment, deployed
        self._overrides = overrides
        self._folder: TemporaryDirectory[str] | None = None
        self._socket: socket.socket | None = None
        self._lines: IO[bytes] | None = None
        self._number = -1
        self._broken = ""
        self.made: set[tuple[str, Key]] = set()
        """The model and the key of each row that was made here, and not by the site."""
        self.doubtful: dict[Key, str] = {}
        """What the validation of their model says against rows that were made here, by their keys."""

    # ---- evidence

    def count(self, model: str) -> int:
        return int(self._ask("count", model=model)["count"])

    def count_by_site(self, model: str) -> int:
        """Return the number of rows of *model* without those that were made here, as a journey may need some."""
        return self.count(model) - sum(label == model for label, _ in self.made)

    def counts(self, models: Sequence[str]) -> dict[str, int]:
        """Return the number of rows of each of *models* that has a table."""
        return dict(self._ask("counts", models=list(models))["counts"])

    def keys(self, model: str) -> list[Key]:
        """Return the primary keys of the newest rows, at most 5000."""
        return list(self._ask("keys", model=model)["keys"])

    def find(self, model: str, text: str) -> list[Key]:
        """Return the primary keys of rows with *text* in one of their texts, at most 20, the newest first."""
        return list(self._ask("find", model=model, text=text)["keys"])

    def values(self, model: str, key: Key) -> dict[str, Any] | None:
        """Return the values of one row by field, or None if there is no such row."""
        found: dict[str, Any] | None = self._ask("values", model=model, pk=key)["values"]
        return found

    def related(self, model: str, key: Key, path: str) -> Key | None:
        """Return the key at the end of *path* from one row, as a filter of the ORM names it."""
        found: Key | None = self._ask("related", model=model, pk=key, path=path)["key"]
        return found

    def is_visible(self, model: str, key: Key) -> bool:
        """Whether the model's default manager shows the row. It does not show one that is only marked as deleted."""
        return bool(self._ask("values", model=model, pk=key)["visible"])

    def file(self, model: str, key: Key, name: str) -> StoredFile:
        """Return what the site's storage has for the field *name* of one row.

        Raises:
            RowsError: the storage can't be read, as one that is elsewhere.
        """
        found = self._ask("file", model=model, pk=key, name=name)
        return StoredFile(
            int(found["size"]), str(found["sha256"]), bytes.fromhex(found["begins"]), bytes.fromhex(found["ends"])
        )

    # ---- changes

    def make(self, model: str, values: Mapping[str, Any] | None = None, user: Key | None = None) -> Key:
        """Make a row with *values*, and with made-up ones for its other fields. Returns its primary key.

        References to the user model that *values* lacks get the key *user*.
        """
        made = self._ask("make", model=model, values=dict(values or {}), user=user)
        key: Key = made["pk"]
        self.made.add((model, key))
        if made["problem"]:
            self.doubtful[key] = str(made["problem"])
        return key

    def change(self, model: str, key: Key, values: Mapping[str, Any]) -> None:
        self._ask("change", model=model, pk=key, values=dict(values))

    def remove(self, model: str, key: Key) -> None:
        self._ask("remove", model=model, pk=key)

    def account(self, username: str, password: str, email: str, *, staff: bool = False) -> tuple[Key, str]:
        """Create an account that can log in. Returns its primary key, and the name to log in with."""
        made = self._ask("account", username=username, password=password, email=email, staff=staff)
        return made["pk"], str(made["username"])

    def user(self, name: str, email: str, password: str = "") -> User | None:
        """Return the account with this name or e-mail address, or None."""
        found = self._ask("user", name=name, email=email, password=password)
        return None if found["pk"] is None else User(found["pk"], bool(found["active"]), bool(found["password_fits"]))

    def session(self, account: Key) -> dict[str, str]:
        """Log an account in, and return the cookies of its session."""
        return dict(self._ask("session", pk=account)["cookies"])

    # ---- the child

    def _ask(self, op: str, **question: Any) -> Answer:
        """The answer to one question.

        Raises:
            RowsError: the child can't be started, does not answer in time, or the project's code raised.
        """
        sent = json.dumps({"op": op, **question}, default=str).encode() + b"\n"
        self._open()
        assert self._socket is not None and self._lines is not None
        try:
            with process.waiting():
                try:
                    self._socket.sendall(sent)
                except BrokenPipeError:  # the child has ended with its interpreter, which starts anew on other packages
                    self.close()
                    self._open()
                    self._socket.sendall(sent)
                line = self._lines.readline(LARGEST)
            answer = json.loads(line) if line.endswith(b"\n") else None
        except (OSError, ValueError) as error:
            raise self._fail(f"it gave no answer within {SECONDS:.0f} s ({type(error).__name__})") from error
        if not isinstance(answer, dict):
            raise self._fail("it ended, or gave an invalid answer")
        if raised := AgentError.of(answer):
            raise RowsError(f"The database did not answer `{op}`", raised.brief(200))
        return answer

    def _open(self) -> None:
        if self._broken:
            raise RowsError("The rows of the database can't be read", self._broken)
        if self._socket is not None:
            return
        self._folder = TemporaryDirectory(prefix="golive-")  # the path of a socket is limited to about 100 bytes
        path = str(Path(self._folder.name) / "rows")
        deployed = str(self._deployed or "")
        answer = self.project.ask(
            "rows", overrides=self._overrides, environment=self._environment, socket=path, deployed=deployed
        )
        if raised := AgentError.of(answer):
            raise self._fail(raised.brief(200))
        self._number = int(answer["id"])
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._socket.settimeout(SECONDS)
        try:
            self._socket.connect(path)
        except OSError as error:
            raise self._fail(str(error.strerror)) from error
        self._lines = self._socket.makefile("rb")

    def _fail(self, why: str) -> RowsError:
        self.close()
        self._broken = why
        return RowsError("The rows of the database can't be read", why)

    def close(self) -> None:
        """End the child. A later question starts another one, unless this one failed."""
        for each in (self._lines, self._socket):
            if each is not None:
                each.close()
        if self._number >= 0:
            self.project.interpreter.stop(self._number)
        if self._folder is not None:
            self._folder.cleanup()
        self._lines = self._socket = self._folder = None
        self._number = -1
