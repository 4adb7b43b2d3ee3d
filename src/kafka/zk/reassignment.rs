//! Moving a partition to other brokers: the new replicas join, catch up, the leader moves, the old ones go; each step is a write of its
//! own (onPartitionReassignment of KafkaController.scala).

use super::controller::ZkController;
use super::partitions::Strategy;
use super::tree::ZkWrite;
use crate::kafka::errors::ErrorCode;
use crate::kafka::record::TopicPartition;
use crate::kafka::registration::PartitionRegistration;

fn minus(a: &[i32], b: &[i32]) -> Vec<i32> {
    a.iter().copied().filter(|id| !b.contains(id)).collect()
}

/// ReplicaAssignment: who holds it, who joins, who goes.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Assignment {
    replicas: Vec<i32>,
    adding: Vec<i32>,
    removing: Vec<i32>,
}

impl Assignment {
    fn of(r: &PartitionRegistration) -> Assignment {
        Assignment { replicas: r.replicas.clone(), adding: r.adding_replicas.clone(), removing: r.removing_replicas.clone() }
    }

    fn origin(&self) -> Vec<i32> {
        minus(&self.replicas, &self.adding)
    }

    fn target(&self) -> Vec<i32> {
        minus(&self.replicas, &self.removing)
    }

    fn is_moving(&self) -> bool {
        !self.adding.is_empty() || !self.removing.is_empty()
    }

    fn reassign_to(&self, target: &[i32]) -> Assignment {
        let origin = self.origin();
        let replicas: Vec<i32> = target.iter().copied().chain(minus(&origin, target)).collect();
        Assignment { adding: minus(&replicas, &origin), removing: minus(&replicas, target), replicas }
    }
}

impl ZkController {
    /// AlterPartitionReassignments for one partition; none cancels.
    pub(super) fn reassign(&mut self, partition: &TopicPartition, target: Option<&[i32]>) -> Result<(), ErrorCode> {
        let there = self.partition(partition).filter(|_| !self.is_deleting(partition)).map(|r| Assignment::of(r));
        let now = there.clone().unwrap_or(Assignment { replicas: Vec::new(), adding: Vec::new(), removing: Vec::new() });
        let wanted = match target {
            Some(target) => {
                let twice = target.iter().enumerate().any(|(i, id)| target[..i].contains(id));
                let wanted = now.reassign_to(target);
                if target.is_empty() || twice || wanted.adding.iter().any(|id| !self.is_live(*id)) {
                    return Err(ErrorCode::InvalidReplicaAssignment);
                }
                wanted
            }
            None if now.is_moving() => now.reassign_to(&now.origin()),
            None => return Err(ErrorCode::NoReassignmentInProgress),
        };
        if there.is_none() {
            return Err(ErrorCode::UnknownTopicOrPartition);
        }
        self.move_on(partition, wanted);
        Ok(())
    }

    fn assign(&mut self, partition: &TopicPartition, to: &Assignment) {
        let (replicas, adding, removing) = (to.replicas.clone(), to.adding.clone(), to.removing.clone());
        self.write(ZkWrite::Assignment { partition: partition.clone(), replicas, adding, removing });
    }

    fn move_on(&mut self, partition: &TopicPartition, to: Assignment) {
        let Some(was) = self.partition(partition).map(|r| Assignment::of(r)) else { return };
        if was != to {
            self.assign(partition, &to);
            let unneeded = minus(&was.replicas, &to.replicas);
            self.stop_removed(partition, &unneeded);
        }
        let Some(state) = self.state(partition).cloned() else { return };
        if to.is_moving() && !to.target().iter().all(|id| state.isr.contains(id)) {
            self.bump_epoch(partition);
            for id in &to.adding {
                self.tell_leader_and_isr(&[*id], partition);
            }
            self.send_batch();
            return;
        }
        let removing = to.removing.clone();
        let done = Assignment { replicas: to.target(), adding: Vec::new(), removing: Vec::new() };
        self.assign(partition, &done);
        if done.replicas.contains(&state.leader) && self.is_live(state.leader) {
            self.bump_epoch(partition);
        } else {
            let _ = self.elect(partition, Strategy::Reassign);
            self.send_batch();
        }
        self.stop_removed(partition, &removing);
        self.tell_metadata(partition);
        self.send_batch();
        self.resume_deletion_of(&partition.topic.clone());
    }

    /// Replicas that are not assigned any more leave the ISR, one write each, and are deleted.
    fn stop_removed(&mut self, partition: &TopicPartition, removed: &[i32]) {
        for id in removed {
            self.take_offline(*id, std::slice::from_ref(partition));
        }
        self.send_batch();
        for id in removed {
            self.tell_stop_replica(*id, partition, true);
        }
        self.send_batch();
    }

    /// The ISR has changed: perhaps all of the target is in it.
    pub(super) fn maybe_complete_reassignment(&mut self, partition: &TopicPartition) {
        let Some(state) = self.state(partition) else { return };
        let moving = Assignment::of(state);
        if moving.is_moving() && moving.target().iter().all(|id| state.isr.contains(id)) {
            self.move_on(partition, moving);
        }
    }

    /// Reassignments under way go on, where `wanted` says so.
    pub(super) fn resume_reassignments(&mut self, wanted: impl Fn(&PartitionRegistration) -> bool) {
        let moving = self.partitions_where(|_, r| (!r.adding_replicas.is_empty() || !r.removing_replicas.is_empty()) && wanted(r));
        for partition in moving {
            if let Some(assignment) = self.partition(&partition).map(|r| Assignment::of(r)) {
                self.move_on(&partition, assignment);
            }
        }
    }
}
