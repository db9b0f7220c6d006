"""Fork and lock: a fork while another thread holds a lock.

    python3 fork_lock.py processes --lock plain

The child has a copy of the lock, held, and no thread that could let it go.
`remade` makes it anew in the child, as Python does for the locks of its own
logging. The child is ended when it has hung for `patience`.
"""
import argparse
import multiprocessing
import os
import threading
import time
import warnings

kitchen = threading.Lock()


def say(text):
    # One write for the whole line, so that two workers never share one.
    print(text + "\n", end="", flush=True)

def hold(name, held, leave):
    with kitchen:
        say(f"{name} holds the lock")
        held.set()
        leave.wait()


def want(name):
    say(f"{name} wants the lock")
    with kitchen:
        say(f"{name} has the lock")


def remake():
    global kitchen
    kitchen = threading.Lock()


def main(model, lock="plain", patience=1.0):
    # Python 3.12 and later warn of exactly this.
    warnings.simplefilter("ignore", DeprecationWarning)
    if lock == "remade":
        os.register_at_fork(after_in_child=remake)
    held, leave = threading.Event(), threading.Event()
    holder = threading.Thread(target=hold, name="holder", args=("holder", held, leave))
    holder.start()
    held.wait()
    began = time.perf_counter()
    child = multiprocessing.get_context("fork").Process(target=want, name="child",
                                                        args=("child",))
    child.start()
    child.join(patience)
    hangs = child.is_alive()
    if hangs:
        child.kill()
        child.join()
    leave.set()
    holder.join()
    took = time.perf_counter() - began
    say(f"the child hangs and is ended after {took:.2f} s" if hangs
        else f"the child has ended by itself after {took:.2f} s")
    return "hangs" if hangs else "ends"


if __name__ == "__main__":
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("model", choices=["processes"])
    options.add_argument("--lock", default="plain", choices=["plain", "remade"])
    options.add_argument("--patience", type=float, default=1.0,
                         help="seconds that the child may hang")
    main(**vars(options.parse_args()))
