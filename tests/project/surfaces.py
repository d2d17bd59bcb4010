"""Ask the agent about the views of a sample project, and show a view in one line."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import Any

from wizard.project.inputs import Form, Input, Surface, View
from wizard.project.interpreter import Interpreter
from wizard.project.python_environment import PythonEnvironment
from wizard.project.surface import surface_of

SAMPLES = Path(__file__).parents[1] / "projects" / "surface"


class Inspected:
    """The surface of a copy of the project in *sample*, which the interpreter *python* loads once."""

    def __init__(self, sample: Path, python: str, folder: Path) -> None:
        self.folder = folder / "site"
        shutil.copytree(sample, self.folder)
        self.interpreter = Interpreter(PythonEnvironment(Path(python), ""), self.folder, folder / "agent.log")

    def ask(self, operation: str, **more: Any) -> dict[str, Any]:
        place = {"cwd": str(self.folder), "paths": [str(self.folder)], "settings": "settings"}
        return self.interpreter.ask(operation, env=dict(os.environ), **place, **more)

    @property
    def surface(self) -> Surface:
        answer = self.ask("inspect")
        assert answer.get("error") is None, answer["error"]
        answer["surface"] = self.ask("surface", limit=60.0)
        assert answer["surface"].get("error") is None, answer["surface"]
        return surface_of(answer)

    def __enter__(self) -> Inspected:
        return self

    def __exit__(self, *_: object) -> None:
        self.interpreter.close()


def line_of(view: View) -> str:
    """A view's role, model, requirement, parameters and forms: `create shop.Book login | form title price:decimal`."""
    parameters = "".join(f" {name}={field}" for name, field in view.parameters.items())
    head = f"{view.role or '-'} {view.model or '-'} {view.requires or '?'}{parameters}"
    return " | ".join([head, *map(_form, view.forms)])


def _form(form: Form) -> str:
    kind = "get" if form.method == "get" else form.encoding
    return " ".join([f"{kind}+{form.formset}" if form.formset else kind, *map(_input, form.inputs)])


def _input(each: Input) -> str:
    lookup = "" if each.lookup == "pk" else f".{each.lookup}"
    text = f"{each.name}{'[]' if each.many else ''}{'' if each.required else '?'}"
    kind = "" if each.kind == "text" else f":{each.kind}"
    about = f"({each.model}{lookup})" if each.model else ""
    return f"{text}{kind}{about}" + (f"{{{' '.join(map(_input, each.inputs))}}}" if each.inputs else "")
