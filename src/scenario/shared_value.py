"""Shared value: processes count in memory that they share, with its lock or without.

    python3 shared_value.py processes --workers 4 --increments 100_000 --protect lock

To read, to add and to write back are three steps, also when they are written
`+= 1`. The type decides what the memory can hold: i is a C int of 32 bits, f a
float that counts no further than 16,777,216, d a double, c a single byte.
"""
import argparse
import time
from multiprocessing import Process, Value


def say(text):
    # One write for the whole line, so that two workers never share one.
    print(text + "\n", end="", flush=True)

def one_more(value):
    return bytes([(value[0] + 1) % 256]) if isinstance(value, bytes) else value + 1


def add(name, increments, total, protect):
    for _ in range(increments):
        if protect == "lock":
            with total.get_lock():
                total.value = one_more(total.value)
        else:
            total.value = one_more(total.value)


def main(model, workers=4, increments=100_000, protect="lock", kind="i"):
    total = Value(kind, b"\0" if kind == "c" else 0)
    began = time.perf_counter()
    started = [Process(target=add, name=name, args=(name, increments, total, protect))
               for name in (f"adder {number}" for number in range(1, workers + 1))]
    for worker in started:
        worker.start()
    for worker in started:
        worker.join()
    counted = total.value[0] if kind == "c" else total.value
    say(f"expected {workers * increments:,}, counted {counted:,}"
        f" after {time.perf_counter() - began:.2f} s")
    return counted


if __name__ == "__main__":
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("model", choices=["processes"])
    options.add_argument("--workers", type=int, default=4)
    options.add_argument("--increments", type=int, default=100_000, help="of each worker")
    options.add_argument("--protect", default="lock", choices=["lock", "none"])
    options.add_argument("--type", dest="kind", default="i", choices=["i", "f", "d", "c"])
    main(**vars(options.parse_args()))
