"""The view for the files that visitors uploaded, in MEDIA_ROOT."""

import mimetypes

from django.core.exceptions import SuspiciousFileOperation
from django.core.files.storage import default_storage
from django.http import FileResponse, Http404
from django.utils.http import http_date
from django.views.decorators.http import require_safe

SHOWN = ("image/", "audio/", "video/", "text/plain", "application/pdf")
"""Types that a browser may show. It saves files of all others."""


@require_safe
def serve_media(request, path):
    try:
        opened = default_storage.open(path)
        changed = default_storage.get_modified_time(path).timestamp()
    except (OSError, ValueError, SuspiciousFileOperation):
        raise Http404("There is no such file") from None
    kind = mimetypes.guess_type(path)[0] or "application/octet-stream"
    response = FileResponse(opened, content_type=kind, as_attachment=not kind.startswith(SHOWN))
    response["Last-Modified"] = http_date(changed)
    # An uploaded page or drawing must not run scripts in the name of the site.
    response["Content-Security-Policy"] = "default-src 'none'; img-src data:; style-src 'unsafe-inline'; sandbox"
    response["X-Content-Type-Options"] = "nosniff"
    return response


# Exempts the view from LoginRequiredMiddleware (Django 5.1 and later).
serve_media.login_required = False
