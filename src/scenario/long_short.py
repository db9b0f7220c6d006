"""Long and short: two workers of different length; the shorter one ends first.

    python3 long_short.py threads --first 2 --second 3
"""
import argparse
import asyncio
import time
from multiprocessing import Process
from threading import Thread


def say(text):
    # One write for the whole line, so that two workers never share one.
    print(text + "\n", end="", flush=True)

def wait(name, seconds):
    say(f"{name} begins")
    time.sleep(seconds)
    say(f"{name} ends")


async def wait_async(name, seconds):
    say(f"{name} begins")
    await asyncio.sleep(seconds)
    say(f"{name} ends")


async def together(jobs):
    await asyncio.gather(*(wait_async(*job) for job in jobs))


def main(model, first=2.0, second=3.0):
    jobs = [("first", first), ("second", second)]
    began = time.perf_counter()
    if model == "sequential":
        for job in jobs:
            wait(*job)
    elif model == "async":
        asyncio.run(together(jobs))
    else:
        unit = {"threads": Thread, "processes": Process}[model]
        workers = [unit(target=wait, name=job[0], args=job) for job in jobs]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()
    say(f"both have ended after {time.perf_counter() - began:.2f} s")


if __name__ == "__main__":
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("model", choices=["sequential", "threads", "processes", "async"])
    options.add_argument("--first", type=float, default=2.0, help="seconds of the first worker")
    options.add_argument("--second", type=float, default=3.0, help="seconds of the second")
    main(**vars(options.parse_args()))
