"""Crash: one worker dies; who dies with it?

    python3 crash.py threads --how segfault --work 1

An exception ends its own thread only. What ends a process ends all of its
threads. Threads run in a process of their own here, so that the program which
watches survives in any case.
"""
import argparse
import ctypes
import os
import time
from multiprocessing import Process
from threading import Thread


def say(text):
    # One write for the whole line, so that two workers never share one.
    print(text + "\n", end="", flush=True)

def die(name, how, seconds):
    say(f"{name} is at work")
    time.sleep(seconds / 2)
    if how == "panic":
        raise RuntimeError("the victim gives up")
    if how == "abort":
        os.abort()
    if how == "segfault":
        ctypes.string_at(0)
    os._exit(3)


def stand_by(name, seconds):
    say(f"{name} is at work")
    time.sleep(seconds)
    say(f"{name} is done")


def without_core_dump():
    try:
        import resource
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    except (ImportError, ValueError):
        pass  # a file too many in the folder, no more


def side_by_side(unit, how, work):
    workers = [unit(target=die, name="victim", args=("victim", how, work)),
               unit(target=stand_by, name="bystander", args=("bystander", work))]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    return workers


def outcome(code):
    if code == 0:
        return "lives"
    return f"is killed by signal {-code}" if code < 0 else f"leaves with status {code}"


def main(model, how="panic", work=1.0):
    without_core_dump()
    if model == "threads":
        whole = Process(target=side_by_side, name="process of both", args=(Thread, how, work))
        whole.start()
        whole.join()
        end = f"the process of both {outcome(whole.exitcode)}"
    else:
        victim, bystander = side_by_side(Process, how, work)
        end = f"victim {outcome(victim.exitcode)}, bystander {outcome(bystander.exitcode)}"
    say(end)
    return end


if __name__ == "__main__":
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("model", choices=["threads", "processes"])
    options.add_argument("--how", default="panic", choices=["panic", "abort", "segfault", "exit"])
    options.add_argument("--work", type=float, default=1.0, help="seconds that the bystander needs")
    main(**vars(options.parse_args()))
