from django.urls import path

from . import views

app_name = "polls"
urlpatterns = [
    path("", views.IndexView.as_view(), name="index"),
    path("signup/", views.signup, name="signup"),
    path("ask/", views.ask, name="ask"),
    path("<int:pk>/", views.DetailView.as_view(), name="detail"),
    path("<int:pk>/results/", views.ResultsView.as_view(), name="results"),
    path("<int:pk>/delete/", views.DeleteView.as_view(), name="delete"),
    path("<int:question_id>/vote/", views.vote, name="vote"),
]
