from django.db import transaction
from django.shortcuts import get_object_or_404
from rest_framework import status
from rest_framework.decorators import api_view, parser_classes, permission_classes
from rest_framework.parsers import FormParser, MultiPartParser
from rest_framework.permissions import IsAuthenticated
from rest_framework.response import Response

from . import payments
from .models import Order, OrderLine
from .serializers import OrderSerializer, ResourceSerializer

MAX_UPLOAD = 10 * 1024 * 1024


@api_view(['POST'])
@permission_classes([IsAuthenticated])
def create_order(request):
    items = list(request.user.cart_items.select_related('package', 'campaign'))
    if not items:
        return Response({'error': 'Your cart is empty'}, status=status.HTTP_400_BAD_REQUEST)
    with transaction.atomic():
        order = Order.objects.create(user=request.user, total=sum(item.subtotal for item in items))
        OrderLine.objects.bulk_create(
            OrderLine(order=order, name=item.product.name, price=item.product.price, quantity=item.quantity)
            for item in items
        )
        request.user.cart_items.all().delete()
    order.razorpay_order_id = payments.open_payment(order)
    order.save(update_fields=['razorpay_order_id'])
    return Response(OrderSerializer(order).data, status=status.HTTP_201_CREATED)


@api_view(['GET'])
@permission_classes([IsAuthenticated])
def my_orders(request):
    return Response(OrderSerializer(request.user.orders.order_by('-created_at'), many=True).data)


@api_view(['GET'])
@permission_classes([IsAuthenticated])
def order_detail(request, pk):
    return Response(OrderSerializer(get_object_or_404(Order, pk=pk, user=request.user)).data)


@api_view(['POST'])
@permission_classes([IsAuthenticated])
def verify_payment(request, pk):
    order = get_object_or_404(Order, pk=pk, user=request.user)
    payment_id = str(request.data.get('razorpay_payment_id', ''))
    if not payments.signature_holds(
        order.razorpay_order_id, payment_id, str(request.data.get('razorpay_signature', ''))
    ):
        return Response({'error': 'The payment could not be verified'}, status=status.HTTP_400_BAD_REQUEST)
    order.razorpay_payment_id, order.state = payment_id, Order.PAID
    order.save(update_fields=['razorpay_payment_id', 'state'])
    return Response(OrderSerializer(order).data)


@api_view(['POST'])
@permission_classes([IsAuthenticated])
@parser_classes([MultiPartParser, FormParser])
def upload_resource(request, pk):
    order = get_object_or_404(Order, pk=pk, user=request.user)
    file = request.FILES.get('file')
    if file is None or file.size > MAX_UPLOAD:
        return Response({'error': 'Send one file of at most 10 MB'}, status=status.HTTP_400_BAD_REQUEST)
    resource = order.resources.create(file=file)
    return Response(ResourceSerializer(resource).data, status=status.HTTP_201_CREATED)
