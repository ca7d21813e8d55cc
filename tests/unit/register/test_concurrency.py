"""Two at once, on both databases, over real connections: one wins, the other is told so.

`concurrency_script.py` plays the scenes in a process of its own, with a database in a file or a
PostgreSQL from a package; here stands what must have come of them.
"""

import importlib.util
import json
import os
import re
import subprocess
import sys
from decimal import Decimal
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

HERE = Path(__file__).parent
SCRIPT = HERE / "concurrency_script.py"
Scenes = dict[str, Any]


def _postgresql() -> ModuleType:
    """Load the helper beside the tests, wherever they are started from."""
    spec = importlib.util.spec_from_file_location("postgresql", HERE.parents[1] / "postgresql.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def _play(home: Path, url: str) -> Scenes:
    env = {**os.environ, "TOWNWORKS_HOME": str(home), "TOWNWORKS_DATABASE_URL": url}
    source = str(HERE.parents[2] / "src")
    env["PYTHONPATH"] = os.pathsep.join(filter(None, (source, env.get("PYTHONPATH", ""))))
    done = subprocess.run(
        [sys.executable, str(SCRIPT)], env=env, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return dict(json.loads(done.stdout))


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def scenes(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Scenes:
    home = tmp_path_factory.mktemp("home")
    if request.param == "sqlite":
        return _play(home, "")
    postgresql = _postgresql()
    if postgresql.missing():
        pytest.skip(postgresql.missing())
    with postgresql.database_url() as url:
        return _play(home, url)


def _one_wins(said: list[str], key: str) -> None:
    """One is done, every other is refused for this reason; nobody meets a fault."""
    others = [text for text in said if text != "done"]
    assert len(others) == len(said) - 1, said
    assert all(text.split(":")[0].split()[-1] == key for text in others), said


def test_one_decision_wins_and_is_written_once(scenes: Scenes) -> None:
    for round_ in scenes["two_decisions"]:
        won = "admit" if round_["said"][0] == "done" else "refuse"
        assert round_["state"] == {"admit": "decided", "refuse": "refused"}[won]
        assert round_["steps"] == ["open", won]
        assert round_["events"] == ["open", won]


def test_the_other_is_told_who_and_when(scenes: Scenes) -> None:
    for round_ in scenes["two_decisions"]:
        if not round_["seen"]:
            _one_wins(round_["said"], "wrong_state")
            continue
        _one_wins(round_["said"], "conflict")
        first = round_["said"].index("done")
        told = round_["said"][1 - first]
        assert told.startswith("ConflictError")
        assert ("town_office 2", "town_office 3")[first] in told
        assert ("“Admit”", "“Refuse”")[first] in told
        assert re.search(r"at \d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC", told)


def test_payments_never_exceed_the_approval(scenes: Scenes) -> None:
    for round_ in scenes["two_payments"]:
        _one_wins(round_["said"], "over_approval")
        assert round_["payments"] == [round_["paid"]] == ["60.00"]


def test_commitments_never_exceed_the_line(scenes: Scenes) -> None:
    for round_ in scenes["two_commitments"]:
        _one_wins(round_["said"], "line_short")
        assert Decimal(round_["committed"]) == 100


def test_occupancies_never_exceed_the_premises(scenes: Scenes) -> None:
    """Also where the one begins months before the other."""
    for round_ in scenes["two_occupancies"]:
        _one_wins(round_["said"], "no_room")
        assert Decimal(round_["free"]) == 40


def test_nothing_takes_effect_over_an_unanswered_objection(scenes: Scenes) -> None:
    for round_ in scenes["objection_and_effect"]:
        objected = round_["filed"] == 1
        assert (round_["state"] == "notice") == objected
        _one_wins(round_["said"], "objections_open" if objected else "not_on_notice")


def test_what_is_there_once_is_written_once(scenes: Scenes) -> None:
    for round_ in scenes["same_twice"]:
        _one_wins(round_["applied"], "broken.admission_open_once")
        came = [text for text in round_["came"] if text != "done"]
        assert all("broken.enterprise_code" in text for text in came)


def test_grants_that_exclude_each_other_are_not_both_opened(scenes: Scenes) -> None:
    for round_ in scenes["excluding_grants"]:
        _one_wins(round_["said"], "excluded")
        assert round_["grants"] == 1


def test_a_new_password_does_not_open_an_account_that_is_closed_meanwhile(scenes: Scenes) -> None:
    for round_ in scenes["closing_and_password"]:
        assert round_["said"][0] == "done"
        assert not round_["active"]


def test_two_applications_of_one_name_make_one_town(scenes: Scenes) -> None:
    """The second must not overwrite the first one's town: their ids are the same."""
    for round_ in scenes["one_name_twice"]:
        _one_wins(round_["said"], "name_taken")
        won = "甲乙"[round_["said"].index("done")]
        assert round_["towns"] == [[won]]


def test_of_two_imports_of_a_town_one_is_written(scenes: Scenes) -> None:
    for round_ in scenes["two_imports"]:
        _one_wins(round_["said"], "import_changed")
        assert round_["held"] == [str(round_["said"].index("done") + 1)]


def test_locks_and_references_do_not_wait_for_each_other_for_ever(scenes: Scenes) -> None:
    assert scenes["locks_and_references"] == ["done", "done", "done"]


def test_the_chain_stays_whole(scenes: Scenes) -> None:
    assert scenes["many_events"] == {"said": ["done"] * 8, "events": 400, "faults": []}
