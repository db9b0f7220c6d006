//! Which writes were lost, and to which.

use super::{Action, Op};
use std::collections::HashMap;

/// A write that another one erased without having seen it. Both are indices
/// into the operations that were looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lost {
    /// The read whose value had become old.
    pub read: usize,
    /// The write that was lost.
    pub erased: usize,
    /// The write that came from the old value.
    pub by: usize,
}

/// Every write that was lost: a worker read a cell, another one wrote it, and
/// then the first wrote what it had worked out from its old value.
pub fn lost(ops: &[Op]) -> Vec<Lost> {
    let mut all = vec![];
    // The worker's last touch of the cell tells what it knew of it.
    let mut touched: HashMap<(u32, &str), usize> = HashMap::new();
    for (by, write) in ops.iter().enumerate() {
        let before = touched.insert((write.worker, &write.object), by);
        let (Action::Store(_), Some(read)) = (&write.action, before) else {
            continue;
        };
        if !matches!(ops[read].action, Action::Load(_)) {
            continue;
        }
        let between = ops[..by].iter().enumerate().skip(read + 1).rev();
        let erased = between.filter(|(_, op)| {
            op.object == write.object && matches!(op.action, Action::Store(_) | Action::Update(_))
        });
        all.extend(erased.map(|(erased, _)| Lost { read, erased, by }));
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value::Value;

    fn op(worker: u32, action: fn(Value) -> Action, value: i64) -> Op {
        let (object, action) = ("total".into(), action(Value::Int(value)));
        Op {
            worker,
            at: 0,
            object,
            action,
        }
    }

    #[test]
    fn a_write_between_a_read_and_its_write_is_lost() {
        use Action::{Load, Store};
        let ops = [
            op(0, Load, 0),
            op(1, Load, 0),
            op(1, Store, 1),
            op(0, Store, 1),
        ];
        assert_eq!(
            lost(&ops),
            [Lost {
                read: 0,
                erased: 2,
                by: 3
            }]
        );
    }

    #[test]
    fn one_after_the_other_loses_nothing() {
        use Action::{Load, Store};
        let ops = [
            op(0, Load, 0),
            op(0, Store, 1),
            op(1, Load, 1),
            op(1, Store, 2),
        ];
        assert_eq!(lost(&ops), []);
    }

    #[test]
    fn a_change_in_one_step_can_be_lost_and_loses_nothing_itself() {
        use Action::{Load, Store, Update};
        let ops = [
            op(0, Load, 0),
            op(1, Update, 1),
            op(0, Store, 1),
            op(1, Update, 2),
        ];
        assert_eq!(
            lost(&ops),
            [Lost {
                read: 0,
                erased: 1,
                by: 2
            }]
        );
    }
}
