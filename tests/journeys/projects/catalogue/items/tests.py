from django.contrib.auth import get_user_model
from django.test import Client, TestCase

from .models import Category, Item

User = get_user_model()
PASSWORD = "wide-open-meadow-71"
CREATE = "mutation($input: ItemInput!) { createItem(input: $input) { item { id name price description } } }"
UPDATE = "mutation($id: ID!, $input: ItemInput!) { updateItem(id: $id, input: $input) { item { id } } }"
DELETE = "mutation($id: ID!) { deleteItem(id: $id) { ok } }"
LOGIN = "mutation($u: String!, $p: String!) { login(username: $u, password: $p) { token } }"
SIGN_UP = "mutation($u: String!, $e: String!, $p: String!) { signUp(username: $u, email: $e, password: $p) { user { id } } }"


class Visitor:
    def __init__(self, token=""):
        self.headers = {"authorization": f"JWT {token}"} if token else {}

    def ask(self, query, **variables):
        data = {"query": query, "variables": variables}
        answer = Client().post("/graphql/", data, content_type="application/json", headers=self.headers).json()
        return None if answer.get("errors") else answer["data"]


class CatalogueTests(TestCase):
    def setUp(self):
        self.nobody = Visitor()
        self.assertEqual(self.nobody.ask("{ items { id } categories { id } }"), {"items": [], "categories": []})
        self.ada, self.bob = self.sign_up("ada"), self.sign_up("bob")
        self.tools = Category.objects.create(name="Tools")
        self.data = {"name": "Šroubovák", "price": "12.50", "description": "Long and thin. " * 9, "categoryId": self.tools.pk}

    def log_in(self, name, password=PASSWORD):
        answer = self.nobody.ask(LOGIN, u=name, p=password)
        return Visitor(answer["login"]["token"]) if answer else None

    def sign_up(self, name):
        self.assertIsNotNone(self.nobody.ask(SIGN_UP, u=name, e=f"{name}@example.com", p=PASSWORD))
        self.assertIsNone(self.log_in(name, "wrong"))
        return self.log_in(name)

    def create(self, visitor, **more):
        return visitor.ask(CREATE, input={**self.data, **more})["createItem"]["item"]["id"]

    def test_accounts(self):
        self.assertEqual(self.ada.ask("{ me { username } }"), {"me": {"username": "ada"}})
        change = "mutation($o: String!, $n: String!) { changePassword(oldPassword: $o, newPassword: $n) { ok } }"
        self.assertIsNotNone(self.ada.ask(change, o=PASSWORD, n="narrow-winding-lane-38"))
        self.assertIsNone(self.log_in("ada"))
        self.assertIsNotNone(self.log_in("ada", "narrow-winding-lane-38"))
        self.assertIsNone(self.bob.ask("{ users { username } }"))

    def test_items(self):
        first, other = self.create(self.ada, name="First"), self.create(self.bob)
        item = self.create(self.ada)
        found = self.nobody.ask("query($id: ID!) { item(id: $id) { name price description category { name } } }", id=item)
        self.assertEqual(found["item"], {"name": "Šroubovák", "price": "12.50", "description": self.data["description"],
                                         "category": {"name": "Tools"}})
        self.assertEqual(self.nobody.ask("{ items { id } }")["items"][0]["id"], item)
        self.assertEqual([each["id"] for each in self.ada.ask("{ myItems { id } }")["myItems"]], [item, first])
        self.assertEqual(len(self.nobody.ask('{ items(search: "oubov") { id } }')["items"]), 2)
        self.assertIsNone(self.nobody.ask(CREATE, input=self.data))
        for visitor in (self.nobody, self.bob):
            self.assertIsNone(visitor.ask(UPDATE, id=item, input=self.data))
            self.assertIsNone(visitor.ask(DELETE, id=item))
        self.ada.ask(UPDATE, id=item, input={"name": "Kladivo", "price": "3"})
        self.assertEqual(Item.objects.get(pk=item).name, "Kladivo")
        self.assertEqual(Item.objects.get(pk=first).name, "First")
        self.assertEqual(self.ada.ask(DELETE, id=item), {"deleteItem": {"ok": True}})
        self.assertEqual({str(each.pk) for each in Item.objects.all()}, {first, other})

    def test_favourites(self):
        item, mine = self.create(self.ada), "{ myFavourites { item { id } } }"
        add = "mutation($id: ID!) { addFavourite(itemId: $id) { favourite { id } } }"
        self.assertIsNone(self.nobody.ask(add, id=item))
        self.assertIsNotNone(self.bob.ask(add, id=item))
        self.assertEqual(self.bob.ask(mine), {"myFavourites": [{"item": {"id": item}}]})
        self.assertEqual(self.ada.ask(mine), {"myFavourites": []})
        self.bob.ask("mutation($id: ID!) { removeFavourite(itemId: $id) { ok } }", id=item)
        self.assertEqual(self.bob.ask(mine), {"myFavourites": []})

    def test_categories_are_made_by_staff(self):
        create = 'mutation { createCategory(name: "Ropes") { category { id } } }'
        self.assertIsNone(self.ada.ask(create))
        User.objects.filter(username="ada").update(is_staff=True)
        self.assertIsNotNone(self.ada.ask(create))
        self.assertEqual(Category.objects.count(), 2)
