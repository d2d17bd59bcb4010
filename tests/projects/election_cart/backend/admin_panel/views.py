from django.contrib.auth import get_user_model
from django.shortcuts import get_object_or_404
from rest_framework.decorators import api_view, permission_classes
from rest_framework.permissions import BasePermission
from rest_framework.response import Response

from orders.models import ChecklistItem, Order
from orders.serializers import ChecklistSerializer, OrderSerializer


class WorksHere(BasePermission):
    def has_permission(self, request, view):
        return request.user.is_authenticated and request.user.works_here


@api_view(['GET'])
@permission_classes([WorksHere])
def all_orders(request):
    return Response(OrderSerializer(Order.objects.order_by('-created_at'), many=True).data)


@api_view(['POST'])
@permission_classes([WorksHere])
def assign(request, pk):
    order = get_object_or_404(Order, pk=pk)
    order.assigned_to = get_object_or_404(get_user_model(), pk=request.data.get('staff'), role='staff')
    order.state = Order.IN_PROGRESS
    order.save(update_fields=['assigned_to', 'state'])
    return Response(OrderSerializer(order).data)


@api_view(['POST', 'PATCH'])
@permission_classes([WorksHere])
def checklist(request, pk):
    """POST adds an item to an order, PATCH updates an item."""
    if request.method == 'POST':
        item = get_object_or_404(Order, pk=pk).checklist.create(text=str(request.data.get('text', ''))[:200])
    else:
        item = get_object_or_404(ChecklistItem, pk=pk)
        item.done = bool(request.data.get('done'))
        item.save(update_fields=['done'])
    return Response(ChecklistSerializer(item).data)
