"""Faults in what visitors and operators see: error pages, logging, the health check, rate limits and slow pages."""

from __future__ import annotations

from tests.faults.fault import Fault, append, delete, every, replace, without_line, write

SETTINGS, URLS = "election_cart/settings.py", "election_cart/urls.py"
PAGE_404, PAGE_500 = "templates/404.html", "templates/500.html"
HEALTH, LIMITS = "election_cart/health.py", "election_cart/ratelimits.py"
LOGIN, ORDERS, PRODUCTS = "authentication/views.py", "orders/views.py", "products/views.py"
HEALTHY, UNHEALTHY = "{'status': 'healthy'}", "{'status': 'unhealthy'}"
LIMIT = "@limit('login', '5/m')"


def in_page(name, text):
    return replace(name, "</body>", f"{text}</body>")


def handler(code, body):
    head = "from django.http import HttpResponse\nfrom django.shortcuts import redirect, render\n"
    return append(URLS, f"\n\n{head}\n\ndef page(request, exception=None):\n    {body}\n\n\nhandler{code} = page\n")


def catch_all(body):
    view = f"def anything(request, path):\n    {body}\n"
    head = "from django.http import HttpResponse\nfrom django.shortcuts import redirect\n"
    return append(URLS, f"\n\n{head}\n\n{view}\n\nurlpatterns += [path('<path:path>', anything)]\n")


def context(value):
    """Give templates the variable `site`."""
    text = f"import os\n\nfrom django.conf import settings\n\n\ndef context(request):\n    return {{'site': {value}}}\n"
    listed = "'django.contrib.messages.context_processors.messages',"
    more = replace(SETTINGS, listed, f"{listed}\n                'election_cart.context.context',")
    return every(write("election_cart/context.py", text), more)


def added_middleware(body, on_error="return None"):
    text = f"""from django.http import HttpResponse


class Added:
    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        {body}

    def process_exception(self, request, error):
        {on_error}
"""
    added = append(SETTINGS, "\nMIDDLEWARE = [*MIDDLEWARE, 'election_cart.added.Added']\n")
    return every(write("election_cart/added.py", text), added)


def health(old, new):
    return replace(HEALTH, old, new)


def logging(text):
    return append(SETTINGS, f"\n{text}\n")


def login_key(key):
    return replace(LOGIN, LIMIT, f"@limit('login', '5/m', key=lambda group, request: {key})")


REFUSED, LOGS = {"7.2", "7.4", "7.8", "20.10"}, {"4.1", "4.5"}
ERROR_PAGES = [
    Fault("404 page: deleted", delete(PAGE_404), items={"2.3"}, says=["templates/404.html is missing"],
          where="templates/404.html"),
    Fault("404 page: shows the request's headers", in_page(PAGE_404, "{{ request.META }}"),
          items={"2.3"}, says=["the request's headers"], where="templates/404.html:"),
    Fault("404 page: shows a header", in_page(PAGE_404, "{{ request.headers.items }}"),
          items={"2.3"}, says=["the request's headers"], where="templates/404.html:"),
    Fault("404 page: shows the databases",
          every(context("settings.DATABASES"), in_page(PAGE_404, "<!-- {{ site }} -->")),
          items={"2.3"}, says=["settings"], where="templates/404.html"),
    Fault("404 page: shows a path", every(context("settings.BASE_DIR"), in_page(PAGE_404, "<p>{{ site }}</p>")),
          items={"2.3"}, says=["a path of the server"], where="templates/404.html"),
    Fault("404 page: shows the environment",
          every(context("dict(os.environ)"), in_page(PAGE_404, "<pre>{{ site }}</pre>")),
          items={"2.3"}, says=["the page shows"], where="templates/404.html"),
    Fault("404 page: shows versions", in_page(PAGE_404, "<small>Django 4.2.30 on Python 3.11</small>"),
          items={"2.3"}, says=["the version of Django: 4.2.30"], where="templates/404.html:"),
    Fault("404 page: empty", write(PAGE_404, ""), items={"2.3"}, says=["the page is empty"], where=PAGE_404),
    Fault("404 page: loads a missing library", replace(PAGE_404, "<!doctype html>", "{% load nothere %}"),
          items={"2.3"}, says=["'nothere' is not a registered tag library"], where="templates/404.html:1"),
    Fault("404 page: extends a missing page", replace(PAGE_404, "<!doctype html>", "{% extends 'base.html' %}"),
          items={"2.3"}, says=["uses base.html, which is missing"], where="templates/404.html:1"),
    Fault("404 page: links a missing URL name", replace(PAGE_404, 'href="/"', "href=\"{% url 'start' %}\""),
          items={"2.3"}, says=["Reverse for 'start' not found"], where="templates/404.html:"),
    Fault("404 page: links a missing static file",
          replace(PAGE_404, "</title>", "</title>{% load static %}<link href=\"{% static 'css/lost.css' %}\">"),
          items={"2.3"}, says=["css/lost.css"], where="templates/404.html:"),
    Fault("handler404: answers 200", handler(404, "return render(request, '404.html')"),
          items={"2.3"}, says=["handler404 answers 200"], where="urls.py:"),
    Fault("handler404: redirects to the start", handler(404, "return redirect('/')"),
          items={"2.3"}, says=["a redirect to /"], where="urls.py:"),
    Fault("handler404: shows another text", handler(404, "return HttpResponse('Nothing here', status=404)"),
          items={"2.3"}, says=["does not show 404.html"], where="urls.py:"),
    Fault("a URL pattern for every address", catch_all("return HttpResponse('Nothing here')"),
          items={"2.3"}, says=["election_cart.urls.anything answers 200"], where="urls.py:"),
    Fault("a URL pattern that sends every address to the login", catch_all("return redirect('/admin/login/')"),
          items={"2.3"}, says=["a redirect to /admin/login/"], where="urls.py:"),
    Fault("500 page: loads a missing library", write(PAGE_500, "{% load no_such_library %}"),
          items={"2.4"}, says=["no_such_library"], where="templates/500.html:1"),
    Fault("500 page: blank", write(PAGE_500, "<html>\n<body></body></html>\n"),
          items={"2.4"}, says=["the page is empty"], where=PAGE_500),
    Fault("handler500: shows the error", handler(
              500, "import sys; return HttpResponse('<h1>%r</h1>' % (sys.exc_info()[1],), status=500)"),
          items={"2.4"}, says=["the error's message"], where="urls.py:"),
    Fault("handler500: shows a traceback", handler(
              500, "import traceback; return HttpResponse(traceback.format_exc(), status=500)"),
          items={"2.4"}, says=["a traceback"], where="urls.py:"),
    Fault("handler500: raises", handler(500, "raise ValueError('no page')"),
          items={"2.4"}, says=["ValueError: no page"], where="urls.py:"),
    Fault("handler500: answers 200", handler(500, "return render(request, '500.html')"),
          items={"2.4"}, says=["handler500 answers 200"], where="urls.py:"),
    Fault("a middleware answers errors with 200",
          added_middleware("return self.get_response(request)", "return HttpResponse('All is well')"),
          items={"2.4"}, says=["an error in a view is answered with status 200"]),
    Fault("DEBUG_PROPAGATE_EXCEPTIONS", append(SETTINGS, "\nDEBUG_PROPAGATE_EXCEPTIONS = True\n"),
          items={"2.4"}, says=["DEBUG_PROPAGATE_EXCEPTIONS"], where="settings.py"),
    Fault("TEMPLATES: another folder",
          replace(SETTINGS, "'DIRS': [BASE_DIR / 'templates']", "'DIRS': [BASE_DIR / 'pages']"),
          items={"2.3", "2.4"}, says=["404.html is missing", "500.html is missing"]),
]  # fmt: skip
LOGGING = [
    Fault("LOGGING: root at CRITICAL", logging("LOGGING['root']['level'] = 'CRITICAL'"),
          items=LOGS, says=["root.level in LOGGING drops errors", "election_cart.views"], where="settings.py:"),
    Fault("LOGGING: django goes nowhere",
          logging("LOGGING['loggers'] = {'django': {'handlers': [], 'propagate': False}}"),
          items=LOGS, says=["the logger django drops its records"], where="settings.py:"),
    Fault("LOGGING: django.request goes nowhere",
          logging("LOGGING['loggers'] = {'django.request': {'handlers': [], 'propagate': False}}"),
          items=LOGS, says=["django.request"], where="settings.py:"),
    Fault("LOGGING: disables existing loggers", logging("LOGGING['disable_existing_loggers'] = True"),
          items=LOGS, says=["django.request"], where="settings.py:"),
    Fault("LOGGING: the file at CRITICAL", logging("LOGGING['handlers']['golive_file']['level'] = 'CRITICAL'"),
          items=LOGS, says=["golive_file.level"], where="settings.py:"),
    Fault("LOGGING: the console at CRITICAL", logging("LOGGING['handlers']['console']['level'] = 'CRITICAL'"),
          items={"4.1"}, says=["console.level"], where="settings.py:"),
    Fault("LOGGING: no console", logging("LOGGING['root']['handlers'] = ['golive_file']"),
          items={"4.1"}, says=["the console"], where="settings.py:"),
    Fault("LOGGING: NullHandler", logging(
              "LOGGING['handlers']['none'] = {'class': 'logging.NullHandler'}\nLOGGING['root']['handlers'] = ['none']"),
          items=LOGS, says=["logs/django.log"], where="settings.py:"),
    Fault("LOGGING: only with DEBUG", logging(
              "LOGGING['filters'] = {'debug': {'()': 'django.utils.log.RequireDebugTrue'}}\n"
              "for each in LOGGING['handlers'].values():\n    each['filters'] = ['debug']"),
          items=LOGS, says=["logs/django.log under production"], where="settings.py:"),
    Fault("LOGGING: a format that raises", logging(
              "LOGGING['formatters']['golive'] = {'format': '%(nothere)s %(message)s'}"),
          items=LOGS, says=["a handler raises"], where="settings.py:"),
    Fault("LOGGING_CONFIG: None", logging("LOGGING_CONFIG = None"), items=LOGS, says=["logs/django.log"]),
    Fault("LOGGING: another file", replace(SETTINGS, "LOGS_DIR / 'django.log'", "LOGS_DIR / 'site.log'"),
          items=LOGS, says=["site.log"], where="settings.py:"),
    Fault("LOGGING: maxBytes", replace(SETTINGS, "5 * 1024 * 1024", "500 * 1024 * 1024"),
          items={"4.1"}, says=["maxBytes 524288000"], where="settings.py:"),
    Fault("LOGGING: backupCount", replace(SETTINGS, "'backupCount': 3", "'backupCount': 0"),
          items={"4.1"}, says=["backupCount 0"], where="settings.py:"),
    Fault("LOGGING: mail only", logging(
              "LOGGING['handlers'] = {'mail': {'class': 'django.utils.log.AdminEmailHandler'}}\n"
              "LOGGING['root']['handlers'] = ['mail']"),
          items=LOGS, says=["no console handler"], where="settings.py:"),
    Fault("logging.disable in urls.py", append(URLS, "\nimport logging\n\nlogging.disable(logging.CRITICAL)\n"),
          items=LOGS, says=["logs/django.log"]),
    Fault(".gitignore: logs/ is not ignored", without_line("../.gitignore", "logs/"),
          items={"4.3"}, says=["not ignored"]),
]  # fmt: skip
HEALTH_CHECK = [
    Fault("health: 200 without a database", health(f"{UNHEALTHY}, status=503", HEALTHY),
          items={"5.1", "5.4"}, says=["200 while the database is down"], where="health.py:"),
    Fault("health: no query", every(health("with connection.cursor() as cursor:", "for cursor in ():")),
          items={"5.1", "5.4"}, says=["200 while the database is down"], where="health.py:"),
    Fault("health: shows the error", every(
              health("except DatabaseError:", "except DatabaseError as error:"),
              health(UNHEALTHY, "{'status': 'unhealthy', 'detail': str(error)}")),
          items={"5.4"}, says=["with details: unable to open database"], where="health.py:"),
    Fault("health: shows versions", health(HEALTHY, "{'status': 'healthy', 'django': '4.2.30'}"),
          items={"5.4", "18.2"}, says=["with details", "version"], where="health.py:"),
    Fault("health: shows a path", health(HEALTHY, "{'status': 'healthy', 'file': __file__}"),
          items={"5.4", "18.2"}, says=["with details", "path"], where="health.py:"),
    Fault("health: shows the database's host",
          health(HEALTHY, "{'status': 'healthy', 'db_host': 'pg-7.internal'}"),
          items={"5.4", "18.2"}, says=["the name of a machine"], where="health.py:"),
    Fault("health: kept in a cache", health(
              "@csrf_exempt\n@never_cache",
              "from django.views.decorators.cache import cache_page\n\n\n@csrf_exempt\n@cache_page(600)"),
          items={"5.1", "5.4"}, says=["200 while the database is down"], where="health.py:"),
    Fault("health: an HTML page", health(
              f"return JsonResponse({HEALTHY})",
              "from django.http import HttpResponse; return HttpResponse('<h1>Welcome to the shop</h1>')"),
          items={"5.4", "18.2"}, says=["Welcome"], where="health.py:"),
    Fault("health: says unhealthy", health(HEALTHY, UNHEALTHY), items={"5.4", "18.2"}, says=["unhealthy"],
          where="health.py:"),
    Fault("health: 500 instead of 503", health("status=503", "status=500"),
          items={"5.4"}, says=["500"], where="health.py:"),
    Fault("health: another view comes first",
          append(URLS, "\nfrom django.http import JsonResponse\n"
                       "urlpatterns.insert(0, path('health/', lambda request: JsonResponse({'status': 'healthy'})))\n"),
          items={"5.1", "5.2", "5.4"}, says=["comes before election_cart.health.health_check"], where="urls.py:"),
    Fault("health: more keys are fine",
          health(HEALTHY, "{'status': 'healthy', 'database': 'connected', 'memory_mb': 180}")),
    Fault("health: slow", health("    try:", "    import time\n\n    time.sleep(0.7)\n    try:"),
          items={"22.1"}, says=["/health/ p50 7"], where="health.py:"),
]  # fmt: skip
RATE_LIMITS = [
    Fault("login limit: another rate", replace(LOGIN, "'5/m'", "'50/m'"),
          items=REFUSED, says=["401 × 6"], where="authentication/views.py:"),
    Fault("login limit: removed", without_line(LOGIN, LIMIT),
          items=REFUSED, says=["401 × 6"], where="authentication/views.py:"),
    Fault("login limit: by account", login_key("str(request.POST.get('username'))"),
          items={"7.2"}, says=["another client with the right password: 429"], where="authentication/views.py:"),
    Fault("login limit: by address and account",
          login_key("request.META['HTTP_X_REAL_IP'] + str(request.POST.get('username'))"),
          items={"7.2"}, says=["another account"], where="authentication/views.py:"),
    Fault("login limit: by browser", login_key("request.META.get('HTTP_USER_AGENT', '')"),
          items={"7.2"}, says=["another client with the right password: 429"], where="authentication/views.py:"),
    Fault("login limit: by a header", login_key("request.META.get('HTTP_X_DEVICE') or request.META['HTTP_X_REAL_IP']"),
          items={"7.2"}, says=["another X-Device"], where="authentication/views.py:"),
    Fault("login limit: one count for all", login_key("'all'"),
          items={"7.2"}, says=["another client with the right password: 429"], where="authentication/views.py:"),
    Fault("login limit: X-Forwarded-For",
          login_key("request.META.get('HTTP_X_FORWARDED_FOR', request.META.get('HTTP_X_REAL_IP', '')).split(',')[0]"),
          items={"7.2"}, says=["X-Forwarded-For"], where="authentication/views.py:"),
    Fault("login limit: ten seconds", replace(LOGIN, "'5/m'", "'5/10s'"),
          items={"7.2"}, says=["the rate in the code is 5/10s"], where="authentication/views.py:"),
    Fault("login limit: another method", replace(LOGIN, LIMIT, "@limit('login', '5/m', methods=('PUT',))"),
          items=REFUSED, says=["401 × 6"], where="authentication/views.py:"),
    Fault("admin limit: removed", without_line(LIMITS, "LIMITS['admin:login']"),
          items=REFUSED, says=["POST /admin/login/: 200 × 6"], where="ratelimits.py"),
    Fault("sign-up limit: removed", without_line(LOGIN, "@limit('signup', '3/h')"),
          items={"7.3"}, says=["POST /api/auth/signup/"], where="authentication/views.py:"),
    Fault("sign-up limit: a minute", replace(LOGIN, "'3/h'", "'3/m'"),
          items={"7.3"}, says=["the rate in the code is 3/m, expected a period of 3600 s"],
          where="authentication/views.py:"),
    Fault("order limit: removed", without_line(ORDERS, "@limit('order'"),
          items={"7.5", "7.6"}, says=["400 × 11"], where="orders/views.py:"),
    Fault("order limit: one count for all", replace(ORDERS, "key=user_or_ip", "key=lambda group, request: 'all'"),
          items={"7.5"}, says=["another user"], where="orders/views.py:"),
    Fault("order limit: by address", replace(ORDERS, "'10/h', key=user_or_ip", "'10/h'"),
          items={"7.5"}, says=["another user at the same address: 429"], where="orders/views.py:"),
    Fault("RATELIMIT_ENABLE: False", append(SETTINGS, "\nRATELIMIT_ENABLE = False\n"),
          items={*REFUSED, "7.3", "7.5", "7.6"}, says=["RATELIMIT_ENABLE is False"]),
    Fault("CACHES: counters of one worker",
          append(SETTINGS, "\nCACHES['ratelimit'] = {'BACKEND': 'django.core.cache.backends.dummy.DummyCache'}\n"),
          items={*REFUSED, "7.1", "7.3", "7.5", "7.6"}, says=["DummyCache"]),
    Fault("a URL that raises", append(
              URLS, "\n\ndef broken(request):\n    raise ValueError('broken')\n\n\n"
                    "urlpatterns += [path('api/errors/raise/', broken)]\n"),
          items={"18.6"}, says=["/api/errors/raise/ 500", "skip_urls"], where="urls.py:"),
    Fault("a URL that raises on purpose, set aside in golive.yaml", every(
              append(URLS, "\n\ndef broken(request):\n    raise ValueError('broken')\n\n\n"
                           "urlpatterns += [path('api/errors/raise/', broken)]\n"),
              append("golive.yaml", "skip_urls: [/api/errors/raise/]\n"))),
    Fault("a URL that redirects to itself", append(
              URLS, "\nfrom django.shortcuts import redirect\n\n"
                    "urlpatterns += [path('api/again/', lambda request: redirect('/api/again/'))]\n"),
          items={"18.6"}, says=["/api/again/ redirects to itself"]),
    Fault("a slow page behind the login", replace(
              "cart/views.py", "    items = request.user.cart_items",
              "    __import__('time').sleep(0.7)\n    items = request.user.cart_items"),
          items={"22.1"}, says=["/api/cart/ p50 7"], where="cart/views.py:"),
    Fault("uploads of 5 MB are refused", replace(ORDERS, "MAX_UPLOAD = 10 *", "MAX_UPLOAD = 1 *"),
          items={"18.7", "21.15", "22.2"}, says=["400"]),
    Fault("a slow page", replace(PRODUCTS, "def campaigns(request):",
                                 "def campaigns(request):\n    import time\n\n    time.sleep(0.7)"),
          items={"22.1"}, says=["/api/campaigns/ p50 7"], where="products/views.py:"),
]  # fmt: skip
SENTRY = "        traces_sample_rate=0.0,\n"
REPORTS = [
    Fault("Sentry: before_send drops every event",
          replace(SETTINGS, SENTRY, f"{SENTRY}        before_send=lambda event, hint: None,\n"),
          items={"14.5"}, says=["no such event arrived"], where="settings.py"),
    Fault("Sentry: ignores every error",
          replace(SETTINGS, "['django.core.exceptions.DisallowedHost']", "[Exception]"),
          items={"14.5"}, says=["no such event arrived"], where="settings.py"),
]  # fmt: skip
FAULTS = [*REPORTS, *ERROR_PAGES, *LOGGING, *HEALTH_CHECK, *RATE_LIMITS]
