//! The laboratory: a world that is recorded, so that it can be rewound and run again from any instant.

pub mod golden;
pub mod player;
pub mod runner;
pub mod storm;
pub mod survive;

use crate::sim::{EPOCH, Micros};
use crate::world::World;
use crate::world::act::{CommandId, Refusal};
use crate::world::command::Command;
use crate::world::trace::Entry;
use std::collections::VecDeque;
use std::rc::Rc;

/// A snapshot is kept every so many steps.
const SNAPSHOT_STEPS: u64 = 2_048;
/// How many snapshots are kept at most; beyond that every second of the older half goes.
const MAX_SNAPSHOTS: usize = 512;
/// How many facts of the past are kept; a page left on overnight stays small.
const MAX_FACTS: usize = 200_000;

/// A command of a recording, with its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recorded {
    /// How many steps had been done before it.
    pub step: u64,
    /// The instant.
    pub at: Micros,
    /// The command.
    pub command: Rc<Command>,
}

#[derive(Clone, Debug)]
struct Snapshot {
    world: Rc<World>,
    applied: usize,
}

/// One run: its commands, what happened in it as far as it was lived, and snapshots to go back to.
#[derive(Clone, Debug)]
struct Run {
    commands: Vec<Recorded>,
    /// How many of them made the scene.
    opening: usize,
    snapshots: Vec<Snapshot>,
    facts: VecDeque<Rc<Entry>>,
    /// How many facts were dropped from the front.
    forgotten: u64,
    /// The farthest step lived, and instant.
    end_step: u64,
    end_at: Micros,
}

/// A world with its past, and the run it branched from.
#[derive(Clone, Debug)]
pub struct Lab {
    world: World,
    run: Run,
    /// How many commands of the run the world at the playhead has had.
    applied: usize,
    /// The run that was left when the person acted in the past, and where its playhead was.
    left: Option<(Run, Micros)>,
}

impl Default for Lab {
    fn default() -> Self {
        Lab::new()
    }
}

impl Lab {
    /// A laboratory before its first command.
    pub fn new() -> Lab {
        let run = Run {
            commands: Vec::new(),
            opening: 0,
            snapshots: Vec::new(),
            facts: VecDeque::new(),
            forgotten: 0,
            end_step: 0,
            end_at: EPOCH,
        };
        Lab { world: World::new(), run, applied: 0, left: None }
    }

    // ---- getters

    /// The world at the playhead.
    pub fn world(&self) -> &World {
        &self.world
    }

    /// The playhead.
    pub fn now(&self) -> Micros {
        self.world.now
    }

    /// How far the run has been lived.
    pub fn end_at(&self) -> Micros {
        self.run.end_at
    }

    /// Whether something of this run lies ahead of the playhead.
    pub fn is_in_past(&self) -> bool {
        self.world.step < self.run.end_step || self.world.now < self.run.end_at || self.applied < self.run.commands.len()
    }

    /// The commands of the run, of what lies ahead too.
    pub fn commands(&self) -> &[Recorded] {
        &self.run.commands
    }

    /// How many of [`Lab::commands`] were given at the playhead.
    pub fn applied(&self) -> usize {
        self.applied
    }

    /// How many of [`Lab::commands`] made the scene.
    pub fn opening(&self) -> usize {
        self.run.opening
    }

    /// The scene is made: what is done from here on is a person's.
    pub fn opened(&mut self) {
        self.run.opening = self.run.commands.len();
    }

    /// Every fact of the run, of what lies ahead too, oldest first.
    pub fn all_facts(&self) -> &VecDeque<Rc<Entry>> {
        &self.run.facts
    }

    /// How many of [`Lab::all_facts`] have happened at the playhead.
    pub fn happened(&self) -> usize {
        let collected = self.world.stated() - self.world.facts.len() as u64;
        (collected.saturating_sub(self.run.forgotten) as usize).min(self.run.facts.len())
    }

    /// How many facts were forgotten before the first of [`Lab::all_facts`].
    pub fn forgotten(&self) -> u64 {
        self.run.forgotten
    }

    /// Whether there is another run to return to.
    pub fn can_return(&self) -> bool {
        self.left.is_some()
    }

    // ---- acting

    /// Gives a command at the playhead. In the past this starts a new run from there; the old one can be returned to until the next time.
    pub fn apply(&mut self, command: &Command) -> Result<CommandId, Refusal> {
        let (place, at) = (self.place(), self.world.now);
        let id = match self.world.apply(command) {
            Ok(id) => id,
            Err(refusal) => {
                // It may have begun before it was refused.
                self.go_to(place);
                self.world.idle_to(at);
                return Err(refusal);
            }
        };
        if self.is_in_past() {
            self.branch();
        }
        self.run.commands.push(Recorded { step: self.world.step, at, command: Rc::new(command.clone()) });
        self.applied = self.run.commands.len();
        self.collect();
        Ok(id)
    }

    /// The answer of a command when it has one.
    pub fn take_answer(&mut self, id: CommandId) -> Option<Vec<String>> {
        self.world.take_answer(id)
    }

    /// Starts a new run at the playhead, wherever it is; what lies ahead is the old one's, which can be returned to.
    pub fn branch(&mut self) {
        let old = self.run.clone();
        let end_at = old.end_at;
        let happened = self.happened();
        let (step, applied) = (self.world.step, self.applied);
        self.run.facts.truncate(happened);
        self.run.commands.truncate(applied);
        self.run.snapshots.retain(|s| s.world.step <= step && s.applied <= applied);
        self.run.end_step = step;
        self.run.end_at = self.world.now;
        self.left = Some((old, end_at));
    }

    /// Returns to the run that was left; the present one is then the one to return to.
    pub fn return_to_other_run(&mut self) -> bool {
        let Some((run, at)) = self.left.take() else { return false };
        self.left = Some((std::mem::replace(&mut self.run, run), self.world.now));
        self.rewind(|_| true);
        self.advance_to(at, usize::MAX);
        true
    }

    /// Makes the present run of another laboratory the one to return to.
    pub fn keep_beside(&mut self, other: &Lab) {
        self.left = Some((other.run.clone(), other.world.now));
    }

    /// Takes back the last command behind the first `keep` that changed something: the playhead goes to just before it, in a run of its own.
    pub fn undo(&mut self, keep: usize) -> Option<Rc<Command>> {
        let last = self.run.commands.get(..self.applied)?.iter().rposition(|r| !is_question(&r.command)).filter(|i| *i >= keep)?;
        let recorded = self.run.commands.get(last)?.clone();
        self.go_to(recorded.step + last as u64);
        self.world.idle_to(recorded.at);
        self.branch();
        Some(recorded.command)
    }

    // ---- time

    /// One step, new or lived before; false when nothing is due.
    pub fn step(&mut self) -> bool {
        let more = self.replay_one();
        self.collect();
        more
    }

    /// Lets time run to `at`, doing at most `limit` steps; false when the limit came first.
    pub fn advance_to(&mut self, at: Micros, limit: usize) -> bool {
        for _ in 0..limit {
            let due = match self.next_command() {
                Some(recorded) => Some(recorded.at),
                None => self.world.next_at(),
            };
            if due.is_none_or(|due| due > at) {
                self.world.idle_to(at);
                self.run.end_at = self.run.end_at.max(at);
                return true;
            }
            self.replay_one();
            self.collect();
        }
        false
    }

    /// Moves the playhead to an instant, back or forth.
    pub fn seek(&mut self, at: Micros) {
        let is_behind = at < self.world.now;
        let nearest = self.run.snapshots.iter().rfind(|s| s.world.now <= at);
        if is_behind || nearest.is_some_and(|s| s.world.step > self.world.step) {
            self.rewind(|s| s.world.now <= at);
        }
        self.advance_to(at, usize::MAX);
    }

    /// One step back: the last thing done, a step or a command, is not done yet.
    pub fn step_back(&mut self) {
        if let Some(place) = self.place().checked_sub(1) {
            self.go_to(place);
        }
    }

    /// How many things had been done at the playhead, steps and commands.
    fn place(&self) -> u64 {
        self.world.step + self.applied as u64
    }

    /// Goes to where so many things had been done.
    fn go_to(&mut self, place: u64) {
        self.rewind(|s| s.world.step + s.applied as u64 <= place);
        while self.place() < place && self.step() {}
    }

    /// Takes the last snapshot that fits; before the first there is only the beginning.
    fn rewind(&mut self, fits: impl Fn(&Snapshot) -> bool) {
        match self.run.snapshots.iter().rfind(|s| fits(s)) {
            Some(snapshot) => {
                self.world = (*snapshot.world).clone();
                self.applied = snapshot.applied;
            }
            None => {
                self.world = World::new();
                self.applied = 0;
            }
        }
    }

    /// The command of the recording that comes next, before any step.
    fn next_command(&self) -> Option<&Recorded> {
        self.run.commands.get(self.applied).filter(|r| r.step == self.world.step)
    }

    /// The next command of the recording, or the next step.
    fn replay_one(&mut self) -> bool {
        let Some(recorded) = self.next_command().cloned() else { return self.world.step() };
        self.world.idle_to(recorded.at);
        let replayed = self.world.apply(&recorded.command);
        // It was accepted when it was recorded, and state is a function of the recording.
        assert!(replayed.is_ok(), "a recorded command is accepted again");
        self.applied += 1;
        true
    }

    /// Keeps the facts that are new, and a snapshot now and then.
    fn collect(&mut self) {
        let facts = self.world.drain_facts();
        let first = self.world.stated() - facts.len() as u64;
        for (index, fact) in (first..).zip(facts) {
            if index == self.run.forgotten + self.run.facts.len() as u64 {
                self.run.facts.push_back(Rc::new(fact));
            }
        }
        while self.run.facts.len() > MAX_FACTS {
            self.run.facts.pop_front();
            self.run.forgotten += 1;
        }
        self.run.end_step = self.run.end_step.max(self.world.step);
        self.run.end_at = self.run.end_at.max(self.world.now);
        let last = self.run.snapshots.last().map_or(0, |s| s.world.step);
        if self.world.step >= last + SNAPSHOT_STEPS {
            self.snapshot();
        }
    }

    fn snapshot(&mut self) {
        self.run.snapshots.push(Snapshot { world: Rc::new(self.world.clone()), applied: self.applied });
        if self.run.snapshots.len() > MAX_SNAPSHOTS {
            let mut index = 0;
            self.run.snapshots.retain(|_| {
                index += 1;
                index > MAX_SNAPSHOTS / 2 || index % 2 == 1
            });
        }
    }
}

/// Whether a command only asks and changes nothing.
pub fn is_question(command: &Command) -> bool {
    matches!(command, Command::Describe(_) | Command::Read { .. } | Command::Wait { .. } | Command::Await { .. })
}
