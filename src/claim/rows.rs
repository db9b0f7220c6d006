//! The rows of the inventory that have a figure to be held against.
//!
//! A row is held against a run of its scenario whose parameters are the
//! defaults, or those that `.at(...)` sets over them: as a learner would type
//! them, `workers` among them, at any scale.

use super::{Claim, Documented};
use Documented::{Comes, ComesUnder, Cores, Less, Overlap, Saved, Seconds, Speedup};
use lab::trace::Model::{Pool, Processes, Sequential, Threads};

const fn row(
    id: &'static str,
    scenario: &'static str,
    says: &'static str,
    documented: Documented,
) -> Claim {
    Claim {
        id,
        scenario,
        says,
        documented,
        at: &[],
        lock: false,
        pace: false,
    }
}

impl Claim {
    /// The same at other parameters than the scenario's defaults.
    const fn at(self, at: &'static [(&'static str, &'static str)]) -> Claim {
        Claim { at, ..self }
    }

    /// The same, resting on CPython's pace.
    const fn pace(self) -> Claim {
        Claim { pace: true, ..self }
    }

    /// The same, resting on CPython's interpreter lock.
    const fn lock(self) -> Claim {
        Claim { lock: true, ..self }
    }
}

pub(super) const ROWS: &[Claim] = &[
    row(
        "MC2.1",
        "orders",
        "orders and brewing overlap in threads",
        Overlap(Threads),
    ),
    row(
        "MC2.2-T1",
        "orders",
        "Table 1: one after the other",
        Seconds(Sequential, 15.0),
    ),
    row(
        "MC2.2-T1",
        "orders",
        "Table 1: in threads",
        Seconds(Threads, 9.0),
    ),
    row(
        "MC2.2-T1",
        "orders",
        "Table 1: time saved",
        Saved(Threads, 0.4),
    ),
    row(
        "MC3.1",
        "chai-makers",
        "three processes brew at once",
        Overlap(Processes),
    ),
    row(
        "MC3.1",
        "chai-makers",
        "all served after one cup's time",
        Seconds(Processes, 3.0),
    ),
    row(
        "MC5.1",
        "breakfast",
        "one after the other: 2 s + 3 s",
        Seconds(Sequential, 5.0),
    ),
    row(
        "MC5.1",
        "breakfast",
        "in threads: the longer of the two",
        Seconds(Threads, 3.0),
    ),
    row(
        "MC5.1b",
        "breakfast",
        "waits overlap in threads",
        Overlap(Threads),
    ),
    row(
        "MC5.2",
        "two-chais",
        "in threads: the longer of the two",
        Seconds(Threads, 4.0),
    ),
    row(
        "MC4.3-T2a",
        "crunch",
        "Table 2: one thread, on the guide's machine",
        Seconds(Sequential, 12.5),
    )
    .pace(),
    row(
        "MC4.3-T2b",
        "crunch",
        "Table 2: two threads, on the guide's machine",
        Seconds(Threads, 12.8),
    )
    .lock()
    .pace(),
    row(
        "MC4.3-T2c",
        "crunch",
        "Table 2: two processes, on the guide's machine",
        Seconds(Processes, 6.2),
    )
    .pace(),
    row(
        "MC4.3-T2b",
        "crunch",
        "Table 2: two threads",
        Speedup(Threads, 0.98),
    )
    .lock(),
    row(
        "MC4.3-T2c",
        "crunch",
        "Table 2: two processes",
        Speedup(Processes, 2.0),
    ),
    row(
        "MC4.3-cpu",
        "crunch",
        "Table 2: processor use of threads",
        Cores(Threads, 1.0),
    )
    .lock(),
    row(
        "MC4.3-cpu",
        "crunch",
        "Table 2: processor use of processes",
        Cores(Processes, 2.0),
    ),
    row(
        "MC7.1",
        "counter",
        "ten threads, unprotected",
        Less(Threads, None),
    )
    .at(&[("workers", "10")]),
    row(
        "MC7.2",
        "counter",
        "ten threads, with a lock",
        Comes("1000000"),
    )
    .at(&[("protect", "lock"), ("workers", "10")]),
    row(
        "CM.race",
        "counter",
        "two threads, unprotected",
        Less(Threads, Some(150_000)),
    )
    .at(&[("workers", "2")]),
    row(
        "CM.lock",
        "counter",
        "two threads, with a lock",
        Comes("200000"),
    )
    .at(&[("protect", "lock"), ("workers", "2")]),
    row(
        "AT4a",
        "counter",
        "two threads, with a lock",
        Comes("200000"),
    )
    .at(&[("protect", "lock"), ("workers", "2")]),
    row(
        "AT4b",
        "counter",
        "two threads, unprotected",
        Less(Threads, None),
    )
    .at(&[("workers", "2")]),
    row(
        "CM.dead",
        "deadlock",
        "locks in opposite order",
        Comes("deadlock"),
    )
    .at(&[("order", "opposite")]),
    row(
        "CM.dead2",
        "deadlock",
        "locks in the same order",
        Comes("both held both"),
    )
    .at(&[("order", "same")]),
    row(
        "OV.sync-rlock",
        "reentry",
        "a plain lock, taken twice",
        Comes("deadlock"),
    )
    .at(&[("kind", "lock")]),
    row(
        "OV.sync-rlock",
        "reentry",
        "a re-entrant lock, taken twice",
        Comes("2"),
    )
    .at(&[("kind", "rlock")]),
    row(
        "OV.sync-sem",
        "semaphore",
        "most inside at once",
        Comes("5"),
    ),
    row(
        "OV.sync-event",
        "signal",
        "waiters that one call lets go on",
        Comes("3"),
    ),
    row(
        "OV.sync-cond",
        "condition",
        "waiters that notify_all lets go on",
        Comes("3"),
    )
    .at(&[("notify", "all")]),
    row(
        "MC13.1",
        "producer-consumer",
        "items that come through",
        Comes("[1, 2, 3, 4, 5]"),
    ),
    // Scenarios that need the lab alone.
    row(
        "AT3",
        "letters",
        "numbers and letters overlap",
        Overlap(Threads),
    ),
    row(
        "AT3",
        "letters",
        "five pauses of half a second, both at once",
        Seconds(Threads, 2.5),
    ),
    row(
        "CM.basic",
        "long-short",
        "in threads: the longer of the two",
        Seconds(Threads, 3.0),
    ),
    row(
        "CM.mp",
        "long-short",
        "in processes: the longer of the two",
        Seconds(Processes, 3.0),
    ),
    row(
        "CF.basic",
        "long-short",
        "in threads: the longer of the two",
        Seconds(Threads, 2.0),
    )
    .at(&[("first", "2s"), ("second", "1s")]),
    row(
        "CM.intro",
        "overlap",
        "a task of ten seconds keeps a program waiting",
        Seconds(Sequential, 10.0),
    )
    .at(&[("workers", "1")]),
    row(
        "CM.chart1",
        "overlap",
        "three tasks, one after the other",
        Seconds(Sequential, 30.0),
    ),
    row(
        "CM.chart1",
        "overlap",
        "three tasks at once, in about",
        Seconds(Threads, 12.0),
    ),
    row(
        "CM.chart1",
        "overlap",
        "three tasks, begun as their bars are drawn, in about",
        Seconds(Threads, 12.0),
    )
    .at(&[("stagger", "3333ms")]),
    row(
        "CF.g6",
        "append",
        "entries of ten workers, none lost",
        Comes("1000000"),
    ),
    row(
        "MC14.2",
        "timing",
        "a call of one second",
        Seconds(Threads, 1.0),
    ),
    row(
        "CM.cpu",
        "squares-sum",
        "four sums, one after the other, in about",
        Seconds(Sequential, 4.0),
    )
    .at(&[("items", "4"), ("n", "50_000_000")])
    .pace(),
    row(
        "CM.cpu",
        "squares-sum",
        "four sums in four processes, on four cores",
        Speedup(Processes, 4.0),
    )
    .at(&[("items", "4"), ("n", "50_000_000")]),
    row(
        "AT6",
        "squares",
        "squares by a pool of three",
        Comes("[1, 4, 9, 16, 25]"),
    )
    .at(&[("workers", "3")]),
    row(
        "CM.pool",
        "squares",
        "squares of ten numbers by a pool of four",
        Comes("[0, 1, 4, 9, 16, 25, 36, 49, 64, 81]"),
    )
    .at(&[("numbers", "10"), ("from", "0")]),
    row(
        "OV.tp",
        "squares",
        "doubles by a pool of four threads",
        Comes("[2, 4, 6, 8]"),
    )
    .at(&[("numbers", "4"), ("function", "double")]),
    row(
        "OV.pp",
        "squares",
        "squares by a pool of processes",
        Comes("[1, 4, 9, 16]"),
    )
    .at(&[("numbers", "4")]),
    row(
        "MC13.2",
        "worker-pool",
        "ten tasks of two seconds by three: four rounds",
        Seconds(Threads, 8.0),
    ),
    row(
        "MC12.1a",
        "worker-pool",
        "results in the order in which tasks were submitted",
        Comes("[1, 2, 3, 4, 5, 6, 7, 8, 9, 10]"),
    )
    .at(&[("workers", "4"), ("results", "submit")]),
    row(
        "MC12.2b",
        "worker-pool",
        "results in the order of what they were mapped from",
        Comes("[1, 2, 3, 4, 5, 6, 7, 8, 9, 10]"),
    )
    .at(&[("workers", "4"), ("results", "map")]),
    row(
        "CF.pat",
        "worker-pool",
        "three results in the order of what they were mapped from",
        Comes("[1, 2, 3]"),
    )
    .at(&[("workers", "5"), ("tasks", "3"), ("results", "map")]),
    row(
        "CF.g5",
        "worker-pool",
        "results that are there when the pool has ended",
        Comes("[1, 2, 3, 4, 5, 6, 7, 8, 9, 10]"),
    )
    .at(&[("results", "submit")]),
    row(
        "CM.basic",
        "long-short",
        "in threads: who ends first",
        ComesUnder(Threads, "[first, second]"),
    ),
    row(
        "CM.mp",
        "long-short",
        "in processes: who ends first",
        ComesUnder(Processes, "[first, second]"),
    ),
    row(
        "CF.basic",
        "long-short",
        "in threads: the second ends first",
        ComesUnder(Threads, "[second, first]"),
    )
    .at(&[("first", "2s"), ("second", "1s")]),
    row(
        "MC10-T6a",
        "isolation",
        "cups that a parent sees when a thread has put one there",
        ComesUnder(Threads, "1"),
    ),
    row(
        "MC10-T6a",
        "isolation",
        "and when a process has",
        ComesUnder(Processes, "0"),
    ),
    // On real sockets, files, databases and pictures.
    row(
        "MC6",
        "downloads",
        "three requests wait at the same time",
        Overlap(Threads),
    ),
    row(
        "MC6-T3a",
        "downloads",
        "Table 3: one after the other",
        Seconds(Sequential, 6.2),
    ),
    row(
        "MC6-T3a",
        "downloads",
        "Table 3: in threads",
        Seconds(Threads, 2.1),
    ),
    row(
        "MC6-T3a",
        "downloads",
        "Table 3: time saved",
        Saved(Threads, 0.66),
    ),
    row(
        "MC6-T3b",
        "downloads",
        "Table 3: with much latency, near",
        Speedup(Threads, 3.0),
    ),
    row(
        "CM.io",
        "downloads",
        "three requests one after the other, in about",
        Seconds(Sequential, 6.0),
    ),
    row(
        "CM.io",
        "downloads",
        "three requests in threads, in about",
        Seconds(Threads, 2.0),
    ),
    row(
        "AT5",
        "downloads",
        "a pool of three threads asks for all at once",
        Overlap(Threads),
    ),
    row(
        "MC10-T7b",
        "downloads",
        "Table 7: ten requests, five threads",
        Speedup(Threads, 4.81),
    )
    .at(&[("requests", "10"), ("workers", "5")]),
    row(
        "MC10-T7b",
        "downloads",
        "Table 7: ten requests, five processes",
        Speedup(Processes, 4.4),
    )
    .at(&[("requests", "10"), ("workers", "5")]),
    row(
        "MC10-T7a",
        "files",
        "Table 7: five files in threads, the disk slow",
        Speedup(Threads, 3.64),
    )
    .at(&[("latency", "2s")]),
    row(
        "MC10-T7a",
        "files",
        "Table 7: five files in processes, the disk slow",
        Speedup(Processes, 3.29),
    )
    .at(&[("latency", "2s")]),
    row(
        "MC10-T7d",
        "images",
        "Table 7: image processing in threads",
        Speedup(Threads, 0.98),
    )
    .lock(),
    row(
        "MC10-T7d",
        "images",
        "Table 7: image processing in processes",
        Speedup(Processes, 2.05),
    ),
    row(
        "OV.gil2",
        "images",
        "the lock keeps threads from gaining on images",
        Speedup(Threads, 1.0),
    )
    .lock(),
    row(
        "MC10-T7e",
        "queries",
        "Table 7: queries in threads",
        Speedup(Threads, 3.71),
    ),
    row(
        "MC10-T7e",
        "queries",
        "Table 7: queries in processes",
        Speedup(Processes, 3.39),
    ),
    row(
        "AT11",
        "hybrid",
        "three texts in capitals",
        Comes("[CHAI 1, CHAI 2, CHAI 3]"),
    ),
    row(
        "AT11",
        "hybrid",
        "threads fetch, processes process: one wait after the other",
        Seconds(Pool, 1.5),
    ),
    row(
        "MC9.1",
        "queue",
        "one text, put by a child",
        Comes("[chai for the parent]"),
    ),
    row(
        "AT7",
        "queue",
        "four squares, taken after the join",
        Comes("[1, 4, 9, 16]"),
    )
    .at(&[("items", "4"), ("drain", "after")]),
    row(
        "AT7",
        "queue",
        "a large item, taken after the join",
        ComesUnder(Processes, "deadlock"),
    )
    .at(&[("size", "1MB"), ("drain", "after")]),
    row(
        "MC9.2",
        "shared-value",
        "four processes, with the value's lock",
        Comes("400000"),
    ),
    row(
        "MC9.2",
        "shared-value",
        "four processes, without it",
        Less(Processes, None),
    )
    .at(&[("protect", "none")]),
    row(
        "MC10-T6f",
        "crash",
        "Table 6: a fault in one thread takes all down",
        ComesUnder(Threads, "the process of both is killed by signal 11"),
    )
    .at(&[("how", "segfault")]),
    row(
        "MC10-T6f",
        "crash",
        "Table 6: a fault in a process stays with it",
        ComesUnder(Processes, "victim is killed by signal 11, bystander lives"),
    )
    .at(&[("how", "segfault")]),
    row(
        "CF.daemon",
        "daemon",
        "the work of a daemon that the program does not wait for",
        Comes("undone"),
    )
    .at(&[("daemon", "yes")]),
    row(
        "CF.daemon",
        "daemon",
        "the work of anybody else",
        Comes("done"),
    )
    .at(&[("daemon", "no")]),
    row(
        "CF.daemon",
        "daemon",
        "anybody else is waited for, in threads",
        Seconds(Threads, 5.0),
    )
    .at(&[("daemon", "no")]),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_is_about_a_scenario_that_answers_to_it() {
        for claim in ROWS {
            let scenario = crate::scenario::find(claim.scenario).expect(claim.scenario);
            if let Err(wrong) = claim.parameters() {
                panic!("{} in {}: {wrong}", claim.id, claim.scenario);
            }
            assert!(
                scenario.claims.contains(&claim.id),
                "{} in {}",
                claim.id,
                claim.scenario
            );
        }
    }
}
