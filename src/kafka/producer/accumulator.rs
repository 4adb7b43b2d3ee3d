//! The record accumulator: batches by partition, what is sendable, and how much memory they hold (RecordAccumulator.java; `kafka-semantics` 3.5).

use crate::kafka::client_metadata::ClientMetadata;
use crate::kafka::record::{BATCH_HEADER_BYTES, BatchKind, NO_PRODUCER_ID, Record, RecordBatch, RecordId, TopicPartition};
use crate::map::{Map, Set};
use crate::sim::{Micros, NodeId};
use std::collections::VecDeque;
use std::rc::Rc;

/// Names a batch within its producer, through retries.
pub(super) type BatchId = u64;

/// A record in a batch.
#[derive(Clone, Debug)]
pub(super) struct Appended {
    /// Which send it is.
    pub(super) id: RecordId,
    /// The record.
    pub(super) record: Record,
    /// When the application sent it.
    pub(super) sent_at: Micros,
}

/// A batch on its way to one partition.
#[derive(Clone, Debug)]
pub(super) struct Batch {
    /// Its partition.
    pub(super) partition: TopicPartition,
    /// Its records.
    pub(super) records: Vec<Appended>,
    /// Estimated size, with the header.
    pub(super) size_bytes: i32,
    /// No more records fit.
    pub(super) closed: bool,
    /// When it was opened; the delivery time-out counts from here.
    pub(super) created_at: Micros,
    /// Attempts that ended in an error.
    pub(super) attempts: u32,
    /// Not before this instant, unless the leader changed.
    pub(super) retry_at: Micros,
    /// It has been in a request before.
    pub(super) in_retry: bool,
    /// Producer id and epoch, once assigned.
    pub(super) producer: Option<(i64, i16)>,
    /// The first sequence number, or -1.
    pub(super) base_sequence: i32,
    /// The sequence was rewritten by an epoch bump.
    pub(super) sequence_reset: bool,
    /// It came from splitting a batch that was too large.
    pub(super) split: bool,
    /// It is in a request.
    pub(super) in_flight: bool,
    leader_epoch: Option<i32>,
    attempts_at_leader_change: u32,
    memory_bytes: i64,
}

impl Batch {
    /// Sequence number of the last record; wraps from 2147483647 to 0.
    pub(super) fn last_sequence(&self) -> i32 {
        sequence_after(self.base_sequence, self.records.len() as i64 - 1)
    }

    /// The batch as it travels.
    pub(super) fn to_record_batch(&self) -> RecordBatch {
        let records: Rc<[(i32, Record)]> = self.records.iter().enumerate().map(|(i, r)| (i as i32, r.record.clone())).collect();
        let (producer_id, producer_epoch) = self.producer.unwrap_or((NO_PRODUCER_ID, -1));
        RecordBatch {
            base_offset: 0,
            last_offset: records.len() as i64 - 1,
            leader_epoch: -1,
            producer_id,
            producer_epoch,
            base_sequence: self.base_sequence,
            kind: BatchKind::Data,
            records,
        }
    }

    /// Takes note of the partition's leader epoch.
    pub(super) fn note_leader(&mut self, leader_epoch: i32) {
        if self.leader_epoch != Some(leader_epoch) {
            self.attempts_at_leader_change = self.attempts;
            self.leader_epoch = Some(leader_epoch);
        }
    }

    /// Whether it must wait for its retry back-off; a batch whose leader changed does not.
    pub(super) fn is_backing_off(&self, now: Micros) -> bool {
        let leader_changed = self.attempts > 0 && self.attempts == self.attempts_at_leader_change;
        now < self.retry_at && !leader_changed
    }
}

/// `sequence` + `count`, wrapped.
pub(super) fn sequence_after(sequence: i32, count: i64) -> i32 {
    ((i64::from(sequence) + count) % (i64::from(i32::MAX) + 1)) as i32
}

/// What can be sent.
#[derive(Default)]
pub(super) struct Sendable {
    /// Leaders with something for them now.
    pub(super) leaders: Set<NodeId>,
    /// When more will be sendable.
    pub(super) next_at: Option<Micros>,
    /// A partition with something queued has no leader.
    pub(super) leaderless: bool,
}

/// Batches by partition.
#[derive(Clone, Debug)]
pub(super) struct Accumulator {
    batch_size_bytes: i32,
    memory_limit_bytes: i64,
    queues: Map<TopicPartition, VecDeque<BatchId>>,
    batches: Map<BatchId, Batch>,
    muted: Set<TopicPartition>,
    memory_bytes: i64,
    next_id: BatchId,
    drain_index: Map<NodeId, usize>,
}

impl Accumulator {
    /// An empty accumulator: `batch.size` and `buffer.memory`.
    pub(super) fn new(batch_size_bytes: i32, memory_limit_bytes: i64) -> Self {
        Accumulator {
            batch_size_bytes,
            memory_limit_bytes,
            queues: Map::new(),
            batches: Map::new(),
            muted: Set::new(),
            memory_bytes: 0,
            next_id: 0,
            drain_index: Map::new(),
        }
    }

    // ---- getters

    /// A batch.
    pub(super) fn get(&self, id: BatchId) -> Option<&Batch> {
        self.batches.get(&id)
    }

    /// A batch, to change.
    pub(super) fn get_mut(&mut self, id: BatchId) -> Option<&mut Batch> {
        self.batches.get_mut(&id)
    }

    /// All batches, queued and in flight, by age.
    pub(super) fn batches(&self) -> impl Iterator<Item = (BatchId, &Batch)> {
        self.batches.iter().map(|(id, batch)| (*id, batch))
    }

    /// True when nothing is queued or in flight.
    pub(super) fn is_empty(&self) -> bool {
        self.batches.is_empty()
    }

    /// Records queued or in flight.
    pub(super) fn record_count(&self) -> usize {
        self.batches.values().map(|batch| batch.records.len()).sum()
    }

    /// Partitions that ever had a batch, with the number of batches queued.
    pub(super) fn queues(&self) -> impl Iterator<Item = (&TopicPartition, &VecDeque<BatchId>)> {
        self.queues.iter()
    }

    /// Batches queued for a partition; none when it never had one.
    pub(super) fn queue_length(&self, partition: &TopicPartition) -> Option<usize> {
        self.queues.get(partition).map(VecDeque::len)
    }

    /// Whether no open batch waits for `partition`, so that switching the sticky partition splits none (1.4).
    pub(super) fn all_batches_full(&self, partition: &TopicPartition) -> bool {
        let last = self.queues.get(partition).and_then(|queue| queue.back());
        last.and_then(|id| self.batches.get(id)).is_none_or(|batch| batch.closed || batch.size_bytes >= self.batch_size_bytes)
    }

    /// Whether a record needs memory that is not there.
    pub(super) fn lacks_memory(&self, partition: &TopicPartition, size_bytes: i32) -> bool {
        !self.fits_open_batch(partition, size_bytes)
            && self.memory_bytes + i64::from(self.batch_size_bytes.max(BATCH_HEADER_BYTES + size_bytes)) > self.memory_limit_bytes
    }

    fn fits_open_batch(&self, partition: &TopicPartition, size_bytes: i32) -> bool {
        let last = self.queues.get(partition).and_then(|queue| queue.back());
        last.and_then(|id| self.batches.get(id))
            .is_some_and(|batch| !batch.closed && batch.size_bytes + size_bytes <= self.batch_size_bytes)
    }

    // ---- appending

    /// Appends a record to the partition's open batch, or to a new one. Returns the bytes by which the batches grew.
    pub(super) fn append(&mut self, now: Micros, partition: &TopicPartition, appended: Appended) -> i32 {
        let size_bytes = appended.record.size_bytes();
        let fits = self.fits_open_batch(partition, size_bytes);
        let queue = self.queues.entry(partition.clone()).or_default();
        if let Some(batch) = queue.back().and_then(|id| self.batches.get_mut(id)) {
            if fits {
                batch.records.push(appended);
                batch.size_bytes += size_bytes;
                return size_bytes;
            }
            batch.closed = true;
        }
        let id = self.next_id;
        self.next_id += 1;
        queue.push_back(id);
        let batch = self.new_batch(partition, vec![appended], now, false);
        self.batches.insert(id, batch);
        BATCH_HEADER_BYTES + size_bytes
    }

    fn new_batch(&mut self, partition: &TopicPartition, records: Vec<Appended>, created_at: Micros, split: bool) -> Batch {
        let size_bytes = BATCH_HEADER_BYTES + records.iter().map(|r| r.record.size_bytes()).sum::<i32>();
        let memory_bytes = if split { 0 } else { i64::from(self.batch_size_bytes.max(size_bytes)) };
        self.memory_bytes += memory_bytes;
        Batch {
            partition: partition.clone(),
            records,
            size_bytes,
            closed: split,
            created_at,
            attempts: 0,
            retry_at: 0,
            in_retry: false,
            producer: None,
            base_sequence: -1,
            sequence_reset: false,
            split,
            in_flight: false,
            leader_epoch: None,
            attempts_at_leader_change: 0,
            memory_bytes,
        }
    }

    // ---- sending

    /// Looks through the queues: the leaders something can be sent to now, when more will be sendable, and whether a partition has no leader.
    pub(super) fn sendable(&mut self, now: Micros, linger: Micros, at_once: bool, metadata: &ClientMetadata) -> Sendable {
        let mut found = Sendable::default();
        for (partition, queue) in &self.queues {
            let Some(front) = queue.front() else { continue };
            let Some((leader, epoch)) = metadata.leader(partition) else {
                found.leaderless = true;
                continue;
            };
            if self.muted.contains(partition) {
                continue;
            }
            let Some(batch) = self.batches.get_mut(front) else { continue };
            batch.note_leader(epoch);
            let full = queue.len() > 1 || batch.closed || batch.size_bytes >= self.batch_size_bytes;
            let at = match batch.is_backing_off(now) {
                true => batch.retry_at,
                false if full || at_once || batch.in_retry => now,
                false => batch.created_at + linger,
            };
            if at <= now {
                found.leaders.insert(leader);
            } else {
                found.next_at = Some(found.next_at.map_or(at, |next| next.min(at)));
            }
        }
        found
    }

    /// Partitions with something queued that `node` leads.
    pub(super) fn led_by(&self, node: NodeId, metadata: &ClientMetadata) -> Vec<TopicPartition> {
        let is_led = |partition: &TopicPartition| metadata.leader(partition).is_some_and(|(leader, _)| leader == node);
        self.queues.iter().filter(|(p, queue)| !queue.is_empty() && is_led(p)).map(|(p, _)| p.clone()).collect()
    }

    /// Which of `count` partitions to drain first for `node`: the next in turn, so that none starves.
    pub(super) fn turn(&mut self, node: NodeId, count: usize) -> usize {
        let start = self.drain_index.entry(node).or_default();
        let first = start.checked_rem(count).unwrap_or(0);
        *start = first + 1;
        first
    }

    /// The first batch queued for `partition`, if it may go out now.
    pub(super) fn drainable(&self, now: Micros, partition: &TopicPartition) -> Option<(BatchId, &Batch)> {
        if self.muted.contains(partition) {
            return None;
        }
        let id = *self.queues.get(partition)?.front()?;
        let batch = self.batches.get(&id)?;
        (!batch.is_backing_off(now)).then_some((id, batch))
    }

    /// Takes the first batch off its queue, into a request.
    pub(super) fn drain(&mut self, partition: &TopicPartition) {
        if let Some(id) = self.queues.get_mut(partition).and_then(VecDeque::pop_front)
            && let Some(batch) = self.batches.get_mut(&id)
        {
            batch.closed = true;
            batch.in_flight = true;
        }
    }

    /// Puts a batch back: in order of sequence with idempotence, else at the front.
    pub(super) fn reenqueue(&mut self, id: BatchId) {
        let Some(batch) = self.batches.get_mut(&id) else { return };
        batch.in_flight = false;
        batch.in_retry = true;
        let (partition, sequence) = (batch.partition.clone(), batch.base_sequence);
        let queue = self.queues.entry(partition).or_default();
        let before = |other: &BatchId| self.batches.get(other).is_some_and(|b| b.base_sequence >= 0 && b.base_sequence < sequence);
        let place = if sequence < 0 { 0 } else { queue.iter().take_while(|other| before(other)).count() };
        queue.insert(place, id);
    }

    /// Holds a partition back while a batch of it is in flight (`max.in.flight.requests.per.connection=1`).
    pub(super) fn mute(&mut self, partition: &TopicPartition) {
        self.muted.insert(partition.clone());
    }

    /// Lets it go on.
    pub(super) fn unmute(&mut self, partition: &TopicPartition) {
        self.muted.remove(partition);
    }

    /// Takes a batch out for good.
    pub(super) fn remove(&mut self, id: BatchId) -> Option<Batch> {
        let batch = self.batches.remove(&id)?;
        self.memory_bytes -= batch.memory_bytes;
        if let Some(queue) = self.queues.get_mut(&batch.partition) {
            queue.retain(|other| *other != id);
        }
        Some(batch)
    }

    /// Splits a batch the broker called too large and queues the parts at the front; returns them in order. A part that is itself too large
    /// is split in halves (KAFKA-8350).
    pub(super) fn split(&mut self, id: BatchId) -> Vec<BatchId> {
        let Some(big) = self.remove(id) else { return Vec::new() };
        let largest = big.records.iter().map(|r| r.record.size_bytes()).max().unwrap_or(0);
        let target = if big.split { (big.size_bytes / 2).max(largest + BATCH_HEADER_BYTES) } else { self.batch_size_bytes };
        let mut parts: Vec<Vec<Appended>> = Vec::new();
        let mut size_bytes = 0;
        for appended in big.records {
            let more = appended.record.size_bytes();
            match parts.last_mut() {
                Some(part) if size_bytes + more <= target => part.push(appended),
                _ => {
                    size_bytes = BATCH_HEADER_BYTES;
                    parts.push(vec![appended]);
                }
            }
            size_bytes += more;
        }
        let mut sequence = big.base_sequence;
        let mut ids = Vec::new();
        for records in parts {
            let count = records.len() as i64;
            let mut batch = self.new_batch(&big.partition, records, big.created_at, true);
            batch.producer = big.producer;
            batch.base_sequence = sequence;
            batch.in_retry = true;
            if sequence >= 0 {
                sequence = sequence_after(sequence, count);
            }
            ids.push(self.next_id);
            self.batches.insert(self.next_id, batch);
            self.next_id += 1;
        }
        for id in ids.iter().rev() {
            self.reenqueue(*id);
        }
        ids
    }
}
