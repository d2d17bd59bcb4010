"""Make the pages of the documentation that can be derived from the code. `./dev docs` runs this, then builds the site.

tasks/NN.md                    each task, from checklist.yaml and the recorded walk (walk.md)
reference/troubleshooting.md   every guide with its hints
reference/options.md           the options of the command line, from its parser
reference/preferences.md       every preference, and every key binding by its name
reference/_answers.md          the table of answers, and reference/_events.md the table of events
schemas/*.json                 JSON Schemas of the events and of the answers file
"""

from __future__ import annotations

import sys
from pathlib import Path

HERE = Path(__file__).parent
if str(HERE) not in sys.path:
    sys.path.insert(0, str(HERE))

from generated import preferences, reference, schemas, tasks  # noqa: E402

from wizard.checklist import loader  # noqa: E402


def pages() -> dict[str, str]:
    """Return every generated page, by its path below docs/."""
    checklist = loader.load()
    walk = tasks.read_walk((HERE / "walk.md").read_text())
    made = {f"tasks/{task.number:02}.md": tasks.page(task, checklist, walk.get(task.number, tasks.Recorded()))
            for task in checklist.tasks.values()}  # fmt: skip
    made["tasks/index.md"] = tasks.index(checklist)
    made["reference/troubleshooting.md"] = reference.troubleshooting(checklist)
    made["reference/options.md"] = reference.options()
    made["reference/preferences.md"] = preferences.page()
    made["reference/_answers.md"] = reference.answers_table()
    made["reference/_events.md"] = reference.events_table()
    made["schemas/events.json"] = schemas.as_json(schemas.events_schema())
    made["schemas/answers.json"] = schemas.as_json(schemas.answers_schema())
    return made


def main() -> None:
    for name, text in pages().items():
        path = HERE / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
    sys.stdout.write(f"{len(pages())} pages written\n")


if __name__ == "__main__":
    main()
