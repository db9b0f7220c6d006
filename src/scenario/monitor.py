"""Monitor: one worker reports what the others do.

    python3 monitor.py threads --period 2 --work 5

It keeps a list of its own. `threading.enumerate()` knows only who is alive, so
a report made from it could never say that somebody has ended.
"""
import argparse
import multiprocessing
import threading
import time

NAMES = ["worker 1", "worker 2", "worker 3"]


def say(text):
    # One write for the whole line, so that two workers never share one.
    print(text + "\n", end="", flush=True)

def work(name, seconds):
    time.sleep(seconds)
    say(f"{name} is done")


def watch(name, workers, period):
    alive = True
    while alive:
        time.sleep(period)
        alive = [worker for worker in workers if worker.is_alive()]
        say(f"{name}: " + ", ".join(
            f"{worker.name} {'at work' if worker in alive else 'has ended'}"
            for worker in workers))


def main(model, period=2.0, work_time=5.0):
    home = {"threads": threading, "processes": multiprocessing}[model]
    unit = home.Thread if model == "threads" else home.Process
    workers = [unit(target=work, name=name, args=(name, work_time)) for name in NAMES]
    began = time.perf_counter()
    for worker in workers:
        worker.start()
    # Only their parent can ask how processes are: the monitor is a thread of it.
    monitor = threading.Thread(target=watch, name="monitor", daemon=True,
                               args=("monitor", workers, period))
    monitor.start()
    for worker in workers:
        worker.join()
    monitor.join()
    say(f"nobody is at work after {time.perf_counter() - began:.2f} s")


if __name__ == "__main__":
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("model", choices=["threads", "processes"])
    options.add_argument("--period", type=float, default=2.0, help="seconds between reports")
    options.add_argument("--work", dest="work_time", type=float, default=5.0,
                         help="seconds that each worker needs")
    main(**vars(options.parse_args()))
