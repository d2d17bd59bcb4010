"""Edits of Python, .env and dependency files keep all other bytes."""

from pathlib import Path

import pytest

from wizard.base.errors import EditError
from wizard.checklist import loader
from wizard.checklist.answers import Answers
from wizard.editing import dotenv, requirements
from wizard.editing.source import Source
from wizard.editing.syntax import assignments
from wizard.engine.runner import Engine
from wizard.project.detection import detect


@pytest.mark.parametrize(
    ("before", "after"),
    [
        pytest.param(b"DEBUG = True\n", b"DEBUG = NEW\n", id="plain"),
        pytest.param(b"DEBUG = True  # dev\r\n", b"DEBUG = NEW  # dev\r\n", id="comment and CRLF"),
        pytest.param(b"\xef\xbb\xbfDEBUG = True", b"\xef\xbb\xbfDEBUG = NEW", id="byte order mark, no last newline"),
        pytest.param("x = 'é'; DEBUG = True\n".encode(), "x = 'é'; DEBUG = NEW\n".encode(), id="non-ASCII before it"),
        pytest.param(b"x = 1\x0c\nDEBUG = True\n", b"x = 1\x0c\nDEBUG = NEW\n", id="form feed"),
    ],
)
def test_only_the_value_is_replaced(before, after):
    source = Source.of(Path("settings.py"), before)
    source.replace(assignments(source.tree, "DEBUG")[0].value, "NEW")
    assert source.result() == after


@pytest.mark.parametrize(
    ("before", "after"),
    [
        pytest.param(b"# keep\r\nA=1\r\n", b"# keep\r\nA=1\r\nB=2\r\n", id="appended with its line ends"),
        pytest.param(b"B=old # why\nA=1", b"B=2 # why\nA=1", id="line replaced, comment kept"),
        pytest.param(b"export B='old'\n", b"export B=2\n", id="export kept"),
    ],
)
def test_other_env_lines_and_comments_are_kept(before, after):
    assert dotenv.with_value(before, "B", "2") == after


@pytest.mark.parametrize("value", ["it's", 'say "x"', "a # b", " padded ", "back\\slash", "two\nlines"])
def test_written_values_read_back_unchanged(value):
    assert dotenv.values(dotenv.with_value(b"", "NAME", value)) == {"NAME": value}


@pytest.mark.parametrize(
    ("value", "written"),
    [
        ("two words", "two words"), ("it's", "it's"), ('say "x"', 'say "x"'), ("a\\b", "a\\b"), ("#b", "#b"),
        ("$HOME", "$HOME"), ("a # b", "'a # b'"), (" lead", "' lead'"), ("a\nb", "'a\nb'"), ("'q'", "'\\'q\\''"),
        ('"q"', "'\"q\"'"), ("it's\nhere", "'it\\'s\nhere'"), ("back\\\nslash", "'back\\\\\nslash'"),
    ],
)  # fmt: skip
def test_a_value_is_quoted_only_if_necessary(value, written):
    assert dotenv.quoted("NAME", value, "dotenv") == written
    assert dotenv.values(f"NAME={written}\n".encode()) == {"NAME": value}


@pytest.mark.parametrize(
    ("library", "value", "why"),
    [
        ("dotenv", "${A}", "python-dotenv would expand it"),
        *[("environ", value, "environ would read it back wrong") for value in ("$x", "'q", '"q', "a\nb", " a")],
        *[("decouple", value, "decouple would read it back wrong") for value in ("'q", '"q', "a\nb", "a ")],
    ],
)
def test_a_value_that_a_library_would_misread_is_not_written(library, value, why):
    with pytest.raises(EditError) as refused:
        dotenv.quoted("NAME", value, library)
    message = f"The value of NAME can't be written into a .env file: {why}. Set it in the environment instead."
    assert str(refused.value) == message
    assert dotenv.quoted("NAME", "a # b", library) == ("'a # b'" if library == "dotenv" else "a # b")


@pytest.mark.parametrize(
    ("name", "kind", "before", "added"),
    [
        ("a.txt", "requirements", "Django==4.2\r\n", "gunicorn==27.0.1\r\n"),
        ("a.txt", "requirements", "django\n", "gunicorn==27.0.1\n"),
        ("a.in", "requirements", "django\n", "gunicorn>=27.0.1\n"),
        ("a.in", "requirements", "a~=1\nb~=2\nc==1", "\ngunicorn~=27.0.1\n"),
        ("a.txt", "requirements", "a>=1\rb>=2\r", "gunicorn>=27.0.1\r"),
        ("a.txt", "requirements", "", "gunicorn==27.0.1\n"),
    ],
)
def test_requirements_are_added_in_the_style_of_the_file(name, kind, before, added):
    after = requirements.with_added(Path(name), kind, before.encode(), ["gunicorn"], {"Gunicorn": "27.0.1"})
    assert after.decode() == before + added


@pytest.mark.parametrize("mark", [b"\xff\xfe", b"\xfe\xff"])
def test_requirements_in_utf_16_stay_in_utf_16(mark):
    text = "django==5\r\n".encode("utf-16-le" if mark == b"\xff\xfe" else "utf-16-be")
    after = requirements.with_added(Path("a.txt"), "requirements", mark + text, ["gunicorn"], {"gunicorn": "1"})
    assert after.decode("utf-16") == "django==5\r\ngunicorn==1\r\n"


def test_requirements_with_hashes_are_not_edited():
    with pytest.raises(EditError, match=r"a.txt pins hashes") as refused:
        requirements.with_added(Path("a.txt"), "requirements", b"a==1 --hash=sha256:0\n", ["b", "c[d]"], {})
    assert refused.value.hint == "Add b, c to its source and compile it again."


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ('dependencies = [\n\t"a>=5",\n]', 'dependencies = [\n\t"a>=5",\n\t"b[c]>=2",\n\t"d",\n]'),
        ('dependencies = ["a>=5"]', 'dependencies = ["a>=5", "b[c]>=2", "d"]'),
    ],
)
@pytest.mark.parametrize(("kind", "table"), [("pep621", "project"), ("hatch", "tool.hatch.envs.default")])
def test_toml_arrays_keep_their_layout(kind, table, before, after):
    text = f"[{table}]\nname = 'x'  # ours\n{{}}\n\n[other]\n"
    added = requirements.with_added(Path("a.toml"), kind, text.format(before).encode(), ["b[c]", "d"], {"b": "2"})
    assert added.decode() == text.format(after)


@pytest.mark.parametrize(
    ("before", "statement", "after"),
    [
        pytest.param("import sys\n\nX = 1\n", "import os", "import os\nimport sys\n\nX = 1\n", id="before"),
        pytest.param("import os\nX = 1\n", "import sys", "import os\nimport sys\nX = 1\n", id="z"),
        pytest.param("import os.path\n", "import os", "import os.path\n", id="bound already"),
        pytest.param(
            '"""Doc."""\nX = 1\n', "import os", '"""Doc."""\n\nimport os\n\nX = 1\n', id="below the docstring"
        ),
        pytest.param(
            "from __future__ import annotations\n\nX = 1\n", "import os",
            "from __future__ import annotations\n\nimport os\n\nX = 1\n", id="below __future__",
        ),
        pytest.param("#!/bin/python\nX = 1\n", "import os", "#!/bin/python\nimport os\n\nX = 1\n", id="shebang"),
        pytest.param("from os import path\n", "import os", "import os\nfrom os import path\n", id="plain ones first"),
        pytest.param(
            "from django.urls import include\n", "from django.urls import path",
            "from django.urls import include, path\n", id="one more name",
        ),
        pytest.param(
            "from django.urls import (\r\n    include,\r\n    re_path,\r\n)\r\n", "from django.urls import path",
            "from django.urls import (\r\n    include,\r\n    path,\r\n    re_path,\r\n)\r\n", id="a name on a line",
        ),
        pytest.param("import os\n\nX = 1\n", "import csp", "import os\n\nimport csp\n\nX = 1\n", id="section"),
        pytest.param("from .x import *\n", "import os", "import os\n\nfrom .x import *\n", id="above relative ones"),
        pytest.param("X = 'a'", "import os", "import os\n\nX = 'a'", id="no last newline"),
    ],
)  # fmt: skip
def test_imports_are_inserted_with_the_other_imports(before, statement, after):
    source = Source.of(Path("settings.py"), before.encode())
    source.add_import(statement)
    assert source.result().decode() == after


@pytest.mark.parametrize("new", ["(", "1 +", "x\ny ="])
def test_an_edit_that_breaks_the_syntax_is_rejected(new):
    source = Source.of(Path("settings.py"), b"A = 1\nDEBUG = True\nB = [\n    2,\n]\n")
    source.replace(assignments(source.tree, "DEBUG")[0].value, new)
    with pytest.raises(EditError, match=r"settings\.py can't be edited safely"):
        source.result()


def test_a_block_that_has_no_effect_yet_is_not_written_twice(shop, python):
    """Before task 2 DEBUG is always True, so the settings of task 3 are below `if not DEBUG:`."""
    settings = shop / "election_cart" / "settings.py"
    found = detect(shop, python=python)
    engine = Engine(found, loader.load(shop), Answers(), lambda event: None)
    try:
        engine.run([engine.checklist.tasks[3]])
        once = settings.read_bytes()
        assert once.count(b"SECURE_SSL_REDIRECT = True") == 1
        second_plan = engine.plan(engine.checklist.tasks[3])
        assert not second_plan.work
        assert "Task 2" in second_plan.remarks[0]
    finally:
        engine.sandbox.close()
        found.close()
    assert settings.read_bytes() == once
