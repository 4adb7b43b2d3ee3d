//! Reading: how a leader serves followers and consumers, and lets a fetch wait for bytes (`kafka-semantics` 4.3, 6.1, 6.2).

use super::Broker;
use crate::kafka::effect::{Effects, Ticket};
use crate::kafka::errors::ErrorCode;
use crate::kafka::protocol::{FetchPartition, FetchRequest, FetchedPartition, Isolation, Request, Response};
use crate::kafka::record::TopicPartition;
use crate::kafka::replica::Replica;
use crate::sim::Micros;
use std::rc::Rc;

/// A fetch that waits for bytes.
#[derive(Clone, Debug)]
pub(super) struct DelayedFetch {
    request: Rc<Request>,
    deadline: Micros,
}

impl DelayedFetch {
    fn fetch(&self) -> Option<&FetchRequest> {
        match &*self.request {
            Request::Fetch(fetch) => Some(fetch),
            _ => None,
        }
    }
}

impl Broker {
    pub(super) fn on_fetch(&mut self, now: Micros, ticket: Ticket, request: Rc<Request>, out: &mut Effects) {
        let Request::Fetch(fetch) = &*request else { return };
        let mut answer = Vec::with_capacity(fetch.partitions.len());
        if let Some(follower) = fetch.replica {
            let stale = self.image.brokers.get(&follower.id).is_some_and(|b| follower.epoch != -1 && b.epoch > follower.epoch);
            let mut near = 0;
            for p in &fetch.partitions {
                let Some(replica) = self.replicas.get_near_mut(&mut near, &p.partition) else {
                    answer.push(failed(&p.partition, self.missing_error(&p.partition)));
                    continue;
                };
                let read = read(replica, fetch, p);
                if !read.error.is_none() || read.diverging.is_some() {
                    answer.push(read);
                    continue;
                }
                let end = replica.log.end_offset();
                if stale || !replica.note_fetch(now, follower, p.fetch_offset, p.log_start_offset, end) {
                    let error = if stale { ErrorCode::NotLeaderOrFollower } else { ErrorCode::UnknownLeaderEpoch };
                    answer.push(failed(&p.partition, error));
                    continue;
                }
                answer.push(read);
                let in_sync = replica.leader().is_some_and(|l| l.isr.contains(&follower.id));
                let committed = replica.high_watermark == end;
                if !in_sync {
                    self.expand_isr(&p.partition, follower.id, out);
                }
                if !committed {
                    self.advance_high_watermark(now, &p.partition, out);
                }
            }
            self.send_alter_partition(now, out);
        } else {
            answer.extend(self.read(fetch));
        }
        if fetch.max_wait <= 0 || fetch.partitions.is_empty() || is_enough(fetch, &answer) {
            out.answer(ticket, Response::Fetch(answer));
            return;
        }
        let deadline = now + fetch.max_wait;
        self.deadlines.put(deadline, ticket);
        self.fetches.insert(ticket, DelayedFetch { request, deadline });
        self.arm_deadline(out);
    }

    /// Reads every partition a fetch names, without any effect.
    fn read(&self, fetch: &FetchRequest) -> impl Iterator<Item = FetchedPartition> {
        let mut near = 0;
        fetch.partitions.iter().map(move |p| match self.replicas.get_near(&mut near, &p.partition) {
            Some(replica) => read(replica, fetch, p),
            None => failed(&p.partition, self.missing_error(&p.partition)),
        })
    }

    /// Looks again at the fetches that wait on a partition.
    pub(super) fn complete_fetches(&mut self, partition: &TopicPartition, out: &mut Effects) {
        let mut after = Ticket::default();
        while let Some((ticket, index)) = self.fetch_with_news(partition, after) {
            self.try_fetch(ticket, Some(index), out);
            after = ticket.next();
        }
    }

    /// The first fetch from `after` on for which a partition has news, and the partition's place in it.
    fn fetch_with_news(&self, partition: &TopicPartition, after: Ticket) -> Option<(Ticket, usize)> {
        let mut waiting = self.fetches.range(after..);
        let replica = self.replicas.get(partition)?;
        waiting.find_map(|(ticket, delayed)| {
            let fetch = delayed.fetch()?;
            let index = fetch.partitions.iter().position(|p| p.partition == *partition)?;
            has_news(replica, fetch, fetch.partitions.get(index)?).then_some((*ticket, index))
        })
    }

    /// Answers a waiting fetch with what there is; with `news` of one of its partitions only if that is enough. Replica state is not touched
    /// again (4.3).
    pub(super) fn try_fetch(&mut self, ticket: Ticket, news: Option<usize>, out: &mut Effects) {
        let Some(delayed) = self.fetches.get(&ticket) else { return };
        let Some(fetch) = delayed.fetch() else { return };
        let answer: Vec<_> = self.read(fetch).collect();
        // The other partitions were looked at when they last changed; they matter only where their bytes add up.
        let looked_at = match news {
            Some(index) if fetch.min_bytes <= 1 => answer.get(index..=index).unwrap_or_default(),
            _ => &answer,
        };
        if news.is_none() || is_enough(fetch, looked_at) {
            self.deadlines.remove(delayed.deadline, ticket);
            self.fetches.remove(&ticket);
            out.answer(ticket, Response::Fetch(answer));
        }
    }
}

/// Whether reading one partition could give anything but an empty answer; cheaper than to read it.
fn has_news(replica: &Replica, fetch: &FetchRequest, p: &FetchPartition) -> bool {
    let log = &replica.log;
    let as_usual = p.topic_id == replica.topic_id
        && (p.current_leader_epoch == -1 || p.current_leader_epoch == replica.leader_epoch)
        && replica.leader().is_some()
        && (p.last_fetched_epoch < 0 || log.epochs.latest_epoch() == Some(p.last_fetched_epoch))
        && (log.start_offset()..=log.end_offset()).contains(&p.fetch_offset);
    !as_usual || p.fetch_offset < bound(replica, fetch)
}

/// Where a fetch may read to.
fn bound(replica: &Replica, fetch: &FetchRequest) -> i64 {
    match fetch.isolation {
        Isolation::LogEnd => replica.log.end_offset(),
        Isolation::HighWatermark => replica.high_watermark,
        Isolation::LastStable => replica.last_stable_offset(),
    }
}

/// Reads one partition of a replica, without any effect.
fn read(replica: &Replica, fetch: &FetchRequest, p: &FetchPartition) -> FetchedPartition {
    if p.topic_id != replica.topic_id {
        return failed(&p.partition, ErrorCode::UnknownTopicId);
    }
    if p.current_leader_epoch >= 0 && p.current_leader_epoch < replica.leader_epoch {
        return failed(&p.partition, ErrorCode::FencedLeaderEpoch);
    }
    if p.current_leader_epoch > replica.leader_epoch {
        return failed(&p.partition, ErrorCode::UnknownLeaderEpoch);
    }
    if replica.leader().is_none() {
        return failed(&p.partition, ErrorCode::NotLeaderOrFollower);
    }
    let log = &replica.log;
    let mut answer = FetchedPartition {
        partition: p.partition.clone(),
        error: ErrorCode::None,
        high_watermark: replica.high_watermark,
        last_stable_offset: replica.last_stable_offset(),
        log_start_offset: log.start_offset(),
        diverging: None,
        batches: Vec::new(),
    };
    if p.last_fetched_epoch >= 0 {
        let (epoch, end) = log.epochs.end_offset_for(p.last_fetched_epoch, log.end_offset());
        if epoch < 0 || p.fetch_offset < log.start_offset() {
            return failed(&p.partition, ErrorCode::OffsetOutOfRange);
        }
        if epoch < p.last_fetched_epoch || end < p.fetch_offset {
            answer.diverging = Some((epoch, end));
            return answer;
        }
    }
    if p.fetch_offset < log.start_offset() || p.fetch_offset > log.end_offset() {
        return failed(&p.partition, ErrorCode::OffsetOutOfRange);
    }
    let bound = bound(replica, fetch);
    if p.fetch_offset < bound {
        answer.batches = log.read(p.fetch_offset, bound, fetch.partition_max_bytes);
    }
    answer
}

fn failed(partition: &TopicPartition, error: ErrorCode) -> FetchedPartition {
    FetchedPartition {
        partition: partition.clone(),
        error,
        high_watermark: -1,
        last_stable_offset: -1,
        log_start_offset: -1,
        diverging: None,
        batches: Vec::new(),
    }
}

/// Whether an answer need not wait: bytes, an error, or a divergence.
fn is_enough(fetch: &FetchRequest, answer: &[FetchedPartition]) -> bool {
    let mut bytes = 0;
    for p in answer {
        if !p.error.is_none() || p.diverging.is_some() {
            return true;
        }
        bytes += p.batches.iter().map(|b| b.size_bytes()).sum::<i32>();
    }
    bytes >= fetch.min_bytes.max(1)
}
