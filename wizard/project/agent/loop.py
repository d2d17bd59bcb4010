"""The loop of the agent: read requests, fork a child for each, pass the answers on, and enforce the limits."""

import json
import os
import selectors
import signal
import sys

from . import accounts, database, migrations, packages, rows, serving, settings  # noqa: F401 - they register their operations
from .children import PRINTED, Child, exit_message, log_size, shorten_log
from .preloading import import_beforehand
from .protocol import Ended, TooMuch, describe_error

LOG, KEPT = 128 << 20, 1 << 20
"""The size in bytes at which the log of the project's output is cut, and the size of the beginning that is kept."""
TICK = 0.1
"""Seconds between two checks of the children's time and output."""


class Agent:
    """The parent process: reads requests from stdin and writes answers to the descriptor *out*."""

    def __init__(self, out):
        self.out = out
        self.children, self.pending = {}, b""
        self.imported, self.share = (), True
        self.selector = selectors.DefaultSelector()
        self.selector.register(0, selectors.EVENT_READ)
        signal.signal(signal.SIGTERM, lambda *_: self.end())

    def run(self):
        while True:
            for key, _ in self.selector.select(TICK):
                if key.fd == 0:
                    self.read_requests()
                else:
                    self.read_answer(self.children[key.fd])
            for child in list(self.children.values()):
                self.check(child)
            if log_size() > LOG:
                shorten_log(KEPT)

    def read_requests(self):
        data = os.read(0, 65536)
        if not data:
            self.end()
        self.pending += data
        *lines, self.pending = self.pending.split(b"\n")
        for line in lines:
            self.handle(json.loads(line))

    def handle(self, request):
        """Fork a child for *request*, or stop or wake the child that it names."""
        if request["op"] == "stop":
            for child in self.children.values():
                if child.number == request["stop"]:
                    child.kill()
            return
        if request["op"] == "rest":
            self.wake(request)
            return
        if request.get("keep"):
            for child in self.children.values():
                if child.kept:
                    child.kill()  # a new inspection replaces it
        if self.imported:
            import_beforehand(self.imported)
            self.imported, self.share = (), False
        child = Child(
            {**request, "share": self.share},
            self.out,
            [each for child in self.children.values() for each in (child.reader, child.commands)],
        )
        self.children[child.reader] = child
        self.selector.register(child.reader, selectors.EVENT_READ)

    def wake(self, request):
        """Let the child whose answer was number `of` give the rest of its answer."""
        for child in self.children.values():
            if child.kept and child.number == request["of"]:
                child.wake(request)
                return
        self.write(
            {"error": describe_error(Ended("the process with the loaded project has ended"), ""), "id": request["id"]}
        )

    def read_answer(self, child):
        self.send(child, child.read())
        if child.closed:
            self.selector.unregister(child.reader)

    def check(self, child):
        """Stop a child that exceeds a limit, and remove one that has ended."""
        why = child.excess()
        if why:
            answer = child.fail(why, TooMuch)
            if log_size() - child.printed > PRINTED:
                shorten_log(child.printed + KEPT)
            self.send(child, answer)
        status = child.ended()
        if status is None:
            return
        os.set_blocking(child.reader, False)
        try:
            while not child.closed:  # read its last output
                self.read_answer(child)
        except BlockingIOError:  # another process still has the pipe open
            self.selector.unregister(child.reader)
        if not child.answered:
            self.send(child, child.fail(exit_message(status)))
        os.close(child.reader)
        os.close(child.commands)
        del self.children[child.reader]

    def send(self, child, answer):
        if answer is None:
            return
        self.imported = answer.pop("imported", self.imported)
        self.write({**answer, "id": child.number})

    def write(self, answer):
        data = json.dumps(answer).encode() + b"\n"
        while data:
            data = data[os.write(self.out, data) :]

    def end(self):
        """Kill this process, its children, and everything in their process groups."""
        for child in self.children.values():
            child.kill()
        os.killpg(0, signal.SIGKILL)


def main():
    """Greet with the versions of Python and Django on stdout, then answer requests until stdin closes."""
    out = os.dup(1)
    os.dup2(2, 1)
    hello = {"python": sys.version.split()[0], "prefix": sys.prefix, "executable": sys.executable}
    try:
        import django
        import django.conf
        import django.core.checks
        import django.core.handlers.wsgi
        import django.core.management
        import django.db.models
        import django.template
        import django.urls

        hello["django"] = django.get_version()
        hello["packages"] = os.path.dirname(os.path.dirname(os.path.abspath(django.__file__)))
    except BaseException as error:
        hello["error"] = describe_error(error, "")
    os.write(out, (json.dumps(hello) + "\n").encode())
    Agent(out).run()
