"""The login of the `railway` command and the projects that folders are linked to, kept in ~/.railway/config.json.

Source: the source code of the command, 5.43.1.
"""

from __future__ import annotations

import json
import time

from doubles.railway.arguments import Refused

NO_LOGIN = "Unauthorized. Please login with `railway login`"
EXPIRED = "Unauthorized. Please run `railway login` again."
NO_LINK = "No linked project found. Run railway link to connect to a project"


class Links:
    """Identifies the caller of the command, and the project and service that a call refers to."""

    def __init__(self, cloud):
        self.cloud = cloud

    def config(self, call):
        path = call.home / ".railway" / "config.json"
        try:
            return json.loads(path.read_text())
        except (OSError, ValueError):
            return {"projects": {}, "user": {}}

    def save(self, call, config):
        path = call.home / ".railway" / "config.json"
        path.parent.mkdir(exist_ok=True)
        temporary = path.with_suffix(f".{time.monotonic_ns()}")
        temporary.touch(mode=0o600)
        temporary.write_text(json.dumps(config))
        temporary.replace(path)

    def authorize(self, call):
        """Return `("account", None)` or `("project", (project, environment))`, by token or login."""
        faults = self.cloud.faults
        if faults.limited:
            faults.limited -= 1
            raise Refused(f"You are being ratelimited. Try again in {faults.retry_after} seconds")
        for name, known in (("RAILWAY_TOKEN", set(self.cloud.project_tokens)),
                            ("RAILWAY_API_TOKEN", {self.cloud.api_token})):  # fmt: skip
            if token := call.env.get(name):
                if token not in known or faults.expired:
                    raise Refused(f"Unauthorized. Please check that your {name} is valid and has access to the "
                                  "resource you're trying to use.")  # fmt: skip
                return ("project", self.cloud.project_tokens[token]) if name == "RAILWAY_TOKEN" else ("account", None)
        token = (self.config(call).get("user") or {}).get("accessToken")
        if not token:
            raise Refused(NO_LOGIN)
        if token != self.cloud.session or faults.expired:
            raise Refused(EXPIRED)
        return ("account", None)

    def project(self, call):
        caller = self.authorize(call)
        if caller[0] == "project":
            return self.cloud.projects[caller[1][0]]
        links = self.config(call).get("projects") or {}
        for folder in (call.cwd, *call.cwd.parents):
            if found := links.get(str(folder)):
                project = self.cloud.projects.get(found["project"])
                if project is None:
                    raise Refused("Project not found. Run `railway link` to connect to a project.")
                return project
        raise Refused(NO_LINK)

    def link(self, call, project, service=None):
        config = self.config(call)
        environment = project["environments"][0]
        config.setdefault("projects", {})[str(call.cwd)] = {
            "projectPath": str(call.cwd), "name": project["name"], "project": project["id"],
            "environment": environment["id"], "environmentName": environment["name"], "service": service,
        }  # fmt: skip
        self.save(call, config)

    def link_service(self, call, service, *, always):
        """Link the folder to an added service, *always* or only if it has no service yet."""
        if call.env.get("RAILWAY_TOKEN"):
            return
        config = self.config(call)
        for folder in (call.cwd, *call.cwd.parents):
            if (found := config["projects"].get(str(folder))) and (always or not found["service"]):
                found["service"] = service["id"]
                self.save(call, config)
                return

    def service(self, call, project):
        services = list(project["services"].values())
        if name := call.option("-s", "--service"):
            found = next((each for each in services if name in (each["id"], each["name"])), None)
            if found is None:
                raise Refused("Service not found" if call.argv[0] == "up" else f'Service "{name}" not found.')
            return found
        links = self.config(call).get("projects") or {}
        for folder in (call.cwd, *call.cwd.parents):
            if (link := links.get(str(folder))) and link["service"] in project["services"]:
                return project["services"][link["service"]]
        if not services:
            raise Refused("Project has no services.")
        if len(services) > 1:
            raise Refused("Multiple services found. Please specify a service via the `--service` flag.")
        return services[0]
