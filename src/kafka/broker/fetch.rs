//! Reading: how a leader serves followers and consumers, and lets a fetch wait for bytes (`kafka-semantics` 4.3, 6.1, 6.2).

use super::{Broker, BrokerTimer};
use crate::kafka::effect::{Effects, Ticket};
use crate::kafka::errors::ErrorCode;
use crate::kafka::protocol::{FetchPartition, FetchRequest, FetchedPartition, Isolation, Request, Response};
use crate::kafka::record::TopicPartition;
use crate::sim::Micros;
use std::rc::Rc;

/// A fetch that waits for bytes.
#[derive(Clone, Debug)]
pub(super) struct DelayedFetch {
    request: Rc<Request>,
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
        let mut answer: Vec<FetchedPartition> = fetch.partitions.iter().map(|p| self.read(fetch, p)).collect();
        if let Some(follower) = fetch.replica {
            let stale = self.image.brokers.get(&follower.id).is_some_and(|b| follower.epoch != -1 && b.epoch > follower.epoch);
            for (p, read) in fetch.partitions.iter().zip(&mut answer) {
                if !read.error.is_none() || read.diverging.is_some() {
                    continue;
                }
                let replica = self.replicas.get_mut(&p.partition).filter(|_| !stale);
                let noted = replica.and_then(|r| {
                    let end = r.log.end_offset();
                    let noted = r.note_fetch(now, follower, p.fetch_offset, p.log_start_offset, end);
                    let in_sync = r.leader().is_some_and(|l| l.isr.contains(&follower.id));
                    noted.then_some((in_sync, r.high_watermark == end))
                });
                if let Some((in_sync, committed)) = noted {
                    if !in_sync {
                        self.expand_isr(&p.partition, follower.id, out);
                    }
                    if !committed {
                        self.advance_high_watermark(now, &p.partition, out);
                    }
                } else {
                    let error = if stale { ErrorCode::NotLeaderOrFollower } else { ErrorCode::UnknownLeaderEpoch };
                    *read = failed(&p.partition, error);
                }
            }
            self.send_alter_partition(out);
        }
        if fetch.max_wait <= 0 || fetch.partitions.is_empty() || is_enough(fetch, &answer) {
            out.answer(ticket, Response::Fetch(answer));
            return;
        }
        for p in &fetch.partitions {
            if let Some(replica) = self.replicas.get_mut(&p.partition) {
                replica.waiting_fetches.insert(ticket);
            }
        }
        self.wake(now + fetch.max_wait, BrokerTimer::FetchDue(ticket), out);
        self.fetches.insert(ticket, DelayedFetch { request });
    }

    /// Reads one partition, without any effect.
    fn read(&self, fetch: &FetchRequest, p: &FetchPartition) -> FetchedPartition {
        let Some(replica) = self.replicas.get(&p.partition) else { return failed(&p.partition, self.missing_error(&p.partition)) };
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
            aborted: Vec::new(),
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
        let bound = match fetch.isolation {
            Isolation::LogEnd => log.end_offset(),
            Isolation::HighWatermark => replica.high_watermark,
            Isolation::LastStable => replica.last_stable_offset(),
        };
        answer.batches = log.read(p.fetch_offset, bound, fetch.partition_max_bytes);
        answer
    }

    /// Looks again at the fetches that wait on a partition.
    pub(super) fn complete_fetches(&mut self, now: Micros, partition: &TopicPartition, out: &mut Effects) {
        let Some(replica) = self.replicas.get(partition) else { return };
        for ticket in replica.waiting_fetches.clone() {
            let Some(delayed) = self.fetches.get(&ticket) else { continue };
            let Some(fetch) = delayed.fetch() else { continue };
            // The other partitions were looked at when they last changed; they matter only where their bytes add up.
            let alone = fetch.min_bytes <= 1;
            let looked_at = fetch.partitions.iter().filter(|p| !alone || p.partition == *partition);
            let answer: Vec<_> = looked_at.map(|p| self.read(fetch, p)).collect();
            if is_enough(fetch, &answer) {
                self.complete_fetch(now, ticket, out);
            }
        }
    }

    /// Answers a waiting fetch with what there is; replica state is not touched again (4.3).
    pub(super) fn complete_fetch(&mut self, _now: Micros, ticket: Ticket, out: &mut Effects) {
        let Some(delayed) = self.fetches.remove(&ticket) else { return };
        let Some(fetch) = delayed.fetch() else { return };
        let answer = fetch.partitions.iter().map(|p| self.read(fetch, p)).collect();
        for p in &fetch.partitions {
            if let Some(replica) = self.replicas.get_mut(&p.partition) {
                replica.waiting_fetches.remove(&ticket);
            }
        }
        out.answer(ticket, Response::Fetch(answer));
    }
}

fn failed(partition: &TopicPartition, error: ErrorCode) -> FetchedPartition {
    FetchedPartition {
        partition: partition.clone(),
        error,
        high_watermark: -1,
        last_stable_offset: -1,
        log_start_offset: -1,
        diverging: None,
        aborted: Vec::new(),
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
