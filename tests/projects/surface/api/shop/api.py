from django.contrib.auth import get_user_model
from rest_framework import serializers, viewsets, generics, permissions, status
from rest_framework.decorators import action, api_view, permission_classes, parser_classes
from rest_framework.parsers import MultiPartParser, FormParser
from rest_framework.response import Response
from rest_framework.views import APIView
from .models import *

User = get_user_model()


class RegisterSerializer(serializers.ModelSerializer):
    password = serializers.CharField(write_only=True, min_length=8, style={"input_type": "password"})

    class Meta:
        model = User
        fields = ["id", "username", "email", "password"]
        extra_kwargs = {"email": {"required": True}}

    def create(self, v):
        return User.objects.create_user(**v)


class ProductSerializer(serializers.ModelSerializer):
    category = serializers.SlugRelatedField(slug_field="slug", queryset=Category.objects.all())
    seller = serializers.HiddenField(default=serializers.CurrentUserDefault())

    class Meta:
        model = Product
        fields = ["id", "category", "seller", "name", "slug", "price", "stock", "size", "image", "created"]


class ProductListSerializer(serializers.ModelSerializer):
    class Meta:
        model = Product
        fields = ["id", "name"]


class LineSerializer(serializers.ModelSerializer):
    class Meta:
        model = OrderLine
        fields = ["product", "quantity"]


class OrderSerializer(serializers.ModelSerializer):
    lines = LineSerializer(many=True)
    tags = serializers.ListField(child=serializers.CharField(max_length=5), required=False)
    meta = serializers.DictField(required=False)
    gift_to = serializers.PrimaryKeyRelatedField(many=True, queryset=User.objects.all(), required=False)

    class Meta:
        model = Order
        fields = ["id", "address", "postcode", "lines", "tags", "meta", "gift_to"]


class RateSerializer(serializers.Serializer):
    rating = serializers.IntegerField(min_value=1, max_value=5)


class Mine(permissions.BasePermission):
    def has_permission(self, request, view):
        return bool(request.user and request.user.is_authenticated)


class Products(viewsets.ModelViewSet):
    queryset = Product.objects.all()
    lookup_field = "slug"

    def get_serializer_class(self):
        return ProductListSerializer if self.action == "list" else ProductSerializer

    def get_permissions(self):
        if self.action in ["list", "retrieve"]:
            return [permissions.AllowAny()]
        if self.action == "destroy":
            return [permissions.IsAdminUser()]
        return [Mine()]

    @action(detail=True, methods=["post"], serializer_class=RateSerializer)
    def rate(self, request, slug=None):
        s = self.get_serializer(data=request.data)
        s.is_valid(raise_exception=True)
        return Response({"ok": 1})

    @action(detail=True, methods=["post"], parser_classes=[MultiPartParser])
    def upload_image(self, request, slug=None):
        p = self.get_object()
        p.image = request.FILES["image"]
        p.save()
        return Response({"ok": 1})


class Orders(viewsets.ModelViewSet):
    serializer_class = OrderSerializer

    def get_queryset(self):
        return Order.objects.filter(customer__user=self.request.user)

    def perform_create(self, serializer):
        serializer.save(customer=self.request.user.profile)


class Register(generics.CreateAPIView):
    serializer_class = RegisterSerializer
    permission_classes = [permissions.AllowAny]


class Me(generics.RetrieveUpdateAPIView):
    serializer_class = RegisterSerializer

    def get_object(self):
        return self.request.user


class Cats(generics.ListCreateAPIView):
    queryset = Category.objects.all()
    serializer_class = type(
        "CatS", (serializers.ModelSerializer,), {"Meta": type("Meta", (), {"model": Category, "fields": "__all__"})}
    )
    permission_classes = [permissions.IsAuthenticatedOrReadOnly]


class CartAdd(APIView):
    def post(self, request, product_id):
        product = Product.objects.get(pk=product_id)
        qty = int(request.data.get("quantity", 1))
        OrderLine.objects.create(product=product, quantity=qty, order_id=request.data["order"])
        return Response({"id": 1}, status=201)

    def get(self, request, product_id):
        return Response(LineSerializer(OrderLine.objects.all(), many=True).data)


@api_view(["GET", "POST"])
@permission_classes([permissions.AllowAny])
def messages(request):
    if request.method == "GET":
        return Response([m.name for m in Message.objects.all()])
    s = MessageS(data=request.data)
    s.is_valid(raise_exception=True)
    s.save()
    return Response(s.data)


class MessageS(serializers.ModelSerializer):
    class Meta:
        model = Message
        fields = "__all__"


class BadS(serializers.ModelSerializer):
    class Meta:
        model = Message
        fields = ["nope"]


class Bad(generics.CreateAPIView):
    serializer_class = BadS


class Login(APIView):
    permission_classes = []
    authentication_classes = []

    def post(self, request):
        from django.contrib.auth import authenticate

        u = authenticate(username=request.data.get("username"), password=request.data.get("password"))
        return Response({"token": "x"})


class Quote(APIView):
    """What it takes is in the project's openapi.json alone."""

    permission_classes = []

    def post(self, request):
        return Response(vars(request))
