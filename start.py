#!/usr/bin/env python3
"""Set Blindread up and start it. Standard library only; needs nothing but Python 3.11-3.13.

    python3 start.py               open the app on the demo study
    python3 start.py test [ARGS]   run the tests            (ARGS go to pytest)
    python3 start.py lint          style, types, who imports whom
    python3 start.py bench [NAME]  measure against plain references (tests/bench/bench_NAME.py);
                                   NAME reliability: the promises on answers with full counts
    python3 start.py shots         pictures of every page into build/shots
    python3 start.py tools         install the Debian tools that only tests use
    python3 start.py run ARGS      the command line: blindread ARGS

Everything lies in .venv beside this file. Without a display the first form does the same work
without a window: demo study, a blinded reading by a simulated reader and the network, report.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import venv
from collections.abc import Sequence
from pathlib import Path

HERE = Path(__file__).resolve().parent
VENV = HERE / ".venv"
LOCK = HERE / "constraints.txt"
TORCH = "torch==2.13.0"
TORCH_CPU_INDEX = "https://download.pytorch.org/whl/cpu"
QT_LIBRARIES = [
    "libgl1",
    "libegl1",
    "libx11-6",
    "libdbus-1-3",
    "libfontconfig1",
    "libglib2.0-0",
    "libxkbcommon0",
    "fonts-inter",
]
WINDOW_LIBRARIES = [
    "libxcb-cursor0",
    "libxcb-icccm4",
    "libxcb-keysyms1",
    "libxcb-randr0",
    "libxcb-shape0",
    "libxcb-xkb1",
    "libxkbcommon-x11-0",
    "libx11-xcb1",
]
SHOT_SCALES = ("100", "150", "200")  # %
TEST_TOOLS = ["dicom3tools", "dcmtk", "plastimatch", "strace", "xvfb", "xauth", "xdotool"]


class SetUpError(Exception):
    """Set-up cannot go on; the sentence says what to do."""


def main(arguments: Sequence[str]) -> int:
    """Set up what the command needs, run it, and return its exit code."""
    command, rest = (arguments[0], list(arguments[1:])) if arguments else ("app", [])
    commands = {
        "app": start_app,
        "test": run_tests,
        "lint": run_lint,
        "bench": run_bench,
        "shots": take_shots,
        "tools": install_tools,
        "run": run_command,
    }
    if command in ("-h", "--help", "help"):
        print(__doc__)
        return 0
    if command == "--cuda":
        command = "app"
    if command not in commands:
        print(f"start.py knows no command {command!r}.\n{__doc__}", file=sys.stderr)
        return 2
    try:
        check_python()
        return commands[command](rest)
    except SetUpError as error:
        print(f"\n{error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 130


# --- the commands -----------------------------------------------------------------------------


def start_app(arguments: list[str]) -> int:
    """Open the window on the demo study; without a display do the same work without one."""
    set_up(developer=False)
    windowed = has_display()
    need_debian(QT_LIBRARIES + (WINDOW_LIBRARIES if windowed else []), "the window needs")
    if windowed:
        return run(venv_python(), "-m", "reader_app", "app", *without_cuda(arguments))
    say("No display here: doing the same work without a window.")
    code = run(venv_python(), "-m", "reader_app", "headless", env={"QT_QPA_PLATFORM": "offscreen"})
    say("For the window: run `python3 start.py` in a desktop session, or `ssh -X` from one.")
    return code


def run_command(arguments: list[str]) -> int:
    """The command line of the program."""
    set_up(developer=False)
    need_debian(QT_LIBRARIES, "reports and pictures need")
    return run(venv_python(), "-m", "reader_app", *arguments)


def run_tests(arguments: list[str]) -> int:
    """All tests, on two workers; arguments replace the selection."""
    set_up(developer=True)
    need_debian(QT_LIBRARIES, "the window's tests need")
    chosen = arguments or ["-n", "2", "--dist", "loadfile"]
    return run(venv_python(), "-m", "pytest", *chosen, env=quiet_qt())


def run_lint(arguments: list[str]) -> int:
    """Style, types and import contracts; all are run, the worst exit code counts."""
    set_up(developer=True)
    checks = (
        ("ruff", "check", "."),
        ("ruff", "format", "--check", "."),
        ("mypy",),
        ("lint-imports",),
        ("pytest", "-q", "tests/test_house.py"),
    )
    codes = []
    for tool, *options in checks:
        say(f"{tool} {' '.join(options)}")
        codes.append(run(str(scripts() / tool), *options, env=quiet_qt()))
    return max(codes)


def run_bench(arguments: list[str]) -> int:
    """Benchmarks: each prints ratios to a plain reference measured in the same run.

    The first argument names a benchmark by its file, or else by a word of its tests; further ones
    go to pytest.
    """
    set_up(developer=True)
    need_debian(QT_LIBRARIES, "the window's benchmarks need")
    if arguments[:1] == ["reliability"]:
        install_tools([])
    options = ["-s", "-p", "no:xdist", "--timeout=0", "-o", "python_files=bench_*.py"]
    chosen = chosen_benchmarks(arguments)
    return run(venv_python(), "-m", "pytest", *options, *chosen, env=quiet_qt())


def chosen_benchmarks(arguments: list[str]) -> list[str]:
    """What pytest is to run: the file of that name, else the tests with that word, else all."""
    if not arguments or arguments[0].startswith("-"):
        return ["tests/bench", *arguments]
    file = f"tests/bench/bench_{arguments[0]}.py"
    if (HERE / file).is_file():
        return [file, *arguments[1:]]
    return ["tests/bench", "-k", *arguments]


def take_shots(arguments: list[str]) -> int:
    """A PNG of every page of the demo study, at each of SHOT_SCALES."""
    set_up(developer=False)
    need_debian(QT_LIBRARIES, "the pictures need")
    folder = arguments[0] if arguments else str(HERE / "build" / "shots")
    code = 0
    for scale in SHOT_SCALES:
        shots = ("-m", "reader_app", "shots", folder, "--scale", scale)
        code = run(venv_python(), *shots, env=quiet_qt()) or code
    return code


def install_tools(arguments: list[str]) -> int:
    """Debian's DICOM checker, tracer of system calls and virtual screen, used by tests only."""
    if not is_debian():
        say("The test tools are Debian packages; on this system their tests are skipped.")
        return 0
    need_debian([*TEST_TOOLS, *QT_LIBRARIES, *WINDOW_LIBRARIES], "some tests need")
    return 0


# --- setting up -------------------------------------------------------------------------------


def check_python() -> None:
    """Refuse a Python that the libraries do not support."""
    if not (3, 11) <= sys.version_info[:2] <= (3, 13):
        found = ".".join(str(part) for part in sys.version_info[:3])
        raise SetUpError(
            f"Blindread needs Python 3.11, 3.12 or 3.13; this is {found}. "
            "Install one of these and run start.py with it."
        )


def set_up(*, developer: bool) -> None:
    """Make .venv and install the package, only when something changed since the last time."""
    stamp = VENV / ("installed-dev" if developer else "installed")
    wanted = fingerprint()
    if stamp.is_file() and stamp.read_text() == wanted and Path(venv_python()).exists():
        return
    make_venv()
    install_torch()
    say("Installing Blindread and the libraries it uses…")
    target = f"{HERE}[dev]" if developer else str(HERE)
    pip("install", "--editable", target, "--constraint", str(LOCK))
    stamp.write_text(wanted)
    if developer:
        (VENV / "installed").write_text(wanted)


def fingerprint() -> str:
    """What the installation depends on."""
    digest = hashlib.sha256(sys.version.encode())
    for file in (HERE / "pyproject.toml", LOCK):
        digest.update(file.read_bytes())
    digest.update(str(HERE).encode())
    return digest.hexdigest()


def make_venv() -> None:
    """Create .venv; Debian keeps ensurepip in a package of its own, which is installed first."""
    if Path(venv_python()).exists():
        return
    say(f"Making a Python environment in {VENV}…")
    if not has_ensurepip():
        version = f"{sys.version_info.major}.{sys.version_info.minor}"
        need_debian([f"python{version}-venv"], "Python's own environments need", always=True)
    try:
        venv.EnvBuilder(with_pip=False, clear=VENV.exists()).create(VENV)
        command = [venv_python(), "-m", "ensurepip", "--upgrade", "--default-pip"]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    except (OSError, subprocess.CalledProcessError) as error:
        shutil.rmtree(VENV, ignore_errors=True)
        raise SetUpError(
            f"The environment in {VENV} could not be made ({error}). "
            "Check that the folder can be written and the disk has 3 GB free."
        ) from error


def has_ensurepip() -> bool:
    """Whether this Python can put pip into an environment."""
    code = "import ensurepip, venv"
    return subprocess.run([sys.executable, "-c", code], stderr=subprocess.DEVNULL).returncode == 0


def install_torch() -> None:
    """The CPU build, a tenth of the download, unless an NVIDIA card answers or --cuda is given."""
    if installed("torch"):
        return
    if sys.platform == "linux" and not wants_cuda():
        say("Installing PyTorch for the CPU…")
        command = [venv_python(), "-m", "pip", "install", "--quiet", "--retries", "0"]
        command += ["--timeout", "8", "--no-deps", TORCH, "--index-url", TORCH_CPU_INDEX]
        quiet = subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        if quiet.returncode == 0:
            return
    say("Installing PyTorch…")
    pip("install", TORCH, "--constraint", str(LOCK))


def wants_cuda() -> bool:
    """Asked for, or a card answers."""
    if "--cuda" in sys.argv:
        return True
    tool = shutil.which("nvidia-smi")
    if tool is None:
        return False
    return subprocess.run([tool, "-L"], capture_output=True).returncode == 0


def installed(module: str) -> bool:
    """Whether the environment can find a module, without importing it."""
    code = f"import importlib.util,sys; sys.exit(importlib.util.find_spec('{module}') is None)"
    return subprocess.run([venv_python(), "-c", code]).returncode == 0


def pip(*arguments: str) -> None:
    """Run pip in .venv; its own output tells what failed."""
    command = [venv_python(), "-m", "pip", "--disable-pip-version-check", *arguments, "--quiet"]
    if subprocess.run(command).returncode != 0:
        raise SetUpError(
            "The libraries could not be installed; the lines above say why. Mostly the network "
            "or the disk is at fault: mend that and run start.py again, it goes on from here."
        )


# --- Debian's packages ------------------------------------------------------------------------


def is_debian() -> bool:
    """Whether packages come from apt here."""
    return sys.platform == "linux" and bool(shutil.which("apt-get") and shutil.which("dpkg-query"))


def need_debian(packages: list[str], why: str, *, always: bool = False) -> None:
    """Install the missing ones of these packages; elsewhere say that nothing is to be done."""
    if not is_debian():
        if always:
            raise SetUpError(f"Missing: {' '.join(packages)}, which {why}. Please install it.")
        if sys.platform != "linux" and not (VENV / "installed").exists():
            say("This system needs no apt packages.")
        return
    missing = [package for package in packages if not has_package(package)]
    if not missing:
        return
    say(f"Installing what {why}: {' '.join(missing)}")
    prefix = as_root()
    line = f"apt-get install -y --no-install-recommends {' '.join(missing)}"
    if prefix is None:
        raise_or_tell(line, always)
        return
    apt([*prefix, "apt-get", "update"])
    if not apt([*prefix, *line.split()]):
        raise_or_tell(line, always)


def raise_or_tell(line: str, always: bool) -> None:
    """Name the line a person with rights has to run; go on only where Qt may still do."""
    sentence = f"Debian packages are missing. Run this as root, then start again:\n  {line}"
    if always:
        raise SetUpError(sentence)
    print(sentence, file=sys.stderr)


def has_package(name: str) -> bool:
    """Whether dpkg has it installed."""
    query = ["dpkg-query", "-W", "-f", "${Status}", name]
    told = subprocess.run(query, capture_output=True, text=True)
    return told.stdout.startswith("install ok installed")


def as_root() -> list[str] | None:
    """How to run a command as root: directly, by sudo, or not at all."""
    if os.geteuid() == 0:
        return []
    if not shutil.which("sudo"):
        return None
    return ["sudo"] if sys.stdin.isatty() else ["sudo", "-n"]


def apt(command: list[str]) -> bool:
    """Run apt quietly; its errors are shown."""
    env = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    return subprocess.run(command, stdout=subprocess.DEVNULL, env=env).returncode == 0


# --- small things -----------------------------------------------------------------------------


def has_display() -> bool:
    """Whether a window can be shown."""
    if sys.platform != "linux":
        return True
    if os.environ.get("QT_QPA_PLATFORM") in ("offscreen", "minimal"):
        return False
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


def quiet_qt() -> dict[str, str]:
    """Qt without a screen, and one numeric thread a worker."""
    return {"QT_QPA_PLATFORM": "offscreen", "OMP_NUM_THREADS": "1"}


def without_cuda(arguments: list[str]) -> list[str]:
    """The app's own arguments."""
    return [argument for argument in arguments if argument != "--cuda"]


def scripts() -> Path:
    """Where the environment keeps its programs."""
    return VENV / ("Scripts" if os.name == "nt" else "bin")


def venv_python() -> str:
    """The environment's Python."""
    return str(scripts() / ("python.exe" if os.name == "nt" else "python"))


def run(*command: str, env: dict[str, str] | None = None) -> int:
    """Run a command from the project's folder and return its exit code."""
    return subprocess.run(command, cwd=HERE, env={**os.environ, **(env or {})}).returncode


def say(sentence: str) -> None:
    """One line to the person who waits."""
    print(sentence, flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
