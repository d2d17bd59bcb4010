"""The surface of a project, read from what the agent answered."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wizard.project.agent_answer import AgentError, Answer
from wizard.project.inputs import Model, Surface, View
from wizard.project.urls import Url

if TYPE_CHECKING:
    from wizard.project.project import Project


LIMIT = 60.0
"""Seconds after which the description of the views is given up. The agent itself stops earlier."""


def surface(project: Project) -> Surface:
    """What visitors can send to *project*'s site. The project is loaded if it is not yet.

    A copy of the process that has loaded it describes the views, so the project is not loaded again. The result is kept
    with the other results of loading the project.

    Raises:
        SettingsError: the settings, or something they load, raise.
    """
    answer = project.snapshot.answer
    if "surface" not in answer:
        found = project.ask("surface", limit=LIMIT)
        if error := AgentError.of(found):
            found = {"problems": [f"The views could not be described: {error.brief(200)}"]}
        answer["surface"] = found
    return surface_of(answer)


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
