"""Deadlock: two workers take the same two locks, in opposite order or not.

    python3 deadlock.py threads --order opposite --hold 0.1

A worker that holds one lock and waits for the other never gives up by itself,
so somebody else has to notice. Here it is the program that started them: it
gives them the time that they need, `patience` on top, and says who is stuck.
"""
import argparse
import multiprocessing
import threading
import time


def say(text):
    # One write for the whole line, so that two workers never share one.
    print(text + "\n", end="", flush=True)


def take_both(name, first, second, locks, hold, start):
    start.wait()
    with locks[first]:
        say(f"{name} holds {first}")
        time.sleep(hold)
        say(f"{name} wants {second}")
        with locks[second]:
            say(f"{name} holds both")


def main(model, order="opposite", hold=0.1, patience=1.0):
    home = {"threads": threading, "processes": multiprocessing}[model]
    unit = home.Thread if model == "threads" else home.Process
    locks = {"left": home.Lock(), "right": home.Lock()}
    start = home.Barrier(3)  # nobody begins before everybody is there
    plans = {"Ada": ("left", "right"),
             "Ben": ("left", "right") if order == "same" else ("right", "left")}

    workers = [unit(target=take_both, name=name, args=(name, *plan, locks, hold, start))
               for name, plan in plans.items()]
    for worker in workers:
        worker.daemon = True  # when it is stuck it must not keep the program alive
        worker.start()
    start.wait()
    began = time.perf_counter()
    for worker in workers:
        worker.join(max(0, began + 2 * hold + patience - time.perf_counter()))

    stuck = [worker for worker in workers if worker.is_alive()]
    if stuck:
        say("deadlock: " + ", ".join(f"{w.name} waits for {plans[w.name][1]}" for w in stuck))
    else:
        say(f"both have held both locks after {time.perf_counter() - began:.2f} s")
    if model == "processes":  # a process can be ended from outside, a thread cannot
        for worker in stuck:
            worker.terminate()
            worker.join()
    return "deadlock" if stuck else None


if __name__ == "__main__":
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("model", choices=["threads", "processes"])
    options.add_argument("--order", default="opposite", choices=["opposite", "same"])
    options.add_argument("--hold", type=float, default=0.1, help="seconds with one lock alone")
    options.add_argument("--patience", type=float, default=1.0, help="seconds before it is noticed")
    main(**vars(options.parse_args()))
