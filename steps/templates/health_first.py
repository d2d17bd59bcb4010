class HealthCheckFirst:
    """Answers before any middleware that requires a login: the platform has no account."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        if request.path == "/health/":
            return health_check(request)
        return self.get_response(request)
