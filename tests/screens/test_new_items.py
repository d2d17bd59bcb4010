"""An item that Golive finds while a task runs appears in the task's list."""

from __future__ import annotations

from textual.app import App

from screens.widgets.items import ItemList
from wizard.checklist import loader
from wizard.checklist.evidence import rehearsed
from wizard.checklist.model import Item


async def test_an_item_that_is_new_is_added_to_the_list():
    task = loader.load().tasks[21]

    class Harbour(App[None]):
        def compose(self):
            yield ItemList(task)

    async with Harbour().run_test() as pilot:
        items = pilot.app.query_one(ItemList)
        before = items.option_count
        task.put(Item("21.21", "Books: list", "auto", "Resources"))
        for showed in ("GET /books/ → 200", "GET /books/ → 201"):
            items.tick(task.item("21.21"), rehearsed("21.21", True, "request", "journey", showed))
        assert items.option_count == before + 1
        assert "Books: list" in str(items.get_option("21.21").prompt)
        assert task.items[items.get_option_index("21.21")].id == "21.21"
