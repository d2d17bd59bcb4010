import secrets

from django.db import models


class Message(models.Model):
    name = models.CharField(max_length=80)
    email = models.EmailField()
    subject = models.CharField(max_length=120)
    text = models.TextField()
    received = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-received", "-pk"]

    def __str__(self):
        return self.subject


def new_key():
    return secrets.token_urlsafe(16)


class Subscriber(models.Model):
    email = models.EmailField(unique=True)
    key = models.CharField(max_length=40, unique=True, default=new_key, editable=False)
    confirmed = models.BooleanField(default=False)
    since = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["email"]

    def __str__(self):
        return self.email


class Application(models.Model):
    POSITIONS = [("design", "Designer"), ("code", "Developer"), ("office", "Office")]

    name = models.CharField(max_length=80)
    email = models.EmailField()
    position = models.CharField(max_length=10, choices=POSITIONS)
    cv = models.FileField("CV", upload_to="applications/")
    letter = models.TextField(blank=True)
    received = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-received", "-pk"]

    def __str__(self):
        return f"{self.name} as {self.get_position_display()}"
