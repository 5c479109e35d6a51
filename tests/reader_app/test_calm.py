"""What the program does once so that its event loop is not held up."""

from __future__ import annotations

import os
import subprocess
import sys

PROGRAM = """
import reader_app.app
from threadpoolctl import threadpool_info
from reader_app import calm

def threads():
    blas = [pool for pool in threadpool_info() if pool["user_api"] == "blas"]
    return max((pool["num_threads"] for pool in blas), default=1)

before = threads()
calm.multiply_alone()
print(before, threads())
"""


def test_the_window_multiplies_in_the_thread_that_asks() -> None:
    """Small products wait for other threads' cores beside a job."""
    two = {"OMP_NUM_THREADS": "2", "OPENBLAS_NUM_THREADS": "2"}
    found = subprocess.run(
        [sys.executable, "-c", PROGRAM], capture_output=True, text=True, env=os.environ | two,
        timeout=60, check=True,
    )  # fmt: skip
    before, after = found.stdout.split()
    assert int(after) == 1
    if sys.platform == "linux" and len(os.sched_getaffinity(0)) > 1:
        assert int(before) == 2
