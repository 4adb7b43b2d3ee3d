//! The ISR: who a leader wants in it, and what the controller decides (`kafka-semantics` 4.6).

use super::lifecycle::LOOK_FOR_CONTROLLER;
use super::{Broker, BrokerTimer};
use crate::kafka::effect::{Channel, Effects, Reply};
use crate::kafka::errors::ErrorCode;
use crate::kafka::fact::Fact;
use crate::kafka::protocol::{AlterPartitionItem, AlteredPartition, Request, Response};
use crate::kafka::record::TopicPartition;
use crate::kafka::replica::PendingIsr;
use crate::sim::{MILLISECOND, Micros};

/// Pause before a failed proposal is sent again.
const RETRY_PAUSE: Micros = 50 * MILLISECOND;

impl Broker {
    pub(super) fn expand_isr(&mut self, partition: &TopicPartition, follower: i32, out: &mut Effects) {
        let me = self.identity();
        let image = self.image.clone();
        let Some(r) = self.replicas.get_mut(partition) else { return };
        if let Some(pending) = r.maybe_expand_isr(me, follower, &*image) {
            let from = r.leader().map(|l| l.isr.clone()).unwrap_or_default();
            self.wants_alter = true;
            say_proposed(partition, from, &pending, out);
        }
    }

    pub(super) fn check_isrs(&mut self, now: Micros, out: &mut Effects) {
        let (me, lag_max) = (self.identity(), self.settings.replica_lag_time_max);
        for (partition, r) in &mut self.replicas {
            if let Some(pending) = r.maybe_shrink_isr(now, me, lag_max) {
                let from = r.leader().map(|l| l.isr.clone()).unwrap_or_default();
                self.wants_alter = true;
                say_proposed(partition, from, &pending, out);
            }
        }
        self.send_alter_partition(now, out);
        self.wake(now + lag_max / 2, BrokerTimer::IsrCheck, out);
    }

    /// Sends what is proposed and not under way; one request at a time carries all (AlterPartitionManager).
    pub(in crate::kafka) fn send_alter_partition(&mut self, now: Micros, out: &mut Effects) {
        if !self.wants_alter || self.alter_in_flight || self.alter_waits || self.epoch < 0 {
            return;
        }
        let Some(controller) = self.controller() else {
            self.alter_later(now, LOOK_FOR_CONTROLLER, out);
            return;
        };
        self.wants_alter = false;
        let mut changes = Vec::new();
        for (partition, r) in &mut self.replicas {
            let (topic_id, leader_epoch, partition_epoch) = (r.topic_id, r.leader_epoch, r.partition_epoch);
            let Some(pending) = r.leader_mut().and_then(|l| l.pending.as_mut()) else { continue };
            if pending.in_flight || pending.awaits_metadata {
                continue;
            }
            pending.in_flight = true;
            let new_isr = pending.isr.clone();
            changes.push(AlterPartitionItem { partition: partition.clone(), topic_id, leader_epoch, partition_epoch, new_isr });
        }
        if changes.is_empty() {
            return;
        }
        self.alter_in_flight = true;
        let request = Request::AlterPartition { broker: self.identity(), changes };
        out.call(controller, Channel::Control, request, self.settings.controller_socket_timeout);
    }

    pub(super) fn on_altered(&mut self, now: Micros, reply: &Reply, out: &mut Effects) {
        self.alter_in_flight = false;
        let Request::AlterPartition { changes, .. } = &*reply.request else { return };
        if let Ok(Response::AlterPartition { error: ErrorCode::None, partitions }) = &reply.result {
            for altered in partitions {
                self.apply_altered(now, changes, altered, out);
            }
            self.send_alter_partition(now, out);
            return;
        }
        for change in changes {
            if let Some(pending) = self.pending(change) {
                pending.in_flight = false;
            }
        }
        self.wants_alter = true;
        self.alter_later(now, RETRY_PAUSE, out);
    }

    fn alter_later(&mut self, now: Micros, pause: Micros, out: &mut Effects) {
        self.alter_waits = true;
        self.wake(now + pause, BrokerTimer::AlterPartition, out);
    }

    pub(super) fn on_alter_timer(&mut self, now: Micros, out: &mut Effects) {
        self.alter_waits = false;
        self.send_alter_partition(now, out);
    }

    /// The proposal of a request that is still the one under way.
    fn pending(&mut self, change: &AlterPartitionItem) -> Option<&mut PendingIsr> {
        let r = self.replicas.get_mut(&change.partition)?;
        let same = r.leader_epoch == change.leader_epoch && r.partition_epoch == change.partition_epoch;
        r.leader_mut().and_then(|l| l.pending.as_mut()).filter(|p| same && p.in_flight)
    }

    fn apply_altered(&mut self, now: Micros, changes: &[AlterPartitionItem], altered: &AlteredPartition, out: &mut Effects) {
        let Some(change) = changes.iter().find(|c| c.partition == altered.partition) else { return };
        let Some(r) = self.replicas.get_mut(&altered.partition) else { return };
        if r.leader_epoch != change.leader_epoch {
            return;
        }
        let (leader_epoch, partition_epoch) = (r.leader_epoch, r.partition_epoch);
        let Some(leader) = r.leader_mut() else { return };
        match altered.error {
            ErrorCode::None => {
                if altered.leader_epoch == leader_epoch && altered.partition_epoch >= partition_epoch {
                    leader.isr = altered.isr.clone();
                    leader.pending = None;
                    r.partition_epoch = altered.partition_epoch;
                    self.advance_high_watermark(now, &altered.partition, out);
                }
            }
            _ if partition_epoch != change.partition_epoch => {}
            ErrorCode::IneligibleReplica | ErrorCode::OperationNotAttempted => leader.pending = None,
            ErrorCode::UnknownTopicOrPartition
            | ErrorCode::UnknownTopicId
            | ErrorCode::FencedLeaderEpoch
            | ErrorCode::InvalidUpdateVersion
            | ErrorCode::InvalidRequest
            | ErrorCode::NewLeaderElected => {
                if let Some(pending) = &mut leader.pending {
                    pending.in_flight = false;
                    pending.awaits_metadata = true;
                }
            }
            _ => {
                if let Some(pending) = &mut leader.pending {
                    pending.in_flight = false;
                }
                self.wants_alter = true;
                self.alter_later(now, RETRY_PAUSE, out);
            }
        }
    }
}

fn say_proposed(partition: &TopicPartition, from: Vec<i32>, pending: &PendingIsr, out: &mut Effects) {
    let to = pending.isr.iter().map(|b| b.id).collect();
    out.fact(Fact::IsrProposed { partition: partition.clone(), from, to });
}
