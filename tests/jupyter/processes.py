"""Which processes belong to a kernel, seen from outside of it. Linux only: it reads /proc."""

import pathlib
import time

MARK = "THREADLAB_TEST_MARK"


def marked(mark):
    """The living processes that were started, at any depth, with MARK=`mark` in their environment.

    Unlike a walk from parent to child this also finds those whose parent has died.
    """
    wanted = f"{MARK}={mark}".encode()
    return {int(entry.name) for entry in pathlib.Path("/proc").iterdir()
            if entry.name.isdigit() and wanted in environment(entry)}


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


def gone_within(seconds, mark, spare=()):
    """Wait until none is left but `spare`. Returns (those left, seconds waited)."""
    started = time.monotonic()
    while True:
        left = marked(mark) - set(spare)
        waited = time.monotonic() - started
        if not left or waited > seconds:
            return left, waited
        time.sleep(0.005)
