"""Settings with the address of the site or of its frontend: read from variables, and described where they are local."""

from __future__ import annotations

from steps.shared import settings_block
from steps.shared.setting_reads import list_variables, new_variable, production_reader
from steps.shared.trusted_hosts import listed
from wizard.plan.draft import Draft
from wizard.project.project import Project
from wizard.project.site_addresses import Address, local_settings


def read_from_environment(project: Project, draft: Draft) -> None:
    """Read addresses of this machine that are written in the settings from variables in production."""
    library = production_reader(project)
    local = local_settings(project, project.inspect_settings()["settings"])
    written = [each for each in local if not list_variables(project, each.name)]
    if not written:
        return
    lines = [f"{each.name} = {library.text(new_variable(project, each.name), each.default)}" for each in written]
    title = "The addresses of the site and of its frontend."
    settings_block.append(project, draft, title, lines, "read addresses from variables", only_production=True)
    if library.needs_import:
        settings_block.ensure_import(project, draft, library.needs_import)


def describe_local(project: Project, local: list[Address]) -> str:
    """Describe settings that lead to this machine, and what to do."""
    found = "; ".join(f"{each.name} is {each.default}{project.set_by(each.name)}" for each in local)
    names = ", ".join(dict.fromkeys(name for each in local for name in list_variables(project, each.name)))
    how = "Give the answer `frontend`, or set" if local[0].frontend else "Set"
    where = f"{how} {names} in .env.production" if names else "Write the public address into the settings"
    return f"{found}. Links with it lead to nobody. {where}."


def remarks(project: Project) -> list[str]:
    """What is left for the addresses of the sites framework, which are in the database."""
    if "django.contrib.sites" not in listed(project, "INSTALLED_APPS"):
        return []
    number = project.value("SITE_ID") or 1
    return [
        f"django.contrib.sites: links in mails use the domain of the site with id {number} in the database. It is "
        "example.com until you change it in the admin, under Sites."
    ]
