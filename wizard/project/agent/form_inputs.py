"""Describe Django's forms, formsets and model fields as inputs."""

import inspect
import re

from .input_kinds import (
    MOST_INPUTS,
    add_validator,
    base_names,
    flat_choices,
    kind_by_bases,
    kind_by_name,
    limits,
    make_input,
    plain,
)
from .pretended import request_of, visitor

KINDS = {
    "ImageField": "image", "FileField": "file", "EmailField": "email", "URLField": "url", "SlugField": "slug",
    "UUIDField": "uuid", "JSONField": "json", "GenericIPAddressField": "address", "BooleanField": "boolean",
    "NullBooleanField": "boolean", "FloatField": "float", "DecimalField": "decimal", "IntegerField": "integer",
    "DateTimeField": "datetime", "DateField": "date", "TimeField": "time", "DurationField": "duration",
    "ModelMultipleChoiceField": "reference", "ModelChoiceField": "reference", "MultipleChoiceField": "choice",
    "ChoiceField": "choice", "CharField": "text",
}  # fmt: skip
"""Fields of forms, and the kinds of their inputs. Subclasses have the kind of their nearest base."""
SKIPPED_WIDGETS = {"DisplayWidget", "ReadOnlyPasswordHashWidget"}


def field_inputs(name, field, depth=0, model_field=None):
    """The inputs of one field of a form: several for a field whose widget has several, such as a date and a time."""
    widget = field.widget
    widgets = getattr(widget, "widgets", None)
    fields = getattr(field, "fields", None)
    if (
        kind_by_bases(type(field), {}) != "captcha"
        and widgets
        and isinstance(fields, (list, tuple))
        and len(fields) == len(widgets)
        and depth < 2
    ):
        suffixes = getattr(widget, "widgets_names", None) or ["_%d" % index for index in range(len(widgets))]
        return [
            each
            for suffix, part in zip(suffixes, fields)
            for each in field_inputs(name + suffix, parted(part, field), depth + 1)
        ]
    if getattr(field, "disabled", False) or SKIPPED_WIDGETS & set(base_names(type(widget))):
        return []
    return [field_input(name, field, model_field)]


def parted(part, whole):
    """The field *part* of a compound field, which requires all of them or those that say so."""
    if getattr(whole, "require_all_fields", True):
        part.required = whole.required
    return part


def field_input(name, field, model_field=None):
    """The input of one field with one widget. The validators of a form's *model_field* count too."""
    widget, bases = field.widget, base_names(type(field))
    kind = kind_by_bases(type(field), KINDS) or "text"
    values = limits(field)
    for validator in getattr(model_field, "validators", None) or ():
        add_validator(values, validator)
    stronger = values.pop("kind", "")
    kind = stronger if stronger and kind == "text" else kind
    widget_names = base_names(type(widget))
    if any("captcha" in each.lower() or "turnstile" in each.lower() for each in widget_names):
        kind = "captcha"
    elif kind == "text":
        kind = kind_by_widget(widget, widget_names) or (kind_by_name(name) if name else kind)
    elif getattr(widget, "is_hidden", False) and kind == "boolean":
        kind = "hidden"
    values["many"] = "ModelMultipleChoiceField" in bases or "MultipleChoiceField" in bases
    values["many"] = values["many"] or bool(kind in {"file", "image"} and getattr(widget, "allow_multiple_selected", 0))
    if kind == "reference":
        values.update(reference(field))
    elif kind == "choice":
        values["choices"] = safe_choices(field)
        values = {key: value for key, value in values.items() if key in {"choices", "many"}}
    if kind in {"file", "image"}:
        values.pop("longest", None)  # of its name
    if kind in {"file", "image"} and not values.get("extensions"):
        accept = str(widget.attrs.get("accept", ""))
        values["extensions"] = [each.strip()[1:] for each in accept.split(",") if each.strip().startswith(".")]
    return make_input(
        name,
        **{
            **values,
            "kind": kind,
            "required": bool(field.required),
            "initial": plain(field.initial),
            "label": str(field.label or "")[:100],
        },
    )


def kind_by_widget(widget, names):
    """What the widget says about a text."""
    if "PasswordInput" in names:
        return "password"
    given = getattr(widget, "input_type", "")
    if given == "hidden":
        return "hidden"
    return {"email": "email", "url": "url", "tel": "phone", "date": "date", "datetime-local": "datetime",
            "time": "time", "number": "integer", "password": "password"}.get(given, "")  # fmt: skip


def reference(field):
    queryset = getattr(field, "queryset", None)
    model = getattr(queryset, "model", None)
    lookup = getattr(field, "to_field_name", None) or "pk"
    key = model._meta.pk.name if model else "pk"
    return {"model": model._meta.label if model else "", "lookup": "pk" if lookup == key else lookup}


def safe_choices(field):
    """The choices of *field*. Empty if they can't be listed, for example because they are rows of the database."""
    try:
        return flat_choices(field.choices)
    except Exception:
        return []


def form_of(cls, **arguments):
    """A form of *cls*, or the class itself where it needs arguments that only its view has."""
    for given in (arguments, {}, needed(cls)):
        try:
            return cls(**given)
        except Exception:
            continue
    return cls


def needed(cls):
    """Arguments for what a form's class demands: a user, a request, else None."""
    try:
        parameters = inspect.signature(cls).parameters.values()
    except (TypeError, ValueError):
        return {}
    known = {"user": visitor("user"), "request": request_of(visitor("user"))}
    demanded = [each for each in parameters if each.default is each.empty and each.kind is each.POSITIONAL_OR_KEYWORD]
    return {each.name: known.get(each.name) for each in demanded}


def inputs_of(form):
    """The inputs of a form, or of a form's class."""
    fields = getattr(form, "fields", None)
    if fields is None:
        fields = getattr(form, "base_fields", None) or {}
    prefix = getattr(form, "prefix", None)
    model = getattr(getattr(form, "_meta", None), "model", None)
    known = {field.name: field for field in model._meta.get_fields()} if model is not None else {}
    found = []
    for name, field in list(fields.items())[:MOST_INPUTS]:
        full = "%s-%s" % (prefix, name) if isinstance(prefix, str) and prefix else name
        try:
            found += field_inputs(full, field, 0, known.get(name))
        except Exception:
            found.append(make_input(full))  # a field of the project's own whose attributes raise
    return found


def describe_form(cls, method="post", **arguments):
    """The forms of a form's or formset's class, as JSON."""
    if is_formset(cls):
        return describe_formset(cls, method)
    return described(form_of(cls, **arguments), cls, method)


def described(form, cls, method="post"):
    """A form of *cls*, as JSON."""
    inputs = inputs_of(form)
    return {
        "method": method,
        "encoding": encoding_of(inputs),
        "inputs": inputs,
        "source": source_of(cls),
        "model": model_label(cls),
    }


def source_of(cls):
    """Where a form's class is. One that Django makes for a view has no place."""
    if cls.__module__.startswith("django.forms"):
        return "form of %s" % (model_label(cls) or cls.__qualname__)
    return "form %s.%s" % (cls.__module__, cls.__qualname__)


def describe_formset(cls, method="post", prefix=""):
    """The inputs of one row of a formset."""
    key = getattr(getattr(cls, "fk", None), "name", None)
    inputs = [each for each in inputs_of(form_of(cls.form)) if each["name"] != key]
    return {
        "method": method,
        "encoding": encoding_of(inputs),
        "inputs": inputs,
        "source": "formset of " + source_of(cls.form)[5:].replace("of ", "", 1),
        "model": getattr(getattr(getattr(cls, "model", None), "_meta", None), "label", ""),
        "formset": prefix or safe_prefix(cls),
    }


def safe_prefix(cls):
    try:
        return str(cls.get_default_prefix())
    except Exception:
        return "form"


def encoding_of(inputs):
    return "multipart" if any(each.get("kind") in {"file", "image"} for each in inputs) else "form"


def is_form(cls):
    """Whether *cls* is a class of Django's forms or formsets."""
    return isinstance(cls, type) and bool({"BaseForm", "BaseFormSet"} & set(base_names(cls)))


def is_formset(cls):
    return isinstance(cls, type) and "BaseFormSet" in base_names(cls)


def is_serializer(cls):
    return isinstance(cls, type) and "BaseSerializer" in base_names(cls)


def model_label(cls):
    """The label of the model that a ModelForm's or ModelSerializer's class is about. Empty without one."""
    options = getattr(cls, "_meta", None) or getattr(cls, "Meta", None)
    model = getattr(options, "model", None) or getattr(getattr(cls, "Meta", None), "model", None)
    return getattr(getattr(model, "_meta", None), "label", "")


MODEL_KINDS = {
    "FileField": "file", "JSONField": "json", "BinaryField": "file", "ArrayField": "text", "DurationField": "duration",
}  # fmt: skip


def model_field_input(field, name=""):
    """The input for a model's field, as a form would have it. None for a field that no form has."""
    if not getattr(field, "editable", False) or getattr(field, "auto_created", False) or field.primary_key:
        primary = getattr(field, "primary_key", False) and not field.has_default() and not is_automatic(field)
        if not primary:
            return None
    try:
        form_field = field.formfield()
    except Exception:
        form_field = None
    if form_field is None:
        kind = kind_by_bases(type(field), MODEL_KINDS) or "text"
        return make_input(name or field.name, kind=kind, required=not (field.blank or field.has_default()))
    found = field_input(name or field.name, form_field, field)
    if field.has_default() and found.get("required", True):
        found["required"] = False
    return found


MODEL_LIMITS = ("minimum", "maximum", "shortest", "longest", "pattern", "places", "choices", "extensions")


def add_model_limits(inputs, label):
    """Add the limits of a model's fields to inputs of the same names, which have none of their own."""
    from django.apps import apps

    try:
        fields = {field.name: field for field in apps.get_model(label)._meta.get_fields()} if label else {}
    except (LookupError, ValueError):
        return
    for each in inputs:
        if each.get("kind") == "object":
            add_model_limits(each.get("inputs", ()), label)
        field = fields.get(re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", each["name"]).lower())
        known = model_field_input(field) if hasattr(field, "formfield") else None
        for key in MODEL_LIMITS if known and each.get("kind") != "reference" else ():
            if key in known:
                each.setdefault(key, known[key])
        if known and each.get("kind", "text") in {"text", "float"}:
            each["kind"] = known.get("kind", each.get("kind", "text"))
            each.update({key: known[key] for key in ("model",) if key in known})


def is_automatic(field):
    return any("Auto" in name for name in base_names(type(field)))
