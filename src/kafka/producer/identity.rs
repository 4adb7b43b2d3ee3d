//! The idempotent producer's identity and sequence numbers (TransactionManager.java without transactions; `kafka-semantics` 3.6).

use super::accumulator::{Accumulator, BatchId, sequence_after};
use crate::kafka::effect::CallId;
use crate::kafka::errors::ErrorCode;
use crate::kafka::record::TopicPartition;
use crate::map::{Map, Set};
use crate::sim::{Micros, NodeId};

/// Sequence numbers of one partition.
#[derive(Clone, Debug)]
struct Sequences {
    producer: (i64, i16),
    next: i32,
    last_acked: i32,
    in_flight: Set<(i32, BatchId)>,
}

/// Who the producer is, and where it stands in each partition.
#[derive(Clone, Debug, Default)]
pub(super) struct Identity {
    producer: Option<(i64, i16)>,
    /// The InitProducerId in flight.
    pub(super) request: Option<(CallId, NodeId)>,
    /// InitProducerId requests that failed in a row.
    pub(super) attempts: u32,
    /// When to ask again.
    pub(super) retry_at: Micros,
    partitions: Map<TopicPartition, Sequences>,
    /// Partitions whose failure asks for a new epoch.
    rewrite: Set<TopicPartition>,
    /// Partitions with a batch of unknown outcome, and the sequence behind it.
    unresolved: Map<TopicPartition, i32>,
}

impl Identity {
    /// Producer id and epoch, once known.
    pub(super) fn producer(&self) -> Option<(i64, i16)> {
        self.producer
    }

    /// Takes the identity a broker gave.
    pub(super) fn assign(&mut self, producer_id: i64, epoch: i16) {
        self.producer = Some((producer_id, epoch));
    }

    fn has_in_flight(&self, partition: &TopicPartition) -> bool {
        self.partitions.get(partition).is_some_and(|s| !s.in_flight.is_empty())
    }

    fn is_next(&self, partition: &TopicPartition, sequence: i32) -> bool {
        self.partitions.get(partition).is_none_or(|s| sequence == sequence_after(s.last_acked, 1))
    }

    /// Settles unknown outcomes whose partition is drained, then bumps the epoch if anything asked for it. True when it was bumped.
    pub(super) fn settle(&mut self, batches: &mut Accumulator) -> bool {
        let drained: Vec<TopicPartition> = self.unresolved.keys().filter(|p| !self.has_in_flight(p)).cloned().collect();
        for partition in drained {
            self.unresolved.remove(&partition);
            let next = self.partitions.get(&partition).map_or(0, |s| s.next);
            if !self.is_next(&partition, next) {
                self.rewrite.insert(partition);
            }
        }
        if self.rewrite.is_empty() {
            return false;
        }
        let rewrite = std::mem::take(&mut self.rewrite);
        let Some((id, epoch)) = self.producer else { return false };
        if epoch == i16::MAX {
            // A new id starts every partition afresh once its batches are through.
            self.producer = None;
            self.attempts = 0;
            self.rewrite = rewrite;
            return true;
        }
        self.producer = Some((id, epoch + 1));
        self.restart(rewrite, batches);
        true
    }

    /// After a new producer id: partitions that waited for it start again.
    pub(super) fn resume(&mut self, batches: &mut Accumulator) {
        let rewrite = std::mem::take(&mut self.rewrite);
        self.restart(rewrite, batches);
    }

    fn restart(&mut self, partitions: Set<TopicPartition>, batches: &mut Accumulator) {
        let Some(producer) = self.producer else { return };
        for partition in partitions {
            self.unresolved.remove(&partition);
            let Some(sequences) = self.partitions.get_mut(&partition) else { continue };
            let mut next = 0;
            let mut renumbered = Set::new();
            for (_, id) in std::mem::take(&mut sequences.in_flight) {
                if let Some(batch) = batches.get_mut(id) {
                    batch.producer = Some(producer);
                    batch.base_sequence = next;
                    batch.sequence_reset = true;
                    renumbered.insert((next, id));
                    next = sequence_after(next, batch.records.len() as i64);
                }
            }
            *sequences = Sequences { producer, next, last_acked: -1, in_flight: renumbered };
        }
    }

    /// Whether the first queued batch of a partition must wait (RecordAccumulator.shouldStopDrainBatchesForPartition).
    pub(super) fn must_wait(&self, partition: &TopicPartition, base_sequence: i32) -> bool {
        let Some(producer) = self.producer else { return true };
        let Some(sequences) = self.partitions.get(partition) else { return false };
        if base_sequence < 0 {
            let stale = !sequences.in_flight.is_empty() && sequences.producer != producer;
            return stale || self.unresolved.contains_key(partition);
        }
        // A retried batch goes only when it is the next in line.
        sequences.in_flight.first().is_some_and(|(first, _)| *first != base_sequence)
    }

    /// Gives a batch that is about to be sent its identity and sequence, unless it has them.
    pub(super) fn stamp(&mut self, id: BatchId, batches: &mut Accumulator) {
        let Some(producer) = self.producer else { return };
        let Some(batch) = batches.get_mut(id) else { return };
        if batch.base_sequence >= 0 {
            return;
        }
        let fresh = Sequences { producer, next: 0, last_acked: -1, in_flight: Set::new() };
        let sequences = self.partitions.entry(batch.partition.clone()).or_insert_with(|| fresh.clone());
        if sequences.producer != producer && sequences.in_flight.is_empty() {
            *sequences = fresh;
        }
        batch.producer = Some(sequences.producer);
        batch.base_sequence = sequences.next;
        sequences.next = sequence_after(sequences.next, batch.records.len() as i64);
        sequences.in_flight.insert((batch.base_sequence, id));
    }

    /// The parts of a split batch take its place.
    pub(super) fn replace(&mut self, partition: &TopicPartition, old: (i32, BatchId), parts: &[BatchId], batches: &Accumulator) {
        let Some(sequences) = self.partitions.get_mut(partition) else { return };
        sequences.in_flight.remove(&old);
        for id in parts {
            if let Some(batch) = batches.get(*id) {
                sequences.in_flight.insert((batch.base_sequence, *id));
            }
        }
    }

    /// A batch was acknowledged.
    pub(super) fn on_acknowledged(&mut self, partition: &TopicPartition, id: BatchId, base_sequence: i32, last_sequence: i32) {
        if let Some(sequences) = self.partitions.get_mut(partition) {
            sequences.in_flight.remove(&(base_sequence, id));
            sequences.last_acked = sequences.last_acked.max(last_sequence);
        }
    }

    /// A batch was given up. `renumber`: it is certain that the broker refused it, so its sequence numbers leave a gap.
    pub(super) fn on_failed(&mut self, partition: &TopicPartition, id: BatchId, base_sequence: i32, renumber: bool) {
        if let Some(sequences) = self.partitions.get_mut(partition) {
            sequences.in_flight.remove(&(base_sequence, id));
            if renumber {
                self.rewrite.insert(partition.clone());
            }
        }
    }

    /// A batch was given up without knowing whether it was written: nothing new goes until what is in flight has ended.
    pub(super) fn mark_unresolved(&mut self, partition: &TopicPartition, next_sequence: i32) {
        let known = self.unresolved.entry(partition.clone()).or_insert(next_sequence);
        *known = (*known).max(next_sequence);
    }

    /// Whether a batch is sent again after `error` (TransactionManager.canRetry); may ask for a new epoch.
    pub(super) fn can_retry(&mut self, error: ErrorCode, partition: &TopicPartition, base_sequence: i32, sequence_reset: bool) -> bool {
        if error != ErrorCode::OutOfOrderSequenceNumber {
            return error.is_retriable();
        }
        let unresolved = self.unresolved.get(partition).copied();
        let next_in_line = self.is_next(partition, base_sequence) && !sequence_reset;
        if (unresolved.is_none() && next_in_line) || unresolved == Some(base_sequence) {
            self.rewrite.insert(partition.clone());
        }
        true
    }
}
