"""A front end that keeps everything it hears, in the order of arrival.

Thin on purpose: pyzmq sockets and jupyter_client's Session for the signatures, so that tests see what a kernel
really sends, and can send what no client library would.
"""

import dataclasses
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import uuid

import zmq
from jupyter_client.connect import write_connection_file
from jupyter_client.kernelspec import KernelSpecManager
from jupyter_client.session import Session

from processes import MARK

PATIENCE = 60  # seconds that a loaded machine may take for anything
CHANNELS = {"shell": zmq.DEALER, "control": zmq.DEALER, "stdin": zmq.DEALER, "iopub": zmq.SUB}


@dataclasses.dataclass
class Heard:
    channel: str
    message: dict
    at: float  # time.monotonic()

    @property
    def type(self):
        return self.message["msg_type"]

    @property
    def content(self):
        return self.message["content"]

    @property
    def parent(self):
        return self.message["parent_header"].get("msg_id")

    @property
    def label(self):
        """`status busy`, `stream stdout`, or just the type."""
        detail = self.content.get("execution_state") or (self.type == "stream" and self.content["name"])
        return f"{self.type} {detail}" if detail else self.type


@dataclasses.dataclass
class Exchange:
    """A request with all that came of it."""

    reply: Heard
    published: list
    seconds: float  # from sending to idle and reply

    @property
    def labels(self):
        return [heard.label for heard in self.published]

    @property
    def status(self):
        return self.reply.content["status"]

    @property
    def stdout(self):
        return self.text("stdout")

    @property
    def stderr(self):
        return self.text("stderr")

    def text(self, stream):
        return "".join(heard.content["text"] for heard in self.published if heard.label == f"stream {stream}")

    @property
    def shown(self):
        """The bundles of results and displays, in order of arrival: dictionaries by mime type."""
        return [heard.content["data"] for heard in self.published
                if heard.type in ("execute_result", "display_data", "update_display_data")]

    @property
    def told(self):
        """All that reaches the learner as text: output, results, displays, what a pager shows, and the error."""
        pages = [page["data"] for page in self.reply.content.get("payload", []) if page["source"] == "page"]
        texts = [data.get("text/plain", "") for data in [*self.shown, *pages]]
        return "\n".join([self.stdout, self.stderr, *texts, self.error])

    @property
    def error(self):
        """What a failed cell tells: its kind, its words and its traceback, without colours."""
        told = self.reply.content
        lines = [told.get("ename", ""), told.get("evalue", ""), *told.get("traceback", [])]
        return re.sub(r"\x1b\[[0-9;]*m", "", "\n".join(lines))


class Kernel:
    def __init__(self, name="threadlab", launcher=None, launched_by=None, argv=None, environment=None, files=()):
        """`launcher` is put before the kernel's command line; it has to start the kernel itself.

        `launched_by` is the process that the kernel is told launched it; this one if none. `argv` is the command
        line of a kernel without a kernelspec. `environment` is added to this process's; None takes a variable away.
        `files` are copied into the folder that it starts in.
        """
        self.name = name
        self.argv = argv
        self.environment = environment or {}
        self.files = files
        self.launcher = launcher or []
        self.launched_by = launched_by or os.getpid()
        self.mark = uuid.uuid4().hex
        self.heard = []

    def __enter__(self):
        self.folder = tempfile.TemporaryDirectory(prefix="threadlab-kernel-")
        for file in self.files:
            shutil.copy(file, self.folder.name)
        key = uuid.uuid4().hex.encode()
        path, self.connection = write_connection_file(
            os.path.join(self.folder.name, "connection.json"), key=key, kernel_name=self.name)
        self.session = Session(key=key)
        self.context = zmq.Context()
        self.poller = zmq.Poller()
        # A kernel that asks for input answers to the identity that sent the cell.
        self.sockets = {channel: self.connect(channel, identity=self.session.bsession) for channel in CHANNELS}
        for made in self.sockets.values():
            self.poller.register(made, zmq.POLLIN)

        argv, resources, own = self.argv, "", {}
        if argv is None:
            spec = KernelSpecManager().get_kernel_spec(self.name)
            argv, resources, own = spec.argv, spec.resource_dir, spec.env
        argv = [part.format(connection_file=path, resource_dir=resources) for part in argv]
        argv[0] = sys.executable if argv[0] == "python" else argv[0]  # as jupyter_client does
        environment = os.environ | own | self.environment | {"JPY_PARENT_PID": str(self.launched_by), MARK: self.mark}
        environment = {name: value for name, value in environment.items() if value is not None}
        self.log = open(os.path.join(self.folder.name, "log"), "w+b")
        self.launched = time.monotonic()
        self.process = subprocess.Popen(
            [*self.launcher, *argv], env=environment, cwd=self.folder.name, stdin=subprocess.DEVNULL,
            stdout=self.log, stderr=subprocess.STDOUT, start_new_session=True)
        try:
            self.settle()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()
        self.context.destroy(linger=0)
        self.log.close()
        self.folder.cleanup()

    def connect(self, channel, **options):
        """A further socket of the channel's kind."""
        made = self.context.socket(CHANNELS.get(channel, zmq.REQ))
        made.linger = 0
        made.reconnect_ivl = 10  # milliseconds
        for option, value in options.items():
            setattr(made, option, value)
        if channel == "iopub":
            made.subscribe(b"")
        made.connect(f"tcp://{self.connection['ip']}:{self.connection[channel + '_port']}")
        return made

    def settle(self):
        """Wait until the kernel answers and what it publishes arrives."""
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            asked = self.send("shell", "kernel_info_request", {})
            self.wait(lambda: self.reply_to(asked) or self.process.poll() is not None, "the first reply")
            assert self.process.poll() is None, f"the kernel has ended: {self.said()}"
            if self.hears(lambda: self.is_idle(asked), 0.02):
                self.heard.clear()
                return
        raise AssertionError(f"nothing arrives on iopub; the kernel said: {self.said()}")

    # Sending.

    def send(self, channel, kind, content):
        """Returns the message's id."""
        message = self.session.msg(kind, content)
        self.sockets[channel].send_multipart(self.session.serialize(message))
        return message["header"]["msg_id"]

    def request(self, kind, content=None, channel="shell"):
        return self.finish(self.send(channel, kind, content or {}))

    def execute_later(self, code, **options):
        """Queue a cell; `finish` waits for it."""
        return self.send("shell", "execute_request", {
            "code": code, "silent": False, "store_history": True, "user_expressions": {}, "allow_stdin": False,
            "stop_on_error": True} | options)

    def execute(self, code, **options):
        return self.finish(self.execute_later(code, **options))

    def ok(self, code, patience=PATIENCE, **options):
        """Execute a cell that has to end well."""
        done = self.finish(self.execute_later(code, **options), patience)
        assert done.status == "ok", f"{code}\n{done.error}"
        return done

    def value(self, code, patience=PATIENCE):
        """The text of the last thing that a cell shows."""
        shown = self.ok(code, patience).shown
        assert shown, f"nothing is shown by\n{code}"
        return shown[-1]["text/plain"]

    def finish(self, asked, patience=PATIENCE):
        """Wait for a request's reply and idle."""
        started = time.monotonic()
        self.wait(lambda: self.reply_to(asked) and self.is_idle(asked), f"reply and idle of {asked}", patience)
        return Exchange(self.reply_to(asked), self.published(asked), time.monotonic() - started)

    # Hearing.

    def listen(self, milliseconds):
        for ready, _ in self.poller.poll(milliseconds):
            channel = next(name for name, known in self.sockets.items() if known is ready)
            while ready.getsockopt(zmq.EVENTS) & zmq.POLLIN:
                _, frames = self.session.feed_identities(ready.recv_multipart())
                self.heard.append(Heard(channel, self.session.deserialize(frames), time.monotonic()))

    def hears(self, condition, seconds):
        """Whether the condition came true in time."""
        deadline = time.monotonic() + seconds
        while not condition():
            if time.monotonic() > deadline:
                return False
            self.listen(50)
        return True

    def wait(self, condition, what, patience=PATIENCE):
        assert self.hears(condition, patience), (
            f"waited {patience} s for {what}; heard {[heard.label for heard in self.heard[-20:]]}; "
            f"process ended: {self.process.poll()}; it said: {self.said()}")

    def reply_to(self, asked):
        return next((heard for heard in self.heard
                     if heard.parent == asked and heard.channel in ("shell", "control")), None)

    def published(self, asked):
        return [heard for heard in self.heard if heard.parent == asked and heard.channel == "iopub"]

    def is_idle(self, asked):
        return any(heard.label == "status idle" for heard in self.published(asked))

    def said(self):
        """What the process wrote to its own stdout and stderr."""
        self.log.flush()
        with open(self.log.name, "rb") as log:
            return log.read()[-2000:].decode(errors="replace")

    # Ending.

    def kill(self):
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()
