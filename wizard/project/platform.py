"""Properties of a hosting platform. Steps and the code that they add to projects read these and name no platform."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Platform:
    """A hosting platform, as a service on it sees it.

    Arguments:
        title: the platform's name in messages.
        public_host: the site's host name in a rehearsal. It must be one that the platform could assign.
        health_host: the Host header of the platform's health check, which is sent over plain HTTP.
        domain_suffix: the end of all names that the platform assigns, with the leading dot.
        marker_variable: an environment variable that is set on the platform and nowhere else.
        domain_variable: the environment variable that holds the site's public host name.
        environment_variable: the environment variable that holds the name of the environment.
        commit_variable: the environment variable that holds the deployed commit.
        client_header: the request header in which the proxy puts the visitor's address, and which no visitor can set.
        volume_variable: the environment variable that holds where a volume is mounted. Empty if there are no volumes.
        root_variable: the environment variable that starts an image as root if it is 0: a volume belongs to root. Empty
            if there is none.
        variables: other variables that the platform sets, and so does a rehearsal.
        overlap_variable: the environment variable with the seconds in which two deployments run side by side. Empty if
            there is none.
        draining_variable: the one with the seconds that the previous deployment gets to stop, after SIGTERM.
        builder_file: a file that configures the platform's builder. Empty if it needs none.
        builder_include: its content, with {included} for a JSON list, that makes the builder copy these files before
            it installs requirements.txt. Otherwise it copies that file only, and its lines `-r …` fail.
        closed_ports: the ports of other hosts that a service can't reach, except with the plan *opening_plan*.
    """

    title: str
    public_host: str
    health_host: str
    domain_suffix: str
    marker_variable: str
    domain_variable: str
    environment_variable: str
    commit_variable: str
    client_header: str
    volume_variable: str = ""
    root_variable: str = ""
    variables: Mapping[str, str] = field(default_factory=dict, hash=False)
    overlap_variable: str = ""
    draining_variable: str = ""
    builder_file: str = ""
    builder_include: str = ""
    closed_ports: frozenset[int] = frozenset()
    opening_plan: str = ""

    @property
    def environment(self) -> dict[str, str]:
        """The variables that the platform sets for a service, with the values of a rehearsal."""
        return {
            self.marker_variable: "rehearsal",
            self.environment_variable: "rehearsal",
            self.domain_variable: self.public_host,
            **self.variables,
        }

    def accepted_host(self, allowed: list[str]) -> str:
        """A host name that a site with these ALLOWED_HOSTS accepts, the platform's own if possible."""
        allowed = [host for host in allowed if host and host == host.strip()]  # Django matches no other
        wildcards = [host for host in allowed if host.startswith(".") and self.public_host.endswith(host)]
        if wildcards or {self.public_host, "*"} & set(allowed):
            return self.public_host
        local = {self.health_host, "localhost", "127.0.0.1", "[::1]"}
        if public := [host for host in allowed if host not in local]:
            return f"www{public[0]}" if public[0].startswith(".") else public[0]
        return allowed[0] if allowed else self.public_host

    @property
    def client_meta(self) -> str:
        """The key of `client_header` in Django's request.META."""
        return "HTTP_" + self.client_header.upper().replace("-", "_")


SHARED_DOMAINS = frozenset({
    "railway.app", "up.railway.app", "herokuapp.com", "onrender.com", "render.com", "fly.dev", "vercel.app", "now.sh",
    "netlify.app", "pages.dev", "workers.dev", "github.io", "gitlab.io", "pythonanywhere.com", "eu.pythonanywhere.com",
    "azurewebsites.net", "azurestaticapps.net", "cloudapp.net", "amazonaws.com", "elasticbeanstalk.com",
    "cloudfront.net", "awsapprunner.com", "run.app", "a.run.app", "appspot.com", "web.app", "firebaseapp.com",
    "ondigitalocean.app", "koyeb.app", "northflank.app", "deta.dev", "glitch.me", "repl.co", "replit.app", "replit.dev",
    "ngrok.io", "ngrok.app", "ngrok-free.app", "ngrok-free.dev", "loca.lt", "trycloudflare.com", "gitpod.io",
    "github.dev", "app.github.dev", "surge.sh", "cyclic.app", "zeabur.app", "sevalla.app", "dokku.me", "nip.io",
    "sslip.io",
})  # fmt: skip
"""Domains below which every customer of a platform gets names. A site must not trust all of them, and a browser keeps
no cookie for them. Source: the platforms' documentation, and the private section of publicsuffix.org.
"""

DOMAIN_VARIABLES = frozenset({
    "RAILWAY_PUBLIC_DOMAIN", "RAILWAY_STATIC_URL", "RENDER_EXTERNAL_HOSTNAME", "RENDER_EXTERNAL_URL", "FLY_APP_NAME",
    "HEROKU_APP_NAME", "HEROKU_APP_DEFAULT_DOMAIN_NAME", "VERCEL_URL", "WEBSITE_HOSTNAME", "KOYEB_PUBLIC_DOMAIN",
    "CODESPACE_NAME", "GITPOD_WORKSPACE_URL",
})  # fmt: skip
"""Variables that platforms set to a name of their own, so nobody can give a custom domain with them."""

RAILWAY = Platform(
    title="Railway",
    public_host="rehearsal.up.railway.app",
    health_host="healthcheck.railway.app",
    domain_suffix=".railway.app",
    marker_variable="RAILWAY_ENVIRONMENT_ID",
    domain_variable="RAILWAY_PUBLIC_DOMAIN",
    environment_variable="RAILWAY_ENVIRONMENT_NAME",
    commit_variable="RAILWAY_GIT_COMMIT_SHA",
    client_header="X-Real-IP",
    volume_variable="RAILWAY_VOLUME_MOUNT_PATH",
    root_variable="RAILWAY_RUN_UID",
    variables={"PORT": "8000"},
    overlap_variable="RAILWAY_DEPLOYMENT_OVERLAP_SECONDS",
    draining_variable="RAILWAY_DEPLOYMENT_DRAINING_SECONDS",
    builder_file="railpack.json",
    builder_include="""\
{
  "$schema": "https://schema.railpack.com",
  "steps": {
    "install": {
      "inputs": ["...", {"local": true, "include": {included}}]
    }
  }
}
""",
    closed_ports=frozenset({25, 465, 587, 2525}),
    opening_plan="Pro",
)
"""Sources: Railway's documentation of variables, public and outbound networking, volumes, health checks and deployment
teardown; Railpack's Python provider.
"""
