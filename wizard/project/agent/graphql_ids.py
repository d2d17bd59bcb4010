"""The global ids of Relay, in which a type's name and a key are encoded, and mutations that both create and update."""

import copy
import inspect
import re
import sys

DECODES = re.compile(r"from_global_id|from_global_id_or|get_node_from_global|GlobalID|resolve_id\b")
"""Words of code that takes global ids."""
KEYS = {"pk", "set"}
"""Names of arguments in Strawberry that take a key."""
UPSERT = re.compile(r"\b(save|upsert|put|store)\b|or update")


def mark_global_ids(rows, schema, fields, model_of, functions_of):
    """Give the references in *rows* that take a global id the lookup `global:TYPE`. *fields*: those of the rows."""
    names = {}
    for name, kind in schema.type_map.items():
        if any(each.name == "Node" for each in getattr(kind, "interfaces", None) or ()):
            names.setdefault(model_of(kind), name)
    names.pop("", None)
    sources = {}
    for row, field in zip(rows, fields) if names else ():
        if takes_global(field, functions_of(field), sources):
            for form in row["forms"]:
                mark_inputs(form["inputs"], names)


def mark_inputs(inputs, names):
    for each in inputs:
        mark_inputs(each.get("inputs") or [], names)
        kind = str(each.get("type", "")).strip("[]!")
        is_id = kind == "GlobalID" or (kind == "ID" and each["name"] not in KEYS)
        if each.get("kind") == "reference" and is_id and each.get("model") in names:
            each["lookup"] = "global:" + names[each["model"]]


def takes_global(field, functions, sources):
    """Whether the resolver of a field takes global ids: Strawberry's always, Graphene's if the code decodes them."""
    if "strawberry-definition" in (getattr(field, "extensions", None) or {}):
        return True
    kind = field.type
    while hasattr(kind, "of_type"):
        kind = kind.of_type
    found = [getattr(each, "__module__", "") for each in (*functions, getattr(kind, "graphene_type", None))]
    return any(name == "graphene.relay.node" or decodes(name, sources) for name in found)


def decodes(name, sources):
    """Whether a module's source decodes global ids. *sources* keeps what was found."""
    if name not in sources:
        try:
            library = not name or name.split(".")[0] in {"graphene", "graphene_django", "graphql"}
            sources[name] = not library and bool(DECODES.search(inspect.getsource(sys.modules[name])))
        except (OSError, TypeError, KeyError):
            sources[name] = False
    return sources[name]


def split_upsert(row, words):
    """The rows of a mutation: two, if it creates a row without an id and changes one with it."""
    [form] = row["forms"]
    may_be_both = not row["role"] or (row["role"] == "create" and UPSERT.search(words))
    if form["source"].startswith("query") or not row["model"] or not may_be_both:
        return [row]
    updating = copy.deepcopy({key: value for key, value in row.items() if key != "function"})
    inputs = updating["forms"][0]["inputs"]
    if not require_id(inputs, row["model"]) or not has_values(inputs):
        return [row]
    updating.update(role="update", function=row["function"])
    return [dict(row, role="create"), updating]


def names_old_row(inputs):
    """Whether an id is required, also inside of an object that is, so that the row exists already."""
    return any(
        names_old_row(each.get("inputs") or []) if each.get("kind") == "object" else each["name"] in {"id", "pk"}
        for each in inputs
        if each.get("required", True)
    )


def has_values(inputs):
    """Whether there are values besides references, also inside of objects."""
    return any(
        has_values(each.get("inputs") or []) if each.get("kind") == "object" else each.get("kind") != "reference"
        for each in inputs
    )


def require_id(inputs, model):
    """Make the id among *inputs* required. Whether there is one that was not."""
    for each in inputs:
        if each.get("kind") == "reference" and each.get("model") == model and each["name"] in {"id", "pk"}:
            if each.get("required", True):
                return False
            each["required"] = True
            return True
        if each.get("kind") == "object" and require_id(each.get("inputs") or [], model):
            return True
    return False
