import secrets

from django.conf import settings
from django.db import models

from accounts.models import Address
from catalogue.models import Product


class CartItem(models.Model):
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="cart_items")
    product = models.ForeignKey(Product, on_delete=models.CASCADE)
    quantity = models.PositiveIntegerField(default=1)

    class Meta:
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(fields=["owner", "product"], name="one_row_per_product")]

    @property
    def subtotal(self):
        return self.product.price * self.quantity


def new_number():
    return secrets.token_hex(6).upper()


class Order(models.Model):
    PLACED, CANCELLED = "placed", "cancelled"

    number = models.CharField(max_length=12, unique=True, editable=False)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="orders")
    address = models.ForeignKey(Address, on_delete=models.PROTECT)
    note = models.CharField(max_length=200, blank=True)
    status = models.CharField(max_length=10, default=PLACED, choices=[(PLACED, "Placed"), (CANCELLED, "Cancelled")])
    total = models.DecimalField(max_digits=10, decimal_places=2, default=0)
    created = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-created", "-pk"]

    def __str__(self):
        return self.number


class OrderLine(models.Model):
    order = models.ForeignKey(Order, on_delete=models.CASCADE, related_name="lines")
    product = models.ForeignKey(Product, on_delete=models.PROTECT)
    quantity = models.PositiveIntegerField()
    price = models.DecimalField(max_digits=8, decimal_places=2)
