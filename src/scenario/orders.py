"""Orders: a waiter takes orders while a brewer makes the chai.

    python3 orders.py threads --orders 3 --order-time 2 --brew-time 3
"""
import argparse
import asyncio
import time
from multiprocessing import Process
from threading import Thread


def say(text):
    # One write for the whole line, so that two workers never share one.
    print(text + "\n", end="", flush=True)


def repeat(name, times, text, seconds):
    for number in range(1, times + 1):
        say(text.format(number))
        time.sleep(seconds)


async def repeat_async(name, times, text, seconds):
    for number in range(1, times + 1):
        say(text.format(number))
        await asyncio.sleep(seconds)


async def together(jobs):
    await asyncio.gather(*(repeat_async(*job) for job in jobs))


def main(model, orders=3, order_time=2.0, brew_time=3.0):
    waiter = ("waiter", orders, "order {} comes in", order_time)
    brewer = ("brewer", orders, "chai {} goes on the fire", brew_time)
    began = time.perf_counter()
    if model == "sequential":
        repeat(*waiter)
        repeat(*brewer)
    elif model == "async":
        asyncio.run(together([waiter, brewer]))
    else:
        unit = {"threads": Thread, "processes": Process}[model]
        workers = [unit(target=repeat, name="waiter", args=waiter),
                   unit(target=repeat, name="brewer", args=brewer)]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()
    say(f"nobody waits for chai after {time.perf_counter() - began:.2f} s")


if __name__ == "__main__":
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("model", choices=["sequential", "threads", "processes", "async"])
    options.add_argument("--orders", type=int, default=3, help="orders, and cups to brew")
    options.add_argument("--order-time", type=float, default=2.0, help="seconds for one order")
    options.add_argument("--brew-time", type=float, default=3.0, help="seconds for one cup")
    main(**vars(options.parse_args()))
