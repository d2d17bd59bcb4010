"""`golive flows`: draft user journeys from the project's URLs."""

from __future__ import annotations

import argparse

from wizard.checklist.answers import Answers
from wizard.cli.output import EventPrinter, say
from wizard.engine.opening import open_engine
from wizard.engine.start import start
from wizard.site.journey_drafts import draft


def run(options: argparse.Namespace) -> int:
    begin = start(options)
    with open_engine(begin, Answers(dict(begin.answers)), EventPrinter(), reading=True) as engine:
        say(draft(engine.project).rstrip())
    return 0
