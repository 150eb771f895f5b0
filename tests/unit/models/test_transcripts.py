"""Commands in documents."""

from pathlib import Path

from nnopt.tools.transcripts import check, commands, refresh


def document(*lines: str) -> str:
    return "\n".join(["Text", "", "```console", *lines, "```", "", "```sh", "$ false", "```", ""])


def test_commands_may_go_on_over_lines() -> None:
    block = "$ one \\\n> more\nout\n> no command\n$ two\n"
    assert commands(block) == [["$ one \\", "> more"], ["$ two"]]


def test_outputs_are_replaced_and_the_rest_is_kept() -> None:
    before = document("$ echo a \\", ">   b", "old", "old", "$ true", "$ echo c >&2; exit 1")
    after = document("$ echo a \\", ">   b", "a b", "$ true", "$ echo c >&2; exit 1", "c")
    assert refresh(before) == after
    assert refresh(after) == after


def test_commands_share_a_folder_of_their_document() -> None:
    text = document(
        "$ echo x > $T/f; echo $T", "$T", "$ cat $T/f", "x", "$ ls README.md", "README.md"
    )
    assert refresh(text) == text


def test_check_reports_and_updates(tmp_path: Path) -> None:
    file = tmp_path / "doc.md"
    file.write_text(document("$ echo new", "old"))
    assert "-old\n+new\n" in check(file)
    assert "-old\n+new\n" in check(file, update=True)
    assert check(file) == ""
