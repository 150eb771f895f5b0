"""What becomes of the first thing that is wrong: the end, or one entry of a list."""

from collections.abc import Sequence

from ...dialects.errors import NnoptError
from .model import Finding


class Complaints:
    """Errors end the work where they are found: what compiling does."""

    def add(self, error: NnoptError, kind: str, subject: str = "") -> None:
        """Note an error about `subject`; see `Finding.kind`. Raises it."""
        raise error

    def add_all(self, findings: Sequence[Finding]) -> None:
        """Note several at once. Raises one error with all of them."""
        if findings:
            raise NnoptError(
                "; ".join(f.reason + (f"; {f.advice}" if f.advice else "") for f in findings)
            )


class Collected(Complaints):
    """Errors are kept, and the work goes on as far as it can: what `nnopt check` does."""

    def __init__(self) -> None:
        self.findings: list[Finding] = []

    def add(self, error: NnoptError, kind: str, subject: str = "") -> None:
        self.findings.append(Finding.of(error, kind, subject))

    def add_all(self, findings: Sequence[Finding]) -> None:
        self.findings.extend(findings)
