//! The sentence under the rack: which headline and which because belong to this instant; the text catalogue makes the words.

use super::flight::{Cargo, FlightView, Load};
use super::memory::Memory;
use super::pulse::screen_age;
use super::view::{BrokerState, ClusterView, GroupStateView, OutcomeView};
use crate::kafka::errors::ErrorCode;
use crate::kafka::fact::Fact;
use crate::kafka::record::TopicPartition;
use crate::kafka::record::is_internal;
use crate::sim::{Micros, NodeId};
use crate::world::World;
use crate::world::trace::Entry;
use std::rc::Rc;

/// What is happening now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Caption {
    /// Acknowledged records are gone: the new leader never had them.
    Lost { partition: TopicPartition, offset: i64, count: usize, leader: i32 },
    /// A leader was elected; `silent`: how long the old one had not been heard of, where its session ran out.
    Elected { partition: TopicPartition, from: i32, to: i32, leader_epoch: i32, unclean: bool, lost: usize, silent: Option<Micros> },
    /// Nobody may lead.
    Offline { partition: TopicPartition, isr: Vec<i32> },
    /// A log was cut to what its leader has.
    Truncated { partition: TopicPartition, broker: i32, from: i64, to: i64 },
    /// A broker was counted out; `silent`: how long it had not been heard of, where its session ran out.
    Fenced { broker: i32, silent: Option<Micros> },
    /// A broker's ZooKeeper session ended; `silent` as above.
    SessionEnded { broker: i32, silent: Option<Micros> },
    /// A broker became the controller of a ZooKeeper cluster.
    ControllerElected { broker: i32, epoch: i32 },
    /// ZooKeeper does not answer, or no broker is the controller.
    NoZooKeeper { up: bool },
    /// A broker is counted in again.
    Unfenced { broker: i32 },
    /// Of three controllers another one decides now.
    Activated { controller: Rc<str>, epoch: i32 },
    /// No controller decides; `electing`: a majority of the voters is there to elect one.
    NoController { electing: bool },
    /// An ISR lost members.
    IsrShrank { partition: TopicPartition, gone: Vec<i32>, isr: Vec<i32> },
    /// An ISR gained members.
    IsrGrew { partition: TopicPartition, back: Vec<i32>, isr: Vec<i32> },
    /// A write was refused.
    Refused { partition: TopicPartition, error: ErrorCode },
    /// Followers copy a record; with acks=all its producer is told when all of them have asked for the next offset.
    Copying { partition: TopicPartition, offset: i64, followers: Vec<i32>, leader: i32, waits: Option<Rc<str>> },
    /// Followers ask for the next offset: by that the leader learns that they have the record.
    Confirming { partition: TopicPartition, offset: i64, followers: Vec<i32>, leader: i32 },
    /// A record is on its way to its leader.
    Sending { producer: Rc<str>, partition: TopicPartition, leader: i32, retried: bool },
    /// The producer is about to be told.
    Acknowledging { producer: Rc<str>, leader: i32, error: bool },
    /// A consumer is about to read.
    Reading { consumer: Rc<str>, partition: TopicPartition, offset: i64, leader: i32 },
    /// A group shares its partitions out.
    Rebalancing { group: Rc<str>, missing: Vec<Rc<str>> },
    /// A broker has no process and the controller does not know it yet; `left`: what is left of its session.
    Unnoticed { broker: i32, left: Micros },
    /// A broker is down and counted out.
    Down { broker: i32, under_replicated: usize },
    /// A broker stands still.
    Paused { broker: i32 },
    /// A broker starts.
    Starting { broker: i32 },
    /// A broker gives its leaderships away.
    Stopping { broker: i32 },
    /// A link is cut.
    LinkCut { from: Rc<str>, to: Rc<str>, one_way: bool },
    /// There is no topic.
    NoTopic,
    /// Everything is in sync, nothing travels but questions.
    Quiet { partitions: usize },
    /// Every broker runs, and some partitions have replicas outside the ISR.
    UnderReplicated { partitions: usize },
}

impl Caption {
    /// How much it matters; the weightier replaces the lighter at once.
    pub fn weight(&self) -> u8 {
        match self {
            Caption::Lost { .. } => 9,
            Caption::Elected { .. } | Caption::Offline { .. } | Caption::Truncated { .. } => 8,
            Caption::ControllerElected { .. } | Caption::Fenced { .. } | Caption::Unfenced { .. } | Caption::Activated { .. } => 7,
            Caption::SessionEnded { .. } | Caption::Refused { .. } => 6,
            Caption::IsrShrank { .. } | Caption::IsrGrew { .. } => 5,
            Caption::Copying { .. } | Caption::Sending { .. } => 4,
            Caption::Confirming { .. } | Caption::Acknowledging { .. } | Caption::Reading { .. } => 3,
            Caption::Rebalancing { .. } => 2,
            Caption::NoController { .. }
            | Caption::NoZooKeeper { .. }
            | Caption::Unnoticed { .. }
            | Caption::Down { .. }
            | Caption::UnderReplicated { .. }
            | Caption::Paused { .. }
            | Caption::Starting { .. }
            | Caption::Stopping { .. }
            | Caption::LinkCut { .. } => 1,
            Caption::NoTopic | Caption::Quiet { .. } => 0,
        }
    }
}

/// How long a fact is spoken of, in screen microseconds.
const SPOKEN: i64 = 3_200_000;

/// What the caption speaks of at an instant. `facts`: the latest first; `rate`: the present speed in millionths.
pub fn caption<'a>(
    world: &World,
    view: &ClusterView,
    memory: &Memory,
    flights: &[FlightView],
    facts: impl Iterator<Item = &'a Rc<Entry>>,
    rate: u64,
) -> Caption {
    let spoken = facts.take(400).take_while(|e| screen_age(e.at, world.now, rate) < SPOKEN).filter_map(|e| of_fact(world, view, memory, e));
    let fact = spoken.max_by_key(Caption::weight);
    let flight = of_flights(world, view, flights);
    match (fact, flight) {
        (Some(fact), Some(flight)) => {
            if fact.weight() >= flight.weight() {
                fact
            } else {
                flight
            }
        }
        (Some(one), None) | (None, Some(one)) => one,
        (None, None) => of_state(world, view),
    }
}

fn of_fact(world: &World, view: &ClusterView, memory: &Memory, entry: &Entry) -> Option<Caption> {
    match &entry.fact {
        Fact::BecameLeader { partition, start_offset, .. } if !is_internal(&partition.topic) => {
            let gone: Vec<i64> = memory.lost().iter().filter(|(p, o, _)| p == partition && o >= start_offset).map(|(_, o, _)| *o).collect();
            let offset = *gone.iter().min()?;
            Some(Caption::Lost { partition: partition.clone(), offset, count: gone.len(), leader: entry.node.0 })
        }
        Fact::LeaderElected { partition, from, to, leader_epoch, unclean } if !is_internal(&partition.topic) => {
            if *to < 0 {
                let isr = view.partition(partition).map(|p| p.isr.clone()).unwrap_or_default();
                return Some(Caption::Offline { partition: partition.clone(), isr });
            }
            // The first election of a new topic moves nothing.
            if *from < 0 && *leader_epoch == 0 {
                return None;
            }
            let lost = memory.lost().iter().filter(|(p, ..)| p == partition).count();
            let silent =
                (*from >= 0 && world.zookeeper.is_none() && view.broker(*from).is_some_and(|b| b.fenced)).then(|| world.session_timeout());
            Some(Caption::Elected {
                partition: partition.clone(),
                from: *from,
                to: *to,
                leader_epoch: *leader_epoch,
                unclean: *unclean,
                lost,
                silent,
            })
        }
        Fact::Truncated { partition, from, to } if !is_internal(&partition.topic) => {
            Some(Caption::Truncated { partition: partition.clone(), broker: entry.node.0, from: *from, to: *to })
        }
        Fact::BrokerFenced { broker, expired } => {
            Some(Caption::Fenced { broker: *broker, silent: expired.then(|| world.session_timeout()) })
        }
        Fact::SessionEnded { broker, expired } => {
            Some(Caption::SessionEnded { broker: *broker, silent: expired.then(|| world.session_timeout()) })
        }
        Fact::ControllerElected { broker, epoch } => Some(Caption::ControllerElected { broker: *broker, epoch: *epoch }),
        Fact::ControllerActivated { epoch } => Some(Caption::Activated { controller: world.name(entry.node), epoch: *epoch }),
        Fact::BrokerUnfenced { broker } => Some(Caption::Unfenced { broker: *broker }),
        Fact::IsrChanged { partition, from, to } if !is_internal(&partition.topic) => {
            let only = |a: &[i32], b: &[i32]| a.iter().filter(|id| !b.contains(id)).copied().collect::<Vec<i32>>();
            let mut isr = to.clone();
            crate::sort::sort(&mut isr);
            let (gone, back) = (only(from, to), only(to, from));
            let partition = partition.clone();
            if gone.is_empty() {
                Some(Caption::IsrGrew { partition, back, isr })
            } else {
                Some(Caption::IsrShrank { partition, gone, isr })
            }
        }
        Fact::ProduceRefused { partition, error } => Some(Caption::Refused { partition: partition.clone(), error: *error }),
        _ => None,
    }
}

/// The records of a message that a person sees.
fn load(flight: &FlightView) -> Option<&Load> {
    match &flight.cargo {
        Cargo::FetchResponse(loads) | Cargo::Produce(loads) => loads.iter().find(|l| !is_internal(&l.partition.topic)),
        _ => None,
    }
}

fn of_flights(world: &World, view: &ClusterView, flights: &[FlightView]) -> Option<Caption> {
    let is_broker = |node: NodeId| view.broker(node.0).is_some();
    // In a crowd of other messages, what is asked of each first is what is told at a glance.
    let (mut copies, mut sends, mut confirms, mut answers, mut reads) = (Vec::new(), None, Vec::new(), None, None);
    for flight in flights.iter().filter(|f| !f.held) {
        match (&flight.cargo, load(flight)) {
            (Cargo::FetchResponse(_), Some(carried)) if is_broker(flight.to) && is_broker(flight.from) => copies.push((flight, carried)),
            (Cargo::FetchResponse(_), Some(carried)) if reads.is_none() => reads = Some((flight, carried)),
            (Cargo::Produce(_), Some(carried)) if sends.is_none() => sends = Some((flight, carried)),
            (Cargo::Fetch { advances: true }, _) => confirms.push(flight),
            (Cargo::ProduceResponse { error }, _) if answers.is_none() => answers = Some((flight, *error)),
            _ => {}
        }
    }
    if let Some((first, carried)) = copies.first() {
        let same = copies.iter().filter(|(f, l)| f.from == first.from && l.partition == carried.partition);
        let waits = carried
            .offset
            .filter(|_| !carried.committed)
            .and_then(|offset| view.partition(&carried.partition)?.log_on(first.from.0)?.cells.iter().find(|c| c.offset == offset)?.record)
            .and_then(|record| view.producer(NodeId(record.producer)))
            .filter(|p| &*p.acks == "all")
            .map(|p| p.name.clone());
        return Some(Caption::Copying {
            partition: carried.partition.clone(),
            offset: carried.offset.unwrap_or(0),
            followers: each_once(same.map(|(f, _)| f.to.0)),
            leader: first.from.0,
            waits,
        });
    }
    if let Some((flight, carried)) = sends {
        let retried = view.producer(flight.from).is_some_and(|p| {
            p.outcomes.iter().any(|(_, o)| matches!(o, OutcomeView::Sent { partition, retried: true } if *partition == carried.partition))
        });
        let producer = world.name(flight.from);
        return Some(Caption::Sending { producer, partition: carried.partition.clone(), leader: flight.to.0, retried });
    }
    if let Some(first) = confirms.first() {
        let pending = view.partitions().find_map(|p| {
            let leader = p.log_on(first.to.0).filter(|_| p.leader == Some(first.to.0))?;
            (leader.high_watermark < leader.end_offset).then_some((p, leader.high_watermark))
        });
        if let Some((column, offset)) = pending {
            let followers = each_once(confirms.iter().filter(|f| f.to == first.to).map(|f| f.from.0));
            return Some(Caption::Confirming { partition: column.partition.clone(), offset, followers, leader: first.to.0 });
        }
    }
    if let Some((flight, error)) = answers {
        return Some(Caption::Acknowledging { producer: world.name(flight.to), leader: flight.from.0, error });
    }
    reads.map(|(flight, carried)| Caption::Reading {
        consumer: world.name(flight.to),
        partition: carried.partition.clone(),
        offset: carried.offset.unwrap_or(0),
        leader: flight.from.0,
    })
}

/// Ids in order, each once.
fn each_once(ids: impl Iterator<Item = i32>) -> Vec<i32> {
    let mut ids: Vec<i32> = ids.collect();
    crate::sort::sort(&mut ids);
    ids.dedup();
    ids
}

fn of_state(world: &World, view: &ClusterView) -> Caption {
    let voters = &view.controllers;
    if !voters.is_empty() && !voters.iter().any(|c| c.active && !c.paused) {
        if voters.iter().any(|c| c.zookeeper.is_some()) {
            return Caption::NoZooKeeper { up: voters.iter().any(|c| c.up && !c.paused) };
        }
        let awake = voters.iter().filter(|c| c.up && !c.paused).count();
        return Caption::NoController { electing: awake * 2 > voters.len() };
    }
    for broker in &view.brokers {
        match broker.state {
            BrokerState::Down if !broker.fenced => {
                let left = world.session_ends_at(broker.id).map_or(0, |at| (at - world.now).max(0));
                return Caption::Unnoticed { broker: broker.id, left };
            }
            BrokerState::Starting => return Caption::Starting { broker: broker.id },
            BrokerState::Stopping => return Caption::Stopping { broker: broker.id },
            BrokerState::Paused => return Caption::Paused { broker: broker.id },
            _ => {}
        }
    }
    if let Some(group) = view.groups.iter().find(|g| g.state.is_rebalancing()) {
        return Caption::Rebalancing { group: group.name.clone(), missing: group.missing.clone() };
    }
    if let Some(p) = view.partitions().find(|p| p.leader.is_none()) {
        return Caption::Offline { partition: p.partition.clone(), isr: p.isr.clone() };
    }
    if let Some(link) = view.links.iter().find(|l| l.there.cut || l.back.cut) {
        let one_way = link.there.cut != link.back.cut;
        let (from, to) = if link.there.cut { (link.from, link.to) } else { (link.to, link.from) };
        return Caption::LinkCut { from: world.name(from), to: world.name(to), one_way };
    }
    if let Some(broker) = view.brokers.iter().find(|b| b.state == BrokerState::Down) {
        return Caption::Down { broker: broker.id, under_replicated: view.health.under_replicated };
    }
    if view.topics.is_empty() {
        return Caption::NoTopic;
    }
    if let Some(group) = view.groups.iter().find(|g| g.state == GroupStateView::Unknown) {
        return Caption::Rebalancing { group: group.name.clone(), missing: Vec::new() };
    }
    if view.health.under_replicated > 0 {
        return Caption::UnderReplicated { partitions: view.health.under_replicated };
    }
    Caption::Quiet { partitions: view.partitions().count() }
}

/// Keeps a caption long enough to be read.
#[derive(Clone, Debug, Default)]
pub struct Narrator {
    shown: Option<Caption>,
    age: Micros,
}

impl Narrator {
    /// How long a caption stays at least, in real microseconds.
    const LEAST: Micros = 1_500_000;

    /// The caption to show when `candidate` is what happens now and `real` microseconds have passed since the last time.
    pub fn say(&mut self, candidate: Caption, real: Micros) -> &Caption {
        self.age += real;
        let replace = match &self.shown {
            None => true,
            Some(shown) => *shown != candidate && (self.age >= Self::LEAST || candidate.weight() > shown.weight()),
        };
        if replace {
            self.age = 0;
            self.shown.insert(candidate)
        } else {
            self.shown.get_or_insert(candidate)
        }
    }

    /// The playhead was moved: the next caption is shown at once.
    pub fn moved(&mut self) {
        self.shown = None;
    }
}
