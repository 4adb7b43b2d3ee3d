//! A replica's log: batches in segments, the leader epochs and the producers they tell of, and how much of it is on disk.

use super::epoch_cache::LeaderEpochCache;
use super::producer_state::ProducerStates;
use super::record::{DirectoryId, RecordBatch};
use crate::sim::Micros;
use std::rc::Rc;

/// How many batches a sealed segment holds. Sealed segments are shared between snapshots, so this is a matter of cost, not of meaning.
const SEGMENT_BATCHES: usize = 128;

/// A sealed segment; it never changes.
#[derive(Debug, PartialEq, Eq)]
struct Segment {
    batches: Vec<Rc<RecordBatch>>,
}

/// Kafka's active segment, as far as it says when the next one begins.
#[derive(Clone, Copy, Debug, Default)]
struct Roll {
    base_offset: i64,
    bytes: i64,
    first_timestamp_ms: Option<i64>,
}

/// When a log flushes by itself (`kafka-semantics` 4.10, 8.2): the topic's configuration.
#[derive(Clone, Copy, Debug)]
pub struct FlushPolicy {
    /// `flush.messages`: so many records in the page cache alone are too many.
    pub messages: i64,
    /// `segment.bytes`: a full segment is flushed when the next begins.
    pub segment_bytes: i64,
    /// `segment.ms`.
    pub segment_ms: i64,
}

impl FlushPolicy {
    /// Nothing is ever flushed but by a clean stop.
    pub const NEVER: FlushPolicy = FlushPolicy { messages: i64::MAX, segment_bytes: i64::MAX, segment_ms: i64::MAX };
}

/// The log of one replica (`kafka-semantics` 4.1, 4.10). It survives a crash up to what the page cache held.
#[derive(Clone, Debug, Default)]
pub struct Log {
    start_offset: i64,
    end_offset: i64,
    sealed: Vec<Rc<Segment>>,
    active: Vec<Rc<RecordBatch>>,
    /// Everything below is on the disk itself, not only in the page cache: the recovery point.
    pub flushed_to: i64,
    /// When the flusher last had it, or it was loaded.
    pub flushed_at: Micros,
    /// The log directory it lies in.
    pub directory: DirectoryId,
    /// Offset, bytes and first timestamp of Kafka's active segment; how batches are kept in memory is another matter.
    roll: Roll,
    /// Where each leader epoch begins.
    pub epochs: LeaderEpochCache,
    /// What the log knows of idempotent producers.
    pub producers: ProducerStates,
}

impl Log {
    /// An empty log that starts at `offset`.
    pub fn starting_at(offset: i64) -> Log {
        Log {
            start_offset: offset,
            end_offset: offset,
            flushed_to: offset,
            roll: Roll { base_offset: offset, ..Roll::default() },
            ..Log::default()
        }
    }

    /// An empty log in a directory.
    pub fn new_in(directory: DirectoryId) -> Log {
        Log { directory, ..Log::default() }
    }

    /// The first offset kept.
    pub fn start_offset(&self) -> i64 {
        self.start_offset
    }

    /// The next offset to write (LEO).
    pub fn end_offset(&self) -> i64 {
        self.end_offset
    }

    /// The epoch of the last record, -1 when there is none.
    pub fn latest_epoch(&self) -> i32 {
        self.epochs.latest_epoch().unwrap_or(-1)
    }

    /// Appends a batch that begins at or behind the log end, and learns its epoch and its producer.
    pub fn append(&mut self, batch: Rc<RecordBatch>) {
        assert!(batch.base_offset >= self.end_offset, "a batch is appended at the log end");
        self.epochs.assign(batch.leader_epoch, batch.base_offset);
        self.producers.replay(&batch);
        self.end_offset = batch.next_offset();
        self.active.push(batch);
        if self.active.len() == SEGMENT_BATCHES {
            let batches = std::mem::take(&mut self.active);
            self.sealed.push(Rc::new(Segment { batches }));
        }
    }

    /// Appends a batch as a broker does, which flushes where the configuration says so: a segment that is full, when the next begins
    /// (UnifiedLog.roll), and what has come to be too much (UnifiedLog.append).
    pub fn append_and_flush(&mut self, batch: Rc<RecordBatch>, policy: FlushPolicy) {
        let timestamp_ms = batch.records.iter().map(|(_, record)| record.timestamp_ms).max().unwrap_or(0);
        let bytes = i64::from(batch.size_bytes());
        let full = self.roll.bytes > 0 && self.roll.bytes + bytes > policy.segment_bytes;
        let old = self.roll.first_timestamp_ms.is_some_and(|first| timestamp_ms - first > policy.segment_ms);
        if full || old {
            self.flush();
            self.roll = Roll { base_offset: self.end_offset, ..Roll::default() };
        }
        self.append(batch);
        self.roll.bytes += bytes;
        self.roll.first_timestamp_ms.get_or_insert(timestamp_ms);
        if self.end_offset - self.flushed_to >= policy.messages {
            self.flush();
        }
    }

    /// The batches from the one that holds `from` on, in the runs they are kept in.
    fn runs(&self, from: i64) -> impl Iterator<Item = &[Rc<RecordBatch>]> {
        // Who reads is nearly always at the end.
        let at_end = self.active.first().is_some_and(|b| b.base_offset <= from);
        let lies_before = |s: &Rc<Segment>| s.batches.last().is_none_or(|b| b.last_offset < from);
        let first = if at_end { self.sealed.len() } else { self.sealed.partition_point(lies_before) };
        let sealed = self.sealed.get(first..).unwrap_or_default().iter().map(|s| s.batches.as_slice());
        sealed.chain([self.active.as_slice()]).map(move |run| run.get(run.partition_point(|b| b.last_offset < from)..).unwrap_or_default())
    }

    /// The batches that hold offsets in `from..to`, in order.
    pub fn batches(&self, from: i64, to: i64) -> impl Iterator<Item = &Rc<RecordBatch>> {
        self.runs(from).flatten().take_while(move |b| b.base_offset < to)
    }

    /// Reads whole batches in `from..to` of at most `max_bytes`, but at least one (`kafka-semantics` 4.3).
    pub fn read(&self, from: i64, to: i64, max_bytes: i32) -> Vec<Rc<RecordBatch>> {
        let (mut bytes, mut out) = (0, Vec::new());
        for run in self.runs(from) {
            for batch in run {
                bytes += batch.size_bytes();
                if batch.base_offset >= to || bytes > max_bytes && !out.is_empty() {
                    return out;
                }
                out.push(batch.clone());
            }
        }
        out
    }

    /// Cuts the log to end at `offset` (UnifiedLog.truncateTo): at or behind the end only the epochs' tail goes.
    pub fn truncate_to(&mut self, offset: i64) {
        self.epochs.truncate_from_end(offset);
        if offset >= self.end_offset {
            return;
        }
        while self.sealed.last().is_some_and(|s| s.batches.last().is_some_and(|b| b.last_offset >= offset)) {
            let Some(segment) = self.sealed.pop() else { break };
            let mut batches = segment.batches.clone();
            batches.append(&mut self.active);
            self.active = batches;
        }
        // A batch is cut as a whole.
        let straddling = self.active.iter().find(|b| b.last_offset >= offset && b.base_offset < offset).map(|b| b.base_offset);
        self.active.retain(|b| b.last_offset < offset);
        self.end_offset = straddling.unwrap_or(offset);
        self.start_offset = self.start_offset.min(self.end_offset);
        self.flushed_to = self.flushed_to.min(self.end_offset);
        if self.end_offset <= self.roll.base_offset {
            self.roll = Roll { base_offset: self.end_offset, ..Roll::default() };
        }
        self.rebuild_producers();
    }

    /// Drops everything and starts again at `offset`.
    pub fn restart_at(&mut self, offset: i64) {
        *self = Log { directory: self.directory, ..Log::starting_at(offset) };
    }

    /// Raises the log start offset; whole batches below it go.
    pub fn advance_start_to(&mut self, offset: i64) {
        if offset <= self.start_offset {
            return;
        }
        self.start_offset = offset;
        let gone = self.sealed.partition_point(|s| s.batches.last().is_none_or(|b| b.last_offset < offset));
        self.sealed.drain(..gone);
        if self.sealed.is_empty() {
            self.active.retain(|b| b.last_offset >= offset);
        }
        self.end_offset = self.end_offset.max(offset);
        self.epochs.truncate_from_start(offset);
    }

    /// The power is gone, and with it what only the page cache held; with `keep`, all from that offset on. The epoch checkpoint is a
    /// file of its own, which is synced when it is written.
    pub fn lose_power(&mut self, keep: Option<i64>) {
        let epochs = self.epochs.clone();
        self.truncate_to(keep.unwrap_or(self.flushed_to).max(self.start_offset));
        self.epochs = epochs;
    }

    /// Loads the log of a broker that starts: an epoch without a record is not kept (LogLoader.java).
    pub fn load(&mut self) {
        self.epochs.truncate_from_end(self.end_offset);
    }

    /// Everything is on disk now.
    pub fn flush(&mut self) {
        self.flushed_to = self.end_offset;
    }

    fn rebuild_producers(&mut self) {
        let producers = ProducerStates::rebuilt(self.batches(self.start_offset, self.end_offset).map(|b| &**b));
        self.producers = producers;
    }
}
