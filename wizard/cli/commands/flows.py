"""`golive flows`: draft user journeys from the project's URLs."""

from __future__ import annotations

import argparse

from wizard.checklist.answers import Answers
from wizard.cli.output import EventPrinter, say
from wizard.cli.start_options import start_options
from wizard.engine.opening import open_engine
from wizard.site.journey_discovery import draft_journeys


def run(options: argparse.Namespace) -> int:
    begin = start_options(options)
    with open_engine(begin, Answers(dict(begin.answers)), EventPrinter(), reading=True) as engine:
        say(draft_journeys(engine.project).rstrip())
    return 0
