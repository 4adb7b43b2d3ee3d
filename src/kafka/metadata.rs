//! The metadata log's records and the image a node builds from them (`kafka-semantics` 10, KRaft).

use super::protocol::ConfigResource;
use super::record::{DirectoryId, Topic, TopicId, TopicPartition};
use super::registration::{PartitionChange, PartitionRegistration};
use crate::map::Map;
use std::rc::Rc;

/// One record of `__cluster_metadata`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MetadataRecord {
    /// LeaderChangeMessage, a control record: a new leader of several voters begins its epoch with it, so that it learns what is committed.
    LeaderChange { leader: i32 },
    /// RegisterBrokerRecord: a broker registered; its epoch is this record's offset.
    RegisterBroker { broker: i32, incarnation: u64, rack: Option<Rc<str>>, epoch: i64, directories: Rc<[DirectoryId]> },
    /// UnregisterBrokerRecord.
    UnregisterBroker { broker: i32 },
    /// BrokerRegistrationChangeRecord: fenced or not, in controlled shutdown or not.
    BrokerRegistrationChange { broker: i32, fenced: bool, in_controlled_shutdown: bool },
    /// BrokerRegistrationChangeRecord: these of its log directories are online.
    BrokerDirectories { broker: i32, directories: Rc<[DirectoryId]> },
    /// TopicRecord.
    Topic { topic: Topic, id: TopicId },
    /// RemoveTopicRecord.
    RemoveTopic { topic: Topic, id: TopicId },
    /// PartitionRecord: a partition as it was created.
    Partition { partition: TopicPartition, registration: Rc<PartitionRegistration> },
    /// PartitionChangeRecord.
    PartitionChange { partition: TopicPartition, change: Rc<PartitionChange> },
    /// ConfigRecord; none removes the value.
    Config { resource: ConfigResource, name: Rc<str>, value: Option<Rc<str>> },
    /// ProducerIdsRecord: the next id to hand out.
    ProducerIds { next: i64 },
    /// ClearElrRecord: of a topic, or of all.
    ClearElr { topic: Option<Topic> },
}

/// Records that were written together, and are committed together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MetadataBatch {
    /// Offset of the first.
    pub base_offset: i64,
    /// The quorum's epoch in which they were written.
    pub epoch: i32,
    /// The records, at least one.
    pub records: Rc<[MetadataRecord]>,
}

impl MetadataBatch {
    /// The offset behind the last.
    pub fn next_offset(&self) -> i64 {
        self.base_offset + self.records.len() as i64
    }
}

/// A broker as the metadata log has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BrokerRegistration {
    /// The process that registered.
    pub incarnation: u64,
    /// Offset of the registration record.
    pub epoch: i64,
    /// Its rack, if any.
    pub rack: Option<Rc<str>>,
    /// Not to be used for leaders.
    pub fenced: bool,
    /// On its way out.
    pub in_controlled_shutdown: bool,
    /// Its log directories that are online.
    pub directories: Rc<[DirectoryId]>,
}

impl BrokerRegistration {
    /// Registered, unfenced and not in controlled shutdown (`kafka-semantics` 5.1).
    pub fn is_active(&self) -> bool {
        !self.fenced && !self.in_controlled_shutdown
    }

    /// Whether a log directory is online, as far as that is known (DirectoryId.isOnline).
    pub fn has_online_directory(&self, directory: DirectoryId) -> bool {
        directory == DirectoryId::UNASSIGNED || self.directories.is_empty() || self.directories.contains(&directory)
    }

    /// The directory of a new replica: known where the broker has only one.
    pub fn default_directory(&self) -> DirectoryId {
        if let [only] = self.directories[..] { only } else { DirectoryId::UNASSIGNED }
    }
}

/// A topic as the metadata log has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TopicImage {
    /// Its id.
    pub id: TopicId,
    /// Its partitions, from 0.
    pub partitions: Vec<Rc<PartitionRegistration>>,
}

/// Dynamic configuration by resource.
pub type Configs = Map<ConfigResource, Map<Rc<str>, Rc<str>>>;

/// What the metadata log says up to an offset.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MetadataImage {
    /// The offset of the next record.
    pub end_offset: i64,
    /// Brokers by id.
    pub brokers: Map<i32, BrokerRegistration>,
    /// Topics by name.
    pub topics: Map<Topic, TopicImage>,
    /// Dynamic configuration, shared between images until it changes.
    pub configs: Rc<Configs>,
    /// The next producer id to hand out.
    pub next_producer_id: i64,
}

impl MetadataImage {
    /// The registration of `partition`, if there is one.
    pub fn partition(&self, partition: &TopicPartition) -> Option<&Rc<PartitionRegistration>> {
        let index = usize::try_from(partition.partition).ok()?;
        self.topics.get(&partition.topic)?.partitions.get(index)
    }

    /// Whether `broker` is active.
    pub fn is_active(&self, broker: i32) -> bool {
        self.brokers.get(&broker).is_some_and(BrokerRegistration::is_active)
    }

    /// Whether `broker` is active and the directory of its replica online: whether it may lead (ReplicationControlManager, LeaderAcceptor).
    pub fn may_lead(&self, broker: i32, partition: &PartitionRegistration) -> bool {
        self.brokers.get(&broker).is_some_and(|b| b.is_active() && b.has_online_directory(partition.directory(broker)))
    }

    /// The value of a topic's configuration, if it was set on the topic.
    pub fn topic_config(&self, topic: &Topic, name: &str) -> Option<&Rc<str>> {
        self.configs.get(&ConfigResource::Topic(topic.clone()))?.get(name)
    }

    /// The value of a dynamic broker configuration: of the broker itself, else of all.
    pub fn broker_config(&self, broker: i32, name: &str) -> Option<&Rc<str>> {
        let of = |id| self.configs.get(&ConfigResource::Broker(id)).and_then(|c| c.get(name));
        of(Some(broker)).or_else(|| of(None))
    }

    /// Forgets the configuration of a topic that is gone.
    pub fn forget_configs(&mut self, topic: &Topic) {
        let resource = ConfigResource::Topic(topic.clone());
        if self.configs.contains_key(&resource) {
            Rc::make_mut(&mut self.configs).remove(&resource);
        }
    }

    /// Applies the next record.
    pub fn apply(&mut self, record: &MetadataRecord) {
        self.end_offset += 1;
        match record {
            MetadataRecord::LeaderChange { .. } => {}
            MetadataRecord::RegisterBroker { broker, incarnation, rack, epoch, directories } => {
                let registration = BrokerRegistration {
                    incarnation: *incarnation,
                    epoch: *epoch,
                    rack: rack.clone(),
                    fenced: true,
                    in_controlled_shutdown: false,
                    directories: directories.clone(),
                };
                self.brokers.insert(*broker, registration);
            }
            MetadataRecord::UnregisterBroker { broker } => {
                self.brokers.remove(broker);
            }
            MetadataRecord::BrokerRegistrationChange { broker, fenced, in_controlled_shutdown } => {
                if let Some(registration) = self.brokers.get_mut(broker) {
                    registration.fenced = *fenced;
                    registration.in_controlled_shutdown = *in_controlled_shutdown;
                }
            }
            MetadataRecord::BrokerDirectories { broker, directories } => {
                if let Some(registration) = self.brokers.get_mut(broker) {
                    registration.directories = directories.clone();
                }
            }
            MetadataRecord::Topic { topic, id } => {
                self.topics.insert(topic.clone(), TopicImage { id: *id, partitions: Vec::new() });
            }
            MetadataRecord::RemoveTopic { topic, .. } => {
                self.topics.remove(topic);
                self.forget_configs(topic);
            }
            MetadataRecord::Partition { partition, registration } => {
                if let Some(topic) = self.topics.get_mut(&partition.topic) {
                    topic.partitions.push(registration.clone());
                }
            }
            MetadataRecord::PartitionChange { partition, change } => {
                let index = usize::try_from(partition.partition).unwrap_or(usize::MAX);
                let slot = self.topics.get_mut(&partition.topic).and_then(|t| t.partitions.get_mut(index));
                if let Some(slot) = slot {
                    *slot = Rc::new(slot.merge(change));
                }
            }
            MetadataRecord::Config { resource, name, value } => {
                let configs = Rc::make_mut(&mut self.configs).entry(resource.clone()).or_default();
                match value {
                    Some(value) => configs.insert(name.clone(), value.clone()),
                    None => configs.remove(name),
                };
            }
            MetadataRecord::ProducerIds { next } => self.next_producer_id = *next,
            MetadataRecord::ClearElr { topic } => {
                for (name, image) in &mut self.topics {
                    if topic.as_ref().is_some_and(|t| t != name) {
                        continue;
                    }
                    for slot in &mut image.partitions {
                        if !slot.elr.is_empty() || !slot.last_known_elr.is_empty() {
                            let registration = Rc::make_mut(slot);
                            registration.elr.clear();
                            registration.last_known_elr.clear();
                            registration.partition_epoch += 1;
                        }
                    }
                }
            }
        }
    }
}
