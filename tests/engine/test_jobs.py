"""Jobs: exceptions, cancelling, killed parents and children, quitting."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Generator
from pathlib import Path

import pytest
from child_targets import Order

from engine.errors import EngineError, OutOfMemoryError, TooFewError
from engine.jobs import Child, ChildError, Job, JobRunner, JobSpec, JobState, Progress, in_child

TESTS = Path(__file__).resolve().parents[1]


def finish(generator: Generator[Progress, None, object]) -> tuple[list[Progress], object]:
    """Every progress of a generator, and its result."""
    seen = []
    try:
        while True:
            seen.append(next(generator))
    except StopIteration as stop:
        return seen, stop.value


def wait_for(condition: Callable[[], bool], seconds: float = 10.0) -> bool:
    """True once the condition holds; False after `seconds`."""
    deadline = time.monotonic() + seconds
    tick = threading.Event()
    while not condition():
        if time.monotonic() > deadline:
            return False
        tick.wait(0.02)
    return True


def alive(pid: int) -> bool:
    """A process of this id runs (and is no zombie)."""
    try:
        os.kill(pid, 0)
        state = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
    except (ProcessLookupError, FileNotFoundError):
        return False
    return state != "Z"


def spec(name: str, *paths: Path, **order: int) -> JobSpec:
    return JobSpec(f"child_targets:{name}", Order(**order), paths)


def counting(steps: int = 3) -> Generator[Progress, None, str]:
    for step in range(steps):
        yield Progress(step + 1, steps, "counting")
    return "ready"


# --- in a child -------------------------------------------------------------------------------


def test_a_child_yields_progress_and_returns_its_result() -> None:
    seen, result = finish(in_child(spec("count", steps=4, number=11)))
    steps = [dict(one.metrics)["step"] for one in seen if one.metrics]
    assert steps == [0.0, 1.0, 2.0, 3.0]
    assert result[0] == 11
    assert result[1] != os.getpid()


def test_one_child_serves_several_specs_in_the_same_process() -> None:
    child = Child()
    _, (_, first) = finish(child.run(spec("count")))
    _, (_, second) = finish(child.run(spec("count")))
    child.close()
    assert first == second
    assert wait_for(lambda: not alive(first))


def test_a_child_has_one_thread_low_priority_and_no_torch_of_its_own() -> None:
    _, (threads, niceness, torch_loaded) = finish(in_child(spec("environment")))
    assert threads == "1"
    assert niceness > os.nice(0) or niceness == 19
    assert not torch_loaded


def test_an_expected_failure_comes_back_as_its_kind_and_sentence() -> None:
    with pytest.raises(TooFewError, match="Add two more hemangiomas") as caught:
        finish(in_child(spec("too_few")))
    assert "child_targets.py" in str(caught.value.__cause__)


def test_an_exception_that_does_not_pickle_comes_back_with_kind_and_traceback() -> None:
    with pytest.raises(ChildError) as caught:
        finish(in_child(spec("awkward")))
    assert (caught.value.kind, caught.value.sentence) == ("AwkwardError", "1 and 2")
    assert "raise AwkwardError(1, 2)" in caught.value.details


def test_running_out_of_memory_is_a_sentence() -> None:
    with pytest.raises(OutOfMemoryError, match="smaller profile"):
        finish(in_child(spec("no_memory")))


def test_an_unknown_target_is_an_error_not_a_hang() -> None:
    with pytest.raises(ChildError, match="no_such_target"):
        finish(in_child(JobSpec("child_targets:no_such_target", Order())))


def test_a_killed_child_is_a_sentence(tmp_path: Path) -> None:
    child = Child()
    running = child.run(spec("endless", tmp_path / "pid", tmp_path / "closed"))
    while next(running).message != "running":
        pass
    assert child.pid is not None
    os.kill(child.pid, signal.SIGKILL)
    with pytest.raises(EngineError, match=r"ended from outside .*-9"):
        finish(running)


def test_closing_the_generator_ends_the_child_at_its_next_yield(tmp_path: Path) -> None:
    running = in_child(spec("endless", tmp_path / "pid", tmp_path / "closed"))
    while next(running).message != "running":
        pass
    pid = int((tmp_path / "pid").read_text())
    started = time.monotonic()
    running.close()
    assert time.monotonic() - started < 5  # then it would be killed, and not say that it closed
    assert not alive(pid)
    assert (tmp_path / "closed").read_text() == "closed"


def test_a_child_that_does_not_listen_is_killed_within_five_seconds(tmp_path: Path) -> None:
    running = in_child(spec("deaf", tmp_path / "pid"))
    assert wait_for(lambda: bool(next(running)) and (tmp_path / "pid").exists())
    assert wait_for(lambda: bool((tmp_path / "pid").read_text()))
    pid = int((tmp_path / "pid").read_text())
    started = time.monotonic()
    running.close()
    assert time.monotonic() - started < 5.5
    assert not alive(pid)


@pytest.mark.skipif(sys.platform == "win32", reason="reads /proc")
@pytest.mark.parametrize("target", ["endless", "deaf"])
def test_a_killed_parent_leaves_no_orphan(tmp_path: Path, target: str) -> None:
    script = tmp_path / "parent.py"
    script.write_text(
        "import sys\n"
        "from pathlib import Path\n"
        f"sys.path[:0] = [{str(TESTS)!r}, {str(TESTS.parent)!r}]\n"
        "if __name__ == '__main__':\n"
        "    from child_targets import Order\n"
        "    from engine.jobs import JobSpec, in_child\n"
        f"    paths = (Path({str(tmp_path / 'pid')!r}), Path({str(tmp_path / 'closed')!r}))\n"
        f"    for _ in in_child(JobSpec('child_targets:{target}', Order(), paths)):\n"
        "        pass\n"
    )
    parent = subprocess.Popen([sys.executable, str(script)], cwd=TESTS.parent)
    assert wait_for((tmp_path / "pid").exists)
    assert wait_for(lambda: bool((tmp_path / "pid").read_text()))
    pid = int((tmp_path / "pid").read_text())
    parent.kill()
    parent.wait()
    assert wait_for(lambda: not alive(pid), 6)


# --- in threads -------------------------------------------------------------------------------


def test_a_job_succeeds_and_tells_every_change() -> None:
    runner = JobRunner()
    told: list[tuple[JobState, int]] = []
    job = runner.submit(
        "count", counting, listener=lambda one: told.append((one.state, one.progress.done))
    )
    assert job.finished.wait(5)
    assert (job.state, job.result) == (JobState.SUCCEEDED, "ready")
    assert told[0] == (JobState.RUNNING, 0)
    assert [done for _, done in told[1:4]] == [1, 2, 3]
    assert runner.shutdown()


def failing(error: Exception) -> Callable[[], Generator[Progress, None, None]]:
    def factory() -> Generator[Progress, None, None]:
        yield Progress(0, 1, "starting")
        raise error

    return factory


def test_failures_are_told_apart() -> None:
    runner = JobRunner(expected=(EngineError,))
    plain = runner.submit("a", failing(TooFewError("Add cases.")))
    odd = runner.submit("b", failing(ZeroDivisionError("oops")))
    assert plain.finished.wait(5)
    assert odd.finished.wait(5)
    assert plain.failure is not None
    assert odd.failure is not None
    assert (plain.failure.sentence, plain.failure.expected) == ("Add cases.", True)
    assert (odd.failure.kind, odd.failure.expected) == ("ZeroDivisionError", False)
    assert "oops" not in odd.failure.sentence
    assert "ZeroDivisionError: oops" in odd.failure.details
    assert runner.shutdown()


def test_cancelling_closes_the_generator_and_drops_queued_jobs() -> None:
    runner = JobRunner()
    closed, going = threading.Event(), threading.Event()

    def endless() -> Generator[Progress, None, None]:
        try:
            while True:
                yield Progress(0, 0, "running")
                going.set()
        finally:
            closed.set()

    first = runner.submit("endless", endless)
    second = runner.submit("queued", counting)
    assert going.wait(5)
    assert second.state is JobState.QUEUED
    second.cancel()
    first.cancel()
    assert second.finished.wait(5)
    assert closed.is_set()
    assert (first.state, second.state) == (JobState.CANCELLED, JobState.CANCELLED)
    assert runner.active == ()
    assert runner.shutdown()


def test_lanes_run_side_by_side() -> None:
    runner = JobRunner()
    gate = threading.Event()

    def blocked() -> Generator[Progress, None, bool]:
        yield Progress(0, 1, "waiting")
        return gate.wait(5)

    training = runner.submit("train", blocked, lane="training")
    other = runner.submit("import", counting)
    assert other.finished.wait(5)
    assert not training.state.is_final
    gate.set()
    assert training.finished.wait(5)
    assert runner.shutdown()


def test_small_calls_answer_with_result_or_failure() -> None:
    runner = JobRunner()
    answers: list[object] = []
    both = threading.Barrier(3, timeout=5)
    runner.small(lambda: 6 * 7, lambda n: (answers.append(n), both.wait()), print)
    runner.small(lambda: 1 // 0, print, lambda failure: (answers.append(failure.kind), both.wait()))
    both.wait()
    assert sorted(map(str, answers)) == ["42", "ZeroDivisionError"]
    assert runner.shutdown()


def test_quitting_during_child_work_takes_less_than_five_seconds(tmp_path: Path) -> None:
    runner = JobRunner()
    job: Job = runner.submit("deaf", lambda: in_child(spec("deaf", tmp_path / "pid")))
    assert wait_for((tmp_path / "pid").exists)
    started = time.monotonic()
    assert runner.shutdown(5)
    assert time.monotonic() - started < 5
    assert job.state is JobState.CANCELLED


def test_importing_jobs_loads_no_numeric_library() -> None:
    code = "import sys, engine.jobs; print([m for m in ('torch', 'numpy') if m in sys.modules])"
    output = subprocess.run(
        [sys.executable, "-c", code], cwd=TESTS.parent, capture_output=True, text=True, check=True
    )
    assert output.stdout.strip() == "[]"


def test_stopping_lets_the_step_end_however_long_it_takes_and_returns_none(tmp_path: Path) -> None:
    child = Child()
    running = child.run(spec("endless", tmp_path / "pid", tmp_path / "closed"))
    while next(running).message != "running":
        pass
    child.stop()
    assert finish(running)[1] is None
    assert (tmp_path / "closed").read_text() == "closed"
    child.close()
    assert finish(child.run(spec("count", number=4)))[1][0] == 4  # a fresh process
    child.close()


def test_a_child_stopped_before_it_begins_answers_none(tmp_path: Path) -> None:
    child = Child()
    running = child.run(spec("endless", tmp_path / "pid", tmp_path / "closed"))
    next(running)
    child.stop()
    assert finish(running)[1] is None
    child.close()
