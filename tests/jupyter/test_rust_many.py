"""Many Rust cells: in order, and without growth."""

import sys
import time

import pytest

from processes import in_role, memory_of_all

ROUND = [
    ("let number = {n}u64;", "ok"),
    ('println!("line {n}");', "ok"),
    ("fn made() -> u64 {{ {n} }}", "ok"),
    ("made() + number", "ok"),
    ("#[derive(Debug, Clone)] struct Cup {{ size: u64 }}\nlet cup = Cup {{ size: {n} }};\ncup.clone()", "ok"),
    ("let list = vec![{n}u64; 1000];\nlist.iter().sum::<u64>()", "ok"),
    ("std::thread::spawn(|| {n}).join().unwrap()", "ok"),
    ('let wrong: u8 = "{n}";', "error"),
    ('panic!("{n}");', "error"),
    ("std::process::abort(); // {n}", "error"),
]


@pytest.mark.skipif(sys.platform != "linux", reason="processes are looked up in /proc")
def test_200_cells_do_not_let_the_kernel_grow(kernel):
    def rounds(numbers):
        for n in numbers:
            for code, status in ROUND:
                cell = code.format(n=n)
                assert kernel.execute(cell).status == status, cell
            kernel.heard.clear()

    def state():
        time.sleep(2)
        return memory_of_all(kernel.mark)[1], len(in_role(kernel.mark, "rust-child"))

    rounds(range(3))
    before, processes = state()
    rounds(range(3, 23))
    after, processes_after = state()
    print(f"{before / 1e6:.1f} MB before, {after / 1e6:.1f} MB after 200 cells")
    assert after <= before * 1.1
    assert processes_after == processes


def test_50_queued_cells_run_in_order(kernel):
    kernel.ok("let mut order: Vec<u32> = vec![];")
    cells = [kernel.execute_later(f'order.push({n});\nprintln!("{n}");') for n in range(50)]
    done = [kernel.finish(cell) for cell in cells]
    assert [cell.stdout for cell in done] == [f"{n}\n" for n in range(50)]
    assert [cell.reply.content["execution_count"] for cell in done] == list(range(2, 52))
    replies = [heard.parent for heard in kernel.heard if heard.type == "execute_reply" and heard.parent in cells]
    assert replies == cells
    assert kernel.value("order == (0..50).collect::<Vec<_>>()") == "true"


def test_cells_behind_one_that_fails_do_not_run(kernel):
    kernel.ok("let mut order: Vec<u32> = vec![];")
    failing = kernel.execute_later('panic!("spilt");')
    queued = [kernel.execute_later("order.push(1);") for _ in range(3)]
    assert kernel.finish(failing).status == "error"
    assert [kernel.finish(cell).status for cell in queued] == ["aborted"] * 3
    assert kernel.value("order") == "[]"


def test_magics_and_rust_cells_queue_in_order(kernel):
    cells = [kernel.execute_later('println!("rust");'),
             kernel.execute_later("%threads breakfast --scale 0.01 --no-chart"),
             kernel.execute_later('println!("rust");')]
    done = [kernel.finish(cell) for cell in cells]
    assert [cell.status for cell in done] == ["ok"] * 3
    assert done[0].published[-1].at < done[1].published[0].at < done[1].published[-1].at < done[2].published[0].at
