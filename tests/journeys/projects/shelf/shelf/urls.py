from books import api, shop, views
from django.conf import settings
from django.contrib import admin
from django.contrib.auth.views import LoginView, LogoutView
from django.urls import include, path, re_path
from django.views.static import serve
from rest_framework.authtoken.views import obtain_auth_token
from rest_framework.routers import DefaultRouter

router = DefaultRouter()
router.register("notes", api.NoteViewSet, basename="note")
router.register("messages", api.MessageViewSet, basename="message")

urlpatterns = [
    path("admin/", admin.site.urls),
    path("signup/", views.SignUp.as_view(), name="signup"),
    path("login/", LoginView.as_view(template_name="form.html"), name="login"),
    path("logout/", LogoutView.as_view(), name="logout"),
    path("books/", views.BookList.as_view(), name="book-list"),
    path("books/new/", views.BookCreate.as_view(), name="book-create"),
    path("books/<int:pk>/", views.BookDetail.as_view(), name="book-detail"),
    path("books/<int:pk>/edit/", views.BookUpdate.as_view(), name="book-update"),
    path("books/<int:pk>/delete/", views.BookDelete.as_view(), name="book-delete"),
    path("books/<int:book_id>/review/", views.review, name="review"),
    path("documents/", views.DocumentList.as_view(), name="document-list"),
    path("documents/upload/", views.DocumentCreate.as_view(), name="document-upload"),
    path("staff/reviews/", views.StaffReviews.as_view(), name="staff-reviews"),
    path("staff/reviews/<int:pk>/delete/", views.ReviewDelete.as_view(), name="staff-review-delete"),
    path("products/", shop.ProductList.as_view(), name="product-list"),
    path("products/<slug:slug>/", shop.ProductDetail.as_view(), name="product-detail"),
    path("cart/", shop.cart, name="cart"),
    path("cart/add/<int:product_id>/", shop.add, name="cart-add"),
    path("cart/update/<int:product_id>/", shop.change, name="cart-update"),
    path("cart/remove/<int:product_id>/", shop.remove, name="cart-remove"),
    path("checkout/", shop.Checkout.as_view(), name="checkout"),
    path("orders/", shop.OrderList.as_view(), name="order-list"),
    path("orders/<int:pk>/", shop.OrderDetail.as_view(), name="order-detail"),
    path("api/token/", obtain_auth_token),
    path("api/", include(router.urls)),
    re_path(r"^media/(?P<path>.*)$", serve, {"document_root": settings.MEDIA_ROOT}),
]
