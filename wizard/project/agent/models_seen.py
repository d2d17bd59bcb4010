"""Describe the models of the project's own apps, the user model and the admin."""

import os

from .form_inputs import model_field_input
from .installed_apps import is_site_app
from .pretended import request_of, user_model, visitor
from .protocol import is_own_file, project_folder

OWNERS = (
    "user", "owner", "author", "customer", "created_by", "creator", "seller", "buyer", "member", "account", "student",
    "organizer", "host", "poster", "posted_by", "added_by", "uploaded_by", "submitted_by", "sender", "writer",
)  # fmt: skip
"""Names of fields that tell to whom a row belongs, the surest first."""
NOT_OWNERS = ("approved", "modified", "updated", "last_", "reviewed", "assigned", "recipient", "receiver", "to_user")


def model_rows(cwd, problems):
    """The models of the project's own apps, and of installed apps whose pages the site shows."""
    from django.apps import apps

    folder, rows = os.path.realpath(project_folder(cwd)), []
    for config in apps.get_app_configs():
        if not is_own_file(os.path.realpath(str(config.path)) + os.sep, folder) and not is_site_app(config):
            continue
        for model in config.get_models():
            if model._meta.proxy or model._meta.swapped:
                continue
            try:
                rows.append(model_row(model))
            except Exception as error:
                problems.append("model %s: %s: %s" % (model._meta.label, type(error).__name__, error))
    return rows


def model_row(model):
    options = model._meta
    fields = [field for field in options.get_fields() if getattr(field, "concrete", False)]
    inputs = [each for each in map(model_field_input, fields) if each is not None]
    together = [name for group in options.unique_together if len(group) == 1 for name in group]
    return {
        "label": options.label,
        "title": str(options.verbose_name),
        "plural": str(options.verbose_name_plural),
        "inputs": inputs,
        "owner": owner_of(model),
        "unique": [field.name for field in fields if getattr(field, "unique", False) and not field.primary_key]
        + together,
        "in_admin": addable_in_admin(model),
        "table": options.db_table,
        "key": options.pk.name if options.pk is not None else "",
    }


def owner_of(model):
    """The field that refers to the user to whom a row belongs, with `__user` behind it for a profile's. Else empty."""
    user = user_model()
    if user is None or model is user:
        return ""
    direct, through = {}, {}
    for field in model._meta.get_fields():
        target = getattr(field, "related_model", None)
        if not getattr(field, "concrete", False) or not (field.many_to_one or field.one_to_one):
            continue
        if target is user:
            direct[field.name] = field.name
        elif isinstance(target, type):
            profile = [
                each.name for each in target._meta.get_fields()
                if getattr(each, "concrete", False) and each.one_to_one and each.related_model is user
            ]  # fmt: skip
            if profile:
                through[field.name] = "%s__%s" % (field.name, profile[0])
    for name in OWNERS:
        if name in direct:
            return direct[name]
    likely = [name for name in direct if not name.startswith(NOT_OWNERS)]
    if likely:
        return direct[likely[0]]
    for name in OWNERS + tuple(through):
        if name in through:
            return through[name]
    return ""


def admin_sites():
    """All sites of the admin that the project has made, as far as they can be found."""
    from django.apps import apps

    if not apps.is_installed("django.contrib.admin"):
        return []
    from django.contrib.admin.sites import all_sites

    return list(all_sites)


def addable_in_admin(model):
    for site in admin_sites():
        admin = site._registry.get(model)
        if admin is None:
            continue
        request = request_of(visitor("superuser"))
        try:
            if admin.has_add_permission(request):
                return True
        except Exception:
            continue
    return False
