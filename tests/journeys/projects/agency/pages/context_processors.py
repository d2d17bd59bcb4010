from .models import Page


def menu(request):
    return {"menu": Page.objects.filter(in_menu=True)}
