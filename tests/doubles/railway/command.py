"""A test double for the `railway` command: its output, streams, exit codes and errors.

Source: the source code of the command, 5.43.1.
"""

from __future__ import annotations

import base64
import hashlib
import json
import subprocess
from pathlib import Path

import pathspec

from doubles.railway.arguments import ALIASES, OPTIONS, SINCE, Call, Refused, parse
from doubles.railway.graphql import Api
from doubles.railway.links import Links


class Command:
    """Runs calls of the executable against one cloud; each subcommand is a method."""

    def __init__(self, cloud):
        self.cloud, self.links = cloud, Links(cloud)

    def run_call(self, record):
        call = Call(record["argv"], Path(record["cwd"]), Path(record["home"]), record["stdin"], record["env"])
        digest = hashlib.sha256(call.stdin.encode()).hexdigest()
        with self.cloud.lock:
            self.cloud.calls.append({"argv": call.argv, "stdin": digest, "names": record["names"]})
        try:
            code = self._dispatch(call)
        except Refused as refused:
            call.err.append(str(refused))
            code = refused.code
        return {"code": code, "tunnel": call.tunnel, "stdout": "".join(f"{line}\n" for line in call.out),
                "stderr": "".join(f"{line}\n" for line in call.err)}  # fmt: skip

    def _dispatch(self, call):
        first = call.argv[0] if call.argv else "--help"
        if first in {"--version", "-V"}:
            call.out.append(f"railway {self.cloud.faults.version}")
            return 0
        if first in {"--help", "-h", "help"}:
            call.out += ["A test double for the railway command", "", *sorted(OPTIONS)]
            return 0
        name = ALIASES.get(first, first)
        version = tuple(map(int, self.cloud.faults.version.split(".")))
        if name not in OPTIONS or version < SINCE.get(name, (0,)):
            raise Refused(f"error: unrecognized subcommand '{first}'\n\nFor more information, try '--help'.", 2)
        parse(call, name, call.argv[1:])
        if (call.cwd / "railway.json").exists() and not call.option("--json"):
            call.err.append("warning: railway.json is deprecated and will stop being read on 2026-12-01")
        if name in self.cloud.faults.cut:
            self.cloud.faults.cut.remove(name)
            raise Refused("Failed to fetch: error sending request for url (https://backboard.railway.com/)")
        if name not in {"login", "logout", "unlink"}:
            self.links.authorize(call)
        if message := self.cloud.faults.refused.get(name):
            raise Refused(message)
        return getattr(self, name)(call) or 0

    # ---- commands

    def whoami(self, call):
        if self.links.authorize(call)[0] == "project":
            raise Refused("Unauthorized. Please check that your RAILWAY_TOKEN is valid and has access to the resource "
                          "you're trying to use.")  # fmt: skip
        if call.option("--json"):
            workspaces = [{"id": each["id"], "name": each["name"]} for each in self.cloud.workspaces]
            call.out.append(json.dumps({**self.cloud.person, "workspaces": workspaces}, indent=2))
        else:
            call.out.append(f"Logged in as {self.cloud.person['name']} ({self.cloud.person['email']}) 👋")

    def login(self, call):
        config = self.links.config(call)
        config["user"] = {"id": None, "token": None, "accessToken": self.cloud.session, "refreshToken": "r",
                          "tokenExpiresAt": 1990000000}  # fmt: skip
        self.links.save(call, config)
        call.out += ["→ Sign in with one click:", "  https://railway.com/activate",
                     f"✓ Signed in as {self.cloud.person['name']} ({self.cloud.person['email']})"]  # fmt: skip

    def logout(self, call):
        config = self.links.config(call)
        config["user"] = {}
        self.links.save(call, config)
        call.out.append("Logged out successfully")

    def init(self, call):
        requested = call.option("-w", "--workspace")
        found = [each for each in self.cloud.workspaces if requested in (None, each["id"], each["name"])]
        if not found:
            raise Refused(f'Workspace "{requested}" not found.')
        if len(found) > 1:
            raise Refused("--workspace required in non-interactive mode (multiple workspaces available)")
        call.err.append(f"> Select a workspace {found[0]['name']}")
        project = self.cloud.make_project(call.option("-n", "--name") or "invented-name", found[0])
        if "init!" in self.cloud.faults.cut:
            self.cloud.faults.cut.remove("init!")
            raise Refused("Failed to fetch: error decoding response body: connection closed before message completed")
        self.links.link(call, project)
        call.out.append(json.dumps({"id": project["id"], "name": project["name"]}))

    def link(self, call):
        requested = call.option("-p", "--project")
        if not requested:
            raise Refused("--project required in non-interactive mode.\nAvailable: " + ", ".join(
                each["name"] for each in self.cloud.projects.values()))  # fmt: skip
        project = next((each for each in self.cloud.projects.values() if requested in (each["id"], each["name"])), None)
        if project is None:
            raise Refused("Project not found. Run `railway link` to connect to a project.")
        self.links.link(call, project)
        environment = project["environments"][0]
        linked = {
            "projectId": project["id"], "projectName": project["name"],
            "environmentId": environment["id"], "environmentName": environment["name"],
        }  # fmt: skip
        call.out.append(json.dumps(linked, indent=2))

    def unlink(self, call):
        config = self.links.config(call)
        config.get("projects", {}).pop(str(call.cwd), None)
        self.links.save(call, config)

    def list(self, call):
        call.out.append(json.dumps([{"id": each["id"], "name": each["name"]} for each in self.cloud.projects.values()]))

    def status(self, call):
        project = self.links.project(call)
        services = [{"node": {"id": each["id"], "name": each["name"]}} for each in project["services"].values()]
        call.out.append(json.dumps({
            "id": project["id"], "name": project["name"], "workspaceId": project["workspaceId"], "deletedAt": None,
            "environments": {"edges": [{"node": each} for each in project["environments"]]},
            "services": {"edges": services},
        }, indent=2))  # fmt: skip

    def add(self, call):
        project = self.links.project(call)
        if kind := call.option("-d", "--database"):
            if kind not in {"postgres", "mysql", "redis", "mongo"}:
                raise Refused(f"error: invalid value '{kind}' for '--database <DATABASE>'", 2)
            service = self.cloud.make_redis(project) if kind == "redis" else self.cloud.make_database(project)
            self.links.link_service(call, service, always=False)
            if self.cloud.faults.slow_database:
                raise Refused("Timed out waiting for Postgres to finish deploying")
            call.out.append(json.dumps({"templateId": "t", "templateName": service["name"], "serviceId": service["id"],
                                        "serviceName": service["name"]}))  # fmt: skip
            return
        if "-s" not in call.options and "--service" not in call.options:
            raise Refused("Service type required in non-interactive mode. Use one of: --database, --service, --repo")
        service = self.cloud.make_service(project, call.option("-s", "--service"))
        if pair := call.option("-v", "--variables"):
            call.err.append(f"> Enter a variable {pair}")
            name, _, value = str(pair).partition("=")
            service["variables"][name] = value
        self.links.link_service(call, service, always=True)
        call.out.append(json.dumps({"id": service["id"], "name": service["name"]}))

    def variable(self, call):
        project = self.links.project(call)
        service = self.links.service(call, project)
        action, *keys = call.words or ["list"]
        if action == "list":
            values = self.cloud.rendered(project, service)
            if not values:
                call.err.append("No variables found")
            elif call.option("--json"):
                call.out.append(json.dumps(values, indent=2))
            else:
                call.out += [f"{name}={value}" for name, value in values.items()]
        elif action == "set" and call.option("--stdin"):
            if len(keys) != 1:
                raise Refused("--stdin requires exactly one KEY argument")
            if "=" in keys[0]:
                raise Refused("Cannot use --stdin with KEY=VALUE format. Use: railway variable set KEY --stdin")
            value = call.stdin.rstrip("\n").rstrip("\r")
            if not value:
                raise Refused("Empty value provided via stdin")
            service["variables"][keys[0]] = value
            call.out.append(f"Set variables {keys[0]}")
        elif action == "set":
            for pair in keys:
                name, equals, value = pair.partition("=")
                if not equals:
                    raise Refused(f"Invalid variable format: {pair}")
                service["variables"][name] = value
            call.out.append("Set variables " + ", ".join(pair.partition("=")[0] for pair in keys))
        else:
            raise Refused(f"error: unrecognized subcommand '{action}'", 2)

    def up(self, call):
        project = self.links.project(call)
        service = self.links.service(call, project)
        root = next((folder for folder in (call.cwd, *call.cwd.parents)
                     if str(folder) in (self.links.config(call).get("projects") or {})), call.cwd)  # fmt: skip
        source = Path(call.words[0]) if call.words and call.option("--path-as-root") else root
        ignored = None
        if not call.option("--no-gitignore") and (source / ".gitignore").is_file():
            spec = pathspec.PathSpec.from_lines("gitignore", (source / ".gitignore").read_text().splitlines())
            ignored = spec.match_file
        if not any(source.iterdir()):
            raise Refused("Failed to upload code. Nothing to upload")
        deployment = self.cloud.upload(project, service, source, ignored)
        if "up!" in self.cloud.faults.cut:
            self.cloud.faults.cut.remove("up!")
            raise Refused("Failed to fetch: error sending request for url (connection reset by peer)")
        # Detached, it ends with 0 whether the build succeeds or not.
        if call.option("--json"):
            call.out.append(json.dumps({"deploymentId": deployment.id, "logsUrl": "https://railway.com/logs"}))
        else:
            call.out += ["Indexing...", "Uploading...", "  Build Logs: https://railway.com/logs"]

    def domain(self, call):
        project = self.links.project(call)
        host, is_new = self.cloud.domain(self.links.service(call, project))
        one = {"domain": f"https://{host}"} if is_new else {"domains": [f"https://{host}"]}
        call.out.append(json.dumps(one) if call.option("--json") else f"https://{host}")

    def logs(self, call):
        project = self.links.project(call)
        for line in self.cloud.of(self.links.service(call, project))[0].log:
            call.out.append(line["message"])

    def environment(self, call):
        """Edit settings from standard input; options count only at a terminal."""
        project = self.links.project(call)
        if call.words[:1] != ["edit"]:
            raise Refused("error: unrecognized subcommand", 2)
        if not call.stdin.strip():
            call.out.append(json.dumps({"staged": False, "committed": False, "message": "No changes to apply"}))
            return
        for name, patch in json.loads(call.stdin).get("services", {}).items():
            service = project["services"][name]
            service["settings"].update(patch.get("deploy", {}))
            service["variables"].update({key: each["value"] for key, each in patch.get("variables", {}).items()})
        call.out.append(json.dumps({"staged": True, "committed": True, "message": call.option("-m")}))

    def connect(self, call):
        """Tell the executable to hold a tunnel to a database. It needs an SSH key that is registered."""
        if not call.words:
            raise Refused("Service name required in non-interactive mode. Usage: railway connect <service-name>")
        services = self.links.project(call)["services"].values()
        service = next((each for each in services if each["name"] == call.words[0]), None)
        if service is None:
            raise Refused(f"Service {call.words[0]} not found")
        if not self.cloud.faults.ssh_key:
            raise Refused("No SSH keys are registered with your account. Run `railway ssh keys` to add one.")
        values = service["variables"]
        call.out.append(f"Tunnel open: 127.0.0.1:{call.option('-P')}, {values['PGUSER']} {values['PGPASSWORD']}")
        call.tunnel = [int(call.option("-P")), self.cloud.postgres[service["id"]].port]

    def ssh(self, call):
        """Run a command beside the service, here, with the service's volume in place of its folder there."""
        name = call.option("-s", "--service")
        service = next((each for each in self.links.project(call)["services"].values() if each["name"] == name), None)
        if service is None:
            raise Refused(f"Service {name} not found")
        if not self.cloud.faults.ssh_key:
            raise Refused("No registered SSH keys found. Register one with:\n  railway ssh keys add\n\n"
                          "Or import from GitHub:\n  railway ssh keys github")  # fmt: skip
        command = " ".join(call.words)
        if service["mount"]:
            command = command.replace(service["mount"], str(self.cloud.volume_folder))
        given = base64.b64decode(call.stdin)
        done = subprocess.run(["sh", "-c", command], input=given, capture_output=True, check=False)
        call.out += done.stdout.decode().splitlines()
        call.err += done.stderr.decode().splitlines()
        return done.returncode

    def run(self, call):
        if not call.words:
            raise Refused("No command provided. Run with `railway run <cmd>`")
        raise Refused('could not translate host name "postgres.railway.internal" to address')

    def api(self, call):
        caller = self.links.authorize(call)
        given = call.option("--variables")
        text = call.stdin if given == "@-" else Path(given[1:]).read_text() if str(given).startswith("@") else given
        answer = Api(self.cloud).answer({"query": call.words[0], "variables": json.loads(text or "{}")}, caller)
        call.out.append(json.dumps(answer, indent=2))
        if answer.get("errors") and not call.option("--allow-errors"):
            raise Refused(f"Railway API returned {len(answer['errors'])} GraphQL error(s)")
