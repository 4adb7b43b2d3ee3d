//! The nodes Kafka keeps in ZooKeeper, as far as they carry meaning, and the writes that change them.
//!
//! `/brokers/topics`, the partition states below it, `/config` and `/brokers/ids` are a [`MetadataImage`], so whoever looks at a cluster
//! finds the truth at the same place in both modes. The version of a partition's state node is its partition epoch.

use crate::kafka::metadata::{BrokerRegistration, MetadataImage, TopicImage};
use crate::kafka::protocol::ConfigResource;
use crate::kafka::record::{Topic, TopicId, TopicPartition};
use crate::kafka::registration::{LeaderRecoveryState, NO_LEADER, PartitionRegistration};
use std::rc::Rc;

/// A partition's epochs before its state node exists.
pub const NO_STATE: i32 = -1;

/// When what is watched last changed, as zxids.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Seen {
    /// `/controller`.
    pub controller: i64,
    /// The children of `/brokers/ids`.
    pub brokers: i64,
    /// `/config/changes`.
    pub configs: i64,
    /// `/log_dir_event_notification`.
    pub log_dirs: i64,
}

/// A write of the controller.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ZkWrite {
    /// `/brokers/topics/T`: a new topic, or further partitions of one; they have no state yet.
    Topic { topic: Topic, id: TopicId, assignments: Vec<Vec<i32>> },
    /// `/brokers/topics/T`: one partition's assignment.
    Assignment { partition: TopicPartition, replicas: Vec<i32>, adding: Vec<i32>, removing: Vec<i32> },
    /// `/brokers/topics/T/partitions/P/state`, if it has this version ([`NO_STATE`]: is not there).
    State { partition: TopicPartition, version: i32, leader: i32, leader_epoch: i32, isr: Vec<i32>, recovery: LeaderRecoveryState },
    /// `/admin/delete_topics/T`.
    DeleteTopic { topic: Topic },
    /// All nodes of a topic go.
    RemoveTopic { topic: Topic },
    /// `/config/topics/T` or `/config/brokers/N`, with a note in `/config/changes`.
    Config { resource: ConfigResource, name: Rc<str>, value: Rc<str> },
    /// The notes of `/log_dir_event_notification` go.
    ForgetLogDirs,
    /// `/latest_producer_id_block`.
    ProducerIds { next: i64 },
}

impl ZkWrite {
    /// Whether it can be written to `image`: the version is the one meant.
    pub fn fits(&self, image: &MetadataImage) -> bool {
        match self {
            ZkWrite::State { partition, version, .. } => image.partition(partition).is_none_or(|p| p.partition_epoch == *version),
            _ => true,
        }
    }

    /// Writes it.
    pub fn apply(&self, image: &mut MetadataImage) {
        image.end_offset += 1;
        match self {
            ZkWrite::Topic { topic, id, assignments } => {
                let t = image.topics.entry(topic.clone()).or_insert_with(|| TopicImage { id: *id, partitions: Vec::new() });
                for replicas in assignments.iter().skip(t.partitions.len()) {
                    t.partitions.push(Rc::new(PartitionRegistration {
                        replicas: replicas.clone(),
                        leader: NO_LEADER,
                        leader_epoch: NO_STATE,
                        partition_epoch: NO_STATE,
                        ..PartitionRegistration::default()
                    }));
                }
            }
            ZkWrite::Assignment { partition, replicas, adding, removing } => {
                if let Some(slot) = slot(image, partition) {
                    let p = Rc::make_mut(slot);
                    p.replicas.clone_from(replicas);
                    p.adding_replicas.clone_from(adding);
                    p.removing_replicas.clone_from(removing);
                }
            }
            ZkWrite::State { partition, version, leader, leader_epoch, isr, recovery } => {
                if let Some(slot) = slot(image, partition) {
                    let p = Rc::make_mut(slot);
                    p.leader = *leader;
                    p.leader_epoch = *leader_epoch;
                    p.isr.clone_from(isr);
                    p.leader_recovery_state = *recovery;
                    p.partition_epoch = version + 1;
                }
            }
            ZkWrite::DeleteTopic { .. } | ZkWrite::ForgetLogDirs => {}
            ZkWrite::RemoveTopic { topic } => {
                image.topics.remove(topic);
                image.forget_configs(topic);
            }
            ZkWrite::Config { resource, name, value } => {
                Rc::make_mut(&mut image.configs).entry(resource.clone()).or_default().insert(name.clone(), value.clone());
            }
            ZkWrite::ProducerIds { next } => image.next_producer_id = *next,
        }
    }
}

/// A partition to change.
pub(super) fn slot<'a>(image: &'a mut MetadataImage, partition: &TopicPartition) -> Option<&'a mut Rc<PartitionRegistration>> {
    let index = usize::try_from(partition.partition).ok()?;
    image.topics.get_mut(&partition.topic)?.partitions.get_mut(index)
}

/// A broker as `/brokers/ids` has it: whoever stands there is alive.
pub(super) fn registration(session: u64, epoch: i64, rack: Option<Rc<str>>) -> BrokerRegistration {
    BrokerRegistration { incarnation: session, epoch, rack, fenced: false, in_controlled_shutdown: false, directories: Rc::from([]) }
}
