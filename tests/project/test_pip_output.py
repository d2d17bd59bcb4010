"""The output of pip and uv is shown up to a limit: uv explains a conflict in thousands of lines."""

from __future__ import annotations

from wizard.project.pip import MOST_LINES, FirstLines


def shown(count):
    found = list[str]()
    lines = FirstLines(found.append)
    for number in range(count):
        lines(str(number))
    lines.end()
    return found


def test_an_endless_explanation_is_cut_and_its_length_is_said():
    assert shown(MOST_LINES) == [str(number) for number in range(MOST_LINES)]
    assert shown(MOST_LINES + 23_000)[-2:] == [str(MOST_LINES - 1), "… 23,000 more lines"]
