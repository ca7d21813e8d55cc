"""One account a role, and a second one where the rule of two persons asks for it."""

import secrets
from dataclasses import dataclass

from townworks.register.audit import Act, write
from townworks.register.models import Account, Enterprise, Town
from townworks.register.services.accounts import Secret, change_password, create_account

ALPHABET = "abcdefghijkmnpqrstuvwxyz23456789"
PEOPLE = (
    ("office", "Fang (programme office)", "programme_office", "", ""),
    ("office.head", "Guo (programme office, head)", "programme_office", "", ""),
    ("prefecture", "He (prefecture)", "prefecture_office", "", "3310"),
    ("county", "Jin (county)", "county_office", "", "331003"),
    ("county.head", "Lou (county, head)", "county_office", "", "331003"),
    ("statistics", "Mao (statistics)", "department", "statistics", ""),
    ("tax", "Ni (tax)", "department", "tax", ""),
    ("finance", "Pan (finance)", "department", "finance", ""),
    ("resources", "Qiu (natural resources)", "department", "natural_resources", ""),
    ("town", "Ruan (town)", "town_office", "", ""),
    ("town.head", "Shen (town, director)", "town_office", "", ""),
    ("enterprise", "Tang (enterprise)", "enterprise", "", ""),
    ("auditor", "Wang (auditor)", "auditor", "", ""),
)


@dataclass(frozen=True)
class Login:
    """What a person types to sign in."""

    username: str
    password: str
    role: str


def practice_accounts(town: Town, enterprise: Enterprise, act: Act) -> list[Login]:
    """Make the accounts that are missing, give each a fresh random password, and return them."""
    return [_login(person, town, enterprise, act) for person in PEOPLE]


def _login(
    person: tuple[str, str, str, str, str], town: Town, enterprise: Enterprise, act: Act
) -> Login:
    username, name, role, department, place_code = person
    password = "-".join("".join(secrets.choice(ALPHABET) for _ in range(5)) for _ in range(3))
    account = Account.objects.filter(username=username).first()
    if account is not None:
        change_password(account, Secret(password), act)
        account.must_change_password = False
        write(account, act)
        return Login(username, password, account.title)
    account = Account(
        username=username,
        name=name,
        role=role,
        department=department,
        place_code=place_code,
        town=town if role == "town_office" else None,
        enterprise=enterprise if role == "enterprise" else None,
        language="en",
    )
    return Login(username, password, create_account(account, Secret(password), act).title)
