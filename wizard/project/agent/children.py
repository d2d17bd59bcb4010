"""Child processes of the agent: each answers one question, within limits of time and output."""

import faulthandler
import json
import os
import re
import signal
import stat
import sys
import threading
import time
import traceback

from . import copies, traffic
from .protocol import OPERATIONS, Ended, describe_error, enter, is_own_file

LARGEST = 60 << 20
"""The maximum size of one answer in bytes."""
PRINTED = 64 << 20
"""Bytes that the project may print while it answers. Questions that are answered at the same time share this limit."""


def respond(request, descriptor, mark, stage):
    """Answer *request* in this process, which is a child, and always end it.

    The answer goes to the pipe *descriptor*, behind *mark*. *stage* is what the parent has loaded; empty for nothing.
    """
    own = os.getpid()
    try:
        # Shortly before the limit the current traceback goes to the same pipe; see Child.place.
        copies.arm()
        try:
            if stage:
                copies.enter_copy(request, stage)
            else:
                enter(request)
            traffic.start_for(request)
            if request["op"] != "inspect":
                copies.load(request)
            answer = OPERATIONS[request["op"]](request)
        except BaseException as error:
            answer = {"error": describe_error(error, request.get("cwd", "")), "trace": traceback.format_exc()[-3000:]}
        if os.getpid() != own:  # a process that the project's code forked
            return
        stay = answer.pop("stay", None)  # True, or a function that runs until the child is stopped
        write_answer({**answer, "stays": True} if stay else answer, descriptor, mark)
        faulthandler.cancel_dump_traceback_later()
        if stay:
            run_on(stay)
        sys.stderr.flush()
    finally:
        os._exit(0)  # no atexit, no waiting for threads


def run_on(stay):
    """Go on after the answer, until this process is stopped."""
    if stay is True:
        threading.Event().wait()
    try:
        stay()
    except BaseException:
        traceback.print_exc()


def write_answer(answer, descriptor, mark):
    data = mark + json.dumps(answer).encode() + b"\n"
    while data:
        data = data[os.write(descriptor, data) :]


class Child:
    """A forked process that answers one question, in its own process group.

    Arguments:
        offers: the copies that it may leave, by stage.
        loop: what such a copy runs, with the stage, the descriptor for its answers and their mark.
        stage: what this process has loaded already; empty for nothing.
        others: files of this process that the child closes.
    """

    def __init__(self, request, offers, loop, stage, others):
        self.number, self.cwd, self.limit = request["id"], request["cwd"], request["limit"]
        self.deadline = time.monotonic() + self.limit
        self.mark = os.urandom(8).hex().encode()  # separates the answer from other writes to the pipe
        self.printed = log_size()
        self.answered, self.closed, self.buffer = False, False, bytearray()
        self.status = None
        self.reader, writer = os.pipe()
        os.set_blocking(self.reader, False)
        self.pid = os.fork()
        if self.pid == 0:
            os.setpgid(0, 0)
            signal.signal(signal.SIGTERM, signal.SIG_DFL)
            for descriptor in (self.reader, *others):
                os.close(descriptor)
            null = os.open(os.devnull, os.O_RDONLY)
            os.dup2(null, 0)
            os.close(null)
            copies.prepare_child(offers, writer, loop, self.deadline)
            respond(request, writer, self.mark, stage)
        os.close(writer)
        for offer in offers.values():
            offer.keep_own_ends()
        try:
            os.setpgid(self.pid, self.pid)  # in both processes, since either may run first
        except OSError:
            pass

    def read(self):
        """Read from the pipe. Returns the answer once it is complete, else None."""
        data = os.read(self.reader, 1 << 20)
        self.closed = not data
        if self.answered or self.closed:
            return None
        self.buffer += data
        if len(self.buffer) > LARGEST:
            return self.fail("the answer is larger than %d MB" % (LARGEST >> 20))
        _, found, answer = self.buffer.partition(self.mark) if data.endswith(b"\n") else (b"", b"", b"")
        if not found:
            return None
        try:
            answer = json.loads(answer)
        except ValueError:
            return self.fail("the project's code wrote into a file descriptor that it did not open")
        self.answered, self.buffer = True, bytearray()
        return answer

    def fail(self, why, kind=Ended):
        """Kill the child and everything in its process group, and return an answer with the error *why*."""
        self.kill()
        error = {**describe_error(kind(why), ""), "place": self.place()}
        self.answered, self.buffer = True, bytearray()
        return {"error": error}

    def place(self):
        """The innermost line of the project's files in the traceback that the child wrote, or None."""
        for name, line in re.findall(rb'File "([^"\n]+)", line (\d+)', self.buffer):
            name = os.fsdecode(name)
            if is_own_file(name, self.cwd):
                return [os.path.relpath(name, self.cwd), int(line)]
        return None

    def excess(self):
        """The limit that the child exceeds, as a message. Empty if it exceeds none."""
        if self.answered:
            return ""
        if time.monotonic() > self.deadline:
            return "the project's code did not finish within %g s and was stopped" % self.limit
        if log_size() - self.printed > PRINTED:
            return "the project's code printed more than %d MB and was stopped" % (PRINTED >> 20)
        return ""

    def ended(self):
        """The exit status of a child that has ended, or None. Kills the other processes in its group."""
        if self.status is None:
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            self.status = status if pid else None
        if self.status is None:
            return None
        self.kill()
        return self.status

    def terminate(self):
        """Ask the process to end itself, so that it can finish what it has begun."""
        os.kill(self.pid, signal.SIGTERM)

    def kill(self):
        try:
            os.killpg(self.pid, signal.SIGKILL)
        except OSError:
            pass  # the group is empty


def exit_message(status):
    """A message for a child that ended with *status* before it answered."""
    if os.WIFSIGNALED(status):
        return "the project's code ended the interpreter: killed by %s" % signal.Signals(os.WTERMSIG(status)).name
    return "the project's code ended the interpreter: exit code %d, without an exception" % os.WEXITSTATUS(status)


def log_size():
    """Bytes in the log of the project's output. 0 if stderr is not a file."""
    status = os.fstat(2)
    return status.st_size if stat.S_ISREG(status.st_mode) else 0


def shorten_log(size):
    """Keep only the first *size* bytes of the log."""
    os.ftruncate(2, size)
    os.write(2, b"\n[golive: the output was too long; the rest was discarded]\n")
