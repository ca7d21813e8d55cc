"""The register's verbs as typed: made, loaded, verified, tampered with, found out."""

import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
from tests.unit.register.planning import CASES, write_plan

PROGRAM = Path(sys.executable).with_name("townworks")


def run(*words: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(PROGRAM), *map(str, words)], capture_output=True, text=True, check=False
    )


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("register") / "home"
    assert run("migrate", "--home", folder).returncode == 0
    done = run("load", "zhejiang", "--office", "fang", "--home", folder)
    assert done.returncode == 0, done.stderr
    assert "towns: read 103 = new 103 + there already 0 + left out 0" in done.stdout
    assert "Sign in as fang with" in done.stdout
    return folder


def test_a_second_migration_and_load_change_nothing(home: Path) -> None:
    assert "0 migrations applied" in run("migrate", "--home", home).stdout
    done = run("load", "zhejiang", "--home", home)
    assert "towns: read 103 = new 0 + there already 103 + left out 0" in done.stdout
    again = run("load", "zhejiang", "--office", "guo", "--home", home)
    assert again.returncode == 1
    assert "has an account of the programme office" in again.stderr


def test_secret_key_is_its_owners_only(home: Path) -> None:
    assert (home / "secret-key").stat().st_mode & 0o077 == 0


def test_the_chain_is_verified_exported_and_verified_elsewhere(home: Path, tmp_path: Path) -> None:
    events, heads = tmp_path / "events.jsonl", tmp_path / "heads.txt"
    done = run("verify", "--home", home, "--export", events, "--anchors", heads)
    assert done.returncode == 0, done.stdout
    assert "The chain is whole, and the tables are what it says." in done.stdout
    assert run("verify", "--file", events, "--anchors", heads).returncode == 0
    lines = events.read_text(encoding="utf-8").splitlines(keepends=True)
    events.write_text("".join(lines[:100] + lines[101:]), encoding="utf-8")
    cut = run("verify", "--file", events)
    assert cut.returncode == 1
    assert "removed at event 101" in cut.stdout


def test_a_plan_is_put_into_force_once(home: Path, tmp_path: Path) -> None:
    path = write_plan(tmp_path)
    words = ("load", "--plan", path, "--home", home)
    done = run(*words, "--since", "2015-06-05", "--title", "First plan")
    assert done.returncode == 0, done.stderr
    assert "plan: read 6 = chosen 5 + refused 1; towns start in 2015 to 2017" in done.stdout
    assert "towns of this register: 2 of 5 chosen" in done.stdout
    assert "in force since 2015-06-05, as plan 1" in done.stdout
    again = run(*words, "--as", "fang")
    assert again.returncode == 0
    assert "Nothing to do: plan.csv is the plan in force since 2015-06-05" in again.stdout
    write_plan(tmp_path, CASES[:2])
    newer = run(*words)
    assert "plan 1 ended on" in newer.stdout
    assert run("verify", "--home", home).returncode == 0
    (tmp_path / "plan.years.csv").unlink()
    wrong = run(*words)
    assert wrong.returncode == 1
    assert "This is no plan: 1 fault; nothing of it was loaded." in wrong.stderr


def test_tampering_with_a_table_is_located(home: Path) -> None:
    with sqlite3.connect(home / "register.sqlite3") as database:
        database.execute(
            "UPDATE register_assessment SET grade = 'excellent'"
            " WHERE grade = 'warning' AND year = 2015"
        )
    done = run("verify", "--home", home)
    assert done.returncode == 1
    assert "altered at event" in done.stdout
    assert "grade was 'warning', is 'excellent'" in done.stdout


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["verify", "--home", "{tmp}/none"], "cannot be reached"),
        (["verify", "--file", "{tmp}/none.jsonl"], "does not exist"),
        (["load", "zhejang", "--home", "{home}"], "Did you mean 'zhejiang'?"),
        (["load", "--home", "{home}"], "There is nothing to load"),
        (["load", "--plan", "{tmp}/none.csv", "--home", "{home}"], "does not exist"),
        (["load", "--plan", "{tmp}/none.csv", "--home", "{home}", "--as", "x"], "no account 'x'"),
        (["serve", "--home", "{home}", "--port", "99999"], "cannot be listened on"),
        (["demo", "--home", "{home}", "--no-serve"], "holds a register in earnest"),
    ],
)
def test_faults_are_one_message(home: Path, tmp_path: Path, words: list[str], says: str) -> None:
    done = run(*[word.format(home=home, tmp=tmp_path) for word in words])
    assert done.returncode == 1
    assert says in done.stderr
    assert "Traceback" not in done.stderr


def test_a_demo_can_be_made_again_and_keeps_what_it_has(tmp_path: Path) -> None:
    first = run("demo", "--no-serve", "--home", tmp_path / "demo")
    assert first.returncode == 0, first.stderr
    assert first.stdout.count("_office") + first.stdout.count("department:") == 11
    again = run("demo", "--no-serve", "--home", tmp_path / "demo")
    assert again.returncode == 0, again.stderr
    assert run("verify", "--home", tmp_path / "demo").returncode == 0


def test_a_registry_is_loaded_for_looking_codes_up(
    tmp_path: Path, synthetic_registry: Path
) -> None:
    home, enterprises = tmp_path / "home", tmp_path / "enterprises.parquet"
    assert run("read", synthetic_registry, "--out", enterprises).returncode == 0
    assert run("migrate", "--home", home).returncode == 0
    done = run("load", "zhejiang", "--home", home, "--registry", enterprises)
    assert "registry: read 1,500 = new 1,500 + there already 0 + left out 0" in done.stdout
    with sqlite3.connect(home / "register.sqlite3") as database:
        found = database.execute("SELECT count(*), min(capital_cny) FROM register_registryentry")
        count, least_fen = found.fetchone()
    assert count == 1_500
    assert least_fen >= 1_000_000
    assert run("verify", "--home", home).returncode == 0
