from django.contrib.auth import login
from django.contrib.auth.decorators import login_required
from django.contrib.auth.forms import UserCreationForm
from django.contrib.auth.mixins import LoginRequiredMixin
from django.db.models import F
from django.http import HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse, reverse_lazy
from django.utils import timezone
from django.views import generic

from .forms import ChoiceFormSet, QuestionForm
from .models import Choice, Question


class IndexView(generic.ListView):
    template_name = "polls/index.html"
    context_object_name = "latest_question_list"

    def get_queryset(self):
        """Return the last five published questions."""
        return Question.objects.filter(pub_date__lte=timezone.now()).order_by("-pub_date")[:5]


class DetailView(generic.DetailView):
    model = Question
    template_name = "polls/detail.html"

    def get_queryset(self):
        return Question.objects.filter(pub_date__lte=timezone.now())


class ResultsView(generic.DetailView):
    model = Question
    template_name = "polls/results.html"


def vote(request, question_id):
    question = get_object_or_404(Question, pk=question_id)
    try:
        selected_choice = question.choice_set.get(pk=request.POST["choice"])
    except (KeyError, ValueError, Choice.DoesNotExist):
        return render(
            request, "polls/detail.html", {"question": question, "error_message": "You didn't select a choice."}
        )
    selected_choice.votes = F("votes") + 1
    selected_choice.save()
    return HttpResponseRedirect(reverse("polls:results", args=(question.id,)))


def signup(request):
    form = UserCreationForm(request.POST or None)
    if form.is_valid():
        user = form.save()
        login(request, user)
        return redirect("polls:index")
    return render(request, "registration/signup.html", {"form": form})


@login_required
def ask(request):
    question = Question(author=request.user)
    form = QuestionForm(request.POST or None, instance=question)
    choices = ChoiceFormSet(request.POST or None, instance=question)
    if form.is_valid() and choices.is_valid():
        form.save()
        choices.save()
        return redirect("polls:detail", question.pk)
    return render(request, "polls/ask.html", {"form": form, "choices": choices})


class DeleteView(LoginRequiredMixin, generic.DeleteView):
    template_name = "polls/delete.html"
    success_url = reverse_lazy("polls:index")

    def get_queryset(self):
        return Question.objects.filter(author=self.request.user)
