"""Mixed: for each item a wait, and then some computing.

    python3 mixed.py threads --workers 4 --items 8 --wait 0.1 --n 2_000_000
"""
import argparse
import asyncio
import time
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from itertools import repeat

POOLS = {"threads": ThreadPoolExecutor, "pool": ThreadPoolExecutor,
         "processes": ProcessPoolExecutor}


def say(text):
    # One write for the whole line, so that two workers never share one.
    print(text + "\n", end="", flush=True)

def count(n):
    reached = 0
    for _ in range(n):
        reached += 1
    return reached


def work(name, seconds, n):
    time.sleep(seconds)
    say(f"{name} is there")
    reached = count(n)
    say(f"{name} is done")
    return reached


async def work_async(name, seconds, n):
    await asyncio.sleep(seconds)
    say(f"{name} is there")
    reached = count(n)  # nobody else has a turn meanwhile
    say(f"{name} is done")
    return reached


async def together(workers, jobs):
    places = asyncio.Semaphore(workers)

    async def in_turn(job):
        async with places:
            return await work_async(*job)

    return await asyncio.gather(*map(in_turn, jobs))


def main(model, workers=4, items=8, wait=0.1, n=2_000_000):
    names = [f"item {number}" for number in range(1, items + 1)]
    began = time.perf_counter()
    if model == "sequential":
        reached = [work(name, wait, n) for name in names]
    elif model == "async":
        reached = asyncio.run(together(workers, [(name, wait, n) for name in names]))
    else:
        with POOLS[model](workers) as pool:
            reached = list(pool.map(work, names, repeat(wait), repeat(n)))
    say(f"{items} items after {time.perf_counter() - began:.2f} s")
    return reached


if __name__ == "__main__":
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("model", choices=["sequential", "threads", "pool", "processes", "async"])
    options.add_argument("--workers", type=int, default=4, help="items at a time")
    options.add_argument("--items", type=int, default=8)
    options.add_argument("--wait", type=float, default=0.1, help="seconds until an item is there")
    options.add_argument("--n", type=int, default=2_000_000, help="how far to count for each item")
    main(**vars(options.parse_args()))
