"""Describe JSON schemas and OpenAPI documents as inputs, and complete with them what the code does not tell."""

import importlib
import json
import os
import re
import sys

from .input_kinds import MOST_INPUTS, kind_by_name, make_input, number, plain
from .parameters import model_by_label, model_by_stem
from .protocol import project_folder

FORMATS = {
    "email": "email", "uri": "url", "url": "url", "uuid": "uuid", "uuid4": "uuid", "date": "date",
    "date-time": "datetime", "time": "time", "duration": "duration", "binary": "file", "ipv4": "address",
    "ipv6": "address", "ipvanyaddress": "address", "password": "password", "decimal": "decimal", "slug": "slug",
}  # fmt: skip
TYPES = {"integer": "integer", "number": "float", "boolean": "boolean", "object": "object"}
DEEPEST = 3
ENCODINGS = (
    ("application/json", "json"), ("multipart/form-data", "multipart"), ("application/x-www-form-urlencoded", "form"),
)  # fmt: skip
PLACES = ("", "static", "docs", "api", "schema", "openapi", "public")
NAMES = re.compile(r"^(openapi|swagger|schema|api)[\w.-]*\.(json|ya?ml)$")
LARGEST = 5 << 20
"""The size in bytes of a document that is read."""


def resolve(schema, document):
    """A schema without references, alternatives of null and single `allOf`."""
    for _ in range(10):
        if not isinstance(schema, dict):
            return {}
        if "$ref" in schema:
            schema = {**referred(schema["$ref"], document), **{k: v for k, v in schema.items() if k != "$ref"}}
            continue
        parts = schema.get("allOf")
        if parts:
            merged = {}
            for part in parts:
                part = resolve(part, document)
                known = merged.get("properties", {})
                required = list(merged.get("required", ())) + list(part.get("required", ()))
                merged.update(part)
                merged["properties"] = {**known, **part.get("properties", {})}
                merged["required"] = required
            if not merged["properties"]:
                merged.pop("properties")
            schema = {**merged, **{k: v for k, v in schema.items() if k != "allOf"}}
            continue
        others = [each for each in schema.get("anyOf") or schema.get("oneOf") or () if not is_null(each)]
        if not others:
            return schema
        rest = {k: v for k, v in schema.items() if k not in {"anyOf", "oneOf"}}
        types = {each.get("type") for each in others if isinstance(each, dict)}
        schema = {**rest, **others[0], **({"format": "decimal"} if types == {"number", "string"} else {})}
    return schema


def is_null(schema):
    return isinstance(schema, dict) and (schema.get("type") == "null" or schema.get("enum") == [None])


def referred(reference, document):
    """The part of *document* that a reference such as `#/components/schemas/Book` names."""
    found = document
    for name in str(reference).lstrip("#/").split("/"):
        found = found.get(name.replace("~1", "/").replace("~0", "~"), {}) if isinstance(found, dict) else {}
    return found if isinstance(found, dict) else {}


def references(schema):
    """The references that a schema makes directly, in a list or in alternatives."""
    found, parts = set(), [schema]
    while parts:
        part = parts.pop()
        if isinstance(part, dict):
            found |= {str(part["$ref"])} if "$ref" in part else set()
            parts += [each for key in ("allOf", "anyOf", "oneOf") for each in part.get(key) or ()] + [part.get("items")]
    return found


def properties_inputs(schema, document, label="", depth=0, above=frozenset()):
    """The inputs of an object's schema. *above* are the references that led to it."""
    above = above | references(schema)
    schema = resolve(schema, document)
    if schema.get("type") == "array":
        return [
            make_input("", kind="object", many=True, inputs=properties_inputs(schema.get("items"), document, label))
        ]
    required = set(schema.get("required") or ())
    rows = list((schema.get("properties") or {}).items())[:MOST_INPUTS]
    return [
        schema_input(name, each, name in required, document, label, depth, above)
        for name, each in rows
        if not (isinstance(each, dict) and each.get("readOnly"))
    ]


def schema_input(name, schema, required, document, label="", depth=0, above=frozenset()):
    """The input of one property. One that contains itself is JSON."""
    if references(schema) & above or depth > 2 * DEEPEST:
        return make_input(name, kind="json", required=required)
    above = above | references(schema)
    schema = resolve(schema, document)
    given = schema.get("type")
    given = next((each for each in given if each != "null"), None) if isinstance(given, list) else given
    if given == "array":
        items = schema.get("items") or {}
        row = schema_input("", items, True, document, label, depth + 1, above - references(items))
        row.pop("required", None)
        return {**row, **make_input(name, required=required), "many": True}
    values = {
        "required": required and "default" not in schema,
        "minimum": number(schema.get("minimum")),
        "maximum": number(schema.get("maximum")),
        "shortest": number(schema.get("minLength")),
        "longest": number(schema.get("maxLength")),
        "initial": plain(schema.get("default", "")),
    }
    if schema.get("exclusiveMinimum") is not None and not isinstance(schema["exclusiveMinimum"], bool):
        values["minimum"] = number(schema["exclusiveMinimum"] + 1)
    kind = FORMATS.get(str(schema.get("format", "")), TYPES.get(given, "text"))
    allowed = schema.get("enum") or ([schema["const"]] if "const" in schema else [])
    choices = [each for each in allowed if each]
    if choices and kind != "boolean":
        kind, values["choices"] = "choice", choices
    elif kind == "text":
        kind = kind_by_name(name)
        values["pattern"] = str(schema.get("pattern", ""))[:500]
    if kind == "file" and kind_by_name(name, guess=True) == "image":
        kind = "image"
    if kind == "object":
        values["inputs"] = properties_inputs(schema, document, label, depth + 1, above) if depth < DEEPEST else []
        kind = "object" if values["inputs"] else "json"
    if kind in {"integer", "uuid", "text"}:
        reference = reference_by_name(name, label, kind)
        if reference:
            kind, values["model"] = "reference", reference
    return make_input(name, kind=kind, **values)


def reference_by_name(name, label, kind):
    """The label of the model that `book_id`, or a relation of the view's model, refers to. Empty without one."""
    model = model_by_label(label)
    stem, _, end = name.rpartition("_")
    for field in model._meta.get_fields() if model is not None else ():
        relates = getattr(field, "many_to_one", False) or getattr(field, "one_to_one", False)
        if relates and getattr(field, "concrete", False) and field.name in {name, stem if end == "id" else ""}:
            return field.related_model._meta.label
    found = model_by_stem(stem, model) if end in {"id", "pk", "uuid"} and stem and kind != "text" else None
    return found._meta.label if found is not None else ""


def body_form(operation, document, label=""):
    """What an operation of an OpenAPI document takes: its encoding and inputs. None for an operation without a body."""
    body = resolve(operation.get("requestBody") or {}, document)
    content = body.get("content") or {}
    for media, encoding in ENCODINGS:
        if media in content:
            return encoding, properties_inputs((content[media] or {}).get("schema") or {}, document, label)
    fields = [each for each in operation.get("parameters") or () if each.get("in") in {"body", "formData"}]
    for each in fields:
        if each["in"] == "body":  # OpenAPI 2
            return "json", properties_inputs(each.get("schema") or {}, document, label)
    if fields:
        inputs = [
            schema_input(each["name"], file_schema(each), bool(each.get("required")), document) for each in fields
        ]
        return "multipart" if any(each.get("kind") in {"file", "image"} for each in inputs) else "form", inputs
    return None


def file_schema(parameter):
    return {**parameter, "type": "string", "format": "binary"} if parameter.get("type") == "file" else parameter


def answer_fields(operation, document):
    """The names of the fields in an operation's successful answer."""
    for status, answer in (operation.get("responses") or {}).items():
        if not str(status).startswith("2"):
            continue
        answer = resolve(answer, document)
        schema = answer.get("schema") or ((answer.get("content") or {}).get("application/json") or {}).get("schema")
        schema = resolve(schema or {}, document)
        schema = resolve(schema.get("items"), document) if schema.get("type") == "array" else schema
        names = list(schema.get("properties") or {})
        return names[:MOST_INPUTS]
    return []


def normal_path(path):
    """A route or a path of a document with one sign for each parameter, for comparisons."""
    path = re.sub(r"\\Z|[\^$?]|\\(?=[./-])", "", str(path))
    path = re.sub(r"\(P<\w+>(?:[^()]|\([^()]*\))*\)|<[^>]+>|\{[^}]+\}", "*", path)
    return "/" + path.strip("/")


def complete(views, rows, cwd, problems):
    """Complete the views of Django REST framework whose inputs the code does not tell by the project's schemas."""
    poor = [(view, form) for view in views for form in view.get("forms", ()) if is_poor(view, form, rows)]
    if not poor:
        return
    for document in documents(cwd, problems):
        try:
            complete_by(document, poor, rows)
        except Exception as error:  # it is no valid document, for example one whose schemas contain each other
            problems.append("a schema of the project: %s: %s" % (type(error).__name__, error))


def complete_by(document, poor, rows):
    """Complete the views and forms in *poor* by one document."""
    prefix = str(document.get("basePath") or "").rstrip("/")
    paths = {normal_path("%s%s" % (prefix, path)): item for path, item in (document.get("paths") or {}).items()}
    for view, form in poor:
        item = paths.get(normal_path(rows[view["url"]]["route"])) or {}
        operation = item.get(form["method"]) if isinstance(item, dict) else None
        found = body_form(operation, document, view.get("model", "")) if isinstance(operation, dict) else None
        if found and found[1] and is_poor(view, form, rows):
            form["encoding"], form["inputs"] = found
            form["source"] = "schema"
            view["outputs"] = view.get("outputs") or answer_fields(operation, document)


def is_poor(view, form, rows):
    """Whether the code tells no input of a form."""
    own = rows[view["url"]]["file"]
    return bool(own) and not form["inputs"] and form["method"] in {"post", "put", "patch"} and view["role"] != "logout"


def documents(cwd, problems):
    """The OpenAPI documents of the project: made by the generator that it uses, or in its files."""
    found = []
    for module, make in (("drf_spectacular", spectacular), ("drf_yasg", yasg)):
        if module in sys.modules:
            try:
                found.append(make())
            except Exception as error:
                problems.append("the schema of %s: %s: %s" % (module, type(error).__name__, error))
    return found + list(schema_files(cwd, problems))


def spectacular():
    from drf_spectacular.generators import SchemaGenerator

    return SchemaGenerator().get_schema(request=None, public=True)


def yasg():
    from drf_yasg import openapi
    from drf_yasg.generators import OpenAPISchemaGenerator

    document = OpenAPISchemaGenerator(openapi.Info("site", "1")).get_schema(None, public=True)
    return json.loads(json.dumps(document.as_odict()))


def schema_files(cwd, problems):
    """The OpenAPI documents in files of the project."""
    folder = project_folder(cwd)
    for place in dict.fromkeys(os.path.join(base, each) for base in (cwd, folder) for each in PLACES):
        try:
            names = sorted(os.listdir(place))[:500]
        except OSError:
            continue
        for name in names:
            path = os.path.join(place, name)
            if NAMES.match(name) and os.path.isfile(path) and os.path.getsize(path) < LARGEST:
                document = parsed(path, problems)
                if isinstance(document, dict) and isinstance(document.get("paths"), dict):
                    yield document


def parsed(path, problems):
    """The content of a JSON or YAML file. None if it can't be read, or without a parser for YAML."""
    try:
        with open(path, encoding="utf-8") as file:
            text = file.read()
        if path.endswith(".json"):
            return json.loads(text)
        return importlib.import_module("yaml").safe_load(text)
    except ImportError:
        return None
    except Exception as error:
        problems.append("%s: %s: %s" % (os.path.basename(path), type(error).__name__, error))
        return None
