"""Letters: one worker says numbers, the other one letters.

    python3 letters.py threads --times 5 --pause 0.5

Both pause as long, so their lines alternate; which of a pair comes first is
for the system to decide.
"""
import argparse
import asyncio
import string
import time
from multiprocessing import Process
from threading import Thread


def say(text):
    # One write for the whole line, so that two workers never share one.
    print(text + "\n", end="", flush=True)

def tell(name, words, pause):
    for word in words:
        say(word)
        time.sleep(pause)


async def tell_async(name, words, pause):
    for word in words:
        say(word)
        await asyncio.sleep(pause)


async def together(jobs):
    await asyncio.gather(*(tell_async(*job) for job in jobs))


def main(model, times=5, pause=0.5):
    numbers = [str(number) for number in range(1, times + 1)]
    letters = [string.ascii_lowercase[at % 26] for at in range(times)]
    jobs = [("numbers", numbers, pause), ("letters", letters, pause)]
    began = time.perf_counter()
    if model == "sequential":
        for job in jobs:
            tell(*job)
    elif model == "async":
        asyncio.run(together(jobs))
    else:
        unit = {"threads": Thread, "processes": Process}[model]
        workers = [unit(target=tell, name=job[0], args=job) for job in jobs]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()
    say(f"everything is said after {time.perf_counter() - began:.2f} s")


if __name__ == "__main__":
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("model", choices=["sequential", "threads", "processes", "async"])
    options.add_argument("--times", type=int, default=5, help="numbers, and letters")
    options.add_argument("--pause", type=float, default=0.5, help="seconds after each")
    main(**vars(options.parse_args()))
