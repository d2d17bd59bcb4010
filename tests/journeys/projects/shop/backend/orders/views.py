from django.shortcuts import get_object_or_404
from rest_framework import mixins, status, viewsets
from rest_framework.decorators import action
from rest_framework.response import Response
from rest_framework.views import APIView

from .models import CartItem, Order
from .serializers import CartItemSerializer, OrderSerializer


class CartView(APIView):
    """The visitor's cart: show it, put something in, empty it."""

    def get(self, request):
        items = request.user.cart_items.select_related("product")
        total = sum(item.subtotal for item in items)
        return Response({"items": CartItemSerializer(items, many=True).data, "total": f"{total:.2f}"})

    def post(self, request):
        serializer = CartItemSerializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        data = serializer.validated_data
        item, created = CartItem.objects.get_or_create(
            owner=request.user, product=data["product"], defaults={"quantity": data["quantity"]}
        )
        if not created:
            item.quantity += data["quantity"]
            item.save()
        return Response(CartItemSerializer(item).data, status=status.HTTP_201_CREATED)

    def delete(self, request):
        request.user.cart_items.all().delete()
        return Response(status=status.HTTP_204_NO_CONTENT)


class CartItemView(APIView):
    serializer_class = CartItemSerializer

    def patch(self, request, pk):
        item = get_object_or_404(CartItem, pk=pk, owner=request.user)
        serializer = CartItemSerializer(item, data=request.data, partial=True)
        serializer.is_valid(raise_exception=True)
        serializer.save()
        return Response(serializer.data)

    def delete(self, request, pk):
        item = get_object_or_404(CartItem, pk=pk, owner=request.user)
        item.delete()
        return Response(status=status.HTTP_204_NO_CONTENT)


class OrderViewSet(
    mixins.CreateModelMixin, mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet
):
    serializer_class = OrderSerializer

    def get_queryset(self):
        return Order.objects.filter(owner=self.request.user).prefetch_related("lines__product")

    @action(detail=True, methods=["post"])
    def cancel(self, request, pk=None):
        order = self.get_object()
        order.status = Order.CANCELLED
        order.save()
        return Response(self.get_serializer(order).data)
