from django.db import models


class Package(models.Model):
    """What a candidate buys as a whole: posters, calls, a website."""

    name = models.CharField(max_length=120)
    description = models.TextField(blank=True)
    price = models.DecimalField(max_digits=10, decimal_places=2)
    image = models.ImageField(upload_to='packages/', blank=True)
    is_active = models.BooleanField(default=True)

    def __str__(self):
        return self.name


class Campaign(models.Model):
    """A single service, sold by the unit."""

    name = models.CharField(max_length=120)
    description = models.TextField(blank=True)
    unit = models.CharField(max_length=30, default='piece')
    price = models.DecimalField(max_digits=10, decimal_places=2)
    is_active = models.BooleanField(default=True)

    def __str__(self):
        return self.name
