from django import forms
from django.utils import timezone

from .models import Booking


class BookingForm(forms.ModelForm):
    class Meta:
        model = Booking
        fields = ["room", "date", "start", "end", "people", "comment"]
        widgets = {
            "date": forms.DateInput(attrs={"type": "date"}),
            "start": forms.TimeInput(attrs={"type": "time"}),
            "end": forms.TimeInput(attrs={"type": "time"}),
        }

    def clean_date(self):
        date = self.cleaned_data["date"]
        if date < timezone.localdate():
            raise forms.ValidationError("This day is in the past.")
        return date

    def clean(self):
        data = super().clean()
        room, date, start, end = (data.get(name) for name in ("room", "date", "start", "end"))
        if start and end and end <= start:
            self.add_error("end", "The end must be after the start.")
        elif room and date and start and end:
            others = Booking.objects.filter(room=room, date=date, start__lt=end, end__gt=start).exclude(pk=self.instance.pk)
            if others.exists():
                raise forms.ValidationError("The room is taken at this time.")
        return data
