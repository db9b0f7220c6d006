"""The messaging protocol as it comes over the sockets: order, counts, and what each request is answered with.

https://jupyter-client.readthedocs.io/en/stable/messaging.html
"""

import re

import pytest

from wire import Kernel

QUICK = "%threads breakfast --scale 0.01 --no-chart"


# Order.


def test_a_cell_publishes_busy_input_outputs_and_idle_in_that_order(kernel):
    cell = kernel.execute(QUICK)
    assert cell.status == "ok"
    assert cell.labels[:2] == ["status busy", "execute_input"]
    assert cell.labels[-1] == "status idle"
    outputs = cell.labels[2:-1]
    assert outputs and set(outputs) <= {"stream stdout", "display_data", "update_display_data", "execute_result"}


def test_a_failing_cell_publishes_its_error_before_idle(kernel):
    cell = kernel.execute("%nosuchmagic")
    assert cell.status == "error"
    assert cell.labels == ["status busy", "execute_input", "error", "status idle"]
    published = cell.published[2].content
    for field in ("ename", "evalue", "traceback"):
        assert cell.reply.content[field] == published[field]


def test_what_workers_print_arrives_while_they_work(kernel):
    cell = kernel.execute("%threads breakfast --scale 1 --no-chart")
    first = next(heard for heard in cell.published if heard.label == "stream stdout")
    idle = cell.published[-1]
    assert idle.at - first.at > 1, "the milk's two seconds and the bun's three lie between the first print and the end"


def charts(cell):
    """What was shown of a run's chart, first to last: the displays that can be updated."""
    return [heard for heard in cell.published if heard.content.get("transient", {}).get("display_id")]


def test_a_long_run_shows_its_chart_growing_in_one_place(kernel):
    shown = charts(kernel.execute("%threads breakfast --scale 0.5"))
    assert [heard.type for heard in shown[:2]] == ["display_data", "update_display_data"]
    assert {heard.type for heard in shown[1:]} == {"update_display_data"}
    assert len({heard.content["transient"]["display_id"] for heard in shown}) == 1


@pytest.mark.parametrize("scale", ["0.01", "0.3"])
def test_the_finished_chart_has_every_form_that_an_exporter_takes(shared_kernel, scale):
    cell = shared_kernel.execute(f"%threads breakfast --scale {scale}")
    pictures = [heard.content["data"] for heard in cell.published if "image/svg+xml" in heard.content.get("data", {})]
    assert {"image/svg+xml", "image/png", "application/pdf", "text/plain"} <= set(pictures[-1])
    assert "text/latex" not in pictures[-1], "it would win over the figure in LaTeX"
    assert "text/html" not in pictures[-1], "it would win over the figure in JupyterLab"


# Counting.


def test_the_first_cell_is_1_and_the_count_stands_in_input_and_reply(kernel):
    cell = kernel.execute(QUICK)
    sent = next(heard for heard in cell.published if heard.type == "execute_input")
    assert (sent.content["execution_count"], cell.reply.content["execution_count"]) == (1, 1)
    assert sent.content["code"] == QUICK
    assert kernel.execute(QUICK).reply.content["execution_count"] == 2


def test_a_failing_cell_counts(kernel):
    assert kernel.execute("%nosuchmagic").reply.content["execution_count"] == 1
    assert kernel.execute(QUICK).reply.content["execution_count"] == 2


def test_a_silent_cell_does_not_count_and_publishes_no_input(kernel):
    assert kernel.execute(QUICK).reply.content["execution_count"] == 1
    silent = kernel.execute(QUICK, silent=True, store_history=False)
    assert silent.status == "ok"
    assert "execute_input" not in silent.labels
    assert kernel.execute(QUICK).reply.content["execution_count"] == 2


def test_a_cell_that_is_not_kept_in_history_does_not_count(kernel):
    assert kernel.execute(QUICK).reply.content["execution_count"] == 1
    kernel.execute("%defaults", store_history=False)
    assert kernel.execute(QUICK).reply.content["execution_count"] == 2
    history = kernel.request("history_request", {"hist_access_type": "tail", "n": 10, "output": False, "raw": True})
    assert [entry[2] for entry in history.reply.content["history"]] == [QUICK, QUICK]


# Queued cells.


def test_cells_queued_behind_an_error_are_aborted(kernel):
    first = kernel.execute_later("%threads breakfast --scale 0.3 --no-chart")  # while it runs, the others queue
    failing = kernel.execute_later("%nosuchmagic")
    queued = [kernel.execute_later(QUICK) for _ in range(3)]
    assert kernel.finish(first).status == "ok"
    assert kernel.finish(failing).status == "error"
    for asked in queued:
        aborted = kernel.finish(asked)
        assert aborted.status == "aborted"
        assert "stream stdout" not in aborted.labels
    assert kernel.execute(QUICK).status == "ok", "what comes after the abort is served"


def test_without_stop_on_error_queued_cells_run(kernel):
    first = kernel.execute_later("%threads breakfast --scale 0.3 --no-chart")
    failing = kernel.execute_later("%nosuchmagic", stop_on_error=False)
    queued = kernel.execute_later(QUICK)
    assert kernel.finish(first).status == "ok"
    assert kernel.finish(failing).status == "error"
    assert kernel.finish(queued).status == "ok"


# What is no message at all.


def frames_of(kernel, kind="kernel_info_request"):
    """A good message's frames, [delimiter, signature, header, parent, metadata, content], and its id."""
    message = kernel.session.msg(kind, {})
    return kernel.session.serialize(message), message["header"]["msg_id"]


def resigned(kernel, frames):
    return [frames[0], kernel.session.sign(frames[2:6]), *frames[2:]]


def with_wrong_signature(kernel):
    frames, asked = frames_of(kernel)
    return [frames[0], b"0" * 64, *frames[2:]], asked


def with_short_signature(kernel):
    frames, asked = frames_of(kernel)
    return [frames[0], b"not hex", *frames[2:]], asked


def without_signature(kernel):
    frames, asked = frames_of(kernel)
    return [frames[0], b"", *frames[2:]], asked


def without_delimiter(kernel):
    frames, asked = frames_of(kernel)
    return frames[1:], asked


def with_bad_json(kernel):
    frames, asked = frames_of(kernel)
    return resigned(kernel, [*frames[:5], b'{"code": ']), asked


def with_a_header_that_is_no_object(kernel):
    frames, asked = frames_of(kernel)
    return resigned(kernel, [*frames[:2], b"[1, 2]", *frames[3:]]), asked


def with_bytes_that_are_no_text(kernel):
    frames, asked = frames_of(kernel)
    return resigned(kernel, [*frames[:5], b"\xff\xfe\x00"]), asked


def with_missing_frames(kernel):
    frames, asked = frames_of(kernel)
    return frames[:4], asked


def with_missing_fields(kernel):
    frames, asked = frames_of(kernel, "execute_request")  # its content is {}
    return frames, asked


def of_unknown_type(kernel):
    return frames_of(kernel, "make_tea_request")


def of_garbage(_):
    return [b"\x00\x01\x02", b"", b"<IDS|MSG>"], None


def empty(_):
    return [b""], None


BAD = [with_wrong_signature, with_short_signature, without_signature, without_delimiter, with_bad_json,
       with_a_header_that_is_no_object, with_bytes_that_are_no_text, with_missing_frames, with_missing_fields,
       of_unknown_type, of_garbage, empty]


@pytest.mark.parametrize("channel", ["shell", "control"])
@pytest.mark.parametrize("bad", BAD, ids=lambda bad: bad.__name__)
def test_a_bad_message_is_ignored_and_the_next_is_served(shared_kernel, bad, channel):
    kernel = shared_kernel
    frames, asked = bad(kernel)
    kernel.sockets[channel].send_multipart(frames)
    assert kernel.request("kernel_info_request", channel=channel).status == "ok"
    reply = asked and kernel.reply_to(asked)
    if reply and bad is with_missing_fields:
        assert reply.content["status"] == "error", "an incomplete request may be answered, but not with ok"
    else:
        assert reply is None
    assert kernel.process.poll() is None


def test_after_all_bad_messages_cells_still_run(shared_kernel):
    for channel in ("shell", "control"):
        for bad in BAD:
            shared_kernel.sockets[channel].send_multipart(bad(shared_kernel)[0])
    assert shared_kernel.execute(QUICK).status == "ok"


# The other channels.


def test_the_heartbeat_echoes_what_came(kernel):
    heartbeat = kernel.connect("hb", rcvtimeo=30_000)
    for beat in (b"ping", b"", b"\x00\xff", b"x" * 100_000):
        heartbeat.send(beat)
        assert heartbeat.recv() == beat


def test_every_subscriber_is_welcomed(kernel):
    for _ in range(3):
        subscriber = kernel.connect("iopub", rcvtimeo=30_000)
        _, frames = kernel.session.feed_identities(subscriber.recv_multipart())
        welcome = kernel.session.deserialize(frames)
        assert welcome["msg_type"] == "iopub_welcome"
        assert welcome["content"]["subscription"] == ""


def test_control_is_answered_while_a_cell_runs(kernel):
    cell = kernel.execute_later("%threads breakfast --scale 1 --no-chart")
    kernel.wait(lambda: "stream stdout" in [heard.label for heard in kernel.published(cell)], "the first print")
    asked = kernel.request("kernel_info_request", channel="control")
    assert asked.status == "ok"
    assert asked.labels == ["status busy", "status idle"]
    assert kernel.reply_to(cell) is None, "the cell is not over yet"
    assert kernel.finish(cell).status == "ok"


def test_a_subscriber_that_does_not_read_stops_nobody(kernel):
    stalled = kernel.connect("iopub", rcvhwm=1, rcvbuf=4096)
    assert stalled.poll(30_000), "it has subscribed"
    for _ in range(3):
        assert kernel.execute("%threads flood --lines 100000 --no-chart").status == "ok"


def test_100_000_printed_lines_arrive_in_order_in_few_messages(kernel):
    cell = kernel.execute("%threads flood --lines 100000 --no-chart")
    assert cell.status == "ok"
    lines = [line for line in cell.stdout.splitlines() if len(line) >= 80]
    numbers = [int(re.search(r"\d+", line)[0]) for line in lines]
    assert len(numbers) == 100_000
    assert numbers == list(range(numbers[0], numbers[0] + 100_000))
    assert cell.labels.count("stream stdout") <= 200


# The other requests.


def test_connect_tells_the_ports(kernel):
    ports = kernel.request("connect_request").reply.content
    for channel in ("shell", "iopub", "stdin", "hb", "control"):
        assert ports[f"{channel}_port"] == kernel.connection[f"{channel}_port"]


def test_no_comm_is_open(kernel):
    assert kernel.request("comm_info_request", {"target_name": "jupyter.widget"}).reply.content["comms"] == {}


def test_kernel_info_names_language_version_and_features(kernel):
    info = kernel.request("kernel_info_request").reply.content
    assert (info["implementation"], info["language_info"]["name"]) == ("threadlab", "rust")
    assert info["language_info"]["pygments_lexer"] == "rust"
    assert tuple(map(int, info["protocol_version"].split("."))) >= (5, 3)


def test_history_gives_the_tail_a_range_and_what_matches(kernel):
    cells = [QUICK, "%defaults", QUICK]
    for cell in cells:
        kernel.execute(cell)

    def history(**how):
        asked = {"output": False, "raw": True} | how
        return [tuple(entry) for entry in kernel.request("history_request", asked).reply.content["history"]]

    tail = history(hist_access_type="tail", n=2)
    session = tail[0][0]
    assert tail == [(session, 2, "%defaults"), (session, 3, QUICK)]
    assert history(hist_access_type="range", session=0, start=1, stop=3) == [(session, 1, QUICK), tail[0]]
    assert history(hist_access_type="search", pattern="%def*", n=10) == [tail[0]]
    assert history(hist_access_type="search", pattern="*breakfast*", n=1) == [tail[1]]
    assert len(history(hist_access_type="search", pattern="*breakfast*", n=10, unique=True)) == 1


@pytest.mark.parametrize(("code", "status"), [
    ("%threads breakfast", "complete"), ("", "complete"), ("fn f() {", "incomplete"), ("%%threads\n", "incomplete"),
])
def test_is_complete(shared_kernel, code, status):
    assert shared_kernel.request("is_complete_request", {"code": code}).status == status


@pytest.mark.parametrize(("code", "wanted"), [
    ("%thr", "%threads"), ("%threads break", "breakfast"), ("%threads breakfast --sca", "--scale"),
    ("%threads breakfast --theme ", "dark"),
])
def test_completion_replaces_the_word_before_the_cursor(shared_kernel, code, wanted):
    rest = "\nlet x = 1;"
    found = shared_kernel.request("complete_request", {"code": code + rest, "cursor_pos": len(code)}).reply.content
    assert wanted in found["matches"]
    assert found["cursor_end"] == len(code)
    assert code[found["cursor_start"]:] == code[max(code.rfind(" ") + 1, 0):]


def test_positions_are_counted_in_characters(shared_kernel):
    code = "// 🍵 Masala é\n%threads break"
    found = shared_kernel.request("complete_request", {"code": code, "cursor_pos": len(code)}).reply.content
    assert "breakfast" in found["matches"]
    assert code[found["cursor_start"]:found["cursor_end"]] == "break"


def test_inspection_shows_help_with_defaults(shared_kernel):
    code = "%threads breakfast"
    found = shared_kernel.request(
        "inspect_request", {"code": code, "cursor_pos": len(code), "detail_level": 0}).reply.content
    assert found["found"] is True
    assert "breakfast" in found["data"]["text/plain"]


def test_shutdown_is_answered_and_the_process_ends_well(kernel):
    asked = kernel.send("control", "shutdown_request", {"restart": False})
    kernel.wait(lambda: kernel.reply_to(asked), "the reply")
    assert kernel.reply_to(asked).content == {"status": "ok", "restart": False}
    assert kernel.process.wait(timeout=30) == 0


def test_two_kernels_do_not_hear_each_other(kernel):
    with Kernel() as other:
        other.execute(QUICK)
        assert kernel.execute(QUICK).reply.content["execution_count"] == 1
        assert not {heard.parent for heard in kernel.heard} & {heard.parent for heard in other.heard}
