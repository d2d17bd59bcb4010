"""`python -m wizard` is the same as `golive`."""

import os
import sys


def remove_project_paths() -> None:
    """Remove the current folder and PYTHONPATH from sys.path. They may contain untrusted modules."""
    own = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))  # noqa: PTH100, PTH120 - pathlib may be the project's
    given = [] if sys.flags.ignore_environment else os.environ.get("PYTHONPATH", "").split(os.pathsep)
    here = [] if sys.flags.safe_path else sys.path[:1]
    foreign = {os.path.abspath(path) for path in (*given, *here) if path or path in here} - {own}  # noqa: PTH100
    sys.path[:] = [path for path in sys.path if os.path.abspath(path) not in foreign]  # noqa: PTH100


remove_project_paths()

from wizard.cli.main import main  # noqa: E402

sys.exit(main())
