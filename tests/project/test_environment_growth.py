"""Which environment of a release another one begins with."""

from __future__ import annotations

from pathlib import Path

import pytest

from wizard.project import environment_growth
from wizard.project.install_errors import Place
from wizard.project.release_requirements import ReleaseRequirements

PYTHON = ("3.11.7", "/usr/bin/python3.11")


def wanted(*lines, pins=()):
    return ReleaseRequirements([Place(Path("requirements.txt"), 1, line) for line in lines], list(pins))


@pytest.fixture
def kept(tmp_path):
    """An environment with one package of a private index, and the link that leads to it."""
    made = tmp_path / "key.1-half"
    made.mkdir()
    environment_growth.record(made, wanted("--index-url https://a.example", "django==5.2"), *PYTHON)
    link = tmp_path / "key"
    link.symlink_to(made.name)
    return link


@pytest.mark.parametrize(
    ("lines", "python", "pins"),
    [
        pytest.param(["--index-url https://a.example"], PYTHON, (), id="a package less"),
        pytest.param(["--index-url https://a.example", "django==5.2"], PYTHON, (), id="the same"),
        pytest.param(["--index-url https://a.example", "django==5.1", "rich"], PYTHON, (), id="another version"),
        pytest.param(["--index-url https://b.example", "django==5.2", "rich"], PYTHON, (), id="another index"),
        pytest.param(
            ["--index-url https://a.example", "django==5.2", "rich", "--pre"], PYTHON, (), id="one more option"
        ),
        pytest.param(["--index-url https://a.example", "django==5.2", "rich"], PYTHON, ("rich==1",), id="a pin"),
        pytest.param(
            ["--index-url https://a.example", "django==5.2", "rich"], ("3.12.1", "x"), (), id="another Python"
        ),
    ],
)
def test_an_environment_that_could_differ_is_not_used(kept, lines, python, pins):
    assert environment_growth.smaller([kept], wanted(*lines, pins=pins), *python) is None


def test_an_environment_that_lacks_a_package_is_used_and_a_damaged_one_is_not(kept):
    more = wanted("rich", "--index-url https://a.example", "django==5.2")
    assert environment_growth.smaller([kept.with_name("gone"), kept], more, *PYTHON) == kept.resolve()
    (kept / environment_growth.RECORD).write_text("[")
    assert environment_growth.smaller([kept], more, *PYTHON) is None


def test_the_record_has_no_password_of_a_package_index(kept):
    assert "example" not in (kept / environment_growth.RECORD).read_text()


def test_programs_that_pip_compiled_do_not_stop_the_next_environment(tmp_path):
    old, new = tmp_path / "old", tmp_path / "new"
    (old / "bin" / "__pycache__").mkdir(parents=True)
    (old / "bin" / "jp.py").write_text(f"#!{old}/bin/python\n")
    (old / "lib").mkdir()
    (old / "lib" / "django.py").write_text("")
    (new / "bin").mkdir(parents=True)
    environment_growth.link_packages(old, new)
    assert (new / "bin" / "jp.py").read_text() == f"#!{new}/bin/python\n"
    assert (new / "lib" / "django.py").is_file()
