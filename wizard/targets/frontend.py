"""The frontend of the site: the question for its address, and the variables that hold it."""

from __future__ import annotations

from wizard.checklist.answers import Question
from wizard.project import site_addresses
from wizard.project.project import Project

ORIGINS = r"CORS\w*ORIGINS$"
"""Names of variables with origins of frontends."""


def address_variables(project: Project) -> list[str]:
    """The variables with the frontend's address, unless it follows from the settings."""
    if site_addresses.known_frontends(project):
        return []
    return [each.name for each in site_addresses.variables(project) if each.frontend]


def question(given: str) -> Question:
    """The question for the frontend's address. *given* is the one in .env.production, if any."""
    why = "Browsers let only pages from this address use the site's API, and links to the frontend lead there."
    default = given if given.startswith("https://") else ""
    text = "At which address does the frontend run?"
    return Question("frontend", text, default, why, pattern=r"(https://[^\s/,]+/?)?")
