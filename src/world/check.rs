//! What must hold in every world, whatever fails: a checker that watches from outside and says which event broke which invariant.

mod quorum;

use super::World;
use super::canon;
use super::trace::Entry;
use crate::kafka::fact::Fact;
use crate::kafka::log::Log;
use crate::kafka::record::{RecordBatch, RecordId, TopicId, TopicPartition};
use crate::kafka::registration::{NO_LEADER, PartitionRegistration};
use crate::kafka::replica::Role;
use crate::map::{Map, Set};
use crate::sim::NodeId;
use quorum::QuorumMemory;
use std::fmt;
use std::rc::Rc;

/// What may never be broken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Invariant {
    /// Where two logs hold a batch of the same offset and leader epoch, they hold the same batches up to it.
    LogMatching,
    /// A log's offsets follow each other, and its leader epochs never fall.
    LogOrder,
    /// A high watermark lies within its log.
    HighWatermarkWithinLog,
    /// A leader's high watermark never falls within its epoch.
    HighWatermarkMonotone,
    /// The controller's leader epoch of a partition never falls, nor its partition epoch.
    EpochMonotone,
    /// No two brokers lead a partition in the same leader epoch.
    OneLeaderPerEpoch,
    /// The leader is in the ISR, the ISR in the assignment, and no member of the ISR is in the ELR.
    Registration,
    /// Under clean elections and `min.insync.replicas` of 2 or more, what was committed is on every member of ISR and ELR.
    CommittedPrefix,
    /// After every fault has ended, every partition has a leader.
    HasLeader,
    /// After every fault has ended, every replica is in sync and holds the leader's log.
    ReplicasAgree,
    /// Under the conditions of the committed prefix, what acks=all acknowledged is at its offset.
    AcknowledgedIsThere,
    /// An idempotent producer's record stands in a log once.
    Once,
    /// No two controllers lead the quorum in one epoch.
    OneQuorumLeaderPerEpoch,
    /// Committed metadata is on a majority of the voters, and on every one that decides; none is ever lost.
    MetadataCommitted,
}

/// An invariant that was broken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    /// Which.
    pub invariant: Invariant,
    /// In which partition.
    pub partition: TopicPartition,
    /// What was found.
    pub found: String,
    /// How many steps had been done.
    pub step: u64,
    /// The line of the fact that broke it; empty where it was found at the end.
    pub event: String,
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?} of {} broken at step {}: {}", self.invariant, self.partition, self.step, self.found)?;
        if self.event.is_empty() { Ok(()) } else { write!(f, "\n  by {}", self.event) }
    }
}

/// What the checker remembers of a partition.
#[derive(Clone, Debug, Default)]
struct Memory {
    leader_epoch: i32,
    partition_epoch: i32,
    /// Which broker led in an epoch, and the highest high watermark it had.
    leaders: Map<i32, (i32, i64)>,
    /// Batches below the highest high watermark any leader had, and that offset.
    committed: Vec<Rc<RecordBatch>>,
    committed_to: i64,
    /// An unclean election happened, or `min.insync.replicas` was below 2: what was committed may be lost.
    may_lose: bool,
    acknowledged: Vec<(i64, RecordId)>,
    /// Brokers that lost data, each with the process that did, until the controller learns it by the next one's registration.
    lost: Vec<(i32, u64)>,
}

/// Watches a world: see it after every step.
#[derive(Clone, Debug, Default)]
pub struct Checker {
    partitions: Map<(TopicId, i32), Memory>,
    quorum: QuorumMemory,
}

type Found = Result<(), (Invariant, String)>;

impl Checker {
    /// A checker of a world from its beginning.
    pub fn new() -> Checker {
        Checker::default()
    }

    /// Takes the facts of the last step, and sees whether all still holds. Costs what has changed, not what there is.
    pub fn check(&mut self, world: &World, facts: &[Entry]) -> Result<(), Violation> {
        let metadata = |(invariant, found), event| {
            let partition = TopicPartition::new(&"__cluster_metadata".into(), 0);
            Violation { invariant, partition, found, step: world.step, event }
        };
        self.quorum.check(world).map_err(|e| metadata(e, String::new()))?;
        for entry in facts {
            let controller = world.controllers.get(&entry.node.0);
            self.quorum.check_fact(world, controller, &entry.fact).map_err(|e| metadata(e, canon::line(world, entry)))?;
            let Some(partition) = partition_of(&entry.fact) else {
                match entry.fact {
                    Fact::ConfigChanged { .. } => self.note_configs(world),
                    Fact::BrokerRegistered { broker, .. } => self.note_registration(world, broker),
                    _ => {}
                }
                continue;
            };
            let found = self.check_fact(world, entry, partition);
            if let Err((invariant, found)) = found {
                let event = canon::line(world, entry);
                return Err(Violation { invariant, partition: partition.clone(), found, step: world.step, event });
            }
        }
        Ok(())
    }

    fn check_fact(&mut self, world: &World, entry: &Entry, partition: &TopicPartition) -> Found {
        let Some(image) = world.metadata() else { return Ok(()) };
        let Some((topic_id, registration)) = image.topics.get(&partition.topic).and_then(|t| {
            let index = usize::try_from(partition.partition).ok()?;
            Some((t.id, t.partitions.get(index)?))
        }) else {
            return Ok(());
        };
        let replica = world.brokers.get(&entry.node.0).and_then(|b| b.replicas.get(partition)).filter(|r| r.topic_id == topic_id);
        let new = !self.partitions.contains_key(&(topic_id, partition.partition));
        let memory = self.partitions.entry((topic_id, partition.partition)).or_default();
        if new {
            memory.may_lose = world.min_insync_replicas(&partition.topic) < 2 || registration.replicas.len() < 2;
        }
        match &entry.fact {
            Fact::LeaderElected { unclean, .. } => {
                memory.may_lose |= unclean;
                memory.check_registration(registration)?;
                memory.check_members(world, partition, registration, 0)
            }
            Fact::IsrChanged { .. } => {
                memory.check_registration(registration)?;
                memory.check_members(world, partition, registration, 0)
            }
            Fact::BecameLeader { leader_epoch, .. } => {
                let (broker, _) = *memory.leaders.entry(*leader_epoch).or_insert((entry.node.0, 0));
                if broker != entry.node.0 {
                    return Err((Invariant::OneLeaderPerEpoch, format!("{broker} and {} lead in epoch {leader_epoch}", entry.node.0)));
                }
                Ok(())
            }
            Fact::Appended { base_offset, .. } | Fact::Replicated { base_offset, .. } => {
                let Some(replica) = replica else { return Ok(()) };
                check_order(&replica.log, *base_offset)?;
                for (id, other) in &world.brokers {
                    if *id != entry.node.0
                        && registration.replicas.contains(id)
                        && let Some(log) = other.log(partition)
                    {
                        check_matching(entry.node.0, &replica.log, *id, log, *base_offset)?;
                    }
                }
                check_high_watermark(replica.high_watermark, &replica.log)
            }
            Fact::Truncated { .. } => {
                if let Some(replica) = replica {
                    check_high_watermark(replica.high_watermark, &replica.log)?;
                }
                memory.check_members(world, partition, registration, 0)
            }
            Fact::DataLost { .. } => {
                let id = entry.node.0;
                memory.lost.push((id, world.brokers.get(&id).map_or(0, |b| b.incarnation)));
                // Without eligible leader replicas nobody asks whether a shutdown was clean.
                memory.may_lose |= world.cluster.as_ref().is_some_and(|c| c.elr == Some(false));
                Ok(())
            }
            Fact::HighWatermarkAdvanced { to, .. } => {
                let Some(replica) = replica else { return Ok(()) };
                check_high_watermark(replica.high_watermark, &replica.log)?;
                if let Role::Leader(_) = replica.role {
                    let known = &mut memory.leaders.entry(replica.leader_epoch).or_insert((entry.node.0, 0)).1;
                    if *to < *known {
                        let found = format!("{to} after {known} in leader epoch {}", replica.leader_epoch);
                        return Err((Invariant::HighWatermarkMonotone, found));
                    }
                    *known = *to;
                    let from = memory.committed_to;
                    memory.commit(&replica.log, *to);
                    return memory.check_members(world, partition, registration, from);
                }
                Ok(())
            }
            Fact::HighWatermarkLearned { .. } => replica.map_or(Ok(()), |r| check_high_watermark(r.high_watermark, &r.log)),
            Fact::RecordAcknowledged { record, offset: Some(offset), .. } if acknowledges_all(world, *record) => {
                memory.acknowledged.push((*offset, *record));
                Ok(())
            }
            _ => Ok(()),
        }
    }

    /// A lowered `min.insync.replicas` ends the promise of every partition it is about.
    fn note_configs(&mut self, world: &World) {
        let Some(image) = world.metadata() else { return };
        for (topic, t) in &image.topics {
            for index in 0..t.partitions.len() as i32 {
                if let Some(memory) = self.partitions.get_mut(&(t.id, index)) {
                    memory.may_lose |= world.min_insync_replicas(topic) < 2;
                }
            }
        }
    }

    /// The controller has learned that a broker's last process did not end well, and has acted on it.
    fn note_registration(&mut self, world: &World, broker: i32) {
        let Some(registered) = world.metadata().and_then(|m| m.brokers.get(&broker)) else { return };
        for memory in self.partitions.values_mut() {
            memory.lost.retain(|(id, incarnation)| *id != broker || registered.incarnation <= *incarnation);
        }
    }

    /// What must hold once every fault has ended and the world has settled.
    pub fn check_settled(&self, world: &World) -> Result<(), Violation> {
        let Some(image) = world.metadata() else { return Ok(()) };
        for (topic, t) in &image.topics {
            for (index, registration) in (0..).zip(&t.partitions) {
                let partition = TopicPartition::new(topic, index);
                let memory = self.partitions.get(&(t.id, index));
                if let Err((invariant, found)) = check_partition(world, &partition, registration, memory) {
                    return Err(Violation { invariant, partition, found, step: world.step, event: String::new() });
                }
            }
        }
        Ok(())
    }

    /// How many acknowledgements are promised to last.
    pub fn promised(&self) -> usize {
        self.partitions.values().filter(|m| !m.may_lose).map(|m| m.acknowledged.len()).sum()
    }
}

impl Memory {
    fn check_registration(&mut self, r: &PartitionRegistration) -> Found {
        if r.leader_epoch < self.leader_epoch || r.partition_epoch < self.partition_epoch {
            let found = format!(
                "leader epoch {} after {}, partition epoch {} after {}",
                r.leader_epoch, self.leader_epoch, r.partition_epoch, self.partition_epoch
            );
            return Err((Invariant::EpochMonotone, found));
        }
        (self.leader_epoch, self.partition_epoch) = (r.leader_epoch, r.partition_epoch);
        let leads = r.leader == NO_LEADER || r.isr.contains(&r.leader);
        let assigned = r.isr.iter().all(|id| r.replicas.contains(id));
        let apart = r.isr.iter().all(|id| !r.elr.contains(id));
        if leads && assigned && apart {
            return Ok(());
        }
        let found = format!("leader={} isr={:?} elr={:?} replicas={:?}", r.leader, r.isr, r.elr, r.replicas);
        Err((Invariant::Registration, found))
    }

    fn commit(&mut self, log: &Log, to: i64) {
        if to > self.committed_to {
            self.committed.extend(log.batches(self.committed_to, to).cloned());
            self.committed_to = to;
        }
    }

    /// Every member of ISR and ELR holds what is committed from an offset on.
    fn check_members(&self, world: &World, partition: &TopicPartition, r: &PartitionRegistration, from: i64) -> Found {
        if self.may_lose || self.committed_to == 0 {
            return Ok(());
        }
        for id in r.isr.iter().chain(&r.elr) {
            let Some(broker) = world.brokers.get(id).filter(|_| self.lost.iter().all(|(lost, _)| lost != id)) else { continue };
            let Some(log) = broker.log(partition) else {
                return Err((Invariant::CommittedPrefix, format!("{id} has no log, {} is committed", self.committed_to)));
            };
            let from = from.max(log.start_offset());
            let first = self.committed.partition_point(|b| b.last_offset < from);
            let mut held = log.batches(from, self.committed_to);
            for batch in &self.committed[first..] {
                if held.next().is_none_or(|b| !same(b, batch)) {
                    let found = format!("{id} lacks offset {} of epoch {}", batch.base_offset, batch.leader_epoch);
                    return Err((Invariant::CommittedPrefix, found));
                }
            }
        }
        Ok(())
    }
}

fn same(a: &Rc<RecordBatch>, b: &Rc<RecordBatch>) -> bool {
    Rc::ptr_eq(a, b) || a == b
}

fn check_high_watermark(high_watermark: i64, log: &Log) -> Found {
    if (0..=log.end_offset()).contains(&high_watermark) {
        return Ok(());
    }
    Err((Invariant::HighWatermarkWithinLog, format!("high watermark {high_watermark}, log end {}", log.end_offset())))
}

/// The batches from `from` on follow the one before.
fn check_order(log: &Log, from: i64) -> Found {
    let mut before: Option<&Rc<RecordBatch>> = log.batches((from - 1).max(0), from).next();
    for batch in log.batches(from, log.end_offset()) {
        if let Some(b) = before
            && (batch.base_offset < b.next_offset() || batch.leader_epoch < b.leader_epoch)
        {
            let found = format!("{}e{} behind {}e{}", batch.base_offset, batch.leader_epoch, b.last_offset, b.leader_epoch);
            return Err((Invariant::LogOrder, found));
        }
        before = Some(batch);
    }
    Ok(())
}

/// Where the new batches of `a` stand in `b` too, they are the same, and so is the one before; what lies farther back was seen before.
fn check_matching(a_id: i32, a: &Log, b_id: i32, b: &Log, from: i64) -> Found {
    for batch in a.batches(from, a.end_offset().min(b.end_offset())) {
        let twin = |log: &Log, offset: i64| log.batches(offset, offset + 1).next().cloned();
        let Some(other) = twin(b, batch.base_offset) else { continue };
        if other.base_offset != batch.base_offset || other.leader_epoch != batch.leader_epoch {
            continue;
        }
        let before = batch.base_offset - 1;
        let matches = same(batch, &other)
            && (before < a.start_offset().max(b.start_offset())
                || match (twin(a, before), twin(b, before)) {
                    (Some(x), Some(y)) => same(&x, &y),
                    (x, y) => x.is_none() == y.is_none(),
                });
        if !matches {
            let found = format!("{a_id} and {b_id} differ at or before {}e{}", batch.base_offset, batch.leader_epoch);
            return Err((Invariant::LogMatching, found));
        }
    }
    Ok(())
}

fn check_partition(world: &World, partition: &TopicPartition, r: &PartitionRegistration, memory: Option<&Memory>) -> Found {
    let held = |id: i32| world.brokers.get(&id).and_then(|b| b.log(partition));
    if r.leader == NO_LEADER {
        return Err((Invariant::HasLeader, format!("leader=none isr={:?} elr={:?}", r.isr, r.elr)));
    }
    let Some(log) = held(r.leader) else { return Err((Invariant::HasLeader, format!("{} has no log", r.leader))) };
    for id in &r.replicas {
        let Some(other) = held(*id) else { return Err((Invariant::ReplicasAgree, format!("{id} has no log"))) };
        let from = log.start_offset().max(other.start_offset());
        let mut pairs = log.batches(from, log.end_offset()).zip(other.batches(from, other.end_offset()));
        if !r.isr.contains(id) || other.end_offset() != log.end_offset() || !pairs.all(|(a, b)| same(a, b)) {
            let found = format!("{id} ends at {}, the leader {} at {}, isr={:?}", other.end_offset(), r.leader, log.end_offset(), r.isr);
            return Err((Invariant::ReplicasAgree, found));
        }
    }
    let mut seen = Set::new();
    for batch in log.batches(log.start_offset(), log.end_offset()) {
        for id in batch.records.iter().filter_map(|(_, record)| record.id) {
            if batch.producer_id >= 0 && !seen.insert(id) {
                return Err((Invariant::Once, format!("{} stands twice", canon::record(world, &id))));
            }
        }
    }
    let Some(memory) = memory.filter(|m| !m.may_lose) else { return Ok(()) };
    for (offset, id) in &memory.acknowledged {
        let there = log.batches(*offset, offset + 1).flat_map(|b| b.iter()).any(|(at, record)| at == *offset && record.id == Some(*id));
        if !there {
            return Err((Invariant::AcknowledgedIsThere, format!("{} is not at {offset}", canon::record(world, id))));
        }
    }
    Ok(())
}

fn acknowledges_all(world: &World, record: RecordId) -> bool {
    let Some(producer) = world.producers.get(&NodeId(record.producer)) else { return false };
    producer.configs.iter().rfind(|(name, _)| &**name == "acks").is_none_or(|(_, acks)| matches!(&**acks, "all" | "-1"))
}

fn partition_of(fact: &Fact) -> Option<&TopicPartition> {
    match fact {
        Fact::LeaderElected { partition, .. }
        | Fact::IsrChanged { partition, .. }
        | Fact::BecameLeader { partition, .. }
        | Fact::Appended { partition, .. }
        | Fact::Replicated { partition, .. }
        | Fact::Truncated { partition, .. }
        | Fact::DataLost { partition, .. }
        | Fact::HighWatermarkAdvanced { partition, .. }
        | Fact::HighWatermarkLearned { partition, .. }
        | Fact::RecordAcknowledged { partition, .. } => Some(partition),
        _ => None,
    }
}
