"""Record the result of each test of the project, as a test runner of Django and as a plug-in of pytest.

A copy of this file runs in the project's interpreter. Each result is a line of JSON in the file that an environment
variable names: the test's name, its outcome and the end of its message.
"""

import json
import os
import unittest

LONGEST = 4000


def record(name, outcome, message=""):
    with open(os.environ["GOLIVE_TEST_RESULTS"], "a", encoding="utf-8") as file:
        file.write(json.dumps([name, outcome, str(message)[-LONGEST:]]) + "\n")


# ---- Django: --testrunner=golive_test_results.Reporter


def __getattr__(name):
    """The runner is made when it is asked for, because the project's own one needs its settings."""
    if name == "Reporter":
        return reporter()
    raise AttributeError(name)


def reporter():
    from django.conf import settings
    from django.test.utils import get_runner

    base = get_runner(settings)

    class Reporter(base):
        def get_resultclass(self):
            return recording(base.get_resultclass(self) or unittest.TextTestResult)

    return Reporter


def recording(base):
    class Recording(base):
        def addSuccess(self, test):
            record(test.id(), "passed")
            base.addSuccess(self, test)

        def addFailure(self, test, err):
            record(test.id(), "failed", self._exc_info_to_string(err, test))
            base.addFailure(self, test, err)

        def addError(self, test, err):
            record(test.id(), "failed", self._exc_info_to_string(err, test))
            base.addError(self, test, err)

        def addSubTest(self, test, subtest, err):
            if err is not None:
                record(test.id(), "failed", self._exc_info_to_string(err, test))
            base.addSubTest(self, test, subtest, err)

        def addSkip(self, test, reason):
            record(test.id(), "skipped", reason)
            base.addSkip(self, test, reason)

    return Recording


# ---- pytest: -p golive_test_results


def pytest_runtest_logreport(report):
    if report.when == "call" or report.outcome != "passed":
        record(report.nodeid, report.outcome, report.longreprtext)


def pytest_collectreport(report):
    if report.failed:
        record(report.nodeid, "failed", report.longreprtext)
