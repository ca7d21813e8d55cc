"""Batches side by side, in order."""

from collections.abc import Iterator
from threading import Event, Lock
from time import sleep

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from townworks.workflow import pipeline
from townworks.workflow.pipeline import in_order


@settings(deadline=None, max_examples=30)
@given(st.lists(st.integers(0, 3), max_size=20))
def test_order_is_that_of_the_items(waits: list[int]) -> None:
    def work(item: tuple[int, int]) -> int:
        sleep(item[1] / 1_000)
        return item[0]

    assert list(in_order(work, enumerate(waits))) == list(range(len(waits)))


def test_nothing_comes_of_nothing() -> None:
    assert list(in_order(str, [])) == []


class Source:
    """Numbers, the number of those drawn so far, and an error in place of one of them."""

    def __init__(self, n: int, broken: int | None = None) -> None:
        self.n, self.broken, self.drawn = n, broken, 0

    def __iter__(self) -> Iterator[int]:
        for number in range(self.n):
            if number == self.broken:
                raise OSError(number)
            self.drawn += 1
            yield number


@pytest.mark.parametrize("threads", [1, 2, 5])
@pytest.mark.parametrize("broken", [0, 1, 3, 9])
def test_error_of_the_iterable_comes_at_its_turn(
    monkeypatch: pytest.MonkeyPatch, threads: int, broken: int
) -> None:
    monkeypatch.setattr(pipeline, "cpu_count", lambda: threads)
    results = in_order(str, Source(10, broken))
    assert [next(results) for _ in range(broken)] == [str(number) for number in range(broken)]
    with pytest.raises(OSError, match=f"^{broken}$"):
        next(results)


@pytest.mark.parametrize("threads", [1, 2, 5])
@pytest.mark.parametrize("broken", [0, 1, 3, 9])
def test_error_of_the_work_comes_at_its_turn(
    monkeypatch: pytest.MonkeyPatch, threads: int, broken: int
) -> None:
    def work(number: int) -> int:
        if number == broken:
            raise ValueError(number)
        return number

    monkeypatch.setattr(pipeline, "cpu_count", lambda: threads)
    results = in_order(work, range(10))
    assert [next(results) for _ in range(broken)] == list(range(broken))
    with pytest.raises(ValueError, match=f"^{broken}$"):
        next(results)
    assert list(results) == []


@pytest.mark.parametrize("threads", [1, 2, 5])
def test_only_a_few_are_drawn_ahead(monkeypatch: pytest.MonkeyPatch, threads: int) -> None:
    monkeypatch.setattr(pipeline, "cpu_count", lambda: threads)
    source = Source(100)
    for done, _ in enumerate(in_order(str, source), start=1):
        assert source.drawn - done <= threads
    assert source.drawn == 100


def test_as_many_at_a_time_as_processors(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two pieces of work that wait for each other end only if they run side by side."""
    monkeypatch.setattr(pipeline, "cpu_count", lambda: 2)
    met = (Event(), Event())

    def work(number: int) -> bool:
        met[number].set()
        return met[1 - number].wait(timeout=30)

    assert list(in_order(work, [0, 1])) == [True, True]


def test_leaving_early_draws_and_starts_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pipeline, "cpu_count", lambda: 2)
    source, lock, begun = Source(100), Lock(), []

    def work(number: int) -> int:
        with lock:
            begun.append(number)
        return number

    results = in_order(work, source)
    assert next(results) == 0
    results.close()  # type: ignore[attr-defined] # it is a generator
    assert source.drawn == 3
    assert set(begun) <= {0, 1, 2}


def test_unknown_number_of_processors_is_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pipeline, "cpu_count", lambda: None)
    assert list(in_order(str, range(3))) == ["0", "1", "2"]
