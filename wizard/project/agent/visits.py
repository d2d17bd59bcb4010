"""Requests by Django's test client, answered as a server would answer them."""


def status_of(send, path, *data, secure=True, **headers):
    """The status of the answer to `send(path, *data)` of a test client that raises no error of a view.

    500 if the page for an error raises, too, as one does whose template refers to a file that was not collected. The
    client then raises it, and a server sends its own page.
    """
    try:
        return send(path, *data, secure=secure, **headers).status_code
    except Exception:  # whatever the project's own page raises
        return 500
