"""A store of records that grows line by line and survives whatever ends a run: a kill, a full disk, a crash.

Each line is a JSON object with a checksum of the rest, and is there whole or not at all. What an interrupted write left
behind is found when the store is opened, set aside in a file beside it, and told.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import zlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from derivlab.errors import StoreError
from derivlab.harness.store import plain, restored

_CHECK = b', "check": "'
_GO_ON = "What was measured before is kept; make room, then go on with --resume"


class Journal:
    """A store that is open for writing, by this process alone.

    Parameters
    ----------
    path
        The file; it is made where there is none.

    Attributes
    ----------
    damage
        What was found broken, in words; empty where all was whole.

    Raises
    ------
    StoreError
        If another process writes into the store, or the file cannot be opened.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._file = -1
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            self.damage = self._repair()
        except OSError as error:
            self.close()
            if isinstance(error, BlockingIOError):
                raise StoreError(
                    f"another run writes into {path}: wait until it ends, or choose another file"
                ) from None
            raise StoreError(f"{path} cannot be opened for writing: {error.strerror}") from error

    def append(self, record: Mapping[str, Any]) -> None:
        """Write one record, whole or not at all.

        Raises
        ------
        StoreError
            If the disk is full or the file cannot be written; the store is as it was before.
        """
        line = _line(record)
        try:
            written = os.write(self._file, line)
        except OSError as error:
            self._cut()
            raise StoreError(f"{self.path} cannot be written: {error.strerror}. {_GO_ON}") from error
        if written < len(line):
            self._cut()
            raise StoreError(f"{self.path} cannot be written: the disk is full. {_GO_ON}")
        self._end += len(line)

    def close(self) -> None:
        """Let another run have it."""
        if self._file >= 0:
            with contextlib.suppress(OSError):
                os.fsync(self._file)
            os.close(self._file)
        self._file = -1

    def __enter__(self) -> Journal:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _cut(self) -> None:
        """Take back what a failed write left."""
        with contextlib.suppress(OSError):
            os.ftruncate(self._file, self._end)
            os.lseek(self._file, self._end, os.SEEK_SET)

    def _repair(self) -> str:
        """Set a broken end aside and go to where the next line belongs; what was found is returned in words."""
        self._end, place, broken, inside = 0, 0, 0, 0
        with self.path.open("rb") as file:
            for line in file:
                place += len(line)
                if _record(line) is None:
                    broken += 1
                else:
                    self._end, inside = place, broken
        told = f"{inside} broken lines inside are not read" if inside else ""
        if place > self._end:
            told = f"{self._set_aside(place)}; {told}".removesuffix("; ")
        os.lseek(self._file, self._end, os.SEEK_SET)
        return told

    def _set_aside(self, size: int) -> str:
        tail = os.pread(self._file, size - self._end, self._end)
        beside = next(b for k in range(1, 10**6) if not (b := self.path.with_suffix(f".damaged-{k}")).exists())
        beside.write_bytes(tail)
        os.ftruncate(self._file, self._end)
        return f"the last {len(tail):,} bytes were no whole record and were set aside in {beside.name}"


def read_journal(path: Path) -> Iterator[dict[str, Any]]:
    """The whole records of a store, in the order in which they came; what is broken is left out.

    Raises
    ------
    StoreError
        If there is no such file.
    """
    try:
        file = path.open("rb")
    except OSError as error:
        raise StoreError(f"no store {path}: {error.strerror}") from error
    with file:
        yield from filter(None, map(_record, file))


def _line(record: Mapping[str, Any]) -> bytes:
    body = json.dumps(plain(record), ensure_ascii=False, allow_nan=False)[:-1].encode()
    return body + _seal(body)


def _seal(body: bytes) -> bytes:
    return b'%b%08x"}\n' % (_CHECK, zlib.crc32(body))


def _record(line: bytes) -> dict[str, Any] | None:
    """The record of a line, or None where it is not as it was written."""
    body = line.rpartition(_CHECK)[0]
    if not body or line != body + _seal(body):
        return None
    return {key: value for key, value in restored(json.loads(line)).items() if key != "check"}
