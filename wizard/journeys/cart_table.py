"""The table of a cart: the quantity and the sum in the product's row, by the headings of their columns."""

from __future__ import annotations

import re
from dataclasses import dataclass

from wizard.journeys.html_tree import Element, elements_of

QUANTITY_HEADING = re.compile(r"^(quantity|qty\.?|menge|anzahl|quantit[éày]|cantidad|aantal|количество|adet)$")
SUM_HEADING = re.compile(r"^(sub-?\s?total|total|total price|sum|amount|summe|gesamt|итого|toplam|totaal)$")
NUMBER = re.compile(r"\d{1,9}(?:[.,]\d{1,2})?")


@dataclass(frozen=True)
class Line:
    """What the table tells of a product. None for what it does not tell."""

    quantity: int | None = None
    total: float | None = None


def line_of(text: str, mark: str) -> Line:
    """The line with *mark* in a table of the page *text* that has headings, and as many cells in the line as there."""
    for table in (each for each in elements_of(text) if each.tag == "table"):
        rows = [_cells(each) for each in _inside(table, "tr")]
        heading = next((row for row in rows if row and all(cell.tag == "th" for cell in row)), None)
        lines = [row for row in rows if row is not heading and any(mark in cell.text().casefold() for cell in row)]
        if heading is None or len(lines) != 1 or len(lines[0]) != len(heading):
            continue
        names = [" ".join(cell.text().casefold().split()).rstrip(":") for cell in heading]
        quantity, total = (_value(lines[0], names, pattern) for pattern in (QUANTITY_HEADING, SUM_HEADING))
        return Line(int(quantity) if quantity is not None and quantity.is_integer() else None, total)
    return Line()


def _inside(element: Element, tag: str) -> list[Element]:
    found: list[Element] = []
    waiting = [*element.children]
    while waiting:
        each = waiting.pop(0)
        if each.tag == tag:
            found.append(each)
        elif each.tag != "table":
            waiting = [*each.children, *waiting]
    return found


def _cells(row: Element) -> list[Element]:
    return [each for each in row.children if each.tag in ("td", "th")]


def _value(cells: list[Element], names: list[str], heading: re.Pattern[str]) -> float | None:
    """The only number in the column of *heading*: in its text, or in its only field."""
    columns = [number for number, name in enumerate(names) if heading.search(name)]
    if len(columns) != 1:
        return None
    cell = cells[columns[0]]
    fields = [each.attributes.get("value", "") for each in _inside(cell, "input") if _is_shown(each)]
    if _inside(cell, "select"):
        return None
    found = NUMBER.findall(" ".join(fields) if fields else cell.text())
    return float(found[0].replace(",", ".")) if len(found) == 1 else None


def _is_shown(each: Element) -> bool:
    return each.attributes.get("type", "text").lower() in ("text", "number")
