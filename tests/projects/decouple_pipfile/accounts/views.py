from django.contrib.auth.forms import UserCreationForm
from django.contrib.auth.mixins import LoginRequiredMixin
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse_lazy
from django.views import View
from django.views.generic import CreateView


def home(request):
    return HttpResponse('home')


def missing(request, exception):
    return HttpResponse('nothing here', status=404)


class RegisterView(CreateView):
    form_class = UserCreationForm
    template_name = 'register.html'
    success_url = reverse_lazy('login')


class CheckoutView(LoginRequiredMixin, View):
    def get(self, request):
        return render(request, 'login.html', {})

    def post(self, request):
        return HttpResponse('ordered', status=201)
