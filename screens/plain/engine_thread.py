"""The thread of the engine. The main thread prints, prompts, and receives Ctrl-C."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import CancelledError, Future, ThreadPoolExecutor
from queue import SimpleQueue
from typing import Any, TypeVar

from wizard.base.errors import Stopped

T = TypeVar("T")


class EngineThread:
    """Runs work on a thread, and calls from that thread on the main thread."""

    def __init__(self) -> None:
        self._calls: SimpleQueue[Callable[[], object] | None] = SimpleQueue()
        self._executor = ThreadPoolExecutor(1, thread_name_prefix="engine")
        self._waiting: Future[Any] | None = None
        self._leaving = False

    def run(self, work: Callable[[], T], interrupt: Callable[[], None] | None) -> T:
        """Run *work* on the thread, and meanwhile make the calls it posts. Ctrl-C calls *interrupt*, if given."""
        future = self._executor.submit(work)
        future.add_done_callback(lambda _: self._calls.put(None))
        while True:
            try:
                call = self._calls.get()
                if call is None:
                    return future.result()
                call()
            except KeyboardInterrupt:
                if interrupt is None:
                    raise
                interrupt()

    def post(self, call: Callable[[], object]) -> None:
        """From the thread: have the main thread make *call*, without waiting."""
        self._calls.put(call)

    def call_main(self, function: Callable[[], T]) -> T:
        """From the thread: the result of *function*, called on the main thread.

        Raises:
            Stopped: the session ended first.
        """
        waiting: Future[T] = Future()

        def call() -> None:
            try:
                waiting.set_result(function())
            finally:  # after an exception, so that the thread does not wait for ever
                waiting.cancel()

        self._waiting = waiting
        if self._leaving:
            waiting.cancel()
        self._calls.put(call)
        try:
            return waiting.result()
        except CancelledError:
            raise Stopped("The session has ended") from None

    def leave(self) -> None:
        """Release the thread if it waits for the main thread, now or later."""
        self._leaving = True
        if self._waiting:
            self._waiting.cancel()

    def close(self) -> None:
        """Wait for the thread to end."""
        self._executor.shutdown()
