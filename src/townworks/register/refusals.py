"""What the register refuses, and why, in both languages: the field, the reason, what to do."""

import dataclasses
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from townworks.errors import TownworksError
from townworks.schema.messages import message

EVERYTHING = ""
"""Field of a refusal that concerns no single field."""


@dataclass(frozen=True)
class Reason:
    """A key of the catalogue (`register.…`) with its values, and the field it concerns."""

    key: str
    field: str = EVERYTHING
    values: Mapping[str, object] = dataclasses.field(default_factory=dict)

    def say(self, language: str) -> str:
        """Write it for people; a value that is a mapping has a text in each language."""
        spoken = {
            name: value.get(language, "") if isinstance(value, Mapping) else value
            for name, value in self.values.items()
        }
        return message(f"register.{self.key}", language, **spoken)


class RefusalError(TownworksError, ValueError):
    """Something was not done; nothing of it was saved. All its reasons come at once.

    >>> print(RefusalError([Reason("no_reason", "reason")]))
    Say why: the reason stays in the record.
    """

    def __init__(self, reasons: Iterable[Reason]) -> None:
        """Take every reason."""
        self.reasons = tuple(reasons)
        super().__init__(" ".join(reason.say("en") for reason in self.reasons))

    def messages(self, language: str) -> list[tuple[str, str]]:
        """Field and text of each reason."""
        return [(reason.field, reason.say(language)) for reason in self.reasons]


class NotAllowedError(RefusalError, PermissionError):
    """This account may not do this, whatever it says."""

    __str__ = Exception.__str__


class ConflictError(RefusalError):
    """Somebody else was first; says who and when."""


def refuse(key: str, where: str = EVERYTHING, **values: object) -> RefusalError:
    """Return a refusal with one reason."""
    return RefusalError([Reason(key, where, values)])
