"""Copies of a child that has loaded the project. They stay and answer later questions, so that it is loaded once.

A child leaves a copy of itself at two stages: once the settings module is imported, and once the apps are loaded. The
copy runs the loop of the agent with the pipes of an `Offer`, and forks a child for each question as the agent does.
"""

import faulthandler
import importlib
import json
import os
import select
import signal
import stat
import sys
import threading
import time

SETTINGS, APPS = "settings", "apps"
"""The stages: the settings module is imported; the apps are loaded under these settings."""
OFFERS = {}
"""In a child: the copies to leave, by stage."""
RUN = {}
"""In a child: what a copy needs, and what it must close. See `prepare_child`."""
MOST = 6
"""The most copies that one process keeps track of. Each takes memory."""
LARGEST = 64 << 20
"""The maximum size of one answer in bytes. That of a child is a little smaller."""
LOCKS = "/proc/locks"


class Offer:
    """The pipes between the agent and a copy of one of its children, by the *key* of what the copy has loaded.

    The copy exists once `process` is set. `numbers` are the questions that it has not answered yet, `serving` those
    whose child goes on after its answer. Copies that are *kept* go last. `mark` separates answers from what code of the
    project writes into the pipe, which it has while it is loaded.
    """

    def __init__(self, key, kept):
        self.key, self.kept, self.process, self.buffer = key, kept, 0, bytearray()
        self.numbers, self.serving = set(), set()
        self.mark = os.urandom(8).hex().encode()
        self.reader, self.writer = os.pipe()
        self.questions, self.commands = os.pipe()
        os.set_blocking(self.reader, False)  # what an event announced may have been read already, for a question

    def keep_own_ends(self):
        """Close the ends of the copy, after the fork in the agent."""
        os.close(self.writer)
        os.close(self.questions)

    def send(self, request):
        """Pass *request* on. Returns whether the copy still reads."""
        data = json.dumps(request).encode() + b"\n"
        try:
            while data:
                data = data[os.write(self.commands, data) :]
        except OSError:
            return False
        return True

    def read(self):
        """The answers that have arrived. None once the copy has ended, or can't be understood."""
        try:
            data = os.read(self.reader, 1 << 20)
        except BlockingIOError:
            return []
        self.buffer += data
        if not data or len(self.buffer) > LARGEST:
            return None
        *lines, self.buffer = self.buffer.split(b"\n")
        answers = []
        for line in lines:
            _, found, text = line.partition(self.mark)
            if not found:
                continue
            try:
                answer = json.loads(text)
            except ValueError:
                return None
            if "copy" in answer:
                self.process = answer["copy"]
                continue
            self.numbers.discard(answer["id"])
            if answer.get("stays"):
                self.serving.add(answer["id"])
            answers.append(answer)
        return answers

    def close(self):
        """End the copy and its children, which end with the pipe and with SIGTERM."""
        for descriptor in (self.reader, self.commands):
            os.close(descriptor)
        if self.process:
            try:
                os.kill(self.process, signal.SIGTERM)
            except OSError:
                pass  # it has ended


def prepare_child(offers, writer, loop, deadline):
    """Remember in a child what its copies need.

    Arguments:
        offers: the offers by stage.
        writer: the descriptor for the child's own answer, and for its traceback shortly before its time is over.
        loop: is called in the copy with the stage, the descriptor for answers and their mark, and does not return.
        deadline: when the child must have answered, on the monotonic clock.
    """
    for offer in offers.values():
        os.close(offer.reader)
        os.close(offer.commands)
    OFFERS.update(offers)
    RUN.update(writer=writer, loop=loop, deadline=deadline)


def leave(stage):
    """Leave a copy of this process, if the question asks for one at this *stage* and the process can be copied."""
    offer = OFFERS.pop(stage, None)
    if offer is None:
        return
    if can_be_copied() and not (stage == SETTINGS and uses_settings()):
        faulthandler.cancel_dump_traceback_later()  # its thread is not in the copy, which would wait for it
        sys.stdout.flush()
        sys.stderr.flush()
        if os.fork() == 0:
            try:
                stay(stage, offer)
            finally:
                os._exit(1)
        arm()
    os.close(offer.writer)
    os.close(offer.questions)


def arm():
    """Write the traceback of this process into its pipe shortly before its time is over."""
    faulthandler.dump_traceback_later(max(0.1, (RUN["deadline"] - time.monotonic()) * 0.95), file=RUN["writer"])


def stay(stage, offer):
    """Answer questions until the pipe closes. Runs in the copy."""
    os.setpgid(0, 0)
    for other in OFFERS.values():
        os.close(other.writer)
        os.close(other.questions)
    OFFERS.clear()
    os.close(RUN["writer"])
    os.dup2(offer.questions, 0)
    os.close(offer.questions)
    forget_connections()
    os.write(offer.writer, b"\n" + offer.mark + json.dumps({"copy": os.getpid()}).encode() + b"\n")
    RUN["loop"](stage, offer.writer, offer.mark)


def forget_connections():
    """Close the database connections that loading the project opened: copies must not share one."""
    if has_databases():
        from django.db import connections

        for connection in connections.all():
            try:
                connection.close()
            except Exception:
                continue  # a child that uses it shows the error


def has_databases():
    """Whether Django has read DATABASES for its connections. It does so once, so other settings come too late then."""
    database = sys.modules.get("django.db")
    return database is not None and not {"settings", "databases"}.isdisjoint(vars(database.connections))


def uses_settings():
    """Whether Django has already used the settings for more than to keep them, so that overrides would be ignored."""
    registry = sys.modules.get("django.apps")
    return has_databases() or bool(registry and registry.apps.app_configs)


def can_be_copied():
    """Whether nothing that a copy can't share belongs to this process: threads, sockets, or locked files."""
    if threading.active_count() > 1:
        return False
    own = {RUN["writer"]}
    for offer in OFFERS.values():
        own |= {offer.writer, offer.questions}
    files = set()
    for name in os.listdir("/dev/fd"):
        descriptor = int(name)
        if descriptor > 2 and descriptor not in own:
            try:
                status = os.fstat(descriptor)
            except OSError:
                continue  # that of the listing
            if stat.S_ISSOCK(status.st_mode):
                return False
            files.add(status.st_ino)
    return not files & locked_files()


def locked_files():
    """The inodes of locked files on this machine. Empty where the system does not list them."""
    try:
        with open(LOCKS) as file:
            lines = file.read().splitlines()
    except OSError:
        return set()
    fields = (line.partition(": ")[2].replace("-> ", "").split() for line in lines)
    return {int(found[4].rpartition(":")[2]) for found in fields if len(found) > 4}


def enter_copy(request, stage):
    """Apply what distinguishes *request* from the one for which the copy was loaded: the settings module."""
    for path in reversed(request["paths"]):
        if path not in sys.path:
            sys.path.insert(0, path)
    importlib.invalidate_caches()
    if stage == SETTINGS:
        use_module(request["settings"])


def use_module(name):
    """Let the settings be those of the module *name*, which may import one that is loaded."""
    from django.conf import settings
    from django.utils.functional import empty

    if os.environ.get("DJANGO_SETTINGS_MODULE") != name:
        os.environ["DJANGO_SETTINGS_MODULE"] = name
        settings._wrapped = empty


def load(request):
    """Load the project as far as copies of it are asked for, and leave them."""
    if SETTINGS in OFFERS:
        from django.conf import settings

        use_module(request["module"])
        settings._setup()  # and no plain import: code in the module may already ask for settings
        leave(SETTINGS)
        use_module(request["settings"])
    if APPS in OFFERS:
        import django

        django.setup()
        leave(APPS)


def ready(offers):
    """Those of *offers* that have something to read now."""
    found, _, _ = select.select([offer.reader for offer in offers], [], [], 0)
    return [offer for offer in offers if offer.reader in found]
