from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.contrib.auth.mixins import LoginRequiredMixin, UserPassesTestMixin
from django.core.exceptions import PermissionDenied
from django.db.models import Q
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse_lazy
from django.views.decorators.http import require_POST
from django.views.generic import CreateView, DeleteView, DetailView, ListView, UpdateView

from .forms import CommentForm, PostForm
from .models import Comment, Post, Tag


class PostList(ListView):
    template_name = "posts/list.html"
    context_object_name = "posts"
    paginate_by = 5

    def get_queryset(self):
        return Post.objects.published().select_related("author")


class TagDetail(PostList):
    def get_queryset(self):
        self.tag = get_object_or_404(Tag, slug=self.kwargs["slug"])
        return super().get_queryset().filter(tags=self.tag)

    def get_context_data(self, **kwargs):
        return super().get_context_data(tag=self.tag, **kwargs)


class PostDetail(DetailView):
    template_name = "posts/detail.html"

    def get_queryset(self):
        visible = Q(status=Post.PUBLISHED)
        if self.request.user.is_authenticated:
            visible |= Q(author=self.request.user)
        return Post.objects.filter(visible)

    def get_context_data(self, **kwargs):
        return super().get_context_data(form=CommentForm(), **kwargs)


class PostCreate(LoginRequiredMixin, CreateView):
    model = Post
    form_class = PostForm
    template_name = "posts/form.html"

    def form_valid(self, form):
        form.instance.author = self.request.user
        messages.success(self.request, "Your post has been saved.")
        return super().form_valid(form)


class AuthorOnly(LoginRequiredMixin, UserPassesTestMixin):
    model = Post

    def test_func(self):
        return self.get_object().author == self.request.user


class PostUpdate(AuthorOnly, UpdateView):
    form_class = PostForm
    template_name = "posts/form.html"

    def form_valid(self, form):
        messages.success(self.request, "Your changes have been saved.")
        return super().form_valid(form)


class PostDelete(AuthorOnly, DeleteView):
    template_name = "posts/delete.html"
    success_url = reverse_lazy("posts")


class Drafts(LoginRequiredMixin, ListView):
    template_name = "posts/drafts.html"
    context_object_name = "posts"

    def get_queryset(self):
        return Post.objects.filter(author=self.request.user, status=Post.DRAFT)


def search(request):
    words = request.GET.get("q", "").strip()
    posts = Post.objects.published().search(words) if words else Post.objects.none()
    return render(request, "posts/search.html", {"posts": posts, "words": words})


@login_required
@require_POST
def comment(request, slug):
    post = get_object_or_404(Post.objects.published(), slug=slug)
    form = CommentForm(request.POST)
    if form.is_valid():
        form.instance.post = post
        form.instance.author = request.user
        form.save()
        messages.success(request, "Thank you for your comment.")
        return redirect(post)
    return render(request, "posts/detail.html", {"post": post, "form": form})


@login_required
def comment_delete(request, pk):
    comment = get_object_or_404(Comment, pk=pk, author=request.user)
    if request.method == "POST":
        comment.delete()
        messages.info(request, "Your comment has been deleted.")
        return redirect(comment.post)
    return render(request, "posts/comment_delete.html", {"comment": comment})


@login_required
def moderation(request):
    if not request.user.is_staff:
        raise PermissionDenied
    if request.method == "POST":
        Comment.objects.filter(pk__in=request.POST.getlist("comment")).update(flagged=True)
        return redirect("moderation")
    return render(request, "posts/moderation.html", {"comments": Comment.objects.filter(flagged=False)})
