"""Faults of the shop: an API of Django REST framework with SimpleJWT, a cart, orders, addresses and reviews."""

from tests.faults.fault import append, every, replace
from tests.journeys.planted import Planted

ACCOUNTS, CATALOGUE, ORDERS = "backend/accounts/views.py", "backend/catalogue/views.py", "backend/orders/views.py"
ORDER, LOGIN = "backend/orders/serializers.py", "backend/accounts/urls.py"
SAVED = "        serializer.save(owner=self.request.user)\n"
MADE = "        item, created = CartItem.objects.get_or_create(\n"

FAULTS = [
    Planted("the total ignores the quantity", replace(ORDER, "item.subtotal", "item.product.price"), {"order"}, ["total"]),
    Planted(
        "the cart ignores the quantity",
        replace(ORDERS, 'defaults={"quantity": data["quantity"]}', 'defaults={"quantity": 1}'),
        {"cart-add", "cart-change", "cart-show"}, ["quantity", "cart"],
    ),
    Planted(
        "an order is saved twice",
        replace(ORDER, "        user.cart_items.all().delete()\n",
                "        user.cart_items.all().delete()\n"
                "        again = Order.objects.create(owner=user, number=new_number(), total=order.total, **validated_data)\n"
                "        for line in order.lines.all():\n"
                "            again.lines.create(product=line.product, quantity=line.quantity, price=line.price)\n"),
        {"order", "create"}, ["order"],
    ),
    Planted(
        "an order has no lines",
        replace(ORDER, "            order.lines.create(product=item.product, quantity=item.quantity, price=item.product.price)\n",
                ""),
        {"order", "create"}, ["order"],
    ),
    Planted(
        "orders of other visitors are shown",
        replace(ORDERS, "Order.objects.filter(owner=self.request.user).prefetch", "Order.objects.prefetch"),
        {"hole", "orders", "list"}, ["order"],
    ),
    Planted(
        "addresses of other visitors can be changed",
        replace(ACCOUNTS, "        return Address.objects.filter(owner=self.request.user)\n",
                "        addresses = Address.objects.all()\n"
                '        return addresses.filter(owner=self.request.user) if self.action == "list" else addresses\n'),
        {"hole"}, ["address"],
    ),
    Planted(
        "the list of addresses shows those of others",
        replace(ACCOUNTS, "        return Address.objects.filter(owner=self.request.user)\n",
                "        addresses = Address.objects.all()\n"
                '        return addresses if self.action == "list" else addresses.filter(owner=self.request.user)\n'),
        {"hole", "list"}, ["address"],
    ),
    Planted(
        "an address is not saved",
        replace(ACCOUNTS, SAVED, '        serializer.instance = Address(owner=self.request.user, **serializer.validated_data)\n'),
        {"create"}, ["address"],
    ),
    Planted(
        "an error while saving an address is answered with 200",
        replace(ACCOUNTS, "    def perform_create(self, serializer):\n" + SAVED, '''    def create(self, request, *args, **kwargs):
        serializer = self.get_serializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        try:
            serializer.save()
        except Exception as error:
            return Response({"error": str(error)})
        return Response(serializer.data, status=status.HTTP_201_CREATED)
'''),
        {"create"}, ["address"],
    ),
    Planted(
        "a change goes to the visitor's first address",
        append(ACCOUNTS, """
    def perform_update(self, serializer):
        serializer.instance = self.get_queryset().first()
        serializer.save()
"""),
        {"update"}, ["address"],
    ),
    Planted(
        "anonymous visitors create products",
        replace("backend/catalogue/permissions.py", "bool(request.user and request.user.is_staff)",
                'view.action == "create" or bool(request.user and request.user.is_staff)'),
        {"hole"}, ["product", "categor"],
    ),
    Planted(
        "the rating of a review is dropped",
        append("backend/catalogue/serializers.py", """
    def create(self, validated_data):
        validated_data.pop("rating", None)
        return super().create(validated_data)
"""),
        {"create"}, ["rating"],
    ),
    Planted(
        "a review can be changed by others",
        replace(CATALOGUE, "[IsAuthenticatedOrReadOnly, IsAuthorOrReadOnly]", "[IsAuthenticatedOrReadOnly]"),
        {"hole"}, ["review"],
    ),
    Planted(
        "removing from the cart removes nothing",
        replace(ORDERS, "        item.delete()\n", ""),
        {"cart-remove", "delete"}, ["cart"],
    ),
    Planted(
        "the log-out leaves the token",
        replace(ACCOUNTS, 'RefreshToken(request.data.get("refresh", "")).blacklist()',
                'RefreshToken(request.data.get("refresh", ""))'),
        {"logout"},
    ),
    Planted(
        "any password is accepted",
        every(
            replace(LOGIN, "TokenObtainPairView.as_view()", "views.LoginView.as_view()"),
            append(ACCOUNTS, '''

class LoginView(APIView):
    permission_classes = [AllowAny]

    def post(self, request):
        user = User.objects.filter(username=request.data.get("username"), is_active=True).first()
        if user is None or not request.data.get("password"):
            return Response({"detail": "Invalid credentials"}, status=status.HTTP_401_UNAUTHORIZED)
        token = RefreshToken.for_user(user)
        return Response({"refresh": str(token), "access": str(token.access_token)})
'''),
        ),
        {"login", "hole"}, ["password"],
    ),
    Planted(
        "a reset password is not saved",
        replace(ACCOUNTS, '        user.set_password(data["new_password"])\n        user.save()\n',
                '        user.set_password(data["new_password"])\n'),
        {"reset"},
    ),
    Planted(
        "the second visitor cannot order",
        replace(ORDER, "number=new_number(), **validated_data)\n        for",
                'number=f"M-{user.orders.count() + 1:06}", **validated_data)\n        for'),
        {"order", "create", "hole", "orders"}, ["order"],
    ),
    Planted(
        "an order's number is too long for PostgreSQL",
        replace("backend/orders/models.py", "secrets.token_hex(6)", "secrets.token_hex(16)"),
        {"order", "create"}, ["order"], postgres=True,
    ),
    Planted(
        "the newest product is on no page",
        replace(CATALOGUE, 'queryset = Product.objects.select_related("category")\n',
                'queryset = Product.objects.select_related("category")\n\n'
                "    def paginate_queryset(self, queryset):\n        return super().paginate_queryset(queryset[1:])\n"),
        {"list", "create"}, ["product"],
    ),
    Planted(
        "the search for products finds nothing",
        replace(CATALOGUE, 'search_fields = ["name", "description"]', 'search_fields = ["=description"]'),
        {"search"},
    ),
    Planted(
        "a cancelled order is not saved",
        replace(ORDERS, "        order.save()\n", ""),
        {"order", "update", "other"}, ["cancel"],
    ),
    Planted("an address belongs to the first user",
            replace(ACCOUNTS, SAVED, '        serializer.save(owner=User.objects.earliest("pk"))\n'),
            {"create", "hole", "list"}, ["address"]),
    Planted("an order is sent to an address of others",
            replace(ORDER, "if address.owner != self", "if not address.owner_id or False and address.owner != self"),
            {"hole"}, ["order", "address"]),
    Planted("orders are open to everybody",
            every(
                replace(ORDERS, "    serializer_class = OrderSerializer\n", "    serializer_class = OrderSerializer\n    permission_classes = []\n"),
                replace(ORDERS, "Order.objects.filter(owner=self.request.user).prefetch", "Order.objects.prefetch"),
            ),
            {"hole"}, ["order"]),
]  # fmt: skip
