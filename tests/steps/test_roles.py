"""Roles: who is not named may not, and without the file everybody may."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from pipeline.cli.main import provender
from pipeline.errors import InputMalformed, InputMissing, NotAllowed
from pipeline.steps import finding, registering, requests, roles, snapshots
from pipeline.store.lake import Lake


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    return Lake(tmp_path)


def test_without_the_file_everybody_may(lake: Lake) -> None:
    for what in ("run", "freeze", "open", "look_up", "withdraw", "erase"):
        roles.require(lake, what, "anybody")


def test_only_those_named_may_and_what_is_not_listed_stays_open(lake: Lake) -> None:
    roles.path(lake).write_text('[may]\nlook_up = ["desk"]\nerase = ["desk", "legal"]\nfreeze = []\n')
    name = str(requests.open_request(lake, "delete", actor="anybody")["request_id"])

    finding.by_identifier(lake, name, "13800138000", "CN_MOBILE", actor="desk")
    with pytest.raises(NotAllowed, match="anybody may not look up here"):
        finding.by_identifier(lake, name, "13800138000", "CN_MOBILE", actor="anybody")
    with pytest.raises(NotAllowed, match="may not erase"):
        requests.erase(lake, name, actor="anybody")
    with pytest.raises(NotAllowed, match="may not freeze"):
        snapshots.freeze(str(lake.root), "r", "corpus", "pretrain", "anybody")


def test_approving_and_overriding_take_a_role_beside_a_key(lake: Lake, tmp_path: Path) -> None:
    roles.path(lake).write_text('[may]\napprove = ["alice"]\noverride = []\n')
    key = tmp_path / "mallory.key"

    with pytest.raises(NotAllowed, match="mallory may not approve here"):
        snapshots.answer(str(lake.root), "corpus@1", role="compliance", actor="mallory", decision="approve", reason="")
    with pytest.raises(InputMissing, match="no key of alice"):
        snapshots.answer(str(lake.root), "corpus@1", role="compliance", actor="alice", decision="approve", reason="")
    given = ["corpus@1", "--lake", str(lake.root), "--as", "mallory", "--key", str(key)]
    for verb in (["approve", *given, "--role", "compliance"], ["snapshot", "override", *given, "--reason", "x"]):
        said = CliRunner().invoke(provender, verb)
        assert isinstance(said.exception, NotAllowed)


def test_who_may_not_register_stops_a_run_whose_sources_name_them(lake: Lake) -> None:
    register = Path(__file__).parents[2] / "examples" / "register"
    roles.path(lake).write_text('[may]\nregister = ["somebody.else"]\n')

    with pytest.raises(NotAllowed, match="may not register here"):
        registering.sources(lake, run="r", registers=[str(register)], use="pretrain", actor="me")

    assert not lake.ledger.exists()


@pytest.mark.parametrize("text", ["[may", '[may]\nfly = ["me"]', "[may]\nerase = 1"])
def test_a_file_that_cannot_be_read_stops_everything_with_what_it_may_hold(lake: Lake, text: str) -> None:
    roles.path(lake).write_text(text)

    with pytest.raises(InputMalformed, match=r"roles\.toml cannot be read") as raised:
        roles.require(lake, "run", "anybody")

    assert "look_up" in raised.value.fix
