from django import forms

from .models import Member


class EmailForm(forms.Form):
    email = forms.EmailField(label="Your e-mail address")


class CodeForm(forms.Form):
    code = forms.CharField(label="The code from the mail", min_length=6, max_length=6)


class ProfileForm(forms.ModelForm):
    name = forms.CharField(max_length=80)

    class Meta:
        model = Member
        fields = ["name", "phone", "avatar"]
