"""The kernel beside ipykernel, measured in turn on this machine over their sockets, as ratios with targets.

Usage: python benches/beside_ipykernel.py [ROUNDS]

`make bench` sets up what it needs. A target that is not met is said and is no error: speed depends on the machine.
"""

import json
import pathlib
import statistics
import sys
import time

import zmq
from jupyter_client.manager import KernelManager

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "tests/jupyter"))
from processes import memory  # noqa: E402
from wire import Kernel  # noqa: E402

OURS, THEIRS = "threadlab", "python3"
TRIVIAL = {OURS: "%defaults", THEIRS: "%precision 3"}
LINES = 100_000
PRINTING = {
    OURS: f"%threads flood --lines {LINES} --no-chart",
    THEIRS: f"for i in range({LINES}): print(str(i).zfill(80))",
}
WAIT = 0.3  # seconds: breakfast's longest, at scale 0.1


def start_up(name):
    """Seconds from starting a kernel by jupyter_client to its first kernel_info_reply."""
    context = zmq.Context()
    context.setsockopt(zmq.RECONNECT_IVL, 1)  # or a client faster than the kernel counts libzmq's 100 ms
    manager = KernelManager(kernel_name=name, context=context)
    began = time.perf_counter()
    manager.start_kernel()
    client = manager.blocking_client()
    client.start_channels()
    client.kernel_info()
    client.get_shell_msg(timeout=60)
    took = time.perf_counter() - began
    client.stop_channels()
    manager.shutdown_kernel(now=True)
    context.destroy(linger=0)
    return took


def round_trip(kernel, code):
    """Seconds from sending a cell to its reply and idle, whichever comes last."""
    kernel.heard.clear()
    began = time.monotonic()
    asked = kernel.execute_later(code)
    kernel.finish(asked)
    return max(kernel.reply_to(asked).at, kernel.published(asked)[-1].at) - began


def flood(kernel, code):
    """Seconds, messages and lines of a cell that prints many."""
    kernel.heard.clear()
    seconds = round_trip(kernel, code)
    streams = [heard.content["text"] for heard in kernel.heard if heard.label == "stream stdout"]
    lines = [line for line in "".join(streams).splitlines() if len(line) == 80 and line.isdigit()]
    return seconds, len(streams), len(lines)


def breakfast(kernel):
    """Seconds past the longest wait: that the run ended, by its own clock, and that its chart was here."""
    told = kernel.execute("%threads breakfast --scale 0.1 --json")
    ended = find_json(told)["seconds"] - WAIT
    kernel.heard.clear()
    began = time.monotonic()
    asked = kernel.execute_later("%threads breakfast --scale 0.1")
    kernel.finish(asked)
    chart = [heard for heard in kernel.published(asked) if "image/svg+xml" in heard.content.get("data", {})][-1]
    return ended, chart.at - began - WAIT - ended


def find_json(exchange):
    """The one object that --json leaves, as output data or as text."""
    for heard in exchange.published:
        data = heard.content.get("data", {})
        if "application/json" in data:
            return data["application/json"]
    return json.loads(exchange.stdout[exchange.stdout.index("{"):])


def milliseconds(samples):
    return f"{statistics.median(samples) * 1000:.2f} [{min(samples) * 1000:.2f}-{max(samples) * 1000:.2f}]"


class Table:
    def __init__(self):
        self.rows = [("", "threadlab", "ipykernel", "ratio", "target", "")]

    def ratio(self, what, ours, theirs, target):
        """Samples in seconds of both; the medians' ratio is to be `1/target` at most."""
        ratio = statistics.median(ours) / statistics.median(theirs)
        self.add(what, milliseconds(ours), milliseconds(theirs), f"1/{1 / ratio:.1f}", f"1/{target}",
                 ratio * target <= 1)

    def add(self, what, ours, theirs, ratio, target, met):
        self.rows.append((what, ours, theirs, ratio, target, "met" if met else "NOT MET"))

    def show(self):
        widths = [max(len(row[column]) for row in self.rows) for column in range(6)]
        for row in self.rows:
            print("  ".join(cell.ljust(width) for cell, width in zip(row, widths)).rstrip())


def main():
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 15
    table = Table()
    print(f"Medians [smallest-largest] in milliseconds, both kernels in turn, {rounds} rounds", flush=True)

    starts = {OURS: [], THEIRS: []}
    for _ in range(rounds):
        for name, samples in starts.items():
            samples.append(start_up(name))
    table.ratio("start to first kernel_info_reply", starts[OURS], starts[THEIRS], 8)

    with Kernel(OURS) as ours, Kernel(THEIRS) as theirs:
        both = {OURS: ours, THEIRS: theirs}
        trips = {OURS: [], THEIRS: []}
        for count in range(21):
            for name, kernel in both.items():
                samples = [round_trip(kernel, TRIVIAL[name]) for _ in range(rounds)]
                trips[name] += samples if count else []  # the first are for warming up
        table.ratio("trivial cell, reply and idle", trips[OURS], trips[THEIRS], 5)

        if sys.platform == "linux":
            time.sleep(1)
            (resident, share), (their_resident, their_share) = (memory(kernel.process.pid) for kernel in both.values())
            table.add("idle memory, resident (proportional), MB", f"{resident / 1e6:.1f} ({share / 1e6:.1f})",
                      f"{their_resident / 1e6:.1f} ({their_share / 1e6:.1f})", f"1/{their_resident / resident:.1f}",
                      "15 MB", resident <= 15e6)

        floods = {name: [flood(kernel, PRINTING[name]) for _ in range(5)] for name, kernel in both.items()}
        seconds = {name: [sample[0] for sample in samples] for name, samples in floods.items()}
        ratio = statistics.median(seconds[OURS]) / statistics.median(seconds[THEIRS])
        table.add(f"{LINES:,} lines of 80 characters", milliseconds(seconds[OURS]), milliseconds(seconds[THEIRS]),
                  f"{ratio:.2f}", "500 ms", statistics.median(seconds[OURS]) <= 0.5)
        messages = {name: max(sample[1] for sample in samples) for name, samples in floods.items()}
        table.add("  in messages", str(messages[OURS]), str(messages[THEIRS]), "", "200", messages[OURS] <= 200)
        lost = {name: LINES - min(sample[2] for sample in samples) for name, samples in floods.items()}
        table.add("  lines lost", str(lost[OURS]), str(lost[THEIRS]), "", "0", lost[OURS] == 0)

        served = [breakfast(ours) for _ in range(rounds)]
        for what, samples, target in (
                ("breakfast: end of the run after its longest wait", [sample[0] for sample in served], 0.005),
                ("  the chart after that, starting the run included", [sample[1] for sample in served], 0.060)):
            table.add(what, milliseconds(samples), "", "", f"{target * 1000:.0f} ms",
                      statistics.median(samples) <= target)

    table.show()


if __name__ == "__main__":
    main()
