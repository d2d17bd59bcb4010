"""The records that a mail provider wants to see at a sender's domain, as its API tells them.

Sources: the API references of Resend (domains), Mailgun (domains, version 4) and Brevo (sender domains). Postmark tells
them only to another token than that of a server, and Amazon SES only to signed requests.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from wizard.services.http import Client
from wizard.services.mail_providers import MailProvider


@dataclass(frozen=True)
class WantedRecord:
    """A record to publish: its *kind*, such as `TXT`, its full *name*, and its *value*."""

    kind: str
    name: str
    value: str

    @property
    def selector(self) -> str:
        """Of a DKIM key, its name; empty for other records."""
        head, found, _ = self.name.partition("._domainkey")
        return head if found else ""

    def __str__(self) -> str:
        return (
            f'{self.kind} {self.name} "{self.value}"' if self.kind == "TXT" else f"{self.kind} {self.name} {self.value}"
        )


@dataclass(frozen=True)
class SenderDomain:
    """What the provider says about a domain: whether it may send, and the records it wants."""

    verified: bool
    records: tuple[WantedRecord, ...] = ()


def sender_domain(client: Client, provider: MailProvider, key: str, domain: str) -> SenderDomain | None:
    """What *provider* says about *domain*; None if it does not know it, or has no such API.

    Raises:
        ServiceError: the request was refused: a key that may only send must not read domains.
    """
    ask = {"resend": _resend, "brevo": _brevo, "mailgun": _mailgun}.get(provider.name)
    return ask(client, key, domain) if ask else None


def _resend(client: Client, key: str, domain: str) -> SenderDomain | None:
    headers = {"Authorization": f"Bearer {key}"}
    rows = _rows(client.json("GET", "/domains", headers=headers), "data")
    # A subdomain has a row of its own, or is sent from its parent's.
    found = next((row for row in rows if row.get("name") == domain), None)
    if found is None:
        return None
    details = client.json("GET", f"/domains/{found.get('id')}", headers=headers)
    records = [
        _record(row.get("type"), f"{row.get('name')}.{domain}", row.get("value")) for row in _rows(details, "records")
    ]
    return SenderDomain(found.get("status") == "verified", tuple(records))


def _brevo(client: Client, key: str, domain: str) -> SenderDomain | None:
    response = client.send("GET", f"/senders/domains/{domain}", headers={"api-key": key}, accept=frozenset({404}))
    if response.status_code == 404:
        return None
    answer = response.json()
    wanted = answer.get("dns_records") if isinstance(answer, dict) else None
    rows = [row for row in (wanted or {}).values() if isinstance(row, Mapping)] if isinstance(wanted, Mapping) else []
    records = [_record(row.get("type"), _full(row.get("host_name"), domain), row.get("value")) for row in rows]
    return SenderDomain(bool(isinstance(answer, dict) and answer.get("authenticated")), tuple(records))


def _mailgun(client: Client, key: str, domain: str) -> SenderDomain | None:
    # The client's address ends in the version that sends mail.
    url = f"{client.base_url.removesuffix('/v3')}/v4/domains/{domain}"
    response = client.send("GET", url, auth=("api", key), accept=frozenset({404}))
    if response.status_code == 404:
        return None
    answer = response.json()
    records = [
        _record(row.get("record_type"), row.get("name") or domain, row.get("value"))
        for row in _rows(answer, "sending_dns_records")
    ]
    state = (answer.get("domain") or {}).get("state") if isinstance(answer, dict) else ""
    return SenderDomain(state == "active", tuple(records))


def _rows(answer: Any, name: str) -> Iterator[Mapping[str, Any]]:
    """The rows in the field *name* of an answer."""
    rows = answer.get(name) if isinstance(answer, Mapping) else None
    return (row for row in rows or () if isinstance(row, Mapping)) if isinstance(rows, list) else iter(())


def _full(name: object, domain: str) -> str:
    head = str(name or "").rstrip(".")
    return domain if head in ("", "@") else head if head.endswith(domain) else f"{head}.{domain}"


def _record(kind: object, name: str, value: object) -> WantedRecord:
    return WantedRecord(str(kind or "TXT"), name, str(value or "").strip('"'))
