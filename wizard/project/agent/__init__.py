"""The agent: a program that runs in the project's interpreter and answers questions about the project.

Golive starts `__main__.py` by its path. The agent imports Django once and then forks a child for each question. A child
has its own environment, folder and settings, so no answer can affect the next one. Requests arrive as JSON lines on
stdin, answers leave as JSON lines on stdout, and the project's output goes to stderr. The agent kills a child that
takes too long or prints too much, with everything in its process group. When stdin closes, because Golive has ended,
the agent and its children end too.

These modules run on Python 3.8 and newer. They may import only the standard library, Django and each other, and inside
of functions also a package that the project's own views come from.
"""
