import re

from django.contrib.auth import get_user_model
from django.core import mail
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client, TestCase

from pages.models import News, Page

from .models import Application, Message, Subscriber


class AgencyTests(TestCase):
    def setUp(self):
        self.client = Client(raise_request_exception=False)
        self.staff = Client()
        self.staff.force_login(get_user_model().objects.create_superuser("root", "root@example.com", "x"))

    def test_pages(self):
        for path in ("/en/", "/de/", "/en/news/", "/en/search/", "/en/search/?q=x"):
            self.assertEqual(self.client.get(path).status_code, 200)
        self.assertRedirects(self.client.get("/"), "/en/")
        about = Page.objects.create(title="About us", slug="about", body="We are ten.")
        news = News.objects.create(title="Größer", slug="bigger", body="We moved.")
        News.objects.create(title="Newer", slug="newer", body="We moved again.")
        for path, text in (("/en/about/", "We are ten."), ("/de/", "About us"), ("/de/news/", "Newer"), ("/en/news/bigger/", "Größer")):
            self.assertContains(self.client.get(path), text)
        page = self.client.get("/en/search/?q=ten")
        self.assertContains(page, f'<li><a href="{about.get_absolute_url()}">')
        self.assertNotContains(page, news.get_absolute_url())

    def test_contact(self):
        data = {"name": "Jürgen Łoś", "email": "j@example.com", "subject": "Angebot", "text": "Könnten Sie … " * 20}
        self.assertEqual(self.client.post("/de/contact/", data).status_code, 302)
        message = Message.objects.get()
        self.assertEqual((message.name, message.email, message.text), (data["name"], data["email"], data["text"].strip()))
        self.assertEqual((mail.outbox[0].to, mail.outbox[0].reply_to), (["office@agency.example"], ["j@example.com"]))
        self.client.post("/de/contact/", {**data, "website": "http://spam.example"})
        self.assertEqual(Message.objects.count(), 1)
        self.assertEqual(Client(enforce_csrf_checks=True).post("/de/contact/", data).status_code, 403)
        self.assertNotContains(self.client.get("/en/staff/inbox/", follow=True), "Angebot")
        self.assertContains(self.staff.get("/en/staff/inbox/"), "Angebot")

    def test_newsletter(self):
        for email in ("a@example.com", "b@example.com"):
            self.assertEqual(self.client.post("/en/newsletter/", {"email": email}).status_code, 302)
        self.assertEqual(Subscriber.objects.filter(confirmed=False).count(), 2)
        link = re.search(r"http://testserver(\S+)", mail.outbox[1].body).group(1)
        self.assertContains(self.client.get(link), "b@example.com")
        self.assertEqual(Subscriber.objects.get(confirmed=True).email, "b@example.com")
        self.client.post(link.replace("confirm", "unsubscribe"))
        self.assertEqual(Subscriber.objects.get().email, "a@example.com")

    def test_applications(self):
        content = b"%PDF-1.4" + bytes(100_000)
        data = {"name": "Zoë", "email": "z@example.com", "position": "code", "letter": "Hi"}
        self.assertContains(self.client.get("/en/jobs/apply/"), "multipart")
        cv = SimpleUploadedFile("cv.pdf", content, "application/pdf")
        self.assertEqual(self.client.post("/en/jobs/apply/", {**data, "cv": cv}).status_code, 302)
        application = Application.objects.get()
        self.assertEqual((application.letter, application.position), ("Hi", "code"))
        path = f"/en/staff/applications/{application.pk}/cv/"
        self.assertEqual(b"".join(self.staff.get(path).streaming_content), content)
        self.assertEqual(self.client.get(path).status_code, 302)
