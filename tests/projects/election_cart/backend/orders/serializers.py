from rest_framework import serializers

from .models import ChecklistItem, Order, OrderLine, Resource


class LineSerializer(serializers.ModelSerializer):
    class Meta:
        model = OrderLine
        fields = ['name', 'price', 'quantity']


class ResourceSerializer(serializers.ModelSerializer):
    class Meta:
        model = Resource
        fields = ['id', 'file', 'uploaded_at']


class ChecklistSerializer(serializers.ModelSerializer):
    class Meta:
        model = ChecklistItem
        fields = ['id', 'text', 'done']


class OrderSerializer(serializers.ModelSerializer):
    lines = LineSerializer(many=True, read_only=True)
    resources = ResourceSerializer(many=True, read_only=True)
    checklist = ChecklistSerializer(many=True, read_only=True)

    class Meta:
        model = Order
        fields = [
            'id', 'state', 'total', 'razorpay_order_id', 'assigned_to', 'created_at', 'lines', 'resources', 'checklist',
        ]
