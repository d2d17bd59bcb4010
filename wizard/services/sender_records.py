"""SPF, DKIM and DMARC of a sender's domain: what is published, and the records that are missing.

Sources: RFC 7208 (SPF), RFC 6376 (DKIM), RFC 7489 (DMARC), and the providers' documentation of sender domains.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from wizard.services.domain_records import WantedRecord
from wizard.services.mail_providers import MailProvider

if TYPE_CHECKING:
    from dns.resolver import Resolver

SECONDS = 8.0
"""How long one look-up may take, with its retries."""


class LookUpError(Exception):
    """The domain name system gave no answer, which says nothing about the records."""


Texts = Callable[[str], list[str]]
"""Looks up the TXT records of a name. Empty if there are none. Raises LookUpError."""


@dataclass(frozen=True)
class Check:
    """One of SPF, DKIM and DMARC: whether it *holds*, what was found, and the record to add otherwise."""

    name: str
    holds: bool
    found: str
    add: str = ""

    def __str__(self) -> str:
        return f"{self.name}: {self.found}" + (f". Add {self.add}" if self.add else "")


def texts_of(resolver: Resolver | None = None) -> Texts:
    """Look up TXT records with *resolver*; by default, with the name servers of this machine."""

    def look_up(name: str) -> list[str]:
        import dns.exception
        import dns.resolver

        used = resolver or dns.resolver.get_default_resolver()
        try:
            answer = used.resolve(name, "TXT", lifetime=SECONDS)
        except (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer):
            return []
        except dns.exception.DNSException as error:
            raise LookUpError(f"{name}: {type(error).__name__}: {str(error)[:120]}") from error
        return [b"".join(row.strings).decode("utf-8", "replace") for row in answer]

    return look_up


def checks(
    domain: str,
    provider: MailProvider | None,
    look_up: Texts,
    selectors: tuple[str, ...] = (),
    wanted: tuple[WantedRecord, ...] = (),
) -> list[Check]:
    """SPF, DKIM and DMARC of *domain* for mail through *provider*.

    Arguments:
        selectors: names of the DKIM key, if the person knows them.
        wanted: the records that the provider shows.

    Raises:
        LookUpError: a name could not be looked up.
    """
    keys = tuple(each for each in wanted if each.selector)
    selectors = selectors or tuple(each.selector for each in keys)
    dkim = _dkim(domain, provider, selectors, look_up)
    if keys and not dkim.holds:
        dkim = replace(dkim, add=", ".join(map(str, keys)))
    return [_spf(domain, provider, look_up), dkim, _dmarc(domain, look_up)]


def _spf(domain: str, provider: MailProvider | None, look_up: Texts) -> Check:
    name = f"{provider.return_path}.{domain}" if provider and provider.return_path else domain
    published = [text for text in look_up(name) if text.lower().split()[:1] == ["v=spf1"]]
    wanted = [f"include:{each}" for each in provider.spf] if provider else []
    if len(published) > 1:
        return Check("SPF", False, f"{name} has {len(published)} SPF records, and one is allowed")
    if not published and provider and provider.bounces:
        return Check("SPF", False, f"{name} has none", f"CNAME {name} {provider.bounces}")
    if not published:
        return Check("SPF", False, f"{name} has none", _txt(name, " ".join(["v=spf1", *wanted[:1], "~all"])))
    terms = published[0].split()
    if any(term.lower() in ("+all", "all") for term in terms):
        return Check("SPF", False, f"{name} lets everybody send: {published[0]}", "~all in place of +all")
    if wanted and not {term.lstrip("+").lower() for term in terms} & set(wanted):
        joined = " ".join([terms[0], wanted[0], *terms[1:]])
        found = f"{name} does not include {provider.title if provider else ''}: {published[0]}"
        return Check("SPF", False, found, f"{_txt(name, joined)} in place of it")
    return Check("SPF", True, published[0])


def _dkim(domain: str, provider: MailProvider | None, selectors: tuple[str, ...], look_up: Texts) -> Check:
    tried = selectors or (provider.selectors if provider else ())
    for selector in tried:
        # A CNAME to the provider's key is followed by the name server.
        for text in look_up(f"{selector}._domainkey.{domain}"):
            key = dict(part.strip().partition("=")[::2] for part in text.split(";")).get("p", None)
            if key:
                return Check("DKIM", True, f"{selector}._domainkey has a key")
            if key == "":
                return Check("DKIM", False, f"{selector}._domainkey.{domain} has an empty key, so it is revoked",
                             "the key that the provider shows now")  # fmt: skip
    title = provider.title if provider else "the provider"
    if not tried:
        add = f"the record that {title} shows for {domain}, and give its name as the answer `mail.dkim`"
        return Check("DKIM", False, f"the name of the key is not known: {title} gives each domain its own", add)
    names = ", ".join(f"{each}._domainkey.{domain}" for each in tried)
    add = f"the record that {title} shows for {tried[0]}._domainkey.{domain}"
    return Check("DKIM", False, f"no key at {names}", add)


def _dmarc(domain: str, look_up: Texts) -> Check:
    name = f"_dmarc.{domain}"
    # Without a record of its own, that of the organisation's domain counts.
    parent = domain.partition(".")[2]
    for each in (name, *([f"_dmarc.{parent}"] if parent.count(".") else [])):
        published = [text for text in look_up(each) if text.lower().startswith("v=dmarc1")]
        if len(published) > 1:
            return Check("DMARC", False, f"{each} has {len(published)} records, and one is allowed")
        if published:
            policy = dict(part.strip().partition("=")[::2] for part in published[0].split(";")).get("p", "").strip()
            if policy in ("none", "quarantine", "reject"):
                return Check("DMARC", True, published[0])
            return Check("DMARC", False, f"{each} has no valid policy: {published[0]}", _txt(each, "v=DMARC1; p=none"))
    return Check("DMARC", False, f"{name} has none", _txt(name, "v=DMARC1; p=none"))


def _txt(name: str, value: str) -> str:
    return f'TXT {name} "{value}"'
