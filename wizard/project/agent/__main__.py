"""Start the agent in the project's interpreter.

The modules of this folder become the package `golive_agent`, which is built here by hand. The folder itself leaves
`sys.path` before anything is imported, so that its `settings.py`, `urls.py` and `views.py` can neither shadow the
project's modules nor be imported by the project. All of them are loaded before the first line of the project runs.
"""

import sys

if __name__ == "__main__":
    package = type(sys)("golive_agent")
    package.__path__ = [sys.path.pop(0)]
    sys.modules["golive_agent"] = package

    from golive_agent.loop import main

    package.__path__ = []  # from here on the project can't load a module from this folder
    main()
