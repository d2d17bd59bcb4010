"""Task 101, Publish a security contact: SECURITY.md says where to report vulnerabilities."""

from __future__ import annotations

from collections.abc import Iterator

from wizard.api import Answers, Evidence, Plan, Project, Question, Sandbox, Step, WriteFile, shown

TEXT = """# Security

Please report vulnerabilities to {address}, and give us time to fix them before you publish them.
"""


class SecurityPolicy(Step):
    def questions(self, project: Project, sandbox: Sandbox) -> list[Question]:
        text = "Where should vulnerabilities be reported?"
        why = "An e-mail address, or a URL that starts with https://."
        return [Question("policy.address", text, "", why, pattern=r"\S+@\S+|https://\S+")]

    def plan(self, project: Project, sandbox: Sandbox, answers: Answers) -> Plan:
        path, address = project.top / "SECURITY.md", answers.get("policy.address")
        if path.is_file() or not address:
            return Plan()
        content = TEXT.format(address=address).encode()
        return Plan.of(WriteFile(path, None, content, "name the contact for vulnerabilities"))

    def verify(self, project: Project, sandbox: Sandbox, answers: Answers) -> Iterator[Evidence]:
        path = project.top / "SECURITY.md"
        text = path.read_text(errors="replace") if path.is_file() else ""
        words = (word.strip(".,;()<>") for word in text.split())
        address = next((word for word in words if "@" in word or word.startswith("https://")), "")
        yield shown("101.1", bool(address), "file", "SECURITY.md", address or "the file is missing or has no address")
        deployed = project.git is not None and path in project.git.deployable()
        showed = "it is part of the deployment" if deployed else "it is not part of the deployment"
        yield shown("101.2", deployed, "git", "the files of a deployment", showed)
