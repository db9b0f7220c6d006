"""Daemon: the main part ends while a worker is still at work.

    python3 daemon.py threads --work 5 --daemon yes

A daemon ends with the program: at once, without its `finally`. Anybody else is
waited for. The program that ends is a process of its own, so that this one can
tell how long it took.
"""
import argparse
import time
from multiprocessing import Process
from threading import Thread


def say(text):
    # One write for the whole line, so that two workers never share one.
    print(text + "\n", end="", flush=True)

def work(name, seconds):
    say(f"{name} is at work")
    time.sleep(seconds)
    say(f"{name} is done")


def begin_and_leave(name, unit, daemon, seconds):
    worker = unit(target=work, name="worker", args=("worker", seconds), daemon=daemon)
    worker.start()
    time.sleep(seconds / 10)  # the worker gets as far as to begin
    say(f"{name} ends")


def main(model, work_time=5.0, daemon="yes"):
    unit = {"threads": Thread, "processes": Process}[model]
    began = time.perf_counter()
    program = Process(target=begin_and_leave, name="main",
                      args=("main", unit, daemon == "yes", work_time))
    program.start()
    program.join()
    took = time.perf_counter() - began
    done = took >= work_time
    say(f"the program is over after {took:.2f} s, "
        + ("with the worker's work done" if done else "the worker's work left undone"))
    return "done" if done else "undone"


if __name__ == "__main__":
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("model", choices=["threads", "processes"])
    options.add_argument("--work", dest="work_time", type=float, default=5.0,
                         help="seconds that the worker needs")
    options.add_argument("--daemon", default="yes", choices=["yes", "no"])
    main(**vars(options.parse_args()))
