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


def boil_milk(seconds):
    say("milk on the stove")
    time.sleep(seconds)
    say("milk boils")


def toast_bun(seconds):
    say("bun in the toaster")
    time.sleep(seconds)
    say("bun is toasted")


async def breakfast_async(milk, bun):
    async def boil():
        say("milk on the stove")
        await asyncio.sleep(milk)
        say("milk boils")

    async def toast():
        say("bun in the toaster")
        await asyncio.sleep(bun)
        say("bun is toasted")

    await asyncio.gather(boil(), toast())


def main(model, milk=2.0, bun=3.0):
    began = time.perf_counter()
    if model == "sequential":
        boil_milk(milk)
        toast_bun(bun)
    elif model == "async":
        asyncio.run(breakfast_async(milk, bun))
    else:
        unit = {"threads": Thread, "processes": Process}[model]
        workers = [unit(target=boil_milk, name="milk", args=(milk,)),
                   unit(target=toast_bun, name="bun", args=(bun,))]
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
