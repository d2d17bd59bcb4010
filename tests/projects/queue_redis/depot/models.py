from django.db import models


class Parcel(models.Model):
    recipient = models.CharField(max_length=80)
    labelled = models.BooleanField(default=False, editable=False)

    def __str__(self):
        return self.recipient


class DailyCount(models.Model):
    parcels = models.PositiveIntegerField()
