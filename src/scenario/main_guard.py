"""Main guard: what a child does with the program's own file.

    python3 main_guard.py processes --start spawn --guard none

Under spawn and forkserver a child imports the file first. Without the guard it
would start a child in turn; Python notices and refuses that, so there is no
flood. Under fork it imports nothing. The file that is tried here is written to
a folder of its own, and may be run `limit` times, not more.
"""
import argparse
import os
import subprocess
import sys
import tempfile

HEAD = """\
import multiprocessing, os, sys

with open({log!r}, "a") as log:
    log.write("run\\n")
if sum(1 for _ in open({log!r})) > {limit}:
    sys.exit("too many")

def serve():
    print("the child serves chai", flush=True)

"""
START = """\
multiprocessing.set_start_method({start!r}, force=True)
child = multiprocessing.Process(target=serve)
child.start()
child.join()
"""


def say(text):
    # One write for the whole line, so that two workers never share one.
    print(text + "\n", end="", flush=True)

def program(log, guard, start, limit):
    body = START.format(start=start)
    if guard == "guard":
        indented = "".join(f"    {line}\n" for line in body.splitlines())
        body = f'if __name__ == "__main__":\n{indented}'
    return HEAD.format(log=log, limit=limit) + body


def run(path, seconds):
    """What a program prints, which may take so long."""
    try:
        ended = subprocess.run([sys.executable, path], stdout=subprocess.PIPE,
                               stderr=subprocess.PIPE, timeout=seconds)
    except subprocess.TimeoutExpired as late:
        ended = late
    return (ended.stdout or b"").decode(), (ended.stderr or b"").decode()


def main(model, guard="none", limit=20, start="spawn"):
    with tempfile.TemporaryDirectory() as folder:
        path, log = os.path.join(folder, "cafe.py"), os.path.join(folder, "log")
        with open(path, "w") as file:
            file.write(program(log, guard, start, limit))
        out, errors = run(path, 30)
        with open(log) as file:
            runs = len(file.readlines())
    say(f"under {start} the file is run {runs} time" + ("" if runs == 1 else "s"))
    if "RuntimeError" in errors:
        say("the child is refused a child of its own: RuntimeError")
    served = "serves" in out
    say("the child has served chai" if served else "no chai is served")
    return [runs, served]


if __name__ == "__main__":
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("model", choices=["processes"])
    options.add_argument("--guard", default="none", choices=["none", "guard"])
    options.add_argument("--limit", type=int, default=20, help="runs of the file, at most")
    options.add_argument("--start", default="spawn", choices=["spawn", "forkserver", "fork"])
    main(**vars(options.parse_args()))
