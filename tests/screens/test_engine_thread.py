"""The thread of the plain session's engine, and the calls between it and the main thread."""

from __future__ import annotations

import threading

import pytest

from screens.plain.engine_thread import EngineThread
from wizard.base.errors import Stopped


@pytest.fixture
def thread():
    thread = EngineThread()
    yield thread
    thread.leave()
    thread.close()


def test_the_thread_can_ask_the_main_thread(thread):
    def work():
        return threading.get_ident(), thread.call_main(threading.get_ident)

    worker, main = thread.run(work, None)
    assert main == threading.get_ident()
    assert worker != main


def test_posted_calls_are_made_in_order_before_the_result(thread):
    calls = []

    def work():
        for number in range(3):
            thread.post(lambda number=number: calls.append(number))
        return len(calls)

    thread.run(work, None)
    assert calls == [0, 1, 2]


def test_an_error_of_the_work_reaches_the_caller(thread):
    with pytest.raises(ZeroDivisionError):
        thread.run(lambda: 1 / 0, None)


def interrupt():
    raise KeyboardInterrupt


def test_ctrl_c_calls_the_handler_and_the_work_continues(thread):
    interrupts = []

    def work():
        thread.post(interrupt)
        return "finished"

    assert thread.run(work, lambda: interrupts.append(1)) == "finished"
    assert interrupts == [1]


def test_ctrl_c_without_a_handler_is_raised(thread):
    with pytest.raises(KeyboardInterrupt):
        thread.run(lambda: thread.post(interrupt), None)


def test_leaving_releases_the_thread_when_the_main_thread_no_longer_answers(thread):
    stopped = threading.Event()

    def work():
        thread.post(interrupt)
        try:
            thread.call_main(lambda: "never called")
        except Stopped:
            stopped.set()

    with pytest.raises(KeyboardInterrupt):
        thread.run(work, None)
    thread.leave()
    assert stopped.wait(10)
