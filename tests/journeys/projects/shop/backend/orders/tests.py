import re

from django.contrib.auth import get_user_model
from django.core import mail
from rest_framework.test import APIClient, APITestCase

from catalogue.models import Category, Product

User = get_user_model()
PASSWORD = "wide-open-meadow-71"
ADDRESS = {"name": "Łucja Żak", "street": "Długa 5", "postcode": "00-263", "city": "Łódź", "country": "PL"}


class ShopTests(APITestCase):
    def setUp(self):
        for path in ("products", "categories", "reviews"):
            self.assertEqual(APIClient().get(f"/api/{path}/").status_code, 200)
        self.ada, self.bob = self.visitor("ada"), self.visitor("bob")
        tea = Category.objects.create(name="Tea", slug="tea")
        self.oolong = Product.objects.create(category=tea, name="Oolong", price="7.50", stock=9)
        self.puer = Product.objects.create(category=tea, name="Pu'er", price="3.00", stock=9)

    def visitor(self, name):
        client = APIClient()
        data = {"username": name, "email": f"{name}@example.com", "password": PASSWORD}
        self.assertEqual(client.post("/api/auth/register/", data).status_code, 201)
        self.assertEqual(self.tokens(name, "wrong-password").status_code, 401)
        client.tokens = self.tokens(name).data
        client.credentials(HTTP_AUTHORIZATION=f"Bearer {client.tokens['access']}")
        return client

    def tokens(self, name, password=PASSWORD):
        return APIClient().post("/api/auth/token/", {"username": name, "password": password})

    def address(self, client):
        answer = client.post("/api/addresses/", ADDRESS)
        self.assertEqual(answer.status_code, 201)
        return answer.data["id"]

    def order(self, client):
        address = self.address(client)
        client.post("/api/cart/", {"product": self.oolong.pk, "quantity": 2})
        client.post("/api/cart/", {"product": self.puer.pk, "quantity": 1})
        return client.post("/api/orders/", {"address": address, "note": "Ring twice"})

    def test_log_out(self):
        tokens = self.ada.tokens
        self.assertEqual(self.ada.post("/api/auth/logout/", {"refresh": tokens["refresh"]}).status_code, 205)
        refreshed = APIClient().post("/api/auth/token/refresh/", {"refresh": tokens["refresh"]})
        self.assertEqual(refreshed.status_code, 401)

    def test_password_reset(self):
        APIClient().post("/api/auth/password/reset/", {"email": "ada@example.com"})
        uid, token = re.search(r"uid=(\S+)&token=(\S+)", mail.outbox[0].body).groups()
        new = "narrow-winding-lane-38"
        data = {"uid": uid, "token": token, "new_password": new}
        self.assertEqual(APIClient().post("/api/auth/password/reset/confirm/", data).status_code, 200)
        self.assertEqual((self.tokens("ada").status_code, self.tokens("ada", new).status_code), (401, 200))
        self.assertEqual(APIClient().post("/api/auth/password/reset/confirm/", data).status_code, 400)

    def test_addresses(self):
        self.address(self.ada)
        address = self.address(self.ada)
        path = f"/api/addresses/{address}/"
        self.assertEqual(self.bob.get("/api/addresses/").data["count"], 0)
        self.assertEqual(self.ada.get("/api/addresses/").data["count"], 2)
        for method in ("get", "patch", "delete"):
            self.assertEqual(getattr(self.bob, method)(path).status_code, 404)
        self.ada.patch(path, {"city": "Kraków"})
        self.assertEqual(self.ada.get(path).data, {"id": address, **ADDRESS, "city": "Kraków"})
        self.assertEqual(APIClient().post("/api/addresses/", ADDRESS).status_code, 401)
        self.assertEqual(self.ada.delete(path).status_code, 204)
        self.assertEqual(self.ada.get(path).status_code, 404)

    def test_products_are_made_by_staff(self):
        data = {"category": self.oolong.category_id, "name": "Sencha", "price": "4.20", "stock": 3, "description": "Grün"}
        self.assertEqual(APIClient().post("/api/products/", data).status_code, 401)
        self.assertEqual(self.ada.post("/api/products/", data).status_code, 403)
        User.objects.filter(username="ada").update(is_staff=True)
        self.assertEqual(self.ada.post("/api/products/", data).status_code, 201)
        self.assertEqual(self.bob.get("/api/products/").data["results"][0]["name"], "Sencha")
        self.assertEqual(self.bob.get("/api/products/?search=senCH").data["count"], 1)

    def test_reviews(self):
        data = {"product": self.oolong.pk, "rating": 2, "text": "Too bitter"}
        review = self.ada.post("/api/reviews/", data).data
        self.assertEqual((review["rating"], review["author"]), (2, "ada"))
        self.assertEqual(self.bob.get(f"/api/reviews/{review['id']}/").data["rating"], 2)
        self.assertEqual(APIClient().post("/api/reviews/", data).status_code, 401)
        self.assertEqual(self.bob.patch(f"/api/reviews/{review['id']}/", {"text": "Fine"}).status_code, 403)
        self.assertEqual(self.bob.delete(f"/api/reviews/{review['id']}/").status_code, 403)

    def test_cart(self):
        item = self.ada.post("/api/cart/", {"product": self.oolong.pk, "quantity": 3}).data
        self.assertEqual(self.ada.get("/api/cart/").data["total"], "22.50")
        path = f"/api/cart/items/{item['id']}/"
        self.assertEqual(self.bob.patch(path, {"quantity": 5}).status_code, 404)
        self.ada.patch(path, {"quantity": 5})
        self.assertEqual(self.ada.get("/api/cart/").data["total"], "37.50")
        self.assertEqual(self.ada.delete(path).status_code, 204)
        self.assertEqual(self.ada.get("/api/cart/").data["items"], [])

    def test_orders(self):
        for client, other in ((self.ada, self.bob), (self.bob, self.ada)):
            client.post("/api/cart/", {"product": self.oolong.pk, "quantity": 1})
            self.assertEqual(client.post("/api/orders/", {"address": self.address(other)}).status_code, 400)
            client.delete("/api/cart/")
            order = self.order(client)
            self.assertEqual(order.status_code, 201)
            self.assertEqual((order.data["total"], len(order.data["lines"])), ("18.00", 2))
            path = f"/api/orders/{order.data['id']}/"
            self.assertEqual(client.get(path).data["total"], "18.00")
            self.assertEqual(client.get(path).data["note"], "Ring twice")
            self.assertEqual(client.get("/api/orders/").data["count"], 1)
            self.assertEqual(other.get(path).status_code, 404)
            self.assertEqual(other.post(path + "cancel/").status_code, 404)
            self.assertEqual(client.get("/api/cart/").data["items"], [])
            client.post(path + "cancel/")
            self.assertEqual(client.get(path).data["status"], "cancelled")
