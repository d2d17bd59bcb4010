from drf_spectacular.utils import extend_schema, inline_serializer
from rest_framework import serializers
from rest_framework.response import Response
from rest_framework.views import APIView

from .calculation import price_of

QUOTE = inline_serializer(
    "QuoteRequest",
    {
        "weight": serializers.DecimalField(max_digits=5, decimal_places=2, min_value=1),
        "country": serializers.ChoiceField(["IN", "DE"]),
        "express": serializers.BooleanField(required=False),
    },
)


class Quote(APIView):
    """Only the schema tells what it takes: a function of another module reads it."""

    permission_classes = []

    @extend_schema(request=QUOTE, responses=inline_serializer("QuoteAnswer", {"price": serializers.CharField()}))
    def post(self, request):
        return Response({"price": price_of(self)})
