//! Topics: creation, growth, configuration and deletion (`kafka-semantics` 2).

use super::{Controller, Refused};
use crate::kafka::broker::is_valid_topic_name;
use crate::kafka::config;
use crate::kafka::effect::Effects;
use crate::kafka::errors::ErrorCode;
use crate::kafka::fact::Fact;
use crate::kafka::metadata::MetadataRecord;
use crate::kafka::placement::{self, Chance, StripedReplicaPlacer, UsableBroker};
use crate::kafka::protocol::{ConfigResource, Configs, CreatableTopic, Placement};
use crate::kafka::record::{Topic, TopicId, TopicPartition};
use crate::kafka::registration::PartitionRegistration;
use crate::map::Map;
use crate::sim::rng::Rng;
use std::rc::Rc;

/// At most so many new partitions a request (2.3).
const MAX_NEW_PARTITIONS: i32 = 10_000;

struct Dice<'a>(&'a mut Rng);

impl Chance for Dice<'_> {
    fn below(&mut self, n: u32) -> u32 {
        self.0.below(u64::from(n)) as u32
    }
}

impl Controller {
    pub(super) fn create_topic(&mut self, topic: &CreatableTopic, out: &mut Effects) -> Result<(), Refused> {
        if !is_valid_topic_name(&topic.topic) {
            return Err(ErrorCode::InvalidTopicException.into());
        }
        if self.image.topics.contains_key(&topic.topic) {
            return Err(ErrorCode::TopicAlreadyExists.into());
        }
        check_configs(config::Scope::Topic, &topic.configs)?;
        let assignments = match &topic.placement {
            Placement::Automatic { partitions, replication_factor } => {
                let partitions = if *partitions == -1 { self.settings.num_partitions } else { *partitions };
                let factor = if *replication_factor == -1 { self.settings.default_replication_factor } else { *replication_factor };
                if partitions <= 0 {
                    return Err(ErrorCode::InvalidPartitions.into());
                }
                if partitions > MAX_NEW_PARTITIONS {
                    return Err(ErrorCode::PolicyViolation.into());
                }
                self.place(partitions, i32::from(factor), out)?
            }
            Placement::Manual(assignments) => {
                let by_partition: Map<i32, Vec<i32>> = (0..).zip(assignments.iter().cloned()).collect();
                if by_partition.is_empty() {
                    return Err(ErrorCode::InvalidPartitions.into());
                }
                let image = self.image.clone();
                placement::check_manual_assignment(&by_partition, &|id| image.brokers.contains_key(&id)).map_err(|(error, _)| error)?;
                assignments.clone()
            }
        };
        let manual = matches!(topic.placement, Placement::Manual(_));
        let registrations = self.registrations(&assignments, manual)?;
        let replication_factor = assignments.first().map_or(0, |a| a.len() as i32);
        let id = TopicId(self.image.end_offset as u32);
        self.write(MetadataRecord::Topic { topic: topic.topic.clone(), id });
        // Nobody chose the configurations of an internal topic.
        if !matches!(&*topic.topic, "__consumer_offsets" | "__transaction_state") {
            say_not_simulated(config::Scope::Topic, &topic.configs, out);
        }
        for (name, value) in &topic.configs {
            let resource = ConfigResource::Topic(topic.topic.clone());
            self.write(MetadataRecord::Config { resource, name: name.clone(), value: Some(value.clone()) });
        }
        self.say(Fact::TopicCreated { topic: topic.topic.clone(), partitions: registrations.len() as i32, replication_factor });
        self.add(&topic.topic, 0, registrations);
        Ok(())
    }

    fn add(&mut self, topic: &Topic, first: i32, registrations: Vec<PartitionRegistration>) {
        for (partition, registration) in (first..).zip(registrations) {
            let partition = TopicPartition::new(topic, partition);
            self.write(MetadataRecord::Partition { partition, registration: Rc::new(registration) });
        }
    }

    /// Assignments by the striped placer over brokers not in controlled shutdown (2.1).
    fn place(&self, partitions: i32, replication_factor: i32, out: &mut Effects) -> Result<Vec<Vec<i32>>, Refused> {
        let usable = self.image.brokers.iter().filter(|(_, b)| !b.in_controlled_shutdown);
        let brokers: Vec<_> = usable.map(|(id, b)| UsableBroker { id: *id, rack: b.rack.clone(), fenced: b.fenced }).collect();
        let mut dice = Dice(out.rng);
        let mut placer = StripedReplicaPlacer::new(&brokers, &mut dice);
        (0..partitions).map(|_| placer.place(replication_factor, &mut dice).map_err(|(error, _)| Refused::from(error))).collect()
    }

    /// New registrations: in sync is who is active, the first of them leads.
    fn registrations(&self, assignments: &[Vec<i32>], manual: bool) -> Result<Vec<PartitionRegistration>, Refused> {
        let nobody = if manual { ErrorCode::InvalidReplicaAssignment } else { ErrorCode::InvalidReplicationFactor };
        let registration = |replicas: &Vec<i32>| {
            let isr: Vec<i32> = replicas.iter().copied().filter(|id| self.image.is_active(*id)).collect();
            let leader = *isr.first().ok_or(nobody)?;
            let directories = self.directories(replicas, &PartitionRegistration::default());
            Ok(PartitionRegistration { replicas: replicas.clone(), directories, isr, leader, ..PartitionRegistration::default() })
        };
        assignments.iter().map(registration).collect()
    }

    pub(super) fn create_partitions(&mut self, topic: &Topic, count: i32, out: &mut Effects) -> Result<(), Refused> {
        let image = self.image.clone();
        let t = image.topics.get(topic).ok_or(ErrorCode::UnknownTopicOrPartition)?;
        let from = t.partitions.len() as i32;
        if count <= from {
            return Err(ErrorCode::InvalidPartitions.into());
        }
        if count - from > MAX_NEW_PARTITIONS {
            return Err(ErrorCode::PolicyViolation.into());
        }
        let factor = t.partitions.first().map_or(1, |p| p.replicas.len() as i32);
        let assignments = self.place(count - from, factor, out)?;
        let registrations = self.registrations(&assignments, false)?;
        self.say(Fact::PartitionsAdded { topic: topic.clone(), from, to: count });
        self.add(topic, from, registrations);
        Ok(())
    }

    pub(super) fn delete_topic(&mut self, topic: &Topic) -> Result<(), Refused> {
        let id = self.image.topics.get(topic).ok_or(ErrorCode::UnknownTopicOrPartition)?.id;
        self.write(MetadataRecord::RemoveTopic { topic: topic.clone(), id });
        self.say(Fact::TopicDeleted { topic: topic.clone() });
        Ok(())
    }

    pub(super) fn alter_configs(&mut self, resource: &ConfigResource, configs: &Configs, out: &mut Effects) -> Result<(), Refused> {
        let (scope, name_of): (_, Rc<str>) = match resource {
            ConfigResource::Topic(topic) => {
                if !self.image.topics.contains_key(topic) {
                    return Err(ErrorCode::UnknownTopicOrPartition.into());
                }
                (config::Scope::Topic, topic.clone())
            }
            ConfigResource::Broker(None) => (config::Scope::Broker, "brokers".into()),
            ConfigResource::Broker(Some(id)) => (config::Scope::Broker, format!("broker-{id}").into()),
        };
        check_configs(scope, configs)?;
        say_not_simulated(scope, configs, out);
        let mut min_isr_changed = false;
        for (name, value) in configs {
            // A value that is already there makes no record, and so clears no ELR.
            if self.image.configs.get(resource).and_then(|c| c.get(name)) == Some(value) {
                continue;
            }
            self.write(MetadataRecord::Config { resource: resource.clone(), name: name.clone(), value: Some(value.clone()) });
            self.say(Fact::ConfigChanged { resource: name_of.clone(), name: name.clone(), value: value.clone() });
            min_isr_changed |= &**name == "min.insync.replicas";
        }
        if self.settings.elr_enabled && min_isr_changed {
            let topic = match resource {
                ConfigResource::Topic(topic) => Some(topic.clone()),
                ConfigResource::Broker(_) => None,
            };
            self.write(MetadataRecord::ClearElr { topic });
        }
        Ok(())
    }
}

/// What Kafka accepts and this simulation does not act on is said, so that nobody waits for its effect.
pub(crate) fn say_not_simulated(scope: config::Scope, configs: &Configs, out: &mut Effects) {
    for (name, value) in configs {
        if config::lookup(scope, name).is_some_and(|key| !key.simulated) {
            out.fact(Fact::ConfigNotSimulated { name: name.clone(), value: value.clone() });
        }
    }
}

fn check_configs(scope: config::Scope, configs: &Configs) -> Result<(), Refused> {
    for (name, value) in configs {
        if config::check(scope, name, value).is_err() {
            let nearest = config::nearest(scope, name).map(Rc::from);
            return Err(Refused { error: ErrorCode::InvalidConfig, nearest });
        }
    }
    Ok(())
}
