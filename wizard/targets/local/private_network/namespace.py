"""Create a network namespace. Standard library only; Linux only.

An unprivileged user needs a user namespace for it. It maps only this user, to the same number, so that the processes
in it own the same files as outside.
"""

from __future__ import annotations

import fcntl
import os
import socket
import struct
from pathlib import Path

from wizard.targets.local.private_network.launcher import CLONE_NEWNET, CLONE_NEWUSER, system_call

SIOCGIFFLAGS, SIOCSIFFLAGS, IFF_UP = 0x8913, 0x8914, 1
RTM_NEWROUTE, NLM_F_REQUEST, NLM_F_ACK, NLM_F_CREATE = 24, 1, 4, 0x400
RT_TABLE_LOCAL, RTPROT_BOOT, RT_SCOPE_HOST, RTN_LOCAL, RTA_OIF = 255, 3, 254, 2, 4
"""Source: linux/sockios.h, linux/netlink.h, linux/rtnetlink.h."""


def create() -> None:
    """Move this process, which must have one thread, into a new network namespace with a working loopback.

    All addresses are local in it. A connection to a foreign one is refused at once, because nothing listens there.

    Raises:
        OSError: the system does not allow it.
    """
    if os.geteuid() == 0:  # a user namespace would take root's access to the files of others
        system_call("unshare", CLONE_NEWNET)
    else:
        user, group = os.geteuid(), os.getegid()
        system_call("unshare", CLONE_NEWUSER | CLONE_NEWNET)
        Path("/proc/self/setgroups").write_text("deny")
        Path("/proc/self/uid_map").write_text(f"{user} {user} 1")
        Path("/proc/self/gid_map").write_text(f"{group} {group} 1")
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as control:
        request = fcntl.ioctl(control, SIOCGIFFLAGS, struct.pack("16sH14s", b"lo", 0, b""))
        flags = struct.unpack("16sH14s", request)[1]
        fcntl.ioctl(control, SIOCSIFFLAGS, struct.pack("16sH14s", b"lo", flags | IFF_UP, b""))
    _make_local(socket.AF_INET)
    if socket.has_ipv6 and Path("/proc/net/if_inet6").exists():
        _make_local(socket.AF_INET6)


def _make_local(family: int) -> None:
    """Add the route `local default dev lo`, by which all addresses of *family* belong to this namespace.

    Raises:
        OSError: the kernel refuses it.
    """
    output = struct.pack("HHI", 8, RTA_OIF, socket.if_nametoindex("lo"))
    message = struct.pack("BBBBBBBBI", family, 0, 0, 0, RT_TABLE_LOCAL, RTPROT_BOOT, RT_SCOPE_HOST, RTN_LOCAL, 0)
    flags = NLM_F_REQUEST | NLM_F_ACK | NLM_F_CREATE
    header = struct.pack("IHHII", 16 + len(message) + len(output), RTM_NEWROUTE, flags, 1, 0)
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 0) as kernel:
        kernel.send(header + message + output)
        error = -struct.unpack_from("i", kernel.recv(4096), 16)[0]
    if error:
        raise OSError(error, f"route: {os.strerror(error)}")
