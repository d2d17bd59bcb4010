"""The page of a visitor's own row, whose address names no row, says nothing about a row that was made."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from wizard.journeys import reading
from wizard.journeys.context import Contradiction, Unfinished
from wizard.journeys.evidence import Row


@pytest.mark.parametrize(("parameters", "raised"), [((), Unfinished), (("pk",), Contradiction)], ids=str)
def test_another_row_is_wrong_only_where_the_address_names_one(monkeypatch, parameters, raised):
    answer = SimpleNamespace(status=200, json={"id": 10}, response=SimpleNamespace(content=b'{"id": 10}'))
    monkeypatch.setattr(reading, "address", lambda *given: "/profile/")
    monkeypatch.setattr(reading, "answers_of", lambda *given: iter([answer]))
    monkeypatch.setattr(reading, "require", lambda *given: None)
    monkeypatch.setattr(reading, "text_of", lambda given: "")
    operation = SimpleNamespace(parameters=parameters, where="views.py:1")
    resource = SimpleNamespace(operations={"detail": operation}, name="user", one="a user", label="accounts.User")
    context = SimpleNamespace(run=lambda *given: given[5](None))
    with pytest.raises(raised):
        reading.check_detail(context, resource, Row("accounts.User", 14), [], "first", made_by_site=True)
