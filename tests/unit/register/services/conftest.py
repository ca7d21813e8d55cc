"""Who acts in the tests of the services, and that a refusal changes nothing."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import date

import pytest
from django.apps import apps

from townworks.register.models import Account, Event, Head
from townworks.register.practice.story import Stage
from townworks.register.refusals import RefusalError

DAY = date(2016, 6, 1)
Refused = Callable[..., AbstractContextManager[None]]


@pytest.fixture
def stage(people: dict[str, Account]) -> Stage:
    """Who acts, on the register's day."""
    return Stage(people, DAY)


@pytest.fixture
def refused(db: None) -> Refused:  # noqa: ARG001
    """Expect a refusal with a key (and at a field), and not one row or event more or less."""

    @contextmanager
    def expect(key: str, where: str | None = None) -> Iterator[None]:
        before = _everything()
        with pytest.raises(RefusalError) as caught:
            yield
        found = {reason.key: reason.field for reason in caught.value.reasons}
        assert key in found, found
        assert where is None or found[key] == where
        assert all(text for lang in ("en", "zh") for _, text in caught.value.messages(lang))
        assert _everything() == before

    return expect


def _everything() -> dict[str, object]:
    """Rows of every table: all of them where they are few, their number where they are many."""
    found: dict[str, object] = {"head": list(Head.objects.values_list())}
    for model in apps.get_app_config("register").get_models():
        rows = model._default_manager.order_by("pk")
        few = model is not Event and rows.count() < 80
        found[model.__name__] = list(rows.values_list()) if few else rows.count()
    return found
