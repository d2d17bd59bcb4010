"""Run a program in the network namespace of another process: `launcher.py PROCESS PROGRAM ARGUMENT...`.

The program replaces this process, so its number, its group and its signals are the program's.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parents[4]))
    from wizard.targets.local.private_network.namespace import enter

    enter(int(sys.argv[1]))
    os.execvp(sys.argv[2], sys.argv[2:])  # noqa: S606 - it is a command line already
