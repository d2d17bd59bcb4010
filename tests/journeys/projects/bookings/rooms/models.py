import secrets

from django.conf import settings
from django.db import models
from django.urls import reverse


class Room(models.Model):
    name = models.CharField(max_length=60, unique=True)
    equipment = models.TextField(blank=True)
    hourly_rate = models.DecimalField(max_digits=6, decimal_places=2)

    class Meta:
        ordering = ["name"]

    def __str__(self):
        return self.name

    def get_absolute_url(self):
        return reverse("room", args=[self.pk])


def new_number():
    return secrets.token_hex(5)


class Booking(models.Model):
    number = models.CharField(max_length=10, unique=True, default=new_number, editable=False)
    member = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="bookings")
    room = models.ForeignKey(Room, on_delete=models.PROTECT, related_name="bookings")
    date = models.DateField()
    start = models.TimeField()
    end = models.TimeField()
    people = models.PositiveSmallIntegerField(default=1)
    comment = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering = ["date", "start", "pk"]

    def __str__(self):
        return f"{self.room} on {self.date} at {self.start:%H:%M}"

    def get_absolute_url(self):
        return reverse("booking", args=[self.pk])
