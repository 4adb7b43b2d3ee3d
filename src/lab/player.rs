//! Plays a laboratory: turns real time into the cluster's, keeps the playhead, and gives commands from lines of text.

use super::{Lab, Recorded, is_question};
use crate::sim::{EPOCH, Micros, SECOND};
use crate::world::act::{CommandId, Refusal};
use crate::world::command::Command;
use crate::world::grammar::ParseError;
use std::collections::VecDeque;
use std::rc::Rc;

/// How fast the cluster's time runs: millionths of real time. 1,000,000 is as fast as life, 1,000 a thousandth of it.
pub type Rate = u64;

/// As fast as life.
pub const REAL_TIME: Rate = 1_000_000;
/// The slowest and the fastest a person can choose.
pub const SLOWEST: Rate = REAL_TIME / 1_000;
/// The fastest.
pub const FASTEST: Rate = REAL_TIME * 100;
/// At most so much real time passes in one frame: what a hidden tab missed is not caught up.
const LONGEST_FRAME: Micros = SECOND / 10;
/// At most so many steps are done in one frame, so that the page stays quick.
const FRAME_STEPS: usize = 20_000;

/// The opening scene: the textbook figure come alive (publish and subscribe, two groups).
pub const OPENING: &str = "\
cluster brokers=3
topic orders replicas=1,2,3/2,3,1/3,1,2/1,3,2 min.insync.replicas=2
producer p1
consumer c1 topics=orders group=g
consumer c2 topics=orders group=g
consumer c3 topics=orders group=audit
wait 8s
produce p1 orders key=lemon value=1 count=5
produce p1 orders key=apple value=2 count=4
produce p1 orders key=date value=3 count=3
produce p1 orders key=사과 value=4 count=5
wait 1s
rate p1 orders 1/3s key=lemon,apple,lime,banana,cherry,mango,plum,fig
";

/// Why a line was not done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LineError {
    /// It cannot be read.
    Unreadable(ParseError),
    /// It makes no sense now.
    Refused(Refusal),
}

impl std::fmt::Display for LineError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            LineError::Unreadable(error) => error.fmt(f),
            LineError::Refused(refusal) => refusal.fmt(f),
        }
    }
}

/// A laboratory with a clock.
#[derive(Clone, Debug)]
pub struct Player {
    /// The laboratory.
    pub lab: Lab,
    /// Whether time runs.
    pub playing: bool,
    /// What is left of real time that has not become a microsecond of the cluster's yet, in millionths.
    carry: u64,
    /// Commands whose answers somebody waits for.
    waiting: VecDeque<CommandId>,
}

impl Player {
    /// A player of a scene: its lines are done one after another, ahead of the first frame.
    pub fn open(scene: &str) -> Result<Player, (usize, LineError)> {
        let mut player = Player { lab: Lab::new(), playing: true, carry: 0, waiting: VecDeque::new() };
        for (number, line) in (1..).zip(scene.lines()) {
            let command = Command::parse_line(line).map_err(|e| (number, LineError::Unreadable(e)))?;
            let Some(command) = command else { continue };
            let id = player.lab.apply(&command).map_err(|e| (number, LineError::Refused(e)))?;
            while player.lab.take_answer(id).is_none() && player.lab.step() {}
        }
        player.lab.opened();
        Ok(player)
    }

    /// A player of another scene, from which this one's run can be returned to.
    pub fn open_beside(&self, scene: &str) -> Result<Player, (usize, LineError)> {
        let mut player = Player::open(scene)?;
        player.playing = self.playing;
        player.lab.keep_beside(&self.lab);
        Ok(player)
    }

    /// Time since the world began.
    pub fn elapsed(&self) -> Micros {
        self.lab.now() - EPOCH
    }

    /// Lets `real` microseconds pass at `rate`; true when anything may have changed.
    pub fn frame(&mut self, real: Micros, rate: Rate) -> bool {
        if !self.playing || real <= 0 {
            return false;
        }
        let real = real.min(LONGEST_FRAME) as u64;
        let total = real * rate + self.carry;
        self.carry = total % REAL_TIME;
        let until = self.lab.now() + (total / REAL_TIME) as Micros;
        self.lab.advance_to(until, FRAME_STEPS);
        true
    }

    /// Gives a command; its answer is found by [`Player::answers`].
    pub fn apply(&mut self, command: &Command) -> Result<CommandId, Refusal> {
        let id = self.lab.apply(command)?;
        self.waiting.push_back(id);
        Ok(id)
    }

    /// Gives the command of a line; none for an empty one.
    pub fn line(&mut self, line: &str) -> Result<Option<CommandId>, LineError> {
        match Command::parse_line(line).map_err(LineError::Unreadable)? {
            Some(command) => self.apply(&command).map(Some).map_err(LineError::Refused),
            None => Ok(None),
        }
    }

    /// The commands that have their answer now, with it.
    pub fn answers(&mut self) -> Vec<(CommandId, Vec<String>)> {
        let mut found = Vec::new();
        let lab = &mut self.lab;
        self.waiting.retain(|id| match lab.take_answer(*id) {
            Some(answer) => {
                found.push((*id, answer));
                false
            }
            None => true,
        });
        found
    }

    /// Takes back the last act of the person.
    pub fn undo(&mut self) -> Option<Rc<Command>> {
        self.lab.undo(self.opening())
    }

    /// Whether there is something to take back.
    pub fn can_undo(&self) -> bool {
        self.lab.commands().iter().take(self.lab.applied()).skip(self.opening()).any(|r| !is_question(&r.command))
    }

    /// The commands that made the scene.
    pub fn opening(&self) -> usize {
        self.lab.opening()
    }

    /// The scenario that plays this run again, up to the playhead: its commands with the time between them.
    pub fn scenario(&self) -> String {
        scenario_of(&self.lab.commands()[..self.lab.applied()]).0
    }
}

/// The scenario of recorded commands with the time between them, and when the last of them is done.
pub fn scenario_of(commands: &[Recorded]) -> (String, Micros) {
    let mut text = String::new();
    let mut at = EPOCH;
    for recorded in commands {
        let pause = recorded.at - at;
        if pause > 0 && recorded.step > 0 {
            text.push_str(&Command::Wait { duration: pause }.to_string());
            text.push('\n');
        }
        at = recorded.at;
        if let Command::Wait { duration } = *recorded.command {
            at += duration;
        }
        text.push_str(&recorded.command.to_string());
        text.push('\n');
    }
    (text, at)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Why: a person who opens the page must find the groups stable and records on their way, before the first frame.
    #[test]
    fn the_opening_scene_is_settled() {
        let player = Player::open(OPENING).expect("the opening scene");
        let world = player.lab.world();
        let states: Vec<String> = ["g", "audit"]
            .iter()
            .flat_map(|g| crate::world::describe::describe(world, &crate::world::command::Describe::Group((*g).into())).into_iter().take(1))
            .collect();
        assert_eq!(states, ["Stable protocol=range", "Stable protocol=range"]);
    }

    /// Why: pausing, playing slowly and playing fast must show the same run.
    #[test]
    fn frames_of_any_length_live_the_same_run() {
        let mut slow = Player::open(OPENING).expect("the opening scene");
        let mut fast = slow.clone();
        for _ in 0..600 {
            slow.frame(16_667, REAL_TIME);
        }
        while fast.lab.now() < slow.lab.now() {
            let left = slow.lab.now() - fast.lab.now();
            fast.frame(left.min(100_000), REAL_TIME);
        }
        assert_eq!(slow.lab.happened(), fast.lab.happened());
        assert_eq!(slow.lab.world().step, fast.lab.world().step);
    }
}
