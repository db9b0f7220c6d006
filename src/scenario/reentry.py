"""Reentry: one worker takes a lock that it already holds.

    python3 reentry.py threads --kind rlock

A plain lock does not know who holds it: its holder waits like anybody else,
and nobody is left to let it go. A re-entrant one (RLock) knows its holder and
counts how often it was taken; it is free again after as many releases.
"""
import argparse
import threading
import time


def say(text):
    # One write for the whole line, so that two workers never share one.
    print(text + "\n", end="", flush=True)


def take_twice(name, lock, patience, entered):
    with lock:
        entered.append(1)
        say(f"{name} holds the lock")
        say(f"{name} wants it again")
        # Without the timeout a plain lock would never return for ever.
        if lock.acquire(timeout=patience):
            entered.append(2)
            say(f"{name} holds it twice")
            lock.release()


def main(model, kind="lock", patience=1.0):
    lock = {"lock": threading.Lock, "rlock": threading.RLock}[kind]()
    entered = []  # how often she got in
    began = time.perf_counter()
    worker = threading.Thread(target=take_twice, name="Ada", args=("Ada", lock, patience, entered))
    worker.start()
    worker.join()
    if len(entered) < 2:
        say("deadlock: Ada waits for a lock that Ada holds")
        return "deadlock"
    say(f"Ada has let go twice after {time.perf_counter() - began:.2f} s")


if __name__ == "__main__":
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("model", choices=["threads"])
    options.add_argument("--kind", default="lock", choices=["lock", "rlock"])
    options.add_argument("--patience", type=float, default=1.0, help="seconds before she gives up")
    main(**vars(options.parse_args()))
