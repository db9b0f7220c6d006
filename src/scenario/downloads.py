"""Downloads: requests over real sockets, to a server of our own or to any address.

    python3 downloads.py threads --workers 3 --requests 3 --latency 2 --size 35KB

The server runs in a process of its own, so that it does not share the
interpreter lock with those who ask. Threads ask with urllib; asyncio needs a
client that gives way while it waits, here a small one on top of its streams.
"""
import argparse
import asyncio
import itertools
import multiprocessing
import time
import urllib.parse
import urllib.request
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

POOLS = {"threads": ThreadPoolExecutor, "pool": ThreadPoolExecutor,
         "processes": ProcessPoolExecutor}
BEGINNINGS = {"jpeg": b"\xff\xd8\xff\xe0\0\x10JFIF\0", "png": b"\x89PNG\r\n\x1a\n",
              "svg": b"<svg xmlns='http://www.w3.org/2000/svg'/>"}
UNITS = {"KB": 10**3, "MB": 10**6, "KIB": 2**10, "MIB": 2**20, "B": 1}


def say(text):
    # One write for the whole line, so that two workers never share one.
    print(text + "\n", end="", flush=True)

def in_bytes(size):
    for unit, factor in UNITS.items():
        if size.upper().endswith(unit):
            return int(float(size[:-len(unit)]) * factor)
    return int(size)


def serve(latency, size, opened):
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            kind = self.path.rsplit("/", 1)[-1]
            body = BEGINNINGS[kind].ljust(size)[:size]
            time.sleep(latency)
            self.send_response(200)
            self.send_header("Content-Type", f"image/{kind}")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        opened.send(server.server_address[1])
        server.serve_forever()


def fetch(name, url):
    say(f"{name} goes out")
    with urllib.request.urlopen(url, timeout=30) as answer:
        body = answer.read()
    say(f"{name} is back: {len(body):,} bytes")
    return len(body)


async def fetch_async(name, url):
    say(f"{name} goes out")
    parts = urllib.parse.urlsplit(url)
    secure = parts.scheme == "https"
    reader, writer = await asyncio.open_connection(
        parts.hostname, parts.port or (443 if secure else 80), ssl=secure or None)
    writer.write(f"GET {parts.path or '/'} HTTP/1.0\r\nHost: {parts.hostname}\r\n\r\n".encode())
    answer = await reader.read()
    writer.close()
    body = answer.partition(b"\r\n\r\n")[2]
    say(f"{name} is back: {len(body):,} bytes")
    return len(body)


async def together(workers, jobs):
    places = asyncio.Semaphore(workers)

    async def in_turn(job):
        async with places:
            return await fetch_async(*job)

    return await asyncio.gather(*map(in_turn, jobs))


def download(model, workers, urls):
    jobs = [(f"request {number}", url) for number, url in enumerate(urls, 1)]
    if model == "sequential":
        return [fetch(*job) for job in jobs]
    if model == "async":
        return asyncio.run(together(workers, jobs))
    with POOLS[model](workers) as pool:
        return list(pool.map(fetch, *zip(*jobs)))


def main(model, workers=3, requests=3, latency=2.0, kind="mixed", size="35KB", url=""):
    kinds = list(BEGINNINGS) if kind == "mixed" else [kind]
    addresses, server = [address for address in url.split(",") if address], None
    if not addresses:
        hears, tells = multiprocessing.Pipe(duplex=False)
        server = multiprocessing.Process(target=serve, args=(latency, in_bytes(size), tells),
                                         daemon=True)
        server.start()
        port = hears.recv()
        addresses = [f"http://127.0.0.1:{port}/{kind}" for kind in kinds]
    began = time.perf_counter()
    try:
        sizes = download(model, workers,
                         itertools.islice(itertools.cycle(addresses), requests))
    finally:
        if server:
            server.terminate()
            server.join()
    say(f"{requests} answers, {sum(sizes):,} bytes, after {time.perf_counter() - began:.2f} s")
    return sum(sizes)


if __name__ == "__main__":
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("model", choices=["sequential", "threads", "pool", "processes", "async"])
    options.add_argument("--workers", type=int, default=3, help="requests under way at a time")
    options.add_argument("--requests", type=int, default=3)
    options.add_argument("--latency", type=float, default=2.0, help="seconds to each answer")
    options.add_argument("--kind", default="mixed", choices=["mixed", "jpeg", "png", "svg"])
    options.add_argument("--size", default="35KB", help="of each body")
    options.add_argument("--url", default="", help="addresses instead of our own server")
    main(**vars(options.parse_args()))
