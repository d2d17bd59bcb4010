"""`golive journeys`: list the user journeys with their last results, show one, run one, or save them as flows."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from difflib import get_close_matches
from pathlib import Path

from wizard.base import files
from wizard.base.errors import UsageError
from wizard.base.secrets import redact, redacted
from wizard.base.wording import plural
from wizard.checklist.answers import Answers
from wizard.checklist.model import OVERLAY
from wizard.cli.output import EventPrinter, say
from wizard.cli.start_options import start_options
from wizard.cli.state import project_root
from wizard.engine.opening import open_engine
from wizard.engine.runner import Engine
from wizard.journeys import flow_text, store
from wizard.journeys.result import Verdict
from wizard.journeys.store import DERIVED, StoredJourney
from wizard.plan.actions import WriteFile
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
    chosen = [_named(known, name) for name in options.names]
    _show(chosen, as_json=options.json)
    return 0


def journeys_of(root: Path) -> list[StoredJourney]:
    """The flows of golive.yaml, each with its last result, and the journeys that Golive found itself."""
    stored = store.read(root)
    flows = []
    for flow in read_config(root).journeys:
        last = next((each for each in stored if each.source != DERIVED and each.name == flow.name), None)
        missing = StoredJourney(store.of_flow(flow.name, flow.title, (), Verdict.OPEN, ""))
        found = last or missing
        flows.append(StoredJourney(found.result, (flow.item,), flow.location, found.at, found.target))
    return [*flows, *(each for each in stored if each.source == DERIVED)]


def _named(known: Sequence[StoredJourney], name: str) -> StoredJourney:
    """The journey *name*.

    Raises:
        UsageError: there is none.
    """
    found = next((each for each in known if each.name == name), None)
    if found is None:
        close = get_close_matches(name, [each.name for each in known], 1)
        hint = f"Did you mean {close[0]}?" if close else "`golive journeys` lists all. `golive --auto` finds new ones."
        raise UsageError(f"There is no journey {name}", "", hint)
    return found


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
        root, known = engine.project.root, journeys_of(engine.project.root)
        if any(each.source == DERIVED for each in known):
            _named(known, name)
        engine.project.inspect_settings()
        items = frozenset(item for each in known if each.name == name for item in each.items)
        before = store.written(root)
        engine.verify(engine.checklist.tasks[TASK], items)
        engine.state.save()
        found = _named(journeys_of(root), name)
        ran = bool(found.at) and store.written(root) != before
    if not ran:
        why = "another flow proves its items, or the project no longer has it"
        raise UsageError(f"The journey {name} was not run", why, "`golive journeys` lists all.")
    _show([found], as_json=options.json)
    return CODES[found.result.verdict]


# ---- saving


def _save(options: argparse.Namespace, root: Path, known: Sequence[StoredJourney]) -> int:
    taken = {flow.name for flow in read_config(root).journeys}
    derived = [each for each in known if each.source == DERIVED]
    named = [_named(known, name) for name in options.names]
    for each in named:
        if each.source != DERIVED or each.name in taken:
            raise UsageError(f"{OVERLAY} has a flow {each.name} already", "", "Edit it there.")
    chosen = named or [each for each in derived if each.result.verdict is Verdict.WORKS]
    wanted = flow_text.with_needs(chosen, derived)
    flows = [flow for each in wanted if each.name not in taken and (flow := flow_text.flow_of(each))]
    saved = {flow["flow"] for flow in flows}
    for each in named:
        if each.name not in saved:
            why = "it has no item, no request that can be sent again, or needs a secret"
            raise UsageError(f"The journey {each.name} can't be saved as a flow", why, "Write the flow yourself.")
    if not flows:
        raise UsageError("There is no journey to save", "", "Run `golive --auto` first.")
    begin = start_options(options)
    with open_engine(begin, Answers(dict(begin.answers)), EventPrinter()) as engine:
        _write(engine, flows)
    say(f"Added {plural(len(flows), 'flow')} to {OVERLAY}: {', '.join(sorted(saved))}")
    say(f"`golive undo {TASK}` removes them again.", sys.stderr)
    return 0


def _write(engine: Engine, flows: Sequence[flow_text.Flow]) -> None:
    """Add *flows* to golive.yaml as a change of task 21, which can be undone."""
    path = engine.project.root / OVERLAY
    before = files.read(path)
    after = flow_text.add_flows(before, flows)
    action = WriteFile(path, before, after, "user journeys for editing")
    engine.applier.apply(TASK, (action,))
