"""Two chais: one function, started twice with different arguments.

    python3 two_chais.py threads --masala 2 --ginger 4
"""
import argparse
import asyncio
import time
from multiprocessing import Process
from threading import Thread


def say(text):
    # One write for the whole line, so that two workers never share one.
    print(text + "\n", end="", flush=True)


def brew(name, seconds):
    say(f"{name} chai on the fire")
    time.sleep(seconds)
    say(f"{name} chai in the cup")


async def brew_async(name, seconds):
    say(f"{name} chai on the fire")
    await asyncio.sleep(seconds)
    say(f"{name} chai in the cup")


async def together(chais):
    await asyncio.gather(*(brew_async(kind, seconds) for kind, seconds in chais))


def main(model, masala=2.0, ginger=4.0):
    chais = [("Masala", masala), ("Ginger", ginger)]
    began = time.perf_counter()
    if model == "sequential":
        for kind, seconds in chais:
            brew(kind, seconds)
    elif model == "async":
        asyncio.run(together(chais))
    else:
        unit = {"threads": Thread, "processes": Process}[model]
        workers = [unit(target=brew, name=kind, args=(kind, seconds)) for kind, seconds in chais]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()
    say(f"both cups full after {time.perf_counter() - began:.2f} s")


if __name__ == "__main__":
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("model", choices=["sequential", "threads", "processes", "async"])
    options.add_argument("--masala", type=float, default=2.0, help="seconds for the Masala chai")
    options.add_argument("--ginger", type=float, default=4.0, help="seconds for the Ginger chai")
    main(**vars(options.parse_args()))
