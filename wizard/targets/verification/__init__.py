"""The parts of the sandbox: generated settings, a scratch database, static files, gunicorn and management commands."""
