from django import forms
from .models import User


class RegistrationForm(forms.ModelForm):
    password = forms.CharField(widget=forms.PasswordInput())
    confirm_password = forms.CharField(widget=forms.PasswordInput())
    terms = forms.BooleanField()

    class Meta:
        model = User
        fields = ["email", "full_name"]

    def clean(self):
        d = super().clean()
        if d.get("password") != d.get("confirm_password"):
            raise forms.ValidationError("x")
        return d


class ProfileForm(forms.ModelForm):
    class Meta:
        model = User
        fields = ["full_name"]


class CaptchaField(forms.MultiValueField):
    """As that of django-simple-captcha."""

    def __init__(self, **kwargs):
        fields = (forms.CharField(), forms.CharField())
        super().__init__(fields, widget=forms.MultiWidget([forms.HiddenInput, forms.TextInput]), **kwargs)


class GuardedForm(forms.Form):
    captcha = CaptchaField()
    phone = forms.CharField(required=False)
