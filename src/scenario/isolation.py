"""Isolation: a child changes what its parent has; does the parent see it?

    python3 isolation.py processes
"""
import argparse
from multiprocessing import Process
from threading import Thread

cups = []


def say(text):
    # One write for the whole line, so that two workers never share one.
    print(text + "\n", end="", flush=True)

def fill(name):
    cups.append("chai")
    say(f"{name} has {len(cups)} cup")


def look(name):
    say(f"{name} has {len(cups)} cup" + ("" if len(cups) == 1 else "s"))
    return len(cups)


def main(model):
    unit = {"threads": Thread, "processes": Process}[model]
    child = unit(target=fill, name="child", args=("child",))
    child.start()
    child.join()
    seen = look("parent")
    say("memory is shared" if seen else "the child had a copy")
    return seen


if __name__ == "__main__":
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("model", choices=["threads", "processes"])
    main(**vars(options.parse_args()))
