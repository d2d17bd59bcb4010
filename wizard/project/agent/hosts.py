"""Host names in the database: some projects answer 404 for a host name that belongs to no tenant."""

import re

from .accounts import required_values
from .visits import status_of

NAMES = ("domain", "hostname", "host", "domain_name", "subdomain")
"""Names of the fields that hold a tenant's host name."""
PAGES = 4
"""How many pages to try."""


def add_host(host):
    """Add *host* to the models of host names, if the site has no page without it. Return the names of these models."""
    from django.core.exceptions import ValidationError
    from django.db import DatabaseError

    found = host_fields()
    if not found or answers(host):
        return []
    changed = []
    for model, name in found:
        value = host.split(".")[0] if name == "subdomain" else host
        try:
            if not model._default_manager.filter(**{name: value}).exists():
                create_row(model, {name: value})
            changed.append(model._meta.label)
        except (DatabaseError, ValidationError, TypeError, ValueError):
            continue
    return changed


def host_fields():
    """Models of the project with a field for host names, each with the name of the field."""
    from django.apps import apps
    from django.db import models

    found = []
    for model in apps.get_models():
        fields = {field.name: field for field in model._meta.concrete_fields}
        name = next((name for name in NAMES if isinstance(fields.get(name), models.CharField)), None)
        if name:
            found.append((model, name))
    return found


def answers(host):
    """Whether one of a few pages is no 404 at the host name *host*. Health checks answer at any."""
    from django.conf import settings
    from django.test import Client
    from django.urls import get_resolver

    settings.ALLOWED_HOSTS = [host]
    routes = [str(route) for route in walk(get_resolver().url_patterns, "")]
    pages = [route for route in routes if not re.search(r"[<(\\]|health|ping|logout|delete|static|media", route)]
    first = sorted(pages, key=lambda route: "login" not in route)[:PAGES]
    client = Client(raise_request_exception=False)
    return any(status_of(client.get, "/" + route.strip("^$"), HTTP_HOST=host) != 404 for route in first)


def walk(patterns, prefix):
    for pattern in patterns:
        route = prefix + str(pattern.pattern)
        if hasattr(pattern, "url_patterns"):
            yield from walk(pattern.url_patterns, route)
        else:
            yield route


def create_row(model, values, depth=3):
    """Create a row of *model* with these *values*, and the rows that it needs."""
    from django.db import models

    given = {**required_values(model, "golive"), **values}
    for field in model._meta.concrete_fields:
        if isinstance(field, models.SlugField) and not field.blank:
            given.setdefault(field.name, "golive")
        needs_row = field.is_relation and not field.null and not field.has_default() and field.name not in given
        if needs_row and depth:
            given.pop(field.attname, None)
            related = field.related_model
            given[field.name] = related._default_manager.first() or create_row(related, {}, depth - 1)
    row = model(**given)
    row.save()
    return row
