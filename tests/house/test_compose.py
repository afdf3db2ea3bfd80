"""docker-compose.yml and what it builds on agree; the services themselves were run by hand (docs/adr/0012)."""

import tomllib
from pathlib import Path

import yaml

ROOT = Path(__file__).parent.parent.parent
COMPOSE = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
AIRFLOW = {name: one for name, one in COMPOSE["services"].items() if one.get("image") == "provender:local"}


def test_every_airflow_process_of_a_team_is_there() -> None:
    commands = {one["command"].removeprefix("airflow ") for one in AIRFLOW.values()}

    assert commands == {"db migrate", "api-server", "scheduler", "dag-processor", "triggerer", "celery worker"}


def test_no_secret_has_a_default_and_each_is_in_the_example() -> None:
    text = (ROOT / "docker-compose.yml").read_text()
    example = (ROOT / ".env.example").read_text()

    for name in ("POSTGRES_PASSWORD", "JWT_SECRET", "FERNET_KEY"):
        assert f"${{{name}:?" in text
        assert f"${{{name}:-" not in text
        assert f"\n{name}=\n" in example


def test_nothing_is_published_beyond_this_machine() -> None:
    ports = [port for one in COMPOSE["services"].values() for port in one.get("ports", [])]

    assert ports
    assert all(port.startswith("127.0.0.1:") for port in ports)


def test_the_image_holds_what_the_dags_need_and_the_extra_of_a_team() -> None:
    docker = (ROOT / "Dockerfile").read_text()
    copied = {line.split()[-2] for line in docker.splitlines() if line.startswith("COPY") and "uv.lock" not in line}
    extra = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["optional-dependencies"]["team"]

    assert copied == {"pipeline", "dags", "expectations"}
    assert "--extra team" in docker
    assert any("celery" in one for one in extra)
    shown = {line.removeprefix("!") for line in (ROOT / ".dockerignore").read_text().splitlines()}
    assert copied <= shown
