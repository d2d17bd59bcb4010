from django.db import transaction
from rest_framework import serializers

from .models import CartItem, Order, OrderLine, new_number


class CartItemSerializer(serializers.ModelSerializer):
    name = serializers.CharField(source="product.name", read_only=True)
    subtotal = serializers.DecimalField(max_digits=10, decimal_places=2, read_only=True)
    quantity = serializers.IntegerField(min_value=1, max_value=99, default=1)

    class Meta:
        model = CartItem
        fields = ["id", "product", "name", "quantity", "subtotal"]


class OrderLineSerializer(serializers.ModelSerializer):
    name = serializers.CharField(source="product.name", read_only=True)

    class Meta:
        model = OrderLine
        fields = ["product", "name", "quantity", "price"]


class OrderSerializer(serializers.ModelSerializer):
    lines = OrderLineSerializer(many=True, read_only=True)

    class Meta:
        model = Order
        fields = ["id", "number", "address", "note", "status", "total", "lines", "created"]
        read_only_fields = ["number", "status", "total"]

    def validate_address(self, address):
        if address.owner != self.context["request"].user:
            raise serializers.ValidationError("This is not one of your addresses.")
        return address

    def validate(self, attrs):
        if not self.context["request"].user.cart_items.exists():
            raise serializers.ValidationError("Your cart is empty.")
        return attrs

    @transaction.atomic
    def create(self, validated_data):
        user = self.context["request"].user
        order = Order.objects.create(owner=user, number=new_number(), **validated_data)
        for item in user.cart_items.select_related("product"):
            order.lines.create(product=item.product, quantity=item.quantity, price=item.product.price)
            order.total += item.subtotal
        order.save()
        user.cart_items.all().delete()
        return order
