//! How a follower decides where to cut its log: today by the epoch in Fetch itself, and, as teaching switches, the ways before it
//! (`kafka-semantics` 4.9, 4.12).

use super::Broker;
use crate::kafka::effect::{Channel, Effects, Reply};
use crate::kafka::errors::ErrorCode;
use crate::kafka::fact::Fact;
use crate::kafka::protocol::{Request, Response};
use crate::kafka::record::TopicPartition;
use crate::kafka::replica::{Replica, Role};
use crate::sim::{Micros, NodeId};

/// The history of truncation.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Truncation {
    /// `hw`: to its high watermark, as before 0.11.
    HighWatermark,
    /// `kip101`: to the end of its own latest leader epoch, as the leader knows it.
    Kip101,
    /// `kip279`: as `kip101`, with the epoch answered and bounded by the follower's own.
    Kip279,
    /// `kip320`: today's, with epochs in Fetch itself.
    #[default]
    Kip320,
}

impl Truncation {
    /// Whether a fetch carries the leader epoch it believes in, which fences what is old.
    pub fn fences(self) -> bool {
        self == Truncation::Kip320
    }
}

impl Broker {
    /// A replica follows in a new leader epoch: what the ways before KIP-320 do before it fetches.
    pub(super) fn begin_truncation(&mut self, partition: &TopicPartition, is_new_leader: bool, out: &mut Effects) {
        let how = self.settings.truncation;
        let Some(r) = self.replicas.get_mut(partition) else { return };
        match how {
            Truncation::HighWatermark if is_new_leader => truncate(r, r.high_watermark, out),
            Truncation::Kip101 | Truncation::Kip279 if r.log.latest_epoch() < 0 => truncate(r, r.high_watermark, out),
            Truncation::Kip101 | Truncation::Kip279 => r.asks_epoch_end = true,
            Truncation::HighWatermark | Truncation::Kip320 => {}
        }
    }

    /// Asks a leader where the latest epochs of those who follow it end; none when nobody has to know.
    pub(super) fn ask_epoch_ends(&mut self, now: Micros, leader: i32, out: &mut Effects) -> Option<crate::kafka::effect::CallId> {
        let mut partitions = Vec::new();
        for r in self.replicas.values() {
            if r.asks_epoch_end && r.fetch_not_before <= now && matches!(r.role, Role::Follower { leader: l } if l == leader) {
                partitions.push((r.partition.clone(), -1, r.log.latest_epoch()));
            }
        }
        if partitions.is_empty() {
            return None;
        }
        let request = Request::OffsetForLeaderEpoch { partitions };
        Some(out.call(NodeId(leader), Channel::Data, request, self.settings.replica_socket_timeout))
    }

    /// A leader said where epochs end (AbstractFetcherThread, getOffsetTruncationState).
    pub(super) fn on_epoch_ends(&mut self, now: Micros, reply: &Reply, out: &mut Effects) {
        let (leader, how) = (reply.from.0, self.settings.truncation);
        let Request::OffsetForLeaderEpoch { partitions: asked } = &*reply.request else { return };
        let answer: &[_] = match &reply.result {
            Ok(Response::OffsetForLeaderEpoch(answer)) => answer,
            _ => &[],
        };
        for (at, (partition, _, epoch)) in asked.iter().enumerate() {
            let Some(r) = self.replicas.get_mut(partition) else { continue };
            let same = r.asks_epoch_end && r.log.latest_epoch() == *epoch && matches!(r.role, Role::Follower { leader: l } if l == leader);
            if !same {
                continue;
            }
            let Some((_, ErrorCode::None, found, end)) = answer.get(at) else {
                r.fetch_not_before = now + self.settings.replica_fetch_backoff;
                continue;
            };
            r.asks_epoch_end = false;
            let own_end = r.log.end_offset();
            let to = match how {
                _ if *end < 0 => r.high_watermark,
                Truncation::Kip279 => {
                    let (own, _) = r.log.epochs.end_offset_for(*found, own_end);
                    // The leader has never seen this epoch of ours: go back by one of those it knows, and ask again.
                    r.asks_epoch_end = own >= 0 && own != *found;
                    truncation_offset(r, *found, *end)
                }
                _ => (*end).min(own_end),
            };
            truncate(r, to, out);
        }
    }
}

/// Where to cut after the leader answered with the epoch and end offset at which the logs depart (4.9.2).
pub(super) fn truncation_offset(r: &Replica, epoch: i32, end: i64) -> i64 {
    let own_end = r.log.end_offset();
    match r.log.epochs.end_offset_for(epoch, own_end) {
        (found, _) if found < 0 => end.min(own_end),
        (found, own) if found != epoch => own.min(own_end),
        (_, own) => own.min(end).min(own_end),
    }
}

/// Cuts a log.
pub(super) fn truncate(r: &mut Replica, to: i64, out: &mut Effects) {
    let from = r.log.end_offset();
    r.log.truncate_to(to);
    r.high_watermark = r.high_watermark.min(r.log.end_offset());
    if r.log.end_offset() < from {
        out.fact(Fact::Truncated { partition: r.partition.clone(), from, to: r.log.end_offset() });
    }
}
