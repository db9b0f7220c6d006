"""Sum: every worker adds up the numbers below n.

    python3 sum.py processes --workers 2 --n 10_000_000

Two runs can be compared only when both add up the same range.
"""
import argparse
import time
from concurrent.futures import ThreadPoolExecutor
from itertools import repeat
from multiprocessing import Pipe, Process
from threading import Thread


def say(text):
    # One write for the whole line, so that two workers never share one.
    print(text + "\n", end="", flush=True)

def add_up(name, n, results=None):
    total = 0
    for number in range(n):
        total += number
    say(f"{name} comes to {total:,}")
    if results:
        results.send(total)
    return total


def main(model, workers=2, n=10_000_000):
    names = [f"adder {number}" for number in range(1, workers + 1)]
    began = time.perf_counter()
    if model == "sequential":
        totals = [add_up(name, n) for name in names]
    elif model == "pool":
        with ThreadPoolExecutor(workers) as pool:
            totals = list(pool.map(add_up, names, repeat(n)))
    else:
        unit = {"threads": Thread, "processes": Process}[model]
        pipes = [Pipe(duplex=False) for _ in names]
        started = [unit(target=add_up, name=name, args=(name, n, tell))
                   for name, (_, tell) in zip(names, pipes)]
        for worker in started:
            worker.start()
        totals = [hear.recv() for hear, _ in pipes]
        for worker in started:
            worker.join()
    say(f"{workers} sums of {n:,} numbers after {time.perf_counter() - began:.2f} s")
    return totals


if __name__ == "__main__":
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("model", choices=["sequential", "threads", "pool", "processes"])
    options.add_argument("--workers", type=int, default=2, help="each adds up the full range")
    options.add_argument("--n", type=int, default=10_000_000, help="numbers to add up")
    main(**vars(options.parse_args()))
