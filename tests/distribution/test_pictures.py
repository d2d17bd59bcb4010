"""The pictures of measurements, and the exponent of a growth."""

from __future__ import annotations

import re
from xml.etree import ElementTree

import pytest

from tests.bench import plot
from tests.bench.step_costs import Cost, exponent, steepest

SERIES = {"apps & more": [(1, 10), (10, 20), (100, 50)], "files": [(1, 10), (10, 21), (100, 51)]}


def elements(svg, tag, kind=""):
    found = ElementTree.fromstring(svg).iter(f"{{http://www.w3.org/2000/svg}}{tag}")
    return [each for each in found if kind in each.get("class", "")]


def lines():
    return plot.lines(SERIES, title="Title", about="About", x="size", y="seconds", guide="linear")


def test_equal_factors_are_equal_distances_and_names_do_not_overlap():
    first, _ = elements(lines(), "polyline")
    points = [tuple(map(float, point.split(","))) for point in first.get("points").split()]
    assert points[1][0] - points[0][0] == pytest.approx(points[2][0] - points[1][0])
    assert (points[0][1] - points[1][1]) / (points[1][1] - points[2][1]) == pytest.approx(0.7565, abs=0.01)
    names = elements(lines(), "text", "name")
    assert [each.text for each in names] == ["files", "apps & more"]
    assert float(names[1].get("y")) - float(names[0].get("y")) >= 18


def test_bars_are_as_long_as_their_values():
    rows = [("1 Rotate secrets", 12, 3), ("17 Deploy", 30, 10)]
    svg = plot.bars(rows, title="Title", about="About", before="then", after="now")
    lengths = [float(each.get("width")) for each in elements(svg, "rect")[3:]]
    assert [length / lengths[2] for length in lengths] == pytest.approx([0.4, 0.1, 1, 1 / 3], abs=0.001)
    assert {"1 Rotate secrets", "17 Deploy", "then", "now", "12", "30"} <= {each.text for each in elements(svg, "text")}


def test_every_colour_follows_the_readers_scheme():
    light, dark = (set(re.findall(r"--\w+(?=:)", part)) for part in plot.STYLE.split("@media"))
    assert light == dark >= set(re.findall(r"var\((--\w+)\)", lines()))


@pytest.mark.parametrize(
    ("cost", "expected"),
    [
        pytest.param(lambda size: 40, 0, id="constant"),
        pytest.param(lambda size: 5 + 0.1 * size, 1, id="linear"),
        pytest.param(lambda size: 5 + 0.01 * size**2, 2, id="quadratic"),
    ],
)
def test_the_exponent_leaves_out_fixed_cost(cost, expected):
    assert exponent([(size, cost(size)) for size in (10, 100, 1000)]) == pytest.approx(expected, abs=0.1)


def test_the_steepest_step_is_found_in_golive_and_in_its_children():
    sizes = {
        size: {"1 plan": Cost(size, size), "2 plan": Cost(1, size * size), "3 plan": Cost(size * 9, 1)}
        for size in (1, 10, 100)
    }
    assert steepest(sizes)[1] == "2 plan"
