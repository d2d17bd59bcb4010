from django import forms
from django.contrib.auth.forms import UserCreationForm
from django.contrib.auth.models import User
from .models import *


class ProductForm(forms.ModelForm):
    class Meta:
        model = Product
        exclude = ["seller", "slug"]


class OrderForm(forms.ModelForm):
    class Meta:
        model = Order
        fields = ["address", "postcode"]


LineFormSet = forms.inlineformset_factory(Order, OrderLine, fields=["product", "quantity"], extra=2)


class SignUp(UserCreationForm):
    email = forms.EmailField()

    def __init__(self, request, *args, **kwargs):
        super().__init__(*args, **kwargs)

    class Meta(UserCreationForm.Meta):
        fields = ["username", "email"]


class When(forms.Form):
    at = forms.SplitDateTimeField()
    secret = forms.CharField(widget=forms.PasswordInput)
    next = forms.CharField(widget=forms.HiddenInput, required=False)
    kind = forms.ChoiceField(choices=[("Group", [("a", "A"), ("b", "B")]), ("", "---")])
