"""OpenAPI documents that are invalid, or whose schemas contain each other, describe nothing and stop nothing."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

from wizard.project.agent import schema_inputs

CYCLE = {"$ref": "#/components/schemas/A"}
GOOD = {
    "paths": {
        "/things/": {
            "post": {
                "requestBody": {
                    "content": {"application/json": {"schema": {"properties": {"name": {"type": "string"}}}}}
                }
            }
        }
    }
}
BODY = {"requestBody": {"content": {"application/json": {"schema": CYCLE}}}}
DOCUMENTS = {
    "schemas that contain each other": {
        "paths": {"/things/": {"post": BODY}},
        "components": {"schemas": {"A": {"allOf": [CYCLE, CYCLE]}}},
    },
    "paths that are no texts": {"paths": {7: "x", "/things/": {5: 7, "post": {"requestBody": 3}}}, "components": None},
    "a list": {"paths": {"/things/": [1, 2]}},
    "parameters that are texts": {"paths": {"/things/": {"post": {"parameters": ["x"]}}}},
}
FILES = {
    "openapi.json": "[" * 100_000 + "]" * 100_000,
    "swagger.json": "{",
    "schema.json": "\ud800".encode("utf-16", "surrogatepass"),
}


PROGRAM = """
import json, sys
import django
from django.conf import settings

settings.configure()
django.setup()
sys.path.insert(0, sys.argv[1])
from wizard.project.agent import schema_inputs

answers = []
for documents in json.load(sys.stdin):
    form, problems = {"method": "post", "encoding": "form", "inputs": []}, []
    view = {"url": 0, "forms": [form], "role": "create"}
    schema_inputs.documents = lambda cwd, problems: documents
    schema_inputs.complete([view], [{"file": "shop/views.py", "route": "things/"}], "", problems)
    answers.append([[each["name"] for each in form["inputs"]], problems])
print(json.dumps(answers))
"""


def test_an_invalid_document_does_not_hide_the_next_one(python):
    asked = json.dumps([[document, GOOD] for document in DOCUMENTS.values()])
    command = [python, "-c", PROGRAM, str(Path(__file__).parents[2])]
    done = subprocess.run(command, input=asked, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    answers = dict(zip(DOCUMENTS, json.loads(done.stdout), strict=True))
    assert all(names == ["name"] for names, _ in answers.values()), answers
    told = {name: [each.split(":")[1] for each in problems] for name, (_, problems) in answers.items()}
    assert told == {
        "schemas that contain each other": [" RecursionError"],
        "paths that are no texts": [],
        "a list": [],
        "parameters that are texts": [" AttributeError"],
    }


def test_files_that_can_not_be_read_are_told(tmp_path, monkeypatch):
    monkeypatch.setattr(schema_inputs, "project_folder", lambda cwd: cwd)
    for name, content in FILES.items():
        (tmp_path / name).write_bytes(content if isinstance(content, bytes) else content.encode())
    (tmp_path / "api.json").write_text(json.dumps(GOOD))
    problems = []
    assert list(schema_inputs.schema_files(str(tmp_path), problems)) == [GOOD]
    assert sorted(each.partition(":")[0] for each in problems) == sorted(FILES)
