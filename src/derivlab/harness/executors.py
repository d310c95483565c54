"""Where cells are measured: threads of this process, each with a worker process of its own, or a Dask cluster."""

from __future__ import annotations

import contextlib
from collections.abc import Generator
from concurrent.futures import Executor, ThreadPoolExecutor
from typing import Any

from derivlab.errors import ArgumentError, UnavailableError


@contextlib.contextmanager
def executor(where: str = "", jobs: int = 1) -> Generator[tuple[Executor, int, int]]:
    """An executor, how many cells it can have in hand at once, and on how many machines.

    Parameters
    ----------
    where
        Empty for this machine, or ``dask=ADDRESS`` for the scheduler of a cluster.
    jobs
        Cells at once on this machine.

    Raises
    ------
    ArgumentError
        If ``where`` is neither, or the cluster does not answer.
    UnavailableError
        If Dask is not installed.
    """
    kind, _, address = where.partition("=")
    if not where:
        with ThreadPoolExecutor(jobs, "cells") as threads:
            try:
                yield threads, jobs, 1
            finally:
                threads.shutdown(wait=True, cancel_futures=True)
        return
    if kind != "dask" or not address:
        raise ArgumentError(f"an executor is dask=ADDRESS, e.g. dask=tcp://127.0.0.1:8786, and not {where!r}")
    with _cluster(address) as client:
        workers = client.scheduler_info(n_workers=-1)["workers"].values()
        if not workers:
            raise ArgumentError(f"the cluster at {address} has no worker; start one: dask worker {address}")
        hosts = {worker["host"] for worker in workers}
        yield client.get_executor(pure=False), sum(worker["nthreads"] for worker in workers), len(hosts)


@contextlib.contextmanager
def _cluster(address: str) -> Generator[Any]:
    try:
        from distributed import Client
    except ImportError as error:
        raise UnavailableError('Dask is not installed: pip install "derivlab[dask]"') from error
    try:
        client = Client(address, timeout=10)
    except (OSError, ValueError) as error:
        raise ArgumentError(f"no Dask scheduler answers at {address}: {error}") from error
    try:
        yield client
    finally:
        client.close()
