"""Task 9, Configure WhiteNoise: its middleware and storage, STATIC_ROOT, and a first `collectstatic`.

Django 5.1 and later ignore STATICFILES_STORAGE, and 4.2 refuses it next to STORAGES, so the plan writes the one that
fits the version. If templates refer to missing files, it uses the storage without a manifest, because the one with a
manifest would answer 500 on those pages. Source: WhiteNoise's documentation.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from steps.shared import middleware, settings_block, static_pages
from steps.shared.env_files import add_to_gitignore
from wizard.base import files
from wizard.base.secrets import excerpt
from wizard.checklist.answers import Answers, Question
from wizard.checklist.evidence import Evidence, shown
from wizard.plan.actions import Action, Finding, Plan, RunCommand, UntrackFiles
from wizard.plan.draft import Draft
from wizard.project.agent_answer import AgentError
from wizard.project.middleware_order import CORS, SECURITY, WHITENOISE, WhiteNoisePlace, short_name
from wizard.project.project import Project
from wizard.project.static_settings import DEFAULT_STORAGE as DEVELOPMENT
from wizard.project.static_settings import (
    bucket_host,
    static_folder,
    storage_backend,
    tracked_files,
    wants_manifest,
)
from wizard.step import Step
from wizard.targets.sandbox import Sandbox
from wizard.targets.verification.settings import static_root_settings
from wizard.targets.verification.static_files import Collected

WITH_MANIFEST = "whitenoise.storage.CompressedManifestStaticFilesStorage"
WITHOUT_MANIFEST = "whitenoise.storage.CompressedStaticFilesStorage"
FILE_SYSTEM = "django.core.files.storage.FileSystemStorage"
SLOW_MODES = ("WHITENOISE_AUTOREFRESH", "WHITENOISE_USE_FINDERS")
"""Settings for development. In production they look for the file in each request."""
UNTRACK = "static.untrack"
"""The name of the answer on whether git should stop tracking collected files."""


class WhiteNoise(Step):
    def questions(self, project: Project, sandbox: Sandbox) -> list[Question]:
        folder = static_folder(project)
        if not (tracked := tracked_files(project, folder)):
            return []
        name = project.display_path(folder)
        why = f"{len(tracked)} files of {name}/ are in git. Each deployment collects them again."
        return [Question(UNTRACK, f"Stop tracking the collected files in {name}/?", "no", why, ("no", "yes"))]

    def inspect(self, project: Project) -> list[Finding]:
        root = project.value("STATIC_ROOT")
        return [
            Finding(f"static files storage: {storage_backend(project)}, STATIC_ROOT {'set' if root else 'not set'}")
        ]

    def plan(self, project: Project, sandbox: Sandbox, answers: Answers) -> Plan:
        draft, lines, remarks = Draft(), list[str](), list[str]()
        lines += self._place_middleware(project, sandbox, draft, remarks)
        folder = static_folder(project)
        inside = files.inside(folder, project.top)
        if not project.value("STATIC_ROOT") or not inside:
            lines.append(f'STATIC_ROOT = {settings_block.root_expression(project, draft)} / "staticfiles"')
        if not inside:
            remarks.append(f"STATIC_ROOT was {folder}. It moves into the project, because Golive writes only there.")
            folder = project.root / "staticfiles"
        if "whitenoise" not in storage_backend(project).lower() or wants_manifest(project):
            storage, reasons = self._storage(project)
            lines += self._storage_lines(project, draft, storage)
            remarks += reasons
        if host := bucket_host(project):
            remarks.append(f"STATIC_URL leads to {host}. It becomes /static/, since the site serves the files itself.")
            lines.append('STATIC_URL = "/static/"')
        if lines:
            title = "Static files: collected, compressed and served by WhiteNoise."
            why = "serve static files with WhiteNoise"
            settings_block.append(project, draft, title, lines, why, only_production=False)
        tracked = tracked_files(project, folder)
        untracked = self._untrack(project, sandbox, answers, tracked, remarks) if tracked else []
        if not set(tracked) - set(untracked):
            add_to_gitignore(project, draft, folder / "staticfiles.json", f"{folder.name}/")
        actions: list[Action] = [*draft.actions()]
        if untracked:
            actions.append(UntrackFiles(tuple(untracked)))
        if not tracked and (lines or not folder.is_dir() or not any(folder.iterdir())):
            argv = (str(project.python.path), str(project.manage), "collectstatic", "--noinput")
            actions.append(RunCommand(argv, project.root, "collect the static files", "release", (folder,)))
        return Plan.of(*actions, remarks=tuple(remarks))

    def _place_middleware(self, project: Project, sandbox: Sandbox, draft: Draft, remarks: list[str]) -> list[str]:
        """Insert or move WhiteNoise so that it serves each file. Returns the settings lines this needs."""
        place = WhiteNoisePlace.of(project.value("MIDDLEWARE"))
        if not place.name:
            return middleware.insert(project, draft, WHITENOISE, after=place.anchor)
        name, first = place.name, place.above[:1]
        if place.problem:
            if place.anchor and place.above[-1:] == (place.anchor,):  # SecurityMiddleware itself comes too late
                return middleware.move(project, draft, SECURITY, after=CORS if first == (CORS,) else "")
            return middleware.move(project, draft, name, after=place.anchor)
        if not place.others or not (answer := static_pages.not_served(project, sandbox)):
            return []
        others = ", ".join(short_name(each) for each in place.others)
        remarks.append(f"{answer}, so one of {others} answers before WhiteNoise. WhiteNoise moves above it.")
        if place.above[-1] == place.anchor:
            return middleware.move(project, draft, SECURITY, after=CORS if first == (CORS,) else "")
        return middleware.move(project, draft, name, after=place.anchor)

    def _untrack(
        self, project: Project, sandbox: Sandbox, answers: Answers, tracked: list[Path], remarks: list[str]
    ) -> list[Path]:
        """Return the *tracked* files of STATIC_ROOT that git should forget: those that `collectstatic` writes."""
        folder = static_folder(project)
        name = project.display_path(folder)
        if answers.get(UNTRACK) != "yes":
            remarks.append(
                f"{name}/ has {len(tracked)} files in git, so Golive collects into a temporary folder instead. Answer "
                f"{UNTRACK}=yes to stop tracking them."
            )
            return []
        collected = sandbox.static_files.collect()
        if collected.error:
            remarks.append(
                f"The files in {name}/ stay in git, because collectstatic fails: {collected.error.brief(160)}"
            )
            return []
        written = [path for path in tracked if static_pages.is_collected(path.relative_to(folder), collected.folder)]
        if kept := sorted(set(tracked) - set(written)):
            listed = ", ".join(project.display_path(path) for path in kept[:3])
            remarks.append(f"{len(kept)} files stay in git, because collectstatic does not write them: {listed}")
        return written

    def _storage(self, project: Project) -> tuple[str, list[str]]:
        """Choose the storage with a manifest if a trial works and no template refers to a missing file.

        Returns the storage, and remarks that explain the other choice.
        """
        references = sorted(
            {
                name
                for folder in project.template_folders()
                for path in files.below(folder, "*.html")
                for name in static_pages.REFERENCE.findall(files.text(path))
            }
        )
        trial = project.work / "trial-static"
        overrides = static_root_settings(trial) + _setting(project, WITH_MANIFEST)
        answer = project.ask("collect", overrides=overrides, references=references)
        if error := AgentError.of(answer):
            reason = excerpt(error.message.splitlines()[0], 160)
            return WITHOUT_MANIFEST, [f"Without hashed file names, because a trial collectstatic failed: {reason}"]
        if missing := answer.get("missing"):
            listed = ", ".join(missing[:5])
            return WITHOUT_MANIFEST, [f"Without hashed file names, because templates refer to missing files: {listed}"]
        return WITH_MANIFEST, []

    def _storage_lines(self, project: Project, draft: Draft, storage: str) -> list[str]:
        """Return lines that set *storage* in STORAGES, or in STATICFILES_STORAGE before Django 4.2."""
        development = settings_block.in_development(project, draft)
        chosen = f'"{DEVELOPMENT}" if {development} else "{storage}"' if development else f'"{storage}"'
        if project.django < (4, 2):
            return [f"STATICFILES_STORAGE = {chosen}"]
        lines = []
        default = f'"{FILE_SYSTEM}"'
        if settings_block.previous_value(project, "DEFAULT_FILE_STORAGE", default):
            # Django refuses both settings together, so move the value to STORAGES and delete the old name.
            default = (
                "DEFAULT_FILE_STORAGE"
                if project.settings.always("DEFAULT_FILE_STORAGE")
                else f'globals().pop("DEFAULT_FILE_STORAGE", {default})'
            )
        if before := settings_block.previous_value(project, "STORAGES", f'{{"default": {{"BACKEND": {default}}}}}'):
            return [f'STORAGES = {{**{before}, "staticfiles": {{"BACKEND": {chosen}}}}}']
        if previous := settings_block.previous_value(project, "STATICFILES_STORAGE", "None"):
            always = previous == "STATICFILES_STORAGE"
            lines.append("del STATICFILES_STORAGE" if always else 'globals().pop("STATICFILES_STORAGE", None)')
        lines.append(f'STORAGES = {{"default": {{"BACKEND": {default}}}, "staticfiles": {{"BACKEND": {chosen}}},}}')
        return [*lines, *(["del DEFAULT_FILE_STORAGE"] if default == "DEFAULT_FILE_STORAGE" else [])]

    def verify(self, project: Project, sandbox: Sandbox, answers: Answers) -> Iterator[Evidence]:
        folder, collected = static_folder(project), sandbox.static_files.collect(fresh=True)
        served_from = collected.folder if tracked_files(project, folder) else folder
        with sandbox.gunicorn(workers=1, overrides=static_root_settings(served_from)) as site:
            sheet = static_pages.fetch_stylesheet(project, site, served_from)
        yield self._middleware(project, sheet)
        yield self._storage_in_use(project)
        yield self._collected(project, collected)
        yield self._stylesheet(project, sheet, collected)

    def _storage_in_use(self, project: Project) -> Evidence:
        """Evidence for 9.2: WhiteNoise's storage, and no mode that serves files from the source folders."""
        backend, ran = storage_backend(project), "the static files storage with DEBUG=False"
        name = "STORAGES" if project.django >= (4, 2) else "STATICFILES_STORAGE"
        if "whitenoise" not in backend.lower():
            place = project.origin(name) or project.display_path(project.settings.main)
            return shown("9.2", False, "settings", ran, backend, expected="a storage of WhiteNoise", where=place)
        for mode in SLOW_MODES:
            if project.value(mode) is True:
                expected = "files from STATIC_ROOT, found once at the start"
                return shown(
                    "9.2", False, "settings", ran, f"{mode} is True", expected=expected, where=project.origin(mode)
                )
        return shown("9.2", True, "settings", ran, backend + project.set_by(name))

    def _stylesheet(self, project: Project, sheet: static_pages.Stylesheet | None, collected: Collected) -> Evidence:
        """Evidence for 9.4: a stylesheet is served, references have their file, and no code is published."""
        folder, backend = static_folder(project), storage_backend(project)
        shown_as = project.display_path(folder)
        if problem := static_pages.published_code(project, collected) or static_pages.missing_reference(
            project, collected
        ):
            found, expected, where = problem.found, problem.expected, problem.where
            return shown("9.4", False, "file", shown_as, found, expected=expected, where=where)
        if host := bucket_host(project):
            found, where = f"STATIC_URL leads to {host}, where none of them is", project.origin("STATIC_URL")
            return shown("9.4", False, "file", shown_as, found, expected="links to the files of this site", where=where)
        if sheet is None:
            expected = "a folder with the collected files"
            found = f"{shown_as}/ {'has no stylesheet' if folder.is_dir() else 'is missing'}"
            return shown("9.4", False, "file", shown_as, found, expected=expected, where=shown_as)
        # Where collectstatic fails, the site runs without the manifest here, and 9.3 says why.
        hashed = "Manifest" not in backend or sheet.hashed or collected.error is not None
        showed = sheet.showed + ("" if hashed else ", without a hash in its name")
        ran = f"GET {sheet.path} from gunicorn with DEBUG=False" + (f", as {sheet.page} links it" if sheet.page else "")
        expected = "200 text/css" + (" under a name with a hash" if "Manifest" in backend else "")
        return shown("9.4", sheet.served and hashed, "request", ran, showed, expected=expected, where=shown_as)

    def _middleware(self, project: Project, sheet: static_pages.Stylesheet | None) -> Evidence:
        place = WhiteNoisePlace.of(project.value("MIDDLEWARE"))
        holds, showed = not place.problem, str(place)
        if place.problem:
            showed = place.problem
        elif place.others and sheet and not sheet.served:
            others = ", ".join(short_name(each) for each in place.others)
            holds, showed = False, f"comes after {others}, and {sheet.path} got {sheet.showed}"
        where = project.origin("MIDDLEWARE") or project.display_path(project.settings.main)
        showed += project.set_by("MIDDLEWARE")
        return shown("9.1", holds, "settings", "MIDDLEWARE", showed, expected=_expected(place), where=where)

    def _collected(self, project: Project, collected: Collected) -> Evidence:
        """Evidence that `collectstatic` succeeds, with production's STATIC_ROOT replaced by a temporary folder."""
        count = len(collected.files)
        has_manifest = (collected.folder / "staticfiles.json").is_file()
        needs_manifest = "Manifest" in storage_backend(project)
        showed = f"{count} files" + (", with their manifest" if has_manifest else "")
        if needs_manifest and not has_manifest:
            showed += ", but no staticfiles.json"
        ran, expected, where = "collectstatic into a temporary folder", "all files, without an error", ""
        problem = collected.error.brief(250) if collected.error else ""
        if not project.value("STATIC_ROOT"):
            problem = "STATIC_ROOT is not set, so collectstatic has no folder to write to"
            expected = "STATIC_ROOT, the folder that collectstatic writes to"
            where = project.origin("STATIC_ROOT") or project.display_path(project.settings.main)
        elif errors := [
            each for each in project.inspect_settings()["messages"] if each["id"].startswith("staticfiles.E")
        ]:
            problem = f"{errors[0]['id']}: {errors[0]['text']}"
            where = project.origin("STATIC_ROOT")
        elif collected.error and collected.error.place:
            where = static_pages.referring_file(project, collected.error.message) or collected.error.where(project)
        if problem:
            return shown("9.3", False, "command", ran, problem, expected=expected, where=where)
        holds = count > 0 and (has_manifest or not needs_manifest)
        return shown("9.3", holds, "command", ran, showed, expected=expected, where=project.origin("STATICFILES_DIRS"))


def _expected(place: WhiteNoisePlace) -> str:
    """The place in which WhiteNoise belongs."""
    return f"WhiteNoise right after {short_name(place.anchor)}" if place.anchor else "WhiteNoise in the first place"


def _setting(project: Project, storage: str) -> str:
    """Return settings lines that replace the project's storage for a trial."""
    if project.django < (4, 2):
        return f"STATICFILES_STORAGE = {storage!r}"
    lines = "for _name in ('STATICFILES_STORAGE', 'DEFAULT_FILE_STORAGE'):\n    globals().pop(_name, None)\n"
    return (
        lines + f"STORAGES = {{'default': {{'BACKEND': {FILE_SYSTEM!r}}}, 'staticfiles': {{'BACKEND': {storage!r}}}}}"
    )


STEP = WhiteNoise
