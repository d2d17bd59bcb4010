from django.conf import settings
from django.db import models


class Order(models.Model):
    PENDING, PAID, IN_PROGRESS, DONE = 'pending', 'paid', 'in_progress', 'done'
    STATES = [(s, s.replace('_', ' ').title()) for s in (PENDING, PAID, IN_PROGRESS, DONE)]

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name='orders')
    total = models.DecimalField(max_digits=12, decimal_places=2)
    state = models.CharField(max_length=12, choices=STATES, default=PENDING)
    razorpay_order_id = models.CharField(max_length=64, blank=True)
    razorpay_payment_id = models.CharField(max_length=64, blank=True)
    assigned_to = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name='assignments'
    )
    created_at = models.DateTimeField(auto_now_add=True)


class OrderLine(models.Model):
    order = models.ForeignKey(Order, on_delete=models.CASCADE, related_name='lines')
    name = models.CharField(max_length=120)
    price = models.DecimalField(max_digits=10, decimal_places=2)
    quantity = models.PositiveIntegerField()


class Resource(models.Model):
    """What the customer hands in for the work: photos, a manifesto."""

    order = models.ForeignKey(Order, on_delete=models.CASCADE, related_name='resources')
    file = models.FileField(upload_to='resources/')
    uploaded_at = models.DateTimeField(auto_now_add=True)


class ChecklistItem(models.Model):
    order = models.ForeignKey(Order, on_delete=models.CASCADE, related_name='checklist')
    text = models.CharField(max_length=200)
    done = models.BooleanField(default=False)
