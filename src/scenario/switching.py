"""Switching: two workers hand one turn to each other, and nothing else.

    python3 switching.py threads --handovers 10_000

Each waits for a lock that the other one lets go. The first fifth warms up.
"""
import argparse
import multiprocessing
import threading
import time


def say(text):
    # One write for the whole line, so that two workers never share one.
    print(text + "\n", end="", flush=True)

def play(name, mine, other, rounds, results=None):
    warm_up = rounds // 5
    for at in range(warm_up + rounds):
        mine.acquire()  # waits until it is my turn
        if at == warm_up:
            began = time.perf_counter()
        other.release()
    took = time.perf_counter() - began
    if results:
        results.send(took / (2 * rounds))
    say(f"{name} has had {rounds:,} turns")


def main(model, handovers=10_000):
    home = {"threads": threading, "processes": multiprocessing}[model]
    unit = home.Thread if model == "threads" else home.Process
    turns = [home.Lock(), home.Lock()]
    turns[1].acquire()
    hears, tells = multiprocessing.Pipe(duplex=False)
    rounds = max(1, handovers // 2)
    workers = [unit(target=play, name="ping", args=("ping", turns[0], turns[1], rounds, tells)),
               unit(target=play, name="pong", args=("pong", turns[1], turns[0], rounds))]
    for worker in workers:
        worker.start()
    each = hears.recv() * 1e6
    for worker in workers:
        worker.join()
    say(f"{each:.2f} us for one hand-over")
    return each


if __name__ == "__main__":
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("model", choices=["threads", "processes"])
    options.add_argument("--handovers", type=int, default=10_000)
    main(**vars(options.parse_args()))
