//! Partitions and replicas of the controller: who leads, who stays in sync, and how an offline partition comes back
//! (PartitionStateMachine.scala, ReplicaStateMachine.scala, Election.scala). Every write raises the leader epoch.

use super::controller::ZkController;
use super::tree::NO_STATE;
use crate::kafka::errors::ErrorCode;
use crate::kafka::record::{Topic, TopicPartition};
use crate::kafka::registration::{LeaderRecoveryState, NO_LEADER};

/// How a leader is looked for (PartitionLeaderElectionStrategy).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Strategy {
    /// The first live replica in sync; where that is allowed, else any live one.
    Offline { unclean: bool },
    /// The first replica of the target in sync and alive; the ISR stays.
    Reassign,
    /// The preferred replica, if in sync and alive; the ISR stays.
    Preferred,
    /// The first in sync that does not shut down; who shuts down leaves the ISR.
    ControlledShutdown,
}

impl ZkController {
    fn allows_unclean(&self, topic: &Topic) -> bool {
        let name = "unclean.leader.election.enable";
        let dynamic = self.image.topic_config(topic, name).or_else(|| self.image.broker_config(self.id, name));
        dynamic.map_or(self.settings.unclean_leader_election_enable, |v| &**v == "true")
    }

    /// Moves a partition to OnlinePartition by an election; an error where none can lead.
    pub(super) fn elect(&mut self, partition: &TopicPartition, strategy: Strategy) -> Result<(), ErrorCode> {
        let failed = ErrorCode::EligibleLeadersNotAvailable;
        let Some(was) = self.partition(partition).cloned() else { return Err(ErrorCode::UnknownTopicOrPartition) };
        if was.partition_epoch == NO_STATE {
            return if self.initialize(partition) { Ok(()) } else { Err(failed) };
        }
        let in_sync = |id: i32| was.isr.contains(&id);
        let live = |id: i32| self.is_online(id, partition);
        let target = |id: i32| !was.removing_replicas.contains(&id);
        let replicas = || was.replicas.iter().copied();
        let mut isr = was.isr.clone();
        let mut recovery = was.leader_recovery_state;
        let mut recipients: Vec<i32> = was.replicas.clone();
        let leader = match strategy {
            Strategy::Offline { unclean } => {
                recipients.retain(|id| live(*id));
                let clean = replicas().find(|id| live(*id) && in_sync(*id));
                // What is configured counts only where nobody in sync is alive.
                let any = || {
                    let may = unclean || self.allows_unclean(&partition.topic);
                    if may { replicas().find(|id| live(*id)) } else { None }
                };
                match clean {
                    Some(leader) => {
                        isr.retain(|id| live(*id));
                        Some(leader)
                    }
                    None => {
                        let leader = any();
                        if let Some(leader) = leader {
                            isr = vec![leader];
                            recovery = LeaderRecoveryState::Recovering;
                        }
                        leader
                    }
                }
            }
            Strategy::Reassign => {
                recipients.retain(|id| target(*id));
                replicas().find(|id| target(*id) && live(*id) && in_sync(*id))
            }
            Strategy::Preferred => replicas().next().filter(|id| live(*id) && in_sync(*id)),
            Strategy::ControlledShutdown => {
                recipients.retain(|id| self.image.brokers.contains_key(id));
                isr.retain(|id| !self.shutting_down.contains(id));
                replicas().find(|id| live(*id) && in_sync(*id))
            }
        };
        let leader = leader.ok_or(failed)?;
        self.write_state(partition, leader, was.leader_epoch + 1, isr, recovery);
        self.tell_leader_and_isr(&recipients, partition);
        self.offline.retain(|p| p != partition);
        Ok(())
    }

    /// NewPartition to OnlinePartition: in sync is who is alive, the first of them leads. False when nobody is.
    pub(super) fn initialize(&mut self, partition: &TopicPartition) -> bool {
        let Some(was) = self.partition(partition) else { return false };
        let isr: Vec<i32> = was.replicas.iter().copied().filter(|id| self.is_online(*id, partition)).collect();
        let Some(leader) = isr.first().copied() else { return false };
        self.write_state(partition, leader, 0, isr.clone(), LeaderRecoveryState::Recovered);
        self.tell_leader_and_isr(&isr, partition);
        true
    }

    /// Elects for every partition that is new or offline.
    pub(super) fn trigger_online(&mut self, topic: Option<&Topic>) {
        let waiting = self.partitions_where(|p, r| {
            (r.partition_epoch == NO_STATE || self.offline.contains(p)) && topic.is_none_or(|t| p.topic == *t) && !self.is_deleting(p)
        });
        for partition in waiting {
            let _ = self.elect(&partition, Strategy::Offline { unclean: false });
        }
        self.send_batch();
    }

    /// Partitions whose leader is not alive become offline.
    pub(super) fn mark_offline(&mut self) {
        let dead = self.partitions_where(|p, r| r.partition_epoch != NO_STATE && !self.is_online(r.leader, p) && !self.is_deleting(p));
        for partition in dead {
            if !self.offline.contains(&partition) {
                self.offline.push(partition);
            }
        }
    }

    /// Replicas of a broker become OfflineReplica: it stops, leaves the ISR where it is not the last, and leads no longer.
    pub(super) fn take_offline(&mut self, broker: i32, partitions: &[TopicPartition]) {
        for partition in partitions {
            self.tell_stop_replica(broker, partition, false);
            let Some(was) = self.state(partition).cloned() else {
                self.tell_metadata(partition);
                continue;
            };
            if was.isr.contains(&broker) {
                let leader = if was.leader == broker { NO_LEADER } else { was.leader };
                let mut isr = was.isr.clone();
                if isr.len() > 1 {
                    isr.retain(|id| *id != broker);
                }
                self.write_state(partition, leader, was.leader_epoch + 1, isr, was.leader_recovery_state);
            }
            if !self.is_deleting(partition) {
                let rest: Vec<i32> = was.replicas.iter().copied().filter(|id| *id != broker).collect();
                self.tell_leader_and_isr(&rest, partition);
            }
        }
    }

    /// Raises a partition's leader epoch and tells its replicas (updateLeaderEpochAndSendRequest).
    pub(super) fn bump_epoch(&mut self, partition: &TopicPartition) {
        let Some(was) = self.state(partition).cloned() else { return };
        self.write_state(partition, was.leader, was.leader_epoch + 1, was.isr.clone(), was.leader_recovery_state);
        self.tell_leader_and_isr(&was.replicas, partition);
        self.send_batch();
    }

    /// A broker's replicas, by partition.
    pub(super) fn replicas_on(&self, broker: i32) -> Vec<TopicPartition> {
        self.partitions_where(|_, r| r.replicas.contains(&broker))
    }
}
