"""Write docs/explanation/performance.md: the results of the last runs of `./dev bench`, and its machine."""

from __future__ import annotations

import os
import platform
import re
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

PAGE = Path(__file__).parents[2] / "docs" / "explanation" / "performance.md"
BEGIN, END = "<!-- made by ./dev bench -->", "<!-- to here -->"
GROWTH, GROWTH_END = "<!-- made by ./dev bench growth -->", "<!-- the growth to here -->"


@dataclass(frozen=True)
class Figure:
    """A measurement *what*, divided by another one *against*: the ratio *value*, and its limit."""

    what: str
    against: str
    value: float
    limit: float

    @property
    def good(self) -> bool:
        return self.value <= self.limit


def machine() -> str:
    """Describe the machine in a sentence."""
    cpu = (
        re.search(r"model name\s*: (.*)", Path("/proc/cpuinfo").read_text())
        if Path("/proc/cpuinfo").is_file()
        else None
    )
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return (
        f"Measured on {os.cpu_count()} cores ({cpu[1] if cpu else platform.machine()}), {memory:.0f} GB of memory, "
        f"{platform.system()}, Python {platform.python_version()}, Textual {metadata.version('textual')}."
    )


def write(figures: list[Figure]) -> None:
    """Replace the table of figures in the page."""
    rows = [f"| {each.what} | {each.against} | {each.value:.2f} | {each.limit:g} |" for each in figures]
    head = ["| figure | compared with | ratio | limit |", "| --- | --- | ---: | ---: |"]
    _replace(BEGIN, END, [machine(), "", *head, *rows])


def write_growth(what: str, rows: list[str]) -> None:
    """Replace the table of the growth in the page. *what* the processor time was needed for."""
    head = ["| added | how many | Golive (s) | children (s) | exponent | largest exponent of a step |"]
    _replace(
        GROWTH,
        GROWTH_END,
        [f"Processor time {what}. {machine()}", "", *head, "| --- | --- | --- | --- | ---: | --- |", *rows],
    )


def _replace(begin: str, end: str, lines: list[str]) -> None:
    """Replace what is between two markers of the page."""
    before, _, rest = PAGE.read_text().partition(begin)
    _, _, after = rest.partition(end)
    PAGE.write_text("\n".join([before + begin, "", *lines, "", end + after]))
