"""Faults of the blog: posts with covers and tags, drafts, comments, search, and accounts by django-allauth."""

from tests.faults.fault import append, every, replace
from tests.journeys.planted import Planted

VIEWS, MODELS = "posts/views.py", "posts/models.py"
CREATED = """        form.instance.author = self.request.user
        messages.success(self.request, "Your post has been saved.")
        return super().form_valid(form)
"""
LOGIN = "@login_required\n"

FAULTS = [
    Planted(
        "a new post is not saved",
        replace(VIEWS, CREATED, CREATED.replace("super().form_valid(form)", 'redirect("posts")')),
        {"create"}, ["post"],
    ),
    Planted(
        "a new post is saved twice",
        replace(VIEWS, CREATED, CREATED.replace("        return super", """        super().form_valid(form)
        form.instance.pk, form.instance.slug = None, ""
        form.instance._state.adding = True
        return super""")),
        {"create"}, ["post"],
    ),
    Planted(
        "a comment's error is swallowed",
        replace(VIEWS, "        form.save()\n", """        try:
            form.instance.save(force_update=True)
        except Exception:
            pass
"""),
        {"create", "other"}, ["comment"],
    ),
    Planted(
        "an edit changes the newest post",
        replace(VIEWS, '    template_name = "posts/form.html"\n\n    def form_valid(self, form):\n        messages',
                '    template_name = "posts/form.html"\n\n    def form_valid(self, form):\n'
                '        form.instance = Post.objects.latest("pk")\n'
                '        for name in ("title", "body", "status"):\n'
                '            setattr(form.instance, name, form.cleaned_data[name])\n        messages'),
        {"update", "hole"}, ["post"],
    ),
    Planted(
        "everybody may edit a post",
        replace(VIEWS, "return self.get_object().author == self.request.user", "return self.get_object() is not None"),
        {"hole"}, ["post"],
    ),
    Planted(
        "anonymous visitors delete comments",
        every(
            replace(VIEWS, LOGIN + "def comment_delete", "def comment_delete"),
            replace(VIEWS, "Comment, pk=pk, author=request.user)", "Comment, pk=pk)"),
        ),
        {"hole"}, ["comment"],
    ),
    Planted(
        "comments are saved without a CSRF token",
        every(
            replace(VIEWS, "@login_required\n@require_POST\n", "@csrf_exempt\n@login_required\n@require_POST\n"),
            replace(VIEWS, "from django.views.decorators.http",
                    "from django.views.decorators.csrf import csrf_exempt\nfrom django.views.decorators.http"),
        ),
        {"hole"}, ["csrf", "token"],
    ),
    Planted(
        "my drafts are everybody's drafts",
        replace(VIEWS, "filter(author=self.request.user, status=Post.DRAFT)", "filter(status=Post.DRAFT)"),
        {"hole", "list"}, ["draft", "post"],
    ),
    Planted(
        "the moderation is open to visitors",
        replace(VIEWS, "    if not request.user.is_staff:\n        raise PermissionDenied\n", ""),
        {"hole"}, ["moderation"],
    ),
    Planted(
        "the cover is lost",
        replace("templates/posts/form.html", ' enctype="multipart/form-data"', ""),
        {"upload", "create"}, ["cover"],
    ),
    Planted(
        "tags are not saved",
        replace(VIEWS, CREATED, CREATED.replace("return super().form_valid(form)", """self.object = form.save(commit=False)
        self.object.save()
        return redirect(self.object)""")),
        {"create"}, ["tags"],
    ),
    Planted(
        "comments are cut off",
        replace(VIEWS, "        form.instance.post = post\n",
                "        form.instance.post = post\n        form.instance.text = form.instance.text[:10]\n"),
        {"create", "other"}, ["comment"],
    ),
    Planted(
        "the first page misses the newest post",
        replace(VIEWS, "    paginate_by = 5\n", """    paginate_by = 5

    def paginate_queryset(self, queryset, page_size):
        return super().paginate_queryset(queryset[1:], page_size)
"""),
        {"list", "create"}, ["post"],
    ),
    Planted(
        "the search finds nothing",
        replace(MODELS, "models.Q(title__icontains=words) | models.Q(body__icontains=words)",
                "title__icontains=words, body__startswith=words"),
        {"search"},
    ),
    Planted(
        "the empty list of posts raises an error",
        replace(VIEWS, "    paginate_by = 5\n", """    paginate_by = 5

    def get(self, request, *args, **kwargs):
        self.extra_context = {"newest": self.get_queryset()[0].created}
        return super().get(request, *args, **kwargs)
"""),
        {"list", "other"},
    ),
    Planted(
        "a title outside ASCII raises an error",
        replace(MODELS, "base = slugify(self.title, allow_unicode=True)",
                'base = slugify(self.title.encode("ascii").decode())'),
        {"create"}, ["post"],
    ),
    Planted(
        "the link of the confirmation leads nowhere",
        append("posts/adapter.py", """
    def get_email_confirmation_url(self, request, emailconfirmation):
        return request.build_absolute_uri(f"/accounts/confirmation/{emailconfirmation.key}/")
"""),
        {"signup", "confirm", "login"},
    ),
    Planted(
        "the session survives the log-out",
        append("posts/adapter.py", """
    def logout(self, request):
        request.session["left"] = True
"""),
        {"logout"},
    ),
    Planted(
        "a reset password stays the old one",
        append("posts/adapter.py", """
    def set_password(self, user, password):
        user.save()
"""),
        {"reset"},
    ),
    Planted(
        "the log-in redirects in a circle",
        replace("config/settings.py", '"/my/drafts/"', '"/accounts/login/"'),
        {"login"}, ["redirect", "circle", "loop"],
    ),
    Planted(
        "a draft is shown to nobody",
        replace(VIEWS, "Q(author=self.request.user)", "Q(author=self.request.user, status=Post.PUBLISHED)"),
        {"detail", "create"}, ["post"],
    ),
    Planted("a post belongs to the first user",
            replace(VIEWS, CREATED, CREATED.replace("self.request.user", "self.request.user._meta.model.objects.earliest(\"pk\")")),
            {"create", "hole", "update"}, ["post"]),
    Planted("an edit drops the cover",
            replace(VIEWS, '        messages.success(self.request, "Your changes', '        form.instance.cover = ""\n'
                    '        messages.success(self.request, "Your changes'),
            {"update", "upload"}, ["cover", "file"]),
]  # fmt: skip
