//! Log directories: where replicas are, and what follows when one fails (`kafka-semantics` 5.2, KIP-858).

use super::Controller;
use crate::kafka::errors::ErrorCode;
use crate::kafka::fact::Fact;
use crate::kafka::metadata::MetadataRecord;
use crate::kafka::partition_change;
use crate::kafka::protocol::BrokerEpoch;
use crate::kafka::record::{DirectoryId, TopicId, TopicPartition};
use crate::kafka::registration::{PartitionChange, PartitionRegistration};
use std::rc::Rc;

impl Controller {
    /// The directories of an assignment: as they were, else the broker's only one.
    pub(super) fn directories(&self, replicas: &[i32], was: &PartitionRegistration) -> Vec<DirectoryId> {
        let of = |id: &i32| match was.directory(*id) {
            DirectoryId::UNASSIGNED => self.image.brokers.get(id).map_or(DirectoryId::UNASSIGNED, |b| b.default_directory()),
            known => known,
        };
        replicas.iter().map(of).collect()
    }

    /// A heartbeat reported failed directories: their replicas leave the ISR and lead no longer
    /// (ReplicationControlManager.handleDirectoriesOffline).
    pub(super) fn directories_offline(&mut self, broker: i32, offline: &[DirectoryId]) {
        let Some(registration) = self.image.brokers.get(&broker) else { return };
        let failed: Vec<DirectoryId> = registration.directories.iter().copied().filter(|d| offline.contains(d)).collect();
        if failed.is_empty() {
            return;
        }
        let directories: Rc<[DirectoryId]> = registration.directories.iter().copied().filter(|d| !offline.contains(d)).collect();
        self.say(Fact::DirectoriesOffline { broker, directories: failed.len() as i32 });
        self.change_partitions(|p, rules, active| {
            let there = p.replicas.contains(&broker) && failed.contains(&p.directory(broker));
            there.then(|| partition_change::directory_failed(p, broker, rules, active)).flatten()
        });
        self.write(MetadataRecord::BrokerDirectories { broker, directories });
    }

    /// A broker says in which directories its replicas are (handleAssignReplicasToDirs). The builder is asked without eligible leader
    /// replicas, so that the record also ends the ELR; the election it allows still goes by the directories before.
    pub(super) fn assign_replicas_to_dirs(
        &mut self,
        broker: BrokerEpoch,
        replicas: &[(TopicPartition, TopicId, DirectoryId)],
    ) -> ErrorCode {
        if self.image.brokers.get(&broker.id).is_none_or(|b| b.epoch != broker.epoch) {
            return ErrorCode::StaleBrokerEpoch;
        }
        for (partition, topic_id, directory) in replicas {
            let image = self.image.clone();
            let Some(registration) = image.partition(partition) else { continue };
            let Some(index) = registration.replicas.iter().position(|r| *r == broker.id) else { continue };
            if image.topics.get(&partition.topic).is_none_or(|t| t.id != *topic_id) {
                continue;
            }
            let rules = partition_change::ElectionRules { elr_enabled: false, ..self.rules(&partition.topic) };
            let active = |id: i32| image.may_lead(id, registration);
            let mut change = partition_change::look_again(registration, &rules, &active).unwrap_or_default();
            let mut directories = self.directories(&registration.replicas, registration);
            directories[index] = *directory;
            if directories != registration.directories {
                change.directories = Some(directories);
            }
            if change != PartitionChange::default() {
                self.change_partition(partition, change);
            }
            let online = image.brokers.get(&broker.id).is_some_and(|b| b.has_online_directory(*directory));
            if !online {
                let rules = self.rules(&partition.topic);
                let now = self.image.clone();
                if let Some(r) = now.partition(partition)
                    && let Some(change) = partition_change::directory_failed(r, broker.id, &rules, &|id| now.may_lead(id, r))
                {
                    self.change_partition(partition, change);
                }
            }
        }
        ErrorCode::None
    }
}
