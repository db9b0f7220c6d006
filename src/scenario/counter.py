"""Counter: many workers add to one total, guarded or not.

    python3 counter.py threads --workers 10 --increments 100_000 --protect lock

Threads share a global. Processes would get a copy of it each, so their total
lies in memory that they share too.
"""
import argparse
import itertools
import multiprocessing
import threading

total = 0
ticks = itertools.count()  # next() is one call into C: the nearest thing to an atomic integer
guards = {"lock": "Lock", "rlock": "RLock", "semaphore": "Semaphore"}


def add(name, increments, guard):
    global total
    for _ in range(increments):
        if guard is None:
            total += 1
        else:
            with guard:
                total += 1


def tick(name, increments):
    for _ in range(increments):
        next(ticks)


def add_shared(name, increments, guard, shared):
    for _ in range(increments):
        if guard is None:
            shared.value += 1
        else:
            with guard:
                shared.value += 1


def main(model, workers=10, increments=100_000, protect="none"):
    home = {"threads": threading, "processes": multiprocessing}[model]
    guard = getattr(home, guards[protect])() if protect in guards else None
    if model == "threads":
        unit, shared = home.Thread, None
        job, args = (tick, ()) if protect == "atomic" else (add, (guard,))
    else:
        unit, shared = home.Process, home.Value("q", 0)
        if protect == "atomic":  # what comes nearest: the lock that the value brings along
            guard = shared.get_lock()
        job, args = add_shared, (guard, shared.get_obj())

    started = [unit(target=job, name=name, args=(name, increments, *args))
               for name in (f"adder {number}" for number in range(1, workers + 1))]
    for worker in started:
        worker.start()
    for worker in started:
        worker.join()
    counted = shared.value if shared else next(ticks) if protect == "atomic" else total
    print(f"expected {workers * increments:,}, counted {counted:,}")
    return counted


if __name__ == "__main__":
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("model", choices=["threads", "processes"])
    options.add_argument("--workers", type=int, default=10)
    options.add_argument("--increments", type=int, default=100_000, help="of each worker")
    options.add_argument("--protect", default="none",
                         choices=["none", "lock", "rlock", "semaphore", "atomic"])
    main(**vars(options.parse_args()))
