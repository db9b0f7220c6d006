"""How long two computing threads of this Python keep its lock: prints p1 and p50, in ms.

usage: slices.py SWITCH_INTERVAL SECONDS
"""
import sys
import threading
import time

interval, seconds = float(sys.argv[1]), float(sys.argv[2])
sys.setswitchinterval(interval)


turn = None


def compute(me, slices, barrier):
    global turn
    now = time.perf_counter
    barrier.wait()
    began = last = now()
    until = began + seconds
    while last < until:
        t = now()
        if turn is not me:  # the other had the lock in between
            slices.append(last - began)
            began = t
            turn = me
        last = t


barrier = threading.Barrier(2)
slices = [[], []]
threads = [threading.Thread(target=compute, args=(me, own, barrier)) for me, own in enumerate(slices)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
# The first slice of each began before the other was there.
both = sorted(s * 1000 for own in slices for s in own[1:])
if not both:
    sys.exit("the threads never took turns: this Python has no lock")
print(both[len(both) // 100], both[len(both) // 2])
