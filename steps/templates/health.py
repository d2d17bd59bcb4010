"""The address the platform and the monitor ask: does the site live, and its database too?"""

import logging

from django.db import DatabaseError, connection
from django.http import JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt

logger = logging.getLogger(__name__)


@csrf_exempt
@never_cache
def health_check(request):
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
            cursor.fetchone()
    except DatabaseError:
        # What went wrong is for the log, not for whoever asks.
        logger.exception("The health check found no database")
        return JsonResponse({"status": "unhealthy"}, status=503)
    return JsonResponse({"status": "healthy"})


# Django 5.1's LoginRequiredMiddleware lets a view through that says so.
health_check.login_required = False
