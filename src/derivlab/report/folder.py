"""Finds the studies of a folder: each script in it that defines ``STUDY``."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path

from derivlab.errors import ArgumentError, UnknownNameError
from derivlab.report.study import Study


def study_files(folder: Path) -> dict[str, Path]:
    """The scripts of a folder by study name.

    Raises
    ------
    ArgumentError
        If there is no such folder, or no script in it.
    """
    if not folder.is_dir():
        raise ArgumentError(f"no folder {folder} here; change to the folder that holds it, or give --studies DIR")
    files = {path.stem: path for path in sorted(folder.glob("*.py")) if not path.stem.startswith("_")}
    if not files:
        raise ArgumentError(f"the folder {folder} holds no study; a study is a script that defines STUDY")
    return files


def load_study(folder: Path, name: str) -> Study:
    """The study called ``name``, imported under its own name.

    The folder joins ``sys.path``, so that a worker process can import the functions of the study too.

    Raises
    ------
    UnknownNameError
        If the folder has no such script; lists those that it has.
    ArgumentError
        If the script defines no ``STUDY`` of its own name, or another module has that name already.
    """
    files = study_files(folder)
    if name not in files:
        raise UnknownNameError(f"no study {name!r}; there are {', '.join(files)}")
    place = str(folder.resolve())
    if place not in sys.path:
        sys.path.insert(0, place)
    module = importlib.import_module(name)
    found = Path(getattr(module, "__file__", None) or "").resolve()
    if found != files[name].resolve():
        raise ArgumentError(f"the name {name!r} belongs to another module ({module.__name__}): rename {files[name]}")
    study = getattr(module, "STUDY", None)
    if not isinstance(study, Study) or study.name != name:
        raise ArgumentError(f"{files[name]} defines no STUDY with the name {name!r}")
    return study
