import re
from decimal import Decimal

from django.contrib.auth import get_user_model
from django.core import mail
from django.test import Client, TestCase

from sales.models import Deal

from .models import Company, Contact, Note

User = get_user_model()
PASSWORD = "wide-open-meadow-71"
EMPTY = {"contacts-TOTAL_FORMS": "2", "contacts-INITIAL_FORMS": "0"}


class CrmTests(TestCase):
    def setUp(self):
        for name in ("ada", "bob"):
            User.objects.create_user(name, f"{name}@example.com", PASSWORD)
        self.assertIsNone(self.log_in("ada", "wrong"))
        self.assertIsNone(self.log_in("ada@example.com", "wrong"))
        self.ada, self.bob = self.log_in("ada"), self.log_in("bob@example.com")
        self.assertContains(self.ada.get("/"), "Hello ada")

    def log_in(self, name, password=PASSWORD):
        client = Client(raise_request_exception=False)
        answer = client.post("/accounts/login/", {"username": name, "password": password}, follow=True)
        return client if "Hello" in answer.content.decode() else None

    def company(self, client, name="Młyn & Söhne"):
        data = {"name": name, "website": "https://example.com", "city": "Łódź", **EMPTY}
        data |= {"contacts-0-name": "Zoë Król", "contacts-0-email": "zoe@example.com"}
        answer = client.post("/companies/new/", data)
        self.assertEqual(answer.status_code, 302)
        return Company.objects.get(pk=answer.url.split("/")[2])

    def deal(self, client, company, title="Mill"):
        data = {"company": company.pk, "title": title, "amount": "1200.50", "stage": "open", "expected": "2027-01-15"}
        self.assertEqual(client.post("/deals/new/", data).status_code, 302)
        return Deal.objects.get(title=title)

    def test_accounts(self):
        self.assertEqual(len(Client().get("/companies/", follow=True).redirect_chain), 1)
        self.ada.post("/accounts/logout/")
        self.assertEqual(self.ada.get("/").status_code, 302)
        Client().post("/accounts/password_reset/", {"email": "bob@example.com"})
        link = re.search(r"http://testserver(\S+)", mail.outbox[0].body).group(1)
        page, new = Client(), "narrow-winding-lane-38"
        path = page.get(link).url
        page.post(path, {"new_password1": new, "new_password2": new})
        self.assertIsNone(self.log_in("bob"))
        self.assertIsNotNone(self.log_in("bob", new))

    def test_companies(self):
        first, other = self.company(self.ada), self.company(self.bob, "Elsewhere")
        company = self.company(self.ada, "Žito")
        contact = Contact.objects.get(company=company)
        self.assertEqual((company.city, contact.name), ("Łódź", "Zoë Król"))
        path = company.get_absolute_url()
        self.assertContains(self.ada.get(path), "Zoë Król")
        self.assertNotContains(self.ada.get("/companies/"), "Elsewhere")
        self.assertContains(self.ada.get("/companies/?q=ito"), path)
        self.assertContains(self.ada.get("/companies/", headers={"HX-Request": "true"}), company.name)
        data = {"name": "Zboże", "contacts-0-name": "Zoë", "contacts-0-id": contact.pk, **EMPTY}
        data["contacts-INITIAL_FORMS"] = "1"
        for answer in (self.bob.get(path), self.bob.post(path + "edit/", data), self.bob.post(path + "delete/")):
            self.assertEqual(answer.status_code, 404)
        self.assertEqual(self.ada.post(path + "edit/", data).status_code, 302)
        self.assertEqual([each.name for each in company.contacts.all()], ["Zoë"])
        self.assertContains(self.ada.get("/companies/"), "Zboże")
        self.ada.post(path + "delete/")
        self.assertEqual(set(Company.objects.all()), {first, other})

    def test_notes(self):
        company = self.company(self.ada)
        path = f"/companies/{company.pk}/notes/"
        self.assertContains(self.ada.post(path, {"text": "Called twice"}), "Called twice")
        self.assertEqual(self.bob.post(path, {"text": "Spam"}).status_code, 404)
        strict = Client(enforce_csrf_checks=True)
        strict.force_login(company.owner)
        self.assertEqual(strict.post(path, {"text": "Forged"}).status_code, 403)
        note = Note.objects.get()
        self.assertEqual(self.bob.post(f"/notes/{note.pk}/delete/").status_code, 404)
        self.ada.post(f"/notes/{note.pk}/delete/")
        self.assertFalse(Note.objects.exists())

    def test_deals(self):
        company = self.company(self.ada)
        deal, other = self.deal(self.ada, company), self.deal(self.ada, company, "Wheel")
        stolen = {"company": company.pk, "title": "Stolen", "amount": "1", "stage": "open"}
        self.assertContains(self.bob.post("/deals/new/", stolen), "not one of the available choices")
        self.assertEqual((deal.amount, str(deal.expected)), (Decimal("1200.50"), "2027-01-15"))
        path = deal.get_absolute_url()
        data = {"company": company.pk, "title": "Mill and wheel", "amount": "9", "stage": "won"}
        for answer in (self.bob.get(path), self.bob.post(path + "edit/", data), self.bob.post(path + "delete/")):
            self.assertEqual(answer.status_code, 404)
        self.ada.post(path + "edit/", data)
        deal.refresh_from_db()
        other.refresh_from_db()
        self.assertEqual((deal.title, deal.stage, other.title, other.stage), ("Mill and wheel", "won", "Wheel", "open"))
        self.assertContains(self.ada.get("/deals/"), "Mill and wheel")
        self.assertNotContains(self.bob.get("/deals/"), "Mill and wheel")
        self.ada.post(path + "delete/")
        self.assertEqual(Deal.objects.get(), other)

    def test_the_report_is_for_staff(self):
        self.deal(self.ada, self.company(self.ada))
        for path in ("/deals/report/", "/deals/report/export/"):
            self.assertEqual(Client().get(path).status_code, 302)
            self.assertEqual(self.ada.get(path).status_code, 302)
        User.objects.filter(username="bob").update(is_staff=True)
        self.assertContains(self.bob.get("/deals/report/"), "1200.5")
        self.assertContains(self.bob.get("/deals/report/export/"), "Młyn")
