from django.urls import path

from . import views

urlpatterns = [
    path("", views.PostList.as_view(), name="posts"),
    path("search/", views.search, name="search"),
    path("my/drafts/", views.Drafts.as_view(), name="drafts"),
    path("moderation/", views.moderation, name="moderation"),
    path("posts/new/", views.PostCreate.as_view(), name="post-create"),
    path("posts/<str:slug>/", views.PostDetail.as_view(), name="post"),
    path("posts/<str:slug>/edit/", views.PostUpdate.as_view(), name="post-update"),
    path("posts/<str:slug>/delete/", views.PostDelete.as_view(), name="post-delete"),
    path("posts/<str:slug>/comment/", views.comment, name="comment"),
    path("comments/<int:pk>/delete/", views.comment_delete, name="comment-delete"),
    path("tags/<str:slug>/", views.TagDetail.as_view(), name="tag"),
]
