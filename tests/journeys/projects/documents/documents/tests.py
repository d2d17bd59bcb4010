from django.contrib.auth import get_user_model
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client, TestCase

from .models import Document, Folder

User = get_user_model()
PASSWORD = "wide-open-meadow-71"


class Visitor:
    def __init__(self, token=""):
        self.headers = {"authorization": f"Bearer {token}"} if token else {}
        self.client = Client(raise_request_exception=False)

    def __getattr__(self, method):
        def send(path, data=None):
            kind = {} if method == "get" else {"content_type": "application/json"}
            return getattr(self.client, method)(f"/api{path}", data or {}, headers=self.headers, **kind)

        return send

    def upload(self, title="Żółty plik.pdf", content=b"%PDF-1.4 small", **more):
        data = {"title": title, "file": SimpleUploadedFile("plan.pdf", content, "application/pdf"), **more}
        return self.client.post("/api/documents", data, headers=self.headers)

    def download(self, number):
        answer = self.get(f"/documents/{number}/download")
        return b"".join(answer.streaming_content) if answer.status_code == 200 else answer.status_code


class DocstoreTests(TestCase):
    def setUp(self):
        self.nobody = Visitor()
        self.ada, self.bob = self.sign_up("ada"), self.sign_up("bob")
        self.assertEqual(self.ada.get("/documents").json(), [])

    def log_in(self, name, password=PASSWORD):
        answer = self.nobody.post("/login", {"username": name, "password": password})
        return Visitor(answer.json()["token"]) if answer.status_code == 200 else None

    def sign_up(self, name):
        data = {"username": name, "email": f"{name}@example.com", "password": PASSWORD}
        self.assertEqual(self.nobody.post("/signup", data).status_code, 201)
        self.assertIsNone(self.log_in(name, "something else"))
        return self.log_in(name)

    def test_accounts(self):
        self.assertEqual(self.ada.get("/me").json()["username"], "ada")
        self.assertEqual(self.bob.get("/me").json()["username"], "bob")
        self.assertEqual(self.ada.post("/logout").status_code, 204)
        self.assertEqual(self.ada.get("/me").status_code, 401)
        new = "narrow-winding-lane-38"
        answer = self.bob.post("/password", {"old_password": PASSWORD, "new_password": new})
        self.assertEqual(answer.status_code, 200)
        self.assertIsNone(self.log_in("bob"))
        self.assertIsNotNone(self.log_in("bob", new))
        self.assertEqual(self.bob.get("/admin/stats").status_code, 403)
        User.objects.filter(username="bob").update(is_staff=True)
        self.assertEqual(self.bob.get("/admin/stats").json()["users"], 2)

    def test_folders(self):
        data = {"name": "Steuer", "description": "Belege für das Jahr"}
        folder = self.ada.post("/folders", data).json()
        path = f"/folders/{folder['id']}"
        self.assertEqual([each["name"] for each in self.ada.get("/folders").json()], ["Inbox", "Steuer"])
        self.assertEqual([each["name"] for each in self.bob.get("/folders").json()], ["Inbox"])
        for answer in (self.bob.get(path), self.bob.put(path, data), self.bob.delete(path)):
            self.assertEqual(answer.status_code, 404)
        self.assertEqual(self.nobody.post("/folders", data).status_code, 401)
        self.ada.put(path, {"name": "Taxes", "description": "Bills"})
        changed = self.ada.get(path).json()
        self.assertEqual((changed["name"], changed["description"]), ("Taxes", "Bills"))
        self.assertEqual(self.ada.delete(path).status_code, 204)
        self.assertEqual(self.ada.get(path).status_code, 404)
        self.assertEqual(Folder.objects.count(), 2)

    def test_documents(self):
        large = bytes(range(256)) * 4096 * 5
        folder = Folder.objects.get(owner__username="ada").pk
        first, second = self.ada.upload(folder=folder).json(), self.ada.upload(content=large).json()
        self.assertEqual(first["folder_id"], folder)
        self.assertEqual(self.ada.download(first["id"]), b"%PDF-1.4 small")
        self.assertEqual(self.ada.download(second["id"]), large)
        path = f"/documents/{first['id']}"
        self.assertEqual(self.bob.download(first["id"]), 404)
        for answer in (self.bob.get(path), self.bob.patch(path, {"title": "Mine"}), self.bob.delete(path)):
            self.assertEqual(answer.status_code, 404)
        self.assertEqual(self.bob.get("/documents").json(), [])
        self.assertEqual(len(self.ada.get("/documents").json()), 2)
        self.assertEqual(self.nobody.upload().status_code, 401)
        self.assertEqual(len(self.ada.get("/documents/search?q=plik").json()), 2)
        self.ada.patch(path, {"title": "Blue"})
        self.assertEqual(self.ada.get(path).json()["title"], "Blue")
        self.assertEqual(self.ada.get(f"/documents/{second['id']}").json()["title"], "Żółty plik.pdf")
        self.assertEqual(self.ada.delete(path).status_code, 204)
        self.assertEqual(Document.objects.count(), 1)

    def test_notes(self):
        path = f"/documents/{self.ada.upload().json()['id']}/notes"
        text = "To be paid until Friday, by all means. " * 5
        self.assertEqual(self.ada.post(path, {"text": text}).status_code, 201)
        self.assertEqual([each["text"] for each in self.ada.get(path).json()], [text])
        self.assertEqual(self.bob.post(path, {"text": text}).status_code, 404)
        self.assertEqual(self.bob.get(path).status_code, 404)
