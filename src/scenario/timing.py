"""Timing: every call of a function is timed, and told with its worker's name.

    python3 timing.py threads --workers 2 --work 1

`perf_counter` never goes back; `time.time` does when the clock is set.
"""
import argparse
import functools
import time
from multiprocessing import Process
from threading import Thread


def say(text):
    # One write for the whole line, so that two workers never share one.
    print(text + "\n", end="", flush=True)

def timed(function):
    @functools.wraps(function)
    def call(name, *args):
        began = time.perf_counter()
        try:
            return function(name, *args)
        finally:
            say(f"{name} took {time.perf_counter() - began:.2f} s")
    return call


@timed
def work(name, seconds):
    time.sleep(seconds)


def main(model, workers=2, work_time=1.0):
    unit = {"threads": Thread, "processes": Process}[model]
    began = time.perf_counter()
    started = [unit(target=work, name=name, args=(name, work_time))
               for name in (f"worker {number}" for number in range(1, workers + 1))]
    for worker in started:
        worker.start()
    for worker in started:
        worker.join()
    say(f"{workers} calls timed after {time.perf_counter() - began:.2f} s")


if __name__ == "__main__":
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("model", choices=["threads", "processes"])
    options.add_argument("--workers", type=int, default=2)
    options.add_argument("--work", dest="work_time", type=float, default=1.0,
                         help="seconds of each call")
    main(**vars(options.parse_args()))
