"""Crunch: every worker counts to n, which is work and no waiting.

    python3 crunch.py processes --workers 2 --n 100_000_000
"""
import argparse
import time
from concurrent.futures import ThreadPoolExecutor
from itertools import repeat
from multiprocessing import Process
from threading import Thread


def say(text):
    # One write for the whole line, so that two workers never share one.
    print(text + "\n", end="", flush=True)


def crunch(name, n):
    say(f"{name} begins to count")
    reached = 0
    for _ in range(n):
        reached += 1
    say(f"{name} has reached {reached:,}")
    return reached


def main(model, workers=2, n=100_000_000):
    names = [f"cruncher {number}" for number in range(1, workers + 1)]
    began = time.perf_counter()
    if model == "sequential":
        for name in names:
            crunch(name, n)
    elif model == "pool":
        with ThreadPoolExecutor(workers) as pool:
            list(pool.map(crunch, names, repeat(n)))
    else:
        unit = {"threads": Thread, "processes": Process}[model]
        started = [unit(target=crunch, name=name, args=(name, n)) for name in names]
        for worker in started:
            worker.start()
        for worker in started:
            worker.join()
    say(f"{workers} x {n:,} counted in {time.perf_counter() - began:.2f} s")


if __name__ == "__main__":
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("model", choices=["sequential", "threads", "pool", "processes"])
    options.add_argument("--workers", type=int, default=2, help="each counts to the full n")
    options.add_argument("--n", type=int, default=100_000_000, help="how far each one counts")
    main(**vars(options.parse_args()))
