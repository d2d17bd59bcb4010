"""The project's own resources, which no item of the checklist names: each becomes an item of its own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from wizard.journeys.items import Journeys
from wizard.journeys.judgement import LENGTH, Judgement, cut, judgement, names_of, next_step, shown
from wizard.journeys.result import JourneyResult, Verdict
from wizard.journeys.vocabulary import singular, words_in

OPERATIONS = {
    "list": "list", "search": "search", "detail": "detail", "create": "create", "update": "edit", "delete": "delete",
    "upload": "upload", "admin-change": "change in the admin", "reset": "reset by e-mail",
}  # fmt: skip
"""What an item's text says for each kind of journey, in this order."""
PROTECTED = "others cannot read or change what is not theirs"
RESET = "password-reset"
CLEANUP = "cleanup"
OTHERS = "other-resources"
MOST_OPEN = 3
"""Open resources that have an item each."""


@dataclass(frozen=True)
class Resource:
    """A *label* that stays the same in all runs, the *text* of its item, and its journeys."""

    label: str
    text: str
    results: tuple[JourneyResult, ...]

    @property
    def is_open(self) -> bool:
        return self.judge("").verdict is Verdict.OPEN

    def judge(self, item: str) -> Judgement:
        """What the journeys show together. It is open if one of them is, since the text names them all."""
        if self.label == CLEANUP:
            return Judgement(item, self.results[0].verdict, "the requests of the journeys", self.results[0].why)
        if self.label == OTHERS:
            first = next(each for each in self.results if each.verdict is Verdict.OPEN and each.kind != "hole")
            why = f"{cut(self.text)}. The first: {shown(first)}. `golive journeys` lists them with their requests"
            return Judgement(item, Verdict.OPEN, names_of(self.results), why)
        opened = [each for each in self.results if each.verdict is Verdict.OPEN and each.kind != "hole"]
        works = [each for each in self.results if each.verdict is Verdict.WORKS and each.kind != "hole"]
        if any(each.verdict is Verdict.BROKEN for each in self.results):
            return judgement(item, self.results)
        if opened:
            lacking = OPERATIONS.get(opened[0].kind, opened[0].title)
            if any(each.kind == opened[0].kind for each in works):  # such as an import beside a form
                lacking = f"another way to {lacking}"
            start = f"{', '.join(_operations(works))} work, but not yet {lacking}: " if works else ""
            return Judgement(item, Verdict.OPEN, names_of(opened), f"{start}{shown(opened[0])}. {next_step(opened[0])}")
        if works:
            best = next((each for each in works if each.kind in {"create", "update"}), works[0])
            text = f"{', '.join(_operations(works))}: {shown(best)}"
            return Judgement(item, Verdict.WORKS, names_of(works), cut(text, LENGTH + 40))
        kept = [each for each in self.results if each.verdict is Verdict.WORKS]
        if kept:
            return Judgement(item, Verdict.WORKS, names_of(kept), shown(kept[0]))
        return Judgement(item, Verdict.OPEN, names_of(self.results), shown(self.results[0]))


def resources(journeys: Journeys) -> list[Resource]:
    """The resources whose journeys no item of the checklist names, in the order of their first journey.

    Pages of an installed app may need content or settings that only its makers know. What no journey could carry to its
    end there is no part of an item, so that the item names only what was seen.
    """
    grouped: dict[str, list[JourneyResult]] = {}
    for result in journeys.results:
        if result.verdict is Verdict.OPEN and journeys.package_of(result):
            continue
        if not journeys.items_of(result):
            grouped.setdefault(label_of(journeys, result), []).append(result)
    found = [Resource(label, text_of(journeys, label, results), tuple(results)) for label, results in grouped.items()]
    return _with_others_together(journeys, found)


def _with_others_together(journeys: Journeys, found: Sequence[Resource]) -> list[Resource]:
    """*found* with one resource for all that are open, if there are many: their reason is mostly the same."""
    opened = [each for each in found if each.label not in (RESET, CLEANUP) and each.is_open]
    if len(opened) <= MOST_OPEN:
        return list(found)
    titles = ", ".join(_title(journeys, each.label) for each in opened)
    results = tuple(result for each in opened for result in each.results)
    together = Resource(OTHERS, f"{len(opened)} resources whose journeys could not be carried out: {titles}", results)
    return [*(each for each in found if each not in opened), together]


def label_of(journeys: Journeys, result: JourneyResult) -> str:
    """The model's label, or the word from the URL if no model has that name."""
    if result.kind in {"reset", CLEANUP}:
        return RESET if result.kind == "reset" else CLEANUP
    subject = (result.subject.strip() or result.name).removesuffix("-api")
    if journeys.subjects.model(subject):
        return subject
    name = "".join(singular(word) for word in words_in(subject.rpartition(".")[2]))
    named = journeys.surface.labels_of_class.get(name, ())
    return named[0] if len(named) == 1 else subject if "." in subject else name or subject


def text_of(journeys: Journeys, label: str, results: Sequence[JourneyResult]) -> str:
    """`Books: list, detail, create (as staff), edit, delete; others cannot read or change what is not theirs`."""
    if label == CLEANUP:
        return results[0].title
    parts = _operations([each for each in results if each.kind != "hole"])
    title = _title(journeys, label)
    checked = any(each.kind == "hole" and each.verdict is not Verdict.OPEN for each in results)
    if not parts:
        return f"{title}: {PROTECTED}"
    return f"{title}: {', '.join(parts)}" + (f"; {PROTECTED}" if checked else "")


def _operations(results: Sequence[JourneyResult]) -> list[str]:
    """The operations of *results*, each once; with the visitor where only the staff can do it."""
    found: dict[str, set[str]] = {}
    for each in results:
        text = OPERATIONS.get(each.kind) or each.title[:1].lower() + each.title[1:]
        found.setdefault(text, set()).add(each.visitor)
    order = [*OPERATIONS.values()]
    names = sorted(found, key=lambda text: order.index(text) if text in order else len(order))
    return [f"{name} (as staff)" if found[name] == {"staff"} and "admin" not in name else name for name in names]


def _title(journeys: Journeys, label: str) -> str:
    """The resource's name for people: in the plural, if the project gives one or it is English."""
    model = journeys.subjects.model(label)
    name = " ".join(words_in(label.rpartition(".")[2])) or label
    if label == RESET:
        return "Password"
    if model and model.plural and model.plural != f"{model.title}s":  # the project's own word
        return (model.plural[:1].upper() + model.plural[1:])[:60]
    if model and model.title and " ".join(words_in(model.title)) != name:
        return model.title[:1].upper() + model.title[1:]
    return (plural_of(name)[:1].upper() + plural_of(name)[1:])[:60]


def plural_of(name: str) -> str:
    """The English plural of *name*, which may be one."""
    if name.endswith("s") and not name.endswith(("ss", "us")):
        return name
    if name.endswith("y") and name[-2:-1] not in "aeiou":
        return f"{name[:-1]}ies"
    return f"{name}es" if name.endswith(("s", "x", "ch", "sh")) else f"{name}s"
