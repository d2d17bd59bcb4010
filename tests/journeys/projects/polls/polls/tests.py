from django.contrib.auth import get_user_model
from django.test import Client, TestCase

from .models import Choice, Question

PASSWORD = "wide-open-meadow-71"


class PollsTests(TestCase):
    def setUp(self):
        self.assertContains(Client().get("/polls/"), "No polls are available.")
        self.ada, self.bob = self.sign_up("ada"), self.sign_up("bob")

    def sign_up(self, name):
        client = Client(raise_request_exception=False)
        data = {"username": name, "password1": PASSWORD, "password2": PASSWORD}
        self.assertContains(client.post("/polls/signup/", data, follow=True), name)
        return client

    def ask(self, client, text="Was gibt's Öwöß?"):
        data = {"question_text": text, "choice_set-TOTAL_FORMS": 5, "choice_set-INITIAL_FORMS": 0}
        data |= {"choice_set-0-choice_text": "Žádné", "choice_set-1-choice_text": "Nothing"}
        answer = client.post("/polls/ask/", data)
        self.assertEqual(answer.status_code, 302)
        return Question.objects.get(pk=answer.url.split("/")[2])

    def test_log_in_and_out(self):
        self.ada.post("/accounts/logout/")
        self.assertEqual(self.ada.get("/polls/ask/").status_code, 302)
        self.ada.post("/accounts/login/", {"username": "ada", "password": "wrong"})
        self.assertEqual(self.ada.get("/polls/ask/").status_code, 302)
        answer = self.ada.post("/accounts/login/", {"username": "ada", "password": PASSWORD}, follow=True)
        self.assertContains(answer, "Ask a question")

    def test_ask(self):
        first, question = self.ask(self.ada, "First"), self.ask(self.bob)
        self.assertEqual(Question.objects.count(), 2)
        self.assertContains(self.ada.get(f"/polls/{question.pk}/"), "Žádné")
        self.assertContains(Client().get("/polls/"), "Öwöß?")
        self.assertEqual(Client().post("/polls/ask/", {"question_text": "Spam"}).status_code, 302)
        self.assertEqual(self.ada.post(f"/polls/{question.pk}/delete/").status_code, 404)
        self.bob.post(f"/polls/{question.pk}/delete/")
        self.assertEqual(Question.objects.get(), first)

    def test_vote(self):
        self.ask(self.bob, "Another one?")
        question = self.ask(self.ada)
        choice, other = question.choice_set.all()
        path = f"/polls/{question.pk}/vote/"
        self.assertEqual(Client(enforce_csrf_checks=True).post(path, {"choice": other.pk}).status_code, 403)
        results = Client().post(path, {"choice": other.pk}, follow=True)
        self.assertContains(results, "Nothing -- 1 vote")
        self.assertContains(results, "Öwöß?")
        self.assertEqual(Choice.objects.get(pk=choice.pk).votes, 0)
        self.assertContains(Client().post(path, {}), "select a choice")
        self.assertEqual(get_user_model().objects.count(), 2)
