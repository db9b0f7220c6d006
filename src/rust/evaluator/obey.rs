//! Carries out evcxr's commands, as far as they mean something here.

use super::commands::{COMMANDS, Command, WITHOUT};
use super::dependencies;
use super::failure::plain;
use super::requests::{Requests, tell};
use super::{Evaluator, OPTIMIZED, Stop};
use crate::rust::source::naming;
use crate::rust::wire::Event;

impl Evaluator {
    /// Carries out one command.
    pub(super) async fn obey(
        &mut self,
        command: &Command,
        requests: &mut Requests,
    ) -> Result<(), Stop> {
        let usage = |text: String| Err(Stop::Error(plain("UsageError", text)));
        let argument = command.arguments.as_str();
        match command.name.as_str() {
            "dep" => match dependencies::parse(argument) {
                Ok((name, specification)) => {
                    let mut asked = self.session.dependencies.clone();
                    asked.insert(name, specification);
                    self.depend(asked, requests).await?;
                }
                Err(why) => return usage(why),
            },
            "show_deps" => {
                let all = self.session.dependencies.iter();
                say(&all
                    .map(|(name, of)| format!("{name} = {of}\n"))
                    .collect::<String>());
            }
            "opt" => match argument {
                "" => {
                    let low = self.options.optimized == "0";
                    self.options.optimized = if low { OPTIMIZED } else { "0" }.into();
                    say(&format!("Optimization: {}\n", self.options.optimized));
                }
                level @ ("0" | "1" | "2" | "3" | "s" | "z") => {
                    self.options.optimized = level.into();
                    say(&format!("Optimization: {level}\n"));
                }
                other => return usage(format!("`:opt {other}`: levels are 0, 1, 2, 3, s and z")),
            },
            "fmt" => match argument {
                "" | "{:?}" => self.options.pretty = false,
                "{:#?}" => self.options.pretty = true,
                other => {
                    return usage(format!(
                        "`:fmt {other}`: values are shown by {{:?}} or {{:#?}}"
                    ));
                }
            },
            "clear" => self.forget(),
            "restart" => {
                self.child = None;
                let lost = self.lose(|_| true, "the process that held it was restarted");
                say(&format!("restarted; {}\n", super::failure::gone(&lost)));
            }
            "vars" => {
                let line = |(name, variable): (&String, &super::Variable)| {
                    format!("{name}: {}\n", naming::readable(&variable.told))
                };
                say(&self.session.variables.iter().map(line).collect::<String>());
            }
            "type" | "t" => match self.session.variables.get(argument) {
                Some(variable) => say(&format!(
                    "{argument}: {}\n",
                    naming::readable(&variable.told)
                )),
                None => {
                    return usage(format!(
                        "there is no variable `{argument}`; :vars lists them"
                    ));
                }
            },
            "doc" => {
                let code = argument.to_owned();
                let at = code.len();
                match self.explain(code, at, requests).await {
                    Some(found) => say(&format!("{}\n", found.plain)),
                    None => say(&format!("nothing is known of `{argument}`\n")),
                }
            }
            "explain" => self.explain_error(requests).await?,
            "timing" => {
                self.options.timing = !self.options.timing;
                say(&format!("Timing: {}\n", self.options.timing));
            }
            "offline" => self.options.offline = argument == "1",
            "env" | "build_env" => match argument.split_once('=') {
                Some((name, value)) => {
                    let pair = (name.trim().to_owned(), value.trim().to_owned());
                    if command.name == "env" {
                        self.options.environment.push(pair);
                        say("set from the next :restart on\n");
                    } else {
                        self.options.build_environment.push(pair);
                    }
                }
                None => return usage(format!("`:{} NAME=VALUE` is what it takes", command.name)),
            },
            "toolchain" => {
                self.options.toolchain = (!argument.is_empty()).then(|| argument.to_owned());
                self.tools = None;
                self.child = None;
                self.lose(|_| true, "another compiler keeps variables in its own way");
                self.tools(requests).await?;
            }
            "last_compile_dir" => say(&format!("{}\n", self.folder.display())),
            "version" => say(&format!("threadlab {}\n", env!("CARGO_PKG_VERSION"))),
            "help" => {
                let line =
                    |(name, about): &(&str, &str)| format!("{:<18} {about}\n", format!(":{name}"));
                say(&COMMANDS.iter().map(line).collect::<String>());
            }
            "quit" => return usage("`:quit`: the front end shuts a kernel down".into()),
            other => {
                let known = WITHOUT.iter().find(|(name, _)| *name == other);
                let why = known.map_or("there is no such command", |(_, why)| why);
                return usage(format!("`:{other}`: {why}; :help lists what there is"));
            }
        }
        Ok(())
    }

    /// What the compiler has to say at length of the last errors.
    async fn explain_error(&mut self, requests: &mut Requests) -> Result<(), Stop> {
        let codes = std::mem::take(&mut self.codes);
        let Some(code) = codes.first() else {
            let what = "the last cell had no error that the compiler explains at length";
            return Err(Stop::Error(plain("UsageError", what)));
        };
        let tools = self.tools(requests).await?;
        let explaining = tokio::process::Command::new(&tools.toolchain.rustc)
            .args(["--explain", code])
            .kill_on_drop(true)
            .output();
        let output = requests.unless_interrupted(explaining).await??;
        say(&String::from_utf8_lossy(&output.stdout));
        Ok(())
    }
}

fn say(text: &str) {
    tell(&Event::Text {
        stderr: false,
        text: text.to_owned(),
    });
}
