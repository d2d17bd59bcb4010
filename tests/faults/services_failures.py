"""Failures of Railway, its command and npm, Sentry, UptimeRobot, and of the network between."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from doubles.internet import Internet

from tests.faults.at_services import at_services, broken, npm_that_prints, without_programs
from tests.faults.broken_server import http
from tests.faults.failure import Failure

AT_RAILWAY = ("--target", "railway")
GRAPHQL = "/graphql/v2"
OTHERS = ["SIGTERM", "Procfile", "rehearsal", "ALLOWED_HOSTS", "None "]
"""Hints that do not apply to a refusal of a service."""
NETWORK = ["Check the connection to the service"]
ENOTFOUND = """npm error code ENOTFOUND
npm error syscall getaddrinfo
npm error errno ENOTFOUND
npm error network request to https://registry.npmjs.org/@railway%2fcli failed, reason: getaddrinfo ENOTFOUND \
registry.npmjs.org
npm error network This is a problem related to network connectivity.
npm error network In most cases you are behind a proxy or have bad network settings.
npm error network
npm error network If you are behind a proxy, please make sure that the 'proxy' config is set properly.  \
See: 'npm help config'
npm error A complete log of this run can be found in: /root/.npm/_logs/2026-11-27T16_56_21_456Z-debug-0.log"""
REFUSED = """npm error code ECONNREFUSED
npm error syscall connect
npm error errno ECONNREFUSED
npm error FetchError: request to http://127.0.0.1:9/@railway%2fcli failed, reason: connect ECONNREFUSED 127.0.0.1:9
npm error     at ClientRequest.<anonymous> (/usr/lib/node_modules/npm/node_modules/minipass-fetch/lib/index.js:130:14)
npm error     at process.processTicksAndRejections (node:internal/process/task_queues:83:21) {
npm error   code: 'ECONNREFUSED',
npm error   type: 'system',
npm error   requiredBy: '.'
npm error }
npm error
npm error If you are behind a proxy, please make sure that the 'proxy' config is set properly.  See: 'npm help config'
npm error A complete log of this run can be found in: /root/.npm/_logs/2026-11-27T16_56_22_667Z-debug-0.log"""
NO_BINARY = """npm error code 1
npm error path /usr/lib/node_modules/@railway/cli
npm error command failed
npm error command sh -c node ./npm-install/postinstall.js
npm error https://github.com/railwayapp/cli/releases/download/v5.63.1/railway-v5.63.1-x86_64-unknown-linux-musl.tar.gz
npm error request to https://github.com/railwayapp/cli/releases/download/v5.63.1/railway.tar.gz failed, reason: \
getaddrinfo ENOTFOUND github.com
npm error A complete log of this run can be found in: /root/.npm/_logs/2026-11-27T16_56_12_264Z-debug-0.log"""
OLD_NODE = """npm ERR! code EBADENGINE
npm ERR! engine Unsupported engine
npm ERR! engine Not compatible with your version of node/npm: @railway/cli@5.63.1
npm ERR! notsup Not compatible with your version of node/npm: @railway/cli@5.63.1
npm ERR! notsup Required: {"node":">=16"}
npm ERR! notsup Actual:   {"npm":"8.5.0","node":"v14.21.3"}

npm ERR! A complete log of this run can be found in:
npm ERR!     /home/jane/.npm/_logs/2026-11-27T16_56_12_264Z-debug-0.log"""
NO_RIGHTS = """npm error code EACCES
npm error syscall mkdir
npm error path /usr/lib/node_modules/@railway
npm error errno -13
npm error Error: EACCES: permission denied, mkdir '/usr/lib/node_modules/@railway'
npm error     at async mkdir (node:internal/fs/promises:858:10)
npm error     at async /usr/lib/node_modules/npm/node_modules/@npmcli/arborist/lib/arborist/reify.js:624:20 {
npm error   errno: -13,
npm error   code: 'EACCES',
npm error   syscall: 'mkdir',
npm error   path: '/usr/lib/node_modules/@railway'
npm error }
npm error
npm error The operation was rejected by your operating system.
npm error It is likely you do not have the permissions to access this file as the current user
npm error
npm error If you believe this might be a permissions issue, please double-check the
npm error permissions of the file and its containing directories, or try running
npm error the command again as root/Administrator.
npm error A complete log of this run can be found in: /root/.npm/_logs/2026-11-27T16_56_22_667Z-debug-0.log"""


def refused(**messages: str) -> Any:
    """Refuse commands of `railway`, or fields of its API."""

    def plant(internet: Internet) -> None:
        internet.cloud.faults.refused |= messages

    return plant


def faults(**settings: Any) -> Any:
    """Switch on errors of Railway."""

    def plant(internet: Internet) -> None:
        for name, value in settings.items():
            setattr(internet.cloud.faults, name, value)

    return plant


def named(name: str) -> Any:
    """The answer railway.project, and a project of that name which exists already."""

    def plant(internet: Internet) -> Mapping[str, str]:
        internet.cloud.make_project(name, internet.cloud.workspaces[0])
        return {"GOLIVE_RAILWAY_PROJECT": name}

    return plant


def sentry(**settings: Any) -> Any:
    def plant(internet: Internet) -> None:
        for name, value in settings.items():
            setattr(internet.sentry, name, value)

    return plant


def robot(**settings: Any) -> Any:
    def plant(internet: Internet) -> None:
        for name, value in settings.items():
            setattr(internet.robot, name, value)

    return plant


def set_to(**variables: str) -> Any:
    return lambda internet: variables


def railway(name: str, task: int, plant: Any, *cause: str, never: Sequence[str] = (), before: str = "") -> Failure:
    around = at_services(plant, before=before)
    return Failure(f"Railway: {name}", task, around=around, options=AT_RAILWAY, cause=["ailway", *cause],
                   never=[*OTHERS, *never])  # fmt: skip


def service(name: str, task: int, plant: Any, *cause: str, never: Sequence[str] = (), before: str = "") -> Failure:
    around = at_services(plant, accounts=True, before=before)
    return Failure(name, task, around=around, options=AT_RAILWAY, cause=[name.partition(":")[0], *cause],
                   never=[*OTHERS, *never])  # fmt: skip


def network(name: str, variable: str, path: str, *cause: str, never: Sequence[str] = (), **server: Any) -> Failure:
    around = broken(variable, path, **server)
    return Failure(name, 11, around=around, options=AT_RAILWAY, cause=[name.partition(":")[0], *cause],
                   never=[*OTHERS, *never])  # fmt: skip


def npm(name: str, output: str, *cause: str) -> Failure:
    return railway(name, 11, npm_that_prints(output), "npm could not install", *cause, never=NETWORK)


FAILURES = [
    # ---- the command
    npm("npm without a network", ENOTFOUND, "request to https://registry.npmjs.org", "ENOTFOUND registry.npmjs.org",
        "curl -I https://registry.npmjs.org"),
    npm("npm can't connect", REFUSED, "FetchError: request to http://127.0.0.1:9", "ECONNREFUSED"),
    npm("npm can't download the program", NO_BINARY, "ENOTFOUND github.com", "curl -I https://github.com"),
    npm("Node.js is too old", OLD_NODE, "v14.21.3", "newer Node.js", "https://nodejs.org"),
    npm("npm may not write", NO_RIGHTS, "EACCES: permission denied", "sudo npm install"),
    railway("npm is missing", 11, without_programs("npm", "railway"), "npm", "https://nodejs.org", never=NETWORK),
    railway("the command is old", 11, faults(version="4.20.0"), "too old: 4.20.0", "npm install -g @railway/cli",
            never=NETWORK),
    # ---- access
    railway("not logged in", 11, set_to(RAILWAY_API_TOKEN=""), "Unauthorized", "railway login", never=NETWORK),
    railway("the token has expired", 11, faults(expired=True), "Not Authorized", "https://railway.com/account/tokens",
            never=NETWORK),
    railway("the token is invalid", 11, set_to(RAILWAY_API_TOKEN="not-a-token-at-all-0123"), "Not Authorized",
            "https://railway.com/account/tokens", never=["not-a-token-at-all-0123", *NETWORK]),
    railway("the token is of another workspace", 12, refused(project="Not Authorized"), "Not Authorized",
            "no access to the project", "Jane's Projects", before="11-12", never=NETWORK),
    railway("a second factor is asked for", 12, refused(project="Two Factor Authentication Required"), "Two Factor",
            "railway login", before="11-12", never=NETWORK),
    # ---- limits
    railway("requests are limited", 11, faults(limited=99, retry_after="1800"), "429", "rate", "30 minutes",
            never=NETWORK),
    railway("the trial has expired", 12, refused(init="Your trial has expired. Please select a plan to continue."),
            "Your trial has expired", "https://railway.com/workspace/plans", never=NETWORK),
    railway("the plan has no service left", 12,
            refused(add="Free plan resource provision limit exceeded. Please upgrade to provision more resources!"),
            "resource provision limit exceeded", "https://railway.com/workspace/plans", never=NETWORK),
    railway("the plan has no domain left", 12, refused(domain="You have reached the domain limit of your plan"),
            "domain limit", "railway domain", "https://railway.com/workspace/plans", never=NETWORK),
    railway("the region is wrong", 12, refused(add="Region us-west9 is not available in this workspace"), "us-west9",
            "deployment-regions", never=NETWORK),
    railway("the name is taken", 12, named("tea-shop"), 'has a project "tea-shop" already', "railway.link: yes",
            never=NETWORK),
    railway("a name with spaces is taken", 12, named("Tea Shop of Jane"), 'a project "Tea Shop of Jane" already',
            "railway.link: yes", never=NETWORK),
    railway("PostgreSQL crashes", 12, faults(database_log=["LOG: starting", "FATAL:  could not write: No space left"]),
            "PostgreSQL", "CRASHED", "FATAL:  could not write: No space left".replace("  ", " "),
            "https://railway.com/project/", never=NETWORK),
    # ---- deployments
    Failure("Railway: the build fails", 17,
            around=at_services(faults(deployments=["build fails"]), before="11,12,15"), options=AT_RAILWAY,
            cause=["at Railway", "failed in its build", "No matching distribution found for djagno"],
            never=[*NETWORK]),
    Failure("Railway: the site crashes", 17, around=at_services(faults(deployments=["crashes"]), before="11,12,15"),
            options=AT_RAILWAY, cause=["at Railway", "CRASHED", "No module named 'psycopg'"], never=[*NETWORK]),
    Failure("Railway: the health check fails", 17,
            around=at_services(faults(deployments=["health check fails"]), before="11,12,15"), options=AT_RAILWAY,
            cause=["at Railway", "health check", "status 400"], never=[*NETWORK]),
    railway("the upload is too large", 17, refused(up="Failed to upload code. File too large (512000000 bytes)"),
            "File too large (512000000 bytes)", "git ls-files", before="11,12,15", never=NETWORK),
    railway("the connection is lost during the upload", 17, faults(cut=["up", "up"]), "lost the connection",
            "Failed to fetch", before="11,12,15"),
    # ---- the network
    network("Railway: 503 with a page", "GOLIVE_RAILWAY_URL", GRAPHQL, "HTTP 503",
            "503 Service Temporarily Unavailable", "https://status.railway.com",
            answer=http("503 Service Unavailable", "<html><title>503 Service Temporarily Unavailable</title></html>",
                        "text/html"), never=NETWORK),
    network("Railway: broken JSON", "GOLIVE_RAILWAY_URL", GRAPHQL, "broken JSON", "HTTP 200",
            answer=http("200 OK", '{"data": {"apiToken": '), never=NETWORK),
    network("Railway: the login page of a network", "GOLIVE_RAILWAY_URL", GRAPHQL, "redirects", "HTTP 302",
            answer=http("302 Found", "", Location="http://hotel.example/login"), never=NETWORK),
    network("Railway: the connection is reset", "GOLIVE_RAILWAY_URL", GRAPHQL, "did not respond", "Connection reset",
            fault="reset"),
    network("Railway: the connection is closed", "GOLIVE_RAILWAY_URL", GRAPHQL, "did not respond", "disconnected",
            fault="close"),
    network("Railway: the certificate is not trusted", "GOLIVE_RAILWAY_URL", GRAPHQL, "did not respond", "TLS",
            "certificate verify failed", fault="tls"),
    railway("DNS fails", 11, set_to(GOLIVE_RAILWAY_URL="https://backboard.invalid/graphql/v2", NO_PROXY="*"),
            "did not respond", "DNS", "backboard.invalid", "curl -I https://backboard.invalid"),
    railway("the proxy is gone", 11, set_to(GOLIVE_RAILWAY_URL="https://backboard.invalid/graphql/v2",
                                            HTTPS_PROXY="http://jane:secret-of-jane@127.0.0.1:9", NO_PROXY=""),
            "did not respond", "the proxy 127.0.0.1:9", "HTTPS_PROXY", never=["secret-of-jane"]),
    railway("the proxy refuses", 11, set_to(GOLIVE_RAILWAY_URL="https://backboard.railway.com/graphql/v2", NO_PROXY=""),
            "did not respond", "proxy", "502", "HTTPS_PROXY"),
    # ---- Sentry
    service("Sentry: the token is invalid", 11, set_to(SENTRY_AUTH_TOKEN="sntryu_not-a-token-at-all"),
            'HTTP 401: "Invalid token"', "auth-tokens", never=["sntryu_not-a-token-at-all", *NETWORK]),
    service("Sentry: an organisation token", 11, set_to(SENTRY_AUTH_TOKEN="sntrys_abcdefghij0123456789"),
            "organisation token", "auth-tokens", never=["sntrys_abcdefghij0123456789", *NETWORK]),
    service("Sentry: a scope is missing", 11, sentry(scopes=["org:read", "project:read"]), "lacks event:read",
            "auth-tokens", never=NETWORK),
    service("Sentry: the organisation is wrong", 11, set_to(SENTRY_ORG="shop-ink"), "no organisation shop-ink",
            "shop-inc", "SENTRY_ORG", never=NETWORK),
    service("Sentry: requests are limited", 11, sentry(limited=99, retry_after="3600"),
            'HTTP 429: "Rate limit exceeded"', "60 minutes", never=NETWORK),
    network("Sentry: 502 with a page", "SENTRY_URL", "", "HTTP 502", "502 Bad Gateway", "https://status.sentry.io",
            answer=http("502 Bad Gateway", "<html><head><title>502 Bad Gateway</title></head></html>", "text/html"),
            never=NETWORK),
    network("Sentry: the certificate is not trusted", "SENTRY_URL", "", "did not respond", "certificate verify failed",
            fault="tls"),
    service("Sentry: the project's name is taken", 14, sentry(taken={"demo", "shop"}), "is taken at Sentry",
            'HTTP 409: "A project with this slug already exists"', "sentry.project", before="11", never=NETWORK),
    service("Sentry: the token may not create projects", 14,
            sentry(scopes=["org:read", "project:read", "event:read", "team:read"]), "HTTP 403", "permission",
            "auth-tokens", before="11", never=NETWORK),
    # ---- UptimeRobot
    service("UptimeRobot: the key is invalid", 11, set_to(UPTIMEROBOT_API_KEY="u1234567-not-a-key-at-all"),
            'HTTP 401: "Token is invalid"', "https://dashboard.uptimerobot.com/integrations",
            never=["u1234567-not-a-key-at-all", *NETWORK]),
    service("UptimeRobot: requests are limited", 11, robot(limited=99, retry_after="600"),
            'HTTP 429: "Too many requests"', "10 minutes", never=NETWORK),
    network("UptimeRobot: 500", "GOLIVE_UPTIMEROBOT_URL", "/v3", 'HTTP 500: "Internal server error"',
            "https://status.uptimerobot.com", answer=http("500 Internal Server Error",
                                                          '{"statusCode": 500, "message": "Internal server error"}'),
            never=NETWORK),
    service("UptimeRobot: the plan has no monitor left", 19, robot(used=50), "no monitor left", "50 of 50",
            "https://dashboard.uptimerobot.com/monitors", before="11,12,14,15,17", never=NETWORK),
    Failure("UptimeRobot: the monitor is paused", 19,
            around=at_services(robot(paused=True), accounts=True, before="11,12,14,15,17,19"), options=AT_RAILWAY,
            cause=["19.1", "PAUSED", "https://dashboard.uptimerobot.com/monitors"], never=[*NETWORK]),
]  # fmt: skip
