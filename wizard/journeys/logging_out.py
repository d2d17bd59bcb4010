"""Log out: judged by whether the cookie and the token from before still let the visitor in."""

from __future__ import annotations

from collections.abc import Iterator

from wizard.base.errors import SiteError
from wizard.journeys.account_context import Account, AccountContext, filler_for
from wizard.journeys.account_doors import Door, form_on_page
from wizard.journeys.logging_in import MOST_DOORS
from wizard.journeys.result import JourneyResult, Verdict
from wizard.journeys.tokens import JWT, tokens_of
from wizard.journeys.visitor import Answer, Visitor


def log_out(
    context: AccountContext, visitor: Visitor, account: Account, landing: Answer | None
) -> JourneyResult | None:
    """The journey of a log-out; None if the site has none. *landing* is a page that the visitor saw when logged in."""
    visitor.begin()
    name, title, expected = "logout", "The visitor logs out", "after the log-out the session is over"
    page = landing.page if landing is not None else None
    places = context.doors("logout", *([page] if page else []))[:MOST_DOORS]
    if not places:
        context.absent["logout"] = f"no log-out in {len(context.surface.views)} URLs and {len(context.pages)} pages"
        return None
    before, said = visitor.twin(), ""
    door = places[0]
    try:
        for door in places:
            for answer in _ways_out(visitor, door, landing):
                if answer.status >= 500:
                    why = f"{door.path} answered {answer.status}"
                    return context.ended(
                        visitor, name, title, "logout", Verdict.BROKEN, why, expected=expected, where=door.where
                    )
                if not (done := answer.status < 400 or _signed_off(answer)):
                    said = said or f"{door.path} answered {answer.status}"
                    continue
                if why := _still_inside(context, visitor, before) or _still_refreshes(context, visitor, door):
                    said = f"{door.path} answered {answer.status}, and {why}" if done else said
                    continue
                why = f"{context.proof.path} no longer lets the visitor in"
                return context.ended(visitor, name, title, "logout", Verdict.WORKS, why, where=door.where)
    except SiteError as error:
        return context.ended(visitor, name, title, "logout", Verdict.OPEN, str(error), where=door.where)
    broken = " and " in said
    verdict = Verdict.BROKEN if broken else Verdict.OPEN
    return context.ended(visitor, name, title, "logout", verdict, said or "no way to log out was accepted",
                         expected=expected if broken else "", where=door.where)  # fmt: skip


def _still_refreshes(context: AccountContext, visitor: Visitor, door: Door) -> str:
    """That the refresh token, which the log-out takes back, still gives access; else empty.

    Raises:
        SiteError: as `Visitor.request` does.
    """
    token = visitor.recorder.refresh_token
    if not token or not any("refresh" in each.name for each in door.form.inputs):
        return ""
    for view in context.surface.views:
        fields = [each.name for form in view.forms for each in form.inputs if form.encoding == "json"]
        if "refresh" in view.url.route and "refresh" in fields and "<" not in view.url.route:
            answer = visitor.anonymous().request("POST", view.url.path, json={"refresh": token})
            return f"{view.url.path} still gives access for the refresh token" if tokens_of(answer) else ""
    return ""


def _signed_off(answer: Answer) -> bool:
    """Whether allauth's API says that nobody is logged in, which it does with a 401."""
    meta = answer.json.get("meta") if isinstance(answer.json, dict) else None
    return isinstance(meta, dict) and meta.get("is_authenticated") is False


def _ways_out(visitor: Visitor, door: Door, landing: Answer | None) -> Iterator[Answer]:
    """Send the log-out in each way that it may want, as a page would first."""
    if door.form.source.startswith("page"):
        yield visitor.send(filler_for(visitor.person).fill(door.form), door.path)
    if door.data or "headless" in door.path or "_allauth" in door.path:
        refresh = visitor.recorder.refresh_token
        body = {"refresh": refresh, "refresh_token": refresh} if refresh else {}
        if not door.methods or "post" in door.methods:
            yield visitor.request("POST", door.path, json=body)
        if not door.methods or "delete" in door.methods:
            yield visitor.request("DELETE", door.path, headers={"Accept": "application/json"})
        return
    if door.methods == ("post",) or door.form.source.startswith("page"):
        yield visitor.request("POST", door.path, form={})
        return
    answer = visitor.get(door.path)
    if (
        answer.status < 400
        and (form := form_on_page(answer.page, door, "logout"))
        and form.path.partition("?")[0] == door.path
    ):
        answer = visitor.send(filler_for(visitor.person).fill(form), form.path)
    yield answer
    yield visitor.request("POST", door.path, form={})


def _still_inside(context: AccountContext, visitor: Visitor, before: Visitor) -> str:
    """How the visitor is still logged in; empty if not. Tokens and cookies that carry their own proof stay valid."""
    if not context.proof.path:
        return ""
    if context.proof.holds(visitor) and not any(JWT.search(value) for value in visitor.headers.values()):
        return "the visitor is still logged in"
    values = before.cookies.for_path("/").values()
    stateless = any(
        JWT.fullmatch(each) or each.count(":") > 1
        for each in (*values, *(one.rpartition(" ")[2] for one in before.headers.values()))
    )
    if not stateless and context.proof.holds(before):
        return f"{context.proof.path} still lets in whoever has the cookie or token from before"
    return ""
