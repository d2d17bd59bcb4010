"""The variables that SECRET_KEY and DEBUG are read from."""

from __future__ import annotations

import pytest

from steps.shared.setting_variables import debug_variable, secret_key_variable
from tests.steps.fakes import FakeProject


@pytest.mark.parametrize(
    ("text", "variable"),
    [
        ('import os\nSECRET_KEY = os.environ["APP_KEY"]\n', "APP_KEY"),
        ('import os\nif True:\n    SECRET_KEY = os.getenv("NESTED_KEY")\n', "NESTED_KEY"),
        ('SECRET_KEY = "a-literal"\n', "DJANGO_SECRET_KEY"),
        ("X = 1\n", "DJANGO_SECRET_KEY"),
    ],
    ids=["read", "read in a block", "literal", "not set"],
)
def test_the_variable_of_the_secret_key_is_found(tmp_path, text, variable):
    assert secret_key_variable(FakeProject(tmp_path, text)) == variable


@pytest.mark.parametrize(
    ("text", "variable"),
    [('import os\nDEBUG = os.getenv("APP_DEBUG") == "True"\n', "APP_DEBUG"), ("DEBUG = True\n", "DEBUG")],
)
def test_the_variable_of_debug_is_found(tmp_path, text, variable):
    assert debug_variable(FakeProject(tmp_path, text)) == variable
