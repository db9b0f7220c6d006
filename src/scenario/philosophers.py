"""Philosophers: five at a round table, a fork between each two of them.

    python3 philosophers.py threads --strategy ordered --meals 3

left-first  each takes the left fork, then the right one; all may hold one
ordered     each takes the fork with the smaller number first
waiter      a waiter lets only four of them reach for forks at a time
"""
import argparse
import contextlib
import multiprocessing
import threading
import time

SEATS = 5


def say(text):
    # One write for the whole line, so that two workers never share one.
    print(text + "\n", end="", flush=True)

def dine(name, first, second, waiter, meals, think, eat):
    for meal in range(1, meals + 1):
        time.sleep(think)
        with waiter or contextlib.nullcontext():
            with first:
                time.sleep(eat / 10)  # the other hand takes a moment
                with second:
                    say(f"{name} eats meal {meal}")
                    time.sleep(eat)
    say(f"{name} has had enough")


def main(model, strategy="left-first", meals=3, think=0.01, eat=0.01, patience=1.0):
    home = {"threads": threading, "processes": multiprocessing}[model]
    unit = home.Thread if model == "threads" else home.Process
    forks = [home.Lock() for _ in range(SEATS)]
    waiter = home.Semaphore(SEATS - 1) if strategy == "waiter" else None
    philosophers = []
    for seat in range(SEATS):
        pair = [seat, (seat + 1) % SEATS]
        if strategy == "ordered":
            pair.sort()
        name = f"philosopher {seat + 1}"
        philosophers.append(unit(target=dine, name=name, daemon=True, args=(
            name, forks[pair[0]], forks[pair[1]], waiter, meals, think, eat)))
    began = time.perf_counter()
    for philosopher in philosophers:
        philosopher.start()
    until = began + SEATS * meals * (think + 2 * eat) + patience
    for philosopher in philosophers:
        philosopher.join(max(0, until - time.perf_counter()))

    stuck = [philosopher for philosopher in philosophers if philosopher.is_alive()]
    if stuck:
        say("deadlock: " + ", ".join(f"{p.name} waits for a fork" for p in stuck))
    else:
        say(f"all have eaten after {time.perf_counter() - began:.2f} s")
    if model == "processes":  # a process can be ended from outside, a thread cannot
        for philosopher in stuck:
            philosopher.terminate()
            philosopher.join()
    return "deadlock" if stuck else None


if __name__ == "__main__":
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("model", choices=["threads", "processes"])
    options.add_argument("--strategy", default="left-first",
                         choices=["left-first", "ordered", "waiter"])
    options.add_argument("--meals", type=int, default=3, help="of each")
    options.add_argument("--think", type=float, default=0.01, help="seconds before each meal")
    options.add_argument("--eat", type=float, default=0.01, help="seconds for each meal")
    options.add_argument("--patience", type=float, default=1.0, help="seconds before it is noticed")
    main(**vars(options.parse_args()))
