"""Strings that try to be run, hang a parser or break one: known escapes, and more of them from a grammar."""

from __future__ import annotations

import random

PAYLOADS = [
    "__import__('os').system('touch canary')",
    "open('canary','w')",
    "exec(\"open('canary','w')\")",
    "eval('CANARY.append(1)')",
    "CANARY.append(1)",
    "getattr(x,'__class__')",
    "().__class__.__base__.__subclasses__()",
    "x.__class__.__mro__[1].__subclasses__()[0]",
    "(lambda:open('canary','w'))()",
    "[open('canary','w')for x in x]",
    "{open('canary','w'):1}",
    'f\'{open("canary","w")}\'',
    "(y:=open('canary','w'))",
    "compile('1','','exec')",
    "globals()['CANARY'].append(1)",
    "breakpoint()",
    "help(x)",
    "print(x)",
    "vars(x)",
    "sin.__globals__",
    "xp.__builtins__",
    "sin(x,out=CANARY)",
]
"""Each would leave a file, or an entry in a list, if it ran."""

KNOWN = [
    *PAYLOADS,
    "9**9**9", "9**9**9**9", "2**(2**(2**(2**9)))", "x**9**9", "10**400", "1e308*10", "2.0**5000", "x**-99999",
    "x**1e9",
    "9" * 900, "0" * 900, "x*" + "9" * 5000, "1" + "0" * 30, "0x" + "f" * 90, "1_000", "0b1", "0o7", "007", "1j",
    "1e", "1e+",
    "(" * 49 + "x" + ")" * 49, "(" * 500, ")" * 500, "(" * 10**6, "[" * 900, "-" * 900 + "x", "-" * 10**6,
    "~" * 900 + "x",
    "x" + "+x" * 99, "x" + "+x" * 400, "x" + "**x" * 300, "sin(" * 200 + "x" + ")" * 200, "x[0]" * 240, "x" * 10**6,
    "х", "ｘ", "𝐱", "sin(х)", "ѕin(x)", "ｓｉｎ(x)", "_＿import__(x)", "x\u200b", "x\u202ey", "x\xa0+1", "x²", "π*x",
    "x−1",
    "", " ", "\t", "\n", "x\n", "x\ny", "x;y", "x#y", "x\\\n", "x\x00", "\x00", "\ufeffx", "\ud800", "x\r", "x\x0c",
    "\x1b[31mx",
    "lambda:x", "lambda x:x", "x if x else x", "x and x", "not x", "x<y", "x==y", "x is x", "x in x", "x//y", "x%y",
    "x@y", "x|y",
    "x[:]", "x[0:1]", "x[::2]", "x[...]", "x[None]", "x[x]", "x[0,1]", "x[1.0]", "x[-1]", "x[9**9]", "x[0][1]",
    "sin[0]", "1[0]",
    "*x", "**x", "sin(*x)", "sin(**x)", "sin(x=1)", "sin()", "sin(x,x,x)", "x()", "x(x)", "sin(x)(x)", "(x,)", "x,x",
    "sin", "e()", "pi[0]",
    "'x'", '"x"', "b'x'", "f'x'", "f'{x}'", "'''x", "'x", "u'x'", "rb'x'", "`x`", "$x", "?", "!x", "{}", "{x}",
    "{x:x}", "[x]", "[]",
    "None", "True", "False", "Ellipsis", "...", "await x", "yield x", "yield", "import os", "del x", "x=1", "x:=1",
    "x:int", "x->y",
    "_", "__", "_x", "x_", "x__y", "__class__", "x.y", "x.real", ".x", "x.", "1.x", "1..real", "1.5.2", "x  x", "2x",
    "2 x", "x2y", "a" * 31,
    "1/0", "0**-1", "(-8)**(1/3)", "log(-1)", "log(0)", "sqrt(-x)", "1e999", "1e999-1e999", "0.0*x", "sum(1)",
    "outer(1,2)", "norm(1)",
    "x # type: ignore", "x # type: int", "@x", "@", "x@", "-", "+", "*", "/", "x+", "x**", "+-+-x", "x- -x", "sin(x",
    "x)", "(x]", "[x)",
    "symbols('x')", "Symbol('__import__(0)')", "S('x')", "sympify(x)", "E", "I*x", "Lambda(x,x)", "Function(x)", "np",
    "np.exp(x)", "float",
]  # fmt: skip

_ATOMS = ["x", "y", "x1", "e", "pi", "1", "2", "2.5", "1e300", "9"]
_ODD_ATOMS = [*PAYLOADS, "sin", "np", "_x", "'a'", "None", "0", "99999999999999999999"]
_CALLS = [
    "sin",
    "exp",
    "log",
    "sum",
    "dot",
    "max",
    "norm",
    "gammainc",
    "getattr",
    "eval",
    "exec",
    "open",
    "x",
    "__import__",
    "print",
]
_SIGNS = ["+", "-", "*", "/", "**", "@", "//", "%", "&", "|", "^", "<", "==", " and ", " if ", ":=", "=", ",", ";", "."]
_CHARACTERS = "xyе_.,:;'\"()[]{}+-*/@%^&|<>=!~#\\$?` 019\t\n\x00\u200b²πｘ\U0001d431"


def fuzz(count: int, seed: int) -> list[str]:
    """Distinct programs of a grammar of Python's expressions; one of three has a few characters changed."""
    rng = random.Random(seed)
    texts: dict[str, None] = {}
    while len(texts) < count:
        text = _any(rng, 5)
        texts[_changed(rng, text) if rng.random() < 1 / 3 else text] = None
    return list(texts)


def _any(rng: random.Random, depth: int) -> str:
    if depth == 0 or rng.random() < 0.15:
        return rng.choice(_ODD_ATOMS if rng.random() < 0.04 else _ATOMS)
    part = lambda: _any(rng, depth - 1)
    forms = [
        lambda: part() + rng.choice(_SIGNS if rng.random() < 0.06 else _SIGNS[:4]) + part(),
        lambda: f"({part()})",
        lambda: f"{rng.choice(_CALLS if rng.random() < 0.1 else _CALLS[:4])}({part()})",
        lambda: f"-{part()}",
        lambda: f"x[{rng.choice(['0', '1', '-1', '2', part(), '0:1'])}]",
    ]
    rare = [
        lambda: f"{part()}.{rng.choice(['real', '__class__', 'T', '__dict__'])}",
        lambda: f"(lambda {rng.choice('xy')}: {part()})({part()})",
        lambda: f"[{part()} for x in {part()}]",
        lambda: f"f'{{{part()}}}'",
        lambda: f"{rng.choice(_CALLS)}(*{part()}, k={part()})",
        lambda: f"{part()} if {part()} else {part()}",
    ]
    return rng.choice(rare if rng.random() < 0.04 else forms)()


def _changed(rng: random.Random, text: str) -> str:
    for _ in range(rng.randint(1, 3)):
        place = rng.randrange(len(text) + 1)
        text = text[:place] + rng.choice(_CHARACTERS) + text[place + rng.randint(0, 1) :]
    return text
