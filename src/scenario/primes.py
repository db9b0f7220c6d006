"""Primes: how many there are in a range, by trial division, chunk by chunk.

    python3 primes.py processes --workers 8 --from 100_000 --to 200_000 --chunks 32

Chunks are the smaller part of the lesson: one number at a time would spend
more on handing numbers over than on dividing them.
"""
import argparse
import math
import time
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor

POOLS = {"threads": ThreadPoolExecutor, "pool": ThreadPoolExecutor,
         "processes": ProcessPoolExecutor}


def say(text):
    # One write for the whole line, so that two workers never share one.
    print(text + "\n", end="", flush=True)

def is_prime(number):
    if number < 4 or number % 2 == 0:
        return number in (2, 3)
    return all(number % divisor for divisor in range(3, math.isqrt(number) + 1, 2))


def count_primes(name, begin, end):
    found = sum(1 for number in range(begin, end) if is_prime(number))
    say(f"{name} has {found} primes")
    return found


def main(model, workers=8, begin=100_000, end=200_000, chunks=32):
    edges = [begin + (end - begin) * chunk // chunks for chunk in range(chunks + 1)]
    jobs = [(f"chunk {number}", edges[number - 1], edges[number])
            for number in range(1, chunks + 1)]
    began = time.perf_counter()
    if model == "sequential":
        found = [count_primes(*job) for job in jobs]
    else:
        with POOLS[model](workers) as pool:
            found = list(pool.map(count_primes, *zip(*jobs)))
    say(f"{sum(found):,} primes after {time.perf_counter() - began:.2f} s")
    return sum(found)


if __name__ == "__main__":
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("model", choices=["sequential", "threads", "pool", "processes"])
    options.add_argument("--workers", type=int, default=8, help="chunks at a time")
    options.add_argument("--from", dest="begin", type=int, default=100_000, help="first number")
    options.add_argument("--to", dest="end", type=int, default=200_000, help="one past the last")
    options.add_argument("--chunks", type=int, default=32, help="parts of the range")
    main(**vars(options.parse_args()))
