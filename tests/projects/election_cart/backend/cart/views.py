from django.shortcuts import get_object_or_404
from rest_framework import status
from rest_framework.decorators import api_view, permission_classes
from rest_framework.permissions import IsAuthenticated
from rest_framework.response import Response

from .models import CartItem
from .serializers import AddSerializer, CartItemSerializer, QuantitySerializer


@api_view(['GET'])
@permission_classes([IsAuthenticated])
def view_cart(request):
    items = request.user.cart_items.select_related('package', 'campaign')
    return Response({
        'items': CartItemSerializer(items, many=True).data,
        'total': str(sum(item.subtotal for item in items)),
    })


@api_view(['POST'])
@permission_classes([IsAuthenticated])
def add_to_cart(request):
    serializer = AddSerializer(data=request.data)
    serializer.is_valid(raise_exception=True)
    wanted = dict(serializer.validated_data)
    quantity = wanted.pop('quantity')
    item, created = CartItem.objects.get_or_create(user=request.user, **wanted, defaults={'quantity': quantity})
    if not created:
        item.quantity += quantity
        item.save(update_fields=['quantity'])
    return Response(CartItemSerializer(item).data, status=status.HTTP_201_CREATED)


@api_view(['PATCH', 'DELETE'])
@permission_classes([IsAuthenticated])
def cart_item(request, pk):
    item = get_object_or_404(CartItem, pk=pk, user=request.user)
    if request.method == 'DELETE':
        item.delete()
        return Response(status=status.HTTP_204_NO_CONTENT)
    serializer = QuantitySerializer(item, data=request.data)
    serializer.is_valid(raise_exception=True)
    serializer.save()
    return Response(CartItemSerializer(item).data)
