"""Sum of squares: the same sum for every item, by a few workers.

    python3 squares_sum.py processes --workers 4 --items 8 --n 10_000_000
"""
import argparse
import time
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from itertools import repeat

POOLS = {"threads": ThreadPoolExecutor, "pool": ThreadPoolExecutor,
         "processes": ProcessPoolExecutor}


def say(text):
    # One write for the whole line, so that two workers never share one.
    print(text + "\n", end="", flush=True)

def sum_squares(name, n):
    total = 0
    for number in range(n):
        total += number * number
    say(f"{name} comes to {total:,}")
    return total


def main(model, workers=4, items=8, n=10_000_000):
    names = [f"item {number}" for number in range(1, items + 1)]
    began = time.perf_counter()
    if model == "sequential":
        totals = [sum_squares(name, n) for name in names]
    else:
        with POOLS[model](workers) as pool:
            totals = list(pool.map(sum_squares, names, repeat(n)))
    say(f"{items} sums of {n:,} squares after {time.perf_counter() - began:.2f} s")
    return totals


if __name__ == "__main__":
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("model", choices=["sequential", "threads", "pool", "processes"])
    options.add_argument("--workers", type=int, default=4, help="items at a time")
    options.add_argument("--items", type=int, default=8)
    options.add_argument("--n", type=int, default=10_000_000, help="squares to add up for each")
    main(**vars(options.parse_args()))
