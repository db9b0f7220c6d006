"""Condition: three workers wait until there is a pass for them.

    python3 condition.py threads --notify one --delay 0.1

`notify` wakes one of those who wait, `notify_all` wakes every one. To be woken
is only a reason to look again: another worker may have been quicker. That is
why `wait_for` takes the condition itself, and goes on when it is true.
"""
import argparse
import threading
import time

WAITERS = ["waiter 1", "waiter 2", "waiter 3"]
passes = 0


def say(text):
    # One write for the whole line, so that two workers never share one.
    print(text + "\n", end="", flush=True)


def wait(name, changed):
    global passes
    with changed:
        say(f"{name} waits")
        changed.wait_for(lambda: passes > 0)  # lets the lock go while it waits
        passes -= 1
        say(f"{name} goes on")


def notify_all(name, changed, delay):
    global passes
    time.sleep(delay)
    with changed:
        passes += len(WAITERS)
        say(f"{name} lets all go on")
        changed.notify_all()


def notify_one(name, changed, delay):
    global passes
    for _ in WAITERS:
        time.sleep(delay)
        with changed:
            passes += 1
            say(f"{name} lets one go on")
            changed.notify()


def main(model, notify="all", delay=0.1):
    changed = threading.Condition()
    notifier = {"all": notify_all, "one": notify_one}[notify]
    began = time.perf_counter()
    workers = [threading.Thread(target=wait, name=name, args=(name, changed)) for name in WAITERS]
    workers.append(threading.Thread(target=notifier, name="notifier",
                                    args=("notifier", changed, delay)))
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    say(f"all three have gone on after {time.perf_counter() - began:.2f} s")


if __name__ == "__main__":
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("model", choices=["threads"])
    options.add_argument("--notify", default="all", choices=["all", "one"])
    options.add_argument("--delay", type=float, default=0.1, help="seconds before each call")
    main(**vars(options.parse_args()))
