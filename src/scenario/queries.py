"""Queries: the same question to a database, many times.

    python3 queries.py threads --workers 5 --queries 10 --kind remote --latency 0.1

remote  the answer takes its time to come; threads wait side by side
scan    the database searches a table in C, without the interpreter lock
rows    every row becomes a Python object, which needs the lock each time
"""
import argparse
import asyncio
import contextlib
import os
import sqlite3
import sys
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from itertools import repeat

POOLS = {"threads": ThreadPoolExecutor, "pool": ThreadPoolExecutor,
         "processes": ProcessPoolExecutor}
QUESTIONS = {"remote": "SELECT id FROM orders WHERE id = 7",
             "scan": "SELECT count(*) FROM orders WHERE note LIKE '%ing%chai 7%'",
             "rows": "SELECT id, note FROM orders"}


def say(text):
    # One write for the whole line, so that two workers never share one.
    print(text + "\n", end="", flush=True)

def fill(path, rows):
    with contextlib.closing(sqlite3.connect(path)) as database, database:
        database.execute("CREATE TABLE orders (id INTEGER PRIMARY KEY, note TEXT)")
        database.executemany("INSERT INTO orders (note) VALUES (?)",
                             ((f"one ginger chai {row}",) for row in range(rows)))


def look_up(path, kind):
    with contextlib.closing(sqlite3.connect(path)) as database:
        return len(database.execute(QUESTIONS[kind]).fetchall())


def ask(name, path, kind, latency):
    say(f"{name} is asked")
    if kind == "remote":
        time.sleep(latency)
    rows = look_up(path, kind)
    say(f"{name} is answered: {rows:,} rows")
    return rows


async def ask_async(name, path, kind, latency):
    say(f"{name} is asked")
    if kind == "remote":
        await asyncio.sleep(latency)
    rows = look_up(path, kind)  # nobody else has a turn meanwhile
    say(f"{name} is answered: {rows:,} rows")
    return rows


async def together(workers, jobs):
    places = asyncio.Semaphore(workers)

    async def in_turn(job):
        async with places:
            return await ask_async(*job)

    return await asyncio.gather(*map(in_turn, jobs))


def main(model, workers=5, queries=10, kind="remote", latency=0.1, rows=60_000, database=""):
    if "://" in database:
        sys.exit("the standard library knows SQLite alone; --database takes a file's path here")
    names = [f"query {number}" for number in range(1, queries + 1)]
    with tempfile.TemporaryDirectory() as folder:
        path = database or os.path.join(folder, "orders.db")
        if not database:
            fill(path, rows)
        rest = (path, kind, latency)
        began = time.perf_counter()
        if model == "sequential":
            answers = [ask(name, *rest) for name in names]
        elif model == "async":
            answers = asyncio.run(together(workers, [(name, *rest) for name in names]))
        else:
            with POOLS[model](workers) as pool:
                answers = list(pool.map(ask, names, *map(repeat, rest)))
        say(f"{queries} queries, {sum(answers):,} rows, after {time.perf_counter() - began:.2f} s")
    return sum(answers)


if __name__ == "__main__":
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("model", choices=["sequential", "threads", "pool", "processes", "async"])
    options.add_argument("--workers", type=int, default=5, help="queries at a time")
    options.add_argument("--queries", type=int, default=10)
    options.add_argument("--kind", default="remote", choices=list(QUESTIONS))
    options.add_argument("--latency", type=float, default=0.1, help="seconds to a remote answer")
    options.add_argument("--rows", type=int, default=60_000, help="in the table")
    options.add_argument("--database", default="", help="file to ask instead of one of our own")
    main(**vars(options.parse_args()))
