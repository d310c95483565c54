"""What the user's program was doing when an array of ours was asked for something: the call, read from the stack."""

from __future__ import annotations

import ast
import builtins
import dis
import inspect
import linecache
import sys
import sysconfig
from collections.abc import Iterable, Iterator, Sequence
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
    text
        The same as it is typed: "linalg.det"; its name where it is typed without a dot.
    arguments
        The syntax trees of the arguments that stand in order; none where the source is not at hand.
    lists
        How many lists stand in each other as the first argument: 2 for a matrix of numbers, 0 for an array.
    instruction
        The name of the bytecode instruction that asked, of whosever code it is: Python's, NumPy's or the user's.
    in_library
        Whether it is that of an installed library, or of Python's.
    """

    name: str = ""
    text: str = ""
    arguments: Sequence[ast.expr] = ()
    lists: int = 0
    instruction: str = ""
    in_library: bool = False


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


_CALLING = "derivlab.method.calling"
"""Where the user's function is called."""


def _outside(places: Iterable[_Place]) -> list[_Place]:
    """From the innermost frame that is not ours up to where we call the user's function."""
    found: list[_Place] = []
    for frame, place in places:
        module = frame.f_globals.get("__name__", "")
        ours = module.startswith("derivlab.") and module != _CALLING
        if ours and found:
            break
        if not ours:
            found.append((frame, place))
    return found


def _call(places: list[_Place]) -> Call:
    if not places:
        return Call()
    depth = next((depth for depth, (frame, _) in enumerate(places) if not _of_library(frame)), len(places) - 1)
    (frame, place), inside = places[depth], places[:depth]
    instruction = _instruction(*places[0])
    expression = _expression(frame, place)
    match expression:
        case ast.Call(func=called, args=arguments):
            name, text = _names(called, frame)
        case ast.Subscript(value=indexed) if instruction not in STORES:
            name, text, arguments = *_names(indexed, frame), []
        case ast.BinOp(left=left) if not (name := _name(left, frame)).startswith("numpy."):  # a sparse matrix
            text, arguments = name, []
        case _:
            return Call(instruction=instruction, in_library=depth > 0)
    if not name:
        name = text = next(filter(None, (_name_of_frame(inner) for inner, _ in reversed(inside))), "")
    lists = _lists(arguments[0], frame) if arguments else 0
    return Call(name, text, arguments, lists, instruction, depth > 0)


STORES = frozenset({"STORE_SUBSCR", "STORE_SLICE"})
"""The instructions of ``x[i] = v``."""


def _instruction(frame: FrameType, place: int) -> str:
    return dis.opname[frame.f_code.co_code[place]] if place >= 0 else ""


def _of_library(frame: FrameType) -> bool:
    root = sys.modules.get(frame.f_globals.get("__name__", "").partition(".")[0])
    file = str(getattr(root, "__file__", None) or frame.f_code.co_filename)  # of Cython's code that of its package
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


def _names(expression: ast.expr, frame: FrameType) -> tuple[str, str]:
    name, text = _name(expression, frame), ast.unparse(expression)
    return name, text if "." in text and len(text) <= _LONG else name


_LONG = 60
"""Characters of a text that is not repeated."""


def _name(expression: ast.expr, frame: FrameType) -> str:
    """The public name of what an expression stands for, as far as it can be read without running anything."""
    match expression:
        case ast.Attribute(value=owner, attr=attribute):
            home = _name(owner, frame)
            return f"{home}.{attribute}" if home else ""
        case ast.Call(func=called):
            return _name(called, frame)
        case ast.Name(id=name):
            value = _value(name, frame)
            return "" if value is None else _name_of(value, name)
        case _:
            return ""


def _value(name: str, frame: FrameType) -> Any:
    return {**vars(builtins), **frame.f_globals, **frame.f_locals}.get(name)


def _lists(expression: Any, frame: FrameType) -> int:
    match expression:
        case ast.List(elts=parts) | ast.Tuple(elts=parts):
            return 1 + max((_lists(part, frame) for part in parts), default=0)
        case ast.ListComp(elt=part) | ast.GeneratorExp(elt=part):
            return 1 + _lists(part, frame)
        case ast.Call(func=ast.Name(id="list" | "tuple" | "sorted")):
            return 1
        case ast.Name(id=name):
            return _nesting(_value(name, frame))
        case _:
            return 0


def _nesting(value: Any) -> int:
    return 1 + max(map(_nesting, value), default=0) if type(value) in (list, tuple) else 0


def _name_of(value: Any, name: str) -> str:
    if isinstance(value, ModuleType):
        return value.__name__
    own = value if hasattr(value, "__qualname__") else type(value)
    home = _public(getattr(own, "__module__", None) or "")
    if not home or home.partition(".")[0] in ("builtins", "derivlab"):
        return ""
    public = getattr(sys.modules.get(home), name, None) is value
    return f"{home}.{name if public else own.__qualname__}"


def _name_of_frame(frame: FrameType) -> str:
    """The public name of a function of a library that runs; empty where it wraps another."""
    home, name = _public(frame.f_globals.get("__name__", "")), frame.f_code.co_qualname
    return f"{home}.{name}" if "." in home and "<" not in name and not name.startswith("_") else ""


def _public(module: str) -> str:
    return ".".join(part for part in module.split(".") if not part.startswith("_"))
