"""Breakfast: the milk boils while a bun toasts.

    python3 breakfast.py threads --milk 2 --bun 3
"""
import argparse
import asyncio
import time
from multiprocessing import Process
from threading import Thread


def say(text):
    # One write for the whole line, so that two workers never share one.
    print(text + "\n", end="", flush=True)


def boil(name, seconds):
    say(f"{name} on the stove")
    time.sleep(seconds)
    say(f"{name} boils")


def toast(name, seconds):
    say(f"{name} in the toaster")
    time.sleep(seconds)
    say(f"{name} is toasted")


async def boil_async(name, seconds):
    say(f"{name} on the stove")
    await asyncio.sleep(seconds)
    say(f"{name} boils")


async def toast_async(name, seconds):
    say(f"{name} in the toaster")
    await asyncio.sleep(seconds)
    say(f"{name} is toasted")


async def together(milk, bun):
    await asyncio.gather(boil_async("milk", milk), toast_async("bun", bun))


def main(model, milk=2.0, bun=3.0):
    began = time.perf_counter()
    if model == "sequential":
        boil("milk", milk)
        toast("bun", bun)
    elif model == "async":
        asyncio.run(together(milk, bun))
    else:
        unit = {"threads": Thread, "processes": Process}[model]
        workers = [unit(target=boil, name="milk", args=("milk", milk)),
                   unit(target=toast, name="bun", args=("bun", bun))]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()
    say(f"breakfast served after {time.perf_counter() - began:.2f} s")


if __name__ == "__main__":
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("model", choices=["sequential", "threads", "processes", "async"])
    options.add_argument("--milk", type=float, default=2.0, help="seconds until the milk boils")
    options.add_argument("--bun", type=float, default=3.0, help="seconds in the toaster")
    main(**vars(options.parse_args()))
