"""On this machine the settings get the variables of a .env file that manage.py reads before it loads them."""

from __future__ import annotations

import os

import pytest

from wizard.project import dotenv_files


@pytest.mark.parametrize(
    ("manage", "expected"),
    [
        ("import dotenv\ndotenv.read_dotenv()\n", "from the file"),
        ("from dotenv import load_dotenv\nload_dotenv()\n", "from the file"),
        ("import os\n", None),
        ("not python", None),
    ],
    ids=["django-dotenv", "python-dotenv", "reads none", "not readable"],
)
def test_variables_that_manage_py_reads_are_there(tmp_path, monkeypatch, manage, expected):
    monkeypatch.setenv("SHOP_SET", "by the user")
    monkeypatch.delenv("SHOP_KEY", raising=False)
    (tmp_path / "manage.py").write_text(manage)
    (tmp_path / ".env").write_text("SHOP_KEY='from the file'\nSHOP_SET=other\n")
    values = dotenv_files.development_environment(tmp_path / "manage.py", tmp_path / ".env", tmp_path)
    assert values.get("SHOP_KEY") == expected
    assert (values["SHOP_SET"], values["PATH"]) == ("by the user", os.environ["PATH"])
