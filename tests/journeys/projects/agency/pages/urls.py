from django.urls import path

from . import views

urlpatterns = [
    path("", views.home, name="home"),
    path("news/", views.NewsList.as_view(), name="news"),
    path("news/<slug:slug>/", views.NewsDetail.as_view(), name="news-detail"),
    path("search/", views.search, name="search"),
    path("<slug:slug>/", views.PageDetail.as_view(), name="page"),
]
