from django import forms
from django.contrib.auth import get_user_model
from django.contrib.auth.decorators import login_required
from django.contrib.auth.forms import UserCreationForm
from django.contrib.auth.mixins import LoginRequiredMixin, UserPassesTestMixin
from django.http import HttpResponseRedirect, HttpResponseServerError
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse_lazy
from django.views.generic import CreateView, DeleteView, DetailView, ListView, UpdateView

from .faults import fault
from .models import Book, Document, Review


class SignUp(CreateView):
    form_class = UserCreationForm
    template_name = "form.html"
    success_url = reverse_lazy("login")


class BookForm(forms.ModelForm):
    class Meta:
        model = Book
        fields = ["title", "summary", "pages", "author"]


class BookList(ListView):
    model = Book
    template_name = "books.html"
    paginate_by = 4

    def get_queryset(self):
        found = Book.objects.all()
        if fault(self.request, "misses-newest"):
            found = found.exclude(pk=found.last().pk)
        if self.request.GET.get("q"):
            if fault(self.request, "finds-nothing"):
                return found.filter(title__iendswith=self.request.GET["q"] + " ")
            found = found.filter(title__icontains=self.request.GET["q"])
        return found.filter(pages=0) if fault(self.request, "hides-from-list") else found


class BookDetail(DetailView):
    model = Book
    template_name = "book.html"

    def get_object(self, queryset=None):
        book = super().get_object(queryset)
        return Book.objects.exclude(pk=book.pk).last() if fault(self.request, "wrong-detail") else book


class BookCreate(LoginRequiredMixin, CreateView):
    users = get_user_model()
    form_class = BookForm
    template_name = "form.html"

    def form_valid(self, form):
        book, request = form.instance, self.request
        book.owner = self.users.objects.earliest("pk") if fault(request, "owner-first") else request.user
        if fault(request, "saves-nothing"):
            return HttpResponseRedirect("/books/")
        if fault(request, "drops-field"):
            book.summary = ""
        if fault(request, "ascii-only"):
            book.title.encode("ascii")
        if fault(request, "garbles"):
            book.title = book.title.encode("ascii", "replace").decode()
        if fault(request, "second-user"):
            return HttpResponseServerError("no")
        response = super().form_valid(form)
        if fault(request, "saves-twice"):
            Book.objects.create(title=book.title, summary=book.summary, pages=book.pages, author=book.author,
                                owner=book.owner)
        return response


class Owned(LoginRequiredMixin):
    model = Book

    def get_queryset(self):
        if fault(self.request, "edits-others"):
            return Book.objects.all()
        return Book.objects.filter(owner=self.request.user)


class BookUpdate(Owned, UpdateView):
    form_class = BookForm
    template_name = "form.html"

    def form_valid(self, form):
        if fault(self.request, "update-lost"):
            return HttpResponseRedirect(self.object.get_absolute_url())
        if fault(self.request, "update-all"):
            Book.objects.update(title=form.cleaned_data["title"])
        if fault(self.request, "update-empties"):
            form.instance.summary = ""
        return super().form_valid(form)


class BookDelete(Owned, DeleteView):
    template_name = "form.html"
    success_url = "/books/"

    def post(self, request, *args, **kwargs):
        if fault(request, "delete-nothing"):
            return HttpResponseRedirect(self.success_url)
        if fault(request, "delete-all"):
            Book.objects.filter(owner=request.user).delete()
            return HttpResponseRedirect(self.success_url)
        return super().post(request, *args, **kwargs)


@login_required
def review(request, book_id):
    book = get_object_or_404(Book, pk=book_id)
    text = request.POST.get("text", "").strip()
    if request.method == "POST" and text:
        Review.objects.create(book=book, user=request.user, text=text)
    return redirect(book)


class DocumentList(LoginRequiredMixin, ListView):
    template_name = "documents.html"

    def get_queryset(self):
        return Document.objects.filter(owner=self.request.user)


class DocumentCreate(LoginRequiredMixin, CreateView):
    model = Document
    fields = ["title", "file"]
    template_name = "form.html"
    success_url = "/documents/"

    def form_valid(self, form):
        form.instance.owner = self.request.user
        if fault(self.request, "cuts-upload"):
            uploaded = form.cleaned_data["file"]
            uploaded.file.truncate(min(uploaded.size, 100_000))
            uploaded.size = min(uploaded.size, 100_000)
        return super().form_valid(form)


class StaffOnly(UserPassesTestMixin):
    def test_func(self):
        return self.request.user.is_staff or fault(self.request, "staff-open")


class StaffReviews(StaffOnly, ListView):
    model = Review
    template_name = "reviews.html"


class ReviewDelete(StaffOnly, DeleteView):
    model = Review
    template_name = "form.html"
    success_url = "/staff/reviews/"
