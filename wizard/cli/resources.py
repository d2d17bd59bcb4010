"""What a run took of this machine, for -v."""

from __future__ import annotations

import sys

from wizard.base import process
from wizard.base.wording import plural
from wizard.cli.output import say


def print_resources() -> None:
    """Print what the run took of this machine, for -v."""
    spent = process.spent
    say(
        f"Child processes took {spent.seconds:.1f} s. The project's interpreter was started "
        f"{plural(spent.interpreters, 'time')}. Golive itself took {process.peak_memory():.0f} MB of memory at most.",
        sys.stderr,
    )
