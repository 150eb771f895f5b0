"""What is being done: bars on a terminal, a line for each step elsewhere."""

from __future__ import annotations

import sys
from collections.abc import Callable
from types import TracebackType

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn


class Steps:
    """The steps of an experiment, on standard error."""

    def __init__(self) -> None:
        self.terminal = sys.stderr.isatty()
        columns = (
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeRemainingColumn(),
        )
        self.bars = Progress(
            *columns, console=Console(stderr=True), transient=True, disable=not self.terminal
        )

    def __enter__(self) -> Steps:
        self.bars.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.bars.stop()

    def say(self, text: str) -> None:
        """One line, that stays."""
        print(text, file=sys.stderr, flush=True)

    def epochs(self, text: str, count: int) -> Callable[[float], None]:
        """Show a bar of `count` epochs; the result is called with the loss after each."""
        task = self.bars.add_task(text, total=count)
        done = 0

        def advance(loss: float) -> None:
            nonlocal done
            done += 1
            self.bars.update(task, advance=1, description=f"{text}, loss {loss:.4f}")
            if done == count:
                self.bars.remove_task(task)
                self.say(f"{text}: {count} epochs, loss {loss:.4f}")

        return advance
