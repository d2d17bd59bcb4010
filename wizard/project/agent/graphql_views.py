"""Describe the queries and mutations of Graphene and Strawberry."""

import inspect
import sys

from .class_views import code_model
from .code_inputs import guard_of, read_function
from .code_results import Results
from .form_inputs import add_model_limits
from .graphql_ids import mark_global_ids, names_old_row, split_upsert
from .input_kinds import base_names, kind_by_name, make_input
from .ninja_views import named_model
from .parameters import model_by_stem
from .requirements import LOGIN, OPEN, STAFF, by_decorators, strictest
from .roles import role_by_words, words_of
from .schema_inputs import reference_by_name

SCALARS = {
    "Int": "integer", "BigInt": "integer", "Float": "float", "Decimal": "decimal", "Boolean": "boolean", "Date": "date",
    "DateTime": "datetime", "Time": "time", "Duration": "duration", "UUID": "uuid", "JSON": "json",
    "JSONString": "json", "GenericScalar": "json", "Upload": "file", "Email": "email", "URL": "url",
}  # fmt: skip
DEEPEST, MOST_OUTPUTS, MOST_FIELDS = 3, 60, 300


def graphql_schema(cls, callback):
    """The schema of a GraphQL view, as graphql-core has it. None for other views."""
    if cls is None or not any("GraphQLView" in base.__name__ for base in cls.__mro__):
        return None
    schema = (getattr(callback, "view_initkwargs", None) or {}).get("schema") or getattr(cls, "schema", None)
    if schema is None and "graphene_django" in sys.modules:
        from graphene_django.settings import graphene_settings

        schema = graphene_settings.SCHEMA
    return getattr(schema, "graphql_schema", None) or getattr(schema, "_schema", None)


def graphql_rows(schema, problems, view_requires=OPEN):
    """One view for each query and mutation."""
    rows, fields = [], []
    for kind, root in (("query", schema.query_type), ("mutation", schema.mutation_type)):
        for name, field in list(root.fields.items())[:MOST_FIELDS] if root is not None else ():
            try:
                found = split_upsert(field_row(kind, name, field, view_requires), words_of(name).replace("_", " "))
                rows += found
                fields += [field] * len(found)
            except Exception as error:
                problems.append("%s %s: %s: %s" % (kind, name, type(error).__name__, error))
    mark_global_ids(rows, schema, fields, model_of, resolvers)
    return rows


def field_row(kind, name, field, view_requires):
    results = resolver_results(field)
    model = model_of(field.type) or code_model(results) or named_model(name)
    inputs = [argument_input(key, each, model) for key, each in field.args.items() if is_sent(key, each)]
    add_model_limits(inputs, model)
    outputs = output_paths(field.type)
    row = {"method": "post", "encoding": "graphql", "inputs": inputs, "source": "%s %s" % (kind, name)}
    row.update(model=model, action=name, outputs=outputs)
    return {
        "forms": [row],
        "model": model,
        "role": role_of(kind, name, field, results, inputs),
        "requires": strictest(view_requires if view_requires != OPEN else "", field_requires(field, results)) or OPEN,
        "methods": ["post"],
        "action": name,
        "outputs": outputs,
        "function": next((each for each in reversed(resolvers(field)) if inspect.isfunction(each)), None),
        "library": "" if results.seen or model else None,
    }


def resolvers(field):
    """The functions of the project that resolve a field, outermost first."""
    definition = (getattr(field, "extensions", None) or {}).get("strawberry-definition")
    base = getattr(getattr(definition, "base_resolver", None), "wrapped_func", None)
    given = base or field.resolve
    found = []
    while given is not None and len(found) < 10:
        given = getattr(given, "func", given) if type(given).__name__ == "partial" else given
        given = getattr(given, "__func__", given)
        found.append(given)
        given = getattr(given, "__wrapped__", None)
    return found


def resolver_results(field):
    for function in reversed(resolvers(field)):
        if inspect.isfunction(function):
            return read_function(function)
    return Results()


def field_requires(field, results):
    """What the resolver or the permissions of a field require."""
    definition = (getattr(field, "extensions", None) or {}).get("strawberry-definition")
    names = [each.__name__ for each in getattr(definition, "permission_classes", None) or ()]
    names += [type(each).__name__ for each in getattr(definition, "extensions", None) or ()]
    found = [guard_of(results)]
    for name in names:
        if "Staff" in name or "Superuser" in name or "Admin" in name or "HasPerm" in name:
            found.append(STAFF)
        elif "Authenticated" in name or "Login" in name:
            found.append(LOGIN)
    found += [by_decorators(each) for each in resolvers(field)[:1] if callable(each)]
    return strictest(*found)


def unwrapped(kind):
    """A type without non-null and list around it, whether it is required, and whether it is a list."""
    required = "GraphQLNonNull" in base_names(type(kind))
    many = False
    while hasattr(kind, "of_type"):
        many = many or "GraphQLList" in base_names(type(kind))
        kind = kind.of_type
    return kind, required, many


def argument_input(name, argument, label, above=()):
    """The input of an argument, or of a field of an input object that is inside of those in *above*."""
    kind, required, many = unwrapped(argument.type)
    required = required and repr(getattr(argument, "default_value", None)) in {"Undefined", "None"}
    values = {"required": required, "many": many, "type": str(argument.type)}
    family, snake = base_names(type(kind)), words_of(name)
    if "GraphQLInputObjectType" in family:
        fields = list(kind.fields.items())[:MOST_FIELDS] if len(above) < DEEPEST and kind.name not in above else []
        related = reference_by_name(snake, label, "integer") if "set" in kind.fields else ""
        inner = (*above, kind.name)
        values["inputs"] = [
            argument_input(key, each, related or label, inner) for key, each in fields if is_sent(key, each)
        ]
        for each in values["inputs"] if related else ():
            if each["name"] == "set":
                each.update(kind="reference", model=related)
        return make_input(name, kind="object", **values)
    if "GraphQLEnumType" in family:
        return make_input(name, kind="choice", choices=list(kind.values), **values)
    found = SCALARS.get(kind.name, "")
    if kind.name in {"ID", "Int", "UUID", "GlobalID", "String"}:
        reference = reference_by_name(snake, label, "text" if kind.name == "String" else "integer")
        if not reference and kind.name in {"ID", "GlobalID", "Int", "UUID"} and snake in {"id", "pk"}:
            reference = label
        if reference:
            return make_input(name, kind="reference", model=reference, **values)
    if not found:
        found = kind_by_name(snake) if kind.name in {"String", "ID"} else kind_by_name(snake, guess=True)
    return make_input(name, kind=found, **values)


def is_sent(name, argument):
    """Whether clients send an argument. Relay's id of a mutation is for clients that want it back."""
    return name != "clientMutationId" or unwrapped(argument.type)[1]


def union_paths(kind, prefix, depth):
    """The paths of what the types of a union have, with `@TYPE` before them, each name of one type only."""
    found, types = [prefix + "__typename"], {}
    for member in kind.types:
        paths = output_paths(member, "", depth + 1)
        for path in paths:
            name = path.split(".")[0]
            if name in member.fields and types.setdefault(name, str(member.fields[name].type)) == str(
                member.fields[name].type
            ):
                found.append("%s@%s.%s" % (prefix, member.name, path))
    return found[:MOST_OUTPUTS]


def output_paths(kind, prefix="", depth=0):
    """The paths of the scalar fields of a type, which a query can ask for."""
    kind = unwrapped(kind)[0]
    if hasattr(kind, "types"):
        return union_paths(kind, prefix, depth)
    fields, found, later = getattr(kind, "fields", None) or {}, [], []
    for name, field in fields.items():
        inner = unwrapped(field.type)[0]
        if any(type(each.type).__name__ == "GraphQLNonNull" for each in field.args.values()):
            continue
        if hasattr(inner, "fields"):
            later.append((name, field.type))
        elif not hasattr(inner, "types"):
            found.append(prefix + name)
    plain = kind.name.endswith(("Connection", "Edge", "Payload")) or not found or depth == 0
    for name, inner in later if depth < DEEPEST and plain else ():
        found += output_paths(inner, "%s%s." % (prefix, name), depth + 1)
    return found[:MOST_OUTPUTS]


def model_of(kind, depth=0):
    """The label of the model behind a type: its own, its items' or that of a mutation's result."""
    kind = unwrapped(kind)[0]
    for candidate in (getattr(kind, "graphene_type", None), strawberry_origin(kind)):
        meta = getattr(candidate, "_meta", None)
        definition = getattr(candidate, "__strawberry_django_definition__", None)
        model = getattr(meta, "model", None) or getattr(definition, "model", None)
        if isinstance(model, type):
            return model._meta.label
    fields = getattr(kind, "fields", None)
    if not fields:
        found = [model_of(each, depth + 1) for each in getattr(kind, "types", None) or ()]
        return next((each for each in found if each), "")
    found = model_by_stem(kind.name.lower().replace("type", "").replace("node", ""), None)
    if found is not None:
        return found._meta.label
    for name, field in fields.items() if depth < 3 else ():
        inner = model_of(field.type, depth + 1) if hasattr(unwrapped(field.type)[0], "fields") else ""
        if inner and name not in {"errors", "pageInfo"}:
            return inner
    return ""


def strawberry_origin(kind):
    definition = (getattr(kind, "extensions", None) or {}).get("strawberry-definition")
    return getattr(definition, "origin", None)


def role_of(kind, name, field, results, inputs):
    """The role of a query or a mutation, by its name and its type."""
    words = role_by_words(name)
    if kind == "query":
        inner, _, many = unwrapped(field.type)
        if many or inner.name.endswith("Connection"):
            return "list"
        return "detail" if any(each.get("required", True) for each in inputs) else ""
    if words:
        return words if words not in {"list", "detail"} else ""
    if "delete" in results.calls:
        return "delete"
    if results.created and not names_old_row(inputs):
        return "create"
    return "update" if results.created or results.changed else ""
