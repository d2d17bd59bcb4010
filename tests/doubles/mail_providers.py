"""A test double for the APIs of Resend, Postmark, Brevo and Mailgun.

It refuses what they refuse: a wrong key, a sender at a domain that is not verified, a message without a field. Sources:
their API references, with the texts of their errors.
"""

from __future__ import annotations

import secrets

from aiohttp import web

from doubles.serving import basic_auth, serve

KEY_VALUE = "p=MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCB"


class MailProviders:
    """All providers on one port, each below its name. *domains* are those verified there, *added* the others.

    *accepted* are the senders of the messages that were taken. With *sends_only* the key must not read domains.
    With the status *failing* Resend answers nothing else; *refused* counts that.
    """

    def __init__(self):
        self.key, self.domains, self.added = f"key-{secrets.token_hex(12)}", {"mail-club.net"}, {"pending.net"}
        self.accepted, self.failing, self.refused, self.sends_only, self.port = [], 0, 0, False, 0

    async def start(self):
        app = web.Application()
        app.add_routes([
            web.post("/resend/emails", self.resend),
            web.get("/resend/domains", self.resend_domains),
            web.get("/resend/domains/{id}", self.resend_domain),
            web.post("/postmark/email", self.postmark),
            web.post("/brevo/v3/smtp/email", self.brevo),
            web.get("/brevo/v3/senders/domains/{name}", self.brevo_domain),
            web.post("/mailgun/v3/{name}/messages", self.mailgun),
            web.get("/mailgun/v4/domains/{name}", self.mailgun_domain),
        ])  # fmt: skip
        self._runner, self.port = await serve(app)

    async def stop(self):
        await self._runner.cleanup()

    def url(self, provider):
        path = {"brevo": "/v3", "mailgun": "/v3"}.get(provider, "")
        return f"http://127.0.0.1:{self.port}/{provider}{path}"

    def _take(self, sender):
        self.accepted.append(sender)
        return secrets.token_hex(8)

    def _knows(self, sender):
        return sender.rpartition("@")[2] in self.domains

    def _authorized(self, request):
        return request.headers.get("Authorization") == f"Bearer {self.key}"

    # ---- Resend

    async def resend(self, request):
        if self.failing:
            self.refused += 1
            return _error(self.failing, name="application_error", message="An unexpected error occurred.")
        if "Authorization" not in request.headers:
            return _error(401, name="missing_api_key", message="Missing API key in the authorization header.")
        if not self._authorized(request):
            return _error(403, name="invalid_api_key", message="API key is invalid.")
        body = await request.json()
        if missing := [name for name in ("from", "to", "subject") if not body.get(name)]:
            return _error(422, name="missing_required_field", message=f"Missing `{missing[0]}` field.")
        domain = body["from"].rpartition("@")[2]
        if not self._knows(body["from"]):
            return _error(403, name="validation_error", message=f"The {domain} domain is not verified.")
        return web.json_response({"id": self._take(body["from"])})

    async def resend_domains(self, request):
        if self.sends_only:
            return _error(401, name="restricted_api_key", message="This API key is restricted to only send emails.")
        if not self._authorized(request):
            return _error(403, name="invalid_api_key", message="API key is invalid.")
        names = sorted(self.domains | self.added)
        rows = [{"id": f"id-{name}", "name": name, "status": self._status(name)} for name in names]
        return web.json_response({"object": "list", "data": rows})

    async def resend_domain(self, request):
        name = request.match_info["id"].removeprefix("id-")
        return web.json_response({"id": f"id-{name}", "name": name, "status": self._status(name), "records": [
            {"record": "SPF", "name": "send", "type": "TXT", "value": '"v=spf1 include:amazonses.com ~all"'},
            {"record": "DKIM", "name": "resend._domainkey", "type": "TXT", "value": KEY_VALUE},
        ]})  # fmt: skip

    def _status(self, name):
        return "verified" if name in self.domains else "pending"

    # ---- Postmark

    async def postmark(self, request):
        if request.headers.get("X-Postmark-Server-Token") != self.key:
            text = "Request does not contain a valid Server token."
            return _error(401, ErrorCode=10, Message=text)
        body = await request.json()
        if not body.get("To"):
            return _error(422, ErrorCode=300, Message="Zero recipients specified")
        if not self._knows(body.get("From", "")):
            text = f"The 'From' address you supplied ({body.get('From')}) is not a Sender Signature on your account."
            return _error(422, ErrorCode=400, Message=text)
        number = self._take(body["From"])
        return web.json_response({"To": body["To"], "MessageID": number, "ErrorCode": 0, "Message": "OK"})

    # ---- Brevo

    async def brevo(self, request):
        if request.headers.get("api-key") != self.key:
            return _error(401, code="unauthorized", message="Key not found")
        body = await request.json()
        if not body.get("sender", {}).get("email"):
            return _error(400, code="missing_parameter", message="sender is missing")
        if body.get("headers", {}).get("X-Sib-Sandbox") != "drop":
            raise AssertionError("a test message would reach somebody")
        number = self._take(body["sender"]["email"])  # the sandbox only looks at the format
        return web.json_response({"messageId": f"<{number}@smtp-relay.mailin.fr>"}, status=201)

    async def brevo_domain(self, request):
        name = request.match_info["name"]
        if request.headers.get("api-key") != self.key:
            return _error(401, code="unauthorized", message="Key not found")
        if name not in self.domains | self.added:
            return _error(404, code="document_not_found", message="Domain not found")
        verified = name in self.domains
        records = {
            "brevo_code": {"type": "TXT", "value": "brevo-code:1", "host_name": "@", "status": verified},
            "dkim_record": {"type": "TXT", "value": KEY_VALUE, "host_name": "mail._domainkey.", "status": verified},
        }
        return web.json_response(
            {"domain": name, "verified": verified, "authenticated": verified, "dns_records": records}
        )

    # ---- Mailgun

    async def mailgun(self, request):
        if basic_auth(request) != ("api", self.key):
            return web.Response(status=401, text="Forbidden")
        name, form = request.match_info["name"], await request.post()
        if name not in self.domains:
            return _error(404, message=f"Domain not found: {name}")
        if form.get("o:testmode") != "yes":
            raise AssertionError("a test message would reach somebody")
        return web.json_response({"id": f"<{self._take(form['from'])}@{name}>", "message": "Queued. Thank you."})

    async def mailgun_domain(self, request):
        name = request.match_info["name"]
        if basic_auth(request) != ("api", self.key):
            return web.Response(status=401, text="Forbidden")
        if name not in self.domains | self.added:
            return _error(404, message="Domain not found")
        state = "active" if name in self.domains else "unverified"
        records = [
            {"record_type": "TXT", "name": name, "value": "v=spf1 include:mailgun.org ~all", "valid": "unknown"},
            {"record_type": "TXT", "name": f"pdk7._domainkey.{name}", "value": KEY_VALUE, "valid": "unknown"},
        ]
        return web.json_response({"domain": {"name": name, "state": state}, "sending_dns_records": records})


def _error(status, **fields):
    return web.json_response(fields, status=status)
