"""List the project's URL configuration, one row for each route."""

from .views import view_row


def url_patterns():
    """Every pattern below ROOT_URLCONF that has a view, with its whole route and its namespaces."""
    from django.urls import get_resolver
    from django.urls.resolvers import URLPattern

    def walk(patterns, prefix, namespaces):
        for pattern in patterns:
            if isinstance(pattern, URLPattern):
                yield pattern, prefix + str(pattern.pattern), namespaces
            else:
                namespace = [pattern.namespace] if pattern.namespace else []
                yield from walk(pattern.url_patterns, prefix + str(pattern.pattern), namespaces + namespace)

    return walk(get_resolver().url_patterns, "", [])


def url_rows(cwd):
    """Every route below ROOT_URLCONF with its name and a description of its view."""
    rows = []
    for pattern, route, namespaces in url_patterns():
        row = view_row(pattern.callback, cwd)
        row["route"] = route
        row["name"] = ":".join(namespaces + [pattern.name]) if pattern.name else None
        rows.append(row)
    return rows
