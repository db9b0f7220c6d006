//! A trace as lanes: which worker did what, when, without overlaps and without
//! gaps in what is known. Nothing here knows of pixels.

use lab::trace::{Activity, Edge, Ending, Lane, Mark, Nanos, Span, Trace};

use crate::figure::ramp::Ramp;

/// A stretch in which a worker did one thing, or held one lock.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Piece<'a> {
    pub activity: Activity,
    pub label: &'a str,
    pub start: Nanos,
    pub end: Nanos,
}

/// One worker.
#[derive(Debug)]
pub(super) struct Row<'a> {
    pub lane: &'a Lane,
    /// From the worker's first sign of life to its last; none if it gave none.
    pub life: Option<(Nanos, Nanos)>,
    /// What it did: of spans that lie in one another the inner one. In order,
    /// disjoint, never `Holding`.
    pub pieces: Vec<Piece<'a>>,
    /// Locks that it held.
    pub holding: Vec<Piece<'a>>,
    /// What it said.
    pub marks: Vec<&'a Mark>,
    /// Time by activity.
    totals: [Nanos; 4],
}

/// A trace by worker.
#[derive(Debug)]
pub(super) struct Lanes<'a> {
    pub rows: Vec<Row<'a>>,
    /// Who let whom go on, of workers that the trace has.
    pub edges: Vec<&'a Edge>,
    /// What was said by nobody in particular.
    pub marks: Vec<&'a Mark>,
    /// The last moment that anything in the trace knows of.
    pub horizon: Nanos,
    /// Spans and marks of workers that the trace does not have.
    pub stray: usize,
}

impl<'a> Lanes<'a> {
    pub fn of(trace: &'a Trace) -> Lanes<'a> {
        let mut rows: Vec<Row<'a>> = trace
            .workers
            .iter()
            .map(|lane| Row {
                lane,
                life: None,
                pieces: Vec::new(),
                holding: Vec::new(),
                marks: Vec::new(),
                totals: [0; 4],
            })
            .collect();
        let mut spans: Vec<Vec<Piece<'a>>> = rows.iter().map(|_| Vec::new()).collect();
        let mut marks = Vec::new();
        let mut stray = 0;
        let mut horizon = trace.elapsed;
        for span in &trace.spans {
            let piece = piece(span, trace.elapsed);
            horizon = horizon.max(piece.end);
            match spans.get_mut(span.worker as usize) {
                Some(_) if span.activity == Activity::Holding => {
                    rows[span.worker as usize].holding.push(piece);
                }
                Some(spans) => spans.push(piece),
                None => stray += 1,
            }
        }
        for mark in &trace.marks {
            horizon = horizon.max(mark.at);
            match mark.worker {
                None => marks.push(mark),
                Some(worker) => match rows.get_mut(worker as usize) {
                    Some(row) => row.marks.push(mark),
                    None => stray += 1,
                },
            }
        }
        in_order(&mut marks, |mark| mark.at);
        for (row, spans) in rows.iter_mut().zip(spans) {
            in_order(&mut row.marks, |mark| mark.at);
            in_order(&mut row.holding, |piece| piece.start);
            row.pieces = flattened(spans);
            row.life = life(row, trace.elapsed);
            for piece in row.pieces.iter().chain(&row.holding) {
                let total = &mut row.totals[piece.activity as usize];
                *total = total.saturating_add(piece.end - piece.start);
            }
            horizon = horizon.max(row.life.map_or(0, |(_, end)| end));
        }
        let known = |edge: &&Edge| {
            let worker = |number: u32| (number as usize) < rows.len();
            edge.from != edge.to && worker(edge.from) && worker(edge.to)
        };
        let edges = trace.edges.iter().filter(known).collect();
        Lanes {
            edges,
            rows,
            marks,
            horizon,
            stray,
        }
    }

    /// Spans that were not recorded, because there were too many.
    pub fn omitted(&self) -> u64 {
        let omitted = self.rows.iter().map(|row| row.lane.omitted);
        omitted.fold(0, u64::saturating_add)
    }

    /// Time that all workers together spent on `activity`.
    pub fn total(&self, activity: Activity) -> Nanos {
        self.rows
            .iter()
            .map(|row| row.total(activity))
            .fold(0, Nanos::saturating_add)
    }
}

impl Row<'_> {
    /// Time that the worker spent on `activity`.
    pub fn total(&self, activity: Activity) -> Nanos {
        self.totals[activity as usize]
    }

    /// How the worker's life ended, if otherwise than by returning; `finished`
    /// when the run is over.
    pub fn misfortune(&self, finished: bool) -> Option<String> {
        match &self.lane.ending {
            Ending::Returned => None,
            Ending::Running if !finished => None,
            Ending::Running if self.life.is_none() => Some("never started".to_owned()),
            Ending::Running if self.lane.end.is_some() => None,
            Ending::Running => Some("never ended".to_owned()),
            Ending::Panicked(_) => Some("panicked".to_owned()),
            Ending::Exited(status) => Some(format!("exit status {status}")),
            Ending::Killed(signal) => Some(format!("killed by signal {signal}")),
        }
    }
}

fn piece(span: &Span, elapsed: Nanos) -> Piece<'_> {
    Piece {
        activity: span.activity,
        label: &span.label,
        start: span.start,
        end: span.end.unwrap_or(elapsed).max(span.start),
    }
}

fn life(row: &Row<'_>, elapsed: Nanos) -> Option<(Nanos, Nanos)> {
    let all = || row.pieces.iter().chain(&row.holding);
    let first = all().map(|piece| piece.start).chain(row.lane.start).min();
    let first = first.or(row.lane.end)?;
    let last = all().map(|piece| piece.end).max().unwrap_or(first);
    let end = row.lane.end.unwrap_or(elapsed);
    Some((first, end.max(last)))
}

/// The trace promises this order; a saved one may have been edited.
fn in_order<T>(events: &mut [T], at: impl Fn(&T) -> Nanos) {
    if !events.is_sorted_by_key(&at) {
        events.sort_by_key(at);
    }
}

/// Cuts spans that lie in one another into pieces beside one another: of two at
/// the same moment the one that began later is seen.
fn flattened(mut spans: Vec<Piece<'_>>) -> Vec<Piece<'_>> {
    in_order(&mut spans, |span| span.start);
    spans.retain(|span| span.end > span.start);
    if spans.windows(2).all(|pair| pair[0].end <= pair[1].start) {
        return spans;
    }
    let mut pieces = Vec::with_capacity(spans.len());
    let mut open: Vec<Piece<'_>> = Vec::new();
    let mut seen: Nanos = 0;
    for span in spans {
        close(&mut open, &mut pieces, &mut seen, span.start);
        if let Some(outer) = open.last() {
            keep(
                &mut pieces,
                Piece {
                    start: seen.max(outer.start),
                    end: span.start,
                    ..*outer
                },
            );
        }
        seen = span.start;
        open.push(span);
    }
    close(&mut open, &mut pieces, &mut seen, Nanos::MAX);
    pieces
}

/// Ends what is over at `until`, the innermost first.
fn close<'a>(
    open: &mut Vec<Piece<'a>>,
    pieces: &mut Vec<Piece<'a>>,
    seen: &mut Nanos,
    until: Nanos,
) {
    while let Some(inner) = open.pop_if(|inner| inner.end <= until) {
        keep(
            pieces,
            Piece {
                start: (*seen).max(inner.start),
                ..inner
            },
        );
        *seen = (*seen).max(inner.end);
    }
}

fn keep<'a>(pieces: &mut Vec<Piece<'a>>, piece: Piece<'a>) {
    if piece.end > piece.start {
        pieces.push(piece);
    }
}

/// What is counted in columns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum State {
    Working,
    Waiting,
    Blocked,
    /// Alive, and nothing more is known.
    Bare,
}

impl State {
    /// From the bottom of a stack to its top.
    pub const ALL: [State; 4] = [State::Working, State::Waiting, State::Blocked, State::Bare];
}

/// Time cut into equal columns, and how many workers on average were in each
/// state within each column.
#[derive(Debug)]
pub(super) struct Shares {
    /// By state, in the order of [`State::ALL`], then by column.
    pub workers: [Vec<f64>; 4],
}

impl Shares {
    /// Takes time in proportion to pieces plus columns, whatever their lengths.
    pub fn of(rows: &[Row<'_>], columns: usize, until: f64) -> Shares {
        let mut sums = [(); 4].map(|()| Ramp::new(columns, until));
        for row in rows {
            for piece in &row.pieces {
                let state = match piece.activity {
                    Activity::Working | Activity::Holding => State::Working,
                    Activity::Waiting => State::Waiting,
                    Activity::Blocked => State::Blocked,
                };
                sums[state as usize].add(piece.start, piece.end);
            }
            if let Some((start, end)) = row.life {
                sums[State::Bare as usize].add(start, end);
            }
        }
        let mut workers = sums.map(Ramp::columns);
        // Pieces of a worker are disjoint: what they leave of its life is bare.
        let [working, waiting, blocked, bare] = &mut workers;
        for (i, alive) in bare.iter_mut().enumerate() {
            *alive = (*alive - working[i] - waiting[i] - blocked[i]).max(0.0);
        }
        // What rounding leaves is nothing.
        for value in workers.iter_mut().flatten() {
            if *value < 1e-6 {
                *value = 0.0;
            }
        }
        Shares { workers }
    }

    /// Whole workers: sums from the bottom are rounded, so that the total is too.
    pub fn round(&mut self) {
        for column in 0..self.workers[0].len() {
            let (mut exact, mut whole) = (0.0f64, 0.0f64);
            for state in &mut self.workers {
                exact += state[column];
                state[column] = exact.round() - whole;
                whole = exact.round();
            }
        }
    }

    /// The state of most workers in a column; none where there is less than half
    /// of one.
    pub fn most(&self, column: usize) -> Option<State> {
        let workers = |state: State| self.workers[state as usize][column];
        let alive: f64 = State::ALL.into_iter().map(workers).sum();
        // Of equals the first: the busiest.
        let most = State::ALL
            .into_iter()
            .rev()
            .max_by(|a, b| workers(*a).total_cmp(&workers(*b)));
        most.filter(|_| alive >= 0.5)
    }

    /// Workers alive in each column.
    pub fn totals(&self) -> Vec<f64> {
        let columns = self.workers[0].len();
        (0..columns)
            .map(|i| self.workers.iter().map(|state| state[i]).sum())
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn span(activity: Activity, start: Nanos, end: Nanos) -> Piece<'static> {
        Piece {
            activity,
            label: "",
            start,
            end,
        }
    }

    #[test]
    fn of_nested_spans_the_inner_one_is_seen() {
        use Activity::{Blocked, Waiting, Working};
        let pieces = flattened(vec![
            span(Working, 0, 100),
            span(Blocked, 20, 40),
            span(Waiting, 30, 35),
            span(Waiting, 100, 120),
        ]);
        let seen: Vec<_> = pieces
            .iter()
            .map(|p| (p.activity, p.start, p.end))
            .collect();
        assert_eq!(
            seen,
            [
                (Working, 0, 20),
                (Blocked, 20, 30),
                (Waiting, 30, 35),
                (Blocked, 35, 40),
                (Working, 40, 100),
                (Waiting, 100, 120)
            ]
        );
    }

    #[test]
    fn crossing_spans_are_cut_and_never_overlap() {
        use Activity::{Waiting, Working};
        let pieces = flattened(vec![
            span(Working, 0, 50),
            span(Waiting, 30, 80),
            span(Working, 60, 70),
        ]);
        for pair in pieces.windows(2) {
            assert!(pair[0].end <= pair[1].start, "{pieces:?}");
        }
        assert_eq!(pieces.iter().map(|p| p.end - p.start).sum::<Nanos>(), 80);
    }
}
