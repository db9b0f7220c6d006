"""Which processes belong to a kernel, seen from outside of it. Linux only: it reads /proc."""

import os
import pathlib
import signal
import time

MARK = "THREADLAB_TEST_MARK"


def marked(mark):
    """The living processes that were started, at any depth, with MARK=`mark` in their environment.

    Unlike a walk from parent to child this also finds those whose parent has died.
    """
    wanted = f"{MARK}={mark}".encode()
    return {int(entry.name) for entry in pathlib.Path("/proc").iterdir()
            if entry.name.isdigit() and wanted in environment(entry)}


def in_role(mark, role):
    """Those of the marked processes that are this program in a role: `rust`, `rust-child`, `runner`."""
    return {pid for pid in marked(mark) if command_line(pid)[1:2] == [role]}


def running(mark, program):
    """Those of the marked processes that run a program of this name, such as `rustc`."""
    return {pid for pid in marked(mark) if pathlib.PurePath(command_line(pid)[0]).name == program}


def command_line(pid):
    """At least one word, which may be empty."""
    try:
        return pathlib.Path(f"/proc/{pid}/cmdline").read_text(errors="replace").split("\0")
    except OSError:
        return [""]


def environment(process):
    try:
        return (process / "environ").read_bytes().split(b"\0")
    except OSError:  # it ended meanwhile, or is someone else's
        return []


def memory(pid):
    """Resident and proportional memory of a process in bytes."""
    lines = pathlib.Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    sizes = {line.split(":")[0]: int(line.split()[1]) * 1024 for line in lines if line.endswith(" kB")}
    return sizes["Rss"], sizes["Pss"]


def memory_of_all(mark):
    """Resident and proportional memory of all marked processes together, in bytes."""
    sums = [0, 0]
    for pid in marked(mark):
        try:
            sums = [total + size for total, size in zip(sums, memory(pid))]
        except (OSError, KeyError):  # it ended meanwhile
            pass
    return sums


def strays(kernel, seconds=20, compiling=300):
    """Wait until a kernel has no processes but its own and those that wait for Rust cells. Returns the others.

    Those are the evaluator, with a process of its analyser once that was needed, and at most two that hold the
    variables: one that runs a cell, and one that watches it. What is compiled once per machine is waited for.
    """
    began = time.monotonic()
    while True:
        holding = in_role(kernel.mark, "rust-child")
        others = marked(kernel.mark) - holding - in_role(kernel.mark, "rust") - {kernel.process.pid}
        others = {pid for pid in others if not is_analysers(pid)}
        left = others | (holding if len(holding) > 2 else set())
        patience = compiling if running(kernel.mark, "cargo") else seconds
        if not left or time.monotonic() > began + patience:
            return {pid: " ".join(command_line(pid)) for pid in left}
        time.sleep(0.01)


def is_analysers(pid):
    """Whether it is the process in which evcxr would run cells, which its analyser does not go without."""
    return any(entry.startswith(b"EVCXR_IS_RUNTIME=") for entry in environment(pathlib.Path(f"/proc/{pid}")))


def kill(pids):
    for pid in pids:
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            pass


def gone_within(seconds, mark, spare=()):
    """Wait until none is left but `spare`. Returns (those left, seconds waited)."""
    started = time.monotonic()
    while True:
        left = marked(mark) - set(spare)
        waited = time.monotonic() - started
        if not left or waited > seconds:
            return left, waited
        time.sleep(0.005)
