"""Names of static files, for rows whose texts a template gives to `{% static %}`."""

import re

FILE_NAME = re.compile(
    r"(^|_)(path|file|filename|photo|image|picture|pic|img|cover|avatar|thumbnail|thumb|logo|icon|poster|banner)(_|$)"
)
"""Names of text fields that hold a file's name."""
NOT_FILE_NAME = re.compile(r"(^|_)(alt|caption|title|text|description|credit|author|label)(_|$)")
ADDRESS = re.compile(r"(^|_)(url|uri|href|link)(_|$)")
"""Names of text fields that hold an address."""
IMAGE = re.compile(r"\.(png|jpe?g|svg|gif|webp)$", re.IGNORECASE)
MOST = 3000
_NAMES = []


def file_name_for(field):
    """A value for a text field that holds a static file's name: of a file that exists, best an image.

    None for another field, or if there is no such file and the field can't be empty.
    """
    name = field.name.lower()
    if not FILE_NAME.search(name) or NOT_FILE_NAME.search(name):
        return None
    if not _NAMES:
        _NAMES.append(existing_image())
    value = _NAMES[0]
    if value and len(value) <= (field.max_length or len(value)):
        return value
    return "" if field.blank else None


def existing_image():
    """The name of a static file, best an image. Empty without one."""
    from django.apps import apps

    if not apps.is_installed("django.contrib.staticfiles"):
        return ""
    from django.contrib.staticfiles.finders import get_finders

    first, count = "", 0
    for finder in get_finders():
        for name, _ in finder.list([]):
            count += 1
            if IMAGE.search(name):
                return name.replace("\\", "/")
            first = first or name.replace("\\", "/")
            if count > MOST:
                return first
    return first
