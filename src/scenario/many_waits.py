"""Many waits: a thousand short ones at a time, and what that costs.

    python3 many_waits.py async --workers 1000 --waits 1000 --wait 0.1
"""
import argparse
import asyncio
import time
from concurrent.futures import ThreadPoolExecutor
from itertools import repeat
from threading import Thread


def say(text):
    # One write for the whole line, so that two workers never share one.
    print(text + "\n", end="", flush=True)

def wait(name, seconds):
    time.sleep(seconds)


async def wait_async(name, seconds, places):
    async with places:
        await asyncio.sleep(seconds)


async def together(workers, names, seconds):
    places = asyncio.Semaphore(workers)
    await asyncio.gather(*(wait_async(name, seconds, places) for name in names))


def by_turns(names, seconds):
    for name in names:
        wait(name, seconds)


def main(model, workers=1000, waits=1000, wait_time=0.1):
    names = [f"wait {number}" for number in range(1, waits + 1)]
    began = time.perf_counter()
    if model == "async":
        asyncio.run(together(workers, names, wait_time))
    elif model == "pool":
        with ThreadPoolExecutor(workers) as pool:
            list(pool.map(wait, names, repeat(wait_time)))
    else:
        shares = [names[first::workers] for first in range(min(workers, waits))]
        threads = [Thread(target=by_turns, args=(share, wait_time)) for share in shares]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    took = time.perf_counter() - began
    least = -(-waits // workers) * wait_time
    say(f"{waits:,} waits after {took:.3f} s, {took - least:.3f} s more than the waits need")
    return waits


if __name__ == "__main__":
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("model", choices=["threads", "pool", "async"])
    options.add_argument("--workers", type=int, default=1000, help="waits at a time")
    options.add_argument("--waits", type=int, default=1000)
    options.add_argument("--wait", dest="wait_time", type=float, default=0.1,
                         help="seconds of each")
    main(**vars(options.parse_args()))
