"""Overlap: long waits, one after another or at the same time.

    python3 overlap.py threads --workers 3 --task-time 10 --stagger 0
"""
import argparse
import asyncio
import time
from multiprocessing import Process
from threading import Thread


def say(text):
    # One write for the whole line, so that two workers never share one.
    print(text + "\n", end="", flush=True)

def wait(name, delay, seconds):
    time.sleep(delay)
    say(f"{name} begins")
    time.sleep(seconds)
    say(f"{name} ends")


async def wait_async(name, delay, seconds):
    await asyncio.sleep(delay)
    say(f"{name} begins")
    await asyncio.sleep(seconds)
    say(f"{name} ends")


async def together(jobs):
    await asyncio.gather(*(wait_async(*job) for job in jobs))


def main(model, workers=3, task_time=10.0, stagger=0.0):
    jobs = [(f"task {at + 1}", at * stagger, task_time) for at in range(workers)]
    began = time.perf_counter()
    if model == "sequential":
        for name, _, seconds in jobs:
            wait(name, 0, seconds)  # begins late anyway: after those before it
    elif model == "async":
        asyncio.run(together(jobs))
    else:
        unit = {"threads": Thread, "processes": Process}[model]
        started = [unit(target=wait, name=job[0], args=job) for job in jobs]
        for worker in started:
            worker.start()
        for worker in started:
            worker.join()
    say(f"all tasks have ended after {time.perf_counter() - began:.2f} s")


if __name__ == "__main__":
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("model", choices=["sequential", "threads", "processes", "async"])
    options.add_argument("--workers", type=int, default=3, help="tasks")
    options.add_argument("--task-time", type=float, default=10.0, help="seconds of each")
    options.add_argument("--stagger", type=float, default=0.0,
                         help="seconds by which each begins later than the one before")
    main(**vars(options.parse_args()))
