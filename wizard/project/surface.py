"""The surface of a project, read from what the agent answered."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wizard.project.agent_answer import Answer
from wizard.project.inputs import Model, Surface, View
from wizard.project.urls import Url

if TYPE_CHECKING:
    from wizard.project.project import Project


def surface(project: Project) -> Surface:
    """What visitors can send to *project*'s site. The project is loaded if it is not yet.

    Raises:
        SettingsError: the settings, or something they load, raise.
    """
    return surface_of(project.snapshot.answer)


def surface_of(answer: Answer) -> Surface:
    """The surface in the agent's *answer* to `inspect`."""
    found, urls = answer.get("surface") or {}, [Url.of(row) for row in answer.get("urls", ())]
    views = []
    for row in found.get("views", ()):
        values = dict(row)
        views.append(View.of(values, urls[values.pop("url")]))
    return Surface(
        views=tuple(views),
        models=tuple(Model.of(row) for row in found.get("models", ())),
        problems=tuple(found.get("problems", ())),
        user_model=found.get("user_model", ""),
        username=found.get("username", "username"),
        admin=found.get("admin", ""),
    )
