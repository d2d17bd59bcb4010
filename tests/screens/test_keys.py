"""Every key of the welcome screen, the dialogs, the go-live board and the coffee break. No key lacks a test."""

from __future__ import annotations

import importlib

import pytest
from textual.widgets import Static

from screens.app import Golive
from screens.coffee_break import CoffeeBreak
from screens.dashboard import Dashboard
from screens.forms import Form
from screens.go_live import GoLiveBoard
from screens.item import ItemDialog
from screens.launched import Launched
from screens.task import TaskScreen
from screens.welcome import Welcome
from screens.widgets.fields import SecretInput
from tests.screens.driving import press, session, shares_a_session, wait_until_idle
from tests.screens.key_coverage import COVERED, all_bindings, keys
from wizard.checklist.answers import Question
from wizard.engine.start_options import StartOptions
from wizard.project.trust import is_trusted


def test_every_key_has_a_test():
    for module in ("test_choices", "test_keys_dashboard", "test_keys_task", "test_journeys_screen"):
        importlib.import_module(f"tests.screens.{module}")
    assert all_bindings() == COVERED


@keys(Welcome, "enter r")
async def test_the_welcome_screen_inspects_again_and_opens_the_dashboard(shop, python):
    async with session(shop, python) as (app, pilot):
        findings = app.screen.query_one("#findings", Static)
        findings.update("")
        await press(app, pilot, "r")
        assert "Django 4.2" in str(findings.content)
        await press(app, pilot, "enter")
        assert isinstance(app.screen, Dashboard)


@keys(Welcome, "y n")
@pytest.mark.parametrize("key", ["y", "n"])
async def test_the_code_of_a_folder_is_trusted_or_not_by_one_key(shop, python, monkeypatch, tmp_path, key):
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "new"))
    app = Golive(StartOptions(shop, python=python))
    async with app.run_test(size=(80, 24)) as pilot:
        await wait_until_idle(app, pilot)
        labels = [str(button.label) for button in app.screen.query("Button") if button.display]
        assert labels == ["Don't trust", "Trust"]
        assert app.focused.id == "leave", "Enter declines"
        await pilot.press(key)
        if key == "y":
            await wait_until_idle(app, pilot)
            assert app.engine_session
            app.engine_session.close()
        while key == "n" and not app._exit:
            await pilot.pause()
    assert is_trusted(shop) == (key == "y")


@keys(Golive, "q ctrl+q ctrl+c")
@pytest.mark.parametrize("key", ["q", "ctrl+q", "ctrl+c"])
async def test_each_quit_key_ends_the_session(shop, python, key):
    async with session(shop, python, task=2) as (app, pilot):
        await pilot.press(key)
        while not app._exit:
            await pilot.pause()
        assert app.engine_session.leaving


@keys(ItemDialog, "escape ctrl+o ctrl+y")
@keys(SecretInput, "ctrl+r")
async def test_an_item_is_copied_and_opened_and_a_secret_is_shown(shop, python, monkeypatch):
    edited, copied = [], []
    monkeypatch.setattr(Golive, "edit_file", lambda app, path, line=1: edited.append((path.name, line)))
    monkeypatch.setattr(Golive, "copy_to_clipboard", lambda app, text: copied.append(text))
    async with session(shop, python, task=4) as (app, pilot):
        await press(app, pilot, "a")
        app.screen.items.focus()
        await press(app, pilot, "home", "enter")
        assert isinstance(app.screen, ItemDialog)
        await press(app, pilot, "ctrl+y")
        assert "rotating file" in copied[0]
        await press(app, pilot, "ctrl+o")
        assert edited[0][0] == "settings.py"
        assert edited[0][1] > 1
        await press(app, pilot, "escape")
        assert isinstance(app.screen, TaskScreen)
        app.push_screen(Form("A token", [Question("token.X", "The token", "", secret=True)]))
        await wait_until_idle(app, pilot)
        field = app.screen.query_one(SecretInput)
        field.focus()
        await press(app, pilot, *"s3cret")
        assert "s3cret" not in app.export_screenshot()
        await press(app, pilot, "ctrl+r")
        assert "s3cret" in app.export_screenshot()
        await press(app, pilot, "escape")


@shares_a_session
@keys(GoLiveBoard, "escape l r")
@keys(Launched, "escape enter space")
async def test_the_go_live_board_launches_and_opens_the_report(shared, monkeypatch):
    opened = []
    monkeypatch.setattr(Golive, "open_address", lambda app, url: opened.append(url))
    async with shared.at() as (app, pilot):
        await press(app, pilot, "g")
        await press(app, pilot, "r")
        assert opened
        for key in ("escape", "enter", "space"):
            await press(app, pilot, "l")
            await press(app, pilot, "y")
            assert isinstance(app.screen, Launched)
            await press(app, pilot, key)
            assert isinstance(app.screen, GoLiveBoard)
        await press(app, pilot, "escape")
        assert isinstance(app.screen, Dashboard)


@shares_a_session
@keys(CoffeeBreak, "enter space escape")
@pytest.mark.parametrize("key", ["enter", "space", "escape"])
async def test_any_of_three_keys_ends_the_break(shared, key):
    results = []
    async with shared.at() as (app, pilot):
        app.push_screen(CoffeeBreak(15), results.append)
        await wait_until_idle(app, pilot)
        await press(app, pilot, key)
    assert results[0].startswith("ended early, after 0:0")
