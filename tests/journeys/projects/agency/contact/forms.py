from django import forms
from django.core.validators import FileExtensionValidator

from .models import Application, Message


class ContactForm(forms.ModelForm):
    website = forms.CharField(required=False, widget=forms.HiddenInput)  # a trap for robots

    class Meta:
        model = Message
        fields = ["name", "email", "subject", "text"]

    def clean_website(self):
        if self.cleaned_data["website"]:
            raise forms.ValidationError("Please leave this field empty.")
        return ""


class NewsletterForm(forms.Form):
    email = forms.EmailField()


class ApplicationForm(forms.ModelForm):
    cv = forms.FileField(label="CV", validators=[FileExtensionValidator(["pdf"])])

    class Meta:
        model = Application
        fields = ["name", "email", "position", "cv", "letter"]
