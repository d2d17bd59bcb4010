from django.db import models
from django.urls import reverse

from clients.models import Company


class Deal(models.Model):
    OPEN, WON, LOST = "open", "won", "lost"
    STAGES = [(OPEN, "Open"), (WON, "Won"), (LOST, "Lost")]

    company = models.ForeignKey(Company, on_delete=models.CASCADE, related_name="deals")
    title = models.CharField(max_length=120)
    amount = models.DecimalField(max_digits=10, decimal_places=2)
    stage = models.CharField(max_length=8, choices=STAGES, default=OPEN)
    expected = models.DateField(null=True, blank=True)
    created = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-created", "-pk"]

    def __str__(self):
        return self.title

    def get_absolute_url(self):
        return reverse("deal", args=[self.pk])
