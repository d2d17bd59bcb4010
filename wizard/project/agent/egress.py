"""Refuse connections to other hosts, and record which ones this process wanted.

A copy of this file is on the import path of the processes that a rehearsal starts. A foreign name gets an address of a
reserved network, so that a site that only looks names up behaves as in production. Connections to it are refused.
"""

import errno
import json
import os
import sys
import time
import zlib

FOLDER = "GOLIVE_TRAFFIC"
"""The variable with the folder of `traffic.json`, the configuration, and of `wanted.jsonl`, the records."""
CONFIGURATION, RECORDS = "traffic.json", "wanted.jsonl"
MOST_RECORDS, LARGEST_RECORDS = 200, 1 << 20
"""Records of one process, and bytes of the file."""
LOCAL_NAMES = {"", "localhost", "localhost.localdomain", "localhost6", "ip6-localhost", "ip6-loopback"}
RESERVED = "198.%d.%d.%d"
"""Addresses for foreign names, from a network that is never routed. Source: RFC 2544."""
FAMILIES = (2, 10, 28, 30)
"""AF_INET, and AF_INET6 of Linux, FreeBSD and macOS."""


class Guard:
    """Decides which hosts this process may reach.

    Arguments:
        folder: the folder of the configuration and the records.
        top: the folder of the project's own files.
    """

    def __init__(self, folder, top):
        self.folder, self.top = folder, os.path.realpath(top) + os.sep
        self.names, self.addresses = {}, {}
        self.reachable = set()
        self.asked, self.written = {}, set()
        self._allowed = self._hosts = None

    # ---- decisions

    def permits(self, host, port=0):
        """Whether this process may reach *host*, a name or an address."""
        host = text(host)
        if host in self.reachable or is_loopback(host):
            return True
        if host in self.names:
            return False
        return host in LOCAL_NAMES or host.endswith(".localhost") or self.is_own_name(host) or self.allows(host, port)

    def is_own_name(self, host):
        """Whether *host* is this machine's name, or one that its hosts file maps to loopback."""
        if self._hosts is None:
            self._hosts = loopback_names()
            name = os.uname().nodename.lower()
            self._hosts |= {name, name.partition(".")[0]}
        return host in self._hosts

    def allows(self, host, port):
        """Whether the user allowed *host*: `egress` in golive.yaml has it, with its port or without one."""
        for entry in self.allowed():
            name, only = split_entry(entry)
            if matches(host, name) and (not only or not port or only == port):
                return True
        return False

    def allowed(self):
        """The entries of `egress`."""
        if self._allowed is None:
            self._allowed = [str(entry) for entry in configuration(self.folder).get("allowed") or []]
        return self._allowed

    def remember(self, addresses):
        """Permit *addresses*, to which a permitted name was resolved."""
        self.reachable.update(addresses)

    # ---- names

    def address_of(self, name):
        """A reserved address that stands for the foreign *name* in this process."""
        name = text(name)
        if name not in self.addresses:
            address = reserved_address(name, self.names)
            self.names[address], self.addresses[name] = name, address
        place = self.place()
        if place:
            self.asked[name] = place
        return self.addresses[name]

    # ---- refusals

    def refuse(self, host, port=0):
        """Record that this process wanted *host* and *port*. Returns the error to raise."""
        host = text(host)
        name = self.names.get(host, host)
        self.record(name, port)
        return ConnectionRefusedError(errno.ECONNREFUSED, os.strerror(errno.ECONNREFUSED))

    def record(self, name, port):
        try:
            place = self.place() or self.asked.get(name, "")
            key = (name, int(port or 0), place)
            if key in self.written or len(self.written) >= MOST_RECORDS:
                return
            self.written.add(key)
            write_record(self.folder, {"host": name, "port": key[1], "process": process_kind(), "place": place})
        except (OSError, ValueError, TypeError):
            pass  # the service must not notice

    def place(self):
        """The innermost line of the project's own code in the stack, as `shop/views.py:12`. Empty without one."""
        frame = sys._getframe(1)
        while frame is not None:
            name = frame.f_code.co_filename
            if not name.startswith("<") and "site-packages" not in name:
                path = os.path.realpath(name)
                own = path.startswith(self.top) and "site-packages" not in path
                if own and os.path.basename(path) != "manage.py":  # it only starts a command
                    return "%s:%d" % (path[len(self.top) :], frame.f_lineno)
            frame = frame.f_back
        return ""


def split_entry(entry: str) -> "tuple[str, int]":
    """An entry of `egress` as the host and the port, which is 0 if the entry has none."""
    name, _, port = entry.lower().rpartition(":") if entry.count(":") == 1 else (entry.lower(), "", "")
    return name, int(port) if port.isdigit() else 0


def matches(host: str, name: str) -> bool:
    """Whether *host* is *name*, or a subdomain of it if *name* begins with `*.`."""
    return host == name or (name.startswith("*.") and host.endswith(name[1:]))


def reserved_address(name: str, taken: "dict[str, str]") -> str:
    """An address for the foreign *name* that is not among *taken*. It depends on the name alone where possible."""
    number = zlib.crc32(name.encode("utf-8", "replace")) & 0x1FFFF
    while True:
        address = RESERVED % (18 + (number >> 16), (number >> 8) & 255, number & 255)
        if address not in taken:
            return address
        number = (number + 1) & 0x1FFFF


def text(host):
    """*host* as a text in lower case, without the zone of an IPv6 address."""
    if host is None:
        return ""
    if isinstance(host, (bytes, bytearray)):
        host = bytes(host).decode("utf-8", "replace")
    return str(host).lower().partition("%")[0].rstrip(".").strip("[]")


def packed(host):
    """The bytes of a numeric address, None for a name."""
    import socket

    try:
        return socket.inet_pton(socket.AF_INET6, host) if ":" in host else socket.inet_aton(host)
    except (OSError, ValueError, UnicodeError):
        return None


def is_loopback(host: str) -> bool:
    """Whether *host* is an address of loopback, or the unspecified one, which connects to loopback too."""
    number = packed(host)
    if number is None:
        return False
    if len(number) == 16:
        if number[:12] != b"\0" * 10 + b"\xff\xff":
            return number[:15] == b"\0" * 15 and number[15] in (0, 1)
        number = number[12:]
    return number[0] == 127 or number == b"\0\0\0\0"


def loopback_names():
    """The names that the hosts file of this machine maps to loopback."""
    names = set()
    try:
        with open("/etc/hosts", encoding="utf-8", errors="replace") as file:
            for line in file:
                words = line.partition("#")[0].lower().split()
                if words and is_loopback(words[0]):
                    names.update(words[1:])
    except OSError:
        pass
    return names


def configuration(folder):
    """The configuration in *folder*; empty if there is none."""
    try:
        with open(os.path.join(folder, CONFIGURATION), encoding="utf-8") as file:
            found = json.load(file)
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def write_record(folder: str, record: "dict[str, object]") -> None:
    """Append *record* to the file of records, in one step."""
    path = os.path.join(folder, RECORDS)
    descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    try:
        if os.fstat(descriptor).st_size < LARGEST_RECORDS:
            line = json.dumps({**record, "time": time.time(), "pid": os.getpid()})
            os.write(descriptor, line.encode() + b"\n")
    finally:
        os.close(descriptor)


def process_kind():
    """What this process is, as in `gunicorn` or `manage.py migrate`. Other words of a command line may be secret."""
    argv = getattr(sys, "orig_argv", None) or sys.argv
    django = sys.modules.get("django.apps")
    for place, word in enumerate(argv):
        if os.path.basename(word) in ("manage.py", "django-admin"):
            if django is None or not django.apps.ready:
                return os.path.basename(word)
            from django.core.management import get_commands

            found = next((each for each in argv[place + 1 :] if each in get_commands()), "")
            return (os.path.basename(word) + " " + found).strip()
    name = sys.argv[0] if sys.argv else ""
    if os.path.basename(name) == "__main__.py":
        name = os.path.dirname(name)
    return os.path.basename(name) if name not in ("", "-c", "-m") else "python"
