"""The start command that task 16 writes, completes and repairs, in every file that can have it."""

from __future__ import annotations

import pytest

from steps.shared import image_builds
from steps.shared.start_commands import completed, completed_script, missing_parts
from tests.steps.served import CHANNELS_ASGI, COLLECT, MIGRATE, SERVE, Served

BEFORE = f"{MIGRATE} && {COLLECT}"
WORKER = "worker: celery -A shop\n"
DAPHNE = "exec daphne -b 0.0.0.0 -p ${PORT:-8000} shop.asgi:application"


def rewritten(project):
    source = project.source
    return source.rewritten(completed(project, source, project.wanted())).decode()


@pytest.mark.parametrize(
    ("before", "after"),
    [
        pytest.param(None, f"web: {BEFORE} && {SERVE}\n", id="new"),
        pytest.param(
            "web: python manage.py runserver 0.0.0.0:$PORT\n", f"web: {BEFORE} && {SERVE}\n",
            id="development server",
        ),
        pytest.param("web:gunicorn shop.wsgi\n", f"web: {BEFORE} && exec gunicorn shop.wsgi\n", id="space"),
        pytest.param(
            "web:\tgunicorn shop.wsgi\n", f"web: {BEFORE} && exec gunicorn shop.wsgi\n", id="tab"
        ),
        pytest.param(
            "# start\r\nweb: gunicorn shop.wsgi  # two\r\nworker: celery\r\n",
            f"# start\r\nweb: {BEFORE} && exec gunicorn shop.wsgi  # two\r\nworker: celery\r\n",
            id="CRLF and comments",
        ),
        pytest.param(
            'web: gunicorn --log-format "a: b" shop.wsgi\n' + WORKER,
            f"web: '{BEFORE} && exec gunicorn --log-format \"a: b\" shop.wsgi'\n" + WORKER, id="a colon",
        ),
        pytest.param(
            "web: gunicorn shop_old.wsgi:application --log-file -\n",
            f"web: {BEFORE} && exec gunicorn shop.wsgi:application --log-file -\n", id="wrong module",
        ),
        pytest.param(
            "web: gunicorn shop.wsgi --bind 127.0.0.1:8000\n",
            f"web: {BEFORE} && exec gunicorn shop.wsgi --bind 0.0.0.0:${{PORT:-8000}}\n", id="address",
        ),
        pytest.param(
            "web: gunicorn shop.wsgi -b 0.0.0.0:$PORT\n",
            f"web: {BEFORE} && exec gunicorn shop.wsgi -b 0.0.0.0:$PORT\n", id="the platform's port stays",
        ),
        pytest.param(
            "web: ./manage.py collectstatic --noinput && poetry run gunicorn shop.wsgi\n",
            "web: ./manage.py migrate --noinput && ./manage.py collectstatic --noinput && "
            "exec poetry run gunicorn shop.wsgi\n", id="the project's way to call manage.py",
        ),
        pytest.param(
            "web: DEBUG=0 newrelic-admin run-program gunicorn shop.wsgi\n",
            f"web: {BEFORE} && DEBUG=0 exec newrelic-admin run-program gunicorn shop.wsgi\n",
            id="variables and a wrapper",
        ),
        pytest.param(
            "web: >\n  python manage.py migrate --noinput &&\n  gunicorn shop.wsgi\nworker: w\n",
            f"web: {BEFORE} && exec gunicorn shop.wsgi\nworker: w\n", id="several lines",
        ),
        pytest.param("Web: gunicorn shop.wsgi\n", f"web: {BEFORE} && exec gunicorn shop.wsgi\n", id="case"),
        pytest.param(
            "web: uvicorn shop.asgi:application\n",
            f"web: {BEFORE} && exec uvicorn shop.asgi:application --host 0.0.0.0 --port ${{PORT:-8000}}\n",
            id="Uvicorn's default address is local",
        ),
        pytest.param(
            "web: cd shop && echo go && waitress-serve --listen=localhost:80 shop.wsgi:application\n",
            "web: cd shop && python ../manage.py migrate --noinput && python ../manage.py collectstatic --noinput && "
            "echo go && exec waitress-serve --listen=*:${PORT:-8000} shop.wsgi:application\n", id="waitress",
        ),
        pytest.param(
            "web: gunicorn -n wsgi_site -c wsgi.conf.py shop.wsgi\n",
            f"web: {BEFORE} && exec gunicorn -n wsgi_site -c wsgi.conf.py shop.wsgi\n", id="values like an application",
        ),
        pytest.param("web: gunicorn\n", f"web: {BEFORE} && {SERVE}\n", id="no application"),
        pytest.param(
            "web: uwsgi --http :$PORT --module shop.wsgi\n",
            f"web: {BEFORE} && exec uwsgi --http :$PORT --module shop.wsgi --die-on-term\n", id="uWSGI",
        ),
        pytest.param("web: bin/start\n" + WORKER, "web: bin/start\n" + WORKER, id="own program"),
        pytest.param("web: gunicorn shop.wsgi & wait\n", "web: gunicorn shop.wsgi & wait\n", id="in the background"),
    ],
)  # fmt: skip
def test_a_procfile_is_completed_in_place(tmp_path, before, after):
    project = Served(tmp_path, {"Procfile": before, "shop/asgi.py": ""})
    assert rewritten(project) == after
    (tmp_path / "Procfile").write_text(after, newline="")
    source = project.source
    assert completed(project, source, project.wanted()) == source.command, "a second run changes nothing"
    assert not source.is_broken


def test_a_database_cache_gets_its_tables_after_the_migrations(tmp_path):
    caches = {"default": {"BACKEND": "django.core.cache.backends.db.DatabaseCache"}}
    project = Served(tmp_path, values={"CACHES": caches})
    assert rewritten(project) == f"web: {MIGRATE} && python manage.py createcachetable && {COLLECT} && {SERVE}\n"


def test_migrations_before_the_deployment_are_not_added_to_the_start(tmp_path):
    project = Served(tmp_path)
    assert completed(project, project.source, project.wanted(migrate="pre-deploy")) == f"{COLLECT} && {SERVE}"


# ---- where the command is

DOCKERFILE = """\
FROM python:3.12-slim AS base
# the site
WORKDIR /code
COPY requirements.txt .
COPY ./src /code
{run}CMD {cmd}
"""


def docker(tmp_path, cmd, run="", **more):
    files = {"Dockerfile": DOCKERFILE.format(run=run, cmd=cmd), "requirements.txt": "django\n", **more}
    return Served(tmp_path, {**files, "src/requirements.txt": None}, below="src")


@pytest.mark.parametrize(
    ("run", "cmd", "after"),
    [
        (
            "", '["gunicorn", "shop.wsgi:application", \\\n     "--bind", "0.0.0.0:8000"]',
            f"{BEFORE} && exec gunicorn shop.wsgi:application --bind 0.0.0.0:${{PORT:-8000}}",
        ),
        (
            "RUN python manage.py collectstatic --noinput\n", "gunicorn shop.wsgi",
            f"{MIGRATE} && exec gunicorn shop.wsgi",
        ),
        ("", '["python", "manage.py", "runserver", "0.0.0.0:8000"]', f"{BEFORE} && {SERVE}"),
        ("", '["sh", "-c", "gunicorn shop.wsgi"]', f"{BEFORE} && exec gunicorn shop.wsgi"),
    ],
)  # fmt: skip
def test_the_command_of_a_dockerfile_above_the_project_is_completed(tmp_path, run, cmd, after):
    project = docker(tmp_path, cmd, run)
    assert project.source.folder == project.root, "the working folder of the image is that of manage.py"
    assert rewritten(project) == DOCKERFILE.format(run=run, cmd=after)
    (tmp_path / "Dockerfile").write_text(rewritten(project))
    assert missing_parts(project.source, project.wanted()) == []


def test_migrations_of_the_build_do_not_count(tmp_path):
    run = "RUN python manage.py migrate && python manage.py collectstatic\n"
    project = docker(tmp_path, "exec gunicorn shop.wsgi", run)
    assert completed(project, project.source, project.wanted()) == f"{MIGRATE} && exec gunicorn shop.wsgi"


def test_a_variable_in_a_command_without_a_shell_is_repaired(tmp_path):
    cmd = '["gunicorn", "shop.wsgi", "--bind", "0.0.0.0:$PORT"]'
    project = docker(tmp_path, cmd, "RUN python manage.py collectstatic\n")
    assert project.source.is_broken
    assert "CMD python manage.py migrate --noinput && exec gunicorn shop.wsgi --bind 0.0.0.0:$PORT\n" in rewritten(
        project
    )


CONFIGURATION = '[deploy]\nstartCommand = "gunicorn shop.wsgi" # ours\nhealthcheckPath = "/up/"\n'


def test_the_platforms_configuration_is_read_before_the_procfile(tmp_path):
    project = Served(tmp_path, {"railway.toml": CONFIGURATION, "Procfile": "web: python old.py\n"})
    command = f"{BEFORE} && exec gunicorn shop.wsgi"
    assert rewritten(project) == CONFIGURATION.replace("gunicorn shop.wsgi", command)


def test_a_configuration_in_json_keeps_its_form(tmp_path):
    text = '{\n  "deploy": {"startCommand":  "gunicorn \\"shop.wsgi\\"", "numReplicas": 1}\n}\n'
    project = Served(tmp_path, {"railway.json": text})
    assert project.source.command == 'gunicorn "shop.wsgi"'
    changed = text.replace('"gunicorn', f'"{BEFORE} && exec gunicorn')
    assert rewritten(project) == changed


def test_a_configured_command_for_an_image_is_run_by_a_shell(tmp_path):
    project = docker(tmp_path, "gunicorn old", **{"railway.toml": CONFIGURATION})
    assert project.source.path.name == "railway.toml"
    changed = f"/bin/sh -c '{BEFORE} && exec gunicorn shop.wsgi'"
    assert rewritten(project) == CONFIGURATION.replace("gunicorn shop.wsgi", changed)
    (tmp_path / "railway.toml").write_text(rewritten(project))
    assert completed(project, project.source, project.wanted()) == project.source.command


def test_the_builders_own_file_is_read_before_the_procfile(tmp_path):
    text = '{"deploy": {"startCommand": "gunicorn shop.wsgi"}, "steps": {"build": {"commands": ["npm run build"]}}}'
    project = Served(tmp_path, {"railpack.json": text, "Procfile": "web: x\n"})
    assert (project.source.path.name, project.source.builds) == ("railpack.json", ("npm run build",))
    nixpacks = {"railpack.json": None, "nixpacks.toml": '[start]\ncmd = "gunicorn shop.wsgi"\n'}
    assert Served(tmp_path, nixpacks).source.path.name == "Procfile", "new services don't read it"
    chosen = Served(tmp_path, {"railway.toml": '[build]\nbuilder = "NIXPACKS"\n'})
    assert chosen.source.path.name == "nixpacks.toml"
    assert 'cmd = "python manage.py migrate' in rewritten(chosen)


def test_files_outside_of_the_built_folder_are_not_in_the_image(tmp_path):
    image = "FROM python:3.12\nWORKDIR /code\nCOPY ../secrets /code\nCMD gunicorn shop.wsgi\n"
    (tmp_path / "secrets").mkdir()
    project = Served(tmp_path / "site", {"Dockerfile": image})
    assert project.source.folder == project.root
    assert project.source.image.folders == ()


def test_a_dockerfile_above_decides_even_if_the_requirements_are_with_manage_py(tmp_path):
    image = "FROM python:3.12\nWORKDIR /code\nCOPY src .\nCMD gunicorn shop.wsgi\n"
    project = Served(tmp_path, {"Dockerfile": image}, below="src")
    assert (project.source.path.name, project.source.uploaded) == ("Dockerfile", project.top)


def test_a_dockerfile_of_something_else_is_not_the_service(tmp_path):
    project = Served(tmp_path, {"Dockerfile": "FROM node:22\nCMD npm start\n"}, below="backend")
    assert project.source.path == project.root / "Procfile"


def test_a_new_procfile_is_written_into_the_uploaded_folder(tmp_path):
    project = Served(tmp_path, {"requirements.txt": "django\n", "src/requirements.txt": None}, below="src")
    assert project.source.path == project.top / "Procfile"
    assert rewritten(project) == f"web: cd src && {BEFORE} && {SERVE}\n"
    (tmp_path / "Procfile").write_text("web: gunicorn shop.wsgi\n")
    assert rewritten(project) == f"web: cd src && {BEFORE} && exec gunicorn shop.wsgi\n"
    (tmp_path / "Procfile").write_text("web: gunicorn --chdir src shop.wsgi\n")
    calls = "python src/manage.py migrate --noinput && python src/manage.py collectstatic --noinput"
    assert rewritten(project) == f"web: {calls} && exec gunicorn --chdir src shop.wsgi\n"


# ---- scripts

SCRIPT = "#!/bin/sh\nset -e\necho starting\n{}gunicorn shop.wsgi \\\n  --workers 2\n"


def test_a_script_is_completed_above_its_server(tmp_path):
    project = Served(tmp_path, {"Procfile": "web: sh bin/start.sh\n", "bin/start.sh": SCRIPT.format("")})
    path, _, after = completed_script(project, project.source, project.wanted())
    assert path == project.root / "bin/start.sh"
    assert after.decode() == SCRIPT.format(f"{MIGRATE}\n{COLLECT}\n").replace(
        "gunicorn shop.wsgi \\\n  --workers", "exec gunicorn shop.wsgi --workers"
    )
    assert missing_parts(project.source, project.wanted()) == ["exec", "migrate", "collectstatic"]
    path.write_bytes(after)
    assert completed_script(project, project.source, project.wanted())[2] == after
    assert missing_parts(project.source, project.wanted()) == []


def test_an_entry_point_of_the_image_counts(tmp_path):
    entry = '#!/bin/sh\npython manage.py migrate\npython manage.py collectstatic --noinput\nexec "$@"\n'
    project = docker(
        tmp_path, '["gunicorn", "shop.wsgi"]', 'ENTRYPOINT ["/code/entry.sh"]\n', **{"src/entry.sh": entry}
    )
    source = project.source
    assert source.script() == project.root / "entry.sh"
    assert completed(project, source, project.wanted()) == "exec gunicorn shop.wsgi"
    assert source.runnable() == f"{project.root}/entry.sh sh -c 'gunicorn shop.wsgi'"


# ---- ASGI


def test_a_server_with_several_processes_gets_one_for_a_layer_in_memory(tmp_path):
    layers = {"default": {"BACKEND": "channels.layers.InMemoryChannelLayer"}}
    files = {"shop/asgi.py": CHANNELS_ASGI, "requirements.txt": "uvicorn\n"}
    command = "uvicorn shop.asgi:application --host 0.0.0.0 --port $PORT"
    project = Served(tmp_path, {**files, "Procfile": f"web: {command}\n"}, {"CHANNEL_LAYERS": layers})
    assert rewritten(project) == f"web: {BEFORE} && exec {command} --workers 1\n"
    (tmp_path / "Procfile").write_text(f"web: {command} --workers 2\n")
    assert rewritten(project) == f"web: {BEFORE} && exec {command} --workers 2\n", "the project's choice; it is told"


def test_a_wsgi_server_is_replaced_where_the_project_needs_asgi(tmp_path):
    files = {"shop/asgi.py": CHANNELS_ASGI, "Procfile": "web: gunicorn shop.wsgi\n"}
    project = Served(tmp_path, {**files, "requirements.txt": "channels[daphne]\n"})
    assert missing_parts(project.source, project.wanted()) == ["exec", "migrate", "collectstatic", "an ASGI server"]
    assert rewritten(project) == f"web: {BEFORE} && {DAPHNE}\n"
    (tmp_path / "Procfile").write_text("web: gunicorn shop.wsgi\nsocket: daphne shop.asgi:application\n")
    assert "exec gunicorn shop.wsgi" in rewritten(project), "another process serves ASGI already"


# ---- the build of an image

BUILDS = """\
FROM python:3.12
ARG RELEASE
ENV COLOR=blue
RUN pip install django && \\
    python manage.py collectstatic --noinput
RUN SECRET_KEY=x python manage.py compilemessages
RUN ["python", "manage.py", "check"]
"""
SECRETS = "".join(f'{name} = os.environ["{name}"]\n' for name in ("SECRET_KEY", "SITE_NAME", "COLOR", "RELEASE"))


def with_values(project, refused=lambda values: False, **found):
    """Let the project not load with values that are *refused*. On this machine, each variable is "mine"."""
    project.unset, project.placeholders = [], found
    project.placeholder = lambda name: "mine"
    project.production_environment = lambda **extra: extra
    error = {"error": {"type": "ValueError", "message": "no host"}}
    project.ask = lambda op, environment: error if refused(environment) else {}


def test_commands_of_the_build_get_the_variables_that_the_settings_require(tmp_path):
    project = Served(tmp_path, {"Dockerfile": BUILDS}, text=f"import os\n{SECRETS}")
    project.service_values = lambda: {"SECRET_KEY": "s", "SITE_NAME": "s", "COLOR": "c", "RELEASE": "r", "OTHER": "o"}
    with_values(project)
    built = image_builds.completed(project, project.source.image, BUILDS.encode()).decode()
    assert built == BUILDS.replace(
        "    python manage.py", f"    SECRET_KEY={image_builds.BUILD_ONLY} SITE_NAME=placeholder python manage.py"
    ).replace("SECRET_KEY=x python", "SECRET_KEY=x SITE_NAME=placeholder python")
    assert image_builds.completed(project, project.source.image, built.encode()).decode() == built


@pytest.mark.parametrize(
    ("refused", "host", "port"),
    [
        pytest.param(lambda values: False, "placeholder", "1", id="guessed"),
        pytest.param(lambda values: values["MAIL_HOST"] != "mine", "mine", "1", id="one guess is refused"),
        pytest.param(lambda values: values["MAIL_HOST"] != "mine" or values["MAIL_PORT"] == "1", "mine", "mine",
                     id="two guesses are refused"),
    ],
)  # fmt: skip
def test_the_build_of_an_image_gets_a_database_and_no_secret_of_this_machine(tmp_path, refused, host, port):
    line = "FROM python:3.12\nRUN python manage.py collectstatic --noinput\nCMD gunicorn shop.wsgi\n"
    names = ("MAIL_HOST", "MAIL_PASSWORD", "MAIL_PORT", "PAY_URL")
    project = Served(
        tmp_path, {"Dockerfile": line}, text="import os\n" + "".join(f"os.environ['{each}']\n" for each in names)
    )
    project.service_values = dict
    with_values(project, refused, DATABASE_URL="sqlite:////home/me/x.sqlite3")
    project.unset = list(names)
    built = image_builds.completed(project, project.source.image, line.encode()).decode()
    assert (
        f"RUN DATABASE_URL=sqlite:///:memory: MAIL_HOST={host} MAIL_PASSWORD=placeholder "
        f"MAIL_PORT={port} PAY_URL=https://placeholder.invalid python manage.py" in built
    )


def test_the_build_of_an_image_uses_the_settings_of_production(tmp_path):
    line = "FROM python:3.12\nRUN python manage.py collectstatic --noinput\nCMD gunicorn shop.wsgi\n"
    project = Served(tmp_path, {"Dockerfile": line}, text="import os\n")
    project.service_values = lambda: {"DJANGO_SETTINGS_MODULE": "shop.settings.production"}
    with_values(project)
    built = image_builds.completed(project, project.source.image, line.encode()).decode()
    assert "RUN DJANGO_SETTINGS_MODULE=shop.settings.production python manage.py collectstatic" in built
    assert image_builds.completed(project, project.source.image, built.encode()).decode() == built
