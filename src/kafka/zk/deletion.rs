//! Deletion of topics: every replica is stopped and deleted first, and a dead one holds it up until it is back
//! (TopicDeletionManager.scala).

use super::controller::ZkController;
use super::tree::ZkWrite;
use crate::kafka::fact::Fact;
use crate::kafka::record::{Topic, TopicPartition};

/// A topic on its way out.
#[derive(Clone, Debug)]
pub(super) struct Deletion {
    pub(super) topic: Topic,
    /// Replicas whose broker has deleted them.
    done: Vec<(TopicPartition, i32)>,
    /// StopReplica is under way to these.
    started: Vec<(TopicPartition, i32)>,
    /// A replica is dead, or a reassignment runs: it waits.
    ineligible: bool,
}

impl Deletion {
    pub(super) fn new(topic: Topic) -> Deletion {
        Deletion { topic, done: Vec::new(), started: Vec::new(), ineligible: false }
    }
}

impl ZkController {
    fn is_reassigning(&self, topic: &Topic) -> bool {
        let busy = |t: &crate::kafka::metadata::TopicImage| {
            t.partitions.iter().any(|r| !r.adding_replicas.is_empty() || !r.removing_replicas.is_empty())
        };
        self.image.topics.get(topic).is_some_and(busy)
    }

    /// Starts or goes on with every deletion that can.
    pub(super) fn resume_deletions(&mut self) {
        for at in 0..self.deletions.len() {
            let topic = self.deletions[at].topic.clone();
            if self.is_reassigning(&topic) {
                self.deletions[at].ineligible = true;
            }
            if self.deletions[at].ineligible || !self.deletions[at].started.is_empty() {
                continue;
            }
            self.delete_replicas(at, &topic);
        }
        self.finish_deletions();
    }

    /// onTopicDeletion.
    fn delete_replicas(&mut self, at: usize, topic: &Topic) {
        let partitions = self.partitions_where(|p, _| p.topic == *topic);
        self.offline.retain(|p| p.topic != *topic);
        for partition in &partitions {
            self.tell_metadata(partition);
        }
        self.send_batch();
        let mut alive: Vec<(i32, Vec<TopicPartition>)> = Vec::new();
        for partition in &partitions {
            for id in self.partition(partition).map(|r| r.replicas.clone()).unwrap_or_default() {
                let done = self.deletions[at].done.contains(&(partition.clone(), id));
                if !self.is_live(id) {
                    self.deletions[at].ineligible = true;
                } else if !done {
                    match alive.iter_mut().find(|(broker, _)| *broker == id) {
                        Some((_, its)) => its.push(partition.clone()),
                        None => alive.push((id, vec![partition.clone()])),
                    }
                }
            }
        }
        for (id, its) in &alive {
            self.take_offline(*id, its);
        }
        self.send_batch();
        for (id, its) in alive {
            for partition in its {
                self.tell_stop_replica(id, &partition, true);
                self.deletions[at].started.push((partition, id));
            }
        }
        self.send_batch();
    }

    /// A broker has deleted its replicas.
    pub(super) fn on_replicas_deleted(&mut self, broker: i32, partitions: &[TopicPartition]) {
        for partition in partitions {
            let replica = (partition.clone(), broker);
            for deletion in &mut self.deletions {
                if deletion.started.contains(&replica) {
                    deletion.started.retain(|r| *r != replica);
                    deletion.done.push(replica.clone());
                }
            }
        }
        self.finish_deletions();
    }

    /// Takes away the nodes of topics whose replicas are all deleted.
    fn finish_deletions(&mut self) {
        for deletion in std::mem::take(&mut self.deletions) {
            let topic = &deletion.topic;
            let replicas = self.image.topics.get(topic).map_or(0, |t| t.partitions.iter().map(|r| r.replicas.len()).sum());
            if deletion.started.is_empty() && deletion.done.len() >= replicas {
                self.write(ZkWrite::RemoveTopic { topic: topic.clone() });
                self.plan.facts.push(Fact::TopicDeleted { topic: topic.clone() });
            } else {
                self.deletions.push(deletion);
            }
        }
    }

    /// Brokers are gone: deletions that need them wait.
    pub(super) fn fail_deletions(&mut self, brokers: &[i32]) {
        for deletion in &mut self.deletions {
            let held_up = deletion.started.iter().any(|(_, id)| brokers.contains(id));
            deletion.started.retain(|(_, id)| !brokers.contains(id));
            deletion.ineligible |= held_up;
        }
        self.finish_deletions();
    }

    /// Brokers are back: deletions that waited for them go on.
    pub(super) fn retry_deletions(&mut self, brokers: &[i32]) {
        let mut any = false;
        for at in 0..self.deletions.len() {
            let topic = self.deletions[at].topic.clone();
            let concerned = !self.partitions_where(|p, r| p.topic == topic && r.replicas.iter().any(|id| brokers.contains(id))).is_empty();
            if concerned {
                self.deletions[at].ineligible = false;
                any = true;
            }
        }
        if any {
            self.resume_deletions();
        }
    }

    /// A reassignment of this topic has ended.
    pub(super) fn resume_deletion_of(&mut self, topic: &Topic) {
        if let Some(deletion) = self.deletions.iter_mut().find(|d| d.topic == *topic) {
            deletion.ineligible = false;
            self.resume_deletions();
        }
    }
}
