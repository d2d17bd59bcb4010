"""What a version of the project can't do on the tables of another one. A program for the standard input of Python.

It prints a JSON list of problems: models that can't be read, and columns that a new row of this version leaves empty,
though they need a value. PostgreSQL only.
"""

import json
import os
import sys

COLUMNS = """
SELECT column_name FROM information_schema.columns
WHERE table_schema = ANY (current_schemas(false)) AND table_name = %s AND is_nullable = 'NO'
AND column_default IS NULL AND is_identity = 'NO' AND is_generated = 'NEVER'
"""


def problems():
    if os.environ.get("DJANGO_CONFIGURATION"):
        import configurations

        configurations.setup()
    else:
        import django

        django.setup()
    from django.apps import apps
    from django.db import Error, connection

    found = []
    for model in apps.get_models(include_auto_created=True):
        if not model._meta.managed or model._meta.proxy or model._meta.swapped:
            continue
        label, own = model._meta.label, {field.column for field in model._meta.local_concrete_fields}
        try:
            list(model._base_manager.all()[:1])
        except Error as error:
            found.append("%s can't be read: %s" % (label, str(error).split("\n")[0]))
            continue
        with connection.cursor() as cursor:
            cursor.execute(COLUMNS, [model._meta.db_table])
            needed = [name for (name,) in cursor.fetchall() if name not in own]
        found += ["%s can't be saved: the column %s needs a value" % (label, name) for name in needed]
    return found


if __name__ == "__main__":
    sys.stdout.write(json.dumps(problems()))
