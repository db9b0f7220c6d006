"""Convoy: short questions and answers, beside threads that only compute.

    python3 convoy.py threads --cpu-workers 1 --requests 100 --latency 0.0001

Whoever waits gives the interpreter lock away. A thread that computes takes it
and keeps it for a whole switch interval, so a wait that should last a fraction
of a millisecond lasts five. With --latency 0 it is luck whether the computing
thread wakes up in time to take the lock.
"""
import argparse
import socket
import statistics
import sys
import threading
import time


def say(text):
    # One write for the whole line, so that two workers never share one.
    print(text + "\n", end="", flush=True)


def serve(listener, latency):
    connection, _ = listener.accept()
    with connection:
        for request in iter(lambda: connection.recv(1), b""):
            time.sleep(latency)
            connection.sendall(request)


def ask(name, address, requests, trips, over):
    with socket.create_connection(address) as connection:
        for _ in range(requests):
            asked = time.perf_counter()
            connection.sendall(b"?")
            connection.recv(1)
            trips.append(time.perf_counter() - asked)
    over.set()
    say(f"{name} has {requests} answers")


def crunch(name, over):
    say(f"{name} computes")
    steps = 0
    while not over.is_set():
        steps += 1
    say(f"{name} stops")


def main(model, cpu_workers=1, requests=100, latency=0.0001, switch_interval=0.005):
    sys.setswitchinterval(switch_interval)
    trips, over = [], threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as listener:
        client = ("client", listener.getsockname(), requests, trips, over)
        workers = [threading.Thread(target=serve, name="server", args=(listener, latency)),
                   threading.Thread(target=ask, name="client", args=client)]
        names = [f"cruncher {number}" for number in range(1, cpu_workers + 1)]
        for name in names if cpu_workers > 1 else ["cruncher"][:cpu_workers]:
            workers.append(threading.Thread(target=crunch, name=name, args=(name, over)))
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()
    median = statistics.median(trips) * 1e3
    say(f"half of the round trips took {median:.3f} ms or less")
    return median


if __name__ == "__main__":
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("model", choices=["threads"])
    options.add_argument("--cpu-workers", type=int, default=1, help="threads that only compute")
    options.add_argument("--requests", type=int, default=100, help="questions, one after another")
    options.add_argument("--latency", type=float, default=0.0001, help="seconds to each answer")
    options.add_argument("--switch-interval", type=float, default=0.005,
                         help="seconds after which a thread may ask for the interpreter lock")
    main(**vars(options.parse_args()))
