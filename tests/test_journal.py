"""The store: whole lines or nothing, whatever ends the run."""

from __future__ import annotations

import errno
import json
import math
import os
import subprocess
import sys
from pathlib import Path

import pytest

from derivlab.errors import StoreError
from derivlab.harness.journal import Journal, read_journal

RECORDS = [{"k": k, "text": "a ✓ \n line", "error": math.inf, "parts": [1.5, None]} for k in range(5)]


def filled(path: Path) -> Path:
    with Journal(path) as journal:
        for record in RECORDS:
            journal.append(record)
    return path


def test_records_come_back_as_they_were(tmp_path: Path) -> None:
    path = filled(tmp_path / "new" / "store.jsonl")
    assert list(read_journal(path)) == RECORDS
    assert [json.loads(line)["k"] for line in path.read_text().splitlines()] == [0, 1, 2, 3, 4], "JSON lines for all"
    with Journal(path) as journal:
        assert journal.damage == ""
        journal.append({"k": 5})
    assert [record["k"] for record in read_journal(path)] == [0, 1, 2, 3, 4, 5]


def test_a_store_that_was_cut_anywhere_keeps_its_whole_lines(tmp_path: Path) -> None:
    whole = filled(tmp_path / "store.jsonl").read_bytes()
    ends = [k + 1 for k, byte in enumerate(whole) if byte == 10]
    for size in range(len(whole)):
        path = tmp_path / f"{size}" / "cut.jsonl"
        path.parent.mkdir()
        path.write_bytes(whole[:size])
        kept = sum(end <= size for end in ends)
        with Journal(path) as journal:
            assert ("set aside" in journal.damage) == (size not in (0, *ends))
            journal.append({"k": "after"})
        assert list(read_journal(path)) == [*RECORDS[:kept], {"k": "after"}]
        aside = b"".join(file.read_bytes() for file in path.parent.glob("*.damaged-*"))
        assert path.read_bytes()[: len(whole[:size]) - len(aside)] + aside == whole[:size], "nothing is thrown away"


@pytest.mark.parametrize("place", [0, 10, 40, 60])
def test_a_changed_byte_is_seen(tmp_path: Path, place: int) -> None:
    path = filled(tmp_path / "store.jsonl")
    content = bytearray(path.read_bytes())
    content[len(content) // 5 * 2 + place] ^= 1
    path.write_bytes(content)
    left = list(read_journal(path))
    assert 3 <= len(left) < 5
    assert all(record in RECORDS for record in left)
    with Journal(path) as journal:
        assert "inside are not read" in journal.damage


def test_one_run_at_a_time(tmp_path: Path) -> None:
    path = tmp_path / "store.jsonl"
    with Journal(path), pytest.raises(StoreError, match="another run"):
        Journal(path)
    script = "import sys, pathlib; from derivlab.harness.journal import Journal; Journal(pathlib.Path(sys.argv[1]))"
    with Journal(path):
        answer = subprocess.run([sys.executable, "-c", script, str(path)], capture_output=True, text=True, check=False)
    assert "StoreError: another run writes into" in answer.stderr
    Journal(path).close()


def test_what_cannot_be_opened_says_so(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="no store"):
        list(read_journal(tmp_path / "nothing.jsonl"))
    with pytest.raises(StoreError, match="cannot be opened"):
        Journal(tmp_path)


@pytest.mark.parametrize("allowed", [0, 1, 30])
def test_a_full_disk_loses_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, allowed: int) -> None:
    """The disk takes a part of a line, or none; then there is room again."""
    path, write = tmp_path / "store.jsonl", os.write

    def full(file: int, data: bytes) -> int:
        if not allowed:
            raise OSError(errno.ENOSPC, "No space left on device")
        return write(file, data[:allowed])

    with Journal(path) as journal:
        journal.append(RECORDS[0])
        monkeypatch.setattr(os, "write", full)
        with pytest.raises(StoreError, match="make room, then go on with --resume"):
            journal.append(RECORDS[1])
        monkeypatch.setattr(os, "write", write)
        assert list(read_journal(path)) == RECORDS[:1]
        journal.append(RECORDS[1])
    assert list(read_journal(path)) == RECORDS[:2]


@pytest.mark.skipif(os.geteuid() != 0, reason="a small disk is mounted by root only")
def test_a_disk_that_is_full_loses_nothing(tmp_path: Path) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=16k", "tmpfs", str(disk)], check=False).returncode:
        pytest.skip("mounting is not permitted here")
    try:
        with Journal(disk / "store.jsonl") as journal:
            kept = [k for k in range(10**3) if _fits(journal, {"k": k})]
            assert 100 < len(kept) < 10**3
            assert [record["k"] for record in read_journal(journal.path)] == kept
    finally:
        subprocess.run(["umount", str(disk)], check=True)


def _fits(journal: Journal, record: dict[str, int]) -> bool:
    try:
        journal.append(record)
    except StoreError:
        return False
    return True
