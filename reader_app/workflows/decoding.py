"""Compressed pixels decoded in a child process: a codec that crashes costs one file only."""

from __future__ import annotations

import time
from contextlib import closing
from pathlib import Path
from types import TracebackType
from typing import Any

import numpy as np
import numpy.typing as npt

from engine.errors import EngineError
from engine.jobs import Child, ChildError, JobSpec
from studies.errors import ImportRefusedError, StudyError

TARGET = "studies.imaging.dicom.codecs:unpack"
LONGEST_S = 60.0
"""A file that keeps its codec busy this long is left out; a slice takes well under a second."""

_UNREADABLE = "The compressed pixels cannot be decoded: the file is damaged."


class CodecProcess:
    """Decodes one file after another; the process starts with the first and again after a crash.

    What it decodes passes through a file in `workspace`, which is removed at once.
    """

    def __init__(self, workspace: Path, target: str = TARGET, longest_s: float = LONGEST_S) -> None:
        self._child = Child()
        self._handed_over = workspace / "decoded.npy"
        self._target = target
        self._longest_s = longest_s

    def __enter__(self) -> CodecProcess:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._child.close()

    def decode(self, path: Path) -> npt.NDArray[Any]:
        """The raw values of a compressed file, as `codecs.Decode` asks.

        Raises ImportRefusedError for a file that cannot be decoded, also when it crashes or
        hangs its codec; StudyError when the decoded pixels cannot be handed over.
        """
        try:
            reason = self._run(path)
            if reason:
                raise ImportRefusedError(reason)
            return np.asarray(np.load(self._handed_over, allow_pickle=False))
        except ChildError as error:
            if error.kind == "StudyError":
                raise StudyError(error.sentence) from error
            raise ImportRefusedError(_UNREADABLE) from error
        except EngineError as error:
            raise ImportRefusedError(
                "The compressed pixels make their decoder crash: the file is damaged."
            ) from error
        finally:
            self._handed_over.unlink(missing_ok=True)

    def _run(self, path: Path) -> str:
        """Why the file cannot be decoded, "" when it lies decoded in the workspace."""
        started = time.monotonic()
        work = self._child.run(JobSpec(self._target, None, (path, self._handed_over)))
        with closing(work):
            while True:
                try:
                    next(work)
                except StopIteration as ended:
                    return str(ended.value)
                if time.monotonic() - started > self._longest_s:
                    raise ImportRefusedError(
                        "The compressed pixels keep their decoder busy without end: the file is "
                        "damaged."
                    )
