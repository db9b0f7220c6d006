//! Where boxes and circles go: those of the cycle around a ring, the others in
//! columns, from who waits at the left to who could go on at the right.

use std::collections::HashMap;

use super::graph::Graph;
use crate::figure::area::Area;

/// Workers of a cycle that have a box of their own.
const RING: usize = 8;
/// From one outsider to the next.
const PITCH: i32 = 68;
/// Of each kind beside a ring, and in a column without one.
const COLUMN: usize = 6;
/// Columns without a cycle.
const COLUMNS: usize = 5;

/// Something that is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Node {
    Worker(u32),
    /// Index into the graph's locks.
    Lock(usize),
    /// So many workers of the cycle.
    More(usize),
}

/// An arrow.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Arrow {
    pub from: Node,
    pub to: Node,
    /// Waits for it, rather than is held by it.
    pub waits: bool,
    pub in_cycle: bool,
}

/// What is drawn, and where its middle is.
#[derive(Debug, Default)]
pub(super) struct Places {
    pub nodes: Vec<(Node, (i32, i32))>,
    pub arrows: Vec<Arrow>,
    /// Room for a node's name.
    pub room: i32,
    /// Nodes that there is no room for.
    pub omitted: usize,
}

impl Places {
    /// The height that a graph asks for.
    pub fn height(graph: &Graph<'_>) -> i32 {
        let ring = ring(graph).len() as i32;
        let rows = if graph.cycle.is_empty() {
            let columns = columns(graph);
            columns
                .iter()
                .map(|c| c.len().min(COLUMN))
                .max()
                .unwrap_or(0) as i32
        } else {
            outsiders(graph).len().min(COLUMN) as i32
        };
        match ring {
            0 if rows == 0 => 30,
            0 => (rows * PITCH).max(90),
            1 | 2 => 110.max(rows * PITCH),
            nodes => (nodes * 36 + 70).max(rows * PITCH),
        }
    }

    pub fn of(graph: &Graph<'_>, area: Area) -> Places {
        let mut places = if graph.cycle.is_empty() {
            Places::in_columns(graph, area)
        } else {
            Places::around(graph, area)
        };
        places.join(graph);
        places
    }

    fn around(graph: &Graph<'_>, area: Area) -> Places {
        let mut places = Places::default();
        let ring = ring(graph);
        let mut outsiders = outsiders(graph);
        places.omitted = outsiders.len().saturating_sub(COLUMN);
        outsiders.truncate(COLUMN);
        let beside = if outsiders.is_empty() {
            0
        } else {
            area.width() * 3 / 10
        };
        places.room = (area.width() - beside) / if ring.len() > 6 { 5 } else { 4 };
        let inner = Area {
            right: area.right - beside,
            ..area
        };
        places.nodes = ring
            .iter()
            .copied()
            .zip(closed(ring.len(), inner, places.room))
            .collect();
        for (i, pair) in ring.iter().zip(ring.iter().cycle().skip(1)).enumerate() {
            places.arrows.push(Arrow {
                from: *pair.0,
                to: *pair.1,
                waits: i % 2 == 0,
                in_cycle: true,
            });
        }
        places.put_outside(graph, outsiders, area.right - beside / 2, area);
        places
    }

    /// Outsiders as high as what they wait for, so that arrows do not run
    /// behind the ring.
    fn put_outside(&mut self, graph: &Graph<'_>, outsiders: Vec<Node>, x: i32, area: Area) {
        let target = |node: &Node| {
            let lock = match node {
                Node::Worker(worker) => {
                    let wait = graph.wait_of(*worker).map(|at| graph.waits[at].lock);
                    Node::Lock(wait.unwrap_or(usize::MAX))
                }
                other => *other,
            };
            let found = self.nodes.iter().find(|(node, _)| *node == lock);
            found.map_or(area.middle(), |(_, (_, y))| *y)
        };
        let mut wanted: Vec<(i32, Node)> = outsiders.iter().map(|n| (target(n), *n)).collect();
        wanted.sort_by_key(|(y, _)| *y);
        let many = wanted.len() as i32;
        let (top, bottom) = (area.top + PITCH / 2, area.bottom - PITCH / 2);
        let mut next = top;
        for (i, (y, node)) in wanted.into_iter().enumerate() {
            // Those below need room too.
            let last = bottom - PITCH * (many - 1 - i as i32);
            let y = y.min(last).max(next);
            self.nodes.push((node, (x, y)));
            next = y + PITCH;
        }
    }

    fn in_columns(graph: &Graph<'_>, area: Area) -> Places {
        let mut places = Places::default();
        let mut columns = columns(graph);
        places.omitted = columns
            .iter()
            .enumerate()
            .map(|(i, column)| {
                column.len()
                    - if i < COLUMNS {
                        column.len().min(COLUMN)
                    } else {
                        0
                    }
            })
            .sum();
        columns.truncate(COLUMNS);
        let step = area.width() / columns.len().max(1) as i32;
        places.room = step * 6 / 10;
        for (i, column) in columns.iter_mut().enumerate() {
            column.truncate(COLUMN);
            places.stack(column, area.right - step / 2 - step * i as i32, area);
        }
        places
    }

    fn stack(&mut self, nodes: &[Node], x: i32, area: Area) {
        let step = area.height() / nodes.len().max(1) as i32;
        for (i, node) in nodes.iter().enumerate() {
            let y = area.top + step / 2 + step * i as i32;
            self.nodes.push((*node, (x, y)));
        }
    }

    /// Adds the arrows between what is drawn that are not there yet.
    fn join(&mut self, graph: &Graph<'_>) {
        let mut arrows: Vec<(Node, Node, bool)> = Vec::new();
        for wait in &graph.waits {
            arrows.push((Node::Worker(wait.worker), Node::Lock(wait.lock), true));
        }
        for (i, lock) in graph.locks.iter().enumerate() {
            let holders = lock.holders.iter();
            arrows.extend(holders.map(|w| (Node::Lock(i), Node::Worker(*w), false)));
        }
        let placed: HashMap<Node, usize> = self
            .nodes
            .iter()
            .enumerate()
            .map(|(i, (node, _))| (*node, i))
            .collect();
        for (from, to, waits) in arrows {
            let drawn = placed.contains_key(&from) && placed.contains_key(&to);
            let known = |arrow: &Arrow| arrow.from == from && arrow.to == to;
            if drawn && !self.arrows.iter().any(known) {
                self.arrows.push(Arrow {
                    from,
                    to,
                    waits,
                    in_cycle: false,
                });
            }
        }
    }
}

/// The places of a ring with so many nodes, from the left or the top on with the
/// clock: an ellipse; where that would be crowded, down one side and up the
/// other.
fn closed(nodes: usize, area: Area, room: i32) -> Vec<(i32, i32)> {
    let centre = ((area.left + area.right) / 2, area.middle());
    let half = (
        ((area.width() - room) / 2).clamp(10, 300),
        (area.height() / 2 - 26).max(10),
    );
    let step = std::f64::consts::TAU / nodes.max(1) as f64;
    let beside = f64::from(half.0) * step.sin();
    if nodes > 6 && beside < f64::from(room / 2 + 40) {
        let right = nodes.div_ceil(2);
        return (0..nodes)
            .map(|i| {
                let (x, row, rows) = if i < right {
                    (centre.0 + half.0, i, right)
                } else {
                    (centre.0 - half.0, nodes - 1 - i, nodes - right)
                };
                let share = row as f64 / (rows.max(2) - 1) as f64;
                let y = f64::from(centre.1 - half.1) + share * f64::from(2 * half.1);
                (x, y.round() as i32)
            })
            .collect();
    }
    let begin = if nodes <= 4 { 0.5 } else { 0.25 } * std::f64::consts::TAU;
    (0..nodes)
        .map(|i| {
            let turn = begin - i as f64 * step;
            (
                centre.0 + (f64::from(half.0) * turn.cos()).round() as i32,
                centre.1 - (f64::from(half.1) * turn.sin()).round() as i32,
            )
        })
        .collect()
}

/// The nodes of the cycle, each pointing to the next.
fn ring(graph: &Graph<'_>) -> Vec<Node> {
    let mut ring = Vec::new();
    let shown = if graph.cycle.len() > RING {
        RING - 1
    } else {
        graph.cycle.len()
    };
    for &at in &graph.cycle[..shown] {
        let wait = &graph.waits[at];
        ring.extend([Node::Worker(wait.worker), Node::Lock(wait.lock)]);
    }
    if let Some(&last) = graph.cycle.last().filter(|_| shown < graph.cycle.len()) {
        ring.push(Node::More(graph.cycle.len() - shown));
        ring.push(Node::Lock(graph.waits[last].lock));
    }
    ring
}

/// Who waits beside the cycle, and what for.
fn outsiders(graph: &Graph<'_>) -> Vec<Node> {
    let cycle = &graph.cycle;
    let in_cycle = |lock: usize| cycle.iter().any(|&at| graph.waits[at].lock == lock);
    let mut nodes = Vec::new();
    for (at, wait) in graph.waits.iter().enumerate() {
        if cycle.contains(&at) {
            continue;
        }
        nodes.push(Node::Worker(wait.worker));
        let lock = Node::Lock(wait.lock);
        if !in_cycle(wait.lock) && !nodes.contains(&lock) {
            nodes.push(lock);
        }
    }
    nodes
}

/// Nodes by how many arrows they are away from who does not wait; the first
/// column holds those.
fn columns(graph: &Graph<'_>) -> Vec<Vec<Node>> {
    let mut columns: Vec<Vec<Node>> = Vec::new();
    let mut put = |node: Node, column: usize| {
        if columns.len() <= column {
            columns.resize_with(column + 1, Vec::new);
        }
        if !columns[column].contains(&node) {
            columns[column].push(node);
        }
    };
    let by_worker: HashMap<u32, usize> = graph
        .waits
        .iter()
        .enumerate()
        .map(|(at, wait)| (wait.worker, at))
        .collect();
    for (i, lock) in graph.locks.iter().enumerate() {
        let depth = depth(graph, &by_worker, i);
        put(Node::Lock(i), 2 * depth + 1);
        for worker in &lock.holders {
            if !by_worker.contains_key(worker) {
                put(Node::Worker(*worker), 0);
            }
        }
    }
    for wait in &graph.waits {
        let depth = depth(graph, &by_worker, wait.lock);
        put(Node::Worker(wait.worker), 2 * depth + 2);
    }
    columns.retain(|column| !column.is_empty());
    columns
}

/// How many locks lie between a lock and a worker who does not wait, through
/// the first holder of each.
fn depth(graph: &Graph<'_>, by_worker: &HashMap<u32, usize>, lock: usize) -> usize {
    let mut at = lock;
    for depth in 0..graph.locks.len() {
        let holder = graph.locks[at].holders.first();
        match holder.and_then(|worker| by_worker.get(worker)) {
            Some(&wait) => at = graph.waits[wait].lock,
            None => return depth,
        }
    }
    graph.locks.len()
}
