"""Producer and consumer: a queue with few places lies between them.

    python3 producer_consumer.py threads --items 5 --capacity 2 --seed 7

When the queue is full the producer waits, when it is empty the consumer does.
`None` at the end says that nothing more will come. It has to be reported as
done like any item: otherwise the queue's `join` would wait for it for ever.
"""
import argparse
import asyncio
import multiprocessing
import queue
import random
import threading
import time


def say(text):
    # One write for the whole line, so that two workers never share one.
    print(text + "\n", end="", flush=True)


def produce(name, belt, paces):
    for number, pace in enumerate(paces, 1):
        say(f"{name} puts item {number}")
        belt.put(number)
        time.sleep(pace)
    say(f"{name} has no more")
    belt.put(None)


def consume(name, belt, paces):
    item = belt.get()
    while item is not None:
        say(f"{name} takes item {item}")
        time.sleep(paces[item - 1])
        belt.task_done()
        item = belt.get()
    say(f"{name} stops")
    belt.task_done()


async def produce_async(name, belt, paces):
    for number, pace in enumerate(paces, 1):
        say(f"{name} puts item {number}")
        await belt.put(number)
        await asyncio.sleep(pace)
    say(f"{name} has no more")
    await belt.put(None)


async def consume_async(name, belt, paces):
    item = await belt.get()
    while item is not None:
        say(f"{name} takes item {item}")
        await asyncio.sleep(paces[item - 1])
        belt.task_done()
        item = await belt.get()
    say(f"{name} stops")
    belt.task_done()


async def together(capacity, making, using):
    belt = asyncio.Queue(capacity)
    await asyncio.gather(produce_async("producer", belt, making),
                         consume_async("consumer", belt, using), belt.join())


def main(model, items=5, capacity=2, produce_min=0.5, produce_max=1.5,
         consume_min=1.0, consume_max=2.0, seed=None):
    lot = random.Random(seed)  # drawn before the start: one seed, one pace under every model
    making = [lot.uniform(produce_min, produce_max) for _ in range(items)]
    using = [lot.uniform(consume_min, consume_max) for _ in range(items)]
    began = time.perf_counter()
    if model == "async":
        asyncio.run(together(capacity, making, using))
    else:
        unit, belts = {"threads": (threading.Thread, queue.Queue),
                       "processes": (multiprocessing.Process, multiprocessing.JoinableQueue)}[model]
        belt = belts(capacity)
        workers = [unit(target=produce, name="producer", args=("producer", belt, making)),
                   unit(target=consume, name="consumer", args=("consumer", belt, using))]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()
        belt.join()  # returns, since every item was reported as done
    say(f"{items} items have gone through after {time.perf_counter() - began:.2f} s")


if __name__ == "__main__":
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("model", choices=["threads", "processes", "async"])
    options.add_argument("--items", type=int, default=5)
    options.add_argument("--capacity", type=int, default=2, help="places in the queue")
    options.add_argument("--produce-min", type=float, default=0.5, help="least seconds to make one")
    options.add_argument("--produce-max", type=float, default=1.5, help="most")
    options.add_argument("--consume-min", type=float, default=1.0, help="least seconds to use one")
    options.add_argument("--consume-max", type=float, default=2.0, help="most")
    options.add_argument("--seed", type=int, help="of the pace; drawn when there is none")
    main(**vars(options.parse_args()))
