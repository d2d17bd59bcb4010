from rest_framework import serializers

from products.models import Campaign, Package

from .models import CartItem


class CartItemSerializer(serializers.ModelSerializer):
    name = serializers.CharField(source='product.name')
    subtotal = serializers.DecimalField(max_digits=12, decimal_places=2)

    class Meta:
        model = CartItem
        fields = ['id', 'package', 'campaign', 'name', 'quantity', 'subtotal']


class QuantitySerializer(serializers.ModelSerializer):
    quantity = serializers.IntegerField(min_value=1, max_value=1000)

    class Meta:
        model = CartItem
        fields = ['quantity']


class AddSerializer(serializers.Serializer):
    package = serializers.PrimaryKeyRelatedField(queryset=Package.objects.filter(is_active=True), required=False)
    campaign = serializers.PrimaryKeyRelatedField(queryset=Campaign.objects.filter(is_active=True), required=False)
    quantity = serializers.IntegerField(min_value=1, max_value=1000, default=1)

    def validate(self, data):
        if bool(data.get('package')) == bool(data.get('campaign')):
            raise serializers.ValidationError('Name either a package or a campaign.')
        return data
