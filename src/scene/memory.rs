//! What the facts so far add up to, as far as a picture needs it: who led, what became of sends, what was lost.

use super::place::Place;
use super::view::OutcomeView;
use crate::kafka::fact::{Fact, PartitionChoice};
use crate::kafka::record::{RecordId, TopicPartition};
use crate::map::Map;
use crate::sim::{Micros, NodeId};
use crate::world::trace::Entry;
use std::collections::VecDeque;
use std::rc::Rc;

/// How many sends are remembered for each producer.
const SENDS: usize = 32;
/// How many acknowledged records are remembered for each partition; only a log's tail can be lost.
const ACKNOWLEDGED: usize = 4_096;
/// How many moves of leadership are remembered.
const MOVES: usize = 16;

/// A leadership that moved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Moved {
    /// Of which partition.
    pub partition: TopicPartition,
    /// From this broker, -1 none.
    pub from: i32,
    /// To this one, -1 none.
    pub to: i32,
    /// When.
    pub at: Micros,
}

/// A log that was cut.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cut {
    /// The log end before.
    pub from: i64,
    /// The log end after.
    pub to: i64,
    /// When.
    pub at: Micros,
}

/// A send.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Send {
    /// Which.
    pub record: RecordId,
    /// Its key.
    pub key: Option<Rc<str>>,
    /// How its partition was chosen.
    pub choice: PartitionChoice,
    /// When it was sent.
    pub at: Micros,
    /// What became of it.
    pub outcome: OutcomeView,
}

/// The acknowledged records of a partition: how many there were, and the last of them that are not lost.
#[derive(Clone, Debug, Default)]
struct Acknowledged {
    count: u64,
    tail: VecDeque<(i64, RecordId)>,
}

/// Where a group is with its rebalance, by the facts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rebalance {
    /// Since then.
    Running(Micros),
    /// Ended then.
    Ended(Micros),
}

/// The sum of the facts up to an instant. It follows the playhead back and forth.
#[derive(Clone, Debug, Default)]
pub struct Memory {
    place: Place,
    led: Map<(i32, TopicPartition), bool>,
    sends: Map<i32, VecDeque<Send>>,
    acknowledged: Map<TopicPartition, Acknowledged>,
    lost: Vec<(TopicPartition, i64, RecordId)>,
    cuts: Map<(i32, TopicPartition), Cut>,
    moves: VecDeque<Moved>,
    led_since: Map<TopicPartition, Micros>,
    rebalances: Map<Rc<str>, Rebalance>,
}

impl Memory {
    /// Brings it to the first `happened` of `facts`, of which the run forgot `forgotten` before the first; true when anything was folded.
    pub fn follow(&mut self, facts: &VecDeque<Rc<Entry>>, happened: usize, forgotten: u64) -> bool {
        let next = self.place.next(facts, happened, forgotten);
        let from = next.unwrap_or_else(|| {
            *self = Memory::default();
            0
        });
        for entry in facts.range(from.min(facts.len())..happened.min(facts.len())) {
            self.fold(entry);
        }
        self.place = Place::behind(facts, happened, forgotten);
        next != Some(happened)
    }

    /// Whether a broker led a partition by the last it knew; none when it had no part in it.
    pub fn led(&self, broker: i32, partition: &TopicPartition) -> Option<bool> {
        self.led.get(&(broker, partition.clone())).copied()
    }

    /// The last sends of a producer, oldest first.
    pub fn sends(&self, producer: NodeId) -> impl DoubleEndedIterator<Item = &Send> {
        self.sends.get(&producer.0).into_iter().flatten()
    }

    /// Acknowledged records that are gone.
    pub fn lost(&self) -> &[(TopicPartition, i64, RecordId)] {
        &self.lost
    }

    /// How many records of a partition were acknowledged.
    pub fn acknowledged(&self, partition: &TopicPartition) -> u64 {
        self.acknowledged.get(partition).map_or(0, |known| known.count)
    }

    /// The last acknowledged records of each partition that are not lost.
    pub fn acknowledged_tails(&self) -> Map<TopicPartition, Vec<(i64, RecordId)>> {
        self.acknowledged.iter().map(|(partition, known)| (partition.clone(), known.tail.iter().copied().collect())).collect()
    }

    /// How many records of a partition from an offset on were acknowledged and are not lost.
    pub fn acknowledged_from(&self, partition: &TopicPartition, offset: i64) -> usize {
        self.acknowledged.get(partition).map_or(0, |known| known.tail.iter().filter(|(o, _)| *o >= offset).count())
    }

    /// The last acknowledged record of a partition that is not lost.
    pub fn last_acknowledged(&self, partition: &TopicPartition) -> Option<(i64, RecordId)> {
        self.acknowledged.get(partition)?.tail.back().copied()
    }

    /// The last cut of a replica's log.
    pub fn cut(&self, broker: i32, partition: &TopicPartition) -> Option<Cut> {
        self.cuts.get(&(broker, partition.clone())).copied()
    }

    /// The last moves of leadership, oldest first.
    pub fn moves(&self) -> impl DoubleEndedIterator<Item = &Moved> {
        self.moves.iter()
    }

    /// Since when the present leader of a partition leads.
    pub fn led_since(&self, partition: &TopicPartition) -> Option<Micros> {
        self.led_since.get(partition).copied()
    }

    /// A group's last rebalance.
    pub fn rebalance(&self, group: &str) -> Option<Rebalance> {
        self.rebalances.get(group).copied()
    }

    fn change_send(&mut self, record: RecordId, change: impl FnOnce(&mut OutcomeView)) {
        let send = self.sends.get_mut(&record.producer).and_then(|s| s.iter_mut().rev().find(|s| s.record == record));
        if let Some(send) = send {
            change(&mut send.outcome);
        }
    }

    fn fold(&mut self, entry: &Entry) {
        let node = entry.node.0;
        match &entry.fact {
            Fact::RecordSent { record, partition, key, choice } => {
                let sends = self.sends.entry(record.producer).or_default();
                let outcome = OutcomeView::Sent { partition: partition.clone(), retried: false };
                sends.push_back(Send { record: *record, key: key.clone(), choice: *choice, at: entry.at, outcome });
                if sends.len() > SENDS {
                    sends.pop_front();
                }
            }
            Fact::Appended { partition, base_offset, records, .. } => {
                for (offset, record) in (*base_offset..).zip(records) {
                    self.change_send(*record, |outcome| {
                        if matches!(outcome, OutcomeView::Sent { .. }) {
                            *outcome = OutcomeView::Waiting { partition: partition.clone(), offset };
                        }
                    });
                }
            }
            Fact::BatchRetried { partition, .. } => {
                for send in self.sends.get_mut(&node).into_iter().flatten() {
                    match &send.outcome {
                        OutcomeView::Sent { partition: p, .. } | OutcomeView::Waiting { partition: p, .. } if p == partition => {
                            send.outcome = OutcomeView::Sent { partition: partition.clone(), retried: true };
                        }
                        _ => {}
                    }
                }
            }
            Fact::RecordAcknowledged { record, partition, offset, .. } => {
                let outcome = OutcomeView::Acknowledged { partition: partition.clone(), offset: *offset };
                self.change_send(*record, |o| *o = outcome);
                let known = self.acknowledged.entry(partition.clone()).or_default();
                known.count += 1;
                if let Some(offset) = offset {
                    known.tail.push_back((*offset, *record));
                    if known.tail.len() > ACKNOWLEDGED {
                        known.tail.pop_front();
                    }
                }
            }
            Fact::RecordFailed { record, partition, error } => {
                let outcome = OutcomeView::Failed { partition: partition.clone(), error: (*error).into() };
                self.change_send(*record, |o| *o = outcome);
            }
            Fact::BecameLeader { partition, start_offset, .. } => {
                self.led.insert((node, partition.clone()), true);
                self.led_since.insert(partition.clone(), entry.at);
                self.lose_from(partition, *start_offset);
            }
            Fact::BecameFollower { partition, .. } => {
                self.led.insert((node, partition.clone()), false);
            }
            Fact::Truncated { partition, from, to } | Fact::DataLost { partition, from, to } => {
                self.cuts.insert((node, partition.clone()), Cut { from: *from, to: *to, at: entry.at });
            }
            Fact::LeaderElected { partition, from, to, .. } => {
                self.moves.push_back(Moved { partition: partition.clone(), from: *from, to: *to, at: entry.at });
                if self.moves.len() > MOVES {
                    self.moves.pop_front();
                }
            }
            Fact::RebalanceStarted { group, .. } => {
                self.rebalances.insert(group.clone(), Rebalance::Running(entry.at));
            }
            Fact::GroupStable { group, .. } | Fact::GroupEmpty { group } => {
                self.rebalances.insert(group.clone(), Rebalance::Ended(entry.at));
            }
            Fact::TopicDeleted { topic } => {
                self.acknowledged.retain(|p, _| p.topic != *topic);
                self.led.retain(|(_, p), _| p.topic != *topic);
                self.cuts.retain(|(_, p), _| p.topic != *topic);
                self.led_since.retain(|p, _| p.topic != *topic);
            }
            _ => {}
        }
    }

    /// A new leader's log ends at `start_offset`: what was acknowledged behind it is gone, whoever still has it.
    fn lose_from(&mut self, partition: &TopicPartition, start_offset: i64) {
        let Some(Acknowledged { tail, .. }) = self.acknowledged.get_mut(partition) else { return };
        let gone: Vec<(i64, RecordId)> = tail.iter().filter(|(offset, _)| *offset >= start_offset).copied().collect();
        tail.retain(|(offset, _)| *offset < start_offset);
        for (offset, record) in gone {
            self.lost.push((partition.clone(), offset, record));
            let outcome = OutcomeView::Lost { partition: partition.clone(), offset: Some(offset) };
            self.change_send(record, |o| *o = outcome);
        }
    }
}
