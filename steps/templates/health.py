"""The health check for the platform and the uptime monitor: is the site up, and its database?"""

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
        # Log the details, but do not send them to the client.
        logger.exception("Health check failed: the database is unreachable")
        return JsonResponse({"status": "unhealthy"}, status=503)
    return JsonResponse({"status": "healthy"})


# Exempts the view from LoginRequiredMiddleware (Django 5.1 and later).
health_check.login_required = False
