"""Append: many workers fill one list, with a look at its length first or not.

    python3 append.py threads --workers 10 --appends 100_000 --how check-then-act

To append is one step, which no thread can come between. To look whether there
is room and then to append are two, and the list may grow past its limit.
"""
import argparse
import threading


def say(text):
    # One write for the whole line, so that two workers never share one.
    print(text + "\n", end="", flush=True)

def append(name, entries, appends):
    for number in range(appends):
        entries.append(number)


def append_if_room(name, entries, appends, limit):
    for number in range(appends):
        if len(entries) < limit:  # another worker may take the last place now
            entries.append(number)


def main(model, workers=10, appends=100_000, how="append"):
    entries = []
    if how == "append":
        job, rest, expected = append, (entries, appends), workers * appends
    else:
        expected = max(1, workers * appends // 2)
        job, rest = append_if_room, (entries, appends, expected)
    started = [threading.Thread(target=job, name=name, args=(name, *rest))
               for name in (f"appender {number}" for number in range(1, workers + 1))]
    for worker in started:
        worker.start()
    for worker in started:
        worker.join()
    say(f"expected {expected:,} entries, found {len(entries):,}")
    return len(entries) if how == "append" else len(entries) - expected


if __name__ == "__main__":
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("model", choices=["threads"])
    options.add_argument("--workers", type=int, default=10)
    options.add_argument("--appends", type=int, default=100_000, help="of each worker")
    options.add_argument("--how", default="append", choices=["append", "check-then-act"])
    main(**vars(options.parse_args()))
