from decimal import Decimal

import pytest

from townworks.errors import DefinitionsError
from townworks.io import find_programme, programme_files
from townworks.schema.profile import FILE, read_profile

TEXT = programme_files(find_programme("zhejiang"))[FILE]


def test_both_wordings_of_the_investment_stand_with_their_sources() -> None:
    profile = read_profile(TEXT)
    fact = next(fact for fact in profile.facts if fact.key == "investment_target")
    assert fact.value == 500 * 10**9
    assert [wording.usd for wording in fact.wordings] == [
        Decimal("81.5") * 10**9,
        Decimal("76.8") * 10**9,
        None,
    ]
    assert len({wording.source for wording in fact.wordings}) == 3
    assert "not public spending" in fact.wordings[2].says["en"]
    assert len(profile.sectors) == 8


@pytest.mark.parametrize(
    ("old", "new", "key", "problem"),
    [
        ("from = 2015-05-04\ndivision", "division", "programme.from", "is missing"),
        ("value = 100\n", 'value = "many"\n', "fact[1].value", "write a number"),
        ('zh = "目标小镇数"', 'zh = ""', "fact[1].title.zh", "translation is missing"),
        ("usd = 81_500_000_000", "usd = true", "fact[2].wording[1].usd", "write a number"),
        ("[[scarce]]", "[[scarc]]", "scarc", "did you mean scarce?"),
    ],
)
def test_faults_name_their_key(old: str, new: str, key: str, problem: str) -> None:
    assert old in TEXT
    with pytest.raises(DefinitionsError) as caught:
        read_profile(TEXT.replace(old, new, 1))
    assert any(at == key and problem in said for _, at, said in caught.value.faults)
