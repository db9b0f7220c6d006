"""Memory: what a unit holds while it waits.

    python3 memory.py processes --workers 10

Resident memory counts a page for each process that has it, proportional memory
divides it among them, private memory is what it has written and nobody else
has. Linux tells all three in /proc; elsewhere there is nothing to read.
"""
import argparse
import asyncio
import multiprocessing
import os
import sys
import threading

KINDS = "resident", "proportional", "private"


def say(text):
    # One write for the whole line, so that two workers never share one.
    print(text + "\n", end="", flush=True)

def held(pid):
    """Kilobytes that a process holds, by kind."""
    total = dict.fromkeys(KINDS, 0)
    with open(f"/proc/{pid}/smaps") as file:
        for key, _, rest in (line.partition(":") for line in file):
            if key == "Rss":
                total["resident"] += int(rest.split()[0])
            elif key == "Pss":
                total["proportional"] += int(rest.split()[0])
            elif key == "Private_Clean":
                alone = int(rest.split()[0])
            elif key == "Private_Dirty":
                alone += int(rest.split()[0])
            elif key == "Anonymous":
                # Of what is in the mapping alone, files' pages are nobody's doing.
                total["private"] += min(alone, int(rest.split()[0]))
    return total


def stay(name, there, leave):
    there.release()
    leave.wait()


async def tasks(workers):
    leave = asyncio.Event()

    async def stay_async():
        await leave.wait()

    before = held(os.getpid())
    units = [asyncio.ensure_future(stay_async()) for _ in range(workers)]
    await asyncio.sleep(0)
    after = held(os.getpid())
    leave.set()
    await asyncio.gather(*units)
    return {kind: after[kind] - before[kind] for kind in before}


def units(model, workers):
    home = {"threads": threading, "processes": multiprocessing}[model]
    unit = home.Thread if model == "threads" else home.Process
    there, leave = home.Semaphore(0), home.Event()
    before = held(os.getpid())
    started = [unit(target=stay, name=name, args=(name, there, leave))
               for name in (f"unit {number}" for number in range(1, workers + 1))]
    for worker in started:
        worker.start()
    for _ in started:
        there.acquire()
    if model == "threads":
        after = held(os.getpid())
        total = {kind: after[kind] - before[kind] for kind in before}
    else:
        each = [held(worker.pid) for worker in started]
        total = {kind: sum(one[kind] for one in each) for kind in before}
    leave.set()
    for worker in started:
        worker.join()
    return total


def main(model, workers=10):
    if not os.path.exists("/proc/self/smaps"):
        sys.exit("this system does not tell in /proc what a process holds")
    total = asyncio.run(tasks(workers)) if model == "async" else units(model, workers)
    each = {kind: kilobytes / workers for kind, kilobytes in total.items()}
    say("one of " + f"{workers} units holds "
        + ", ".join(f"{kilobytes:,.0f} kB {kind}" for kind, kilobytes in each.items()))
    return [each["resident"], each["proportional"], each["private"]]


if __name__ == "__main__":
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("model", choices=["threads", "processes", "async"])
    options.add_argument("--workers", type=int, default=10, help="units")
    main(**vars(options.parse_args()))
