"""Describe serializers of Django REST framework as inputs and outputs."""

from .form_inputs import model_field_input, model_label
from .input_kinds import (
    MOST_INPUTS,
    base_names,
    flat_choices,
    kind_by_bases,
    kind_by_name,
    limits,
    make_input,
    plain,
    rest_encoding,
)

KINDS = {
    "ImageField": "image", "FileField": "file", "EmailField": "email", "URLField": "url", "SlugField": "slug",
    "UUIDField": "uuid", "JSONField": "json", "DictField": "json", "IPAddressField": "address",
    "BooleanField": "boolean", "NullBooleanField": "boolean", "FloatField": "float", "DecimalField": "decimal",
    "IntegerField": "integer", "DateTimeField": "datetime", "DateField": "date", "TimeField": "time",
    "DurationField": "duration", "ChoiceField": "choice", "RelatedField": "reference", "CharField": "text",
    "Base64FieldMixin": "file",
}  # fmt: skip
"""Fields of serializers, and the kinds of their inputs. Subclasses have the kind of their nearest base."""
DEEPEST = 4


def describe_serializer(cls, method, parsers, many=False, view=None, partial=False):
    """What a serializer's class takes, as a form."""
    serializer = serializer_of(cls, view)
    child = getattr(serializer, "child", serializer)
    inputs = serializer_inputs(child)
    if partial:
        inputs = [{**each, "required": False} for each in inputs]
    if many or child is not serializer:
        inputs = [make_input("", kind="object", many=True, inputs=inputs)]
    return {
        "method": method,
        "encoding": rest_encoding(inputs, parsers),
        "inputs": inputs,
        "source": "serializer %s.%s" % (cls.__module__, cls.__qualname__),
        "model": model_label(cls),
        "outputs": outputs_of(child),
    }


def serializer_of(cls, view=None):
    context = {"view": view, "request": getattr(view, "request", None), "format": None} if view is not None else {}
    try:
        return cls(context=context)
    except TypeError:
        return cls()


def serializer_inputs(serializer, depth=0):
    """The inputs of a serializer. Its fields may raise, since the project's code makes them."""
    found = []
    for name, field in list(serializer.fields.items())[:MOST_INPUTS]:
        if "HiddenField" in base_names(type(field)) or field.read_only:
            continue
        found.append(serializer_input(name, field, depth))
    return found


def serializer_input(name, field, depth=0):
    bases = base_names(type(field))
    values = limits(field)
    stronger = values.pop("kind", "")
    values["required"] = bool(field.required)
    values["label"] = str(field.label or "")[:100] if name else ""
    child = getattr(field, "child", None) or getattr(field, "child_relation", None)
    if child is not None and "DictField" not in bases:
        values.pop("shortest", None)
        values.pop("longest", None)
        inner = serializer_input("", child, depth)
        inner.pop("required", None)
        inner.pop("label", None)
        return {**inner, **make_input(name, **values), "many": True}
    if "BaseSerializer" in bases:
        if depth >= DEEPEST or not hasattr(field, "fields"):
            return make_input(name, kind="json", **values)
        return make_input(name, kind="object", inputs=serializer_inputs(field, depth + 1), **values)
    kind = kind_by_bases(type(field), KINDS) or "text"
    kind = stronger if stronger and kind == "text" else kind
    if kind == "text":
        kind = "password" if field.style.get("input_type") == "password" else kind_by_name(name or field.field_name)
    if any("Base64" in each for each in bases) and ("ImageField" in bases or "FileField" in bases):
        kind, values["type"] = "image" if "ImageField" in bases else "file", "base64"
    if "ModelField" in bases:
        kind = kind_of_model_field(field)
    if kind == "choice":
        values["choices"] = safe_choices(field)
        values["many"] = "MultipleChoiceField" in bases
    elif kind == "reference":
        values.update(reference(field, bases))
    values["initial"] = plain(getattr(field, "initial", "")) if kind not in {"file", "image"} else ""
    return make_input(name, kind=kind, **values)


def kind_of_model_field(field):
    row = model_field_input(field.model_field) or {}
    return row.get("kind", "text")


def safe_choices(field):
    try:
        return flat_choices(field.choices)
    except Exception:
        return []


def reference(field, bases):
    """The model and the lookup of a field that names a row."""
    model = getattr(getattr(field, "queryset", None), "model", None)
    lookup = getattr(field, "slug_field", None) or "pk"
    if "HyperlinkedRelatedField" in bases:
        lookup = "url"
    return {"model": model._meta.label if model else "", "lookup": str(lookup)}


def outputs_of(serializer):
    """The names of the fields in an answer."""
    fields = getattr(serializer, "fields", None) or {}
    return [name for name, field in list(fields.items())[:MOST_INPUTS] if not field.write_only]
