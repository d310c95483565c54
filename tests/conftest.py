"""Fixtures that several modules of tests share."""

import json
import subprocess
import sys

import pytest

from checks import STUDIES
from derivlab.harness.store import read_records
from derivlab.report.folder import study_files


@pytest.fixture(scope="session")
def reports(tmp_path_factory):
    """Every study, run once in quick mode by the command, in a process of its own as a user would."""
    output = tmp_path_factory.mktemp("reports")
    command = [sys.executable, "-m", "derivlab.cli", "report", "--quick", "--json", "--output", str(output)]
    answer = subprocess.run(command, cwd=STUDIES.parent, capture_output=True, text=True, check=False)
    assert answer.returncode == 0, answer.stdout + answer.stderr
    assert [s["outcome"] for s in json.loads(answer.stdout)["studies"]] == ["ok"] * len(study_files(STUDIES))
    return output


@pytest.fixture(scope="session")
def records(reports):
    """The records of each study in the reports, by its name."""
    return {name: read_records(reports / name / "data.jsonl") for name in study_files(STUDIES)}
