import io
import re

from django.contrib.auth import get_user_model
from django.core import mail
from django.core.cache import cache
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client, TestCase
from PIL import Image

from .models import Comment, Post, Tag

User = get_user_model()
PASSWORD = "wide-open-meadow-71"


def picture():
    content = io.BytesIO()
    Image.new("RGB", (8, 8), "teal").save(content, "PNG")
    return content.getvalue()


class AccountTests(TestCase):
    def setUp(self):
        cache.clear()  # allauth limits how often it writes to one address

    def sign_up(self):
        data = {"email": "ada@example.com", "username": "ada", "password1": PASSWORD, "password2": PASSWORD}
        return self.client.post("/accounts/signup/", data)

    def log_in(self, password=PASSWORD):
        return self.client.post("/accounts/login/", {"login": "ada", "password": password}, follow=True)

    def link(self):
        return re.search(r"https?://testserver(/\S+)", mail.outbox[-1].body).group(1)

    def confirm(self):
        self.sign_up()
        self.assertEqual(self.client.post(self.link()).status_code, 302)
        self.client.post("/accounts/logout/")

    def test_sign_up_needs_a_confirmed_address(self):
        self.assertEqual(self.sign_up().status_code, 302)
        self.assertNotContains(self.log_in(), "Your drafts")
        self.assertContains(self.client.get(self.link()), "form")
        self.client.post(self.link())
        self.assertContains(self.log_in(), "Drafts of ada")

    def test_log_in_and_out(self):
        self.confirm()
        self.assertNotContains(self.log_in("wrong-password"), "Drafts of ada")
        self.assertContains(self.log_in(), "Drafts of ada")
        self.client.post("/accounts/logout/")
        self.assertNotContains(self.client.get("/"), "Drafts of ada")

    def test_password_reset(self):
        self.confirm()
        self.client.post("/accounts/password/reset/", {"email": "ada@example.com"})
        page = self.client.get(self.link(), follow=True)
        new = "narrow-winding-lane-38"
        self.client.post(page.redirect_chain[-1][0], {"password1": new, "password2": new})
        self.assertNotContains(self.log_in(), "Drafts of ada")
        self.assertContains(self.log_in(new), "Drafts of ada")


class PostTests(TestCase):
    def setUp(self):
        self.assertEqual(self.client.get("/").status_code, 200)
        self.ada, self.bob = (User.objects.create_user(name, password=PASSWORD) for name in ("ada", "bob"))
        self.other = Client()
        self.client.force_login(self.ada)
        self.other.force_login(self.bob)
        self.tag = Tag.objects.create(name="Django", slug="django")

    def write(self, title="Zażółć gęślą jaźń", status="published", **more):
        data = {"title": title, "body": "A long text", "status": status, "tags": [self.tag.pk], **more}
        self.client.post("/posts/new/", data)
        [post] = Post.objects.filter(title=title)
        return post

    def test_create_with_tags_and_cover(self):
        self.assertContains(self.client.get("/posts/new/"), "multipart/form-data")
        post = self.write(cover=SimpleUploadedFile("cover.png", picture(), "image/png"))
        self.assertEqual(list(post.tags.all()), [self.tag])
        page = self.client.get(post.get_absolute_url())
        self.assertContains(page, post.title)
        address = re.search(r'<img src="([^"]+)"', page.content.decode()).group(1)
        self.assertEqual(b"".join(self.client.get(address).streaming_content), picture())
        self.client.post(post.get_absolute_url() + "edit/", {"title": "New", "body": "Text", "status": "published"})
        post.refresh_from_db()
        self.assertTrue(post.cover)

    def test_only_the_author_edits_and_deletes(self):
        post = self.write()
        self.write("Another one")
        self.other.post("/posts/new/", {"title": "Bob's", "body": "Text", "status": "published"})
        self.assertEqual((post.author, Post.objects.get(title="Bob's").author), (self.ada, self.bob))
        path = post.get_absolute_url()
        data = {"title": "Changed", "body": "Changed", "status": "published"}
        self.assertEqual(self.other.post(path + "edit/", data).status_code, 403)
        self.assertEqual(self.other.post(path + "delete/").status_code, 403)
        self.client.post(path + "edit/", data)
        post.refresh_from_db()
        self.assertEqual(post.title, "Changed")
        self.client.post(path + "delete/")
        self.assertEqual(Post.objects.count(), 2)
        self.assertEqual(Client().get("/posts/new/").status_code, 302)

    def test_drafts_are_private(self):
        draft = self.write(status="draft")
        self.assertContains(self.client.get("/my/drafts/"), draft.title)
        self.assertContains(self.client.get(draft.get_absolute_url()), draft.title)
        self.assertNotContains(self.other.get("/my/drafts/"), draft.title)
        self.assertEqual(self.other.get(draft.get_absolute_url()).status_code, 404)
        self.assertNotContains(self.client.get("/"), draft.title)

    def test_lists_search_and_pages(self):
        for number in range(7):
            post = self.write(f"Entry {number}")
        self.assertContains(self.other.get("/"), post.title)
        self.assertContains(self.other.get("/?page=2"), "Entry 0")
        self.assertContains(self.client.get("/tags/django/"), post.title)
        self.assertContains(self.client.get("/search/?q=entry 6"), post.get_absolute_url())

    def test_comments(self):
        post = self.write()
        path = post.get_absolute_url() + "comment/"
        text = "Very well said. " * 30 + "Ünde"
        self.other.post(path, {"text": text})
        comment = Comment.objects.get()
        self.assertEqual((comment.text, comment.author), (text, self.bob))
        Client().post(path, {"text": "Spam"})
        Client(enforce_csrf_checks=True).post(path, {"text": "Spam"})
        self.client.post(f"/comments/{comment.pk}/delete/")
        Client().post(f"/comments/{comment.pk}/delete/")
        self.assertEqual(Comment.objects.count(), 1)
        strict = Client(enforce_csrf_checks=True)
        strict.force_login(self.bob)
        self.assertEqual(strict.post(path, {"text": "Forged"}).status_code, 403)
        self.other.post(f"/comments/{comment.pk}/delete/")
        self.assertEqual(Comment.objects.count(), 0)

    def test_moderation_is_for_staff(self):
        self.assertEqual(self.client.get("/moderation/").status_code, 403)
        self.bob.is_staff = True
        self.bob.save()
        self.assertEqual(self.other.get("/moderation/").status_code, 200)
