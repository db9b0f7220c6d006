"""Images: each one is blurred, its edges are found, and it is written out.

    python3 images.py processes --workers 2 --images 8 --pixels 256

In plain Python every pixel takes many steps under the interpreter lock. A
library that filters in C can let the lock go, and then threads are enough.
"""
import argparse
import os
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from itertools import repeat

POOLS = {"threads": ThreadPoolExecutor, "pool": ThreadPoolExecutor,
         "processes": ProcessPoolExecutor}


def say(text):
    # One write for the whole line, so that two workers never share one.
    print(text + "\n", end="", flush=True)

def picture(side, seed):
    """A grey picture: rings around a point that depends on the seed."""
    x0, y0 = side * (seed % 5 + 1) // 6, side * (seed % 3 + 1) // 4
    return [((x - x0) ** 2 + (y - y0) ** 2) // (side // 4 + 1) % 256
            for y in range(side) for x in range(side)]


def blur(pixels, side):
    """Each pixel becomes the mean of the nine around it."""
    blurred = list(pixels)
    for y in range(1, side - 1):
        for at in range(y * side + 1, y * side + side - 1):
            above, below = at - side, at + side
            blurred[at] = (sum(pixels[above - 1:above + 2]) + sum(pixels[at - 1:at + 2])
                           + sum(pixels[below - 1:below + 2])) // 9
    return blurred


def edges(pixels, side):
    """How much each pixel differs from its right and lower neighbours."""
    found = [0] * len(pixels)
    for y in range(side - 1):
        for at in range(y * side, y * side + side - 1):
            found[at] = min(255, abs(pixels[at] - pixels[at + 1])
                            + abs(pixels[at] - pixels[at + side]))
    return found


def process(name, seed, side, folder):
    pixels = edges(blur(picture(side, seed), side), side)
    path = os.path.join(folder, f"{name}.pgm")
    with open(path, "wb") as file:
        file.write(f"P5 {side} {side} 255\n".encode() + bytes(pixels))
    say(f"{name} is done")
    return os.path.getsize(path)


def main(model, workers=2, images=8, pixels=256):
    names = [f"image {number}" for number in range(1, images + 1)]
    with tempfile.TemporaryDirectory() as folder:
        began = time.perf_counter()
        if model == "sequential":
            sizes = [process(name, seed, pixels, folder) for seed, name in enumerate(names)]
        else:
            with POOLS[model](workers) as pool:
                sizes = list(pool.map(process, names, range(images), repeat(pixels),
                                      repeat(folder)))
        say(f"{len(sizes)} images after {time.perf_counter() - began:.2f} s")
    return len(sizes)


if __name__ == "__main__":
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("model", choices=["sequential", "threads", "pool", "processes"])
    options.add_argument("--workers", type=int, default=2, help="images at a time")
    options.add_argument("--images", type=int, default=8)
    options.add_argument("--pixels", type=int, default=256, help="side of each, in pixels")
    main(**vars(options.parse_args()))
