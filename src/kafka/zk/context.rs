//! What the controller knows and has in hand: live brokers, partitions, and the batch of requests that its decisions make
//! (ControllerContext.scala, ControllerBrokerRequestBatch).

use super::controller::ZkController;
use super::protocol::{Control, ControlRequest, PartitionState};
use super::tree::{NO_STATE, ZkWrite};
use crate::kafka::effect::Ticket;
use crate::kafka::fact::Fact;
use crate::kafka::protocol::Response;
use crate::kafka::record::TopicPartition;
use crate::kafka::registration::{LeaderRecoveryState, PartitionRegistration};
use std::rc::Rc;

/// What one event leads to. Nothing of it is seen by anyone before ZooKeeper has taken the writes.
#[derive(Clone, Debug, Default)]
pub(super) struct Plan {
    pub(super) writes: Vec<ZkWrite>,
    pub(super) sends: Vec<(i32, ControlRequest)>,
    pub(super) answers: Vec<(Ticket, Response)>,
    pub(super) facts: Vec<Fact>,
}

/// Requests under way to brokers, gathered until the batch is sent.
#[derive(Clone, Debug, Default)]
pub(super) struct Batch {
    leader_and_isr: Vec<(i32, Vec<PartitionState>)>,
    stop_replica: Vec<(i32, Vec<(TopicPartition, bool)>)>,
    update: Vec<TopicPartition>,
}

impl ZkController {
    /// The brokers that may lead: registered, and not on their way out.
    pub(super) fn is_live(&self, broker: i32) -> bool {
        self.image.brokers.contains_key(&broker) && !self.shutting_down.contains(&broker)
    }

    /// Whether a replica's broker is live and its log directory works.
    pub(super) fn is_online(&self, broker: i32, partition: &TopicPartition) -> bool {
        self.is_live(broker) && !self.failed_dirs.iter().any(|(id, p)| *id == broker && p == partition)
    }

    pub(super) fn partition(&self, partition: &TopicPartition) -> Option<&Rc<PartitionRegistration>> {
        self.image.partition(partition)
    }

    /// The partition once its state node exists.
    pub(super) fn state(&self, partition: &TopicPartition) -> Option<&Rc<PartitionRegistration>> {
        self.partition(partition).filter(|p| p.partition_epoch != NO_STATE)
    }

    pub(super) fn is_deleting(&self, partition: &TopicPartition) -> bool {
        self.deletions.iter().any(|d| d.topic == partition.topic)
    }

    /// All partitions that `wanted` picks, by name and number.
    pub(super) fn partitions_where(&self, wanted: impl Fn(&TopicPartition, &PartitionRegistration) -> bool) -> Vec<TopicPartition> {
        let mut found = Vec::new();
        for (topic, t) in &self.image.topics {
            for (index, registration) in t.partitions.iter().enumerate() {
                let partition = TopicPartition::new(topic, index as i32);
                if wanted(&partition, registration) {
                    found.push(partition);
                }
            }
        }
        found
    }

    /// Writes to ZooKeeper, and to what is known here.
    pub(super) fn write(&mut self, write: ZkWrite) {
        write.apply(Rc::make_mut(&mut self.image));
        self.plan.writes.push(write);
    }

    /// Writes a partition's state; whether the leader epoch rises is the caller's.
    pub(super) fn write_state(
        &mut self,
        partition: &TopicPartition,
        leader: i32,
        leader_epoch: i32,
        isr: Vec<i32>,
        recovery: LeaderRecoveryState,
    ) {
        let Some(before) = self.partition(partition).cloned() else { return };
        let version = before.partition_epoch;
        if version != NO_STATE {
            self.say_change(partition, &before, leader, leader_epoch, &isr, recovery);
        }
        self.write(ZkWrite::State { partition: partition.clone(), version, leader, leader_epoch, isr, recovery });
    }

    fn say_change(
        &mut self,
        partition: &TopicPartition,
        before: &PartitionRegistration,
        leader: i32,
        leader_epoch: i32,
        isr: &[i32],
        recovery: LeaderRecoveryState,
    ) {
        if self.is_deleting(partition) {
            return;
        }
        if before.leader_epoch != leader_epoch {
            let unclean = recovery == LeaderRecoveryState::Recovering && !before.isr.contains(&leader);
            let (partition, mut from) = (partition.clone(), before.leader);
            // A partition that one event leaves without a leader and gives a new one has changed its leader once.
            self.plan.facts.retain(|fact| match fact {
                Fact::LeaderElected { partition: p, from: first, .. } if *p == partition => {
                    from = *first;
                    false
                }
                _ => true,
            });
            self.plan.facts.push(Fact::LeaderElected { partition, from, to: leader, leader_epoch, unclean });
        }
        let (mut from, mut to) = (before.isr.clone(), isr.to_vec());
        crate::sort::sort(&mut from);
        crate::sort::sort(&mut to);
        if from != to {
            self.plan.facts.push(Fact::IsrChanged { partition: partition.clone(), from, to });
        }
    }

    // ---- requests to brokers

    fn state_of(&self, partition: &TopicPartition) -> Option<PartitionState> {
        let topic_id = self.image.topics.get(&partition.topic)?.id;
        Some(PartitionState { partition: partition.clone(), topic_id, registration: self.state(partition)?.clone() })
    }

    /// LeaderAndIsr to these brokers; everyone gets the partition's metadata besides.
    pub(super) fn tell_leader_and_isr(&mut self, brokers: &[i32], partition: &TopicPartition) {
        let Some(state) = self.state_of(partition) else { return };
        for broker in brokers {
            let at = match self.batch.leader_and_isr.iter().position(|(id, _)| id == broker) {
                Some(at) => at,
                None => {
                    self.batch.leader_and_isr.push((*broker, Vec::new()));
                    self.batch.leader_and_isr.len() - 1
                }
            };
            let states = &mut self.batch.leader_and_isr[at].1;
            states.retain(|s| s.partition != *partition);
            states.push(state.clone());
        }
        self.tell_metadata(partition);
    }

    /// UpdateMetadata of this partition to everyone.
    pub(super) fn tell_metadata(&mut self, partition: &TopicPartition) {
        if !self.batch.update.contains(partition) {
            self.batch.update.push(partition.clone());
        }
    }

    /// StopReplica to this broker.
    pub(super) fn tell_stop_replica(&mut self, broker: i32, partition: &TopicPartition, delete: bool) {
        let at = match self.batch.stop_replica.iter().position(|(id, _)| *id == broker) {
            Some(at) => at,
            None => {
                self.batch.stop_replica.push((broker, Vec::new()));
                self.batch.stop_replica.len() - 1
            }
        };
        let stops = &mut self.batch.stop_replica[at].1;
        match stops.iter_mut().find(|(p, _)| p == partition) {
            Some((_, deletes)) => *deletes |= delete,
            None => stops.push((partition.clone(), delete)),
        }
    }

    /// Ends the batch: LeaderAndIsr, then UpdateMetadata, then StopReplica, each to brokers that are alive.
    pub(super) fn send_batch(&mut self) {
        let batch = std::mem::take(&mut self.batch);
        for (broker, states) in batch.leader_and_isr {
            self.put(broker, Control::LeaderAndIsr(states));
        }
        if !batch.update.is_empty() {
            let everyone: Vec<i32> = self.image.brokers.keys().copied().collect();
            self.send_metadata(&everyone, &batch.update);
        }
        for (broker, stops) in batch.stop_replica {
            self.put(broker, Control::StopReplica(stops));
        }
    }

    /// UpdateMetadata to some brokers: who is alive, and these partitions.
    pub(super) fn send_metadata(&mut self, to: &[i32], partitions: &[TopicPartition]) {
        let brokers: Vec<_> = self.image.brokers.iter().map(|(id, b)| (*id, b.clone())).collect();
        let (mut states, mut deleted) = (Vec::new(), Vec::new());
        for partition in partitions {
            if self.is_deleting(partition) {
                deleted.push(partition.clone());
            } else if let Some(state) = self.state_of(partition) {
                states.push(state);
            }
        }
        for broker in to {
            let (brokers, partitions, deleted) = (brokers.clone(), states.clone(), deleted.clone());
            self.put(*broker, Control::UpdateMetadata { brokers, partitions, deleted });
        }
    }

    fn put(&mut self, broker: i32, control: Control) {
        if let Some(b) = self.image.brokers.get(&broker) {
            let request = ControlRequest { controller: self.id, controller_epoch: self.epoch, broker_epoch: b.epoch, control };
            self.plan.sends.push((broker, request));
        }
    }
}
