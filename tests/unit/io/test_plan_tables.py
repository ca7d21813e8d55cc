"""`plan/realised.csv` and `plan/industry_terms.csv` of a programme's folder."""

from pathlib import Path

import pytest

from townworks.errors import DefinitionsError
from townworks.io.programmes import copy_programme, programme_digest, read_programme

TOWNS = """\
town_id,name_zh,name_en,prefecture_zh,prefecture_en,batch,sector,industry_zh,industry_en,source
reed,苇镇,Reed Town,甲市,Jia,1,fashion,芦苇,reeds,https://example.org/1
"""
HEADER = (
    "town_id,name,sector,basis,planned_cny,realised_cny,planned_period,realised_period,comparable,"
    "note_en,note_zh,source"
)
SOUND = "reed,苇镇,fashion,plan,100,116.4,2017,2017,true,a,甲,https://example.org/2"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "plan").mkdir()
    (tmp_path / "towns.csv").write_text(TOWNS)
    return tmp_path


def faults(folder: Path, name: str, *rows: str) -> list[tuple[str, str, str]]:
    (folder / name).write_text("\n".join(rows))
    with pytest.raises(DefinitionsError) as caught:
        read_programme(folder)
    return list(caught.value.faults)


def test_a_folder_without_them_has_empty_tables(folder: Path) -> None:
    tables = read_programme(folder)
    assert tables.realised.is_empty()
    assert tables.industry_terms.is_empty()


def test_sound_tables(folder: Path) -> None:
    (folder / "plan/realised.csv").write_text(f"{HEADER}\n{SOUND}\n")
    (folder / "plan/industry_terms.csv").write_text("town_id,kind,source\nreed,craft,judgement\n")
    tables = read_programme(folder)
    assert tables.realised["comparable"].to_list() == [True]
    assert tables.industry_terms["terms"].to_list() == [None]


def test_every_fault_of_realised_plans_at_once(folder: Path) -> None:
    rows = (
        HEADER,
        SOUND,
        SOUND.replace("2017,2017", "2017,2018").replace("reed", "red"),
        SOUND.replace("plan,100", "requirement,0").replace("2017,2017", "2016,2016"),
        SOUND.replace("116.4,2017,2017,true", "-1,2015,2015,false"),
        SOUND,
    )
    assert [(at, what) for _, at, what in faults(folder, "plan/realised.csv", *rows)] == [
        ("line 6", "苇镇, 2017, 2017: stands in line 2 too; leave one out"),
        ("line 3, column town_id", "is 'red', which is not in towns.csv; did you mean 'reed'?"),
        (
            "line 3, column comparable",
            "is true, but only a plan and what was done in its own years are comparable",
        ),
        ("line 4, column planned_cny", "is 0; write one above 0"),
        (
            "line 4, column comparable",
            "is true, but only a plan and what was done in its own years are comparable",
        ),
        ("line 5, column realised_cny", "is -1; write 0 or more"),
    ]


def test_faults_of_terms(folder: Path) -> None:
    rows = ("town_id,kind,source", "reed,crafts,judgement", "reed,craft,", "rood,craft,judgement")
    found = faults(folder, "plan/industry_terms.csv", *rows)
    assert [at for _, at, _ in found] == [
        "line 2, column kind",
        "line 3, column source",
        "line 3",
        "line 4, column town_id",
    ]


def test_they_are_copied_and_hashed_with_the_programme(
    folder: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    before = programme_digest(folder)
    (folder / "plan/realised.csv").write_text(f"{HEADER}\n{SOUND}\n")
    assert programme_digest(folder) != before
    copy = tmp_path_factory.mktemp("copies") / "copy"
    assert copy_programme(folder, copy) == 2
    assert (copy / "plan/realised.csv").read_text() == f"{HEADER}\n{SOUND}\n"
