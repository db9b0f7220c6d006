"""Pickling: what can cross to another process, and what cannot.

    python3 pickling.py processes --what all

A function crosses by its name, which the other side looks up: one without a
name of its own in the module cannot be found there.
"""
import argparse
import contextlib
import socket
import tempfile
import threading
from concurrent.futures import ProcessPoolExecutor


def say(text):
    # One write for the whole line, so that two workers never share one.
    print(text + "\n", end="", flush=True)

def greet():
    return "chai"


def things(kept):
    """One of each kind; `kept` closes those that have to be closed."""
    def nested():
        return "chai"

    return {"number": 42, "text": "chai", "list": [1, "two", 3.0], "function": greet,
            "lambda": lambda: "chai", "nested": nested, "lock": threading.Lock(),
            "file": kept.enter_context(tempfile.TemporaryFile()),
            "socket": kept.enter_context(socket.socket()),
            "generator": (number for number in range(3))}


def receive(thing):
    return type(thing).__name__


def send(name, thing, pool):
    try:
        received = pool.submit(receive, thing).result()
    except Exception as error:  # which one depends on the thing, and on the version
        say(f"{name} does not cross: {type(error).__name__}")
        return False
    say(f"{name} crosses, as {received}")
    return True


def main(model, what="all"):
    with contextlib.ExitStack() as kept, ProcessPoolExecutor(1) as pool:
        all_things = things(kept)
        names = list(all_things) if what == "all" else [what]
        crossed = [name for name in names if send(name, all_things[name], pool)]
    say(f"{len(crossed)} of {len(names)} cross: {', '.join(crossed)}")
    return crossed


if __name__ == "__main__":
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("model", choices=["processes"])
    options.add_argument("--what", default="all",
                         choices=["all", "number", "text", "list", "function", "lambda", "nested",
                                  "lock", "file", "socket", "generator"])
    main(**vars(options.parse_args()))
