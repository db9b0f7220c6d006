"""Counter: many workers add to one total, guarded or not.

    python3 counter.py threads --workers 10 --increments 100_000 --protect lock

Threads share the total. Processes count in a copy each, so the total of the
program that started them stays 0, whatever guards it.
"""
import argparse
import itertools
import multiprocessing
import threading

total = 0
ticks = itertools.count()  # next() is one call into C: the nearest thing to an atomic integer
guards = {"lock": "Lock", "rlock": "RLock", "semaphore": "Semaphore"}


def add(increments, guard):
    global total
    for _ in range(increments):
        if guard is None:
            total += 1
        else:
            with guard:
                total += 1


def tick(increments):
    for _ in range(increments):
        next(ticks)


def main(model, workers=10, increments=100_000, protect="none"):
    home = {"threads": threading, "processes": multiprocessing}[model]
    unit = home.Thread if model == "threads" else home.Process
    guard = getattr(home, guards[protect])() if protect in guards else None
    job, args = (tick, (increments,)) if protect == "atomic" else (add, (increments, guard))

    started = [unit(target=job, name=f"adder {i + 1}", args=args) for i in range(workers)]
    for worker in started:
        worker.start()
    for worker in started:
        worker.join()
    counted = next(ticks) if protect == "atomic" else total
    print(f"expected {workers * increments:,}, counted {counted:,}")


if __name__ == "__main__":
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("model", choices=["threads", "processes"])
    options.add_argument("--workers", type=int, default=10)
    options.add_argument("--increments", type=int, default=100_000, help="of each worker")
    options.add_argument("--protect", default="none",
                         choices=["none", "lock", "rlock", "semaphore", "atomic"])
    main(**vars(options.parse_args()))
