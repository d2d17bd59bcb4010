"""Task 25: SECURITY.md says where weaknesses are reported."""

from __future__ import annotations

from collections.abc import Iterator

from wizard.api import Answers, Evidence, Plan, Project, Question, Sandbox, Step, WriteFile, shown

TEXT = """# Security

Please report weaknesses to {address}, and give us time to mend them before you tell others.
"""


class SecurityPolicy(Step):
    def questions(self, project: Project, sandbox: Sandbox) -> list[Question]:
        why = "Whoever finds a hole writes there."
        return [Question("policy.address", "Where are weaknesses reported?", "", why, pattern=r"\S+@\S+|https://\S+")]

    def plan(self, project: Project, sandbox: Sandbox, answers: Answers) -> Plan:
        path, address = project.top / "SECURITY.md", answers.get("policy.address")
        if path.is_file() or not address:
            return Plan()
        return Plan.of(WriteFile(path, None, TEXT.format(address=address).encode(), "says whom to tell of weaknesses"))

    def verify(self, project: Project, sandbox: Sandbox, answers: Answers) -> Iterator[Evidence]:
        path = project.top / "SECURITY.md"
        text = path.read_text(errors="replace") if path.is_file() else ""
        words = (word.strip(".,;()<>") for word in text.split())
        named = next((word for word in words if "@" in word or word.startswith("https://")), "")
        yield shown("25.1", bool(named), "file", "SECURITY.md", named or "there is none, or it names no address")
        taken = project.git is not None and path in project.git.deployable()
        told = "a deployment takes it along" if taken else "a deployment leaves it behind"
        yield shown("25.2", taken, "git", "the files of a deployment", told)
