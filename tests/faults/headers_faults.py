"""Faults in the security headers and cookie flags that the site sends: by settings, a middleware, or a view."""

from __future__ import annotations

from tests.faults.fault import Edit, Fault, append, every, replace, without_line, write

SETTINGS = "election_cart/settings.py"
VIEWS = "products/views.py"


def setting(text: str) -> Edit:
    """Add *text* at the end of the settings."""
    return append(SETTINGS, f"\n{text}\n")


def middleware(*statements: str) -> Edit:
    """Add a middleware, first in the list, that changes each *response*."""
    body = "".join(f"        {statement}\n" for statement in statements)
    code = f"def change(get_response):\n    def answer(request):\n        response = get_response(request)\n{body}"
    return every(
        write("election_cart/edges.py", f"{code}        return response\n\n    return answer\n"),
        setting("MIDDLEWARE = ['election_cart.edges.change', *MIDDLEWARE]"),
    )


def view(header: str, value: str) -> Edit:
    """Let one view send *value* as its *header*."""
    return replace(
        VIEWS, "    return Response(PackageSerializer(Package.objects.filter(is_active=True), many=True).data)\n",
        "    answer = Response(PackageSerializer(Package.objects.filter(is_active=True), many=True).data)\n"
        f"    answer['{header}'] = '{value}'\n    return answer\n",
    )  # fmt: skip


def directive(old: str, new: str) -> Edit:
    """Replace a line of the content security policy."""
    return replace(SETTINGS, f"            {old}\n", f"            {new}\n")


CODE = "edges.py:"
LINE = "settings.py:"
DEFAULT = "'default-src': [\"'self'\"],"

BY_SETTINGS = [
    Fault("HSTS: an hour", setting("SECURE_HSTS_SECONDS = 3600"),
          items={"3.1", "3.2", "20.4"}, says=["3600"], where=LINE),
    Fault("HSTS: off", setting("SECURE_HSTS_SECONDS = 0"),
          items={"3.1", "3.2", "10.3", "20.3"}, says=["SECURE_HSTS_SECONDS"], where=LINE),
    Fault("nosniff: off", setting("SECURE_CONTENT_TYPE_NOSNIFF = False"),
          items={"3.1", "3.2", "10.3", "20.3", "20.4"}, says=["SECURE_CONTENT_TYPE_NOSNIFF is False"],
          where=LINE),
    Fault("frames: every site", setting("X_FRAME_OPTIONS = 'ALLOWALL'"),
          items={"3.1", "3.2", "10.3"}, says=["ALLOWALL"], where=LINE),
    Fault("referrer: unsafe-url", setting("SECURE_REFERRER_POLICY = 'unsafe-url'"),
          items={"3.1", "3.2", "20.4"}, says=["unsafe-url"], where=LINE),
    Fault("referrer: none", setting("SECURE_REFERRER_POLICY = None"),
          items={"3.1", "3.2", "10.3", "20.3"}, says=["SECURE_REFERRER_POLICY is None"], where=LINE),
    Fault("opener policy: off", setting("SECURE_CROSS_ORIGIN_OPENER_POLICY = None"),
          items={"3.1"}, says=["SECURE_CROSS_ORIGIN_OPENER_POLICY is None"], where=LINE),
    Fault("redirect: off", setting("SECURE_SSL_REDIRECT = False"),
          items={"3.1", "3.2", "10.3"}, says=["SECURE_SSL_REDIRECT is False"],
          where=LINE),
    Fault("cookie: CSRF without Secure", setting("CSRF_COOKIE_SECURE = False"),
          items={"3.1", "10.3", "20.4"}, says=["CSRF_COOKIE_SECURE is False", "csrftoken"], where=LINE),
    Fault("cookie: CSRF without SameSite", setting("CSRF_COOKIE_SAMESITE = None"),
          items={"3.1", "20.4"}, says=["CSRF_COOKIE_SAMESITE is None", "SameSite"], where=LINE),
]  # fmt: skip

POLICIES = [
    Fault("CSP: inline scripts", directive(DEFAULT, "'default-src': [\"'self'\", \"'unsafe-inline'\"],"),
          items={"20.4"}, says=["'unsafe-inline'"], where=LINE),
    Fault("CSP: every host", directive(DEFAULT, "'default-src': ['*'],"),
          items={"20.4"}, says=["* in scripts"], where=LINE),
    Fault("CSP: eval", directive(DEFAULT, "'default-src': [\"'self'\", \"'unsafe-eval'\"],"),
          items={"20.4"}, says=["'unsafe-eval'"], where=LINE),
    Fault("CSP: plain HTTP", directive(DEFAULT, "'default-src': [\"'self'\", 'http:'],"),
          items={"20.4"}, says=["http:"], where=LINE),
    Fault("CSP: images over plain HTTP",
          directive("'img-src': [\"'self'\", 'data:', 'https:'],", "'img-src': ['http:'],"),
          items={"20.4"}, says=["images"], where=LINE),
    Fault("CSP: objects of every host", directive("'object-src': [\"'none'\"],", "'object-src': ['*'],"),
          items={"20.4"}, says=["* in scripts or objects"], where=LINE),
    Fault("CSP: frames of every site", directive("'frame-ancestors': [\"'self'\"],", "'frame-ancestors': ['*'],"),
          items={"20.4"}, says=["frame-ancestors"], where=LINE),
    Fault("CSP: reports only",
          replace(SETTINGS, "    CONTENT_SECURITY_POLICY = {", "    CONTENT_SECURITY_POLICY_REPORT_ONLY = {"),
          items={"20.3", "20.4"}, says=["Content-Security-Policy"], where=LINE),
    Fault("CSP: no middleware", without_line(SETTINGS, "csp.middleware.CSPMiddleware"),
          items={"20.3", "20.4"}, says=["Content-Security-Policy"], where=LINE),
    Fault("permissions policy: no middleware",
          without_line(SETTINGS, "django_permissions_policy.PermissionsPolicyMiddleware"),
          items={"20.3"}, says=["Permissions-Policy"], where=LINE),
]  # fmt: skip

BY_CODE = [
    Fault("middleware: deletes HSTS", middleware("del response['Strict-Transport-Security']"),
          items={"3.2", "20.3"}, says=["Strict-Transport-Security"], where=CODE),
    Fault("middleware: deletes nosniff", middleware("del response['X-Content-Type-Options']"),
          items={"3.2", "20.3", "20.4"}, says=["X-Content-Type-Options"], where=CODE),
    Fault("middleware: a leaky referrer policy", middleware("response['Referrer-Policy'] = 'origin-when-cross-origin'"),
          items={"3.2", "20.4"}, says=["origin-when-cross-origin"], where=CODE),
    Fault("middleware: HSTS of a minute", middleware("response['Strict-Transport-Security'] = 'max-age=60'"),
          items={"3.2", "20.4"}, says=["max-age 60"], where=CODE),
    Fault("middleware: a policy of its own",
          middleware("response['Content-Security-Policy'] = \"default-src * data:\""),
          items={"20.4"}, says=["in scripts"], where=CODE),
    Fault("middleware: no frame protection", without_line(SETTINGS, "clickjacking.XFrameOptionsMiddleware"),
          items={"3.2", "10.1", "10.3", "20.3"}, says=["X-Frame-Options"], where=LINE),
    Fault("middleware: credentials for every origin",
          middleware("response['Access-Control-Allow-Origin'] = request.headers.get('Origin', '*')",
                     "response['Access-Control-Allow-Credentials'] = 'true'"),
          items={"20.4"}, says=["any origin, with credentials"], where=CODE),
    Fault("middleware: deletes the opener policy", middleware("del response['Cross-Origin-Opener-Policy']"),
          items={"3.2"}, says=["Cross-Origin-Opener-Policy"], where=CODE),
    Fault("view: a leaky referrer policy", view("Referrer-Policy", "unsafe-url"),
          items={"3.2"}, says=["/api/packages/", "unsafe-url"], where="products/views.py:"),
    Fault("view: HSTS is off", view("Strict-Transport-Security", "max-age=0"),
          items={"3.2"}, says=["/api/packages/", "max-age 0"], where="products/views.py:"),
]  # fmt: skip

FAULTS = [*BY_SETTINGS, *POLICIES, *BY_CODE]
