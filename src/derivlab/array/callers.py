"""What the user's program was doing when an array of ours was asked for something: the call, read from the stack."""

from __future__ import annotations

import ast
import builtins
import dis
import inspect
import linecache
import sys
import sysconfig
from collections.abc import Iterable, Iterator
from types import FrameType, ModuleType, TracebackType
from typing import Any, NamedTuple

_Place = tuple[FrameType, int]
"""A frame, and where in its bytecode it stands."""

_LIBRARY = tuple(sysconfig.get_path(name) for name in ("stdlib", "platstdlib"))
_PACKAGES = ("site-packages", "dist-packages", "<__array_function__")


class Call(NamedTuple):
    """A call, an index or an operation of the user's program.

    Attributes
    ----------
    name
        What is called or indexed, by its public name: "scipy.linalg.det". Empty where that is not known, or where it
        is one of Python's own: float, range.
    argument
        The syntax tree of the first argument; None where the source is not at hand.
    instruction
        The name of the bytecode instruction that asked, of whosever code it is: Python's, NumPy's or the user's.
    """

    name: str = ""
    argument: ast.expr | None = None
    instruction: str = ""


def asking() -> Call:
    """The call that an array of ours is in right now."""
    return _call(_outside(_stack(inspect.currentframe())))


def raising(error: BaseException) -> Call:
    """The call of the user's program that an error comes from."""
    return _call(_outside(reversed([*_traceback(error.__traceback__)])))


def _stack(frame: FrameType | None) -> Iterator[_Place]:
    while frame is not None:
        yield frame, frame.f_lasti
        frame = frame.f_back


def _traceback(trace: TracebackType | None) -> Iterator[_Place]:
    while trace is not None:
        yield trace.tb_frame, trace.tb_lasti
        trace = trace.tb_next


def _outside(places: Iterable[_Place]) -> list[_Place]:
    """From the innermost frame that is not ours up to the next that is."""
    found: list[_Place] = []
    for frame, place in places:
        ours = frame.f_globals.get("__name__", "").startswith("derivlab.")
        if ours and found:
            break
        if not ours:
            found.append((frame, place))
    return found


def _call(places: list[_Place]) -> Call:
    if not places:
        return Call()
    frame, place = next((where for where in places if not _of_library(where[0])), places[-1])
    instruction = _instruction(*places[0])
    expression = _expression(frame, place)
    match expression:
        case ast.Call(func=called, args=arguments):
            return Call(_name(called, frame), arguments[0] if arguments else None, instruction)
        case ast.Subscript(value=indexed) if instruction not in STORES:
            return Call(_name(indexed, frame), None, instruction)
        case _:
            return Call("", None, instruction)


STORES = frozenset({"STORE_SUBSCR", "STORE_SLICE"})
"""The instructions of ``x[i] = v``."""


def _instruction(frame: FrameType, place: int) -> str:
    return dis.opname[frame.f_code.co_code[place]] if place >= 0 else ""


def _of_library(frame: FrameType) -> bool:
    file = frame.f_code.co_filename
    return file.startswith(_LIBRARY) or any(part in file for part in _PACKAGES)


def _expression(frame: FrameType, place: int) -> ast.expr | None:
    """The expression that a frame stands in; None where its source is not at hand."""
    positions = [*frame.f_code.co_positions()]
    if place < 0:
        return None
    line, last, start, end = positions[place // 2]
    if line is None or last is None:
        return None
    lines = [text.encode() for text in linecache.getlines(frame.f_code.co_filename, frame.f_globals)[line - 1 : last]]
    if not lines:
        return None
    lines[-1] = lines[-1][:end]
    lines[0] = lines[0][start:]
    try:
        return ast.parse(f"({b''.join(lines).decode()}\n)", mode="eval").body
    except (SyntaxError, UnicodeDecodeError):  # the file is no longer what runs
        return None


def _name(expression: ast.expr, frame: FrameType) -> str:
    """The public name of what an expression stands for, as far as it can be read without running anything."""
    match expression:
        case ast.Attribute(value=owner, attr=attribute):
            home = _name(owner, frame)
            return f"{home}.{attribute}" if home else ""
        case ast.Call(func=called):
            return _name(called, frame)
        case ast.Name(id=name):
            scope = {**vars(builtins), **frame.f_globals, **frame.f_locals}
            return _name_of(scope[name], name) if name in scope else ""
        case _:
            return ""


def _name_of(value: Any, name: str) -> str:
    if isinstance(value, ModuleType):
        return value.__name__
    own = value if hasattr(value, "__qualname__") else type(value)
    home = ".".join(part for part in str(own.__module__ or "").split(".") if not part.startswith("_"))
    if not home or home == "builtins":
        return ""
    public = getattr(sys.modules.get(home), name, None) is value
    return f"{home}.{name if public else own.__qualname__}"
