"""List the project's URL configuration, one row for each route."""

from .views import view_row


def url_rows(cwd):
    """Every route below ROOT_URLCONF with its name and a description of its view."""
    from django.urls import get_resolver
    from django.urls.resolvers import URLPattern

    rows = []

    def walk(patterns, prefix, namespaces):
        for pattern in patterns:
            if isinstance(pattern, URLPattern):
                row = view_row(pattern.callback, cwd)
                row["route"] = prefix + str(pattern.pattern)
                row["name"] = ":".join(namespaces + [pattern.name]) if pattern.name else None
                rows.append(row)
            else:
                namespace = [pattern.namespace] if pattern.namespace else []
                walk(pattern.url_patterns, prefix + str(pattern.pattern), namespaces + namespace)

    walk(get_resolver().url_patterns, "", [])
    return rows
