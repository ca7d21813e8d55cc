"""What scripts rely on: public names, examples, the root folder, decisions and docs."""

import re
from pathlib import Path

import pytest

import townworks
from townworks.cli import main

ROOT = Path(__file__).parents[2]
ROOT_NAMES = {
    ".ci",
    ".gitignore",
    "ARCHITECTURE.md",
    "CHANGELOG.md",
    "CONTRIBUTING.md",
    "LICENSE",
    "Makefile",
    "README.md",
    "benchmarks",
    "constraints.txt",
    "docs",
    "examples",
    "pyproject.toml",
    "scripts",
    "src",
    "tests",
}


def test_public_names_are_these_and_resolve() -> None:
    assert townworks.__all__ == [
        *("AssessOptions", "ChainOptions", "ChainResult", "DiscoverOptions", "Discovery"),
        *("PlanOptions", "PlanResult", "PolicyOptions", "PolicyResult", "Programme"),
        *("ReadOptions", "YearAssessed"),
        *("assess", "chain", "discover", "open_programme", "plan", "policies", "read"),
    ]
    assert all(callable(getattr(townworks, name)) for name in townworks.__all__)
    with pytest.raises(AttributeError, match="nothing_of_the_kind"):
        _ = townworks.nothing_of_the_kind


def test_root_folder_holds_nothing_else() -> None:
    listed = {path.name for path in ROOT.iterdir()}
    made = {
        name
        for name in listed
        if re.fullmatch(r"\.(git|venv|.*_cache|hypothesis)|out|townworks-demo", name)
    }
    assert listed - made <= ROOT_NAMES
    assert listed >= ROOT_NAMES


def test_example_gives_what_it_promises(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = ROOT / "examples" / "discover"
    told = (folder / "README.md").read_text()
    command = re.search(r"townworks (discover .*?)\n\n", told, re.DOTALL)
    assert command
    words = command.group(1).replace("\\\n", " ").split()
    monkeypatch.chdir(ROOT)
    outputs = {"found.csv": tmp_path / "found.csv", "rejects.csv": tmp_path / "rejects.csv"}
    assert main([str(outputs.get(word, word)) for word in words]) == 0
    assert "read 400 = kept 398 + rejected 2" in capsys.readouterr().out
    for name, path in outputs.items():
        assert path.read_bytes() == (folder / "expected" / name).read_bytes(), name


def test_paths_named_in_docs_exist() -> None:
    pages = [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]
    for page in pages:
        folders = "src|tests|docs|benchmarks|scripts|examples"
        for named in re.findall(rf"`((?:{folders})/[\w./-]+)`", page.read_text()):
            assert (ROOT / named).exists(), f"{page.name} names {named}"


def test_decisions_are_numbered_without_gaps() -> None:
    numbers = sorted(int(path.name[:4]) for path in (ROOT / "docs/decisions").glob("*.md"))
    assert numbers == list(range(1, len(numbers) + 1))


def test_no_registry_host_and_no_outside_path_is_named() -> None:
    text = (ROOT / "constraints.txt").read_text() + (ROOT / "pyproject.toml").read_text()
    assert "://" not in text


def test_constraints_pin_every_dependency() -> None:
    pinned = set(re.findall(r"^([\w-]+)==", (ROOT / "constraints.txt").read_text(), re.MULTILINE))
    text = (ROOT / "pyproject.toml").read_text()
    named = set(re.findall(r'^    "([\w-]+)>=', text, re.MULTILINE))
    folded = {name.lower().replace("_", "-") for name in pinned}
    assert {name.lower() for name in named} <= folded


def test_docs_table_of_schema_is_complete() -> None:
    from townworks import schema

    page = (ROOT / "docs/tables.md").read_text()
    for table in set(schema.__all__) - {"FILING_FIELDS"}:
        assert f"## {table}\n" in page
        for column in getattr(schema, table).column_names():
            assert f"| `{column}` |" in page, f"docs/tables.md lacks {table}.{column}"


def test_example_programme_gives_what_it_promises(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = ROOT / "examples" / "programme"
    told = (folder / "README.md").read_text()
    monkeypatch.chdir(ROOT)
    commands = re.findall(r"^    townworks (.*?)\n\n", told, re.DOTALL | re.MULTILINE)
    lines = [
        line for text in commands for line in text.replace("\\\n", " ").split("\n    townworks ")
    ]
    expected = {path.name: path for path in (folder / "expected").iterdir()}
    for line in lines:
        words = [str(tmp_path / w) if w in expected else w for w in line.split()]
        assert main(words) == 0, capsys.readouterr().err
    for name, path in expected.items():
        assert (tmp_path / name).read_bytes() == path.read_bytes(), name


def test_policies_page_teaches_rules_that_work() -> None:
    from townworks.rules import coverage, load_rules, read_cases, run_cases

    text = (ROOT / "docs/policies.md").read_text()
    inputs, policy, _, cases = re.findall(r"```toml\n(.*?)```", text, re.DOTALL)
    policy = re.sub(r"^excludes = .*\n", "", policy, flags=re.MULTILINE)
    book = load_rules({"inputs.toml": inputs, "policies/xiacheng-esports.toml": policy})
    found = read_cases({"cases/xiacheng-esports.toml": cases}, book)
    assert not run_cases(book, found)
    assert coverage(book, found).idle == ()


def test_page_of_rules_is_up_to_date() -> None:
    from importlib import util

    spec = util.spec_from_file_location("page", ROOT / "scripts" / "build_rules_page.py")
    assert spec
    assert spec.loader
    module = util.module_from_spec(spec)
    spec.loader.exec_module(module)
    assert (ROOT / "docs/rules.md").read_text() == module.page()
