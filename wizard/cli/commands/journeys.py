"""`golive journeys`: list the user journeys with their last results, show one, run one, or save them as flows."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path

from wizard.base.errors import UsageError
from wizard.base.secrets import redact, redacted
from wizard.base.wording import plural
from wizard.checklist.answers import Answers
from wizard.checklist.model import OVERLAY
from wizard.cli.output import EventPrinter, say
from wizard.cli.start_options import start_options
from wizard.cli.state import project_root
from wizard.engine.opening import open_engine
from wizard.engine.user_journeys import add_flows, flows_to_save, journeys_of, named, run_again
from wizard.journeys.flow_text import TO_REPLACE
from wizard.journeys.result import Verdict
from wizard.journeys.store import DERIVED, StoredJourney
from wizard.reporting import journey_text
from wizard.site.journey_reader import read_config
from wizard.state import state_folder
from wizard.state.generated_items import TASK

CODES = {Verdict.WORKS: 0, Verdict.BROKEN: 1, Verdict.OPEN: 3}
"""Exit codes of `golive journeys NAME --run`, as those of a run."""


def run(options: argparse.Namespace) -> int:
    if options.run and options.save:
        raise UsageError("--run and --save can't be combined", "", "Run the journey first, then save it.")
    if options.run:
        return _run(options)
    root = project_root(options)
    state_folder.check(root)
    known = journeys_of(root)
    if options.save:
        return _save(options, root, known)
    if not options.names:
        return _list(known, as_json=options.json)
    chosen = [named(known, name) for name in options.names]
    _show(chosen, as_json=options.json)
    return 0


def _list(known: list[StoredJourney], *, as_json: bool) -> int:
    if as_json:
        say(json.dumps(redacted({"v": 1, "journeys": [journey_text.as_record(each) for each in known]})))
        return 0
    for line in journey_text.listing(known):
        say(redact(line))
    if not any(each.source == DERIVED for each in known):
        say("Golive has found no journeys in the project yet. Run `golive --auto` first.", sys.stderr)
    return 0


def _show(chosen: Sequence[StoredJourney], *, as_json: bool) -> None:
    if as_json:
        say(json.dumps(redacted({"v": 1, "journeys": [journey_text.as_record(each) for each in chosen]})))
        return
    for each in chosen:
        say(redact("\n".join(journey_text.steps(each))))


# ---- running


def _run(options: argparse.Namespace) -> int:
    """Run the journeys of the site, and record and show the one that is named."""
    if len(options.names) != 1:
        raise UsageError("--run needs the name of one journey", "", "`golive journeys` lists all.")
    begin, name = start_options(options), options.names[0]
    with open_engine(begin, Answers(dict(begin.answers)), EventPrinter()) as engine:
        known = journeys_of(engine.project.root)
        if any(each.source == DERIVED for each in known):
            named(known, name)
        found = run_again(engine, name, [item for each in known if each.name == name for item in each.items])
    _show([found], as_json=options.json)
    return CODES[found.result.verdict]


# ---- saving


def _save(options: argparse.Namespace, root: Path, known: Sequence[StoredJourney]) -> int:
    taken = {flow.name for flow in read_config(root).journeys}
    flows = flows_to_save(known, options.names, taken)
    begin = start_options(options)
    with open_engine(begin, Answers(dict(begin.answers)), EventPrinter()) as engine:
        add_flows(engine, flows)
    say(f"Added {plural(len(flows), 'flow')} to {OVERLAY}: {', '.join(sorted(flow['flow'] for flow in flows))}")
    if names := [flow["flow"] for flow in flows if TO_REPLACE in str(flow)]:
        what = f"{', '.join(sorted(names))}: this journey does not work yet. Edit the last step"
        say(f"{what}: {TO_REPLACE!r}.", sys.stderr)
    say(f"`golive undo {TASK}` removes them again.", sys.stderr)
    return 0
