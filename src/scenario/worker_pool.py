"""Worker pool: more tasks than workers, and three ways to come to the results.

    python3 worker_pool.py threads --workers 3 --tasks 10 --results as-completed

as-completed  each result when it is there
map           in the order of the tasks
submit        one future a task; asked in the order in which they were made
"""
import argparse
import asyncio
import random
import time
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor, as_completed

POOLS = {"threads": ThreadPoolExecutor, "pool": ThreadPoolExecutor,
         "processes": ProcessPoolExecutor}


def say(text):
    # One write for the whole line, so that two workers never share one.
    print(text + "\n", end="", flush=True)

def work(name, number, seconds):
    say(f"{name} begins")
    time.sleep(seconds)
    say(f"{name} ends")
    return number


async def work_async(name, number, seconds):
    say(f"{name} begins")
    await asyncio.sleep(seconds)
    say(f"{name} ends")
    return number


async def together(workers, jobs, results):
    places = asyncio.Semaphore(workers)

    async def in_turn(job):
        async with places:
            return await work_async(*job)

    if results == "as-completed":
        return [await done for done in asyncio.as_completed([in_turn(job) for job in jobs])]
    return await asyncio.gather(*(in_turn(job) for job in jobs))


def main(model, workers=3, tasks=10, task_time=2.0, spread=0.0, results="as-completed", seed=None):
    lot = random.Random(seed)
    jobs = [(f"task {number}", number, max(0.0, task_time + lot.uniform(-spread, spread)))
            for number in range(1, tasks + 1)]
    began = time.perf_counter()
    if model == "async":
        order = asyncio.run(together(workers, jobs, results))
    else:
        with POOLS[model](workers) as pool:
            if results == "map":
                order = list(pool.map(work, *zip(*jobs)))
            else:
                futures = [pool.submit(work, *job) for job in jobs]
                ready = as_completed(futures) if results == "as-completed" else futures
                order = [future.result() for future in ready]
    say(f"results {order} after {time.perf_counter() - began:.2f} s")
    return order


if __name__ == "__main__":
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("model", choices=["threads", "pool", "processes", "async"])
    options.add_argument("--workers", type=int, default=3, help="tasks at a time")
    options.add_argument("--tasks", type=int, default=10)
    options.add_argument("--task-time", type=float, default=2.0, help="seconds of one task")
    options.add_argument("--spread", type=float, default=0.0,
                         help="seconds by which a task may be longer or shorter")
    options.add_argument("--results", default="as-completed",
                         choices=["as-completed", "map", "submit"])
    options.add_argument("--seed", type=int, help="of the spread; drawn when there is none")
    main(**vars(options.parse_args()))
