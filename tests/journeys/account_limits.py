"""The limits of the log-in of the site with accounts: by address or for everybody, by the name of the host."""

MOST = {"limits-each": 1, "limits-all": 2}
COUNTED = {}


def limit(request, fault):
    """Whether a log-in is one too many."""
    if request.method != "POST" or fault not in MOST:
        return False
    key = fault, request.headers["X-Real-IP"] if fault == "limits-each" else ""
    COUNTED[key] = COUNTED.get(key, 0) + 1
    return COUNTED[key] > MOST[fault]
