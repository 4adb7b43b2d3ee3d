//! Positions, and the requests that move them: Fetch, ListOffsets, OffsetForLeaderEpoch (SubscriptionState.java, Fetcher.java;
//! `kafka-semantics` 6).

use super::{Consumer, OffsetReset};
use crate::kafka::effect::{CallId, Effects, Reply};
use crate::kafka::errors::ErrorCode;
use crate::kafka::fact::Fact;
use crate::kafka::protocol::{FetchPartition, FetchRequest, FetchedPartition, OffsetQuery, Request, Response};
use crate::kafka::record::{BatchKind, Record, TopicPartition};
use crate::map::Map;
use crate::sim::{MILLISECOND, Micros, NodeId};
use std::collections::VecDeque;
use std::rc::Rc;

/// Where a partition's position comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FetchState {
    /// The committed offset is not known yet.
    Initializing,
    /// `auto.offset.reset` decides, by ListOffsets.
    AwaitReset,
    /// The leader changed: OffsetForLeaderEpoch tells whether the log was cut below the position (6.5).
    AwaitValidation,
    /// The position is good.
    Fetching,
}

/// An assigned partition.
#[derive(Clone, Debug)]
pub struct Position {
    /// What is known of the position.
    pub state: FetchState,
    /// The next offset to read; meaningless while initializing or awaiting a reset.
    pub offset: i64,
    /// Leader epoch of the last record read, or -1.
    pub offset_epoch: i32,
    /// The leader's high watermark as last told, or -1.
    pub high_watermark: i64,
    leader: Option<(NodeId, i32)>,
    asking: Option<CallId>,
    retry_at: Micros,
}

impl Position {
    /// A partition just assigned.
    pub(super) fn new(state: FetchState) -> Self {
        Position { state, offset: -1, offset_epoch: -1, high_watermark: -1, leader: None, asking: None, retry_at: 0 }
    }

    /// The position, once there is one.
    pub fn known(&self) -> Option<i64> {
        matches!(self.state, FetchState::Fetching | FetchState::AwaitValidation).then_some(self.offset)
    }

    /// Records up to the high watermark not read yet, as far as known.
    pub fn lag(&self) -> Option<i64> {
        let position = self.known()?;
        (self.high_watermark >= 0).then(|| (self.high_watermark - position).max(0))
    }

    pub(super) fn reset(&mut self) {
        self.state = FetchState::AwaitReset;
        self.asking = None;
    }

    /// Moves the position; `offset_epoch` -1 skips the check against the next leader.
    pub(super) fn seek(&mut self, offset: i64, offset_epoch: i32) {
        self.state = FetchState::Fetching;
        self.offset = offset;
        self.offset_epoch = offset_epoch;
        self.leader = None;
        self.asking = None;
        self.retry_at = 0;
    }
}

/// A record as the application got it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReadRecord {
    /// Its partition.
    pub partition: TopicPartition,
    /// Its offset.
    pub offset: i64,
    /// The record.
    pub record: Record,
    /// It was received more than once since the last read.
    pub again: bool,
}

/// How many received records are kept until they are read.
const RECEIVED_LIMIT: usize = 10_000;

/// Records of a sealed chunk. Sealed chunks are shared between snapshots, so this is a matter of cost, not of meaning.
const RECEIVED_CHUNK: usize = 128;

/// What the application received: a bounded buffer that counts what it had to forget.
#[derive(Clone, Debug, Default)]
pub struct Received {
    sealed: VecDeque<Rc<[ReadRecord]>>,
    active: Vec<ReadRecord>,
    /// How many of the oldest are forgotten but still in their chunk.
    skipped: usize,
    /// The offset behind the farthest one kept, by partition: what lies there or beyond was not received before.
    ahead: Map<TopicPartition, i64>,
    forgotten: u64,
    total: u64,
}

impl Received {
    fn kept(&self) -> impl Iterator<Item = &ReadRecord> {
        self.sealed.iter().flat_map(|chunk| chunk.iter()).chain(&self.active).skip(self.skipped)
    }

    fn push(&mut self, partition: &TopicPartition, offset: i64, record: Record) {
        self.total += 1;
        let mut again = false;
        match self.ahead.get_mut(partition) {
            Some(ahead) if offset >= *ahead => *ahead = offset + 1,
            Some(_) => again = self.kept().any(|r| r.offset == offset && r.partition == *partition),
            None => {
                self.ahead.insert(partition.clone(), offset + 1);
            }
        }
        self.active.push(ReadRecord { partition: partition.clone(), offset, record, again });
        if self.active.len() == RECEIVED_CHUNK {
            self.sealed.push_back(std::mem::take(&mut self.active).into());
        }
        if self.sealed.len() * RECEIVED_CHUNK + self.active.len() - self.skipped > RECEIVED_LIMIT {
            self.skipped += 1;
            self.forgotten += 1;
            if self.skipped == RECEIVED_CHUNK {
                self.sealed.pop_front();
                self.skipped = 0;
            }
        }
    }

    /// Takes what was received since the last time, by partition, then offset; each once.
    pub fn take(&mut self) -> Vec<ReadRecord> {
        let taken: Map<_, _> = self.kept().map(|r| ((r.partition.clone(), r.offset), r.clone())).collect();
        self.sealed.clear();
        self.active.clear();
        self.skipped = 0;
        self.ahead.clear();
        self.forgotten = 0;
        taken.into_values().collect()
    }

    /// Records that were received since the last [`Received::take`] and are too many to keep.
    pub fn forgotten(&self) -> u64 {
        self.forgotten
    }

    /// Records received ever.
    pub fn total(&self) -> u64 {
        self.total
    }
}

impl Consumer {
    /// Sends what the positions need; returns when to look again.
    pub(super) fn poll_positions(&mut self, now: Micros, out: &mut Effects) -> Option<Micros> {
        if self.closing || self.revoking {
            return None;
        }
        let mut next: Option<Micros> = None;
        let mut sooner = |at: Micros| next = Some(next.map_or(at, |n| n.min(at)));
        let mut resets: Map<NodeId, Vec<(TopicPartition, i32, OffsetQuery)>> = Map::new();
        let mut checks: Map<NodeId, Vec<(TopicPartition, i32, i32)>> = Map::new();
        let mut fetches: Map<NodeId, Vec<FetchPartition>> = Map::new();
        let (mut leaderless, mut failed) = (false, None);
        for (partition, position) in &mut self.positions {
            if position.state == FetchState::Initializing || position.asking.is_some() {
                continue;
            }
            let known = self.metadata.leader(partition);
            let Some((leader, epoch)) = known else {
                leaderless = true;
                continue;
            };
            if position.leader != known {
                position.leader = known;
                if position.state == FetchState::Fetching && position.offset_epoch >= 0 {
                    position.state = FetchState::AwaitValidation;
                }
            }
            let at = position.retry_at.max(self.metadata.ready_at(leader));
            if at > now {
                sooner(at);
                continue;
            }
            match position.state {
                FetchState::Initializing => {}
                FetchState::AwaitReset => {
                    let query = match self.config.auto_offset_reset {
                        OffsetReset::Earliest => OffsetQuery::Earliest,
                        OffsetReset::Latest => OffsetQuery::Latest,
                        OffsetReset::ByDuration(span) => OffsetQuery::At((now - span) / MILLISECOND),
                        OffsetReset::None => {
                            failed = Some("NoOffsetForPartitionException");
                            position.retry_at = now + self.config.client.retry_backoff_max;
                            sooner(position.retry_at);
                            continue;
                        }
                    };
                    resets.entry(leader).or_default().push((partition.clone(), epoch, query));
                }
                FetchState::AwaitValidation => checks.entry(leader).or_default().push((partition.clone(), epoch, position.offset_epoch)),
                FetchState::Fetching if self.fetching.contains_key(&leader) => {}
                FetchState::Fetching => fetches.entry(leader).or_default().push(FetchPartition {
                    partition: partition.clone(),
                    topic_id: self.metadata.topic(&partition.topic).map(|view| view.id).unwrap_or_default(),
                    current_leader_epoch: epoch,
                    fetch_offset: position.offset,
                    last_fetched_epoch: -1,
                    log_start_offset: -1,
                }),
            }
        }
        if leaderless {
            self.metadata.request_update();
        }
        if let Some(error) = failed {
            self.fail(error, out);
        }
        let timeout = self.config.client.request_timeout;
        for (leader, partitions) in resets {
            let asked: Vec<TopicPartition> = partitions.iter().map(|(p, ..)| p.clone()).collect();
            let call = self.metadata.call(out, leader, Request::ListOffsets { isolation: self.config.isolation, partitions }, timeout);
            self.ask(&asked, call);
        }
        for (leader, partitions) in checks {
            let asked: Vec<TopicPartition> = partitions.iter().map(|(p, ..)| p.clone()).collect();
            let call = self.metadata.call(out, leader, Request::OffsetForLeaderEpoch { partitions }, timeout);
            self.ask(&asked, call);
        }
        for (leader, mut partitions) in fetches {
            let turn = self.rotation % partitions.len();
            partitions.rotate_left(turn);
            let fetch = FetchRequest {
                replica: None,
                max_wait: self.config.fetch_max_wait,
                min_bytes: self.config.fetch_min_bytes,
                max_bytes: self.config.fetch_max_bytes,
                partition_max_bytes: self.config.max_partition_fetch_bytes,
                isolation: self.config.isolation,
                partitions,
            };
            let call = self.metadata.call(out, leader, Request::Fetch(fetch), timeout);
            self.fetching.insert(leader, call);
            self.rotation = self.rotation.wrapping_add(1);
        }
        next
    }

    fn ask(&mut self, partitions: &[TopicPartition], call: CallId) {
        for partition in partitions {
            if let Some(position) = self.positions.get_mut(partition) {
                position.asking = Some(call);
            }
        }
    }

    /// What `auto.offset.reset` allows for a partition without a usable position.
    pub(super) fn reset_position(&mut self, now: Micros, partition: &TopicPartition, without_policy: &'static str, out: &mut Effects) {
        let none = self.config.auto_offset_reset == OffsetReset::None;
        let wait = self.config.client.retry_backoff_max;
        let Some(position) = self.positions.get_mut(partition) else { return };
        if none {
            position.retry_at = now + wait;
            self.fail(without_policy, out);
        } else {
            position.reset();
        }
    }

    /// The end of a Fetch.
    pub(super) fn on_fetched(&mut self, now: Micros, fetch: &FetchRequest, reply: &Reply, out: &mut Effects) {
        if self.fetching.get(&reply.from) != Some(&reply.call) {
            return;
        }
        self.fetching.remove(&reply.from);
        match &reply.result {
            Ok(Response::Fetch(fetched)) => {
                for got in fetched {
                    let asked = fetch.partitions.iter().find(|p| p.partition == got.partition);
                    if let Some(asked) = asked {
                        self.take_fetched(now, asked, got, out);
                    }
                }
            }
            Ok(_) => {
                let at = now + self.config.client.retry_backoff;
                for asked in &fetch.partitions {
                    if let Some(position) = self.positions.get_mut(&asked.partition) {
                        position.retry_at = at;
                    }
                }
                self.metadata.request_update();
            }
            // The connection's own back-off paces the next attempt.
            Err(_) => self.metadata.request_update(),
        }
    }

    fn take_fetched(&mut self, now: Micros, asked: &FetchPartition, got: &FetchedPartition, out: &mut Effects) {
        use ErrorCode as E;
        let retry_at = now + self.config.client.retry_backoff;
        let revoking = self.revoking || self.closing;
        let Some(position) = self.positions.get_mut(&got.partition) else { return };
        if revoking || position.state != FetchState::Fetching || position.offset != asked.fetch_offset {
            return;
        }
        match got.error {
            E::None => self.deliver(asked.fetch_offset, got, out),
            E::OffsetOutOfRange => self.reset_position(now, &got.partition, "OffsetOutOfRangeException", out),
            error => {
                // Kafka asks again at once; a pause keeps a partition without a leader from filling the network.
                position.retry_at = retry_at;
                if error != E::UnknownLeaderEpoch {
                    self.metadata.request_update();
                }
                if !error.is_retriable() {
                    self.fail(error.name(), out);
                }
            }
        }
    }

    /// Hands records to the application and moves the position; control batches only move it (3.7.10).
    fn deliver(&mut self, from: i64, got: &FetchedPartition, out: &mut Effects) {
        let (mut next, mut epoch) = (from, None);
        let (mut first, mut last, mut count) = (None, from, 0);
        for batch in &got.batches {
            if batch.next_offset() <= from {
                continue;
            }
            next = batch.next_offset();
            epoch = Some(batch.leader_epoch);
            if matches!(batch.kind, BatchKind::Commit | BatchKind::Abort) {
                continue;
            }
            for (offset, record) in batch.iter().filter(|(offset, _)| *offset >= from) {
                first.get_or_insert(offset);
                last = offset;
                count += 1;
                self.received.push(&got.partition, offset, record.clone());
            }
        }
        if let Some(position) = self.positions.get_mut(&got.partition) {
            position.high_watermark = got.high_watermark;
            position.offset = next;
            position.offset_epoch = epoch.unwrap_or(position.offset_epoch);
        }
        if let Some(first_offset) = first {
            out.fact(Fact::RecordsRead { partition: got.partition.clone(), first_offset, last_offset: last, records: count });
        }
    }

    /// The end of a ListOffsets: positions are set by policy.
    pub(super) fn on_listed(&mut self, now: Micros, partitions: &[(TopicPartition, i32, OffsetQuery)], reply: &Reply, out: &mut Effects) {
        for (partition, _, query) in partitions {
            let Some(position) = self.asked(partition, reply.call) else { continue };
            let result = match &reply.result {
                Ok(Response::ListOffsets(results)) => results.iter().find(|(p, ..)| p == partition),
                _ => None,
            };
            match result {
                Some((_, ErrorCode::None, offset, leader_epoch)) if *offset >= 0 => {
                    position.seek(*offset, -1);
                    self.metadata.see_epoch(partition, *leader_epoch);
                    out.fact(Fact::PositionReset { partition: partition.clone(), offset: *offset });
                }
                // No record is as young as asked for: from the end on.
                Some((_, ErrorCode::None, ..)) if matches!(query, OffsetQuery::At(_)) => self.ask_latest(now, partition, out),
                _ => self.retry_position(now, partition),
            }
        }
    }

    fn ask_latest(&mut self, now: Micros, partition: &TopicPartition, out: &mut Effects) {
        let Some((leader, epoch)) = self.metadata.leader(partition) else {
            return self.retry_position(now, partition);
        };
        let partitions = vec![(partition.clone(), epoch, OffsetQuery::Latest)];
        let request = Request::ListOffsets { isolation: self.config.isolation, partitions };
        let call = self.metadata.call(out, leader, request, self.config.client.request_timeout);
        self.ask(std::slice::from_ref(partition), call);
    }

    /// The end of an OffsetForLeaderEpoch: the position is good, or the log was cut below it.
    pub(super) fn on_epoch_end(&mut self, now: Micros, partitions: &[(TopicPartition, i32, i32)], reply: &Reply, out: &mut Effects) {
        for (partition, ..) in partitions {
            let policy = self.config.auto_offset_reset != OffsetReset::None;
            let raise_again_at = now + self.config.client.retry_backoff_max;
            let Some(position) = self.asked(partition, reply.call) else { continue };
            let result = match &reply.result {
                Ok(Response::OffsetForLeaderEpoch(results)) => results.iter().find(|(p, ..)| p == partition),
                _ => None,
            };
            match result {
                Some((_, ErrorCode::None, epoch, end_offset)) => {
                    if *epoch < 0 || *end_offset < 0 {
                        self.reset_position(now, partition, "LogTruncationException", out);
                    } else if *end_offset >= position.offset {
                        position.state = FetchState::Fetching;
                    } else if policy {
                        position.state = FetchState::Fetching;
                        position.offset = *end_offset;
                        position.offset_epoch = *epoch;
                        out.fact(Fact::PositionReset { partition: partition.clone(), offset: *end_offset });
                    } else {
                        position.retry_at = raise_again_at;
                        self.fail("LogTruncationException", out);
                    }
                }
                _ => self.retry_position(now, partition),
            }
        }
    }

    /// The position that waits for `call`, which has ended.
    fn asked(&mut self, partition: &TopicPartition, call: CallId) -> Option<&mut Position> {
        let position = self.positions.get_mut(partition).filter(|position| position.asking == Some(call))?;
        position.asking = None;
        Some(position)
    }

    fn retry_position(&mut self, now: Micros, partition: &TopicPartition) {
        self.metadata.request_update();
        let at = now + self.config.client.retry_backoff;
        if let Some(position) = self.positions.get_mut(partition) {
            position.retry_at = at;
        }
    }
}
