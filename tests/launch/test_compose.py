"""No Docker engine runs here: the compose file and the image are held against the settings and the launcher."""

import json
import re
from pathlib import Path

import pytest
import yaml

from union_site.launch import programs

REPO = Path(__file__).resolve().parents[2]
PROGRAMS = {
    "web": programs.web("0.0.0.0:8000"),
    "worker": programs.worker(),
    "relay": programs.relay(),
    "beat": programs.beat(),
}
SCALED = ("web", "worker", "relay")


@pytest.fixture(scope="module")
def compose():
    return yaml.safe_load((REPO / "docker-compose.yml").read_text())


@pytest.fixture(scope="module")
def services(compose):
    return compose["services"]


@pytest.fixture(scope="module")
def image():
    return (REPO / "Dockerfile").read_text()


def variables_of_settings() -> set[str]:
    """Every name that settings.py reads from the environment."""
    return set(re.findall(r'\benv(?:\.\w+)?\(\s*"([A-Z_]+)"', (REPO / "union_site" / "settings.py").read_text()))


@pytest.mark.parametrize("name", PROGRAMS)
def test_service_runs_the_supervisors_command(services, name):
    assert services[name]["command"] == PROGRAMS[name]


@pytest.mark.parametrize("name", PROGRAMS)
def test_every_setting_is_set_except_the_owners_way_in(services, name):
    assert set(services[name]["environment"]) == variables_of_settings() - {"DATABASE_OWNER_URL"}


def test_only_the_upgrade_knows_the_owner(services):
    assert set(services["upgrade"]["environment"]) == variables_of_settings()
    assert services["upgrade"]["command"][-1] == " && ".join(" ".join(command) for command in programs.upgrade())
    assert all("OWNER_PASSWORD" not in str(services[name]["environment"]) for name in PROGRAMS)


@pytest.mark.parametrize("name", PROGRAMS)
def test_program_waits_for_a_migrated_database(services, name):
    waits = {service: state["condition"] for service, state in services[name]["depends_on"].items()}

    assert waits == {
        "upgrade": "service_completed_successfully",
        "postgres": "service_healthy",
        "redis": "service_healthy",
    }


@pytest.mark.parametrize("name", SCALED)
def test_scaled_service_claims_nothing_that_exists_once(services, name):
    assert "container_name" not in services[name]
    assert all("-8009}:" in port for port in services[name].get("ports", []))


def test_no_secret_has_a_value_here(services):
    secret = ("SECRET_KEY", "FIELD_KEYS", "SEARCH_KEY")

    assert [services["web"]["environment"][name] for name in secret] == [f"${{{name}:?}}" for name in secret]
    assert services["web"]["environment"]["UNION_MODE"] == "production"


def test_data_outlives_its_containers(compose, services):
    kept = {volume.partition(":")[0] for service in services.values() for volume in service.get("volumes", [])}

    assert kept == set(compose["volumes"]) == {"database", "broker", "media"}


def test_broker_never_evicts_and_writes_to_disk(compose):
    lines = compose["configs"]["redis"]["content"].splitlines()

    assert {"appendonly yes", "appendfsync everysec", "maxmemory-policy noeviction"} <= set(lines)


def test_every_service_says_how_it_is_watched(services, image):
    own = {"upgrade", "relay", "beat"}

    assert {name for name, service in services.items() if service.get("healthcheck") == {"disable": True}} == own
    assert "union_site.launch.health" in image


def test_image_starts_the_web_and_is_not_root(image):
    commands = re.findall(r"^CMD (\[.*\])$", image, re.MULTILINE)

    assert json.loads(commands[-1]) == PROGRAMS["web"]
    assert re.findall(r"^USER (\w+)$", image, re.MULTILINE)[-1] == "union"
    assert "--require-hashes -r /requirements.lock" in image
