"""Batches side by side: while one is being read, others are worked on."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from os import cpu_count
from typing import NoReturn, TypeVar

T = TypeVar("T")
U = TypeVar("U")


def in_order(work: Callable[[T], U], items: Iterable[T]) -> Iterator[U]:
    """Yield `work(item)` in the order of the items, as many at a time as there are processors.

    One more than that is held, so a long iterable does not pile up. An error of the work or of the
    iterable is raised at its turn. Polars releases the interpreter lock, so its work on two
    batches really runs at once.

    >>> list(in_order(lambda n: n * n, range(5)))
    [0, 1, 4, 9, 16]
    """
    threads = cpu_count() or 1
    under_way: deque[Future[U]] = deque()
    with ThreadPoolExecutor(threads) as pool:
        try:
            for task in _tasks(work, items):
                under_way.append(pool.submit(task))
                if len(under_way) > threads:
                    yield under_way.popleft().result()
            while under_way:
                yield under_way.popleft().result()
        finally:
            for future in under_way:
                future.cancel()


def _tasks(work: Callable[[T], U], items: Iterable[T]) -> Iterator[Callable[[], U]]:
    """Yield a task for each item; where the iterable fails, one that fails with its error."""
    source = iter(items)
    while True:
        try:
            item = next(source)
        except StopIteration:
            return
        except Exception as error:  # noqa: BLE001 - whatever it is, it is raised at its turn
            yield partial(_fail, error)
            return
        yield partial(work, item)


def _fail(error: Exception) -> NoReturn:
    raise error
