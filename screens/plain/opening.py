"""Before a project is open: asking for trust, and correcting errors that prevent this."""

from __future__ import annotations

import dataclasses

from screens.formatting import asks_for_interpreter
from screens.plain.prompts import InputClosed, ask, confirm, say, say_lines
from wizard.base.errors import GoliveError, SeveralProjects
from wizard.engine.start_options import StartOptions
from wizard.project.detection import locate
from wizard.project.trust import QUESTION, WHY, is_trusted, trust, what_runs


def ask_for_trust(start: StartOptions) -> None:
    """Ask before any code of the project runs, unless its folder is trusted already.

    Raises:
        GoliveError: the project can't be found.
        InputClosed: the user declined.
    """
    place = locate(start.folder, start.manage)
    if is_trusted(place.root):
        return
    say(f"{place.root}: {WHY} It would run:")
    say_lines(f"- {line}" for line in what_runs(place, start.python))
    if not confirm(QUESTION, default=False):
        raise InputClosed
    trust(place.root)


def corrected(start: StartOptions, error: GoliveError) -> StartOptions | None:
    """Print *error* and ask for a correction; returns the corrected start, or None to quit."""
    say(str(error))
    try:
        return _ask_for_correction(start, error)
    except InputClosed:
        return None


def _ask_for_correction(start: StartOptions, error: GoliveError) -> StartOptions | None:
    if isinstance(error, SeveralProjects):
        say_lines(f"{number}: {place}" for number, place in enumerate(error.places, 1))
        answer = ask("Type the number of a project, or press Enter to quit:")
        valid = answer.isdigit() and 0 < int(answer) <= len(error.places)
        return dataclasses.replace(start, manage=error.places[int(answer) - 1]) if valid else None
    if asks_for_interpreter(error):
        answer = ask("Type the path to the project's Python interpreter, or press Enter to quit:")
        return dataclasses.replace(start, python=answer) if answer else None
    return None if ask("Correct this, then press Enter to retry, or type q to quit:") == "q" else start
