//! Runs a scenario from its first command to its last, each after the answer of the one before.

use crate::sim::{Micros, SECOND};
use crate::world::World;
use crate::world::act::Refusal;
use crate::world::grammar::ParseError;
use crate::world::script::Script;
use crate::world::trace::Entry;
use std::fmt;

/// A command that has no answer after so much time will never have one.
const PATIENCE: Micros = 3_600 * SECOND;

/// Why a run stopped.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Stopped {
    /// A line cannot be read.
    Unreadable(ParseError),
    /// A command makes no sense where it stands.
    Refused(Refusal),
    /// A command had no answer within an hour of the cluster's time.
    NoAnswer,
}

impl fmt::Display for Stopped {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Stopped::Unreadable(error) => error.fmt(f),
            Stopped::Refused(refusal) => refusal.fmt(f),
            Stopped::NoAnswer => f.write_str("found no answer, expected one within an hour of the cluster's time"),
        }
    }
}

/// How far a scenario came.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// The scenario; one that cannot be read to its end, up to the line that cannot.
    pub script: Option<Script>,
    /// The answers, one for each command that was done.
    pub answers: Vec<Vec<String>>,
    /// Everything that happened.
    pub facts: Vec<Entry>,
    /// The world at the end.
    pub world: World,
    /// The line it stopped at, and why; none when it came to its end.
    pub stopped: Option<(usize, Stopped)>,
}

/// Runs the scenario `text` in a world of its own. A line that cannot be read stops the run when it comes to it, so nothing before is lost.
pub fn run(text: &str) -> Outcome {
    let mut outcome = Outcome { script: None, answers: Vec::new(), facts: Vec::new(), world: World::new(), stopped: None };
    let script = Script::parse(text).or_else(|(line, error)| {
        outcome.stopped = Some((line, Stopped::Unreadable(error)));
        let before: String = text.split_inclusive('\n').take(line.saturating_sub(1)).collect();
        Script::parse(&before)
    });
    let Ok(script) = script else { return outcome };
    for step in &script.steps {
        let answered = answer(&mut outcome.world, &step.command);
        outcome.facts.append(&mut outcome.world.facts);
        match answered {
            Ok(answer) => outcome.answers.push(answer),
            Err(stopped) => {
                outcome.stopped = Some((step.line_no, stopped));
                break;
            }
        }
    }
    outcome.script = Some(script);
    outcome
}

fn answer(world: &mut World, command: &crate::world::command::Command) -> Result<Vec<String>, Stopped> {
    let id = world.apply(command).map_err(Stopped::Refused)?;
    let limit = world.now
        + PATIENCE.max(match command {
            crate::world::command::Command::Wait { duration } => *duration,
            _ => 0,
        });
    loop {
        if let Some(answer) = world.take_answer(id) {
            return Ok(answer);
        }
        if world.now > limit || !world.step() {
            return Err(Stopped::NoAnswer);
        }
    }
}
