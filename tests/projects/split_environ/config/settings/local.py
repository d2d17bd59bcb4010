from .base import *  # noqa
from .base import env

DEBUG = True
SECRET_KEY = env("DJANGO_SECRET_KEY", default="local-key-8UxLFUe6Kz2ySM8bMPFMOAN3kWqVtrKPXZ")
ALLOWED_HOSTS = ["localhost", "0.0.0.0", "127.0.0.1"]
