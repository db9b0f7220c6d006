//! The rows of the inventory that have a figure to be held against.

use super::{Claim, Documented};
use Documented::{Comes, Cores, Full, Less, Overlap, Saved, Seconds, Speedup};
use lab::trace::Model::{Processes, Sequential, Threads};

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
        lock: false,
        pace: false,
    }
}

const fn pace(claim: Claim) -> Claim {
    Claim {
        pace: true,
        ..claim
    }
}

const fn lock(claim: Claim) -> Claim {
    Claim {
        lock: true,
        ..claim
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
    pace(row(
        "MC4.3-T2a",
        "crunch",
        "Table 2: one thread, on the guide's machine",
        Seconds(Sequential, 12.5),
    )),
    pace(lock(row(
        "MC4.3-T2b",
        "crunch",
        "Table 2: two threads, on the guide's machine",
        Seconds(Threads, 12.8),
    ))),
    pace(row(
        "MC4.3-T2c",
        "crunch",
        "Table 2: two processes, on the guide's machine",
        Seconds(Processes, 6.2),
    )),
    lock(row(
        "MC4.3-T2b",
        "crunch",
        "Table 2: two threads",
        Speedup(Threads, 0.98),
    )),
    row(
        "MC4.3-T2c",
        "crunch",
        "Table 2: two processes",
        Speedup(Processes, 2.0),
    ),
    lock(row(
        "MC4.3-cpu",
        "crunch",
        "Table 2: processor use of threads",
        Cores(Threads, 1.0),
    )),
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
        Less {
            about: None,
            workers: 10,
        },
    ),
    row(
        "MC7.2",
        "counter",
        "ten threads, with a lock",
        Full {
            protect: "lock",
            workers: 10,
        },
    ),
    row(
        "CM.race",
        "counter",
        "two threads, unprotected",
        Less {
            about: Some(150_000),
            workers: 2,
        },
    ),
    row(
        "CM.lock",
        "counter",
        "two threads, with a lock",
        Full {
            protect: "lock",
            workers: 2,
        },
    ),
    row(
        "AT4a",
        "counter",
        "two threads, with a lock",
        Full {
            protect: "lock",
            workers: 2,
        },
    ),
    row(
        "AT4b",
        "counter",
        "two threads, unprotected",
        Less {
            about: None,
            workers: 2,
        },
    ),
    row(
        "CM.dead",
        "deadlock",
        "locks in opposite order",
        Comes {
            with: Some(("order", "opposite")),
            to: "deadlock",
        },
    ),
    row(
        "CM.dead2",
        "deadlock",
        "locks in the same order",
        Comes {
            with: Some(("order", "same")),
            to: "both held both",
        },
    ),
    row(
        "OV.sync-rlock",
        "reentry",
        "a plain lock, taken twice",
        Comes {
            with: Some(("kind", "lock")),
            to: "deadlock",
        },
    ),
    row(
        "OV.sync-rlock",
        "reentry",
        "a re-entrant lock, taken twice",
        Comes {
            with: Some(("kind", "rlock")),
            to: "2",
        },
    ),
    row(
        "OV.sync-sem",
        "semaphore",
        "most inside at once",
        Comes {
            with: None,
            to: "5",
        },
    ),
    row(
        "OV.sync-event",
        "signal",
        "waiters that one call lets go on",
        Comes {
            with: None,
            to: "3",
        },
    ),
    row(
        "OV.sync-cond",
        "condition",
        "waiters that notify_all lets go on",
        Comes {
            with: Some(("notify", "all")),
            to: "3",
        },
    ),
    row(
        "MC13.1",
        "producer-consumer",
        "items that come through",
        Comes {
            with: None,
            to: "[1, 2, 3, 4, 5]",
        },
    ),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_is_about_a_scenario_that_answers_to_it() {
        for claim in ROWS {
            let scenario = crate::scenario::find(claim.scenario).expect(claim.scenario);
            assert!(
                scenario.claims.contains(&claim.id),
                "{} in {}",
                claim.id,
                claim.scenario
            );
        }
    }
}
