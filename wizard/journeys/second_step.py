"""The second step of a log-in: a code or a link that the site sends by mail."""

from __future__ import annotations

import re
from dataclasses import replace

from wizard.journeys.account_context import Account, AccountContext, credentials, filler_for
from wizard.journeys.attempts import ROUNDS, attempt
from wizard.journeys.mail_contents import WAIT, Inbox, code_of
from wizard.journeys.mailed_steps import code_form, open_link, with_code
from wizard.journeys.refusals import has_pending_step
from wizard.journeys.tokens import tokens_of
from wizard.journeys.visitor import Answer, Visitor
from wizard.project.inputs import Input

NO_MAIL = "the site asks for a code, and no mail with one came"


def take_second_step(
    context: AccountContext,
    visitor: Visitor,
    account: Account,
    answer: Answer,
    inbox: Inbox,
    *,
    with_password: bool,
    wrong: bool = False,
    foreign_code: str = "",
) -> tuple[Answer, str, bool] | None:
    """Send the code of a mail where the site asks for one; None if it asks for nothing.

    *wrong*: send a wrong code, or *foreign_code*.

    Raises:
        SiteError: as `Visitor.request` does.
    """
    form = code_form(answer)
    asks = form is not None or has_pending_step(answer) or _speaks_of_code(answer) or not with_password
    if not asks:
        return None
    mails = inbox.new(WAIT)
    if not mails:
        return answer, NO_MAIL, False
    code, filler = code_of(mails[-1]), filler_for(account.person)
    if wrong:
        code = foreign_code or "".join(str((int(each) + 1) % 10) if each.isdigit() else each for each in code)
    if form is not None and code:
        made = attempt(visitor, filler, form, form.path, given=with_code(form, code), rounds=1 if wrong else ROUNDS)
        return made.answer or answer, made.why or "the code of the mail was accepted", made.accepted
    for door in context.doors("confirm") if code else ():
        if door.data:
            inputs = door.form.inputs or (Input("email", "email"), Input("code"))
            form = replace(door.form, inputs=inputs)
            given = {**credentials(form, account, account.person.email), **with_code(form, code)}
            made = attempt(visitor, filler, form, door.path, given=given, rounds=1 if wrong else ROUNDS)
            if made.answer is not None and (made.accepted or wrong):
                return made.answer, made.why or "the code of the mail was accepted", made.accepted
    if not wrong and (opened := open_link(visitor, mails[-1])) is not None:
        return opened[0], "the link of the mail was followed", True
    return answer, "the site asks for a code, and no form takes the one of its mail", False


def _speaks_of_code(answer: Answer) -> bool:
    text = answer.text[:2_000]
    return bool(
        re.search(r"\b(otp|code|magic link)\b", text, re.I) and re.search(r"mail|sent|sms|phone", text, re.I)
    ) and not tokens_of(answer)
