"""Channels: messages one way, then back and forth, over four kinds of channel.

    python3 channels.py processes --over pipe --messages 10_000 --size 64B

A manager's queue lies in a third process: every message goes there first.
`shared` is plain memory, with one semaphore for each direction.
"""
import argparse
import multiprocessing
import queue
import statistics
import threading
import time

UNITS = {"KB": 10**3, "MB": 10**6, "KIB": 2**10, "MIB": 2**20, "B": 1}
TRIPS = 100  # round trips, after as many for warming up


def say(text):
    # One write for the whole line, so that two workers never share one.
    print(text + "\n", end="", flush=True)

def in_bytes(size):
    for unit, factor in UNITS.items():
        if size.upper().endswith(unit):
            return int(float(size[:-len(unit)]) * factor)
    return int(size)


class Shared:
    """One message's place in memory that two workers share."""

    def __init__(self, home, size):
        if home is multiprocessing:
            self.memory = home.Array("B", size, lock=False)
        else:
            self.memory = bytearray(size)
        self.free, self.full = home.Semaphore(1), home.Semaphore(0)

    def put(self, message):
        self.free.acquire()
        self.memory[:] = message
        self.full.release()

    def get(self):
        self.full.acquire()
        message = bytes(self.memory)
        self.free.release()
        return message


class Pipe:
    """One direction of a pipe, with the names that queues have."""

    def __init__(self):
        self.hears, self.tells = multiprocessing.Pipe(duplex=False)

    def put(self, message):
        self.tells.send(message)

    def get(self):
        return self.hears.recv()


def send(name, there, back, messages, size, results):
    message = b"x" * size
    back.get()  # the receiver is there
    began = time.perf_counter()
    for _ in range(messages):
        there.put(message)
    back.get()
    took = time.perf_counter() - began
    trips = []
    for _ in range(2 * TRIPS):
        asked = time.perf_counter()
        there.put(message)
        back.get()
        trips.append((time.perf_counter() - asked) * 1e6)
    results.put([messages / took, *sorted(trips[TRIPS:])])
    say(f"{name} has sent {messages:,} messages")


def receive(name, there, back, messages, size):
    answer = b"x" * size
    back.put(answer)
    for _ in range(messages):
        there.get()
    back.put(answer)
    for _ in range(2 * TRIPS):
        there.get()
        back.put(answer)
    say(f"{name} has received {messages:,} messages")


def main(model, over="queue", messages=10_000, size="64B"):
    home = {"threads": threading, "processes": multiprocessing}[model]
    unit = home.Thread if model == "threads" else home.Process
    plain = queue.Queue if model == "threads" else multiprocessing.Queue
    length = in_bytes(size)
    manager = multiprocessing.Manager() if over == "manager" else None
    make = {"queue": plain, "pipe": Pipe, "shared": lambda: Shared(home, length),
            "manager": manager.Queue if manager else None}[over]
    there, back, results = make(), make(), plain()
    workers = [unit(target=send, name="sender",
                    args=("sender", there, back, messages, length, results)),
               unit(target=receive, name="receiver",
                    args=("receiver", there, back, messages, length))]
    for worker in workers:
        worker.start()
    rate, *trips = results.get()
    for worker in workers:
        worker.join()
    if manager:
        manager.shutdown()
    say(f"{over}: {rate:,.0f} messages a second; round trip {statistics.median(trips):.1f} us,"
        f" {trips[0]:.1f} to {trips[-1]:.1f} in {len(trips)} samples")
    return [rate, statistics.median(trips)]


if __name__ == "__main__":
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("model", choices=["threads", "processes"])
    options.add_argument("--over", default="queue", choices=["queue", "pipe", "shared", "manager"])
    options.add_argument("--messages", type=int, default=10_000, help="one way")
    options.add_argument("--size", default="64B", help="of one message")
    main(**vars(options.parse_args()))
