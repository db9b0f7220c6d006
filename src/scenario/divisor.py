"""Divisor: each worker searches a range; the first to find one stops the others.

    python3 divisor.py threads --workers 2 --n 300_000

Processes stop one another only through an event that they were handed: one
that each of them makes for itself when it imports the program reaches nobody.
"""
import argparse
import multiprocessing
import threading
import time

NUMBER = 320_009 * 3_000_017  # two primes: the second worker finds the first of them


def say(text):
    # One write for the whole line, so that two workers never share one.
    print(text + "\n", end="", flush=True)

def search(name, number, begin, end, found):
    begin = max(2, begin)
    for candidate in range(begin, end):
        if number % candidate == 0:
            found.set()
            say(f"{name} finds {candidate:,}")
            return
        if candidate % 100 == 0 and found.is_set():
            say(f"{name} stops after {candidate - begin:,} candidates")
            return
    say(f"{name} finds none")


def main(model, workers=2, number=NUMBER, n=300_000):
    home = {"threads": threading, "processes": multiprocessing}[model]
    unit = home.Thread if model == "threads" else home.Process
    found = home.Event()
    began = time.perf_counter()
    started = [unit(target=search, name=name, args=(name, number, at * n, (at + 1) * n, found))
               for at, name in enumerate(f"searcher {i + 1}" for i in range(workers))]
    for worker in started:
        worker.start()
    for worker in started:
        worker.join()
    end = "a divisor is found" if found.is_set() else "there is no divisor among these"
    say(f"{end} after {time.perf_counter() - began:.3f} s")


if __name__ == "__main__":
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("model", choices=["threads", "processes"])
    options.add_argument("--workers", type=int, default=2)
    options.add_argument("--number", type=int, default=NUMBER)
    options.add_argument("--n", type=int, default=300_000, help="candidates of each worker")
    main(**vars(options.parse_args()))
