from django.conf import settings
from django.db import models


class CartItem(models.Model):
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name='cart_items')
    package = models.ForeignKey('products.Package', null=True, blank=True, on_delete=models.CASCADE)
    campaign = models.ForeignKey('products.Campaign', null=True, blank=True, on_delete=models.CASCADE)
    quantity = models.PositiveIntegerField(default=1)
    added_at = models.DateTimeField(auto_now_add=True)

    @property
    def product(self):
        return self.package or self.campaign

    @property
    def subtotal(self):
        return self.product.price * self.quantity
