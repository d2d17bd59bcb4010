from django import forms
from django.forms import inlineformset_factory

from .models import Company, Contact, Note


class CompanyForm(forms.ModelForm):
    class Meta:
        model = Company
        fields = ["name", "website", "city"]


class NoteForm(forms.ModelForm):
    class Meta:
        model = Note
        fields = ["text"]


ContactFormSet = inlineformset_factory(Company, Contact, fields=["name", "email", "phone"], extra=2)
