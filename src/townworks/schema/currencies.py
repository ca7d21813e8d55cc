"""Names of currencies as registrars write them."""

import tomllib
from functools import cache
from importlib.resources import files


@cache
def currency_names() -> dict[str, str]:
    """Return name → ISO 4217 code, from `definitions/registry/currencies.toml`.

    >>> currency_names()["港"], currency_names()["人民币"]
    ('HKD', 'CNY')
    """
    path = files("townworks.definitions") / "registry" / "currencies.toml"
    table: dict[str, list[str]] = tomllib.loads(path.read_text(encoding="utf-8"))
    return {name: code for code, names in table.items() for name in names}
