"""Properties for any input: each library reads .env values back, edits change nothing else, and undo restores all."""

from __future__ import annotations

import ast
import os
import string
import tempfile
from pathlib import Path
from typing import ClassVar
from unittest import mock

import decouple
import environ
import environs
import pytest
from dotenv import dotenv_values
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from pydantic_settings import BaseSettings

from wizard.base.errors import EditError
from wizard.base.secrets import generate
from wizard.editing import dotenv, requirements
from wizard.editing.source import Source
from wizard.editing.syntax import assignments
from wizard.editing.text import line_end
from wizard.engine.apply import Applier
from wizard.engine.undo import Undo
from wizard.plan.actions import WriteFile
from wizard.project.detection import detect
from wizard.state.journal import Journal

AWKWARD = string.ascii_letters + string.digits + " \t$#'\"\\{}=%&*()!@^;:,.<>|`~+-_/?[]äß€\n"
values = st.text(st.sampled_from(AWKWARD), min_size=1, max_size=40)


def by_dotenv(path):
    return dotenv_values(path)["NAME"]


def by_environ(path):
    class Own(environ.Env):
        ENVIRON: ClassVar = {}

    Own.read_env(str(path))
    return Own()("NAME")


def by_decouple(path):
    with mock.patch.dict(os.environ):
        os.environ.pop("NAME", None)
        return decouple.Config(decouple.RepositoryEnv(str(path)))("NAME")


def by_environs(path):
    with mock.patch.dict(os.environ):
        env = environs.Env()
        env.read_env(str(path), recurse=False, override=True)
        return env.str("NAME")


def by_pydantic(path):
    class Own(BaseSettings, extra="ignore"):
        name: str

    return Own(_env_file=path).name


READERS = [
    pytest.param("dotenv", by_dotenv, id="python-dotenv"),
    pytest.param("environ", by_environ, id="django-environ"),
    pytest.param("decouple", by_decouple, id="python-decouple"),
    pytest.param("dotenv", by_environs, id="environs"),
    pytest.param("dotenv", by_pydantic, id="pydantic-settings"),
]


@pytest.mark.parametrize(("parser", "read"), READERS)
@settings(max_examples=200, deadline=None)
@given(value=values)
def test_a_value_is_read_back_by_the_library_or_rejected(parser, read, value):
    try:
        content = dotenv.with_value(b"BEFORE=1\n", "NAME", value, library=parser)
    except EditError:
        assert not value.isalnum(), "a plain value is never refused"
        return
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / ".env"
        path.write_bytes(content)
        assert read(path) == value


@pytest.mark.parametrize(("parser", "read"), READERS)
def test_generated_secrets_are_safe_in_every_library(parser, read, tmp_path):
    for length in (32, 64):
        secret = generate(length)
        (tmp_path / ".env").write_bytes(dotenv.with_value(b"", "NAME", secret, library=parser))
        assert (tmp_path / ".env").read_text() == f"NAME={secret}\n", "bare, as a shell would read it too"
        assert read(tmp_path / ".env") == secret


@settings(max_examples=150, deadline=None)
@given(
    before=st.lists(st.sampled_from(["A=1", "# note", "", "export B='x y'", 'C="q"', "D="]), max_size=8), value=values
)
def test_other_lines_of_an_env_file_are_kept(before, value):
    content = "".join(line + "\n" for line in before).encode()
    try:
        after = dotenv.with_value(content, "NAME", value)
    except EditError:
        assume(False)
    assert after.startswith(content)


LINES = st.sampled_from(
    [
        "# a comment with 'quotes\"",
        "A = 'é'  # trailing",
        'B = """long\ntext"""',
        "C = {\n    'x': [1,\n\t2],\n}",
        "if A:\n    D = 1\nelse:\n    D = 2",
        "",
        "E = 1; F = 2",
        "G = (1 +\\\n     2)",
        "def f():\n\treturn 'tab'",
        "\x0cH = 'form feed'",
    ]
)


@st.composite
def sources(draw):
    """A settings file with one DEBUG, in any encoding and with any line ends."""
    head = draw(st.sampled_from(["", '"""Docstring."""\n', "import os\n", "from pathlib import Path\nimport sys\n"]))
    above, below = draw(st.lists(LINES, max_size=6)), draw(st.lists(LINES, max_size=6))
    debug = draw(
        st.sampled_from(["DEBUG = True", "DEBUG = False  # why", "DEBUG: bool = bool(1)", "Z = 1; DEBUG = True"])
    )
    text = head + "\n".join([*above, debug, *below]) + draw(st.sampled_from(["", "\n"]))
    text = text.replace("\n", draw(st.sampled_from(["\n", "\r\n"])))
    return draw(st.sampled_from([b"", b"\xef\xbb\xbf"])) + text.encode()


@settings(max_examples=300, deadline=None)
@given(content=sources())
def test_an_edit_changes_only_its_own_place(content):
    source = Source.of(Path("/nowhere/settings.py"), content)
    assert not source.opaque
    value = assignments(source.tree, "DEBUG")[-1].value
    start, end = source.span(value)
    source.replace(value, "NEW")
    after = source.result()
    assert after == (source.text[:start] + "NEW" + source.text[end:]).encode(source.encoding)
    ast.parse(after)


IMPORTS = ["import os", "import sys", "import csp", "from django.urls import path"]


@settings(max_examples=300, deadline=None)
@given(content=sources(), statements=st.lists(st.sampled_from(IMPORTS), min_size=1, max_size=4, unique=True))
def test_insertions_leave_every_other_line(content, statements):
    source = Source.of(Path("/nowhere/settings.py"), content)
    for statement in statements:
        source.add_import(statement)
    source.append("\n\nADDED = {'a': 1}\n")
    after = source.result()
    ast.parse(after)
    assert after.startswith(b"\xef\xbb\xbf") == content.startswith(b"\xef\xbb\xbf")
    remaining = iter(after.decode("utf-8-sig").split("\n"))
    original = content.decode("utf-8-sig").split("\n")
    if original[-1]:  # its line end is new
        original[-1] += "\r" if line_end(source.text) == "\r\n" else ""
    else:
        original.pop()
    for line in original:
        assert line in remaining, "every line is there, in its order"
    for statement in statements:
        assert statement.split()[-1] in set(_bound(after))


def _bound(content):
    for node in ast.parse(content).body:
        if isinstance(node, ast.Import | ast.ImportFrom):
            yield from (alias.asname or alias.name for alias in node.names)


@pytest.fixture(scope="module")
def bench(tmp_path_factory):
    """A project to apply plans to. Its interpreter is never started."""
    folder = tmp_path_factory.mktemp("bench")
    (folder / "manage.py").write_text("import os\nos.environ.setdefault('DJANGO_SETTINGS_MODULE', 'x')\n")
    return detect(folder)


contents = st.one_of(st.none(), st.binary(max_size=300))


@settings(max_examples=60, deadline=None)
@given(states=st.lists(st.tuples(contents, st.binary(max_size=300), st.booleans()), min_size=1, max_size=4))
def test_apply_and_undo_restore_every_byte(bench, states):
    """Several files, some of them new, are written in one plan and restored with their modes."""
    journal = Journal(Path(tempfile.mkdtemp(dir=bench.root)))
    applier = Applier(bench, journal, lambda event: None)
    folder = Path(tempfile.mkdtemp(dir=bench.root))
    actions, before = [], {}
    for number, (old, new, secret) in enumerate(states):
        path = folder / f"{number}" / "file.py"
        if old is not None:
            path.parent.mkdir()
            path.write_bytes(old)
            path.chmod(0o640)
        before[path] = old
        actions.append(WriteFile(path, old, new, "", secret))
    applier.apply(1, tuple(actions))
    assert {path: path.read_bytes() for path in before} == {each.path: each.after for each in actions}
    Undo(bench.root, bench.top, bench.git, journal).run(journal.batches())
    assert {path: path.read_bytes() if path.exists() else None for path in before} == before
    assert all(path.stat().st_mode & 0o777 == 0o640 for path, old in before.items() if old is not None)
    assert all(path.parent.exists() == (old is not None) for path, old in before.items())


names = st.sampled_from(["Django==4.2", "requests>=2  # why", "# note", "", "-e .", "celery[redis]==5.3", "uvicorn"])


@settings(max_examples=100, deadline=None)
@given(lines=st.lists(names, max_size=8), newline=st.sampled_from(["\n", "\r\n"]), last=st.booleans())
def test_existing_requirements_are_kept(lines, newline, last):
    content = newline.join(lines).encode() + (newline.encode() if last and lines else b"")
    after = requirements.with_added(Path("requirements.txt"), "requirements", content, ["gunicorn"], {"gunicorn": "27"})
    assert after.startswith(content)
    assert b"gunicorn" in after[len(content) :]
