from django import forms

from clients.models import Company

from .models import Deal


class DealForm(forms.ModelForm):
    class Meta:
        model = Deal
        fields = ["company", "title", "amount", "stage", "expected"]
        widgets = {"expected": forms.DateInput(attrs={"type": "date"})}

    def __init__(self, *args, user, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["company"].queryset = Company.objects.filter(owner=user)

    def clean_amount(self):
        amount = self.cleaned_data["amount"]
        if amount <= 0:
            raise forms.ValidationError("A deal has an amount above 0.")
        return amount
