"""The Python twins: each runs under each of its models, and the recorder sees who did what."""

import json
import os
import subprocess
from collections import Counter

import pytest
import twins

RECORDED = twins.FOLDER.parent / "twin" / "as_main.py"
PYTHONS = twins.pythons()


def numbered(word, count):
    return {f"{word} {number}" for number in range(1, count + 1)}


#: Who works in the short runs of `twins.SMALL`.
WORKERS = {
    "append": numbered("appender", 2),
    "breakfast": {"milk", "bun"},
    "chai_makers": numbered("maker", 3),
    "channels": {"sender", "receiver"},
    "condition": numbered("waiter", 3) | {"notifier"},
    "convoy": {"client", "cruncher"},
    "counter": numbered("adder", 2),
    "crash": {"victim", "bystander"},
    "creation": set(),
    "crunch": numbered("cruncher", 2),
    "daemon": {"main", "worker"},
    "deadlock": {"Ada", "Ben"},
    "divisor": numbered("searcher", 2),
    "downloads": numbered("request", 3),
    "files": numbered("file", 5),
    "fork_lock": {"holder", "child"},
    "hybrid": numbered("fetch", 3) | numbered("process", 3),
    "images": numbered("image", 2),
    "isolation": {"child", "parent"},
    "letters": {"numbers", "letters"},
    "long_short": {"first", "second"},
    "main_guard": set(),
    "many_waits": numbered("wait", 20),
    "memory": numbered("unit", 2),
    "mixed": numbered("item", 2),
    "monitor": numbered("worker", 3) | {"monitor"},
    "orders": {"waiter", "brewer"},
    "overlap": numbered("task", 3),
    "philosophers": numbered("philosopher", 5),
    "pickling": {"number", "text", "list", "function", "lambda", "nested", "lock", "file", "socket",
                 "generator"},
    "primes": numbered("chunk", 4),
    "producer_consumer": {"producer", "consumer"},
    "queries": numbered("query", 3),
    "queue_items": {"child", "parent"},
    "reentry": {"Ada"},
    "semaphore": numbered("guest", 4),
    "shared_value": numbered("adder", 4),
    "signal_event": numbered("waiter", 3) | {"starter"},
    "squares": numbered("task", 5),
    "squares_sum": numbered("item", 2),
    "sum": numbered("adder", 2),
    "switching": {"ping", "pong"},
    "timing": numbered("worker", 2),
    "two_chais": {"Masala", "Ginger"},
    "worker_pool": numbered("task", 4),
}
#: How often they sleep, where that is what they do.
SLEEPS = {"breakfast": 2, "chai_makers": 3, "files": 5, "hybrid": 6, "letters": 6, "long_short": 2, "many_waits": 20,
          "mixed": 2, "orders": 4, "philosophers": 30, "queries": 3, "semaphore": 4, "two_chais": 2, "worker_pool": 4}
#: Results that a run has to come to.
RESULTS = {
    "append": 2000,
    "counter": 2000,
    "hybrid": ["CHAI 1", "CHAI 2", "CHAI 3"],
    "primes": 135,
    "queue_items": [1, 4, 9, 16],
    "shared_value": 2000,
    "squares": [1, 4, 9, 16, 25],
    "sum": [49_995_000] * 2,
    "worker_pool": [1, 2, 3, 4],
}


def record(folder, python, name, model, arguments, start=None):
    """Runs a twin with the recorder; the events of all its processes."""
    environment = {**os.environ, "THREADLAB_TRACE": str(folder)}
    if start:
        environment["THREADLAB_START"] = start
    run = subprocess.run([python, str(RECORDED), str(twins.path(name)), model, *arguments.split()],
                         env=environment, capture_output=True, text=True, timeout=120)
    assert run.returncode == 0, run.stderr
    events = []
    for file in sorted(folder.iterdir()):
        own = [json.loads(line) for line in file.read_text().splitlines()]
        assert own[0]["event"] == "process"
        events += [{**event, "process": own[0]["pid"]} for event in own]
    return events


def kind(events, *kinds):
    return [event for event in events if event["event"] in kinds]


def names(events):
    return Counter(event["name"] for event in kind(events, "start"))


def waits(events, label):
    return [event for event in kind(events, "wait", "span") if event["label"] == label]


def test_every_twin_is_tested():
    twins_there = {path.stem for path in twins.FOLDER.glob("*.py")}
    assert twins_there == set(twins.SMALL) == set(WORKERS)


def test_no_twin_is_called_like_a_module_of_the_standard_library():
    modules = subprocess.run([PYTHONS[max(PYTHONS)], "-c", "import sys; print(*sys.stdlib_module_names)"],
                             capture_output=True, text=True).stdout.split()
    assert not set(twins.SMALL) & set(modules)


CASES = [(name, model) for name in twins.SMALL for model in twins.models(name)]


@pytest.mark.parametrize("name, model", CASES, ids=lambda value: value)
def test_a_recorded_twin_tells_who_did_what(tmp_path, name, model):
    events = record(tmp_path, "python3", name, model, twins.SMALL[name])
    expected = set() if (name, model) == ("memory", "async") else WORKERS[name]
    assert names(events) == Counter(expected)
    if name in SLEEPS:
        assert len(waits(events, "sleep")) == SLEEPS[name]
    done = kind(events, "done")
    assert len(done) == 1 and done[0]["error"] is None
    if name in RESULTS:
        assert done[0]["result"] == RESULTS[name]
    if name not in ("crash", "daemon", "deadlock", "fork_lock"):
        assert len(kind(events, "end")) == len(expected)
    for event in kind(events, "end", "over", "free"):
        begins = {"end": "start", "over": "wait", "free": "hold"}[event["event"]]
        same = [e for e in kind(events, begins)
                if (e["process"], e["worker"]) == (event["process"], event["worker"])]
        assert min(e["at"] for e in same) <= event["at"]


@pytest.mark.parametrize("version", sorted(PYTHONS))
@pytest.mark.parametrize("start", ["fork", "spawn", "forkserver"])
def test_children_are_recorded_however_they_are_started(tmp_path, version, start):
    events = record(tmp_path, PYTHONS[version], "breakfast", "processes", twins.SMALL["breakfast"], start)
    assert names(events) == Counter({"milk", "bun"})
    assert len({event["process"] for event in kind(events, "start")}) == 2
    assert {event["code"] for event in kind(events, "exit")} == {0}


@pytest.mark.parametrize("version", sorted(PYTHONS))
@pytest.mark.parametrize("name, model", [("producer_consumer", "async"), ("queries", "threads"), ("primes", "processes"),
                                         ("semaphore", "processes"), ("downloads", "async")])
def test_every_python_runs_them(tmp_path, version, name, model):
    events = record(tmp_path, PYTHONS[version], name, model, twins.SMALL[name])
    assert names(events) == Counter(WORKERS[name])
    assert kind(events, "run")[0]["python"].startswith(version.rstrip("t") + ".")


@pytest.mark.parametrize("model", ["threads", "processes"])
def test_who_waits_for_ever_is_told_with_what_he_has(tmp_path, model):
    events = record(tmp_path, "python3", "deadlock", model, "--hold 0.05 --patience 0.2")
    held = {event["label"] for event in kind(events, "hold")}
    wanted = {event["label"] for event in kind(events, "wait") if event["label"].startswith("lock")}
    assert held == wanted == {"lock 1", "lock 2"}
    assert not kind(events, "end", "free")


def test_a_signal_that_ends_a_child_is_told(tmp_path):
    events = record(tmp_path, "python3", "crash", "processes", "--how segfault --work 0.1")
    assert sorted(event["code"] for event in kind(events, "exit")) == [-11, 0]
    assert len(kind(events, "end")) == 1


def test_an_exception_ends_its_worker_alone(tmp_path):
    events = record(tmp_path, "python3", "crash", "threads", "--how panic --work 0.1")
    assert sorted(str(event["error"]) for event in kind(events, "end")) == [
        "None", "RuntimeError: the victim gives up"]


SLOW_TO_OPEN = """
import os, sys, threading, time
from multiprocessing import Process
write = os.write
def slow(file, line):
    until = time.monotonic() + (0.3 if b'"process"' in line else 0)
    while time.monotonic() < until:  # a sleep would be recorded
        pass
    return write(file, line)
def nothing(name):
    pass
def both():
    threads = [threading.Thread(target=nothing, args=(name,)) for name in "ab"]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]
def main(model):
    os.write = slow
    child = Process(target=both, name="of both")
    child.start()
    child.join()
if __name__ == "__main__":
    main(sys.argv[1])
"""


def test_a_process_is_told_of_before_whatever_its_threads_do_first(tmp_path):
    twin = tmp_path / "slow_to_open.py"
    twin.write_text(SLOW_TO_OPEN)
    environment = {**os.environ, "THREADLAB_TRACE": str(tmp_path)}
    subprocess.run(["python3", str(RECORDED), str(twin), "threads"], env=environment, check=True, timeout=60)
    files = list(tmp_path.glob("*.jsonl"))
    assert len(files) == 2
    assert [json.loads(file.read_text().splitlines()[0])["event"] for file in files] == ["process"] * 2


def test_a_lock_that_is_taken_often_is_not_recorded_each_time(tmp_path):
    events = record(tmp_path, "python3", "counter", "threads", "--workers 2 --increments 50_000 --protect lock")
    assert len(events) < 4_100
    assert kind(events, "done")[0]["result"] == 100_000
