"""Creation: what it costs to start a unit and to see it end.

    python3 creation.py threads --units 200

The unit does nothing. The first tenth, at most ten, warms up and is not counted.
"""
import argparse
import asyncio
import statistics
import time
from concurrent.futures import ThreadPoolExecutor
from multiprocessing import Process
from threading import Thread


def say(text):
    # One write for the whole line, so that two workers never share one.
    print(text + "\n", end="", flush=True)

def nothing():
    pass


async def nothing_async():
    pass


def timed(units, once):
    warm_up, times = min(10, -(-units // 10)), []
    for _ in range(warm_up + units):
        began = time.perf_counter()
        once()
        times.append(time.perf_counter() - began)
    return times[warm_up:]


async def timed_async(units):
    loop, times = asyncio.get_running_loop(), []
    for _ in range(units):
        began = time.perf_counter()
        await loop.create_task(nothing_async())
        times.append(time.perf_counter() - began)
    return times


def start_and_join(unit):
    worker = unit(target=nothing)
    worker.start()
    worker.join()


def main(model, units=200):
    if model == "async":
        times = asyncio.run(timed_async(units))
    elif model == "pool":
        with ThreadPoolExecutor(1) as pool:
            times = timed(units, lambda: pool.submit(nothing).result())
    else:
        unit = {"threads": Thread, "processes": Process}[model]
        times = timed(units, lambda: start_and_join(unit))
    micros = sorted(seconds * 1e6 for seconds in times)
    median = statistics.median(micros)
    say(f"start and join: {median:,.1f} us, {micros[0]:,.1f} to {micros[-1]:,.1f}"
        f" in {units} samples")
    return median


if __name__ == "__main__":
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("model", choices=["threads", "pool", "processes", "async"])
    options.add_argument("--units", type=int, default=200, help="how many are started, one by one")
    main(**vars(options.parse_args()))
