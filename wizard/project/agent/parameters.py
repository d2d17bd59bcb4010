"""The parameters of a route, and the fields of models that they are compared to."""

import re


def names_in_route(route):
    """The parameters of a route as Django joins it, each with its converter's name."""
    found = {}
    for match in re.finditer(r"\(\?P<(\w+)>|<(?:(\w+):)?(\w+)>", route):
        found[match.group(1) or match.group(3)] = "regex" if match.group(1) else match.group(2) or "str"
    return found


def parameter_fields(route, given, label):
    """Each parameter of *route* with the field that it selects by.

    It is a field of the view's model, or `app.Model.field` for one of another model. Empty if that is not known.

    Arguments:
        given: what the view's class or code tells.
        label: the label of the view's model, or an empty string.
    """
    from django.apps import apps

    model = model_by_label(label)
    found = {}
    for name, converter in names_in_route(route).items():
        field = given.get(name, "")
        if label and field.startswith(label + "."):
            field = field[len(label) + 1 :]
        found[name] = normal(field, label) or by_name(name, converter, model, apps)
    return found


def normal(field, label):
    """The primary key is `pk`, whatever its name, and that of a relation is the other model's."""
    if field == "id" or field.endswith(".id"):
        return field[:-2] + "pk"
    owner, _, name = field.rpartition(".")
    model = model_by_label(owner or label)
    for each in model._meta.get_fields() if model is not None and name else ():
        forward = (each.many_to_one or each.one_to_one) and each.concrete
        if forward and name in {each.name, each.attname}:
            return "%s.pk" % each.related_model._meta.label
    return field


def model_by_label(label):
    from django.apps import apps

    try:
        return apps.get_model(label) if label else None
    except (LookupError, ValueError):
        return None


def by_name(name, converter, model, apps):
    """The field by the parameter's name: `pk`, `slug`, `book_id` or `username`."""
    fields = {field.name for field in model._meta.get_fields()} if model is not None else set()
    if name in {"pk", "id", "object_id", "_id"}:
        return "pk" if model is not None else ""
    if name in fields:
        field = model._meta.get_field(name)
        if getattr(field, "related_model", None) is None:
            return "pk" if field.primary_key else name
        return "%s.%s" % (field.related_model._meta.label, field_for(converter, field.related_model))
    match = re.match(r"(\w+?)_?(id|pk|slug|uuid|code|number)$", name)
    if match:
        stem, suffix = match.group(1).replace("_", "").lower(), match.group(2)
        return stem_field(stem, "pk" if suffix in {"id", "pk"} else suffix, model, apps)
    if converter == "uuid" and model is not None:
        return "pk" if "UUID" in type(model._meta.pk).__name__ else ""
    if converter in {"int", "str"}:
        return stem_field(name.replace("_", "").lower(), "pk" if converter == "int" else "slug", model, apps)
    return ""


def field_for(converter, model):
    """The field of *model* that a parameter with this converter selects by: its slug for `slug`, or else its key."""
    if converter == "slug":
        slugs = [field.name for field in model._meta.concrete_fields if field.get_internal_type() == "SlugField"]
        return "slug" if has_field(model, "slug") else slugs[0] if slugs else "pk"
    return "pk"


def model_by_stem(stem, near):
    """The model with the lower-case name *stem*: one of the app of the model *near*, else of any. None without one."""
    from django.apps import apps

    stem = stem.replace("_", "").lower()
    others = [each for each in apps.get_models() if each._meta.model_name == stem]
    others.sort(key=lambda each: near is None or each._meta.app_label != near._meta.app_label)
    return others[0] if others else None


def stem_field(stem, field, model, apps):
    """The field of the model that *stem* names: of the view's own, or of another one."""
    if model is not None and model._meta.model_name in {stem, "the" + stem}:
        return field if has_field(model, field) else ""
    other = model_by_stem(stem, model)
    if other is not None and has_field(other, field):
        return "%s.%s" % (other._meta.label, field)
    return ""


def has_field(model, name):
    return name == "pk" or any(field.name == name for field in model._meta.get_fields())
