"""Runs a Python twin as it is, and records what its workers do.

The twin's text is executed in the namespace of `as_main.py`, with three
things changed: functions whose first parameter is `name` begin and end a
worker of that name, `print` notes what is said, and operations of the standard
library that wait note for how long.

Each process writes a file of its own below `THREADLAB_TRACE`, one JSON object a
line and one `write` each, so that a process which is killed leaves whole lines.
Stamps are nanoseconds of `perf_counter_ns`, which on Linux and macOS is one
clock for all processes. The events:

    process  pid
    run      python, implementation, gil, free_threaded: of the first process
    start    worker, name, at
    end      worker, at, error (null: it returned), result
    say      worker (null: none), at, text
    wait     worker, at, activity (waiting, blocked), label; until `over`
    over     worker, at
    hold     worker, at, label; until `free`
    free     worker, at, label
    span     worker, activity, label, start, end: a wait or a hold that is over
    omitted  worker, spans: how many were not recorded
    exit     pid, code: how a child process ended
    done     at, began, cpu, result, or error: of the first process

Recording costs time, so a worker has at most `MOST` spans, a lock is watched
for its first `MOST` turns only, and waits of other workers that are shorter
than `SHORT` are left out.
"""
import _thread
import ast
import asyncio
import atexit
import builtins
import contextvars
import functools
import inspect
import itertools
import json
import operator
import os
import queue
import signal
import socket
import sys
import sysconfig
import threading
import time

MOST = 2_000
SHORT = 100_000  # nanoseconds

now = time.perf_counter_ns
_seat = contextvars.ContextVar("seat")


class Worker:
    """One call of a function that a worker carries out."""

    __slots__ = ("number", "spans", "omitted", "wait", "held")

    def __init__(self, number):
        self.number = number
        self.spans = self.omitted = 0
        self.wait = None  # [activity, label, since, told] while it waits
        self.held = []  # locks that it has


def write(file, event):
    os.write(file, (json.dumps(event, default=str) + "\n").encode())


class Recorder:
    """The file of this process, and the workers that are at work in it."""

    def __init__(self):
        self.file = None
        self.opening = _thread.allocate_lock()  # the library's own is watched
        self.generation = 0  # of forks: what a parent had is not ours
        self.workers = {}
        self.numbers = itertools.count()

    def forked(self):
        self.__init__()
        self.generation = os.getpid()
        at_exit(self.flush)

    def tell(self, **event):
        if self.file is None:
            self.open()
        write(self.file, event)

    def open(self):
        """The file, with its first line: of one worker, the others wait for it."""
        with self.opening:
            if self.file is None:
                name = "%d-%d.jsonl" % (os.getpid(), now())
                path = os.path.join(os.environ["THREADLAB_TRACE"], name)
                file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
                write(file, {"event": "process", "pid": os.getpid()})
                self.file = file

    def current(self):
        seat = _seat.get(None)
        if seat is not None and seat[0] == threading.get_ident() and seat[1] == self.generation:
            return seat[2]
        return None

    def begin(self, name):
        worker = Worker(next(self.numbers))
        self.workers[worker.number] = worker
        token = _seat.set((threading.get_ident(), self.generation, worker))
        self.tell(event="start", worker=worker.number, name=str(name), at=now())
        return worker, token

    def end(self, worker, token, error=None, result=None):
        at = now()
        if worker.omitted:
            self.tell(event="omitted", worker=worker.number, spans=worker.omitted)
        self.tell(event="end", worker=worker.number, at=at, result=plain(result),
                  error=error and ("%s: %s" % (type(error).__name__, error)))
        self.workers.pop(worker.number, None)
        _seat.reset(token)

    # Waits. One at a time for each worker: what the library does inside of one is not told.

    def pause(self, worker, activity, label, since=None, told=True):
        """A wait begins. One that is not told of yet is told of when it is over, if it was long."""
        wait = worker.wait = [activity, label, now() if since is None else since, False]
        if told:
            self.announce(worker, wait)
            for lock in list(worker.held):
                lock.announce(self, worker)

    def announce(self, worker, wait):
        if worker.spans < MOST:
            wait[3] = True
            worker.spans += 1
            self.tell(event="wait", worker=worker.number, activity=wait[0], label=wait[1],
                      at=wait[2])
        else:
            worker.omitted += 1

    def resume(self, worker):
        wait, worker.wait = worker.wait, None
        if wait is None:
            return
        if wait[3]:
            self.tell(event="over", worker=worker.number, at=now())
        else:
            self.span(worker, wait[0], wait[1], wait[2])

    def span(self, worker, activity, label, since):
        until = now()
        if until - since < SHORT:
            return
        if worker.spans >= MOST:
            worker.omitted += 1
            return
        worker.spans += 1
        self.tell(event="span", worker=worker.number, activity=activity, label=label,
                  start=since, end=until)

    def flush(self):
        """What goes on while this process ends, so that it is not lost with it."""
        for worker in list(self.workers.values()):
            if worker.wait and not worker.wait[3]:
                self.announce(worker, worker.wait)
            for lock in list(worker.held):
                lock.announce(self, worker)


recorder = Recorder()


def at_exit(function):
    """Also in a child of multiprocessing, which leaves without the usual exit."""
    atexit.register(function)
    if "multiprocessing.util" in sys.modules:
        from multiprocessing import util
        util.Finalize(None, function, exitpriority=100)


def plain(value):
    """A value as JSON has it, or none."""
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    return None


# ---- workers and what they say

def carried_out(function):
    """The same function; a call that is not part of another worker's is a worker."""
    if inspect.iscoroutinefunction(function):
        @functools.wraps(function)
        async def call(*args, **kwargs):
            if recorder.current() is not None:
                return await function(*args, **kwargs)
            worker, token = recorder.begin(args[0] if args else kwargs["name"])
            try:
                result = await function(*args, **kwargs)
            except BaseException as error:
                recorder.end(worker, token, error)
                raise
            recorder.end(worker, token, result=result)
            return result
    else:
        @functools.wraps(function)
        def call(*args, **kwargs):
            if recorder.current() is not None:
                return function(*args, **kwargs)
            worker, token = recorder.begin(args[0] if args else kwargs["name"])
            try:
                result = function(*args, **kwargs)
            except BaseException as error:
                recorder.end(worker, token, error)
                raise
            recorder.end(worker, token, result=result)
            return result
    return call


def takes_name(function):
    return next(iter(inspect.signature(function).parameters), None) == "name"


def say(*words, sep=" ", end="\n", file=None, flush=False):
    if file is None or file is sys.stdout:
        worker = recorder.current()
        text = (sep or " ").join(map(str, words)) + ("" if end is None else end)
        recorder.tell(event="say", worker=worker and worker.number, at=now(),
                      text=text.rstrip("\n"))
    builtins.print(*words, sep=sep, end=end, file=file, flush=flush)


# ---- waits

def watched(original, activity, label, told=True, ready=None):
    """A function that waits; `ready` says that it will not."""
    @functools.wraps(original)
    def call(*args, **kwargs):
        worker = recorder.current()
        if worker is None or worker.wait or (ready is not None and ready(*args)):
            return original(*args, **kwargs)
        recorder.pause(worker, activity, label, told=told)
        try:
            return original(*args, **kwargs)
        finally:
            recorder.resume(worker)
    return call


def watched_async(original, activity, label, ready=None):
    @functools.wraps(original)
    async def call(*args, **kwargs):
        worker = recorder.current()
        if worker is None or worker.wait or (ready is not None and ready(*args)):
            return await original(*args, **kwargs)
        recorder.pause(worker, activity, label)
        try:
            return await original(*args, **kwargs)
        finally:
            recorder.resume(worker)
    return call


def watch(home, name, make, *args, **kwargs):
    """Puts a watched function in a function's place; nothing where this Python has none."""
    original = getattr(home, name, None)
    if original is not None:
        setattr(home, name, make(original, *args, **kwargs))


def watch_library():
    watch(time, "sleep", watched, "waiting", "sleep", ready=lambda seconds: not seconds)
    watch(os, "fsync", watched, "waiting", "disk", told=False)
    for name in ("connect", "recv", "recv_into", "sendall", "accept"):
        watch(socket.socket, name, watched, "waiting", "network", told=False)

    watch(threading.Event, "wait", watched, "blocked", "event", ready=lambda e, *_: e.is_set())
    watch(threading.Condition, "wait", watched, "blocked", "condition")
    watch(threading.Barrier, "wait", watched, "blocked", "barrier")
    watch(threading.Semaphore, "acquire", watched, "blocked", "semaphore",
          ready=lambda semaphore, *_: semaphore._value > 0)
    threading.Semaphore.__enter__ = threading.Semaphore.acquire
    watch(threading.Thread, "join", watched, "blocked", "join", told=False)
    watch(queue.Queue, "get", watched, "blocked", "queue", ready=lambda q, *_: q._qsize() > 0)
    watch(queue.Queue, "put", watched, "blocked", "queue",
          ready=lambda q, *_: q.maxsize <= 0 or q._qsize() < q.maxsize)

    watch(asyncio, "sleep", watched_async, "waiting", "sleep", ready=lambda s, *_: not s)
    asyncio.tasks.sleep = asyncio.sleep
    watch(asyncio.Event, "wait", watched_async, "blocked", "event", ready=lambda e: e.is_set())
    watch(asyncio.Lock, "acquire", watched_async, "blocked", "lock",
          ready=lambda lock: not lock.locked())
    watch(asyncio.Semaphore, "acquire", watched_async, "blocked", "semaphore",
          ready=lambda semaphore: not semaphore.locked())
    watch(asyncio.Condition, "wait", watched_async, "blocked", "condition")
    watch(asyncio.Queue, "get", watched_async, "blocked", "queue", ready=lambda q: not q.empty())
    watch(asyncio.Queue, "put", watched_async, "blocked", "queue",
          ready=lambda q, *_: not q.full())
    watch(asyncio.StreamReader, "_wait_for_data", watched_async, "waiting", "network")
    watch(asyncio, "open_connection", watched_async, "waiting", "network")

    for kind in ("Lock", "RLock"):
        setattr(threading, kind, locks_of_twins(getattr(threading, kind)))


def watch_multiprocessing():
    """Once the twin has imported it."""
    end_with_parent()
    import multiprocessing.connection as connection
    import multiprocessing.process as process
    import multiprocessing.queues as queues
    import multiprocessing.synchronize as synchronize
    watch(synchronize.Event, "wait", watched, "blocked", "event", ready=lambda e, *_: e.is_set())
    watch(synchronize.Condition, "wait", watched, "blocked", "condition")
    for name in ("get", "put"):
        watch(queues.Queue, name, watched, "blocked", "queue", told=False)
        watch(queues.SimpleQueue, name, watched, "blocked", "queue", told=False)
    watch(queues.JoinableQueue, "put", watched, "blocked", "queue", told=False)
    watch(connection.Connection, "recv", watched, "blocked", "pipe", told=False)
    watch(connection.Connection, "send", watched, "blocked", "pipe", told=False)
    watch(process.BaseProcess, "join", tells_exit)
    watch(process.BaseProcess, "join", watched, "blocked", "join", told=False)
    watch_semaphores(synchronize.SemLock)
    managers = sys.modules.get("multiprocessing.managers")
    if managers:
        watch(managers.BaseProxy, "_callmethod", watched, "blocked", "manager", told=False)


def end_with_parent():
    """Children end with their parent, also when that is killed. Linux alone can do that.

    It is the thread that counts: who is forked by one that ends before would die too early.
    """
    if sys.platform != "linux":
        return
    try:
        import ctypes
        prctl = ctypes.CDLL(None).prctl
    except (ImportError, OSError, AttributeError):
        return
    forking = []

    def before():
        forking[:] = [threading.current_thread() is threading.main_thread()]

    def after():
        if forking[0]:
            prctl(1, signal.SIGKILL)

    if os.getpid() != int(os.environ["THREADLAB_FIRST"]):
        prctl(1, signal.SIGKILL)
    os.register_at_fork(before=before, after_in_child=after)


def tells_exit(join):
    @functools.wraps(join)
    def call(self, timeout=None):
        join(self, timeout)
        if self.exitcode is not None and not getattr(self, "_threadlab_told", False):
            self._threadlab_told = True
            recorder.tell(event="exit", pid=self.pid, code=self.exitcode)
    return call


# ---- locks

class Turns:
    """Who has a lock, since when, and whether that is told of already."""

    __slots__ = ("label", "seen", "holder", "since", "told")

    def __init__(self, label):
        self.label = label
        self.seen = 0
        self.holder = self.since = None
        self.told = False

    def taken(self, worker):
        self.seen += 1
        self.holder, self.since, self.told = worker, now(), False
        worker.held.append(self)

    def let_go(self):
        worker, self.holder = self.holder, None
        if worker is None:
            return
        if self in worker.held:
            worker.held.remove(self)
        if self.told:
            recorder.tell(event="free", worker=worker.number, label=self.label, at=now())
        else:
            recorder.span(worker, "holding", self.label, self.since)

    def announce(self, to, worker):
        if not self.told and worker.spans < MOST:
            self.told = True
            worker.spans += 1
            to.tell(event="hold", worker=worker.number, label=self.label, at=self.since)


def acquire(turns, raw, blocking, timeout):
    """Takes a lock; waits that are not short are told of while they last.

    `raw(blocking, seconds)` takes it, `timeout` is none for ever."""
    worker = recorder.current()
    if worker is None or worker.wait:
        return raw(blocking, timeout)
    if not raw(False, None):
        if not blocking:
            return False
        since, patience = now(), SHORT / 1e9
        if timeout is not None and timeout <= patience:
            if not raw(True, timeout):
                return False
        elif not raw(True, patience):
            recorder.pause(worker, "blocked", turns.label, since)
            try:
                if not raw(True, None if timeout is None else timeout - patience):
                    return False
            finally:
                recorder.resume(worker)
    if turns.holder is not worker:  # a re-entrant one may be taken again
        turns.taken(worker)
    return True


class RecordedLock:
    """A lock of `threading`, watched for its first turns."""

    __slots__ = ("_lock", "_turns", "_depth", "__weakref__")

    def __init__(self, lock, label):
        self._lock, self._turns, self._depth = lock, Turns(label), 0

    def acquire(self, blocking=True, timeout=-1):
        lock = self._lock

        def raw(blocking, seconds):
            return lock.acquire(blocking, -1 if seconds is None else seconds)

        taken = acquire(self._turns, raw, blocking, timeout if blocking and timeout >= 0 else None)
        if taken:
            self._depth += 1
        return taken

    def release(self):
        # A plain lock may be let go by somebody else than its holder.
        if self._depth == 1:
            self._depth = 0
            self._turns.let_go()
            if self._turns.seen >= MOST:
                self.__class__ = PlainLock
        else:
            self._depth -= 1
        self._lock.release()

    def __enter__(self):
        return self.acquire()

    def __exit__(self, *_):
        self.release()

    def __getattr__(self, name):
        return getattr(self._lock, name)

    def __reduce__(self):
        raise TypeError("cannot pickle '_thread.lock' object")


class PlainLock(RecordedLock):
    """One that is not watched any more: straight to the real lock, without Python between."""

    __slots__ = ()
    acquire = property(operator.attrgetter("_lock.acquire"))
    release = property(operator.attrgetter("_lock.release"))
    __enter__ = property(operator.attrgetter("_lock.__enter__"))
    __exit__ = property(operator.attrgetter("_lock.__exit__"))


lock_numbers = itertools.count(1)


def of_twin(frame):
    return frame is not None and frame.f_globals.get("__name__") in ("__main__", "__mp_main__")


def locks_of_twins(original):
    """Makes recorded locks for the twin, and plain ones for the library."""
    def make():
        lock = original()
        if of_twin(sys._getframe(1)):
            return RecordedLock(lock, "lock %d" % next(lock_numbers))
        return lock
    return make


def watch_semaphores(kind):
    """Locks and semaphores between processes."""
    make_methods, get_state, set_state = (kind._make_methods, kind.__getstate__,
                                          kind.__setstate__)

    def label_of(made):
        frame = sys._getframe(2)
        while frame.f_globals.get("__name__") in ("multiprocessing.synchronize",
                                                  "multiprocessing.context"):
            if (frame.f_globals["__name__"] == "multiprocessing.synchronize"
                    and frame.f_locals.get("self") is not made):
                return None  # part of an event or a condition
            frame = frame.f_back
        if not of_twin(frame):
            return None  # part of a queue
        if type(made).__name__ in ("Lock", "RLock"):
            return "lock %d" % next(lock_numbers)
        return type(made).__name__.lower()

    def make(self):
        make_methods(self)
        if not hasattr(self, "_turns"):
            label = label_of(self)
            self._turns = Turns(label) if label else None
        if self._turns:
            self.acquire = functools.partial(take, self)
            self.release = functools.partial(let_go, self)

    def take(self, block=True, timeout=None):
        turns, raw = self._turns, self._semlock.acquire
        if turns.seen >= MOST:
            return raw(block, timeout)
        return acquire(turns, raw, block, timeout)

    def let_go(self):
        turns = self._turns
        if turns.seen < MOST:
            turns.let_go()
        self._semlock.release()

    def enter(self):
        return self._semlock.__enter__() if self._turns is None else take(self)

    def leave(self, *_):
        if self._turns is None:
            self._semlock.__exit__(*_)
        else:
            let_go(self)

    def state(self):
        return (*get_state(self), self._turns and self._turns.label)

    def with_state(self, state):
        self._turns = Turns(state[-1]) if state[-1] else None
        set_state(self, state[:-1])

    kind._make_methods, kind.__enter__, kind.__exit__ = make, enter, leave
    kind.__getstate__, kind.__setstate__ = state, with_state


# ---- the run

def describe():
    """This Python, for the head of the trace."""
    gil = getattr(sys, "_is_gil_enabled", lambda: True)()
    return {"python": sys.version.split()[0].rstrip("+"),
            "implementation": {"cpython": "CPython", "pypy": "PyPy"}.get(
                sys.implementation.name, sys.implementation.name),
            "gil": gil, "free_threaded": bool(sysconfig.get_config_var("Py_GIL_DISABLED"))}


def cpu():
    """Nanoseconds of processor time, with children that have ended."""
    import resource
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return round(sum(one.ru_utime + one.ru_stime for one in used) * 1e9)


def told_main(main):
    @functools.wraps(main)
    def call(*args, **kwargs):
        began, before = now(), cpu()
        try:
            result = main(*args, **kwargs)
        except BaseException as error:
            recorder.tell(event="done", at=now(), began=began, cpu=cpu() - before, result=None,
                          error="%s: %s" % (type(error).__name__, error))
            raise
        recorder.tell(event="done", at=now(), began=began, cpu=cpu() - before,
                      result=plain(result), error=None)
        return result
    return call


def is_guard(node):
    return isinstance(node, ast.If) and "__name__" in ast.dump(node.test)


def carry_out(namespace):
    """Executes the twin as the namespace's own program."""
    first = namespace["__name__"] == "__main__"
    if first:
        sys.argv = sys.argv[1:]
        os.environ["THREADLAB_TWIN"] = os.path.abspath(sys.argv[0])
        os.environ["THREADLAB_FIRST"] = str(os.getpid())
        if os.environ.get("THREADLAB_START"):
            import multiprocessing
            multiprocessing.set_start_method(os.environ["THREADLAB_START"])
        recorder.tell(event="run", **describe())
    del namespace["threadlab_recorder"]
    path = os.environ["THREADLAB_TWIN"]
    with open(path, encoding="utf-8") as file:
        tree = ast.parse(file.read(), path)
    guards = [node for node in tree.body if is_guard(node)]
    tree.body = [node for node in tree.body if not is_guard(node)]

    watch_library()
    namespace["print"] = say
    exec(compile(tree, path, "exec"), namespace)
    namespace["__doc__"] = ast.get_docstring(tree)
    if "multiprocessing" in sys.modules or "concurrent.futures.process" in sys.modules:
        watch_multiprocessing()
    for name, function in list(namespace.items()):
        if inspect.isfunction(function) and function.__module__ == namespace["__name__"]:
            if takes_name(function):
                namespace[name] = carried_out(function)
            elif name == "main" and first:
                namespace[name] = told_main(function)
    os.register_at_fork(after_in_child=recorder.forked)
    at_exit(recorder.flush)
    tree.body = guards
    exec(compile(tree, path, "exec"), namespace)
