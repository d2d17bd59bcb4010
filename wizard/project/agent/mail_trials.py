"""Try the way on which mail leaves: one message, or the dialogue with a mail server up to its recipient.

The e-mail backend is made from the project's own settings, so it has the site's keys and address.
"""

from .mail_ways import configured
from .protocol import operation

SECONDS = 20
"""The time limit for each answer of a mail server."""


@operation("send_mail")
def send_mail(request):
    """Send a message to the address `to` on the way `alias`.

    The answer has `number`, which the service gave the message, or `problem` and the `status` of its refusal.
    """
    import django

    django.setup()
    from django.core.mail import EmailMessage

    message = EmailMessage(request["subject"], request["text"], request["sender"], [request["to"]])
    try:
        sent = backend_of(request["alias"]).send_messages([message])
    except Exception as error:  # each backend has errors of its own
        return refused(error)
    if not sent:
        return {"number": "", "problem": "the backend sent nothing", "status": 0}
    given = getattr(getattr(message, "anymail_status", None), "message_id", "")
    return {"number": str(given or message.extra_headers.get("message_id", "")), "problem": "", "status": 0}


@operation("mail_dialogue")
def mail_dialogue(request):
    """Connect to the mail server of the way `alias`, log in, and name the sender and a recipient. Nothing is sent.

    `recipient` of the answer is whether the server refused the recipient alone.
    """
    import django

    django.setup()
    try:
        backend = backend_of(request["alias"])
        backend.timeout = SECONDS
        backend.open()
        client = backend.connection
        try:
            for name, say in (("sender", client.mail), ("to", client.rcpt)):
                code, reply = say(request[name])
                if code >= 400:
                    text = reply.decode("utf-8", "replace")[:300]
                    return {"number": "", "problem": text, "status": code, "recipient": name == "to"}
            client.rset()
        finally:
            backend.close()
    except Exception as error:  # each backend has errors of its own
        return refused(error)
    return {"number": "", "problem": "", "status": 0}


def backend_of(alias):
    """The e-mail backend of a way, as `mail_ways` tells it."""
    from django.conf import settings
    from django.utils.module_loading import import_string

    path, options = next((path, options) for name, path, options, _ in configured(settings) if name == alias)
    return import_string(path)(**options)


def refused(error):
    """The text of an error, and the status with which the service refused; 0 without an answer of it."""
    text, status, seen = "%s: %s" % (type(error).__name__, error), 0, error
    while seen is not None and not status:
        status = status_of(seen)
        seen = seen.__cause__ or seen.__context__
    return {"number": "", "problem": text[:300], "status": status}


def status_of(error):
    answer = getattr(error, "response", None)
    if isinstance(answer, dict):  # of botocore
        return int((answer.get("ResponseMetadata") or {}).get("HTTPStatusCode") or 0)
    for name in ("smtp_code", "status_code"):
        if isinstance(getattr(error, name, None), int):
            return getattr(error, name)
    return 0
