//! What a run came to, for who compares runs.

use super::Lab;
use crate::sync::{CellPlan, Shared};
use crate::trace::Model;
use crate::value::Value;

impl Lab<'_> {
    /// What a run came to: all that its cells hold in this process, and what tasks
    /// returned. One value alone is told as itself, several by their names.
    pub(super) fn outcome(&self, model: Model, shared: &Shared, results: &[Value]) -> Value {
        let tasks = self.tasks();
        let awaited = results.iter().zip(&tasks).filter(|(_, task)| !task.daemon);
        let results: Vec<Value> = awaited.map(|(result, _)| result.clone()).collect();
        let returned = match &results[..] {
            [one] => one.clone(),
            all if all.iter().all(|value| *value == Value::None) => Value::None,
            all => Value::List(all.to_vec()),
        };
        let plans = &self.own.blueprint.borrow().cells;
        let copied = |plan: &CellPlan| model == Model::Processes && !plan.shared;
        match (&plans[..], &returned) {
            ([], _) => return returned,
            ([plan], Value::None) if !copied(plan) => return cell_of(plan, shared, 0),
            _ => {}
        }
        let cell = |(at, plan): (usize, &CellPlan)| {
            let copy = if copied(plan) {
                " (the parent's copy)"
            } else {
                ""
            };
            format!("{} {}{copy}", plan.name, cell_of(plan, shared, at))
        };
        let mut told: Vec<String> = plans.iter().enumerate().map(cell).collect();
        if returned != Value::None {
            told.push(format!("returned {returned}"));
        }
        Value::Text(told.join(", "))
    }

    /// What the cells hold after the last run, with their names.
    pub(super) fn cells(&self) -> Vec<(String, Value)> {
        let last = self.own.last.borrow();
        let plans = &self.own.blueprint.borrow().cells;
        let cell = |shared: &Shared| {
            let cell =
                |(at, plan): (usize, &CellPlan)| (plan.name.clone(), cell_of(plan, shared, at));
            plans.iter().enumerate().map(cell).collect()
        };
        last.as_ref().map(|shared| cell(shared)).unwrap_or_default()
    }
}

/// What the cell of this number holds.
fn cell_of(plan: &CellPlan, shared: &Shared, at: usize) -> Value {
    let bits = shared.cells.get(at).map_or(plan.bits, |cell| cell.load());
    (plan.shown)(bits)
}
