"""Operations that run the project's own code: its application, a request, a log record, collectstatic."""

import io
import logging
import threading
import traceback
from importlib import import_module

from .observer import Observer
from .protocol import describe_error, operation, project_folder
from .visits import status_of

LARGEST_OUTPUT = 64 << 10
"""Bytes."""


@operation("serve")
def serve(request):
    """Serve the project's application on a free loopback port until the child is stopped. The answer is the port."""
    from socketserver import ThreadingMixIn
    from wsgiref.simple_server import WSGIRequestHandler, WSGIServer

    import django

    django.setup()
    from django.conf import settings
    from django.core.signals import got_request_exception
    from django.core.wsgi import get_wsgi_application

    # Diagnosis needs the tracebacks, even if the project's LOGGING discards them.
    got_request_exception.connect(lambda **_: traceback.print_exc(), weak=False)
    dotted = getattr(settings, "WSGI_APPLICATION", None)
    if dotted:
        module, name = dotted.rsplit(".", 1)
        application = getattr(import_module(module), name)
    else:
        application = get_wsgi_application()

    class Server(ThreadingMixIn, WSGIServer):
        daemon_threads = True

        def server_bind(self):  # the inherited method looks up the host's name, which may take seconds
            self.socket.bind(self.server_address)
            self.server_address = self.socket.getsockname()
            self.server_name, self.server_port = "localhost", self.server_address[1]
            self.setup_environ()

    class Handler(WSGIRequestHandler):
        def address_string(self):
            return self.client_address[0]

    server = Server(("127.0.0.1", 0), Handler)
    server.set_app(application)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return {"port": server.server_port, "stay": True}


@operation("gunicorn")
def gunicorn(request):
    """Serve the application with gunicorn on a free loopback port until the child is stopped. The answer is the port.

    What gunicorn and the project print goes to the Unix socket `output`.
    """
    import socket

    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind(("127.0.0.1", 0))
    listener.listen(256)
    return {"port": listener.getsockname()[1], "stay": lambda: run_gunicorn(request, listener)}


def run_gunicorn(request, listener):
    """Run gunicorn as a program of its own would, up to the functions that Python calls at its exit."""
    import atexit
    import os
    import runpy
    import socket
    import sys

    output = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    output.connect(request["output"])
    for descriptor in (1, 2):
        os.dup2(output.fileno(), descriptor)
    output.close()
    os.environ.update(request["variables"])
    os.set_inheritable(listener.fileno(), True)
    sys.argv = ["gunicorn", *request["arguments"], "--bind", "fd://%d" % listener.fileno()]
    try:
        runpy.run_module("gunicorn.app.wsgiapp", run_name="__main__", alter_sys=False)
    except SystemExit:
        pass
    finally:
        atexit._run_exitfuncs()


@operation("get")
def get(request):
    """The status of a GET request through all middleware, as the platform's health check would send it."""
    import django

    django.setup()
    from django.test import Client

    client = Client(raise_request_exception=False)
    return {"status": status_of(client.get, request["path"], secure=request["secure"], HTTP_HOST=request["host"])}


@operation("collect")
def collect(request):
    """Run a trial collectstatic. The answer's `missing` are the files among `references` that no finder finds."""
    import django
    from django.core.management import call_command

    django.setup()
    answer = {"error": None}
    try:
        call_command("collectstatic", interactive=False, verbosity=0, stdout=io.StringIO(), skip_checks=True)
    except BaseException as error:
        answer["error"] = describe_error(error, request["cwd"])
    from django.contrib.staticfiles import finders

    answer["missing"] = [name for name in request["references"] if not finders.find(name)]
    return answer


@operation("log")
def log(request):
    """Log an error record with each of `loggers`, as a server would. The answer's `printed` is what they printed."""
    import os
    import sys
    import tempfile

    with tempfile.TemporaryFile() as file:
        kept = [(descriptor, os.dup(descriptor)) for descriptor in (1, 2)]
        try:
            for descriptor, _ in kept:
                os.dup2(file.fileno(), descriptor)
            log_records(request["loggers"], request["message"])
        finally:
            sys.stdout.flush()
            for descriptor, original in kept:
                os.dup2(original, descriptor)
                os.close(original)
        file.seek(0)
        return {"printed": file.read(LARGEST_OUTPUT).decode("utf-8", "replace")}


def log_records(names, message):
    """Log *message* and the number of the logger with each of the loggers *names*."""
    import django

    django.setup()
    from django.urls import get_resolver

    patterns = get_resolver().url_patterns  # a server imports them too, with what they do to logging
    for number, name in enumerate(names):
        logging.getLogger(name).error("%s%d-", message, number)
    logging.shutdown()
    return len(patterns)


@operation("start")
def start(request):
    """Import the server's module, as a server does, and report which settings are then in effect."""
    import django

    answers = []
    observer = Observer(project_folder(request["cwd"]), answers.append)
    observer.watch_variables()
    observer.attach(django)
    import_module(request["application"])
    observer.report("setup")
    return answers[-1]
