"""Put into the tests' project environment where coverage is measured: the agent runs there, and in forks that end hard.

The environment has no coverage of its own, and the agent no variables that would ask for it.
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
