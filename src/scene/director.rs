//! The director: how fast time runs, so that every hop a person cares about takes its half second on screen and silence passes quickly.

use super::flight::{Cargo, FlightView, read};
use super::scaled;
use super::theme::HOP;
use crate::kafka::fact::Fact;
use crate::kafka::record::is_internal;
use crate::lab::player::{FASTEST, Player, REAL_TIME, Rate, SLOWEST};
use crate::sim::Micros;

/// Why time runs as fast as it does; the text catalogue has the words.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Reason {
    /// A record is on its way to its leader.
    Record,
    /// The same, not for the first time.
    RetriedRecord,
    /// Followers copy a record.
    Copying,
    /// A follower tells the leader how far it has come.
    Confirming,
    /// A producer is about to be told.
    Acknowledgement,
    /// A consumer is about to read.
    Reading,
    /// The cluster changes: metadata is on its way.
    Decision,
    /// A leader was just elected.
    Election,
    /// An ISR just changed.
    IsrChange,
    /// A log was just cut.
    Truncation,
    /// Something else that matters just happened.
    JustHappened,
    /// A group shares out its partitions.
    Rebalance,
    /// Nothing that matters is on its way.
    #[default]
    Quiet,
    /// A person chose the speed.
    Fixed,
}

/// How fast, and why.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pace {
    /// Cluster time by real time, in millionths.
    pub rate: Rate,
    /// Why.
    pub reason: Reason,
}

/// How fast silence passes.
const SILENCE: Rate = 10 * REAL_TIME;
/// How fast time runs while a person looks at what just happened.
const LOOKING: Rate = REAL_TIME / 100;
/// How long they look, in real microseconds.
const LOOK: Micros = 450_000;
/// The same at what changes the cluster.
const LONG_LOOK: Micros = 1_100_000;
/// Speeding up, the rate doubles in so many real microseconds.
const DOUBLING: Micros = 70_000;
/// Looks in a frame; beyond that the rest of the frame runs at the speed it has.
const LOOKS: usize = 256;
/// At most so much real time passes in one frame.
const LONGEST_FRAME: Micros = 100_000;

/// The director. It remembers its present speed, so that it changes smoothly, and what a person is looking at.
#[derive(Clone, Debug)]
pub struct Director {
    rate: Rate,
    reason: Reason,
    looking: Micros,
    looking_at: Reason,
    seen: usize,
}

impl Default for Director {
    fn default() -> Self {
        Director { rate: REAL_TIME / 10, reason: Reason::Quiet, looking: 0, looking_at: Reason::Quiet, seen: usize::MAX }
    }
}

impl Director {
    /// The present pace.
    pub fn pace(&self) -> Pace {
        Pace { rate: self.rate, reason: self.reason }
    }

    /// The playhead was moved by other means: nothing of before is looked at any more.
    pub fn moved(&mut self) {
        self.looking = 0;
        self.seen = usize::MAX;
    }

    /// Lets `real` microseconds pass, slower and faster as what happens asks for. The player must be playing.
    pub fn drive(&mut self, player: &mut Player, real: Micros) -> Pace {
        let mut left = real.clamp(0, LONGEST_FRAME);
        let mut looks = 0;
        while left > 0 && player.playing {
            self.notice(player);
            let (target, reason) = self.target(player);
            looks += 1;
            let until_next = player.lab.world().next_at().map_or(Micros::MAX, |next| (next - player.lab.now()).max(0));
            if target <= self.rate {
                self.rate = target;
            }
            self.reason = reason;
            // Real time until something happens, or until the speed has grown by a tenth.
            let needed = scaled(until_next, REAL_TIME as i64, self.rate.max(1) as i64).saturating_add(1).min(left);
            let growing = if target > self.rate { DOUBLING / 8 } else { left };
            let slice = if looks > LOOKS { left } else { needed.min(growing).min(left).max(1) };
            player.frame(slice, self.rate);
            left -= slice;
            self.looking = (self.looking - slice).max(0);
            if target > self.rate {
                // 2^(slice / DOUBLING), to first order; slices are short.
                let grown = self.rate + scaled(self.rate as i64, slice * 7, 10 * DOUBLING).max(1) as u64;
                self.rate = grown.min(target);
            }
        }
        self.notice(player);
        self.pace()
    }

    /// Looks at the facts stated since the last time.
    fn notice(&mut self, player: &Player) {
        let happened = player.lab.happened();
        if self.seen > happened {
            self.seen = happened;
        }
        for entry in player.lab.all_facts().range(self.seen.min(happened)..happened) {
            let (reason, look) = match &entry.fact {
                Fact::LeaderElected { partition, .. } if !is_internal(&partition.topic) => (Reason::Election, LONG_LOOK),
                Fact::IsrChanged { partition, .. } if !is_internal(&partition.topic) => (Reason::IsrChange, LOOK),
                Fact::Truncated { partition, .. } | Fact::DataLost { partition, .. } if !is_internal(&partition.topic) => {
                    (Reason::Truncation, LONG_LOOK)
                }
                Fact::SessionEnded { .. }
                | Fact::ControllerElected { .. }
                | Fact::BrokerFenced { .. }
                | Fact::BrokerUnfenced { .. }
                | Fact::ControllerActivated { .. }
                | Fact::GroupStable { .. } => (Reason::JustHappened, LOOK),
                Fact::RecordAcknowledged { .. } | Fact::RecordFailed { .. } => (Reason::Acknowledgement, LOOK),
                Fact::RecordsRead { partition, .. } if !is_internal(&partition.topic) => (Reason::Reading, LOOK),
                _ => continue,
            };
            if look >= self.looking {
                self.looking = look;
                self.looking_at = reason;
            }
        }
        self.seen = happened;
    }

    /// The speed that what is on its way asks for: the slowest of all.
    fn target(&self, player: &Player) -> (Rate, Reason) {
        let world = player.lab.world();
        let mut best = if self.looking > 0 { (LOOKING, self.looking_at) } else { (SILENCE, Reason::Quiet) };
        for flight in world.network.flights().filter(|flight| !flight.held) {
            let hop = (flight.arrives_at - flight.sent_at).max(1) as u64;
            let rate = (hop * REAL_TIME / HOP as u64).clamp(SLOWEST, FASTEST);
            // Of a crowd only the first that is slower than all before is read.
            if rate < best.0
                && let Some(flight) = read(world, flight).filter(FlightView::is_interesting)
            {
                best = (rate, reason_of(&flight, world));
            }
        }
        best
    }
}

fn reason_of(flight: &FlightView, world: &crate::world::World) -> Reason {
    match &flight.cargo {
        Cargo::Produce(_) => Reason::Record,
        Cargo::ProduceResponse { .. } => Reason::Acknowledgement,
        Cargo::Fetch { .. } => Reason::Confirming,
        Cargo::FetchResponse(_) if world.brokers.contains_key(&flight.to.0) => Reason::Copying,
        Cargo::FetchResponse(_) => Reason::Reading,
        Cargo::Group { .. } => Reason::Rebalance,
        Cargo::Control { .. } | Cargo::Heartbeat => Reason::Decision,
    }
}
