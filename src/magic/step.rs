//! `%step`: the learner chooses whose turn it is, on a scenario's small
//! instance.

use super::arguments::with_scenario;
use super::perform;
use super::place::Place;
use super::turns::{LETTERS, Turns};
use super::{Context, Doing, Magic, MagicError, small};
use crate::display::Stream;
use crate::scenario::quantity::{QuantityError, count, thousands, within};
use clap::parser::ValueSource;
use clap::{Arg, ArgMatches, Command};
use lab::explore::ByHand;

pub(super) const STEP: Magic = Magic {
    name: "step",
    command: || {
        Command::new("step")
            .about(
                "Lets you choose whose turn it is, step by step: %step start counter, then %step A",
            )
            .disable_help_flag(true)
            .disable_help_subcommand(true)
            .subcommand_required(true)
            .subcommand(start_command())
            .subcommands(('A'..='Z').map(letter_command))
            .subcommand(with_number(
                Command::new("back").about("Takes the last turn back, or the last N: back [N]"),
            ))
            .subcommand(
                Command::new("auto")
                    .about("Goes to the end; each turn is the first worker's that can go on")
                    .disable_help_flag(true),
            )
    },
    run: |context, matches| run(context, matches),
};

/// The most turns of a schedule by hand.
const MOST: usize = 1_000;

/// Options of what is kept, which a beginning has nothing for.
const KEPT: [&str; 2] = ["save", "json"];

fn start_command() -> Command {
    let about = "Begins: start SCENARIO, with its own parameters if you like";
    let command = small::without_time(with_scenario("start", about));
    let hide = |command: Command, option| command.mut_arg(option, |arg| arg.hide(true));
    KEPT.into_iter()
        .fold(command, hide)
        .display_name("step start")
}

fn letter_command(letter: char) -> Command {
    let command = Command::new(letter.to_string())
        .alias(letter.to_ascii_lowercase().to_string())
        .about("Gives the first worker a turn, or N turns: A [N]; likewise B, C ...")
        .hide(letter != 'A');
    with_number(command)
}

fn with_number(command: Command) -> Command {
    let number = Arg::new("turns").value_name("N").help("How many turns [1]");
    command
        .arg(number.value_parser(turns))
        .disable_help_flag(true)
}

fn turns(text: &str) -> Result<usize, QuantityError> {
    Ok(within(text, count(text)?, 1, MOST as u64)? as usize)
}

fn run<'a>(context: &'a mut Context<'_>, matches: ArgMatches) -> Doing<'a> {
    Box::pin(async move {
        let Some((word, given)) = matches.subcommand() else {
            return Err(not_begun());
        };
        if word == "start" {
            return start(context, given).await;
        }
        let mut turns = context.session.turns.take().ok_or_else(not_begun)?;
        let done = go_on(context, &mut turns, word, given).await;
        context.session.turns = Some(turns);
        context.screen.text(Stream::Out, &format!("{}\n", done?));
        Ok(())
    })
}

fn not_begun() -> MagicError {
    MagicError::usage(
        "there is no schedule to take steps in yet",
        "%step start counter begins one",
    )
}

async fn start(context: &mut Context<'_>, given: &ArgMatches) -> Result<(), MagicError> {
    let typed = |option: &&str| given.value_source(option) == Some(ValueSource::CommandLine);
    if let Some(option) = KEPT.into_iter().find(typed) {
        return Err(MagicError::usage(
            format!("--{option} has nothing to keep at the start"),
            "%redraw last --save PATH saves the ladder as it stands; so does --json for its data",
        ));
    }
    let asked = small::asked(given, "step start")?;
    let plan = small::plan(context, &asked, "%step start counter")?;
    let workers = plan.parameters.workers as usize;
    if workers > LETTERS {
        return Err(MagicError::usage(
            format!("workers have letters here, and for {workers} there are not enough"),
            format!("--workers {LETTERS} is the most; %explore takes more"),
        ));
    }
    let stepped = perform::step(context, &plan, ByHand::default()).await?;
    let mut turns = Turns {
        place: Place::new(context, 0.0, String::new()),
        options: asked.options,
        plan,
        stepped,
    };
    turns.show(context)?;
    if turns.options.no_chart {
        let text = format!("{}. {}\n", turns.who(), turns.next());
        context.screen.text(Stream::Out, &text);
    }
    context.session.turns = Some(turns);
    Ok(())
}

/// Takes turns, or takes some back; a line that says what happened.
async fn go_on(
    context: &mut Context<'_>,
    turns: &mut Turns,
    word: &str,
    given: &ArgMatches,
) -> Result<String, MagicError> {
    let before = turns.workers().len();
    let by_hand = chosen(turns, word, given)?;
    let asked = by_hand.turns.clone();
    let stepped = perform::step(context, &turns.plan, by_hand).await?;
    if let Some(refused) = asked.get(stepped.turns.len()) {
        return Err(turns.refusal(*refused, asked.len() - before, &stepped));
    }
    let undone = (asked.len() < before).then(|| turns.told(asked.len()));
    turns.stepped = stepped;
    turns.show(context)?;
    let told = match undone {
        Some(undone) => format!("Taken back: {undone}"),
        None if word == "auto" && turns.stepped.outcome.is_none() => {
            let most = thousands(MOST as u64);
            format!("{} It stops at {most} turns in all.", turns.told(before))
        }
        None => turns.told(before),
    };
    Ok(format!("{told} {}", turns.next()))
}

/// The turns that there are to be now.
fn chosen(turns: &Turns, word: &str, given: &ArgMatches) -> Result<ByHand, MagicError> {
    let mut all = turns.workers();
    let number = || given.get_one::<usize>("turns").copied().unwrap_or(1);
    if word == "back" {
        let left = all.len().checked_sub(number());
        all.truncate(left.ok_or_else(|| too_few(all.len(), number(), turns))?);
        return Ok(ByHand::exactly(all));
    }
    if turns.stepped.outcome.is_some() {
        let scenario = turns.plan.scenario.name;
        return Err(MagicError::usage(
            "nobody has another turn: this schedule has come to its end",
            format!("%step back takes a turn back, %step start {scenario} begins anew"),
        ));
    }
    let wanted = all.len() + if word == "auto" { 1 } else { number() };
    if wanted > MOST {
        let (most, wanted) = (thousands(MOST as u64), thousands(wanted as u64));
        return Err(MagicError::usage(
            format!("a schedule by hand has at most {most} turns, and these would be {wanted}"),
            "%step back takes some back; %explore goes through longer schedules",
        ));
    }
    Ok(match word.bytes().next() {
        Some(letter @ b'A'..=b'Z') => {
            all.resize(wanted, u32::from(letter - b'A'));
            ByHand::exactly(all)
        }
        _ => ByHand {
            turns: all,
            most: MOST,
        },
    })
}

fn too_few(taken: usize, number: usize, turns: &Turns) -> MagicError {
    let so_far = match taken {
        0 => "nobody has had a turn yet".into(),
        1 => "there was one turn so far".into(),
        many => format!("there were {many} turns so far"),
    };
    MagicError::usage(
        format!("{number} cannot be taken back: {so_far}"),
        turns.next(),
    )
}
