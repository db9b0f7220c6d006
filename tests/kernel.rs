//! The kernel without sockets: messages in, messages out.

use jupyter_protocol::{
    CompleteRequest, ExecuteRequest, InspectRequest, InterruptRequest, IsCompleteRequest,
    JupyterMessage, JupyterMessageContent as Content, KernelInfoRequest, Payload, ReplyStatus,
    ShutdownRequest, UnknownMessage,
};
use std::path::PathBuf;
use std::rc::Rc;
use std::time::Duration;
use threadlab::kernel::{Control, Ending, Kernel, Outbox, Outgoing, Route};
use threadlab::magic::Cancel;
use threadlab::run::Program;
use tokio::sync::mpsc::UnboundedReceiver;
use tokio::sync::watch;

/// A kernel, and what it puts out.
struct Bench {
    kernel: Kernel,
    control: Rc<Control>,
    ending: watch::Receiver<Ending>,
    cancel: Cancel,
    outgoing: UnboundedReceiver<Outgoing>,
}

fn program() -> Program {
    let path = PathBuf::from(env!("CARGO_BIN_EXE_threadlab"));
    Program {
        path,
        arguments: vec!["runner".into()],
    }
}

fn bench_with(program: Program) -> Bench {
    let (outbox, outgoing) = Outbox::new();
    let cancel = Cancel::default();
    let (sender, ending) = watch::channel(Ending::None);
    let control = Rc::new(Control::new(outbox.clone(), cancel.clone(), sender));
    let kernel = Kernel::new(program, outbox, cancel.clone());
    Bench {
        kernel,
        control,
        ending,
        cancel,
        outgoing,
    }
}

/// What one request led to.
#[derive(Debug, Default)]
struct Heard {
    /// Types of the messages in their order; text is `stdout` and `stderr`.
    order: Vec<String>,
    replies: Vec<Content>,
    published: Vec<Content>,
    stdout: String,
    stderr: String,
}

impl Bench {
    async fn ask(&mut self, content: impl Into<Content>) -> Heard {
        self.kernel.handle(JupyterMessage::new(content, None)).await;
        self.heard()
    }

    async fn cell(&mut self, code: &str) -> Heard {
        self.ask(ExecuteRequest::new(code.into())).await
    }

    fn heard(&mut self) -> Heard {
        let mut heard = Heard::default();
        while let Ok(outgoing) = self.outgoing.try_recv() {
            match outgoing {
                Outgoing::Reply(_, message) => {
                    heard.order.push(message.message_type().into());
                    heard.replies.push(message.content);
                }
                Outgoing::Publish(message) => {
                    let name = match &message.content {
                        Content::Status(status) => status.execution_state.as_str().to_owned(),
                        other => other.message_type().to_owned(),
                    };
                    heard.order.push(name);
                    heard.published.push(message.content);
                }
                Outgoing::Text { stream, text, .. } => {
                    let (name, all) = match stream {
                        threadlab::display::Stream::Out => ("stdout", &mut heard.stdout),
                        threadlab::display::Stream::Err => ("stderr", &mut heard.stderr),
                    };
                    all.push_str(&text);
                    if heard.order.last().is_none_or(|last| last != name) {
                        heard.order.push(name.into());
                    }
                }
                Outgoing::Ask { answer, .. } => {
                    let _ = answer.send(Ok("typed".into()));
                }
                Outgoing::Barrier(done) => {
                    let _ = done.send(());
                }
            }
        }
        heard
    }
}

impl Heard {
    fn executed(&self) -> &jupyter_protocol::ExecuteReply {
        match self.replies.as_slice() {
            [Content::ExecuteReply(reply)] => reply,
            other => panic!("one execute_reply was expected: {other:?}"),
        }
    }

    fn error(&self) -> (String, String) {
        let error = self.executed().error.as_ref().expect("an error");
        (error.ename.clone(), error.evalue.clone())
    }
}

/// Runs a test on one thread, as the kernel runs.
fn on_one_thread(test: impl AsyncFnOnce(Bench)) {
    with(program(), test);
}

fn with(program: Program, test: impl AsyncFnOnce(Bench)) {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(async {
        let test = test(bench_with(program));
        tokio::time::timeout(Duration::from_secs(60), test)
            .await
            .expect("within a minute");
    });
}

#[test]
fn a_run_is_framed_and_its_parts_come_in_order() {
    on_one_thread(async |mut bench| {
        let heard = bench
            .cell("%threads breakfast --scale 0.01 --no-live")
            .await;
        let order = [
            "busy",
            "execute_input",
            "stdout",
            "display_data",
            "display_data",
            "execute_reply",
            "idle",
        ];
        assert_eq!(heard.order, order);
        assert_eq!(heard.stdout.lines().count(), 5, "{}", heard.stdout);
        assert!(
            heard
                .stdout
                .lines()
                .last()
                .is_some_and(|l| l.starts_with("breakfast served after")),
            "{}",
            heard.stdout
        );
        assert_eq!(heard.executed().status, ReplyStatus::Ok);
    });
}

#[test]
fn a_chart_is_a_bundle_that_every_exporter_can_use() {
    on_one_thread(async |mut bench| {
        let heard = bench.cell("%threads breakfast --scale 0.01").await;
        let Some(Content::DisplayData(chart)) = heard
            .published
            .iter()
            .find(|c| c.message_type() == "display_data")
        else {
            panic!("{:?}", heard.order)
        };
        let mut types: Vec<_> = chart
            .data
            .content
            .iter()
            .map(|m| m.mime_type().to_owned())
            .collect();
        types.sort();
        assert_eq!(
            types,
            [
                "application/pdf",
                "image/png",
                "image/svg+xml",
                "text/plain"
            ]
        );
        assert!(chart.metadata["image/png"]["width"].as_u64() > Some(0));
    });
}

#[test]
fn a_run_longer_than_half_a_second_has_its_chart_before_its_lines_and_replaces_it() {
    on_one_thread(async |mut bench| {
        let heard = bench.cell("%threads breakfast --scale 0.3").await;
        assert_eq!(
            &heard.order[..4],
            ["busy", "execute_input", "display_data", "stdout"]
        );
        assert!(heard.order.iter().any(|name| name == "update_display_data"));
        let shown = heard
            .order
            .iter()
            .filter(|name| *name == "display_data")
            .count();
        assert_eq!(
            shown, 2,
            "the chart's place and the table: {:?}",
            heard.order
        );
        let Some(Content::UpdateDisplayData(last)) = heard
            .published
            .iter()
            .rfind(|c| c.message_type() == "update_display_data")
        else {
            panic!("{:?}", heard.order)
        };
        assert_eq!(
            last.data.content.len(),
            4,
            "the last one is the finished chart"
        );
    });
}

#[test]
fn an_error_is_framed_like_everything_else() {
    on_one_thread(async |mut bench| {
        let heard = bench.cell("%threads brekfast").await;
        assert_eq!(
            heard.order,
            ["busy", "execute_input", "error", "execute_reply", "idle"]
        );
        let (name, value) = heard.error();
        assert_eq!(name, "UsageError");
        assert!(
            value.contains("`brekfast`") && value.contains("`breakfast`"),
            "{value}"
        );
    });
}

#[test]
fn a_mistake_in_any_line_is_found_before_the_first_starts() {
    on_one_thread(async |mut bench| {
        let heard = bench
            .cell("%threads breakfast --scale 0.01\n%threads nothing")
            .await;
        assert_eq!(
            heard.order,
            ["busy", "execute_input", "error", "execute_reply", "idle"]
        );
    });
}

#[test]
fn the_first_cell_is_1_and_silent_cells_do_not_count() {
    on_one_thread(async |mut bench| {
        let silent = ExecuteRequest {
            silent: true,
            store_history: false,
            ..ExecuteRequest::new("%lsmagic".into())
        };
        let heard = bench.ask(silent).await;
        assert_eq!(
            heard.order,
            ["busy", "execute_reply", "idle"],
            "it shows nothing"
        );
        assert_eq!(heard.executed().execution_count.value(), 0);
        assert_eq!(
            bench
                .cell("%lsmagic")
                .await
                .executed()
                .execution_count
                .value(),
            1
        );
        assert_eq!(
            bench
                .cell("%nothing")
                .await
                .executed()
                .execution_count
                .value(),
            2
        );
    });
}

#[test]
fn what_is_queued_behind_an_error_is_aborted_until_told_otherwise() {
    on_one_thread(async |mut bench| {
        bench.cell("%nothing").await;
        assert!(bench.kernel.is_aborting());
        let heard = bench.cell("%lsmagic").await;
        assert_eq!(heard.order, ["busy", "execute_reply", "idle"]);
        assert_eq!(heard.executed().status, ReplyStatus::Aborted);
        bench.kernel.stop_aborting();
        assert_eq!(
            bench.cell("%lsmagic").await.executed().status,
            ReplyStatus::Ok
        );
    });
}

#[test]
fn an_error_that_stops_nothing_aborts_nothing() {
    on_one_thread(async |mut bench| {
        let request = ExecuteRequest {
            stop_on_error: false,
            ..ExecuteRequest::new("%nothing".into())
        };
        bench.ask(request).await;
        assert!(!bench.kernel.is_aborting());
    });
}

#[test]
fn defaults_hold_for_the_session_and_what_is_typed_wins() {
    on_one_thread(async |mut bench| {
        bench.cell("%defaults --scale 0.01 --seed 7").await;
        let json = async |bench: &mut Bench, cell: &str| -> serde_json::Value {
            serde_json::from_str(&bench.cell(cell).await.stdout).unwrap()
        };
        let run = json(&mut bench, "%threads breakfast --json").await;
        assert_eq!(
            (run["scale"].as_f64(), run["seed"].as_u64()),
            (Some(0.01), Some(7))
        );
        let run = json(&mut bench, "%threads breakfast --json --seed 8").await;
        assert_eq!(run["seed"], 8);
        assert!(
            bench
                .cell("%defaults --reset")
                .await
                .stdout
                .contains("no defaults")
        );
    });
}

#[test]
fn the_json_of_a_run_has_the_documented_fields() {
    on_one_thread(async |mut bench| {
        let heard = bench.cell("%threads breakfast --scale 0.01 --json").await;
        assert_eq!(
            heard.order,
            ["busy", "execute_input", "stdout", "execute_reply", "idle"]
        );
        let run: serde_json::Value = serde_json::from_str(&heard.stdout).unwrap();
        let fields = [
            "version",
            "scenario",
            "model",
            "kind",
            "parameters",
            "scale",
            "gil",
            "pace_ns",
            "seed",
            "machine",
            "seconds",
            "samples",
            "result",
            "workers",
            "claims",
        ];
        for field in fields {
            assert!(run.get(field).is_some(), "{field} is missing");
        }
        assert_eq!(run["workers"][1]["name"], "bun");
        assert_eq!(
            run["claims"][0]["documented"], "3.0 s x 0.01 = 30 ms",
            "{}",
            run["claims"]
        );
        assert!(run["workers"][1]["spans"][0]["end"].as_f64() >= Some(0.03));
    });
}

#[test]
fn a_saved_run_can_be_drawn_again() {
    let folder = std::env::temp_dir().join(format!("threadlab-redraw-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let saved = folder.join("run.json");
    on_one_thread(async |mut bench| {
        let cell = format!("%threads breakfast --scale 0.01 --save {}", saved.display());
        assert!(bench.cell(&cell).await.stdout.contains("saved "));
        let again = bench
            .cell(&format!("%redraw {} --theme dark", saved.display()))
            .await;
        assert_eq!(again.executed().status, ReplyStatus::Ok, "{again:?}");
        assert!(again.order.iter().any(|name| name == "display_data"));
        std::fs::write(&saved, "{\"version\": 99}").unwrap();
        bench.kernel.stop_aborting();
        let (name, value) = bench
            .cell(&format!("%redraw {}", saved.display()))
            .await
            .error();
        assert_eq!(name, "FileError");
        assert!(value.contains("99"), "{value}");
    });
    std::fs::remove_dir_all(&folder).unwrap();
}

#[test]
fn help_is_a_page_beside_the_cell() {
    on_one_thread(async |mut bench| {
        for cell in ["breakfast?", "?breakfast", "%threads?", "breakfast??"] {
            let heard = bench.cell(cell).await;
            assert!(
                matches!(heard.executed().payload[..], [Payload::Page { .. }]),
                "{cell}"
            );
        }
    });
}

#[test]
fn positions_are_counted_in_characters() {
    on_one_thread(async |mut bench| {
        let code = "# ☕☕\n%threads break".to_owned();
        let cursor_pos = code.chars().count();
        let heard = bench.ask(CompleteRequest { code, cursor_pos }).await;
        let [Content::CompleteReply(reply)] = heard.replies.as_slice() else {
            panic!("{heard:?}")
        };
        assert_eq!(
            (
                reply.matches.as_slice(),
                reply.cursor_start,
                reply.cursor_end
            ),
            (&["breakfast".to_owned()][..], 14, 19)
        );
        let heard = bench
            .ask(InspectRequest {
                code: "☕ breakfast".into(),
                cursor_pos: 4,
                detail_level: None,
            })
            .await;
        let [Content::InspectReply(reply)] = heard.replies.as_slice() else {
            panic!("{heard:?}")
        };
        assert!(reply.found);
    });
}

#[test]
fn requests_that_are_no_cells_are_answered_and_framed() {
    on_one_thread(async |mut bench| {
        let heard = bench.ask(KernelInfoRequest {}).await;
        assert_eq!(heard.order, ["busy", "kernel_info_reply", "idle"]);
        let heard = bench
            .ask(IsCompleteRequest {
                code: "fn f() {".into(),
            })
            .await;
        assert_eq!(heard.order, ["busy", "is_complete_reply", "idle"]);
        let unknown = UnknownMessage {
            msg_type: "nonsense_request".into(),
            content: serde_json::json!({}),
        };
        assert_eq!(bench.ask(unknown).await.order, ["busy", "idle"]);
    });
}

#[test]
fn an_interrupt_ends_a_run_and_keeps_the_session() {
    on_one_thread(async |mut bench| {
        bench.cell("%defaults --seed 5").await;
        let cancel = bench.cancel.clone();
        let (heard, ()) = tokio::join!(bench.cell("%threads breakfast --scale 10"), async {
            tokio::time::sleep(Duration::from_millis(300)).await;
            cancel.cancel();
        });
        assert_eq!(heard.error(), ("Interrupted".into(), "interrupted".into()));
        // The run is far from its own end: it was ended.
        assert!(!heard.stdout.contains("bun is toasted"), "{}", heard.stdout);
        bench.kernel.stop_aborting();
        assert!(bench.cell("%defaults").await.stdout.contains("--seed 5"));
        assert_eq!(
            bench
                .cell("%threads breakfast --scale 0.01")
                .await
                .executed()
                .status,
            ReplyStatus::Ok
        );
    });
}

#[test]
fn control_answers_an_interrupt_and_a_shutdown() {
    on_one_thread(async |mut bench| {
        let ask = JupyterMessage::new(InterruptRequest {}, None);
        bench.control.handle(Route::Control, &ask).await;
        assert_eq!(bench.heard().order, ["busy", "interrupt_reply", "idle"]);
        assert!(bench.cancel.is_cancelled());
        let ask = JupyterMessage::new(ShutdownRequest { restart: true }, None);
        let mut ending = bench.ending.clone();
        let control = bench.control.clone();
        // It waits until its answer has gone out.
        let (order, _) = tokio::join!(
            async {
                tokio::task::yield_now().await;
                bench.heard().order
            },
            async {
                tokio::time::timeout(Duration::from_secs(5), control.handle(Route::Control, &ask))
                    .await
            }
        );
        assert_eq!(order, ["busy", "shutdown_reply", "idle"]);
        assert_eq!(*ending.borrow_and_update(), Ending::Asked);
    });
}

#[test]
fn output_past_the_limit_is_left_out_and_said_so() {
    on_one_thread(async |mut bench| {
        let heard = bench
            .cell("%threads flood --lines 400 --length 60000 --no-chart")
            .await;
        assert_eq!(heard.executed().status, ReplyStatus::Ok);
        assert!(heard.stdout.len() <= threadlab::kernel::OUTPUT_LIMIT);
        // 400 lines of 60,000 characters and the closing line, less the limit.
        let left_out = 400 * 60_001 + "400 lines printed\n".len() - heard.stdout.len();
        assert!(
            heard
                .stderr
                .contains(&format!("{left_out} bytes more were left out")),
            "{}",
            heard.stderr
        );
    });
}

#[test]
fn a_runner_that_dies_is_a_cell_error_with_its_last_words() {
    for (script, expected) in [
        ("echo oh dear >&2; kill -SEGV $$", ["SIGSEGV", "oh dear"]),
        ("echo enough >&2; exit 3", ["exit status 3", "enough"]),
        ("exit 0", ["left before the run was done", ""]),
    ] {
        let program = Program {
            path: "/bin/sh".into(),
            arguments: vec!["-c".into(), script.into()],
        };
        with(program, async |mut bench| {
            let heard = bench.cell("%threads breakfast --scale 0.01").await;
            let (name, value) = heard.error();
            assert_eq!(name, "RunError");
            assert!(
                expected.iter().all(|part| value.contains(part)),
                "{script}: {value}"
            );
            bench.kernel.stop_aborting();
            assert_eq!(
                bench.cell("%lsmagic").await.executed().status,
                ReplyStatus::Ok
            );
        });
    }
}

#[test]
fn a_program_that_cannot_be_started_is_named() {
    let program = Program {
        path: "/no/such/program".into(),
        arguments: vec![],
    };
    with(program, async |mut bench| {
        let (_, value) = bench.cell("%threads breakfast").await.error();
        assert!(value.contains("/no/such/program"), "{value}");
    });
}

#[test]
fn a_run_that_takes_longer_than_it_may_is_ended_and_says_so() {
    let script = "echo still here >&2; sleep 60";
    let program = Program {
        path: "/bin/sh".into(),
        arguments: vec!["-c".into(), script.into()],
    };
    with(program, async |mut bench| {
        let (name, value) = bench
            .cell("%threads breakfast --timeout 500ms")
            .await
            .error();
        assert_eq!(name, "RunError");
        assert!(
            value.contains("after 0.5 s") && value.contains("still here"),
            "{value}"
        );
    });
}

#[test]
fn lines_of_several_workers_stay_whole_and_the_runs_own_comes_last() {
    on_one_thread(async |mut bench| {
        for model in ["threads", "processes"] {
            let cell = format!("%{model} flood --workers 3 --lines 20 --length 60000 --no-chart");
            let heard = bench.cell(&cell).await;
            let lines: Vec<&str> = heard.stdout.lines().collect();
            assert_eq!(lines.len(), 61, "{model}");
            assert!(
                lines[..60].iter().all(|line| line.len() == 60_000),
                "{model}"
            );
            assert_eq!(lines[60], "20 lines printed", "{model}");
        }
    });
}

#[test]
fn mistakes_in_what_is_to_be_saved_or_defaulted_are_found_before_anything_runs() {
    on_one_thread(async |mut bench| {
        for (cell, expected) in [
            (
                "%threads breakfast --save chart.jpg",
                "svg, png, pdf, csv, json",
            ),
            ("%threads breakfast --milk -1", "--milk -1"),
            ("%defaults --workers 4", "--workers"),
        ] {
            let heard = bench.cell(cell).await;
            let (name, value) = heard.error();
            assert!(
                name == "UsageError" && value.contains(expected),
                "{cell}: {value}"
            );
            assert!(heard.stdout.is_empty(), "{cell} ran");
            bench.kernel.stop_aborting();
        }
    });
}

impl Heard {
    /// The charts of this cell: the display that each is for, and its text.
    fn charts(&self) -> Vec<(&'static str, String, String)> {
        let chart = |content: &Content| {
            let (kind, data, transient) = match content {
                Content::DisplayData(shown) => ("shown", &shown.data, shown.transient.clone()?),
                Content::UpdateDisplayData(new) => ("replaced", &new.data, new.transient.clone()),
                _ => return None,
            };
            let text = data.content.iter().find_map(|media| match media {
                jupyter_protocol::MediaType::Plain(text) => Some(text.clone()),
                _ => None,
            });
            Some((kind, transient.display_id?, text.unwrap_or_default()))
        };
        self.published.iter().filter_map(chart).collect()
    }
}

#[test]
fn a_learner_chooses_whose_turn_it_is_until_an_update_is_lost() {
    on_one_thread(async |mut bench| {
        let started = bench.cell("%step start counter").await;
        let charts = started.charts();
        let [(kind, place, text)] = charts.as_slice() else {
            panic!("{charts:?}")
        };
        assert_eq!(*kind, "shown");
        assert!(
            text.contains(
                "A = adder 1, B = adder 2. Nobody has had a turn yet. \
                 Next can be A (reads total) or B (reads total)."
            ),
            "{text}"
        );
        for (cell, said, rows) in [
            (
                "%step A",
                "A reads total: 0. Next can be A (writes total) or B (reads total).\n",
                1,
            ),
            (
                "%step b 2",
                "B reads total: 0, then writes total: 1. Next can be A (writes total).\n",
                3,
            ),
        ] {
            let heard = bench.cell(cell).await;
            assert_eq!(heard.stdout, said, "{cell}");
            let charts = heard.charts();
            let [("replaced", id, text)] = charts.as_slice() else {
                panic!("{cell}: {charts:?}")
            };
            assert_eq!(id, place);
            let steps = text.lines().filter(|line| line.contains(" adder "));
            assert_eq!(steps.count(), rows + 1, "and the caption: {text}");
        }
        let lost = bench.cell("%step A").await;
        let again = "%explore counter --replay s1-";
        assert!(
            lost.stdout.starts_with(&format!(
                "A writes total: 1. The end is wrong: lost update: 1 instead of 2. The same again: {again}"
            )) && lost.stdout.ends_with("-AB2A\n"),
            "{}",
            lost.stdout
        );
        let text = &lost.charts()[0].2;
        assert!(
            text.contains("Turns so far: A B B A. The end is wrong")
                && text.contains("lost: erased"),
            "{text}"
        );
        // What was said can be typed.
        let (_, again) = lost.stdout.split_once("The same again: ").unwrap();
        let heard = bench.cell(again).await;
        assert_eq!(heard.executed().status, ReplyStatus::Ok, "{heard:?}");
        // And the ladder can be had again as it stood.
        bench.cell("%step back 2").await;
        let drawn = bench.cell("%redraw last --json").await.stdout;
        let drawn: serde_json::Value = serde_json::from_str(&drawn).unwrap();
        assert_eq!(drawn["verdict"], "not ended");
    });
}

#[test]
fn turns_are_taken_back_and_the_rest_goes_by_itself() {
    on_one_thread(async |mut bench| {
        bench.cell("%step start counter").await;
        bench.cell("%step A 2").await;
        let heard = bench.cell("%step back").await;
        assert_eq!(
            heard.stdout,
            "Taken back: A writes total: 1. \
             Next can be A (writes total) or B (reads total).\n"
        );
        assert!(heard.charts()[0].2.contains("Turns so far: A."));
        let auto = bench.cell("%step auto").await.stdout;
        assert!(
            auto.starts_with(
                "A writes total: 1; B reads total: 1, then writes total: 2. \
                 The end is right: it came to 2. The same again: %explore"
            ),
            "{auto}"
        );
        bench.cell("%step back 3").await;
        let anew = bench.cell("%step B").await.stdout;
        assert!(anew.starts_with("B reads total: 0."), "{anew}");
        bench.cell("%step start counter --increments 5000").await;
        let long = bench.cell("%step auto").await.stdout;
        assert!(
            long.starts_with("1,000 turns, the last of them: A reads total: 495, then writes")
                && long.contains("stops at 1,000 turns in all. Next can be A"),
            "{long}"
        );
    });
}

#[test]
fn a_turn_that_cannot_be_had_is_refused_with_its_reason_and_changes_nothing() {
    on_one_thread(async |mut bench| {
        let refused = async |bench: &mut Bench, cell: &str, parts: &[&str]| {
            let heard = bench.cell(cell).await;
            let (name, value) = heard.error();
            assert_eq!(name, "UsageError");
            assert!(
                parts.iter().all(|part| value.contains(part)),
                "{cell}: {value}"
            );
            assert!(heard.charts().is_empty() && heard.stdout.is_empty());
            bench.kernel.stop_aborting();
        };
        for (cell, part) in [
            ("%step A", "%step start counter begins"),
            ("%step", "Possible: start, A, back, auto"),
            ("%step strat counter", "Did you mean `start`?"),
            ("%step start", "%step start takes a scenario"),
            ("%step start conter", "`counter`"),
            ("%step start breakfast", "shares nothing"),
            ("%step start counter --scale 2", "no time"),
            ("%step start counter --workers 30", "letters"),
            ("%step start counter --save x.svg", "%redraw last --save"),
        ] {
            refused(&mut bench, cell, &[part]).await;
        }
        bench.cell("%step start counter --protect lock").await;
        bench.cell("%step A 2").await;
        let next = "Next can be A (writes total) or B (begins to wait for lock)";
        for (cell, parts) in [
            ("%step C", ["no worker C", "A = adder 1, B = adder 2"]),
            (
                "%step B 2",
                ["after 1 it waits for lock, which adder 1", "%step B 1"],
            ),
            ("%step A 9", ["after 2 it has returned", "%step A 2"]),
            ("%step back 3", ["there were 2 turns", next]),
            ("%step A 5_000", ["5_000", "from 1 to 1000"]),
            ("%step A 999", ["at most 1,000", "1,001"]),
            ("%step A B", ["B", "%step? shows"]),
        ] {
            refused(&mut bench, cell, &parts).await;
        }
        bench.cell("%step B").await;
        refused(
            &mut bench,
            "%step B",
            &["B has no turn: it waits for lock, which adder 1 holds"],
        )
        .await;
        let heard = bench.cell("%step auto").await.stdout;
        assert!(heard.contains("The end is right: it came to 2"), "{heard}");
        assert!(heard.contains("--protect lock --replay s1-"), "{heard}");
        refused(&mut bench, "%step A", &["come to its end", "%step back"]).await;
    });
}

#[test]
fn a_deadlock_reached_step_by_step_is_said_in_words() {
    on_one_thread(async |mut bench| {
        bench.cell("%step start deadlock").await;
        bench.cell("%step A 2\n%step B 2").await;
        let waits = bench.cell("%step A").await.stdout;
        assert_eq!(
            waits,
            "A begins to wait for right. Next can be B (begins to wait for left). \
             A waits for right, which Ben holds.\n"
        );
        let dead = bench.cell("%step B").await;
        assert!(
            dead.stdout.contains(
                "The end is wrong: deadlock: nobody can go on. \
                 A waits for right, which Ben holds; B waits for left, which Ada holds."
            ),
            "{}",
            dead.stdout
        );
        assert_eq!(dead.executed().status, ReplyStatus::Ok);
        // Still the ladder.
        assert!(dead.charts()[0].2.contains("step by step"));
        bench.cell("%step start reentry").await;
        let alone = bench.cell("%step A 2").await.stdout;
        assert!(
            alone.contains("A waits for the lock, which it holds itself."),
            "{alone}"
        );
    });
}

#[test]
fn the_letters_that_can_go_on_are_offered() {
    on_one_thread(async |mut bench| {
        let offered = async |bench: &mut Bench| {
            let code = "%step ".to_owned();
            let cursor_pos = code.len();
            let heard = bench.ask(CompleteRequest { code, cursor_pos }).await;
            match heard.replies.as_slice() {
                [Content::CompleteReply(reply)] => reply.matches.clone(),
                other => panic!("{other:?}"),
            }
        };
        assert_eq!(offered(&mut bench).await, ["start", "back", "auto"]);
        bench.cell("%step start counter").await;
        assert_eq!(
            offered(&mut bench).await,
            ["start", "back", "auto", "A", "B"]
        );
        bench.cell("%step A 2").await;
        assert_eq!(offered(&mut bench).await, ["start", "back", "auto", "B"]);
    });
}

#[test]
fn defaults_that_mean_nothing_to_schedules_do_not_keep_them_from_starting() {
    on_one_thread(async |mut bench| {
        bench
            .cell("%defaults --gil 3.12 --theme dark --scale 0.5")
            .await;
        for cell in [
            "%step start counter",
            "%step A",
            "%explore counter --no-chart",
        ] {
            let heard = bench.cell(cell).await;
            assert_eq!(heard.executed().status, ReplyStatus::Ok, "{heard:?}");
        }
        let drawn = async |bench: &mut Bench, cell: &str| {
            let heard = bench.cell(cell).await;
            let pictures = heard.published.iter().filter_map(|content| match content {
                Content::DisplayData(shown) => shown.data.content.iter().find_map(|m| match m {
                    jupyter_protocol::MediaType::Svg(svg) => Some(svg.clone()),
                    _ => None,
                }),
                _ => None,
            });
            pictures.collect::<Vec<String>>()
        };
        let by_default = drawn(&mut bench, "%step start counter --no-stamp").await;
        bench.cell("%defaults --reset").await;
        let typed = drawn(&mut bench, "%step start counter --no-stamp --theme dark").await;
        assert_eq!(by_default.len(), 1);
        assert!(by_default == typed, "the default theme was not kept");
    });
}

#[test]
fn a_file_takes_the_place_of_the_cell() {
    on_one_thread(async |mut bench| {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("brew.rs");
        let written = bench
            .cell(&format!("%%writefile {}\nbrew()", path.display()))
            .await;
        assert_eq!(
            written.stdout,
            format!("wrote 7 bytes to {}\n", path.display())
        );
        let loaded = bench.cell(&format!("%load {}", path.display())).await;
        let [Payload::SetNextInput { text, replace }] = loaded.executed().payload.as_slice() else {
            panic!("{:?}", loaded.executed().payload);
        };
        assert!(replace);
        assert_eq!(*text, format!("// %load {}\nbrew()\n", path.display()));
    });
}

#[test]
fn without_rust_cells_there_is_nothing_to_list_or_forget() {
    on_one_thread(async |mut bench| {
        let who = bench.cell("%who").await;
        let Some(Content::DisplayData(shown)) = who
            .published
            .iter()
            .find(|content| matches!(content, Content::DisplayData(_)))
        else {
            panic!("{:?}", who.order);
        };
        assert!(format!("{:?}", shown.data).contains("no variables"));
        assert!(bench.cell("%reset").await.stdout.contains("nothing"));
    });
}

#[test]
fn a_mistake_about_timing_is_found_before_anything_runs() {
    for (cell, says) in [
        ("%threads breakfast\n%timeit -n no f()", "--loops no"),
        ("%threads breakfast\n%timeit --repeat 3 f()", "`--repeats`"),
    ] {
        on_one_thread(async |mut bench| {
            let heard = bench.cell(cell).await;
            assert!(heard.error().1.contains(says), "{:?}", heard.error());
            assert_eq!(
                heard.order,
                ["busy", "execute_input", "error", "execute_reply", "idle"]
            );
        });
    }
}
