from django.contrib.auth import get_user_model
from rest_framework.test import APITestCase

from products.models import Campaign, Package

from .models import Order


class OrderTests(APITestCase):
    def setUp(self):
        self.user = get_user_model().objects.create_user('ravi', 'ravi@example.com', 'a-long-passphrase-1')
        self.client.force_authenticate(self.user)
        self.package = Package.objects.create(name='Ward starter', price='4999.00')
        self.campaign = Campaign.objects.create(name='Voice calls', price='0.50', unit='call')

    def fill_cart(self):
        self.client.post('/api/cart/add/', {'package': self.package.pk})
        self.client.post('/api/cart/add/', {'campaign': self.campaign.pk, 'quantity': 100})

    def test_cart_totals_and_quantities(self):
        self.fill_cart()
        self.assertEqual(self.client.get('/api/cart/').json()['total'], '5049.00')
        item = self.user.cart_items.get(campaign=self.campaign)
        self.assertEqual(self.client.patch(f'/api/cart/items/{item.pk}/', {'quantity': 2}).json()['quantity'], 2)
        self.assertEqual(self.client.delete(f'/api/cart/items/{item.pk}/').status_code, 204)

    def test_an_order_takes_the_cart(self):
        self.fill_cart()
        answer = self.client.post('/api/orders/create/')
        self.assertEqual(answer.status_code, 201)
        self.assertEqual(answer.json()['total'], '5049.00')
        self.assertFalse(self.user.cart_items.exists())
        self.assertEqual(self.client.post('/api/orders/create/').status_code, 400)

    def test_a_wrong_signature_does_not_pay(self):
        self.fill_cart()
        pk = self.client.post('/api/orders/create/').json()['id']
        answer = self.client.post(f'/api/orders/{pk}/payment/', {'razorpay_payment_id': 'p', 'razorpay_signature': 's'})
        self.assertEqual(answer.status_code, 400)
        self.assertEqual(Order.objects.get().state, Order.PENDING)

    def test_staff_assign_and_tick(self):
        staff = get_user_model().objects.create_user('meera', 'meera@example.com', 'a-long-passphrase-1', role='staff')
        self.fill_cart()
        pk = self.client.post('/api/orders/create/').json()['id']
        self.assertEqual(self.client.post(f'/api/staff/orders/{pk}/assign/', {'staff': staff.pk}).status_code, 403)
        self.client.force_authenticate(staff)
        self.assertEqual(
            self.client.post(f'/api/staff/orders/{pk}/assign/', {'staff': staff.pk}).json()['state'], 'in_progress'
        )
        item = self.client.post(f'/api/staff/checklist/{pk}/', {'text': 'Proof-read the leaflet'}).json()
        self.assertTrue(
            self.client.patch(f'/api/staff/checklist/{item["id"]}/', {'done': True}, format='json').json()['done']
        )
