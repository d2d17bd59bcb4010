"""The `railway` executable on PATH: it passes each call to the test double's server."""

from __future__ import annotations

import os

EXECUTABLE = """#!{python} -IS
# A test double for the railway command: passes each call to a server on loopback.
import base64, json, os, socket, sys, threading, urllib.request
def pipe(source, to):
    while chunk := source.recv(65536):
        to.sendall(chunk)
    to.shutdown(socket.SHUT_WR)
def hold(port, to):
    with socket.create_server(("127.0.0.1", port)) as server:
        while True:
            client, upstream = server.accept()[0], socket.create_connection(("127.0.0.1", to))
            for ends in ((client, upstream), (upstream, client)):
                threading.Thread(target=pipe, args=ends, daemon=True).start()
env = {{name: value for name, value in os.environ.items() if name.startswith("RAILWAY_") or name == "CI"}}
reads = any(word in sys.argv for word in ("@-", "--stdin", "environment"))
piped = base64.b64encode(sys.stdin.buffer.read()).decode() if sys.argv[1] == "ssh" else ""
body = json.dumps({{"argv": sys.argv[1:], "cwd": os.getcwd(), "home": os.environ.get("HOME", ""), "env": env,
                   "names": sorted(os.environ), "stdin": sys.stdin.read() if reads else piped}}).encode()
opener = urllib.request.build_opener(urllib.request.ProxyHandler({{}}))
with opener.open(urllib.request.Request("{url}", body), timeout=900) as answer:
    done = json.load(answer)
sys.stdout.write(done["stdout"])
sys.stderr.write(done["stderr"])
if done["tunnel"]:
    sys.stdout.flush()
    hold(*done["tunnel"])
sys.exit(done["code"])
"""


def install(folder, python, url):
    """Put the executable into *folder*, which goes first on PATH."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "railway"
    path.write_text(EXECUTABLE.format(python=python, url=url), encoding="utf-8")
    path.chmod(0o755)
    return os.fspath(path)
