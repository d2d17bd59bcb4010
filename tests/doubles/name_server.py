"""A test double for a name server: it answers for *records* over UDP on loopback, and knows no other name."""

from __future__ import annotations

import asyncio

import dns.flags
import dns.message
import dns.rcode
import dns.rdatatype
import dns.resolver
import dns.rrset


class NameServer(asyncio.DatagramProtocol):
    """Answers TXT questions from *records*: texts by name. A text that begins with `CNAME ` is an alias.

    With *failing* it answers SERVFAIL. *asked* are the names that were asked for.
    """

    def __init__(self, records):
        self.records, self.failing, self.asked, self.port = records, False, [], 0

    async def start(self):
        loop = asyncio.get_running_loop()
        self._transport, _ = await loop.create_datagram_endpoint(lambda: self, local_addr=("127.0.0.1", 0))
        self.port = self._transport.get_extra_info("sockname")[1]

    async def stop(self):
        self._transport.close()

    def resolver(self):
        """A resolver that asks this server only."""
        made = dns.resolver.Resolver(configure=False)
        made.nameservers, made.port = ["127.0.0.1"], self.port
        return made

    def datagram_received(self, data, address):
        query = dns.message.from_wire(data)
        question = query.question[0]
        answer = dns.message.make_response(query)
        answer.flags |= dns.flags.RA
        name = question.name.to_text().rstrip(".").lower()
        self.asked.append(name)
        if self.failing:
            answer.set_rcode(dns.rcode.SERVFAIL)
        elif name not in self.records:
            answer.set_rcode(dns.rcode.NXDOMAIN)
        elif question.rdtype == dns.rdatatype.TXT:
            self._add(answer, name)
        self._transport.sendto(answer.to_wire(), address)

    def _add(self, answer, name):
        for text in self.records.get(name, ()):
            alias = text.removeprefix("CNAME ")
            if alias != text:
                answer.answer.append(dns.rrset.from_text(f"{name}.", 60, "IN", "CNAME", f"{alias}."))
                self._add(answer, alias)
            else:
                parts = " ".join(f'"{text[start : start + 200]}"' for start in range(0, len(text), 200) or [0])
                answer.answer.append(dns.rrset.from_text(f"{name}.", 60, "IN", "TXT", parts))
