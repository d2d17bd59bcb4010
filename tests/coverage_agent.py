"""Measure the coverage of the agent, also in forks that end with os._exit.

Installed into the tests' project environment, which does not have coverage. The agent gets no variables that would
start it.
"""

import os
import sys

DATA, AGENT = "{data}", "{agent}"
MODULES = [AGENT + "/*"]

if f"{AGENT}/__main__.py" in sys.orig_argv:
    sys.path.append("{packages}")
    import coverage

    sys.path.pop()
    measured = coverage.Coverage(data_file=DATA, data_suffix=True, branch=True, include=MODULES, config_file=False)
    measured.start()
    end = os._exit

    def saved(code):
        measured.stop()
        measured.save()
        end(code)

    os._exit = saved
