from django.contrib.auth import authenticate
from rest_framework import serializers, viewsets
from rest_framework.decorators import action
from rest_framework.response import Response
from rest_framework.views import APIView

from .models import Order


class OrderSerializer(serializers.ModelSerializer):
    class Meta:
        model = Order
        fields = ["id", "created"]


class OrderViewSet(viewsets.ReadOnlyModelViewSet):
    serializer_class = OrderSerializer
    queryset = Order.objects.all()


class SessionViewSet(viewsets.ViewSet):
    permission_classes = []

    @action(detail=False, methods=["post"])
    def login(self, request):
        user = authenticate(request, username=request.data.get("username"), password=request.data.get("password"))
        return Response(status=200 if user else 401)


class create_order(APIView):
    def post(self, request):
        order = Order.objects.create(owner=request.user)
        return Response({"id": order.pk}, status=201)
