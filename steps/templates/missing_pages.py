"""Reports requests for pages that do not exist. Sentry does not report 404s by default."""

import sentry_sdk


def report_missing_pages(get_response):
    def middleware(request):
        response = get_response(request)
        if response.status_code == 404:
            sentry_sdk.capture_message(f"Missing page: {request.path}", level="info")
        return response

    return middleware
