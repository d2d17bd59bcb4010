import io
import re
from datetime import timedelta

from django.core import mail
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client, TestCase
from django.utils import timezone
from PIL import Image

from members.models import Member

from .models import Booking, Room


class StudioTests(TestCase):
    def setUp(self):
        self.assertEqual(Client().get("/").status_code, 200)
        self.room = Room.objects.create(name="Cellar", hourly_rate="12.00")
        self.ada, self.bob = self.log_in("ada@example.com"), self.log_in("bob@example.com")
        self.day = timezone.localdate() + timedelta(days=3)

    def code(self, email):
        return re.search(r"\d{6}", next(each for each in mail.outbox[::-1] if each.to == [email]).body).group()

    def log_in(self, email, code=""):
        client = Client(raise_request_exception=False)
        client.post("/login/", {"email": email})
        client.post("/login/code/", {"code": code or self.code(email)})
        return client if "_auth_user_id" in client.session else None

    def book(self, client, start="10:00", end="11:00"):
        data = {"room": self.room.pk, "date": self.day, "start": start, "end": end, "people": 4, "comment": "Böse Geräusche"}
        answer = client.post("/bookings/new/", data)
        self.assertEqual(answer.status_code, 302)
        return Booking.objects.get(pk=answer.url.split("/")[2])

    def test_codes(self):
        right = self.code("ada@example.com")
        self.assertIsNone(self.log_in("ada@example.com", "000000" if right != "000000" else "000001"))
        thief = Client()
        thief.post("/login/", {"email": "eve@example.com"})
        used = self.code("eve@example.com")
        session = Client()
        session.post("/login/", {"email": "ada@example.com"})
        session.post("/login/code/", {"code": used})
        self.assertNotIn("_auth_user_id", session.session)
        self.ada.post("/logout/")
        self.assertEqual(self.ada.get("/bookings/").status_code, 302)

    def test_profile(self):
        self.assertContains(self.bob.get("/profile/"), "multipart/form-data")
        content = io.BytesIO()
        Image.new("RGB", (64, 64), "plum").save(content, "PNG")
        avatar = SimpleUploadedFile("me.png", content.getvalue(), "image/png")
        self.bob.post("/profile/", {"name": "Bogusław Ó", "phone": "+48 600 100 200", "avatar": avatar})
        page = self.bob.get("/profile/")
        self.assertContains(page, "Bogusław Ó")
        self.assertContains(page, "+48 600 100 200")
        self.assertEqual(Member.objects.get(email="ada@example.com").name, "")
        address = re.search(r'<img src="([^"]+)"', page.content.decode()).group(1)
        self.assertEqual(b"".join(self.bob.get(address).streaming_content), content.getvalue())

    def test_bookings(self):
        self.assertContains(self.ada.get("/bookings/"), "not booked anything")
        other, booking = self.book(self.ada), self.book(self.ada, "12:00", "13:30")
        theirs = self.book(self.bob, "14:00", "15:00")
        path = booking.get_absolute_url()
        self.assertContains(self.ada.get(path), "Böse Geräusche")
        self.assertContains(self.ada.get("/bookings/"), path)
        self.assertNotContains(self.bob.get("/bookings/"), path)
        data = {"room": self.room.pk, "date": self.day, "start": "16:00", "end": "17:00", "people": 2}
        for answer in (self.bob.get(path), self.bob.post(path + "edit/", data), self.bob.post(path + "cancel/")):
            self.assertEqual(answer.status_code, 404)
        self.assertEqual(self.ada.post("/bookings/new/", {**data, "start": "10:30", "end": "11:30"}).status_code, 200)
        self.ada.post(path + "edit/", data)
        booking.refresh_from_db()
        self.assertEqual((booking.people, booking.start.hour), (2, 16))
        strict = Client(enforce_csrf_checks=True)
        strict.force_login(booking.member)
        self.assertEqual(strict.post(path + "cancel/").status_code, 403)
        self.ada.post(path + "cancel/")
        self.assertEqual(set(Booking.objects.all()), {other, theirs})
        self.assertEqual(Client().post("/bookings/new/", data).status_code, 302)
        self.assertEqual(Booking.objects.count(), 2)
        self.assertContains(Client().get(self.room.get_absolute_url()), "10:00–11:00")

    def test_the_desk_is_for_staff(self):
        self.assertEqual(self.ada.get("/desk/").status_code, 302)
        Member.objects.filter(email="ada@example.com").update(is_staff=True)
        self.assertEqual(self.ada.get("/desk/").status_code, 200)
