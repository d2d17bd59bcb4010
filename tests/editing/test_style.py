"""The style of a project's Python comes from its formatter's settings and from the file."""

from __future__ import annotations

import pytest

from wizard.editing.style import Style

SINGLE = "NAME = 'shop'\nif NAME:\n\tOTHER = 'x'\n"


@pytest.mark.parametrize(
    ("name", "config", "width", "quote"),
    [
        ("none", "", 88, "'"),
        ("pyproject.toml", "[tool.black]\nline-length = 100\n", 100, '"'),
        ("pyproject.toml", "[tool.black]\n", 88, '"'),
        ("pyproject.toml", "[tool.black]\nline-length = 79\nskip-string-normalization = true\n", 79, "'"),
        ("pyproject.toml", "[tool.ruff]\nline-length = 110\n", 110, "'"),
        ("pyproject.toml", "[tool.ruff]\n[tool.ruff.format]\nquote-style = 'double'\n", 88, '"'),
        ("pyproject.toml", "[tool.black]\nline-length = 90\n[tool.ruff]\nline-length = 110\n", 90, '"'),
        ("pyproject.toml", "[tool.black]\n[tool.ruff.format]\nquote-style = 'single'\n", 88, "'"),
        ("pyproject.toml", "[tool.ruff.format]\nquote-style = 'preserve'\n", 88, "'"),
        ("ruff.toml", "line-length = 96\n[format]\nquote-style = 'double'\n", 96, '"'),
        (".ruff.toml", "line-length = 97\n", 97, "'"),
        ("setup.cfg", "[flake8]\nmax-line-length = 79\n", 79, "'"),
        ("tox.ini", "[flake8]\nmax_line_length = 70\n", 70, "'"),
        (".flake8", "[flake8]\nmax-line-length = 120\n", 88, "'"),
        (".flake8", "[flake8]\nmax-line-length = 60\n", 60, "'"),
        (".flake8", "[flake8]\nmax-line-length = 59\n", 88, "'"),
        ("setup.cfg", "[flake8\n", 88, "'"),
        ("pyproject.toml", "[tool.black\n", 88, "'"),
        ("pyproject.toml", "tool = 3\n", 88, "'"),
        ("pyproject.toml", "[tool]\nblack = 1\nruff = []\n", 88, '"'),
        ("pyproject.toml", "[tool.black]\nline-length = 'wide'\n", 88, '"'),
        ("pyproject.toml", "[tool.ruff]\nline-length = -3\nformat = 1\n", 88, "'"),
    ],
)
def test_the_formatters_settings_win_over_the_files_style(name, config, width, quote, tmp_path):
    (tmp_path / ".git").mkdir()
    (tmp_path / "shop").mkdir()
    if config:
        (tmp_path / name).write_text(config)
    style = Style.of(SINGLE, tmp_path / "shop" / "settings.py")
    assert (style.width, style.quote, style.indent) == (width, quote, "\t")


def test_settings_above_the_repository_are_ignored(tmp_path):
    (tmp_path / "pyproject.toml").write_text("[tool.black]\nline-length = 100\n")
    (tmp_path / "repository" / ".git").mkdir(parents=True)
    assert Style.of(SINGLE, tmp_path / "repository" / "settings.py") == Style("'", "\t", 88)


def test_new_code_is_formatted_like_the_file():
    code = 'A = {"a": "it\'s", "b": "x"}\nif A:\n    B = "x"\n'
    assert Style("'", "  ", 88).formatted(code) == "A = {'a': \"it's\", 'b': 'x'}\nif A:\n  B = 'x'\n"
    long = "NAMES = [" + ", ".join(f'"name{number}"' for number in range(6)) + "]\n"
    assert Style(width=88).formatted(long) == long
    assert len(Style(width=40).formatted(long).splitlines()) > 1
    assert len(Style(width=80).formatted(long, lead=" " * 20).splitlines()) > 1
