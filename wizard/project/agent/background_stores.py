"""Keep a value in each cache, session and channel layer on Redis, and find it in another process.

The text of this module also runs inside a service at a platform, so it imports nothing of its package.
"""


def keep(token):
    """Keep *token*. Return what kept it, each with the key of the session."""
    kept = []
    for alias, cache in redis_caches():
        cache.set("golive-" + alias, token, 300)
        kept.append(("cache " + alias, ""))
    if sessions_on_redis():
        store = session_store()
        store["golive"] = token
        store.save()
        kept.append(("session", store.session_key))
    for alias, layer in redis_layers():
        send(layer, token)
        kept.append(("channel " + alias, ""))
    return kept


def find(token, session):
    """Return what could have kept *token*, each with whether it is found there."""
    found = [("cache " + alias, cache.get("golive-" + alias) == token) for alias, cache in redis_caches()]
    if session:
        found.append(("session", session_store(session).get("golive") == token))
    found += [("channel " + alias, receive(layer, token)) for alias, layer in redis_layers()]
    return found


def redis_caches():
    from django.conf import settings
    from django.core.cache import caches

    return [(name, caches[name]) for name, table in settings.CACHES.items() if "redis" in table["BACKEND"].lower()]


def sessions_on_redis():
    from django.conf import settings

    engine = settings.SESSION_ENGINE
    alias = getattr(settings, "SESSION_CACHE_ALIAS", "default")
    cached = engine.startswith("django.contrib.sessions.backends.cache")
    return "redis" in engine or (cached and alias in dict(redis_caches()))


def session_store(key=None):
    from importlib import import_module

    from django.conf import settings

    return import_module(settings.SESSION_ENGINE).SessionStore(key)


def redis_layers():
    from django.conf import settings

    tables = getattr(settings, "CHANNEL_LAYERS", None) or {}
    names = [name for name, table in tables.items() if "redis" in str(table.get("BACKEND")).lower()]
    if not names:
        return []
    from channels.layers import channel_layers

    return [(name, channel_layers[name]) for name in names]


def send(layer, token):
    from asgiref.sync import async_to_sync

    async_to_sync(layer.send)("golive-probe", {"type": "golive", "token": token})


def receive(layer, token):
    import asyncio

    from asgiref.sync import async_to_sync

    async def find_it():
        message = {}
        while message.get("token") != token:  # older messages come first
            message = await asyncio.wait_for(layer.receive("golive-probe"), 5)

    try:
        async_to_sync(find_it)()
    except asyncio.TimeoutError:
        return False
    return True
