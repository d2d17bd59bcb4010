"""Faults of what a site runs out of: connections, Sentry's quota, an admin that anybody finds, old packages."""

from __future__ import annotations

from tests.faults.fault import Fault, append, committed, every, replace, without_line

SETTINGS, URLS, HEALTH = "election_cart/settings.py", "election_cart/urls.py", "election_cart/health.py"
SAMPLE_RATE = "        traces_sample_rate=0.0,\n"
LEAK = """

KEPT = []


def keeping(view):
    def answer(request):
        from django.db import connections

        if len(KEPT) < 15:
            KEPT.append(connections.create_connection("default"))
            KEPT[-1].ensure_connection()
        return view(request)

    return answer


health_check = keeping(health_check)
"""
"""Each of the two workers keeps fifteen connections: enough for the check, and too few to fail."""
EXHAUSTED = LEAK.replace("len(KEPT) < 15", "len(KEPT) < 60")
LOGGED = """

import logging


def complaining(view):
    def answer(request):
        logging.getLogger("health").error("somebody looks")
        return view(request)

    return answer


health_check = complaining(health_check)
"""
LEADS = """
from django.views.generic import RedirectView

urlpatterns += [path('admin/', RedirectView.as_view(pattern_name='admin:index'))]
"""

FAULTS = [
    Fault("health check: keeps its connections", append(HEALTH, LEAK), items={"30.1"},
          says=["connections stay open"]),
    Fault("health check: more connections than the server has", append(HEALTH, EXHAUSTED), items={"30.1"},
          says=["requests failed"]),
    Fault("Sentry: foreign hosts make events",
          replace(SETTINGS, "        ignore_errors=['django.core.exceptions.DisallowedHost'],\n", ""), items={"30.3"},
          says=["a foreign Host header makes an event"], where="settings.py:"),
    Fault("Sentry: health checks are traced", replace(SETTINGS, SAMPLE_RATE, "        traces_sample_rate=0.5,\n"),
          items={"30.3"}, says=["5 of 5 health checks are traced"], where="settings.py:"),
    Fault("Sentry: each health check makes an event", append(HEALTH, LOGGED), items={"30.3"},
          says=["health checks make an event"], where="settings.py:"),
    Fault("urls.py: the plain admin at its usual address",
          every(replace(URLS, "os.getenv('ADMIN_PATH', 'admin').strip('/') + '/'", "'admin/'"),
                without_line(SETTINGS, "'election_cart.second_factor.SecondFactor',")), items={"30.4"},
          says=["a password alone opens /admin/"]),
    Fault("urls.py: the plain admin, to which its usual address leads",
          every(append(URLS, LEADS), without_line(SETTINGS, "'election_cart.second_factor.SecondFactor',")),
          items={"30.4"}, says=["a path that the redirect of /admin/ contains"], where="urls.py:"),
    Fault("requirements.txt: a release with a vulnerability",
          committed("requirements.txt", append("requirements.txt", "sqlparse==0.5.0\n")), items={"30.5"},
          says=["sqlparse 0.5.0: CVE-2026-4340, fixed in 0.5.4"], where="requirements.txt"),
]  # fmt: skip
