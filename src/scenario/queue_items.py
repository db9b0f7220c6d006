"""Queue: a child puts items in, its parent takes them out.

    python3 queue_items.py processes --items 4 --drain before

A process ends only when everything that it has put is on its way. A pipe holds
some 64 KiB, so who joins first and drains after it waits for ever when the
items are large: `--drain after --size 1MB`. `patience` ends that wait here.
(The file cannot be called queue.py, since the standard library has one.)
"""
import argparse
import multiprocessing
import queue
import threading
import time

UNITS = {"KB": 10**3, "MB": 10**6, "KIB": 2**10, "MIB": 2**20, "B": 1}


def say(text):
    # One write for the whole line, so that two workers never share one.
    print(text + "\n", end="", flush=True)

def in_bytes(size):
    for unit, factor in UNITS.items():
        if size.upper().endswith(unit):
            return int(float(size[:-len(unit)]) * factor)
    return int(size or 0)


def produce(name, items, size, belt):
    for number in range(1, items + 1):
        if size:
            item = "x" * size
        else:
            item = "chai for the parent" if items == 1 else number * number
        say(f"{name} puts item {number}")
        belt.put(item)


def drain(name, items, belt):
    taken = []
    for number in range(1, items + 1):
        # Their number is known: to ask the queue whether it is empty is not reliable.
        taken.append(belt.get())
        say(f"{name} takes item {number}")
    return taken


def main(model, items=1, size="", drain_when="before", patience=1.0):
    unit, belt = {"threads": (threading.Thread, queue.Queue),
                  "processes": (multiprocessing.Process, multiprocessing.Queue)}[model]
    belt, size = belt(), in_bytes(size)
    began = time.perf_counter()
    child = unit(target=produce, name="child", args=("child", items, size, belt))
    child.start()
    if drain_when == "after":
        child.join(patience)
        if child.is_alive():
            say("deadlock: parent waits for child, child waits until somebody takes its items")
    taken = drain("parent", items, belt)
    child.join()
    said = [len(item) for item in taken] if size else taken
    say(f"{said} after {time.perf_counter() - began:.2f} s")
    return said


if __name__ == "__main__":
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("model", choices=["threads", "processes"])
    options.add_argument("--items", type=int, default=1)
    options.add_argument("--size", default="", help="of one item, such as 64KiB")
    options.add_argument("--drain", dest="drain_when", default="before",
                         choices=["before", "after"], help="the join")
    options.add_argument("--patience", type=float, default=1.0,
                         help="seconds that the join may take before the drain")
    main(**vars(options.parse_args()))
