"""An environment with the libraries of mail and uploads, which takes long to install."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.conftest import installer, made_once, make_environment
from tests.steps.uploads_club import REQUIREMENTS

MORE = ("django-anymail[amazon-ses]", "django-cloudinary-storage")


@pytest.fixture(scope="session")
def club_python(tmp_path_factory):
    """The interpreter of an environment with the club's requirements, and MORE."""
    with made_once(tmp_path_factory, "club-environment") as (venv, missing):
        if missing:
            make_environment(sys.executable, venv)
            subprocess.run([*installer(venv / "bin/python"), *REQUIREMENTS.split(), *MORE], check=True)
    return str(venv / "bin/python")
