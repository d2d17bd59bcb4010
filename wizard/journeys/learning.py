"""What to send instead, by the site's own words of refusal."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from wizard.journeys import lessons
from wizard.journeys.lessons import OMIT, Lesson


def alternative(lesson: Lesson) -> tuple[Any, str]:
    """The value for the next round and what was learned, as a clause. The value is None if nothing is left to try."""
    for code, pattern, rule in RULES:
        if (code and re.search(code, lesson.code)) or re.search(pattern, lesson.message):
            value, text = rule(lesson)
            if rule is lessons.other_row and lesson.field.kind == "reference":
                return value, text
            if value is not None and value != lesson.value:
                return value, text
    return _simpler(lesson)


def _simpler(lesson: Lesson) -> tuple[Any, str]:
    """What is left to try: another choice, a plain text, or nothing."""
    if lesson.value is None:
        return lessons.required_value(lesson)
    if lesson.field.choices and (found := lessons.other_choice(lesson))[0] is not None:
        return found
    if lesson.is_password:
        return (lessons.new_password(lesson), "another password is sent") if lesson.turn == 0 else (None, "")
    if not lesson.field.required:
        return OMIT, "the value is refused and the field is optional, so it is left out"
    plain = f"visitor{lesson.filler.person.random}"
    if isinstance(lesson.value, str) and lesson.value != plain and lesson.turn == 0:
        return plain, "a plain text is sent"
    return None, ""


Rule = Callable[[Lesson], tuple[Any, str]]
RULES: tuple[tuple[str, str, Rule], ...] = (
    (
        r"^extra_forbidden",
        r"extra (fields|inputs)|unknown (field|argument)|unexpected (field|keyword)|not defined by type",
        lessons.no_value,
    ),
    (
        r"^(required|blank|null|missing|empty)$",
        r"required|blank|\bnull\b|missing|be empty|no file was submitted|must (be )?accept|must agree|not provided",
        lessons.required_value,
    ),
    (
        r"password",
        r"match|didn.t match|too (common|similar|weak)|entirely numeric|uppercase|lowercase|special|symbol"
        r"|one (digit|number)",
        lessons.password_by_rule,
    ),
    (r"^(unique|exists|duplicate)|taken", r"already|exists|taken|in use|\bunique\b|duplicate", lessons.unique_value),
    (r"does_not_exist", r"does not exist|not found|invalid pk|no .{1,40} matches|unknown id", lessons.other_row),
    (
        "",
        r"yyyy|%y|dd[/.-]mm|mm[/.-]dd|valid date|date format|date/time|datetime|hh:mm|mm/yy|iso format",
        lessons.named_format,
    ),
    (
        r"invalid_choice|enum|literal_error",
        r"valid choice|one of|should be '|choose (a|one|from)|select a valid|invalid choice|allowed values",
        lessons.other_choice,
    ),
    (
        r"max_length|too_long",
        r"at most|no more than|longer than|too long|max(imum)? length|exceed",
        lessons.shorter_text,
    ),
    (r"min_length|too_short", r"at least|too short|fewer than|min(imum)? length|shorter", lessons.longer_text),
    (
        r"max_value|min_value|less_than|greater_than",
        r"(greater|less|more|larger|smaller|lower|higher) than|at least|at most|positive|exceed|min(imum)?|max(imum)?"
        r"|decimal places?|digits",
        lessons.number_in_limits,
    ),
    (r"image|extension|file", r"extension|image|file|upload|format.{0,20}(png|jpe?g|pdf)", lessons.other_file),
    ("", r"\bpast\b|future|before|after|later|earlier|(start|end|begin)", lessons.other_day),
    (
        "",
        r"letters|alphanumeric|digits|numeric|numbers only|characters|spaces|ascii|a-z|slug",
        lessons.plain_characters,
    ),
    ("", r"valid|type|expected|parse|must be an?\b|format", lessons.value_of_kind),
)
"""What is done about a refusal: a pattern of its code, one of its message in small letters, and the rule."""
