"""Faults of the polls: the project of Django's tutorial, where users ask questions and everybody votes."""

from tests.faults.fault import every, replace
from tests.journeys.planted import Planted

VIEWS, MODELS = "polls/views.py", "polls/models.py"
SAVED = "        form.save()\n        choices.save()\n"
LATEST = 'return Question.objects.filter(pub_date__lte=timezone.now()).order_by("-pub_date")[:5]'

FAULTS = [
    Planted("a vote is not counted", replace(VIEWS, "    selected_choice.save()\n", ""), {"create", "update", "other"}, ["vote"]),
    Planted(
        "a vote goes to another choice",
        replace(VIEWS, 'question.choice_set.get(pk=request.POST["choice"])',
                '(request.POST["choice"] and question.choice_set.exclude(pk=request.POST["choice"]).first()) or'
                ' question.choice_set.get(pk=request.POST["choice"])'),
        {"create", "update", "other"}, ["vote"],
    ),
    Planted(
        "a vote is counted without a CSRF token",
        every(
            replace(VIEWS, "def vote(", "@csrf_exempt\ndef vote("),
            replace(VIEWS, "from django.views import generic", "from django.views import generic\n"
                    "from django.views.decorators.csrf import csrf_exempt"),
        ),
        {"hole"}, ["csrf", "token"],
    ),
    Planted(
        "a question is not saved",
        replace(VIEWS, SAVED + '        return redirect("polls:detail", question.pk)', '        return redirect("polls:index")'),
        {"create"}, ["question"],
    ),
    Planted(
        "a question is saved twice",
        replace(VIEWS, SAVED, "        Question.objects.create(author=request.user, **form.cleaned_data)\n" + SAVED),
        {"create"}, ["question"],
    ),
    Planted("choices are lost", replace(VIEWS, SAVED, "        form.save()\n"), {"create"}, ["choice"]),
    Planted(
        "an error while asking is swallowed",
        replace(VIEWS, SAVED + '        return redirect("polls:detail", question.pk)',
                "        try:\n            choices.save()\n            form.save()\n        except ValueError:\n            pass\n"
                '        return redirect("polls:index")'),
        {"create"}, ["question"],
    ),
    Planted("anonymous visitors ask questions",
            every(replace(VIEWS, "@login_required\n", ""),
                  replace(VIEWS, "Question(author=request.user)", "Question(author_id=request.user.pk)")),
            {"hole"}, ["question", "ask"]),
    Planted(
        "questions of others can be deleted",
        replace(VIEWS, "return Question.objects.filter(author=self.request.user)", "return Question.objects.all()"),
        {"hole"}, ["question"],
    ),
    Planted(
        "deleting a question deletes nothing",
        replace(VIEWS, '    success_url = reverse_lazy("polls:index")\n',
                '    success_url = reverse_lazy("polls:index")\n\n    def form_valid(self, form):\n'
                "        return redirect(self.success_url)\n"),
        {"delete"}, ["question"],
    ),
    Planted("the list misses the newest question", replace(VIEWS, LATEST, LATEST.replace("[:5]", "[1:6]")), {"list", "create"}, ["question"]),
    Planted(
        "the empty list raises an error",
        replace(VIEWS, LATEST, LATEST.replace("return", "found =") + "\n        self.newest = found[0].pub_date\n        return found"),
        {"list", "other", "signup", "login"},
    ),
    Planted(
        "a new user has another password",
        replace(VIEWS, "        user = form.save()\n", '        user = form.save(commit=False)\n        user.set_password(form.cleaned_data["username"])\n        user.save()\n'),
        {"signup", "login", "login-again"},
    ),
    Planted(
        "a text outside ASCII raises an error",
        replace(VIEWS, SAVED, '        form.instance.question_text.encode("ascii")\n' + SAVED),
        {"create"}, ["question"],
    ),
    Planted(
        "the log-in redirects in a circle",
        replace("mysite/urls.py", 'path("", RedirectView.as_view(pattern_name="polls:index")),\n    path("polls/", include("polls.urls"))',
                'path("polls/", RedirectView.as_view(url="/")),\n    path("", RedirectView.as_view(pattern_name="polls:index")),\n    path("polls/", include("polls.urls"))'),
        {"login", "list", "signup", "other"}, ["redirect", "circle", "loop"],
    ),
    Planted("a question belongs to the first user",
            replace(VIEWS, "Question(author=request.user)", "Question(author_id=1)"), {"create", "hole"}, ["question"]),
    Planted("the results show another question",
            replace(VIEWS, '    template_name = "polls/results.html"\n', '    template_name = "polls/results.html"\n\n'
                    "    def get_object(self):\n        found = super().get_object()\n"
                    "        return Question.objects.exclude(pk=found.pk).first() or found\n"),
            {"detail", "update", "other"}, ["result"]),
]  # fmt: skip
