"""Files: each is written, forced to the disk and read back.

    python3 files.py threads --workers 5 --files 5 --size 1MB --latency 0.1

A file that the system has in its memory is no wait, so threads gain next to
nothing. `--latency` stands for a slow disk, or for one at the end of a cable.
asyncio cannot wait for files: it hands them to a pool of threads.
"""
import argparse
import asyncio
import os
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from itertools import repeat

POOLS = {"threads": ThreadPoolExecutor, "pool": ThreadPoolExecutor,
         "processes": ProcessPoolExecutor}
UNITS = {"KB": 10**3, "MB": 10**6, "KIB": 2**10, "MIB": 2**20, "B": 1}


def say(text):
    # One write for the whole line, so that two workers never share one.
    print(text + "\n", end="", flush=True)

def in_bytes(size):
    for unit, factor in UNITS.items():
        if size.upper().endswith(unit):
            return int(float(size[:-len(unit)]) * factor)
    return int(size)


def write_and_read(name, folder, size, latency):
    path = os.path.join(folder, name)
    time.sleep(latency)
    with open(path, "wb") as file:
        file.write(b"chai" * (size // 4) + b"." * (size % 4))
        file.flush()
        os.fsync(file.fileno())
    say(f"{name} is written")
    with open(path, "rb") as file:
        read = len(file.read())
    say(f"{name} is read back: {read:,} bytes")
    return read


async def in_threads(workers, jobs):
    loop = asyncio.get_running_loop()
    with ThreadPoolExecutor(workers) as pool:
        return await asyncio.gather(
            *(loop.run_in_executor(pool, write_and_read, *job) for job in jobs))


def main(model, workers=5, files=5, size="1MB", latency=0.0):
    names = [f"file {number}" for number in range(1, files + 1)]
    with tempfile.TemporaryDirectory() as folder:
        began = time.perf_counter()
        rest = (folder, in_bytes(size), latency)
        if model == "sequential":
            sizes = [write_and_read(name, *rest) for name in names]
        elif model == "async":
            sizes = asyncio.run(in_threads(workers, [(name, *rest) for name in names]))
        else:
            with POOLS[model](workers) as pool:
                sizes = list(pool.map(write_and_read, names, *map(repeat, rest)))
        say(f"{files} files, {sum(sizes):,} bytes, after {time.perf_counter() - began:.2f} s")
    return sum(sizes)


if __name__ == "__main__":
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("model", choices=["sequential", "threads", "pool", "processes", "async"])
    options.add_argument("--workers", type=int, default=5, help="files at a time")
    options.add_argument("--files", type=int, default=5)
    options.add_argument("--size", default="1MB", help="of each file")
    options.add_argument("--latency", type=float, default=0.0, help="seconds that the disk adds")
    main(**vars(options.parse_args()))
