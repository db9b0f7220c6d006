"""Signal: three workers wait for an event, and one call wakes them all.

    python3 signal_event.py threads --delay 0.5

Whoever waits for an event uses no processor meanwhile, unlike a loop that
keeps asking. Once set, an event stays set: latecomers do not wait at all.
(The file cannot be called signal.py, since the standard library has one.)
"""
import argparse
import asyncio
import multiprocessing
import threading
import time

WAITERS = ["waiter 1", "waiter 2", "waiter 3"]


def say(text):
    # One write for the whole line, so that two workers never share one.
    print(text + "\n", end="", flush=True)


def wait(name, event):
    say(f"{name} waits")
    event.wait()
    say(f"{name} goes on")


def start(name, event, delay):
    time.sleep(delay)
    say(f"{name} gives the signal")
    event.set()


async def wait_async(name, event):
    say(f"{name} waits")
    await event.wait()
    say(f"{name} goes on")


async def start_async(name, event, delay):
    await asyncio.sleep(delay)
    say(f"{name} gives the signal")
    event.set()


async def together(delay):
    event = asyncio.Event()
    await asyncio.gather(*(wait_async(name, event) for name in WAITERS),
                         start_async("starter", event, delay))


def main(model, delay=0.5):
    began = time.perf_counter()
    if model == "async":
        asyncio.run(together(delay))
    else:
        home = {"threads": threading, "processes": multiprocessing}[model]
        unit = home.Thread if model == "threads" else home.Process
        event = home.Event()
        workers = [unit(target=wait, name=name, args=(name, event)) for name in WAITERS]
        workers.append(unit(target=start, name="starter", args=("starter", event, delay)))
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()
    say(f"all three have gone on after {time.perf_counter() - began:.2f} s")


if __name__ == "__main__":
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("model", choices=["threads", "processes", "async"])
    options.add_argument("--delay", type=float, default=0.5, help="seconds before the signal")
    main(**vars(options.parse_args()))
