"""A diff on the screen: side by side only where it fits, a gutter beside wrapped lines, words, and colours."""

from __future__ import annotations

from pathlib import Path
from time import process_time

import pytest
from textual.app import App
from textual.geometry import Offset
from textual.selection import Selection

from screens import themes
from screens.widgets.diff import DiffView
from screens.widgets.diff_rows import diff_of
from screens.widgets.plan import ActionCard, PlanView
from tests.screens.test_looks import LEAST, illegible
from wizard.plan.actions import Plan, WriteFile

SETTINGS = Path("/shop/settings.py")
SHORT = WriteFile(SETTINGS, b"DEBUG = True  # here\n", b"DEBUG = False  # here\n")
LONG = WriteFile(SETTINGS, b"DEBUG = True\n", b'DEBUG = os.environ.get("DEBUG", "") in {"1", "true", "yes", "on"}\n')


class Plans(App):
    """Shows one plan."""

    def __init__(self, theme=themes.DARK.name):
        super().__init__()
        for offered in themes.offered().values():
            self.register_theme(offered)
        self.theme = theme

    def compose(self):
        yield PlanView()

    async def show(self, *actions):
        await self.query_one(PlanView).show(Plan(actions), [], Path("/shop"))
        return self.query_one(DiffView)


def text_of(view):
    return [view.render_line(y).text.rstrip() for y in range(view.size.height)]


def styles_of(view, y):
    """The text of each run of characters in a line with its style."""
    return [(segment.text, segment.style) for segment in view.render_line(y)]


def style_of(view, text, y=0):
    return next(style for shown, style in styles_of(view, y) if shown == text)


@pytest.mark.parametrize(("width", "beside"), [(80, False), (143, False), (144, True), (200, True)])
async def test_a_diff_is_side_by_side_only_if_its_longest_changed_line_fits(width, beside):
    app = Plans()
    async with app.run_test(size=(width, 24)) as pilot:
        view = await app.show(LONG)
        await pilot.pause()
        assert view.is_side_by_side_now is beside
        assert len(text_of(view)) == (1 if beside else 2), "nothing is wrapped"
        assert '"on"}' in text_of(view)[-1]


async def test_short_lines_are_side_by_side_on_a_small_screen_and_a_resize_decides_anew():
    app = Plans()
    async with app.run_test(size=(80, 24)) as pilot:
        view = await app.show(SHORT)
        await pilot.pause()
        assert text_of(view) == [f"1 - {'DEBUG = True  # here':33} │ 1 + DEBUG = False  # here"]
        await pilot.resize_terminal(50, 24)
        await pilot.pause()
        assert text_of(view) == ["1 - DEBUG = True  # here", "1 + DEBUG = False  # here"]


async def test_only_one_arrangement_is_built_and_the_key_switches_it():
    app = Plans()
    async with app.run_test(size=(80, 24)) as pilot:
        view = await app.show(LONG)
        await pilot.pause()
        assert len(app.query_one(ActionCard).query(DiffView)) == 1
        app.query_one(PlanView).toggle_side_by_side()
        await pilot.pause()
        assert view.is_side_by_side_now, "the user wants it, so long lines are wrapped"
        assert text_of(view) == [
            f'1 - {"DEBUG = True":33} │ 1 + DEBUG = os.environ.get("DEBUG",',
            f'{"":37} │     "") in {{"1", "true", "yes", "on"}}',
        ]
        app.query_one(PlanView).toggle_side_by_side()
        await pilot.pause()
        assert not view.is_side_by_side_now


async def test_a_switch_without_effect_says_why():
    app = Plans()
    async with app.run_test(size=(30, 24)) as pilot:
        for action, reason in ((SHORT, "too narrow"), (WriteFile(SETTINGS, None, b"x\n"), "No change here replaces")):
            await app.show(action)
            await pilot.pause()
            app.query_one(PlanView).side_by_side = None
            app.query_one(PlanView).toggle_side_by_side()
            await pilot.pause()
            assert reason in str(list(app._notifications)[-1].message)


@pytest.mark.parametrize("theme", list(themes.offered()))
async def test_wrapped_lines_keep_the_gutter_at_80_columns(theme):
    app = Plans(theme)
    content = b"".join(b"line = %d\n" % number for number in range(98)) + b"# " + b"word " * 30 + b"\nend\n"
    async with app.run_test(size=(80, 24)) as pilot:
        view = await app.show(WriteFile(SETTINGS, content.replace(b"word word", b"word", 1), content))
        await pilot.pause()
        changed = [line for line in text_of(view) if "word" in line]
        assert [line[:6] for line in changed] == [" 99 - ", "      ", "      ", " 99 + ", "      ", "      "]
        assert len({line[6] for line in changed} - {"#", "w"}) == 0, "the text begins in the same column"


@pytest.mark.parametrize("theme", list(themes.offered()))
async def test_changed_words_stand_out_in_their_line(theme):
    app = Plans(theme)
    async with app.run_test(size=(60, 24)) as pilot:
        view = await app.show(SHORT)
        app.query_one(PlanView).side_by_side = view.side_by_side = False
        await pilot.pause()
        for y, word in enumerate(("True", "False")):
            word_style, line_style = style_of(view, word, y), style_of(view, "DEBUG = ", y)
            assert word_style.bold and not line_style.bold, "visible without colours"
            assert word_style.bgcolor != line_style.bgcolor or word_style.underline
        removed, added = style_of(view, "DEBUG = "), style_of(view, "DEBUG = ", 1)
        assert removed != added
        assert [text[:4] for text in text_of(view)] == ["1 - ", "1 + "]


@pytest.mark.parametrize("theme", list(themes.offered()))
async def test_syntax_has_colours_in_changed_and_unchanged_lines(theme):
    app = Plans(theme)
    before = b'x = "s"  # why\nreturn 1\n'
    async with app.run_test(size=(60, 24)) as pilot:
        view = await app.show(WriteFile(SETTINGS, before, before + b'y = "s"  # why\nreturn 1\n'))
        await pilot.pause()
        colours = {name: style_of(view, name, 1).color for name in ("return", "1")}
        assert len({*colours.values(), style_of(view, " ", 1).color}) == 3
        assert style_of(view, "return", 3).color == colours["return"]
        assert style_of(view, "# why", 0).italic and style_of(view, "# why", 2).italic


@pytest.mark.parametrize("theme", [theme.name for theme in themes.OURS])
async def test_every_colour_on_every_background_is_legible(theme):
    app = Plans(theme)
    old = b'@decorator\ndef name(x): return True  # "why"\nclass A: pass\n'
    new = b'@other\ndef thing(x): return None  # "what"\nclass B: pass'
    async with app.run_test(size=(100, 24)) as pilot:
        await app.show(WriteFile(SETTINGS, old, new))
        await pilot.pause()
        assert list(illegible(app)) == [], f"contrast below {LEAST}"


async def test_markup_control_and_wide_characters_do_not_break_the_columns():
    app = Plans()
    new = "x = '[bold]日本語[/bold]'\x1b[2J\x07\n"
    async with app.run_test(size=(80, 24)) as pilot:
        view = await app.show(WriteFile(SETTINGS, "x = '[red]日本[/red]'\n".encode(), new.encode()))
        await pilot.pause()
        strip = view.render_line(0)
        assert view.is_side_by_side_now and strip.cell_length == view.size.width
        assert strip.crop(37, 40).text == " │ "
        assert strip.text.rstrip().endswith("│ 1 + x = '[bold]日本語[/bold]'")


async def test_a_large_diff_is_rendered_and_arranged_without_delay():
    app = Plans()
    old = b"".join(b"name_%d = compute(%d, 'value')\n" % (number, number) for number in range(10_000))
    action = WriteFile(SETTINGS, old, old.replace(b"compute", b"calculate"))
    async with app.run_test(size=(120, 40)) as pilot:
        view = await app.show(action)
        await pilot.pause()
        assert "more lines" in text_of(view)[-1]
        begun = process_time()
        app.query_one(PlanView).toggle_side_by_side()
        view.is_side_by_side_now  # noqa: B018
        view._lines_at(view.size.width)
        assert process_time() - begun < 0.05, "a key takes less than 50 ms"


async def test_the_text_of_a_diff_can_be_selected_with_the_mouse():
    app = Plans()
    async with app.run_test(size=(60, 24)) as pilot:
        view = await app.show(LONG)
        await pilot.pause()
        assert view.get_selection(Selection(Offset(4, 0), Offset(16, 0))) == ("DEBUG = True", "\n")
        app.screen.selections = {view: Selection(Offset(4, 0), Offset(9, 0))}
        await pilot.pause()
        assert style_of(view, "DEBUG").bgcolor == app.screen.get_component_rich_style("screen--selection").bgcolor


async def test_an_edited_change_shows_its_new_diff_and_is_copied():
    app, copied = Plans(), []
    async with app.run_test(size=(60, 24)) as pilot:
        await app.show(LONG)
        app.copy_to_clipboard = copied.append
        card = app.query_one(ActionCard)
        await card.edit(b"\tDEBUG = None\n")
        await pilot.pause()
        assert text_of(card.query_one(DiffView)) == ["1 - DEBUG = True            │ 1 +     DEBUG = None"]
        card.action_copy()
        assert copied == ["\tDEBUG = None"]


async def test_secrets_are_masked_and_public_values_are_shown():
    app = Plans()
    env = WriteFile(Path("/shop/.env"), b"DEBUG=True\nKEY=hunter22-old\n", b"DEBUG=False\nKEY=hunter22-new\n", "", True)
    async with app.run_test(size=(60, 24)) as pilot:
        view = await app.show(env)
        await pilot.pause()
        assert text_of(view) == [f"1 - {'DEBUG=True':23} │ 1 + DEBUG=False", f"2 - {'KEY=…':23} │ 2 + KEY=…"]
        assert "hunter22" not in str(diff_of(env))
