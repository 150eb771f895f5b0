"""Who measures points: processes of this machine, or workers of a dask cluster."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
import time
from collections.abc import Callable, Generator, Sequence
from concurrent.futures import Executor, Future, ProcessPoolExecutor, as_completed
from concurrent.futures import wait as wait_for
from contextlib import contextmanager
from importlib import import_module
from typing import Any

from ...dialects.errors import NnoptError
from .journal import Journal
from .knobs import Choices, key_of
from .measure import Outcome, measure
from .setting import Setting


@contextmanager
def workers(jobs: int, scheduler: str | None) -> Generator[Executor]:
    """So many processes, or the workers of a scheduler. Raises NnoptError."""
    if scheduler is not None:
        with _cluster(scheduler) as executor:
            yield executor
        return
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(jobs, context, _begin, (os.getpid(),)) as executor:
        yield executor


def _begin(parent: int) -> None:
    """In a worker: leave Ctrl-C to the parent, and end with it."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(0.5)
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()


@contextmanager
def _cluster(address: str) -> Generator[Executor]:
    try:
        distributed: Any = import_module("distributed")
    except ImportError as error:
        raise NnoptError(
            "--scheduler needs dask, which is not installed: pip install 'nnopt[explore]', or in "
            "a checkout pip install '.[explore]'"
        ) from error
    try:
        client = distributed.Client(address, timeout=20, set_as_default=False)
    except (OSError, ValueError, TimeoutError) as error:
        raise NnoptError(f"no dask scheduler answers at {address}: {error}") from None
    with client:
        yield client.get_executor(pure=False)


def measure_all(
    setting: Setting,
    points: Sequence[Choices],
    executor: Executor,
    journal: Journal,
    tell: Callable[[Outcome], None],
) -> list[Outcome]:
    """Measure what is not in the journal; it gets each point as soon as it is there.

    Raises NnoptError where workers die. When interrupted, what has begun is finished and kept.
    """
    missing = [choices for choices in points if journal.find(choices) is None]
    futures = [executor.submit(measure, setting, choices) for choices in missing]
    kept: set[Future[Outcome]] = set()

    def keep(future: Future[Outcome]) -> None:
        kept.add(future)
        outcome = future.result()
        journal.add(outcome)
        tell(outcome)

    try:
        for future in as_completed(futures):
            keep(future)
    except KeyboardInterrupt:
        begun = [future for future in futures if not future.cancel() and future not in kept]
        for future in wait_for(begun).done:
            keep(future)
        raise
    except Exception as error:  # points fail inside of their outcomes: this is of the workers
        raise NnoptError(
            f"a worker was lost ({type(error).__name__}); the same command goes on with the points "
            "that are missing"
        ) from error
    return [journal.known[key_of(choices)] for choices in points]
