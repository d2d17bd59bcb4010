"""The stand-in for the `railway` command: its words, its streams, its exit codes, its traps and its refusals.

Source: the source code of the command, 5.43.1.
"""

from __future__ import annotations

import hashlib
import json
import os
import time
from dataclasses import dataclass, field
from pathlib import Path

import pathspec

from doubles.railway.graphql import Api

NO_LOGIN = "Unauthorized. Please login with `railway login`"
DEAD = "Unauthorized. Please run `railway login` again."
NO_LINK = "No linked project found. Run railway link to connect to a project"
ALIASES = {"new": "init", "variables": "variable", "vars": "variable", "var": "variable"}
FLAGS = {
    "whoami": {"--json": 0},
    "login": {"-b": 0, "--browserless": 0},
    "logout": {},
    "init": {"-n": 1, "--name": 1, "-w": 1, "--workspace": 1, "--json": 0},
    "link": {"-p": 1, "--project": 1, "-e": 1, "--environment": 1, "-s": 1, "--service": 1, "-w": 1, "--workspace": 1,
             "--json": 0},
    "unlink": {}, "list": {"--json": 0},
    "status": {"--json": 0, "-p": 1, "-e": 1},
    "add": {"-s": 1, "--service": 1, "-d": 1, "--database": 1, "-v": 1, "--variables": 1, "--json": 0},
    "variable": {"-s": 1, "--service": 1, "-k": 0, "--kv": 0, "--json": 0, "--stdin": 0, "--skip-deploys": 0,
                 "--set": 1},
    "up": {"-d": 0, "--detach": 0, "-c": 0, "--ci": 0, "-y": 0, "-s": 1, "--service": 1, "-e": 1, "-p": 1,
           "--no-gitignore": 0, "--path-as-root": 0, "--verbose": 0, "--json": 0, "-m": 1},
    "domain": {"-s": 1, "--service": 1, "-p": 1, "--json": 0},
    "logs": {"-s": 1, "--service": 1, "-d": 0, "-b": 0, "-n": 1, "--latest": 0, "--json": 0},
    "environment": {"-m": 1, "--json": 0, "--stage": 0, "--service-config": 3},
    "run": {"-s": 1, "--service": 1, "--no-local": 0},
    "api": {"--variables": 1, "--var": 1, "--raw-var": 1, "-f": 1, "--file": 1, "--operation-name": 1, "--compact": 0,
            "--allow-errors": 0},
}  # fmt: skip
SINCE = {"variable": (4, 24, 0), "api": (5, 28, 0)}


class Refused(Exception):
    def __init__(self, text, code=1):
        super().__init__(text)
        self.code = code


@dataclass
class Call:
    argv: list[str]
    cwd: Path
    home: Path
    stdin: str
    env: dict[str, str]
    out: list[str] = field(default_factory=list)
    err: list[str] = field(default_factory=list)
    flags: dict[str, object] = field(default_factory=dict)
    words: list[str] = field(default_factory=list)

    def flag(self, *names):
        return next((self.flags[name] for name in names if name in self.flags), None)


class Command:
    """Carries out calls of the executable, against one cloud."""

    def __init__(self, cloud):
        self.cloud = cloud

    def carry_out(self, record):
        call = Call(record["argv"], Path(record["cwd"]), Path(record["home"]), record["stdin"], record["env"])
        digest = hashlib.sha256(call.stdin.encode()).hexdigest()
        with self.cloud.lock:
            self.cloud.calls.append({"argv": call.argv, "stdin": digest, "names": record["names"]})
        try:
            code = self._dispatch(call)
        except Refused as refused:
            call.err.append(str(refused))
            code = refused.code
        return {"code": code, "stdout": "".join(f"{line}\n" for line in call.out),
                "stderr": "".join(f"{line}\n" for line in call.err)}  # fmt: skip

    def _dispatch(self, call):
        first = call.argv[0] if call.argv else "--help"
        if first in {"--version", "-V"}:
            call.out.append(f"railway {self.cloud.faults.version}")
            return 0
        if first in {"--help", "-h", "help"}:
            call.out += ["A stand-in for the railway command, for tests", "", *sorted(FLAGS)]
            return 0
        name = ALIASES.get(first, first)
        version = tuple(map(int, self.cloud.faults.version.split(".")))
        if name not in FLAGS or version < SINCE.get(name, (0,)):
            raise Refused(f"error: unrecognized subcommand '{first}'\n\nFor more information, try '--help'.", 2)
        self._parse(call, name, call.argv[1:])
        if (call.cwd / "railway.json").exists() and not call.flag("--json"):
            call.err.append("warning: railway.json is deprecated and will stop being read on 2026-12-01")
        if name in self.cloud.faults.cut:
            self.cloud.faults.cut.remove(name)
            raise Refused("Failed to fetch: error sending request for url (https://backboard.railway.com/)")
        if name not in {"login", "logout", "unlink"}:
            self._authorised(call)
        return getattr(self, name)(call) or 0

    def _parse(self, call, name, rest):
        known = FLAGS[name]
        while rest:
            part, rest = rest[0], rest[1:]
            if part == "--" or (name == "run" and not part.startswith("-")):
                call.words += [part, *rest] if part != "--" else rest
                return
            key, equals, value = part.partition("=")
            if not part.startswith("-") or part == "-":
                call.words.append(part)
            elif key not in known:
                raise Refused(f"error: unexpected argument '{key}' found\n\nUsage: railway {name} [OPTIONS]\n\n"
                              "For more information, try '--help'.", 2)  # fmt: skip
            elif known[key] == 0:
                call.flags[key] = True
            elif known[key] == 1:
                if equals:
                    given = value
                elif rest:
                    given, rest = rest[0], rest[1:]
                else:
                    raise Refused(f"error: a value is required for '{key}' but none was supplied", 2)
                call.flags[key] = given
            else:
                call.flags[key], rest = rest[: known[key]], rest[known[key] :]

    # ---- who asks, and about what

    def _config(self, call):
        path = call.home / ".railway" / "config.json"
        try:
            return json.loads(path.read_text())
        except (OSError, ValueError):
            return {"projects": {}, "user": {}}

    def _save(self, call, config):
        path = call.home / ".railway" / "config.json"
        path.parent.mkdir(exist_ok=True)
        made = path.with_suffix(f".{time.monotonic_ns()}")
        made.touch(mode=0o600)
        made.write_text(json.dumps(config))
        made.replace(path)

    def _authorised(self, call):
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
        token = (self._config(call).get("user") or {}).get("accessToken")
        if not token:
            raise Refused(NO_LOGIN)
        if token != self.cloud.session or faults.expired:
            raise Refused(DEAD)
        return ("account", None)

    def _project(self, call):
        who = self._authorised(call)
        if who[0] == "project":
            return self.cloud.projects[who[1][0]]
        links = self._config(call).get("projects") or {}
        for folder in (call.cwd, *call.cwd.parents):
            if found := links.get(str(folder)):
                project = self.cloud.projects.get(found["project"])
                if project is None:
                    raise Refused("Project not found. Run `railway link` to connect to a project.")
                return project
        raise Refused(NO_LINK)

    def _link_here(self, call, project, service=None):
        config = self._config(call)
        environment = project["environments"][0]
        config.setdefault("projects", {})[str(call.cwd)] = {
            "projectPath": str(call.cwd), "name": project["name"], "project": project["id"],
            "environment": environment["id"], "environmentName": environment["name"], "service": service,
        }  # fmt: skip
        self._save(call, config)

    def _link_service(self, call, service, *, always):
        """A service that was added becomes the one that commands mean, where none is linked yet or it was asked for."""
        if call.env.get("RAILWAY_TOKEN"):
            return
        config = self._config(call)
        for folder in (call.cwd, *call.cwd.parents):
            if (found := config["projects"].get(str(folder))) and (always or not found["service"]):
                found["service"] = service["id"]
                self._save(call, config)
                return

    def _service(self, call, project):
        services = list(project["services"].values())
        if name := call.flag("-s", "--service"):
            found = next((each for each in services if name in (each["id"], each["name"])), None)
            if found is None:
                raise Refused("Service not found" if call.argv[0] == "up" else f'Service "{name}" not found.')
            return found
        links = self._config(call).get("projects") or {}
        for folder in (call.cwd, *call.cwd.parents):
            if (link := links.get(str(folder))) and link["service"] in project["services"]:
                return project["services"][link["service"]]
        if not services:
            raise Refused("Project has no services.")
        if len(services) > 1:
            raise Refused("Multiple services found. Please specify a service via the `--service` flag.")
        return services[0]

    # ---- commands

    def whoami(self, call):
        if self._authorised(call)[0] == "project":
            raise Refused("Unauthorized. Please check that your RAILWAY_TOKEN is valid and has access to the resource "
                          "you're trying to use.")  # fmt: skip
        if call.flag("--json"):
            workspaces = [{"id": each["id"], "name": each["name"]} for each in self.cloud.workspaces]
            call.out.append(json.dumps({**self.cloud.person, "workspaces": workspaces}, indent=2))
        else:
            call.out.append(f"Logged in as {self.cloud.person['name']} ({self.cloud.person['email']}) 👋")

    def login(self, call):
        config = self._config(call)
        config["user"] = {"id": None, "token": None, "accessToken": self.cloud.session, "refreshToken": "r",
                          "tokenExpiresAt": 1990000000}  # fmt: skip
        self._save(call, config)
        call.out += ["→ Sign in with one click:", "  https://railway.com/activate",
                     f"✓ Signed in as {self.cloud.person['name']} ({self.cloud.person['email']})"]  # fmt: skip

    def logout(self, call):
        config = self._config(call)
        config["user"] = {}
        self._save(call, config)
        call.out.append("Logged out successfully")

    def init(self, call):
        wanted = call.flag("-w", "--workspace")
        found = [each for each in self.cloud.workspaces if wanted in (None, each["id"], each["name"])]
        if not found:
            raise Refused(f'Workspace "{wanted}" not found.')
        if len(found) > 1:
            raise Refused("--workspace required in non-interactive mode (multiple workspaces available)")
        call.err.append(f"> Select a workspace {found[0]['name']}")
        project = self.cloud.make_project(call.flag("-n", "--name") or "invented-name", found[0])
        if "init!" in self.cloud.faults.cut:
            self.cloud.faults.cut.remove("init!")
            raise Refused("Failed to fetch: error decoding response body: connection closed before message completed")
        self._link_here(call, project)
        call.out.append(json.dumps({"id": project["id"], "name": project["name"]}))

    def link(self, call):
        wanted = call.flag("-p", "--project")
        if not wanted:
            raise Refused("--project required in non-interactive mode.\nAvailable: " + ", ".join(
                each["name"] for each in self.cloud.projects.values()))  # fmt: skip
        project = next((each for each in self.cloud.projects.values() if wanted in (each["id"], each["name"])), None)
        if project is None:
            raise Refused("Project not found. Run `railway link` to connect to a project.")
        self._link_here(call, project)
        environment = project["environments"][0]
        linked = {
            "projectId": project["id"], "projectName": project["name"],
            "environmentId": environment["id"], "environmentName": environment["name"],
        }  # fmt: skip
        call.out.append(json.dumps(linked, indent=2))

    def unlink(self, call):
        config = self._config(call)
        config.get("projects", {}).pop(str(call.cwd), None)
        self._save(call, config)

    def list(self, call):
        call.out.append(json.dumps([{"id": each["id"], "name": each["name"]} for each in self.cloud.projects.values()]))

    def status(self, call):
        project = self._project(call)
        services = [{"node": {"id": each["id"], "name": each["name"]}} for each in project["services"].values()]
        call.out.append(json.dumps({
            "id": project["id"], "name": project["name"], "workspaceId": project["workspaceId"], "deletedAt": None,
            "environments": {"edges": [{"node": each} for each in project["environments"]]},
            "services": {"edges": services},
        }, indent=2))  # fmt: skip

    def add(self, call):
        project = self._project(call)
        if kind := call.flag("-d", "--database"):
            if kind not in {"postgres", "mysql", "redis", "mongo"}:
                raise Refused(f"error: invalid value '{kind}' for '--database <DATABASE>'", 2)
            service = self.cloud.make_database(project)
            self._link_service(call, service, always=False)
            if self.cloud.faults.slow_database:
                raise Refused("Timed out waiting for Postgres to finish deploying")
            call.out.append(json.dumps({"templateId": "t", "templateName": "Postgres", "serviceId": service["id"],
                                        "serviceName": service["name"]}))  # fmt: skip
            return
        if "-s" not in call.flags and "--service" not in call.flags:
            raise Refused("Service type required in non-interactive mode. Use one of: --database, --service, --repo")
        service = self.cloud.make_service(project, call.flag("-s", "--service"))
        if pair := call.flag("-v", "--variables"):
            call.err.append(f"> Enter a variable {pair}")
            name, _, value = str(pair).partition("=")
            service["variables"][name] = value
        self._link_service(call, service, always=True)
        call.out.append(json.dumps({"id": service["id"], "name": service["name"]}))

    def variable(self, call):
        project = self._project(call)
        service = self._service(call, project)
        action, *keys = call.words or ["list"]
        if action == "list":
            values = self.cloud.rendered(project, service)
            if not values:
                call.err.append("No variables found")
            elif call.flag("--json"):
                call.out.append(json.dumps(values, indent=2))
            else:
                call.out += [f"{name}={value}" for name, value in values.items()]
        elif action == "set" and call.flag("--stdin"):
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
        project = self._project(call)
        service = self._service(call, project)
        root = next((folder for folder in (call.cwd, *call.cwd.parents)
                     if str(folder) in (self._config(call).get("projects") or {})), call.cwd)  # fmt: skip
        source = Path(call.words[0]) if call.words and call.flag("--path-as-root") else root
        ignored = None
        if not call.flag("--no-gitignore") and (source / ".gitignore").is_file():
            spec = pathspec.PathSpec.from_lines("gitignore", (source / ".gitignore").read_text().splitlines())
            ignored = spec.match_file
        if not any(source.iterdir()):
            raise Refused("Failed to upload code. Nothing to upload")
        deployment = self.cloud.upload(project, service, source, ignored)
        if "up!" in self.cloud.faults.cut:
            self.cloud.faults.cut.remove("up!")
            raise Refused("Failed to fetch: error sending request for url (connection reset by peer)")
        # Attached to nobody, it ends with 0 whatever becomes of the build.
        if call.flag("--json"):
            call.out.append(json.dumps({"deploymentId": deployment.id, "logsUrl": "https://railway.com/logs"}))
        else:
            call.out += ["Indexing...", "Uploading...", "  Build Logs: https://railway.com/logs"]

    def domain(self, call):
        project = self._project(call)
        host, made = self.cloud.domain(self._service(call, project))
        one = {"domain": f"https://{host}"} if made else {"domains": [f"https://{host}"]}
        call.out.append(json.dumps(one) if call.flag("--json") else f"https://{host}")

    def logs(self, call):
        project = self._project(call)
        for line in self.cloud.of(self._service(call, project))[0].log:
            call.out.append(line["message"])

    def environment(self, call):
        """Edits settings; flags count only where standard input is a terminal, which it never is here."""
        project = self._project(call)
        if call.words[:1] != ["edit"]:
            raise Refused("error: unrecognized subcommand", 2)
        if not call.stdin.strip():
            call.out.append(json.dumps({"staged": False, "committed": False, "message": "No changes to apply"}))
            return
        for name, patch in json.loads(call.stdin).get("services", {}).items():
            service = project["services"][name]
            service["settings"].update(patch.get("deploy", {}))
            service["variables"].update({key: each["value"] for key, each in patch.get("variables", {}).items()})
        call.out.append(json.dumps({"staged": True, "committed": True, "message": call.flag("-m")}))

    def run(self, call):
        if not call.words:
            raise Refused("No command provided. Run with `railway run <cmd>`")
        raise Refused('could not translate host name "postgres.railway.internal" to address')

    def api(self, call):
        who = self._authorised(call)
        given = call.flag("--variables")
        text = call.stdin if given == "@-" else Path(given[1:]).read_text() if str(given).startswith("@") else given
        answer = Api(self.cloud).answer({"query": call.words[0], "variables": json.loads(text or "{}")}, who)
        call.out.append(json.dumps(answer, indent=2))
        if answer.get("errors") and not call.flag("--allow-errors"):
            raise Refused(f"Railway API returned {len(answer['errors'])} GraphQL error(s)")


EXECUTABLE = """#!{python} -IS
# A stand-in for the railway command, for tests: it hands everything to a server on loopback.
import json, os, sys, urllib.request
env = {{name: value for name, value in os.environ.items() if name.startswith("RAILWAY_") or name == "CI"}}
reads = any(word in sys.argv for word in ("@-", "--stdin", "environment"))
body = json.dumps({{"argv": sys.argv[1:], "cwd": os.getcwd(), "home": os.environ.get("HOME", ""), "env": env,
                   "names": sorted(os.environ), "stdin": sys.stdin.read() if reads else ""}}).encode()
opener = urllib.request.build_opener(urllib.request.ProxyHandler({{}}))
with opener.open(urllib.request.Request("{url}", body), timeout=900) as answer:
    done = json.load(answer)
sys.stdout.write(done["stdout"])
sys.stderr.write(done["stderr"])
sys.exit(done["code"])
"""


def install(folder, python, url):
    """Put the executable into *folder*, which goes first on PATH."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "railway"
    path.write_text(EXECUTABLE.format(python=python, url=url), encoding="utf-8")
    path.chmod(0o755)
    return os.fspath(path)
