from django.db.models import Q
from django.shortcuts import render
from django.utils import timezone
from django.views.generic import DetailView, ListView

from .models import News, Page


def home(request):
    news = News.objects.filter(published__lte=timezone.now())[:3]
    return render(request, "pages/home.html", {"news": news})


class NewsList(ListView):
    template_name = "pages/news.html"
    context_object_name = "news"
    paginate_by = 10

    def get_queryset(self):
        return News.objects.filter(published__lte=timezone.now())


class NewsDetail(DetailView):
    template_name = "pages/news_detail.html"

    def get_queryset(self):
        return News.objects.filter(published__lte=timezone.now())


class PageDetail(DetailView):
    model = Page
    template_name = "pages/page.html"


def search(request):
    words = request.GET.get("q", "").strip()
    match = Q(title__icontains=words) | Q(body__icontains=words)
    found = [*Page.objects.filter(match), *News.objects.filter(match)] if words else []
    return render(request, "pages/search.html", {"words": words, "found": found})
