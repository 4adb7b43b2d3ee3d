//! Following: how a broker copies from leaders, truncates what they do not have, and learns high watermarks (`kafka-semantics` 4.2, 4.9).

use super::truncation::{truncate, truncation_offset};
use super::{Broker, BrokerTimer};
use crate::kafka::effect::{CallId, Channel, Effects, Reply};
use crate::kafka::errors::ErrorCode;
use crate::kafka::fact::Fact;
use crate::kafka::log::FlushPolicy;
use crate::kafka::protocol::{BrokerEpoch, FetchPartition, FetchRequest, FetchedPartition, Isolation, OffsetQuery, Request, Response};
use crate::kafka::record::TopicPartition;
use crate::kafka::record::is_internal;
use crate::kafka::replica::{Replica, Role};
use crate::map::Set;
use crate::sim::{Micros, NodeId};

/// The fetcher thread of one leader.
#[derive(Clone, Debug, Default)]
pub(super) struct Fetcher {
    in_flight: Option<CallId>,
    /// How many partitions it asked for last.
    partitions: usize,
}

impl Broker {
    /// Its fetcher marks a partition as failed (ReplicaFetcherThread.markPartitionFailed, as after an error of its own log) and leaves it
    /// out until the leader changes or the broker restarts; false unless it follows it.
    pub fn fail_partition(&mut self, partition: &TopicPartition) -> bool {
        match self.replicas.get_mut(partition) {
            Some(r) if matches!(r.role, Role::Follower { .. }) => {
                r.fetch_failed = true;
                true
            }
            _ => false,
        }
    }

    /// Starts the fetchers of all leaders this broker follows.
    pub(in crate::kafka) fn run_fetchers(&mut self, now: Micros, out: &mut Effects) {
        let leaders: Set<i32> = self
            .replicas
            .values()
            .filter_map(|r| match r.role {
                Role::Follower { leader } if leader >= 0 => Some(leader),
                _ => None,
            })
            .collect();
        for leader in leaders {
            self.run_fetcher(now, leader, out);
        }
    }

    pub(super) fn run_fetcher(&mut self, now: Micros, leader: i32, out: &mut Effects) {
        if !self.image.brokers.contains_key(&leader) || self.fetchers.get(&leader).is_some_and(|f| f.in_flight.is_some()) {
            return;
        }
        let follows = |r: &&Replica| matches!(r.role, Role::Follower { leader: l } if l == leader) && !r.fetch_failed;
        if let Some(call) = self.ask_epoch_ends(now, leader, out) {
            self.fetchers.entry(leader).or_default().in_flight = Some(call);
            return;
        }
        let fences = self.settings.truncation.fences();
        let mut partitions = Vec::with_capacity(self.fetchers.get(&leader).map_or(0, |f| f.partitions));
        let mut next = None;
        for r in self.replicas.values().filter(follows) {
            if r.fetch_not_before > now {
                next = Some(next.map_or(r.fetch_not_before, |n: Micros| n.min(r.fetch_not_before)));
                continue;
            }
            if r.asks_epoch_end {
                continue;
            }
            partitions.push(FetchPartition {
                partition: r.partition.clone(),
                topic_id: r.topic_id,
                current_leader_epoch: if fences { r.leader_epoch } else { -1 },
                fetch_offset: r.log.end_offset(),
                last_fetched_epoch: if fences { r.log.latest_epoch() } else { -1 },
                log_start_offset: r.log.start_offset(),
            });
        }
        if partitions.is_empty() {
            if let Some(next) = next {
                self.wake(next, BrokerTimer::Fetcher(leader), out);
            }
            return;
        }
        let count = partitions.len();
        let request = Request::Fetch(FetchRequest {
            // Without KRaft a leader knows no broker epochs.
            replica: Some(if self.zk.is_some() { BrokerEpoch { id: self.id, epoch: -1 } } else { self.identity() }),
            max_wait: self.settings.replica_fetch_wait_max,
            min_bytes: self.settings.replica_fetch_min_bytes,
            max_bytes: self.settings.replica_fetch_response_max_bytes,
            partition_max_bytes: self.settings.replica_fetch_max_bytes,
            isolation: Isolation::LogEnd,
            partitions,
        });
        let call = out.call(NodeId(leader), Channel::Data, request, self.settings.replica_socket_timeout);
        self.fetchers.insert(leader, Fetcher { in_flight: Some(call), partitions: count });
    }

    pub(super) fn on_fetched(&mut self, now: Micros, reply: &Reply, out: &mut Effects) {
        let leader = reply.from.0;
        match self.fetchers.get_mut(&leader) {
            Some(fetcher) if fetcher.in_flight == Some(reply.call) => fetcher.in_flight = None,
            _ => return,
        }
        let Request::Fetch(fetch) = &*reply.request else {
            self.on_epoch_ends(now, reply, out);
            self.run_fetcher(now, leader, out);
            return;
        };
        match &reply.result {
            Ok(Response::Fetch(answer)) => {
                let mut near = 0;
                for (asked, fetched) in fetch.partitions.iter().zip(answer) {
                    self.apply_fetched(now, leader, &mut near, asked, fetched, out);
                }
            }
            _ => {
                for asked in &fetch.partitions {
                    self.back_off(now, leader, &asked.partition);
                }
            }
        }
        self.run_fetcher(now, leader, out);
    }

    fn back_off(&mut self, now: Micros, leader: i32, partition: &TopicPartition) {
        let until = now + self.settings.replica_fetch_backoff;
        if let Some(r) = self.replicas.get_mut(partition)
            && matches!(r.role, Role::Follower { leader: l } if l == leader)
        {
            r.fetch_not_before = until;
        }
    }

    fn apply_fetched(
        &mut self,
        now: Micros,
        leader: i32,
        near: &mut usize,
        asked: &FetchPartition,
        fetched: &FetchedPartition,
        out: &mut Effects,
    ) {
        let internal = || is_internal(&asked.partition.topic);
        let flush = if fetched.batches.is_empty() { FlushPolicy::NEVER } else { self.log_config(&asked.partition.topic).flush };
        let Some(r) = self.replicas.get_near_mut(near, &asked.partition) else { return };
        let still = matches!(r.role, Role::Follower { leader: l } if l == leader)
            && (asked.current_leader_epoch < 0 || r.leader_epoch == asked.current_leader_epoch)
            && !r.asks_epoch_end
            && r.log.end_offset() == asked.fetch_offset
            && r.topic_id == asked.topic_id;
        if !still {
            return;
        }
        match fetched.error {
            ErrorCode::None => {}
            ErrorCode::OffsetOutOfRange => {
                let partitions = vec![
                    (asked.partition.clone(), asked.current_leader_epoch, OffsetQuery::Latest),
                    (asked.partition.clone(), asked.current_leader_epoch, OffsetQuery::Earliest),
                ];
                r.fetch_not_before = now + self.settings.replica_fetch_backoff;
                let request = Request::ListOffsets { isolation: Isolation::LogEnd, partitions };
                out.call(NodeId(leader), Channel::Data, request, self.settings.replica_socket_timeout);
                return;
            }
            ErrorCode::FencedLeaderEpoch => {
                // Our epoch is the old one: wait for the metadata that says so.
                r.fetch_failed = true;
                return;
            }
            _ => {
                self.back_off(now, leader, &asked.partition);
                return;
            }
        }
        if let Some((epoch, end)) = fetched.diverging {
            let to = truncation_offset(r, epoch, end);
            truncate(r, to, out);
            return;
        }
        let first = r.log.end_offset();
        for batch in &fetched.batches {
            // KAFKA-18723: a batch of a newer epoch than ours is not ours to take yet.
            if (asked.current_leader_epoch >= 0 && batch.leader_epoch > r.leader_epoch) || batch.base_offset < r.log.end_offset() {
                break;
            }
            r.log.append_and_flush(batch.clone(), flush);
        }
        let end = r.log.end_offset();
        if end > first && !internal() {
            out.fact(Fact::Replicated { partition: asked.partition.clone(), base_offset: first, last_offset: end - 1 });
        }
        let from = r.high_watermark;
        r.high_watermark = fetched.high_watermark.clamp(r.log.start_offset(), end);
        if from != r.high_watermark && !internal() {
            out.fact(Fact::HighWatermarkLearned { partition: asked.partition.clone(), from, to: r.high_watermark });
        }
        if fetched.log_start_offset > r.log.start_offset() {
            r.log.advance_start_to(fetched.log_start_offset.min(r.high_watermark));
        }
    }

    /// A leader said where its log begins and ends, after our offset was out of its range (4.9.4).
    pub(super) fn on_leader_offsets(&mut self, now: Micros, reply: &Reply, out: &mut Effects) {
        let leader = reply.from.0;
        let Ok(Response::ListOffsets(answer)) = &reply.result else { return };
        let [(partition, ErrorCode::None, end, _), (_, ErrorCode::None, start, _)] = answer.as_slice() else { return };
        let Some(r) = self.replicas.get_mut(partition) else { return };
        if !matches!(r.role, Role::Follower { leader: l } if l == leader) {
            return;
        }
        r.fetch_not_before = now;
        let own = r.log.end_offset();
        if *end < own {
            truncate(r, *end, out);
        } else if *start > own {
            r.log.restart_at(*start);
            r.high_watermark = *start;
            out.fact(Fact::Truncated { partition: partition.clone(), from: own, to: *start });
        }
        self.run_fetcher(now, leader, out);
    }
}
