"""Finding texts that a screen cuts off, by measuring its widgets: everything can be read, or scrolled to."""

from __future__ import annotations

from collections.abc import Iterator

from textual.screen import Screen
from textual.widget import Widget
from textual.widgets import Button, OptionList, Static


def cut_texts(screen: Screen[object]) -> Iterator[str]:
    """The texts on *screen* of which a part is not shown, and which can't be scrolled to it."""
    for widget in screen.query("Static, Button, OptionList").results(Widget):
        if not widget.display or not widget.region:
            continue
        if isinstance(widget, OptionList):
            yield from _cut_rows(widget)
        elif isinstance(widget, Static) and not _has_room(widget):
            yield str(widget.content)
        elif isinstance(widget, Static | Button) and _is_outside(widget):
            yield str(widget.label if isinstance(widget, Button) else widget.content)


def _has_room(widget: Static) -> bool:
    """Whether the text of *widget* fits into its own region."""
    room, text = widget.content_size, widget.visual
    if widget.styles.text_wrap == "nowrap":
        return text.get_optimal_width(widget.styles, room.width) <= room.width
    return text.get_height(widget.styles, room.width) <= room.height


def _is_outside(widget: Widget) -> bool:
    """Whether *widget* is partly outside a parent that does not scroll."""
    parent = widget.parent
    assert isinstance(parent, Widget)
    inside = parent.content_region
    across = widget.region.right > inside.right and not parent.allow_horizontal_scroll
    down = widget.region.bottom > inside.bottom and not parent.allow_vertical_scroll
    return across or down


def _cut_rows(rows: OptionList) -> Iterator[str]:
    """Rows that are wider than the list and not wrapped, or that were wrapped for a wider one."""
    width, styles = rows.scrollable_content_region.width, rows.styles
    width -= rows.get_component_styles("option-list--option").padding.width
    for index, option in enumerate(rows.options):
        text = rows._get_visual(option)
        too_wide = styles.text_wrap == "nowrap" and text.get_optimal_width(styles, width) > width
        if too_wide or text.get_height(styles, width) > rows._heights.get(index, 0):
            yield str(option.prompt)
