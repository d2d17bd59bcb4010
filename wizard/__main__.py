"""`python -m wizard` is the same as `golive`."""

import os
import sys


def leave_the_project_out() -> None:
    """Import nothing from the current folder, or from PYTHONPATH: what lies there is no part of Golive."""
    own = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))  # noqa: PTH100, PTH120 - pathlib is one such import
    given = [] if sys.flags.ignore_environment else os.environ.get("PYTHONPATH", "").split(os.pathsep)
    here = [] if sys.flags.safe_path else sys.path[:1]
    foreign = {os.path.abspath(each) for each in (*given, *here) if each or each in here} - {own}  # noqa: PTH100
    sys.path[:] = [each for each in sys.path if os.path.abspath(each) not in foreign]  # noqa: PTH100


leave_the_project_out()

from wizard.cli.main import main  # noqa: E402

sys.exit(main())
