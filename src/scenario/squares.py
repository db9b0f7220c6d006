"""Squares: work so small that handing it over costs more than doing it.

    python3 squares.py processes --workers 4 --numbers 5 --from 1
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

def compute(name, number, function):
    value = number * number if function == "square" else number * 2
    say(f"{name} gives {value}")
    return value


def main(model, workers=4, numbers=5, begin=1, function="square"):
    names = [f"task {number}" for number in range(1, numbers + 1)]
    values = range(begin, begin + numbers)
    began = time.perf_counter()
    if model == "sequential":
        results = [compute(*job, function) for job in zip(names, values)]
    else:
        with POOLS[model](workers) as pool:
            results = list(pool.map(compute, names, values, repeat(function)))
    say(f"{results} after {(time.perf_counter() - began) * 1e3:.3f} ms")
    return results


if __name__ == "__main__":
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("model", choices=["sequential", "threads", "pool", "processes"])
    options.add_argument("--workers", type=int, default=4, help="numbers at a time")
    options.add_argument("--numbers", type=int, default=5)
    options.add_argument("--from", dest="begin", type=int, default=1, help="first number")
    options.add_argument("--function", default="square", choices=["square", "double"])
    main(**vars(options.parse_args()))
