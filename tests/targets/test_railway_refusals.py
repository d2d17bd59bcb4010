"""What Railway and npm say, in their words, with what to do."""

from __future__ import annotations

import pytest

from tests.faults.services_failures import ENOTFOUND, NO_BINARY, NO_RIGHTS, OLD_NODE, REFUSED
from wizard.targets.railway.installation import npm_error
from wizard.targets.railway.refusals import refusal


@pytest.mark.parametrize(
    ("said", "kind", "hint"),
    [
        ("Unauthorized. Please login with `railway login`", "login", "railway login"),
        ("Project Token not found", "login", "https://railway.com/account/tokens"),
        ("Two Factor Authentication Required", "login", "`railway login`"),
        ("You are being ratelimited. Try again in 20 seconds", "limited", "Wait"),
        ("Failed to fetch: error sending request", "network", "curl"),
        ("Failed to upload code. File too large (512000000 bytes)", "large", "git ls-files"),
        ("Your trial has expired. Please select a plan to continue using Railway.", "plan", "workspace/plans"),
        ("Free plan resource provision limit exceeded. Please upgrade", "plan", "workspace/plans"),
        ("You have used all of your credits", "plan", "workspace/plans"),
        ("Region us-west9 is not available", "region", "deployment-regions"),
        ('Service "plan" not found.', "absent", "dashboard"),
        ("No linked project found. Run railway link to connect to a project", "absent", "dashboard"),
        ("Problem processing request", "refused", "dashboard"),
    ],
)
def test_a_message_of_railway_is_quoted_and_says_what_to_do(said, kind, hint):
    error = refusal(said, what="`railway up`")
    assert (error.kind, error.why) == (kind, f'"{said.rstrip(".")}"')
    assert hint in error.hint and "ailway" in error.what


@pytest.mark.parametrize(
    ("output", "line"),
    [
        (ENOTFOUND, "request to https://registry.npmjs.org/@railway%2fcli failed, reason: getaddrinfo ENOTFOUND "
                    "registry.npmjs.org"),
        (REFUSED, "FetchError: request to http://127.0.0.1:9/@railway%2fcli failed, reason: connect ECONNREFUSED "
                  "127.0.0.1:9"),
        (NO_BINARY, "request to https://github.com/railwayapp/cli/releases/download/v5.63.1/railway.tar.gz failed, "
                    "reason: getaddrinfo ENOTFOUND github.com"),
        (OLD_NODE, 'EBADENGINE: Required: {"node":">=16"}, Actual:   {"npm":"8.5.0","node":"v14.21.3"}'),
        (NO_RIGHTS, "Error: EACCES: permission denied, mkdir '/usr/lib/node_modules/@railway'"),
        ("sh: 1: node: not found\n", "sh: 1: node: not found"),
        ("", "it printed nothing"),
    ],
)  # fmt: skip
def test_the_line_of_npm_that_says_why_is_found(output, line):
    assert npm_error(output) == line
