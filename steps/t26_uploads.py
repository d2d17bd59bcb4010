"""Task 26, Uploads Survive: files of visitors are kept in a bucket, on a volume or at Cloudinary.

A deployment begins with an empty disk. What the deployment before kept there is gone. Sources: Railway's documentation
of volumes and storage buckets, django-storages' of S3.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from steps.shared import (
    derived_journeys,
    existing_files,
    image_rights,
    packages,
    upload_evidence,
    upload_fields,
    upload_plans,
)
from steps.shared.parts import Parts
from wizard.checklist.answers import Answers, Question
from wizard.checklist.evidence import Evidence, not_applicable
from wizard.editing import dotenv
from wizard.plan.actions import Action, Finding, Plan
from wizard.plan.draft import Draft
from wizard.project.project import Project
from wizard.step import Step
from wizard.targets.base import Stage
from wizard.targets.sandbox import Sandbox

ANSWER, PUBLIC = "uploads", "uploads.public"
BUCKET, VOLUME, CLOUDINARY, KEEP = "bucket", "volume", "cloudinary", "keep"


class UploadsSurvive(Step):
    def questions(self, project: Project, sandbox: Sandbox) -> list[Question]:
        more = [*sandbox.target.questions(Stage.UPLOADS), *derived_journeys.question(sandbox)]
        lost = upload_fields.risks(upload_fields.planned(project, sandbox))
        if not lost:
            return more
        why = (
            "A deployment begins with an empty disk. A bucket is the usual place. A volume needs no other storage, "
            "but the service then runs as one replica, and stops for a moment at each deployment."
        )
        if uses := upload_plans.path_uses(project, lost):
            why += f" Your code needs paths of files on a disk ({uses[0]}), which only a volume has."
        choices = (BUCKET, VOLUME, *([CLOUDINARY] if _has_cloudinary(project) else []), KEEP)
        questions = [Question(ANSWER, "Where should uploaded files be kept?", _usual(project, lost), why, choices)]
        if not upload_plans.is_served(project):
            why = (
                "With a volume, Golive adds a view for MEDIA_URL, as the development server has one. With `no`, only "
                "your own views give files out."
            )
            text = "May everybody who knows its address fetch an uploaded file?"
            questions.append(Question(PUBLIC, text, _usually_public(project), why, ("yes", "no")))
        return [*questions, *more]

    def inspect(self, project: Project) -> list[Finding]:
        root = project.value("MEDIA_ROOT")
        path = project.copy.own_path(Path(root)) if root else None
        return [Finding(f"MEDIA_ROOT is {project.display_path(path) if path else root or 'not set'}")]

    def plan(self, project: Project, sandbox: Sandbox, answers: Answers) -> Plan:
        draft, actions, remarks = Draft(), list[Action](), list[str]()
        kept = upload_fields.planned(project, sandbox)
        lost = upload_fields.risks(kept)
        upload_plans.keep_each_file(project, draft, kept)
        choice = answers.get(ANSWER) or (_usual(project, lost) if lost else "")
        if lost and choice != KEEP:
            actions += upload_plans.by_hand(lost, volume=choice == VOLUME)
            if choice != VOLUME:
                actions += upload_plans.without_paths(upload_plans.path_uses(project, lost))
        if any(not each.by_hand and (choice == VOLUME or not each.on_disk_only) for each in lost):
            if choice == BUCKET:
                wanted = (upload_plans.PACKAGE,)
                actions += packages.add_packages(project, wanted, "the storage for files in a bucket", answers)
                upload_plans.use_bucket(project, draft)
                remarks.append("Addresses of files in a bucket are signed, and valid for an hour.")
            elif choice == VOLUME:
                upload_plans.use_volume(project, draft, lost)
                if variable := image_rights.variable_for_volume(project):
                    path, why = project.production_env, f"set {variable}: the volume belongs to root, the image's user"
                    draft.put(
                        path, dotenv.with_value(draft.content(path), variable, "0"), f"{why} is another", secret=True
                    )
                remarks.append("A service with a volume runs as one replica.")
            elif choice == CLOUDINARY:
                upload_plans.use_cloudinary(project, draft, pictures=all(each.picture for each in lost))
        public = answers.get(PUBLIC) or _usually_public(project)
        if choice == VOLUME and public == "yes" and not upload_plans.is_served(project):
            actions += upload_plans.serve_media(project, draft)
        changes = draft.actions()
        actions += [*changes, *sandbox.target.actions(Stage.UPLOADS, changed=bool(changes))]
        return Plan.of(*actions, remarks=(*remarks, *sandbox.target.remarks(Stage.UPLOADS)))

    def verify(self, project: Project, sandbox: Sandbox, answers: Answers) -> Iterator[Evidence]:
        fields = upload_fields.found_fields(project, sandbox)
        keep = answers.get(ANSWER) == KEEP
        private = (answers.get(PUBLIC) or _usually_public(project)) == "no"
        yield upload_fields.evidence(project, sandbox, fields, keep=keep)
        if not fields:
            why = upload_fields.without_fields(project)
            yield from (not_applicable(item, upload_fields.SEARCHED, why) for item in ("26.2", "26.3"))
            return
        parts = Parts()
        yield from parts.of(upload_evidence.evidence(project, sandbox, fields, keep=keep, private=private))
        yield from parts.of(existing_files.evidence(project, sandbox, fields))
        parts.finish()


def _usual(project: Project, lost: Sequence[upload_fields.Kept]) -> str:
    if all(each.on_disk_only for each in lost) or upload_plans.path_uses(project, lost):
        return VOLUME  # no setting moves them elsewhere, or the code needs files on a disk
    return CLOUDINARY if _has_cloudinary(project) else BUCKET


def _usually_public(project: Project) -> str:
    return "yes" if upload_plans.is_public_in_development(project) else "no"


def _has_cloudinary(project: Project) -> bool:
    names = {*project.dependencies.requirements(), *packages.installed_versions(project)}
    return upload_plans.CLOUDINARY_PACKAGE in names


STEP = UploadsSurvive
