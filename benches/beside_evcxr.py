"""Rust cells beside those of evcxr_jupyter: the same cells, in turn on this machine, as ratios with targets.

Usage: python benches/beside_evcxr.py [ROUNDS [THREADLAB]]

In each round each kernel is started afresh in a folder of its own. No cell is sent twice: a number in it differs, so
that nobody answers from a cache. Every answer is looked at: one that is wrong is told and not counted.
THREADLAB is a binary to take instead of the installed kernel. `make bench` sets up what is needed. A target that is
not met is said and is no error: speed depends on the machine.
"""

import itertools
import os
import pathlib
import random
import shutil
import signal
import statistics
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "tests/jupyter"))
from processes import marked, memory, memory_of_all  # noqa: E402
from wire import Kernel  # noqa: E402

VERSION = "0.22.0"
PEERS = pathlib.Path(os.environ.get("CACHE", pathlib.Path.home() / ".cache/threadlab")) / "peers"
EVCXR = shutil.which("evcxr_jupyter", path=PEERS / "bin")
OURS, THEIRS = "threadlab", "evcxr"
REPEAT = 3  # of each cell, in a session
SETTLED = 2  # seconds after which an idle kernel has given back what it does not need

# What is timed after the first cell, in this order: what it is, the cell, what its answer has to hold.
# `@` is a number that is never used again.
CELLS = [
    ("let", "let count@ = @;", ""),
    ("println!", 'println!("chai @");', "chai @\n"),
    ("function", "fn pour@(cups: u64) -> u64 { cups * 2 + @ }", ""),
    ("its call, with a result", "pour@(0)", "@"),
    ("struct with derive", "#[derive(Debug, Clone, PartialEq)]\nstruct Cup@ { size: u32, tea: String }\n"
     'let cup@ = Cup@ { size: @, tea: "assam".to_string() };\ncup@.clone()', "size: @"),
    ("HashMap", "use std::collections::HashMap;\nlet mut orders@: HashMap<String, usize> = HashMap::new();\n"
     'for tea in "assam mint assam".split(\' \') { *orders@.entry(tea.to_string()).or_insert(@) += 1; }\n'
     'orders@["mint"] - 1', "@"),
    ("thread spawn and join", "std::thread::spawn(|| (0..3u64).map(|_| @).max()).join().unwrap()", "Some(@)"),
    ("compile error", 'let wrong@: i32 = "tea @";', "mismatched types"),
    ("panic", 'panic!("spilt @");', "spilt @"),
    ("next cell after it", "let after@ = @;", ""),
]
LOOPS = 'println!("begun @");\nwhile std::hint::black_box(true) {}'
ABORTS = ('std::fs::write("aborted", std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap()'
          ".as_secs_f64().to_string()).unwrap();\nif std::hint::black_box(true) { std::process::abort(); } // @")
LAB = 'let lab = Lab::new();\nlab.task("maker @", async |w| w.say("chai @"));\n'


class Bench:
    """The samples of all sessions, in seconds or bytes, and the answers that were wrong."""

    def __init__(self, programs):
        self.programs = programs
        self.numbers = itertools.count(random.randrange(1_000, 9_000) * 10_000)
        self.samples = {}
        self.wrong = {}  # by kernel and what was asked: an answer

    def note(self, what, name, sample):
        self.samples.setdefault((what, name), []).append(sample)

    def start(self, name):
        # Nobody's settings, and none of those that `make` hands on.
        plain = {"XDG_CONFIG_HOME": "/nonexistent", "CARGO_TARGET_DIR": None, "RUST_BACKTRACE": None}
        return Kernel(name, argv=self.programs[name], environment=plain)

    def cell(self, kernel, code, holds, number=None):
        """Seconds from sending a cell to its reply, its idle and its answer, whichever comes last.

        None when the answer does not hold what it has to.
        """
        number, asks = str(number or next(self.numbers)), code
        code, holds = code.replace("@", number), holds.replace("@", number)
        kernel.heard.clear()
        began = time.monotonic()
        asked = kernel.execute_later(code, stop_on_error=False)
        kernel.finish(asked)

        def answer():
            return next((heard for heard in kernel.heard if holds in told(heard)), None)

        if not kernel.hears(answer, 5):  # evcxr_jupyter sends some of it after its idle
            heard = "".join(map(told, kernel.heard)).strip()
            self.wrong[kernel.name, asks] = heard[:300]
            return None
        idle = next(heard for heard in kernel.published(asked) if heard.label == "status idle")
        return max(heard.at for heard in (kernel.reply_to(asked), idle, answer())) - began

    def timed(self, what, kernel, code, holds, number=None):
        seconds = self.cell(kernel, code, holds, number)
        if seconds is not None:
            self.note(what, kernel.name, seconds)

    def kept(self, what, kernel, number):
        """Whether the variable `kept` still has its number."""
        asks = "kept + 1 - 1"
        self.note(what, kernel.name, self.cell(kernel, asks, "@", number) is not None)
        self.wrong.pop((kernel.name, asks), None)

    def session(self, name):
        with self.start(name) as kernel:
            try:
                self.first_and_later(kernel)
                self.interrupts(kernel)
                self.aborts(kernel)
                self.completions(kernel)
            finally:
                end(kernel)

    def first_and_later(self, kernel):
        ready = time.monotonic()
        self.timed("first cell of a ready kernel", kernel, "let first = @;", "")
        self.note("first cell, from the kernel's launch", kernel.name, time.monotonic() - kernel.launched)
        self.note("launch to ready", kernel.name, ready - kernel.launched)
        for _ in range(REPEAT):
            number = None
            for what, code, holds in CELLS:
                # A function is called by the number that it was made with.
                number = number if what.startswith("its call") else next(self.numbers)
                self.timed(what, kernel, code, holds, number)
        time.sleep(SETTLED)
        self.note("memory", kernel.name, memory_of_all(kernel.mark))
        self.note("kernel process", kernel.name, memory(kernel.process.pid))

    def interrupts(self, kernel):
        for number in itertools.islice(self.numbers, REPEAT):
            self.cell(kernel, "let kept = @u64;", "", number)
            cell = kernel.execute_later(LOOPS.replace("@", str(number)))
            kernel.wait(lambda: any(f"begun {number}" in told(heard) for heard in kernel.heard), "the loop")
            began = time.monotonic()
            kernel.send("control", "interrupt_request", {})
            kernel.finish(cell)
            idle = next(heard for heard in kernel.published(cell) if heard.label == "status idle")
            self.note("interrupt to idle", kernel.name, max(idle.at, kernel.reply_to(cell).at) - began)
            self.kept("  variables kept", kernel, number)

    def aborts(self, kernel):
        for number in itertools.islice(self.numbers, REPEAT):
            self.cell(kernel, "let kept = @u64;", "", number)
            self.cell(kernel, ABORTS, "", number)
            took = self.cell(kernel, "let again = @;", "", number)
            if took is not None:
                aborted = float(pathlib.Path(kernel.folder.name, "aborted").read_text())
                self.note("abort to the end of the next cell", kernel.name, time.time() - aborted)
            self.kept("  variables kept ", kernel, number)

    def completions(self, kernel):
        for what in ["completion, the first", *["completion, later"] * REPEAT]:
            took = self.completion(kernel)
            if took is not None:
                self.note(what, kernel.name, took)
        time.sleep(SETTLED)
        self.note("memory, completion used", kernel.name, memory_of_all(kernel.mark))

    def completion(self, kernel):
        """Seconds until a method is among the matches: an analyser that has just begun may have to be asked again."""
        code = "let text = String::new();\ntext.is_emp"
        began = time.monotonic()
        while time.monotonic() - began < 60:
            kernel.heard.clear()
            done = kernel.request("complete_request", {"code": code, "cursor_pos": len(code)})
            if any("is_empty" in match for match in done.reply.content.get("matches", [])):
                return done.reply.at - began
        self.wrong[kernel.name, code] = f"completed with {done.reply.content}"
        return None

    def before_any_cell(self, name):
        """What an idle kernel takes that has run nothing."""
        with self.start(name) as kernel:
            time.sleep(SETTLED)
            self.note("memory, no cell yet", name, memory_of_all(kernel.mark))
            end(kernel)

    def with_lab(self):
        """What the library costs, in a session of its own: only this kernel has it."""
        with self.start(OURS) as kernel:
            for what in ["first", *["later"] * REPEAT]:
                self.timed(f"plain cell, {what}", kernel, CELLS[1][1], CELLS[1][2])
            self.timed("first with lab", kernel, f"{LAB}lab.threads()?;", "chai @")
            for _ in range(REPEAT):
                self.timed("plain cell", kernel, CELLS[1][1], CELLS[1][2])
                self.timed("with lab", kernel, f"{LAB}lab.threads()?;", "chai @")
                self.timed("with lab, figure shown", kernel, f"{LAB}lab.threads()", "<svg")
            end(kernel)

    def of(self, what, name):
        return self.samples.get((what, name), [])


def told(heard):
    """All that a message says to the one who reads it."""
    content = heard.content
    data = content.get("data", {})
    return "".join([content.get("text", ""), *map(str, data.values()), content.get("evalue", ""),
                    *content.get("traceback", [])])


def end(kernel):
    """What a killed kernel would leave behind is ended as well."""
    for pid in marked(kernel.mark):
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            pass


def milliseconds(samples):
    if not samples:
        return "-"
    return f"{statistics.median(samples) * 1000:.1f} [{min(samples) * 1000:.1f}-{max(samples) * 1000:.1f}]"


def megabytes(samples):
    """Medians of resident and of proportional memory."""
    if not samples:
        return "-"
    resident, share = (statistics.median(sizes) / 1e6 for sizes in zip(*samples))
    return f"{resident:.1f} ({share:.1f})"


def often(samples):
    return f"{sum(samples)} of {len(samples)}" if samples else "-"


class Table:
    def __init__(self):
        self.rows = [("", "threadlab", "evcxr_jupyter", "ratio", "target", "")]

    def add(self, what, ours, theirs, ratio=None, target="", met=None):
        verdict = {True: "met", False: "NOT MET", None: ""}[met]
        self.rows.append((what, ours, theirs, "" if ratio is None else f"{ratio:.2f}", target, verdict))

    def show(self):
        widths = [max(len(row[column]) for row in self.rows) for column in range(6)]
        for row in self.rows:
            print("  ".join(cell.ljust(width) for cell, width in zip(row, widths)).rstrip())


def compare(bench, table, what, most=None, seconds=None, name=None):
    """A row of times. `most` bounds the medians' ratio, `seconds` our median."""
    ours, theirs = bench.of(what, OURS), bench.of(what, THEIRS)
    ratio = statistics.median(ours) / statistics.median(theirs) if ours and theirs else None
    met = None
    if most and ratio is not None:
        met = ratio <= most
    if seconds and ours:
        met = statistics.median(ours) <= seconds
    target = f"{most:g}" if most else f"{seconds * 1000:.0f} ms" if seconds else ""
    table.add(name or what, milliseconds(ours), milliseconds(theirs), ratio, target, met)


def compare_memory(bench, table, what, ours, theirs):
    ours, theirs = bench.of(ours, OURS), bench.of(theirs, THEIRS)
    for index, kind in enumerate(["resident", "proportional"]):
        both = [statistics.median(sizes[index] for sizes in samples) / 1e6 for samples in (ours, theirs) if samples]
        ratio = both[0] / both[1] if len(both) == 2 else None
        sizes = [f"{statistics.median(sizes[index] for sizes in samples) / 1e6:.0f}" if samples else "-"
                 for samples in (ours, theirs)]
        table.add(f"{what}, {kind}, MB", *sizes, ratio, "0.8", None if ratio is None else ratio <= 0.8)


def show(bench):
    table = Table()
    compare(bench, table, "launch to ready")
    compare(bench, table, "first cell of a ready kernel", most=0.25)
    compare(bench, table, "first cell, from the kernel's launch", most=0.25)
    for what, _, _ in CELLS:
        compare(bench, table, what, most=0.6)
    compare(bench, table, "interrupt to idle", seconds=0.05)
    table.add("  variables kept", *(often(bench.of("  variables kept", name)) for name in (OURS, THEIRS)))
    compare(bench, table, "abort to the end of the next cell", seconds=0.1)
    table.add("  variables kept", *(often(bench.of("  variables kept ", name)) for name in (OURS, THEIRS)))
    compare(bench, table, "completion, the first")
    compare(bench, table, "completion, later")
    compare_memory(bench, table, "all processes, ours after these cells, theirs before any", "memory",
                   "memory, no cell yet")
    compare_memory(bench, table, "all processes, after these cells", "memory", "memory")
    compare_memory(bench, table, "all processes, completion used", "memory, completion used",
                   "memory, completion used")
    own = bench.of("kernel process", OURS)
    table.add("the kernel process alone, resident (proportional), MB", megabytes(own),
              megabytes(bench.of("kernel process", THEIRS)), None, "15",
              statistics.median(size for size, _ in own) <= 15e6 if own else None)

    plain = bench.of("plain cell", OURS)
    table.add("println!, the session of the rows below", milliseconds(plain), "")
    for what, most in (("with lab", 0.06), ("first with lab", 0.3), ("with lab, figure shown", None)):
        used = bench.of(what, OURS)
        table.add(f"  {what}", milliseconds(used), "")
        if most and used and plain:
            more = statistics.median(used) - statistics.median(plain)
            table.add("    more than without", f"{more * 1000:.1f}", "", None, f"{most * 1000:.0f} ms", more <= most)
    table.show()


def main():
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 5
    programs = {OURS: None, THEIRS: [EVCXR, "--control_file", "{connection_file}"]}
    if len(sys.argv) > 2:
        programs[OURS] = [sys.argv[2], "kernel", "-f", "{connection_file}"]
    if EVCXR is None:
        del programs[THEIRS]
        print(f"evcxr_jupyter is not installed: there is nothing to compare with. `make peers` installs it, or\n"
              f"cargo install evcxr_jupyter --version {VERSION} --locked --root {PEERS}")
    print(f"Rust cells: medians [smallest-largest] in milliseconds, kernels in turn, {rounds} rounds", flush=True)

    bench = Bench(programs)
    for count in range(rounds):
        for name in sorted(programs, reverse=count % 2 == 0):
            bench.before_any_cell(name)
            bench.session(name)
        bench.with_lab()
    show(bench)
    for (name, asks), answer in bench.wrong.items():
        print(f"wrong, and not counted: {name} answers {asks!r} with {answer!r}")


if __name__ == "__main__":
    main()
