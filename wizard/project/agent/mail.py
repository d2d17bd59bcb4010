"""Lead all mail of this process to a mailbox on loopback, whatever e-mail backend the settings name.

The settings keep their values. Mail from `django.core.mail`, from a queue in the database and from `smtplib` arrives.
Without a mailbox, mail through `django.core.mail` is discarded.
"""

import functools

from .imports import when_imported

SECONDS = 10
"""The time limit for handing over a mail."""


class Delivery:
    """Hands mail over to the mailbox at the port *port* of loopback; 0 discards it."""

    def __init__(self, port):
        self.port, self.connect = port, None
        """The function of `smtplib` that opened a socket before it was replaced."""

    def install(self):
        when_imported("django.core.mail.message", self.attach_to_messages)
        when_imported("django.core.mail", self.attach_to_connections)
        when_imported("post_office.models", self.attach_to_post_office)
        when_imported("mailer.models", self.attach_to_mailer)
        if self.port:
            when_imported("smtplib", self.attach_to_smtplib)
            when_imported("aiosmtplib", self.attach_to_aiosmtplib)

    # ---- django.core.mail

    def attach_to_messages(self, module):
        """Deliver each message that is sent, also one with a connection of its own."""
        delivery = self

        def send(message, *arguments, **options):
            if not message.recipients():
                return 0
            return delivery.send([message], bool(options.get("fail_silently") or (arguments and arguments[0])))

        functools.update_wrapper(send, module.EmailMessage.send)
        module.EmailMessage.send = send

    def attach_to_connections(self, module):
        """Replace the connections that `get_connection` and Django's mailers return."""
        real, delivery = module.get_connection, self

        @functools.wraps(real)
        def get_connection(backend=None, fail_silently=False, **options):
            return connection_class(delivery)(fail_silently)

        module.get_connection = get_connection
        mailers = type(getattr(module, "mailers", None))
        create = getattr(mailers, "create_connection", None)

        def create_connection(handler, alias, *arguments, **options):
            if handler._is_configured and alias not in handler.settings:
                return create(handler, alias, *arguments, **options)  # raises
            return connection_class(delivery)()

        if create:
            mailers.create_connection = create_connection

    def send(self, messages, fail_silently=False):
        """Deliver *messages*. Returns how many had recipients."""
        messages = [message for message in messages or () if message.recipients()]
        if not self.port or not messages:
            return len(messages)
        from inspect import signature

        from django.core.mail.backends.base import BaseEmailBackend
        from django.core.mail.backends.smtp import EmailBackend

        own = {"host": "127.0.0.1", "port": self.port, "timeout": SECONDS, "fail_silently": fail_silently}
        if "alias" in signature(BaseEmailBackend.__init__).parameters:  # since Django 6.1
            own["alias"] = "golive"
        backend = EmailBackend(username="", password="", use_tls=False, use_ssl=False, **own)
        return backend.send_messages(messages)

    # ---- queues in the database

    def attach_to_post_office(self, module):
        """Deliver what django-post-office queues: no command empties its queue here."""
        self.attach_to_rows(
            module.Email, lambda row: row.status == module.STATUS.queued, lambda row: row.email_message()
        )

    def attach_to_mailer(self, module):
        self.attach_to_rows(module.Message, lambda row: True, lambda row: row.email)

    def attach_to_rows(self, model, is_new, message_of):
        from django.db.models.signals import post_save

        delivery = self

        def saved(sender, instance, created=False, **_):
            if created and is_new(instance):
                try:
                    message = message_of(instance)
                    if message is not None:
                        delivery.send([message], True)
                except Exception:
                    pass  # the row stays in the queue, as without this function

        post_save.connect(saved, sender=model, weak=False)

    # ---- SMTP

    def attach_to_smtplib(self, module):
        """Let each client of `smtplib` speak to the mailbox, without TLS and with any login."""
        delivery, real = self, module.SMTP._get_socket

        def _get_socket(client, host, port, timeout):
            return real(client, "127.0.0.1", delivery.port, timeout)

        def starttls(client, *arguments, **options):
            client.ehlo_or_helo_if_needed()
            return (220, b"Ready to start TLS")

        def login(client, user, password, **options):
            client.ehlo_or_helo_if_needed()
            return (235, b"Authentication successful")

        def has_extn(client, name, real=module.SMTP.has_extn):
            return name.lower() in ("starttls", "auth") or real(client, name)

        for kind in (module.SMTP, getattr(module, "SMTP_SSL", module.SMTP)):
            kind._get_socket = _get_socket
        module.SMTP.starttls, module.SMTP.login, module.SMTP.has_extn = starttls, login, has_extn

    def attach_to_aiosmtplib(self, module):
        delivery, real = self, module.SMTP.__init__

        @functools.wraps(real)
        def made(client, *arguments, **options):
            kept = {name: options[name] for name in ("timeout", "local_hostname", "source_address") if name in options}
            real(client, hostname="127.0.0.1", port=delivery.port, use_tls=False, start_tls=False, **kept)

        async def answer(client, *arguments, **options):
            return module.response.SMTPResponse(235, "Authentication successful")

        module.SMTP.__init__ = made
        module.SMTP.login = module.SMTP.starttls = answer


def connection_class(delivery):
    """The class of an e-mail backend that delivers with *delivery*."""
    from django.core.mail.backends.base import BaseEmailBackend

    class Connection(BaseEmailBackend):
        alias = None

        def __init__(self, silent=False):
            self.silent = silent

        def send_messages(self, email_messages):
            return delivery.send(email_messages, self.silent)

    return Connection
