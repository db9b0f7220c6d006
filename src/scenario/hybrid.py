"""Hybrid: fetch in a pool of threads, process in a pool of processes.

    python3 hybrid.py pool --sources 3 --fetch 1 --process 0.5

The second pool needs as many workers as there are sources, on however few
cores: with fewer, waits that could overlap take turns.
"""
import argparse
import time
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from itertools import repeat


def say(text):
    # One write for the whole line, so that two workers never share one.
    print(text + "\n", end="", flush=True)

def fetch(name, source, seconds):
    time.sleep(seconds)
    say(f"{name} is done")
    return f"chai {source}"


def process(name, text, seconds):
    time.sleep(seconds)
    say(f"{name} is done")
    return text.upper()


def main(model, workers=3, sources=3, fetch_time=1.0, process_time=0.5):
    numbers = range(1, sources + 1)
    fetches = [f"fetch {number}" for number in numbers]
    processes = [f"process {number}" for number in numbers]
    began = time.perf_counter()
    if model == "sequential":
        texts = [fetch(*job, fetch_time) for job in zip(fetches, numbers)]
        results = [process(*job, process_time) for job in zip(processes, texts)]
    else:
        first = ProcessPoolExecutor if model == "processes" else ThreadPoolExecutor
        second = ThreadPoolExecutor if model == "threads" else ProcessPoolExecutor
        with first(workers) as fetching, second(workers) as processing:
            texts = fetching.map(fetch, fetches, numbers, repeat(fetch_time))
            results = list(processing.map(process, processes, texts, repeat(process_time)))
    say(f"{results} after {time.perf_counter() - began:.2f} s")
    return results


if __name__ == "__main__":
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("model", choices=["sequential", "threads", "pool", "processes"])
    options.add_argument("--workers", type=int, default=3, help="in each pool")
    options.add_argument("--sources", type=int, default=3)
    options.add_argument("--fetch", dest="fetch_time", type=float, default=1.0,
                         help="seconds to fetch from one")
    options.add_argument("--process", dest="process_time", type=float, default=0.5,
                         help="seconds to process what came")
    main(**vars(options.parse_args()))
