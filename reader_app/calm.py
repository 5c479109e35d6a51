"""Keeps Python from holding up the event loop while threads work beside it."""

from __future__ import annotations

import gc
import sys

from threadpoolctl import threadpool_limits

SWITCH_S = 0.001
"""A thread gives the interpreter up after so long: a page that is painted asks for it some hundred
times, and waits for this each time while another thread computes."""


def share_interpreter() -> None:
    """Let threads take turns more often than Python's usual 5 ms."""
    sys.setswitchinterval(SWITCH_S)


def multiply_alone() -> None:
    """Let each thread do its own matrix products, by the libraries loaded so far (numpy's is).

    The window's are small: handed to a thread a core they take up to 2.8 times as long while all
    cores are busy, for each waits, spinning, until the last has been given one.
    """
    threadpool_limits(limits=1, user_api="blas")


def settle() -> None:
    """Take all that stands now out of the garbage collector's rounds.

    Modules and pages make some 200,000 objects that live as long as the program. A full round over
    them holds every thread for up to 0.6 s on a busy machine; nothing of them would be freed.
    """
    gc.freeze()
