"""Task 25, E-mail Leaves: mail goes over a way that the platform leaves open, and a password reset works by mail.

The platform closes the ports of SMTP on its smaller plans, so the plan offers a provider over HTTPS. In a rehearsal all
mail arrives in a mailbox on this machine: Golive asks for the site's own password reset there, and follows its link.
"""

from __future__ import annotations

from collections.abc import Iterator

from steps.shared import mail_plans, mail_resets, mail_sending, mail_settings
from steps.shared.mail_plans import AT_SITE, PROVIDER, SENDER, SMTP
from steps.shared.parts import Parts
from wizard.checklist.answers import Answers, Question
from wizard.checklist.evidence import Evidence, not_applicable
from wizard.plan.actions import Action, Finding, Plan
from wizard.plan.draft import Draft
from wizard.project import mail
from wizard.project.project import Project
from wizard.services.mail_providers import PROVIDERS
from wizard.step import Step
from wizard.targets.base import Stage
from wizard.targets.sandbox import Sandbox

ITEMS = tuple(f"25.{number}" for number in range(1, 8))
SEARCHED = "searched the URLs, the installed apps and the code"
NO_MAIL = "the project sends no mail"


class EmailLeaves(Step):
    def inspect(self, project: Project) -> list[Finding]:
        found = [Finding(f"sends mail: {sender}") for sender in mail.senders(project)]
        return [*found, *map(Finding, mail_settings.described(mail.ways(project)))] if found else [Finding(NO_MAIL)]

    def questions(self, project: Project, sandbox: Sandbox) -> list[Question]:
        if not mail.senders(project):
            return []
        platform, found = project.platform, list[Question]()
        if mail_plans.needs_provider(project, mail.sending_way(mail.ways(project))):
            ports = ", ".join(map(str, sorted(platform.closed_ports)))
            why = (
                f"{platform.title} closes the ports of SMTP ({ports}) below its {platform.opening_plan} plan. A "
                f"provider takes mail over HTTPS. Answer `{SMTP}` if you have that plan, and keep your mail server."
            )
            labels = (*(each.title for each in PROVIDERS.values()), f"SMTP, I have the {platform.opening_plan} plan")
            choices = (*PROVIDERS, SMTP)
            found.append(Question(PROVIDER, "Which provider should send the site's mail?", "resend", why, choices,
                                  labels=labels))  # fmt: skip
        if mail_plans.wrong_senders(project):
            why = (
                "Use an address at a domain that you own, since you have to publish records for it. "
                f"`{AT_SITE}` is noreply at the site's public name, until you have a domain."
            )
            pattern = rf"{AT_SITE}|[^@\s\"\\]+@[^@\s\"\\]+\.[^@\s\"\\]+"
            text = "Which address should the site's mail come from?"
            found.append(Question(SENDER, text, mail_plans.usual_sender(project), why, pattern=pattern))
        return [*found, *mail_sending.questions(project, sandbox)]

    def plan(self, project: Project, sandbox: Sandbox, answers: Answers) -> Plan:
        if not mail.senders(project):
            return Plan.nothing(NO_MAIL[:1].upper() + NO_MAIL[1:] + ".")
        draft, actions, remarks = Draft(), list[Action](), list[str]()
        way = mail.sending_way(mail.ways(project))
        if mail_plans.needs_provider(project, way):
            provider = PROVIDERS.get(answers.get(PROVIDER) or mail_plans.usual_provider(way))
            if provider is not None:
                actions += mail_plans.use_provider(project, draft, way, provider, answers)
                remarks.append(mail_sending.remark(project, sandbox, provider))
        mail_plans.set_sender(project, draft, answers.get(SENDER) or mail_plans.usual_sender(project))
        mail_plans.name_site(project, draft)
        actions += draft.actions()
        target = sandbox.target
        actions += [*target.actions(Stage.VARIABLES), *target.actions(Stage.DEPLOY, changed=bool(actions))]
        return Plan.of(*actions, remarks=tuple(filter(None, remarks)))

    def verify(self, project: Project, sandbox: Sandbox, answers: Answers) -> Iterator[Evidence]:
        if not mail.senders(project):
            yield from (not_applicable(item, SEARCHED, NO_MAIL) for item in ITEMS)
            return
        ways, parts = mail.ways(project), Parts()
        yield mail_settings.way_evidence(project, sandbox, ways, answers)
        yield from parts.of(mail_resets.evidence(project, sandbox))
        yield from parts.of(mail_sending.evidence(project, sandbox, mail.sending_way(ways), answers))
        parts.finish()


STEP = EmailLeaves
