from .base import *  # noqa: F403

ALLOWED_HOSTS = ["localhost", "127.0.0.1"]
