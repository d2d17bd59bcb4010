"""Events of the workers and schedulers of a rehearsal, in the file that the variable GOLIVE_EVENTS names."""

import json
import os
import time

EVENTS = "GOLIVE_EVENTS"
PROBE = "golive.probe"
"""The name of work of Golive's own."""


def note(event, **more):
    """Add an event to the file, in one write. Several processes add events to it."""
    line = json.dumps(dict(more, event=event, pid=os.getpid())) + "\n"
    descriptor = os.open(os.environ[EVENTS], os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_NOFOLLOW, 0o600)
    try:
        os.write(descriptor, line.encode("utf-8"))
    finally:
        os.close(descriptor)


def probe(token="", seconds=0.0):
    """Work that takes *seconds*. Its beginning and its end are events."""
    note("begin", token=token)
    time.sleep(seconds)  # work of this length, which a worker must not lose
    note("end", token=token)


def name_of(path):
    """The name for the function at *path*: PROBE for Golive's own."""
    return PROBE if path == probe_path() else path


def probe_path():
    """The path by which a worker imports `probe`."""
    return __name__ + ".probe"
