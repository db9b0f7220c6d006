"""Semaphore: many guests, a few places; who finds none free waits at the door.

    python3 semaphore.py threads --workers 20 --places 5 --stay 0.1
"""
import argparse
import asyncio
import multiprocessing
import threading
import time


def say(text):
    # One write for the whole line, so that two workers never share one.
    print(text + "\n", end="", flush=True)


def come_in(name, inside, most):
    with inside.get_lock():
        inside.value += 1
        most.value = max(most.value, inside.value)
    say(f"{name} comes in")


def leave(name, inside):
    say(f"{name} leaves")
    with inside.get_lock():
        inside.value -= 1


def visit(name, door, stay, inside, most):
    with door:
        come_in(name, inside, most)
        time.sleep(stay)
        leave(name, inside)


async def visit_async(name, door, stay, inside, most):
    async with door:
        come_in(name, inside, most)
        await asyncio.sleep(stay)
        leave(name, inside)


async def together(names, places, stay, inside, most):
    door = asyncio.Semaphore(places)
    await asyncio.gather(*(visit_async(name, door, stay, inside, most) for name in names))


def main(model, workers=20, places=5, stay=0.1):
    names = [f"guest {number}" for number in range(1, workers + 1)]
    # Counts that processes share too; each brings a lock of its own.
    inside, most = multiprocessing.Value("i", 0), multiprocessing.Value("i", 0)
    if model == "async":
        asyncio.run(together(names, places, stay, inside, most))
    else:
        home = {"threads": threading, "processes": multiprocessing}[model]
        unit = home.Thread if model == "threads" else home.Process
        door = home.Semaphore(places)
        guests = [unit(target=visit, name=name, args=(name, door, stay, inside, most))
                  for name in names]
        for guest in guests:
            guest.start()
        for guest in guests:
            guest.join()
    say(f"places for {places}, at most {most.value} inside at once")
    return most.value


if __name__ == "__main__":
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("model", choices=["threads", "processes", "async"])
    options.add_argument("--workers", type=int, default=20, help="guests")
    options.add_argument("--places", type=int, default=5, help="guests inside at a time")
    options.add_argument("--stay", type=float, default=0.1, help="seconds that each stays inside")
    main(**vars(options.parse_args()))
