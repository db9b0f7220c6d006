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
        let heard = bench.cell("%threads breakfast --scale 0.01").await;
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
