from django import forms
from django.forms import inlineformset_factory

from .models import Choice, Question


class QuestionForm(forms.ModelForm):
    class Meta:
        model = Question
        fields = ["question_text"]


ChoiceFormSet = inlineformset_factory(
    Question, Choice, fields=["choice_text"], extra=3, can_delete=False, min_num=2, validate_min=True
)
