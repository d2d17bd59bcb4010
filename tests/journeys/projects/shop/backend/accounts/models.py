from django.conf import settings
from django.db import models


class Address(models.Model):
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="addresses")
    name = models.CharField(max_length=80)
    street = models.CharField(max_length=120)
    postcode = models.CharField(max_length=12)
    city = models.CharField(max_length=80)
    country = models.CharField(max_length=2, choices=[("DE", "Germany"), ("FR", "France"), ("IN", "India"), ("PL", "Poland")])

    class Meta:
        ordering = ["pk"]
        verbose_name_plural = "addresses"

    def __str__(self):
        return f"{self.name}, {self.city}"
