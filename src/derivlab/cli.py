"""The command ``derivlab``: list, report, conformance, and those of the modules ``*_command`` beside this one."""

from __future__ import annotations

import argparse
import inspect
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NoReturn

from derivlab.arguments import listed
from derivlab.check_command import add_check_command
from derivlab.compare_command import add_compare_command
from derivlab.errors import ArgumentError, DerivlabError, StoreError, UnavailableError, UnknownNameError, unknown
from derivlab.run_commands import add_run_commands
from derivlab.version import __version__

OK, FAULTY, USAGE, INTERRUPTED = 0, 1, 2, 130

_CODES = f"""exit codes:
  {OK}    done; timed out, unsupported and unavailable are results, not faults
  {FAULTY}    a cell is inaccurate or failed (compare); a gradient not shown right (check); a study failed or differs
  {USAGE}    the command cannot be carried out as typed; one line on stderr says why
  {INTERRUPTED}  interrupted
"""


class _Parser(argparse.ArgumentParser):
    """A parser whose complaint is one line."""

    def error(self, message: str) -> NoReturn:
        print(f"{self.prog}: {message}; see {self.prog} --help", file=sys.stderr)
        raise SystemExit(USAGE)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command with ``arguments`` (those of the process by default); the exit code is returned."""
    typed = list(sys.argv[1:] if arguments is None else arguments)
    try:
        options = _parser(typed).parse_args(_formulas_kept(typed))
        return options.run(options)
    except (ArgumentError, StoreError, UnknownNameError) as error:
        print(f"derivlab: {_one_line(error)}", file=sys.stderr)
        return USAGE
    except DerivlabError as error:
        print(f"derivlab: {_one_line(error)}", file=sys.stderr)
        return FAULTY
    except OSError as error:
        print(f"derivlab: {error.filename}: {error.strerror}; give another file or folder", file=sys.stderr)
        return USAGE
    except KeyboardInterrupt:
        print("derivlab: interrupted", file=sys.stderr)
        return INTERRUPTED


def _formulas_kept(typed: Sequence[str]) -> list[str]:
    """The arguments with a blank before a formula such as -x**2, which would look like an option."""
    formula = lambda word: word.startswith("-") and not word.startswith("--") and word != "-h"
    return [f" {word}" if typed[0] == "compare" and formula(word) else word for word in typed]


def _one_line(error: BaseException) -> str:
    return " ".join(str(error).split())


def _parser(typed: Sequence[str]) -> argparse.ArgumentParser:
    common: dict[str, Any] = {
        "epilog": _CODES,
        "formatter_class": argparse.RawDescriptionHelpFormatter,
        "allow_abbrev": False,
    }
    parser = _Parser(prog="derivlab", description="A laboratory for derivatives.", **common)
    parser.add_argument("--version", action="version", version=f"derivlab {__version__}")
    commands = parser.add_subparsers(title="commands", required=True, metavar="COMMAND")
    listing = commands.add_parser("list", help="specs, methods, operators and studies", **common)
    _add_studies_folder(listing)
    _add_json(listing)
    listing.set_defaults(run=_list)
    add_compare_command(commands, common, typed)
    add_check_command(commands, common)
    report = commands.add_parser("report", help="run studies and write their reports", **common)
    report.add_argument("study", nargs="*", metavar="STUDY", help="names of studies; all by default")
    report.add_argument("--quick", action="store_true", help="fewer points and smaller budgets: seconds a study")
    report.add_argument("--slides", action="store_true", help="also draw the figures for projection")
    report.add_argument("--redraw", action="store_true", help="draw again from the records that are there")
    report.add_argument("--against", type=Path, metavar="DIR", help="fail where these reports say something else")
    report.add_argument("--output", type=Path, default=Path("reports"), metavar="DIR", help="where (default: reports)")
    _add_studies_folder(report)
    _add_json(report)
    report.set_defaults(run=_report)
    conformance = commands.add_parser(
        "conformance", help="what of the array API standard works over which base", **common
    )
    conformance.add_argument("--bases", metavar="A,B", help="numpy, jax, torch, strict; those installed by default")
    conformance.add_argument("--output", type=Path, metavar="FILE", help="write the table there, as Markdown")
    _add_json(conformance)
    conformance.set_defaults(run=_conformance)
    add_run_commands(commands, common)
    return parser


def _add_studies_folder(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--studies", type=Path, default=Path("studies"), metavar="DIR", help="folder of the studies (default: studies)"
    )


def _add_json(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="machine-readable output on stdout")


def _list(options: argparse.Namespace) -> int:
    from derivlab.method import METHODS, OPERATORS
    from derivlab.report.folder import study_files
    from derivlab.specs.registry import catalogue

    specs = {
        name: (inspect.getdoc(factory) or "").partition("\n")[0]
        + "".join(f"  --{p.name} {p.default}" for p in inspect.signature(factory).parameters.values())
        for name, factory in catalogue().items()
    }
    studies = list(study_files(options.studies)) if options.studies.is_dir() else []
    if options.json:
        print(json.dumps({"specs": specs, "methods": list(METHODS), "operators": OPERATORS, "studies": studies}))
        return OK
    width = max(map(len, specs))
    print("specs")
    for name, text in specs.items():
        print(f"  {name:{width}}  {text}")
    print(f"methods\n  {', '.join(METHODS)}\noperators\n  {', '.join(OPERATORS)}")
    print(f"studies\n  {', '.join(studies) or f'none: no folder {options.studies} here; give --studies DIR'}")
    return OK


def _report(options: argparse.Namespace) -> int:
    from derivlab.report.folder import study_files
    from derivlab.report.pages import write_index
    from derivlab.report.running import run_studies

    names = list(dict.fromkeys(options.study or study_files(options.studies)))
    modes = {mode: getattr(options, mode) for mode in ("quick", "slides", "redraw")}
    outcomes = run_studies(options.studies, names, options.output, **modes)
    if options.against is not None:
        outcomes = [_held_against(options.against, options.output, outcome) for outcome in outcomes]
    index = write_index(options.output)
    if options.json:
        print(json.dumps({"studies": outcomes, "index": str(index)}, ensure_ascii=False))
    else:
        for o in outcomes:
            print(f"{o['study']}: {o['outcome']} {o['detail']}".rstrip() + f", {o['seconds']} s")
        print(index)
    return FAULTY if any(outcome["outcome"] != "ok" for outcome in outcomes) else OK


def _held_against(other: Path, output: Path, outcome: dict[str, Any]) -> dict[str, Any]:
    """The outcome of a study, ``differs`` where another folder's report of it says something else."""
    from derivlab.report.sameness import compared

    name = outcome["study"]
    if outcome["outcome"] != "ok":
        return outcome
    if not (other / name).is_dir():
        return outcome | {"outcome": "differs", "detail": f"no report in {other}"}
    found = compared(output / name, other / name)
    if found.differences:
        return outcome | {"outcome": "differs", "detail": "; ".join(found.differences)}
    return outcome | {"detail": "; ".join(found.overruns)}


def _conformance(options: argparse.Namespace) -> int:
    from derivlab import libraries
    from derivlab.conformance.table import BASES, available, conformance_table, markdown

    bases = listed(options.bases, "--bases", BASES) or available()
    for base in bases:
        if base not in BASES:
            raise unknown("base", base, BASES)
        try:
            libraries.load(base)
        except UnavailableError as error:
            raise ArgumentError(f"--bases {base}: {error}") from None
    lines = conformance_table(bases)
    if options.json:
        rows = [
            {"chapter": line.chapter, "name": line.name, "base": base, "interpreter": interpreter, "fault": fault}
            for line in lines
            for (base, interpreter), fault in line.faults.items()
        ]
        print(json.dumps(rows, ensure_ascii=False))
    elif options.output is not None:
        options.output.parent.mkdir(parents=True, exist_ok=True)
        options.output.write_text(markdown(lines, bases), encoding="utf-8")
        print(options.output)
    else:
        print(markdown(lines, bases))
    return FAULTY if any(fault for line in lines for fault in line.faults.values()) else OK


if __name__ == "__main__":
    sys.exit(main())
