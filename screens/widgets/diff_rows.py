"""A unified diff as rows: line numbers, changed words, and which old line became which new one.

Parsing a long diff takes longer than a key press may, so it belongs on a thread.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from functools import cached_property
from itertools import zip_longest

from rich.cells import cell_len

from screens.widgets.syntax import Colour, colour_rows
from wizard.base.secrets import redact
from wizard.base.terminal import harmless
from wizard.plan.actions import Action, WriteFile

MOST_ROWS = 2_000
"""Rows that are shown of a diff. The last row says how many more there are."""
MOST_COMPARED = 400
"""The largest block, in removed times added lines, whose lines are compared to find out which became which."""
MOST_MARKED = 500
"""Replaced lines in a diff whose changed words are marked."""
LONGEST_SHOWN = 2_000
"""The longest line, in characters, that is shown in full."""
LONGEST_MARKED = 400
"""The longest line, in characters, whose changed words are marked."""
SIMILAR = 0.4
"""The share of common words from which a line counts as replaced by another."""
MOSTLY_NEW = 0.7
"""If more than this share of a line has changed, none of its words is marked: the whole line is new."""
GAP = 2
"""Changed words this close together, with no letter between them, are marked as one."""
HUNK = re.compile(r"@@ -(\d+)(?:,\d+)? \+(\d+)")
WORD = re.compile(r"\w+|\s+|[^\w\s]")

Span = tuple[int, int]


@dataclass(slots=True)
class Row:
    """A line of a diff.

    Its kind is `+`, `-`, a space, `@` between hunks, or `\\` for a note. *old* and *new* are its numbers in the two
    files, or 0. *changed* are the changed words, and *colours* the syntax, as ranges of characters.
    """

    kind: str
    text: str
    old: int = 0
    new: int = 0
    changed: Sequence[Span] = ()
    colours: Sequence[Colour] = ()


Pair = tuple[Row | None, Row | None]


@dataclass
class Diff:
    """The diff of one file, ready to be shown."""

    rows: list[Row] = field(default_factory=list)
    added: str = ""
    """The added lines, all and in full."""

    @cached_property
    def replaces(self) -> bool:
        """Whether there are old and new lines, so that it makes sense side by side."""
        return {"+", "-"} <= {row.kind for row in self.rows}

    @cached_property
    def first_line(self) -> int:
        """The number of the first changed line in the new file."""
        for index, row in enumerate(self.rows):
            if row.kind == "+":
                return row.new
            if row.kind == "-":
                following = next((after.new for after in self.rows[index:] if after.new), 0)
                return following or row.old
        return 1

    @cached_property
    def longest(self) -> int:
        """The width of the longest changed line, in cells."""
        return max((cell_len(row.text) for row in self.rows if row.kind in "+-"), default=0)

    @cached_property
    def digits(self) -> int:
        """The width of a line number."""
        return len(str(max((max(row.old, row.new) for row in self.rows), default=0)))

    @cached_property
    def pairs(self) -> list[Pair]:
        """The old and the new rows; those on one line belong together."""
        return [pair for block in _blocks(self.rows) for pair in _aligned(*block)]


def diff_of(action: Action) -> Diff | None:
    """The diff of *action*, if it changes a file."""
    return parse_diff(action.preview(), action.path.name) if isinstance(action, WriteFile) else None


def parse_diff(diff: str, name: str = "") -> Diff:
    """Parse the unified diff of the file *name*, and redact the secrets in it."""
    lines = redact(harmless(diff)).split("\n")[2:]
    rows = list(_rows(lines[:MOST_ROWS]))
    if left_out := len(lines[MOST_ROWS:]):
        rows.append(Row("\\", f"… {left_out:,} more lines"))
    result = Diff(rows, "\n".join(line[1:] for line in lines if line.startswith("+")))
    marked = 0
    for old, new in result.pairs:
        if old and new and (old.kind, new.kind) == ("-", "+") and marked < MOST_MARKED:
            old.changed, new.changed = changed_words(old.text, new.text)
            marked += 1
    colour_rows(rows, name)
    return result


def _rows(lines: list[str]) -> Iterator[Row]:
    old = new = 0
    for number, line in enumerate(lines):
        kind, text = line[:1] or " ", line[1:].expandtabs(4)
        if len(text) > LONGEST_SHOWN:
            text = f"{text[:LONGEST_SHOWN]} … {len(text) - LONGEST_SHOWN:,} more characters"
        if hunk := HUNK.match(line):
            old, new = int(hunk[1]), int(hunk[2])
            if number:
                yield Row("@", "⋯")
        elif kind == "-":
            yield Row(kind, text, old=old)
            old += 1
        elif kind == "+":
            yield Row(kind, text, new=new)
            new += 1
        elif kind == "\\":
            yield Row(kind, text.strip())
        else:
            yield Row(" ", text, old, new)
            old, new = old + 1, new + 1


def _blocks(rows: list[Row]) -> Iterator[tuple[list[Row], list[Row]]]:
    """Each block of removed and added rows, and each other row as a block of its own."""
    removed: list[Row] = []
    added: list[Row] = []
    last = removed
    for row in rows:
        if row.kind == "-":
            if added:  # a block ends where removed lines follow added ones
                yield removed, added
                removed, added = [], []
            removed.append(row)
            last = removed
        elif row.kind == "+":
            added.append(row)
            last = added
        elif row.kind == "\\" and (removed or added):
            last.append(row)
        else:
            if removed or added:
                yield removed, added
                removed, added, last = [], [], []
            yield [row], [row]
    if removed or added:
        yield removed, added


def _aligned(removed: list[Row], added: list[Row]) -> list[Pair]:
    """Pair the rows of a block so that the most similar ones are together, in the order of both files."""
    if not removed or not added or removed[0] is added[0] or len(removed) * len(added) > MOST_COMPARED:
        return list(zip_longest(removed, added))
    old_words, new_words = ([_visible_words(row.text) for row in rows] for rows in (removed, added))
    height, width = len(removed), len(added)
    likeness = [[_likeness(old, new) for new in new_words] for old in old_words]
    best = [[0.0] * (width + 1) for _ in range(height + 1)]
    for i in reversed(range(height)):
        for j in reversed(range(width)):
            best[i][j] = max(best[i + 1][j], best[i][j + 1], likeness[i][j] and likeness[i][j] + best[i + 1][j + 1])
    pairs: list[Pair] = []
    i = j = 0
    while i < height and j < width:
        if likeness[i][j] and best[i][j] == likeness[i][j] + best[i + 1][j + 1]:
            pairs.append((removed[i], added[j]))
            i, j = i + 1, j + 1
        elif best[i][j] == best[i + 1][j]:
            pairs.append((removed[i], None))
            i += 1
        else:
            pairs.append((None, added[j]))
            j += 1
    rest_old: list[Pair] = [(row, None) for row in removed[i:]]
    return _closed_up([*pairs, *rest_old, *((None, row) for row in added[j:])])


def _closed_up(pairs: list[Pair]) -> list[Pair]:
    """Put removed and added rows that are no replacement of each other on the same lines, to save space."""
    found: list[Pair] = []
    olds: list[Row] = []
    news: list[Row] = []
    for old, new in [*pairs, (None, None)]:
        if old and not new:
            olds.append(old)
        elif new and not old:
            news.append(new)
        else:
            found += zip_longest(olds, news)
            olds, news = [], []
            if old:
                found.append((old, new))
    return found


def _visible_words(text: str) -> list[str]:
    return [word for word in WORD.findall(text) if not word.isspace()]


def _likeness(old: list[str], new: list[str]) -> float:
    """How similar the words of two lines are; 0 if they are not. Lines that set or define the same name are similar."""
    common = sum((Counter(old) & Counter(new)).values())
    share = 2 * common / (len(old) + len(new)) if old or new else 1.0
    same_name = len(old) > 1 and old[:2] == new[:2] and old[0].isidentifier()
    return max(share, SIMILAR) if same_name else share if share >= SIMILAR else 0.0


def changed_words(old: str, new: str) -> tuple[list[Span], list[Span]]:
    """Where the words are that differ between two lines. Nowhere if the lines have little in common."""
    if max(len(old), len(new)) > LONGEST_MARKED:
        return [], []
    old_words, new_words = WORD.findall(old), WORD.findall(new)
    gone: list[Span] = []
    came: list[Span] = []
    at_old, at_new = _offsets(old_words), _offsets(new_words)
    for kind, a, b, c, d in SequenceMatcher(None, old_words, new_words, autojunk=False).get_opcodes():
        if kind != "equal":
            gone += [(at_old[a], at_old[b])] * (b > a)
            came += [(at_new[c], at_new[d])] * (d > c)
    gone, came = _joined_spans(gone, old), _joined_spans(came, new)
    if _share(gone, old) > MOSTLY_NEW and _share(came, new) > MOSTLY_NEW:
        return [], []
    return gone, came


def _joined_spans(spans: list[Span], text: str) -> list[Span]:
    """Join spans with only a sign or two between them, which two lines have in common by chance."""
    found: list[Span] = []
    for start, end in spans:
        between = text[found[-1][1] : start] if found else ""
        if found and len(between) <= GAP and not any(map(str.isalnum, between)):
            found[-1] = found[-1][0], end
        else:
            found.append((start, end))
    return found


def _offsets(words: list[str]) -> list[int]:
    offsets = [0]
    for word in words:
        offsets.append(offsets[-1] + len(word))
    return offsets


def _share(spans: list[Span], text: str) -> float:
    return sum(end - start for start, end in spans) / (len(text.strip()) or 1)
