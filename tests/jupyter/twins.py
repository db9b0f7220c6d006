"""The Python twins, with what makes a run of each of them short, and the Pythons to be found here."""

import glob
import os
import pathlib
import re
import shutil
import subprocess

FOLDER = pathlib.Path(__file__).resolve().parents[2] / "src" / "scenario"

#: Arguments of a short run, by twin. Every twin has to stand here.
SMALL = {
    "append": "--workers 2 --appends 1000",
    "breakfast": "--milk 0.04 --bun 0.06",
    "chai_makers": "--brew 0.05",
    "channels": "--messages 100",
    "condition": "--delay 0.05",
    "convoy": "--requests 5",
    "counter": "--workers 2 --increments 1000 --protect lock",
    "crash": "--work 0.1",
    "creation": "--units 5",
    "crunch": "--n 100_000",
    "daemon": "--work 0.5",
    "deadlock": "--hold 0.05 --patience 0.1",
    "divisor": "--n 300_000",
    "downloads": "--latency 0.05",
    "files": "--size 10KB --latency 0.02",
    "fork_lock": "--patience 0.2",
    "hybrid": "--fetch 0.05 --process 0.05",
    "images": "--images 2 --pixels 16",
    "isolation": "",
    "letters": "--times 3 --pause 0.02",
    "long_short": "--first 0.05 --second 0.1",
    "main_guard": "",
    "many_waits": "--waits 20 --workers 20 --wait 0.02",
    "memory": "--workers 2",
    "mixed": "--items 2 --wait 0.02 --n 10_000",
    "monitor": "--period 0.1 --work 0.25",
    "orders": "--orders 2 --order-time 0.02 --brew-time 0.03",
    "overlap": "--task-time 0.05 --stagger 0.02",
    "philosophers": "--strategy ordered --meals 2",
    "pickling": "",
    "primes": "--from 1000 --to 2000 --chunks 4 --workers 2",
    "producer_consumer": "--produce-min 0.01 --produce-max 0.02 --consume-min 0.02 --consume-max 0.03",
    "queries": "--queries 3 --rows 100 --latency 0.02",
    "queue_items": "--items 4",
    "reentry": "--patience 0.1",
    "semaphore": "--workers 4 --places 2 --stay 0.03",
    "shared_value": "--increments 500",
    "signal_event": "--delay 0.05",
    "squares": "",
    "squares_sum": "--items 2 --n 10_000",
    "sum": "--n 10_000",
    "switching": "--handovers 100",
    "timing": "--work 0.05",
    "two_chais": "--masala 0.04 --ginger 0.06",
    "worker_pool": "--tasks 4 --task-time 0.03 --results map",
}


def path(name):
    return FOLDER / f"{name}.py"


def models(name):
    """The models that a twin offers, as its own help lists them."""
    line = re.search(r'"model", choices=\[(.*?)\]', path(name).read_text())
    return re.findall(r'"(\w+)"', line.group(1))


def pythons():
    """Every CPython from 3.8 on that PATH or pyenv has, one a version: `{"3.12": path}`."""
    candidates = [shutil.which("python3")]
    for minor in range(8, 16):
        candidates += [shutil.which(f"python3.{minor}"), shutil.which(f"python3.{minor}t")]
    candidates += sorted(glob.glob(os.path.expanduser("~/.pyenv/versions/3.*/bin/python3")))
    ask = "import sys, sysconfig; print('%d.%d' % sys.version_info[:2] + 't' * bool(sysconfig.get_config_var('Py_GIL_DISABLED')))"
    found = {}
    for candidate in filter(None, candidates):
        told = subprocess.run([candidate, "-c", ask], capture_output=True, text=True)
        version = told.stdout.strip()
        if told.returncode == 0 and tuple(map(int, version.rstrip("t").split("."))) >= (3, 8):
            found.setdefault(version, candidate)
    return found
