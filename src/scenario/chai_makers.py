"""Chai makers: each of them brews one cup.

    python3 chai_makers.py processes --workers 3 --brew 3
"""
import argparse
import asyncio
import time
from concurrent.futures import ThreadPoolExecutor
from itertools import repeat
from multiprocessing import Process
from threading import Thread


def say(text):
    # One write for the whole line, so that two workers never share one.
    print(text + "\n", end="", flush=True)


def make_chai(name, seconds):
    say(f"{name} puts the water on")
    time.sleep(seconds)
    say(f"{name} pours the chai")


async def make_chai_async(name, seconds):
    say(f"{name} puts the water on")
    await asyncio.sleep(seconds)
    say(f"{name} pours the chai")


async def together(makers, seconds):
    await asyncio.gather(*(make_chai_async(maker, seconds) for maker in makers))


def main(model, workers=3, brew=3.0):
    makers = [f"maker {number}" for number in range(1, workers + 1)]
    began = time.perf_counter()
    if model == "sequential":
        for maker in makers:
            make_chai(maker, brew)
    elif model == "async":
        asyncio.run(together(makers, brew))
    elif model == "pool":
        with ThreadPoolExecutor(workers) as pool:
            list(pool.map(make_chai, makers, repeat(brew)))
    else:
        unit = {"threads": Thread, "processes": Process}[model]
        started = [unit(target=make_chai, name=maker, args=(maker, brew)) for maker in makers]
        for worker in started:
            worker.start()
        for worker in started:
            worker.join()
    say(f"every maker has poured after {time.perf_counter() - began:.2f} s")


if __name__ == "__main__":
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("model", choices=["sequential", "threads", "pool", "processes", "async"])
    options.add_argument("--workers", type=int, default=3, help="makers, one cup each")
    options.add_argument("--brew", type=float, default=3.0, help="seconds for one cup")
    main(**vars(options.parse_args()))
