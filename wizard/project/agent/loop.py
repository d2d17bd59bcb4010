"""The loop of the agent: read requests, fork a child for each, pass the answers on, and enforce the limits."""

import json
import os
import selectors
import signal
import sys

from . import (  # noqa: F401 - they register their operations
    accounts,
    database,
    file_copies,
    file_storages,
    mail_trials,
    mail_ways,
    migration_steps,
    migrations,
    packages,
    rows,
    serving,
    settings,
)
from .children import PRINTED, Child, exit_message, log_size, shorten_log
from .copies import APPS, MOST, SETTINGS, Offer, ready
from .preloading import import_beforehand
from .protocol import Ended, TooMuch, describe_error

LOG, KEPT = 128 << 20, 1 << 20
"""The size in bytes at which the log of the project's output is cut, and the size of the beginning that is kept."""
LATER = {"": (SETTINGS, APPS), SETTINGS: (APPS,), APPS: ()}
"""The stages that come after each one."""
TICK = 0.1
"""Seconds between two checks of the children's time and output."""


class Agent:
    """The parent process: reads requests from stdin and writes answers to the descriptor *out*.

    *stage* is what a copy of a child has loaded, which runs this loop too. Its answers begin with *mark*.
    """

    def __init__(self, out, stage="", mark=b""):
        self.out, self.stage, self.mark = out, stage, mark
        self.children, self.copies, self.pending = {}, {}, b""
        self.imported = ()
        self.selector = selectors.DefaultSelector()
        self.selector.register(0, selectors.EVENT_READ)
        signal.signal(signal.SIGTERM, lambda *_: self.end())

    def run(self):
        while True:
            for key, _ in self.selector.select(TICK):
                if key.fd == 0:
                    self.read_requests()
                elif key.fd in self.copies:
                    self.read_copy(self.copies[key.fd])
                elif key.fd in self.children:
                    self.read_arrived(self.children[key.fd])
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
        """Pass *request* to a copy that has loaded what it needs, or fork a child for it. Or stop what it names."""
        if request["op"] == "stop":
            self.stop(request)
            return
        for copy in ready(self.copies.values()):
            self.read_copy(copy)
        keys = request.get("keys", {})
        for stage in () if request.get("fresh") else (APPS, SETTINGS):
            copy = self.copy_of(keys.get(stage))
            if copy and copy.process and copy.send(request):
                self.copies[copy.reader] = self.copies.pop(copy.reader)  # the last one used is the last one to go
                copy.numbers.add(request["id"])
                return
        if self.imported and not self.stage:  # a copy has its settings, which these imports must not see
            import_beforehand(self.imported)
            self.imported = ()
        later = LATER[self.stage] if request.get("leave") else ()
        self.fork(request, {stage: keys[stage] for stage in later if stage in keys and not self.copy_of(keys[stage])})

    def fork(self, request, wanted):
        """Answer *request* in a child, which may leave copies with the keys *wanted*."""
        if request.get("fresh"):  # the project was looked at again, so the copies of the last look are less useful
            for copy in self.copies.values():
                copy.kept = False
        for copy in self.idle() if wanted else ():
            if len(self.copies) + len(wanted) > MOST:
                self.forget(copy)
        offers = {stage: Offer(key, bool(request.get("fresh"))) for stage, key in wanted.items()}
        others = [self.out, *self.children]
        for copy in self.copies.values():
            others += [copy.reader, copy.commands]
        child = Child(request, offers, run_copy, self.stage, others)
        self.children[child.reader] = child
        self.selector.register(child.reader, selectors.EVENT_READ)
        for offer in offers.values():
            self.copies[offer.reader] = offer
            self.selector.register(offer.reader, selectors.EVENT_READ)

    def copy_of(self, key):
        return next((copy for copy in self.copies.values() if copy.key == key), None)

    def idle(self):
        """The copies that nobody waits for: the least recently used one first, those of the last look last."""
        found = [copy for copy in self.copies.values() if copy.process and not copy.numbers and not copy.serving]
        return sorted(found, key=lambda copy: copy.kept)

    def stop(self, request):
        """End the child that answers the question that *request* names, here or in a copy."""
        for child in self.children.values():
            if child.number == request["stop"]:
                child.terminate() if request.get("gently") else child.kill()
        for copy in list(self.copies.values()):
            if request["stop"] in copy.serving:
                if not request.get("gently"):
                    copy.serving.discard(request["stop"])
                copy.send(request)

    def read_copy(self, copy):
        """Pass on what *copy* has answered. If it has ended, its questions get an error."""
        if copy.reader not in self.copies:
            return
        answers = copy.read()
        if answers is None:
            self.forget(copy)
            error = describe_error(Ended("the process with the loaded project has ended"), "")
            answers = [{"id": number, "error": error} for number in sorted(copy.numbers)]
        for answer in answers:
            self.write(answer)

    def forget(self, copy):
        self.selector.unregister(copy.reader)
        del self.copies[copy.reader]
        copy.close()

    def read_arrived(self, child):
        """Read what an event announced. The event may be an older one, of a file that had the same number."""
        try:
            self.read_answer(child)
        except BlockingIOError:
            pass

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
        try:
            while not child.closed:  # read its last output
                self.read_answer(child)
        except BlockingIOError:  # another process still has the pipe open
            self.selector.unregister(child.reader)
        if not child.answered:
            self.send(child, child.fail(exit_message(status)))
        os.close(child.reader)
        del self.children[child.reader]

    def send(self, child, answer):
        if answer is None:
            return
        self.imported = (*self.imported, *answer.pop("imported", ()))
        self.write({**answer, "id": child.number})

    def write(self, answer):
        data = self.mark + json.dumps(answer).encode() + b"\n"
        while data:
            data = data[os.write(self.out, data) :]

    def end(self):
        """Kill this process, its children, and everything in their process groups."""
        for child in self.children.values():
            child.kill()
        for copy in list(self.copies.values()):
            copy.close()
        os.killpg(0, signal.SIGKILL)


def run_copy(stage, out, mark):
    """The loop of a copy."""
    Agent(out, stage, mark).run()


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
