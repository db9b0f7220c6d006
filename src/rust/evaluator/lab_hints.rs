//! What to say of mistakes that are made with the library of workers.

use super::diagnostic::Diagnostic;

/// What a worker does with what a lab makes: the type's name, what it is likely
/// to be asked for itself, and how it is said.
const DONE_BY_A_WORKER: &[(&str, &[&str], &str)] = &[
    ("Cell", &["load", "get", "read"], "w.load(&cups).await"),
    (
        "Cell",
        &["store", "set", "write"],
        "w.store(&cups, 1).await",
    ),
    ("Cell", &["update", "add", "fetch_add"], UPDATE),
    (
        "Lock",
        &["lock", "acquire"],
        "let _held = w.lock(&stove).await;",
    ),
    ("Lock", &["unlock", "release"], "_held.release().await"),
    ("Queue", &["put", "push", "send"], "w.put(&belt, 1).await"),
    ("Queue", &["get", "pop", "recv"], "w.get(&belt).await"),
    (
        "Queue",
        &["close", "close_queue"],
        "w.close_queue(&belt).await",
    ),
    ("Event", &["set"], "w.set(&bell).await"),
    ("Event", &["clear"], "w.clear(&bell).await"),
    ("Event", &["is_set"], "w.is_set(&bell).await"),
    ("Event", &["wait"], "w.wait(&bell).await"),
    (
        "Condition",
        &["wait", "wait_on"],
        "held = w.wait_on(&pass, held).await",
    ),
    (
        "Condition",
        &["notify_one", "notify"],
        "w.notify_one(&pass).await",
    ),
    ("Condition", &["notify_all"], "w.notify_all(&pass).await"),
    ("Barrier", &["wait", "meet"], "w.meet(&start).await"),
    ("TaskEnd", &["wait", "join"], "w.join(&milk).await"),
];

const UPDATE: &str = "w.update(&cups, |n| n + 1).await";

/// Methods of a lab and of a worker that are taken for functions.
const OF_A_LAB: &[&str] = &[
    "barrier",
    "cell",
    "condition",
    "daemon",
    "event",
    "lock",
    "queue",
    "rlock",
    "semaphore",
    "shared",
    "task",
];
const OF_A_WORKER: &[&str] = &[
    "compute",
    "get",
    "join",
    "load",
    "meet",
    "notify_all",
    "notify_one",
    "put",
    "say",
    "set",
    "sleep",
    "store",
    "update",
    "wait",
];

/// What to say of an error, where it is such a mistake. `lab` says whether the
/// cell uses the library.
pub(super) fn hint(error: &Diagnostic, lab: bool) -> Option<String> {
    let message = &error.message;
    let labels = || error.spans.iter().filter_map(|span| span.label.as_deref());
    let future = |text: &str| text.contains("impl Future<") || text.contains("found future");
    if future(message) || labels().any(future) {
        return Some("`.await` is missing behind the operation: w.load(&cups).await".into());
    }
    if !lab {
        return None;
    }
    let mut named = message.split('`').skip(1).step_by(2);
    let by_a_worker = |how: &str| format!("a worker does it: {how}");
    match error.code() {
        "E0599" => {
            let (method, of) = (named.next()?, last_name(named.next()?));
            let mut all = DONE_BY_A_WORKER.iter();
            let (.., how) = all.find(|(what, asked, _)| *what == of && asked.contains(&method))?;
            Some(by_a_worker(how))
        }
        "E0368" | "E0369" if named.any(|of| last_name(of) == "Cell") => Some(by_a_worker(UPDATE)),
        "E0425" if message.starts_with("cannot find function") => match named.next()? {
            "task" => Some(TASK.into()),
            name if OF_A_LAB.contains(&name) => Some(format!("a lab makes it: lab.{name}(...)")),
            "say" => Some(by_a_worker("w.say(...)")),
            name if OF_A_WORKER.contains(&name) => {
                Some(by_a_worker(&format!("w.{name}(...).await")))
            }
            _ => None,
        },
        "E0277" if message.contains("`String: From<{async closure") => Some(TASK.into()),
        _ => None,
    }
}

const TASK: &str = "a task has a name and a lab: lab.task(\"milk\", async |w| { ... })";

/// `Cell` of `lab::Cell<i32>`.
fn last_name(of: &str) -> &str {
    let path = of.split('<').next().unwrap_or_default();
    path.rsplit("::").next().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(code: &str, message: &str) -> Option<String> {
        let error = serde_json::json!({
            "message": message, "code": {"code": code}, "level": "error",
        });
        hint(&serde_json::from_value(error).unwrap(), true)
    }

    #[test]
    fn a_missing_await_is_named() {
        for (code, message) in [
            (
                "E0369",
                "cannot add `{integer}` to `impl Future<Output = i32>`",
            ),
            ("E0277", "`impl Future<Output = ()>` cannot leave a worker"),
        ] {
            assert!(of(code, message).unwrap().contains("`.await`"), "{message}");
        }
        assert_eq!(of("E0369", "cannot add `i32` to `&str`"), None);
    }

    #[test]
    fn what_a_worker_does_is_said_with_the_worker() {
        let method = |name: &str, of_type: &str| {
            let message = format!(
                "no method named `{name}` found for struct `{of_type}` in the current scope"
            );
            of("E0599", &message).unwrap_or_default()
        };
        assert!(method("lock", "Lock").contains("w.lock(&"));
        assert!(method("set", "lab::Event").contains("w.set(&"));
        assert!(method("store", "lab::Cell<T>").contains("w.store(&"));
        assert_eq!(method("len", "Vec<i32>"), "");
        let added = "binary assignment operation `+=` cannot be applied to type `lab::Cell<i32>`";
        assert!(of("E0368", added).unwrap().contains("w.update(&"));
        let slept = "cannot find function `sleep` in this scope";
        assert!(of("E0425", slept).unwrap().contains("w.sleep("));
    }

    #[test]
    fn a_task_without_its_lab_or_its_name_is_shown_whole() {
        let called = of("E0425", "cannot find function `task` in this scope");
        let unnamed =
            "the trait bound `String: From<{async closure@c.rs:9:10: 9:19}>` is not satisfied";
        assert!(called.unwrap().contains("lab.task(\"milk\""));
        assert!(of("E0277", unnamed).unwrap().contains("lab.task(\"milk\""));
    }
}
