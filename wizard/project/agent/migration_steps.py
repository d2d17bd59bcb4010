"""What new migrations do to the tables that the running version uses."""

import inspect
import os

from .protocol import operation


@operation("migration_steps")
def migration_steps(request):
    """Each database operation of the migrations in the files `new` and of `modules`, as data. Needs no database.

    The running version has the models of all other migrations.
    """
    import django

    django.setup()
    from django.db.migrations.loader import MigrationLoader

    loader = MigrationLoader(None, ignore_no_migrations=True)
    files = {key: file_of(migration, request["cwd"]) for key, migration in loader.graph.nodes.items()}
    modules = {key: type(migration).__module__ for key, migration in loader.graph.nodes.items()}
    new = {key for key, file in files.items() if file in request["new"] or modules[key] in request["modules"]}
    before = loader.project_state([key for key in loader.graph.nodes if key not in new])
    running = {key: dict(model.fields) for key, model in before.models.items()}
    found, state = [], before.clone()
    for key in in_order(loader.graph, new):
        migration = loader.graph.nodes[key]
        for index, change in enumerate(migration.operations):
            after = state.clone()
            change.state_forwards(key[0], after)
            for step in database_operations(change):
                facts = describe(step, key[0], running, state, after)
                facts.update(migration="%s.%s" % key, file=files[key], index=index, module=modules[key])
                found.append(facts)
            state = after
    return {"steps": found, "migrations": len(new)}


def file_of(migration, cwd):
    """The file of *migration*, relative to *cwd*."""
    return os.path.relpath(os.path.realpath(inspect.getfile(type(migration))), os.path.realpath(cwd))


def in_order(graph, new):
    """The keys *new* in the order in which `migrate` runs them."""
    order = []
    for leaf in graph.leaf_nodes():
        order += [key for key in graph.forwards_plan(leaf) if key in new and key not in order]
    return order


def database_operations(change):
    """*change*, or its operations on the database alone, where the two are separate."""
    parts = getattr(change, "database_operations", None)
    if parts is None:
        return [change]
    return [each for part in parts for each in database_operations(part)]


def describe(step, label, running, before, after):
    """The facts about one operation. *running* has the fields of the models of the running version."""
    named = getattr(step, "model_name", None) or getattr(step, "old_name", None) or getattr(step, "name", "") or ""
    key = (label, str(named).lower())
    known, name = running.get(key, {}), getattr(step, "old_name", None) or getattr(step, "name", "")
    options = before.models[key].options if key in before.models else {}
    old, new = field_of(before, key, name), getattr(step, "field", None)
    return {
        "kinds": [kind.__name__ for kind in type(step).__mro__],
        "says": step.describe(),
        "model": "%s.%s" % key,
        "field": str(name),
        "in_use": key in running and options.get("managed", True) and not options.get("proxy"),
        "field_in_use": str(name) in known,
        "moved": moved(step, label, key, before, after),
        "column": facts_of(new),
        "before": facts_of(old),
        "constraint": constraint_of(step, options),
        "reversible": bool(step.reversible),
        "sql": text_of(getattr(step, "sql", "")),
    }


def constraint_of(step, options):
    """The kind of constraint that an operation adds to a table with *options*; empty for none."""
    added = getattr(step, "constraint", None)
    if added is not None:
        return type(added).__name__
    together = {tuple(each) for each in getattr(step, "unique_together", None) or ()}
    return "UniqueConstraint" if together - {tuple(each) for each in options.get("unique_together") or ()} else ""


def field_of(state, key, name):
    return dict(state.models[key].fields).get(name) if key in state.models else None


def facts_of(field):
    """What matters about a field's column; None without a field, or without a column of its own."""
    if field is None or getattr(field, "many_to_many", False):
        return None
    from django.db.models import NOT_PROVIDED

    filled = getattr(field, "db_default", NOT_PROVIDED) is not NOT_PROVIDED or getattr(field, "generated", False)
    return {
        "null": bool(field.null),
        "filled": bool(filled or field.get_internal_type().endswith("AutoField")),
        "type": field.get_internal_type(),
        "length": getattr(field, "max_length", None),
        "indexed": bool(field.db_index or field.unique),
        "name": column_of(field, ""),
    }


def column_of(field, name):
    """The column of *field*; without `db_column` it is its *name*, with a suffix for a foreign key."""
    return field.db_column or name + ("_id" if field.remote_field else "")


def moved(step, label, key, before, after):
    """Whether an operation gives a table or a column another name."""
    kind = type(step).__name__
    if kind == "RenameField":
        old, new = field_of(before, key, step.old_name), field_of(after, key, step.new_name)
        if old is None or new is None:
            return True
        return column_of(old, step.old_name) != column_of(new, step.new_name)
    if kind in ("RenameModel", "AlterModelTable"):
        changed = (label, step.new_name.lower()) if kind == "RenameModel" else key
        return table_of(before, key) != table_of(after, changed)
    return False


def table_of(state, key):
    options = state.models[key].options if key in state.models else {}
    return options.get("db_table") or "%s_%s" % key


def text_of(sql):
    """The statements of a RunSQL operation, which may be a list with parameters."""
    if isinstance(sql, str):
        return sql
    if isinstance(sql, (list, tuple)):
        return "; ".join(text_of(each[0] if isinstance(each, (list, tuple)) else each) for each in sql)
    return ""
