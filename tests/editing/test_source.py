"""Python files are edited by splices: places of imports, reformatted lines, overlaps, and the check of the result."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from wizard.base.errors import EditError
from wizard.editing.source import Source
from wizard.editing.syntax import assignments, bound_names, parsed
from wizard.editing.text import line_end

NOWHERE = Path("/nowhere/shop/settings.py")


def source(text, path=NOWHERE):
    return Source.of(path, text.encode())


def imported(text, *statements, path=NOWHERE):
    module = source(text, path)
    for statement in statements:
        module.add_import(statement)
    return module.result().decode()


@pytest.mark.parametrize(
    ("text", "end"),
    [("", "\n"), ("a", "\n"), ("a\nb\n", "\n"), ("a\r\nb\r\nc\n", "\r\n"), ("a\r\nb\nc\n", "\n"), ("a\rb\r", "\r"),
     ("a\r\nb\n", "\n"), ("a\r\nb\rc", "\r\n")],
)  # fmt: skip
def test_the_line_end_is_the_one_most_used(text, end):
    assert line_end(text) == end


@pytest.mark.parametrize(
    ("before", "statement", "after"),
    [
        ("DEBUG = True\n", "import os", "import os\n\nDEBUG = True\n"),
        ("\nDEBUG = True\n", "import os", "import os\n\nDEBUG = True\n"),
        ('"""Settings."""\n\nDEBUG = True\n', "import os", '"""Settings."""\n\nimport os\n\nDEBUG = True\n'),
        ('"""Settings."""\nDEBUG = True\n', "import os", '"""Settings."""\n\nimport os\n\nDEBUG = True\n'),
        ("#!/usr/bin/python\n# coding: utf-8\nDEBUG = 1\n", "import os",
         "#!/usr/bin/python\n# coding: utf-8\nimport os\n\nDEBUG = 1\n"),
        ("# coding: utf-8\n# coding: is named once\n# coding: or twice\nDEBUG = 1\n", "import os",
         "# coding: utf-8\n# coding: is named once\nimport os\n\n# coding: or twice\nDEBUG = 1\n"),
        ("\ufeffDEBUG = 1\n", "import os", "\ufeffimport os\n\nDEBUG = 1\n"),
        ("import django\n", "import os", "import os\n\nimport django\n"),
        ("import sys\n", "import os", "import os\nimport sys\n"),
        ("import ast\n\nimport django\n", "import os", "import ast\nimport os\n\nimport django\n"),
        ("import ast\n\nimport django\n", "import dj_database_url",
         "import ast\n\nimport dj_database_url\nimport django\n"),
        ("import ast\n", "import dj_database_url", "import ast\n\nimport dj_database_url\n"),
        ("from __future__ import annotations\n", "import os", "from __future__ import annotations\n\nimport os\n"),
        ("import os\n\nfrom .base import *\n", "from dotenv import load_dotenv",
         "import os\n\nfrom dotenv import load_dotenv\n\nfrom .base import *\n"),
        ("from os import path\n", "import sys", "import sys\nfrom os import path\n"),
        ("from Zope import a\n", "from alpha import b", "from alpha import b\nfrom Zope import a\n"),
        ("import os.path\n", "import os", "import os.path\n"),
        ("import xml.dom\n\nimport django\n", "import re", "import re\nimport xml.dom\n\nimport django\n"),
        ("from os import path\n", "from os import getenv", "from os import getenv, path\n"),
        ("from os import (\n    getenv,\n    path,\n)\n", "from os import environ",
         "from os import (\n    environ,\n    getenv,\n    path,\n)\n"),
        ("from os import *\n", "from os import getenv", "from os import getenv\nfrom os import *\n"),
    ],
)  # fmt: skip
def test_an_import_is_inserted_in_its_section_in_order(before, statement, after):
    assert imported(before, statement) == after


def test_imports_of_the_project_come_after_packages(tmp_path):
    (tmp_path / ".git").mkdir()
    (tmp_path / "shop").mkdir()
    (tmp_path / "shop" / "__init__.py").write_text("")
    (tmp_path / "limits.py").write_text("")
    settings = tmp_path / "shop" / "settings.py"
    text = "import django\n\nfrom shop import a\n"
    assert imported(text, "import limits", path=settings) == "import django\n\nimport limits\nfrom shop import a\n"
    (tmp_path.parent / "stranger.py").write_text("")
    edited = imported("import django\n", "import stranger", path=settings)
    assert edited == "import django\nimport stranger\n", "a module above the repository is not part of the project"


def test_a_bound_name_is_not_imported_again():
    text = "import os\nimport a.b as c\nfrom d import e as f\nX = Y = 1\nZ: int = 2\nZ += 1\n"
    text += "def g():\n    pass\n\n\nclass H:\n    pass\n"
    assert bound_names(parsed(text)) == {"os", "c", "f", "X", "Y", "Z", "g", "H"}
    assert bound_names(parsed("import a.b.c\nimport d\nx = 1\ny = 2\n")) == {"a", "d", "x", "y"}
    assert imported("import os\n\nX = 1\n", "import os") == "import os\n\nX = 1\n"


LONG = 'values.BooleanValue(False, environ_name="DJANGO_DEBUG_IS_WANTED_HERE", environ_prefix=None)'


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("DEBUG = True\n", f"DEBUG = values.BooleanValue(\n    False, {LONG[27:-1]}\n)\n"),
        ("class A:\n    DEBUG = True\n",
         f"class A:\n    DEBUG = values.BooleanValue(\n        False, {LONG[27:-1]}\n    )\n"),
        ("DEBUG = True  # for now\n", f"DEBUG = {LONG}  # for now\n"),
        ("DEBUG = True   \n", f"DEBUG = values.BooleanValue(\n    False, {LONG[27:-1]}\n)   \n"),
        ('X["a"] = True\n', f'X["a"] = {LONG}\n'),
        ("f(True)\n", f"f({LONG})\n"),
    ],
)  # fmt: skip
def test_only_an_assignment_that_becomes_too_long_is_reformatted(before, after):
    module = source(before)
    node = next(each for each in module.nodes if getattr(each, "value", None) is True)
    module.replace(node, LONG)
    assert module.result().decode() == after


@pytest.mark.parametrize("extra", [0, 1])
def test_a_line_of_the_maximum_length_is_not_reformatted(extra):
    new = f'f("{"x" * (88 - len("DEBUG = ") - 9 + extra)}", 12)'
    module = source("DEBUG = 1\n")
    module.replace(module.tree.body[0].value, new)
    lines = module.result().decode().splitlines()
    assert (len(lines) == 1) is (extra == 0), lines
    assert len(lines[0]) <= 88


def test_splices_are_ordered_and_may_not_overlap():
    module = source("abc = 1\n")
    module.splice(6, 7, "3")
    module.splice(0, 1, "x")
    module.splice(1, 3, "yz")
    module.splice(3, 3, "_")
    module.splice(3, 3, "later")
    assert module.result() == b"xyz_later = 3\n"
    for start, end in ((0, 7), (2, 4), (0, 2), (5, 7)):
        with pytest.raises(EditError, match="two changes affect the same place"):
            module.splice(start, end, "")


STATEMENTS = "A = 1\n\n\n@first\n@second\ndef f():\n    return 1\n\n\nB = (\n    2\n)\nC = 3\n"


@pytest.mark.parametrize(
    ("old", "new", "fits"),
    [
        ("A = 1", "A = 1 +", False),
        ("@first", "@", False),
        ("@second", "@third(", False),
        ("return 1", "return (", False),
        ("2\n)", "2\n", False),
        ("C = 3", "C =", False),
        ("A = 1", "A = 4", True),
        ("@first\n", "", True),
        ("2\n)\nC = 3", "2, 3)\nC = 4", True),
    ],
)
def test_edited_statements_must_be_valid_python(old, new, fits):
    module = source(STATEMENTS)
    start = STATEMENTS.index(old)
    module.splice(start, start + len(old), new)
    if fits:
        assert module.result().decode() == STATEMENTS.replace(old, new)
        return
    with pytest.raises(EditError, match="can't be edited safely"):
        module.result()


def test_all_edits_of_a_statement_are_checked_together():
    module = source("A = (\n    1\n)\nB = 2\n")
    module.splice(4, 5, "[")  # each edit is invalid without the other
    module.splice(12, 13, "]")
    assert module.result() == b"A = [\n    1\n]\nB = 2\n"
    module = source("A = 1\nB = 2\nC = 3\n")
    module.splice(0, 5, "A = 4")
    module.splice(12, 17, "C = (")
    with pytest.raises(EditError):
        module.result()


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("import os\nX = 1\n", "import os\n\nread()\n\nX = 1\n"),
        ("import os\n\nX = 1\n", "import os\n\nread()\n\nX = 1\n"),
        ("import os\r\nX = 1\r\n", "import os\r\n\r\nread()\r\n\r\nX = 1\r\n"),
        ("import os\r\rX = 1\r", "import os\r\rread()\r\rX = 1\r"),
        ("import os\n", "import os\n\nread()\n"),
        ("import os  \n", "import os  \n\nread()\n"),
    ],
)
def test_a_statement_below_the_imports_gets_blank_lines(before, after):
    module = source(before)
    module.insert_below_imports("read()")
    assert module.result().decode() == after


def test_several_statements_below_the_imports_keep_their_order():
    module = source("import os\n\nX = 1\n")
    module.insert_below_imports("read()")
    module.insert_below_imports("look()")
    assert module.result().decode() == "import os\n\nread()\nlook()\n\nX = 1\n"


def test_a_file_with_newer_syntax_is_only_extended_at_its_end():
    text = "import os\nX = match y with:\n"
    module = source(text)
    assert module.opaque and module.bound == {"os"}
    module.add_import("import os")
    module.add_import("import sys")
    module.insert_below_imports("read()")
    assert module.result().decode() == text + "\n\nimport sys\n\nread()\n"


@pytest.mark.parametrize(
    ("text", "name", "added"),
    [
        ("import sys\n\nA = 1\n\nimport os\n\nB = 2\n", "A", True),
        ("import sys\n\nA = 1\n\nimport dj, os\n", "A", True),
        ("import sys\n\nA = 1\n\nimport os\n\nB = 2\n", "B", False),
        ("import os\n\nA = 1\n", "A", False),
    ],
)
def test_an_import_below_a_new_use_does_not_spare_one_above_it(text, name, added):
    module = source(text)
    [assignment] = assignments(module.tree, name)
    module.replace(assignment.value, "os.name")
    module.add_import("import os")
    after = re.sub(rf"{name} = .", name + " = os.name", text)
    assert module.result().decode() == (f"import os\n{after}" if added else after)


def test_a_name_that_joins_an_import_keeps_its_alias():
    text = "from shop.health import health_check\n"
    assert imported(text, "from shop.health import health_check as second") == (
        "from shop.health import health_check, health_check as second\n"
    )
    text = "from shop.health import (\n    health_check,\n)\n"
    assert "    health_check as second,\n" in imported(text, "from shop.health import health_check as second")
