//! Who waits for what, and who has it, when a trace ends. Nothing here knows of
//! pixels.

use lab::trace::{Activity, Nanos, Trace};

use crate::figure::names;
use crate::figure::table::one_line;
use crate::figure::words;

/// A worker that waits.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Wait {
    pub worker: u32,
    /// Index into [`Graph::locks`].
    pub lock: usize,
    pub since: Nanos,
}

/// A lock, or whatever else is waited for or held.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Lock<'a> {
    pub label: &'a str,
    pub holders: Vec<u32>,
}

/// Waits and holds that had no end.
pub(super) struct Graph<'a> {
    pub names: Vec<String>,
    pub waits: Vec<Wait>,
    pub locks: Vec<Lock<'a>>,
    /// Indices into `waits`: each waits for a lock that the next one holds, the
    /// last one for a lock of the first.
    pub cycle: Vec<usize>,
    /// By wait: whether it can never end.
    pub stuck: Vec<bool>,
}

impl<'a> Graph<'a> {
    pub fn of(trace: &'a Trace) -> Graph<'a> {
        let mut locks: Vec<Lock<'a>> = Vec::new();
        let mut known = std::collections::HashMap::new();
        let mut waits: Vec<Wait> = Vec::new();
        let mut waiting = std::collections::HashMap::new();
        for span in trace.spans.iter().filter(|span| span.end.is_none()) {
            let blocked = match span.activity {
                Activity::Blocked => true,
                Activity::Holding => false,
                Activity::Working | Activity::Waiting => continue,
            };
            let lock = *known.entry(span.label.as_str()).or_insert_with(|| {
                locks.push(Lock {
                    label: &span.label,
                    holders: Vec::new(),
                });
                locks.len() - 1
            });
            if !blocked {
                if !locks[lock].holders.contains(&span.worker) {
                    locks[lock].holders.push(span.worker);
                }
                continue;
            }
            let wait = Wait {
                worker: span.worker,
                lock,
                since: span.start,
            };
            // A worker waits for one thing at a time: the last.
            let at = *waiting.entry(span.worker).or_insert(waits.len());
            if at < waits.len() {
                waits[at] = wait;
            } else {
                waits.push(wait);
            }
        }
        let mut graph = Graph {
            names: names::unique(trace),
            stuck: Vec::new(),
            cycle: Vec::new(),
            waits,
            locks,
        };
        graph.stuck = graph.find_stuck();
        graph.cycle = graph.find_cycle();
        graph
    }

    pub fn name(&self, worker: u32) -> String {
        one_line(&names::of(&self.names, worker))
    }

    pub fn lock_name(&self, lock: usize) -> String {
        match one_line(self.locks[lock].label) {
            label if label.trim().is_empty() => "a lock".to_owned(),
            label => label,
        }
    }

    pub fn wait_of(&self, worker: u32) -> Option<usize> {
        self.waits.iter().position(|wait| wait.worker == worker)
    }

    /// Locks that a worker has, as indices.
    pub fn held_by(&self, worker: u32) -> Vec<usize> {
        let held = |lock: &usize| self.locks[*lock].holders.contains(&worker);
        (0..self.locks.len()).filter(held).collect()
    }

    /// A wait can never end when somebody has what it waits for, and the waits
    /// of all who have it can never end either.
    fn find_stuck(&self) -> Vec<bool> {
        let by_worker: std::collections::HashMap<u32, usize> = self
            .waits
            .iter()
            .enumerate()
            .map(|(at, wait)| (wait.worker, at))
            .collect();
        let mut stuck = vec![true; self.waits.len()];
        loop {
            let freed: Vec<usize> = (0..stuck.len())
                .filter(|&at| {
                    let holders = &self.locks[self.waits[at].lock].holders;
                    let free = |worker: &u32| by_worker.get(worker).is_none_or(|&w| !stuck[w]);
                    stuck[at] && (holders.is_empty() || holders.iter().any(free))
                })
                .collect();
            if freed.is_empty() {
                return stuck;
            }
            for at in freed {
                stuck[at] = false;
            }
        }
    }

    /// Follows a stuck worker from lock to holder until one comes again.
    fn find_cycle(&self) -> Vec<usize> {
        let Some(first) = self.stuck.iter().position(|stuck| *stuck) else {
            return Vec::new();
        };
        let mut path = vec![first];
        loop {
            let last = path[path.len() - 1];
            let holder = self.locks[self.waits[last].lock].holders.first();
            let Some(next) = holder.and_then(|worker| self.wait_of(*worker)) else {
                return Vec::new();
            };
            if let Some(begin) = path.iter().position(|at| *at == next) {
                let mut cycle = path.split_off(begin);
                // From the first worker on, whoever the search met first.
                let least = (0..cycle.len()).min_by_key(|&i| self.waits[cycle[i]].worker);
                cycle.rotate_left(least.unwrap_or(0));
                return cycle;
            }
            path.push(next);
        }
    }

    /// What the figure shows, in a sentence.
    pub fn sentence(&self) -> String {
        if !self.cycle.is_empty() {
            return format!("{}.", self.cycle_in_words());
        }
        if self.waits.is_empty() {
            return "Nobody waits for anybody.".to_owned();
        }
        let told: Vec<String> = (0..self.waits.len().min(3))
            .map(|at| self.wait(at))
            .collect();
        let more = match self.waits.len() - told.len() {
            0 => String::new(),
            more => format!(", and {} more", words::count(more, "wait")),
        };
        format!("No cycle: {}{more}.", told.join("; "))
    }

    /// `Ada waits for fork 2, held by Ben, who waits for fork 1, held by Ada`.
    fn cycle_in_words(&self) -> String {
        let mut said = String::new();
        let shown = self.cycle.len().min(8);
        for (i, &at) in self.cycle[..shown].iter().enumerate() {
            let wait = &self.waits[at];
            let next = self.waits[self.cycle[(i + 1) % self.cycle.len()]].worker;
            let who = if i == 0 {
                self.name(wait.worker)
            } else {
                ", who".to_owned()
            };
            let holder = if self.cycle.len() == 1 {
                "itself".to_owned()
            } else {
                self.name(next)
            };
            said += &format!(
                "{who} waits for {}, held by {holder}",
                self.lock_name(wait.lock)
            );
        }
        match self.cycle.len() - shown {
            0 => said,
            more => format!("{said}, and so on around {more} more"),
        }
    }

    /// `Cleo waits for fork 1, held by Ada`.
    fn wait(&self, at: usize) -> String {
        let wait = &self.waits[at];
        format!(
            "{} waits for {}, {}",
            self.name(wait.worker),
            self.lock_name(wait.lock),
            self.held(wait.lock)
        )
    }

    /// `held by Ada`, or `which nobody holds`.
    fn held(&self, lock: usize) -> String {
        let holders = &self.locks[lock].holders;
        let mut names: Vec<String> = holders.iter().take(3).map(|w| self.name(*w)).collect();
        match holders.len() {
            0 => return "which nobody holds".to_owned(),
            many if many > 3 => names.push(format!("{} more", many - 3)),
            _ => {}
        }
        format!("held by {}", words::list(&names))
    }

    /// What is told at the end of a worker's lane.
    pub fn verdict(&self, wait: usize) -> &'static str {
        if self.stuck[wait] {
            "blocked for ever"
        } else {
            "blocked to the end"
        }
    }
}
