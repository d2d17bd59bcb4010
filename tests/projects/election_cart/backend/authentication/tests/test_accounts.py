from rest_framework.test import APITestCase

NEW = {'username': 'asha', 'email': 'asha@example.com', 'password': 'a-long-passphrase-1'}


class AccountTests(APITestCase):
    def test_signup_login_me_logout(self):
        self.assertEqual(self.client.post('/api/auth/signup/', NEW).status_code, 201)
        answer = self.client.post('/api/auth/login/', NEW)
        self.assertEqual(answer.status_code, 200)
        self.client.credentials(HTTP_AUTHORIZATION='Bearer ' + answer.json()['token'])
        self.assertEqual(self.client.get('/api/auth/me/').json()['username'], 'asha')
        self.assertEqual(self.client.post('/api/auth/logout/').status_code, 200)

    def test_many_wrong_passwords_are_all_refused(self):
        self.client.post('/api/auth/signup/', NEW)
        for _ in range(8):
            answer = self.client.post('/api/auth/login/', {**NEW, 'password': 'wrong'})
            self.assertEqual(answer.status_code, 401)

    def test_a_forged_token_is_refused(self):
        self.client.credentials(HTTP_AUTHORIZATION='Bearer x.y.z')
        self.assertEqual(self.client.get('/api/auth/me/').status_code, 401)

    def test_the_admin_asks_for_a_login(self):
        answer = self.client.get('/admin/', follow=True)
        self.assertContains(answer, 'csrfmiddlewaretoken')
