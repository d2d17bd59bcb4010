from rest_framework import permissions, serializers, viewsets
from rest_framework.decorators import action
from rest_framework.response import Response

from .faults import fault
from .models import Message, Note


class NoteSerializer(serializers.ModelSerializer):
    class Meta:
        model = Note
        fields = ["id", "text", "priority", "book"]


class NoteViewSet(viewsets.ModelViewSet):
    serializer_class = NoteSerializer
    queryset = Note.objects.order_by("pk")

    def get_permissions(self):
        if fault(self.request, "anonymous-delete") and self.action == "destroy":
            return [permissions.AllowAny()]
        return super().get_permissions()

    def get_queryset(self):
        found = Note.objects.order_by("pk")
        if fault(self.request, "shows-others") or fault(self.request, "anonymous-delete"):
            return found
        if fault(self.request, "reads-others") and self.action == "retrieve":
            return found
        if fault(self.request, "api-edits-others") and self.action in ("update", "partial_update"):
            return found
        return found.filter(user=self.request.user.pk)

    def create(self, request, *args, **kwargs):
        if fault(request, "errors-with-200"):
            return Response({"errors": {"text": ["is wrong"]}}, status=200)
        return super().create(request, *args, **kwargs)

    def perform_create(self, serializer):
        if fault(self.request, "api-drops-field"):
            serializer.validated_data["priority"] = 7
        if not fault(self.request, "api-saves-nothing"):
            serializer.save(user=self.request.user)

    def perform_update(self, serializer):
        if fault(self.request, "api-forgets-field"):
            serializer.validated_data.pop("priority", None)
        serializer.save()

    @action(detail=True, methods=["post"])
    def toggle(self, request, pk=None):
        note = self.get_object()
        if fault(request, "toggles-another"):
            note = Note.objects.exclude(pk=note.pk).filter(text__contains="Golive").last()
        if not fault(request, "toggles-nothing"):
            note.priority = 0 if note.priority else 1
            note.save()
        return Response({"priority": note.priority})

    @action(detail=True, methods=["post"])
    def pin(self, request, pk=None):
        return Response({"pinned": self.get_object().pk})


class MessageSerializer(serializers.ModelSerializer):
    class Meta:
        model = Message
        fields = ["id", "name", "email", "body"]


class MessageViewSet(viewsets.mixins.CreateModelMixin, viewsets.GenericViewSet):
    """Open on purpose: anybody may write to the shop."""

    serializer_class = MessageSerializer
    queryset = Message.objects.all()
    permission_classes = [permissions.AllowAny]
