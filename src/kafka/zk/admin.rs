//! What administrators ask of the controller of a ZooKeeper cluster: topics, configurations, elections, reassignments
//! (ZkAdminManager.scala, AdminZkClient.scala).

use super::controller::ZkController;
use super::partitions::Strategy;
use super::tree::ZkWrite;
use crate::kafka::broker::is_valid_topic_name;
use crate::kafka::config;
use crate::kafka::controller::say_not_simulated;
use crate::kafka::effect::Effects;
use crate::kafka::errors::ErrorCode;
use crate::kafka::fact::Fact;
use crate::kafka::placement::{self, Chance, LegacyStart};
use crate::kafka::protocol::{AdminRequest, ConfigResource, Configs, CreatableTopic, ElectionType, Placement};
use crate::kafka::record::{Topic, TopicId, TopicPartition};
use crate::kafka::registration::NO_LEADER;
use crate::sim::rng::Rng;
use std::rc::Rc;

/// Why something was refused, with the nearest known name of a configuration.
type Refused = (ErrorCode, Option<Rc<str>>);

struct Dice<'a>(&'a mut Rng);

impl Chance for Dice<'_> {
    fn below(&mut self, n: u32) -> u32 {
        self.0.below(u64::from(n)) as u32
    }
}

fn check_configs(scope: config::Scope, configs: &Configs) -> Result<(), Refused> {
    for (name, value) in configs {
        if config::check(scope, name, value).is_err() {
            return Err((ErrorCode::InvalidConfig, config::nearest(scope, name).map(Rc::from)));
        }
    }
    Ok(())
}

impl ZkController {
    pub(super) fn administer(&mut self, request: &AdminRequest, out: &mut Effects) -> Result<(), Refused> {
        let done = match request {
            AdminRequest::CreateTopics(topics) => return topics.iter().try_for_each(|t| self.create_topic(t, out)),
            AdminRequest::AlterConfigs { resource, configs } => return self.alter_configs(resource, configs, out),
            AdminRequest::CreatePartitions { topic, count } => self.create_partitions(topic, *count),
            AdminRequest::DeleteTopics(topics) => topics.iter().try_for_each(|t| self.delete_topic(t)),
            AdminRequest::ElectLeaders { election, partition } => self.elect_leaders(*election, partition),
            AdminRequest::AlterPartitionReassignments { partition, replicas } => self.reassign(partition, replicas.as_deref()),
            AdminRequest::UnregisterBroker { .. } => Err(ErrorCode::UnsupportedVersion),
        };
        done.map_err(|error| (error, None))
    }

    fn create_topic(&mut self, topic: &CreatableTopic, out: &mut Effects) -> Result<(), Refused> {
        let refuse = |error| Err((error, None));
        if self.image.topics.contains_key(&topic.topic) {
            return refuse(ErrorCode::TopicAlreadyExists);
        }
        let assignments = match &topic.placement {
            Placement::Automatic { partitions, replication_factor } => {
                let partitions = if *partitions == -1 { self.settings.num_partitions } else { *partitions };
                let factor = if *replication_factor == -1 { self.settings.default_replication_factor } else { *replication_factor };
                let start = LegacyStart::draw(self.image.brokers.len(), &mut Dice(out.rng));
                self.place(partitions, i32::from(factor), start).map_err(|error| (error, None))?
            }
            Placement::Manual(assignments) => {
                let size = assignments.first().map_or(0, Vec::len);
                for replicas in assignments {
                    // Unlike KRaft, ZooKeeper mode does not ask whether the brokers are there.
                    placement::check_manual_replicas(replicas, Some(size), &|_| true).map_err(|(error, _)| (error, None))?;
                }
                if assignments.is_empty() {
                    return refuse(ErrorCode::InvalidPartitions);
                }
                assignments.clone()
            }
        };
        if !is_valid_topic_name(&topic.topic) {
            return refuse(ErrorCode::InvalidTopicException);
        }
        check_configs(config::Scope::Topic, &topic.configs)?;
        // Nobody chose the configurations of an internal topic.
        if !matches!(&*topic.topic, "__consumer_offsets" | "__transaction_state") {
            say_not_simulated(config::Scope::Topic, &topic.configs, out);
        }
        let replication_factor = assignments.first().map_or(0, |a| a.len() as i32);
        let id = TopicId(self.image.end_offset as u32);
        for (name, value) in &topic.configs {
            let resource = ConfigResource::Topic(topic.topic.clone());
            self.write(ZkWrite::Config { resource, name: name.clone(), value: value.clone() });
        }
        let name = topic.topic.clone();
        self.plan.facts.push(Fact::TopicCreated { topic: name.clone(), partitions: assignments.len() as i32, replication_factor });
        self.write(ZkWrite::Topic { topic: name.clone(), id, assignments });
        self.initialize_all(&name, 0).map_err(|error| (error, None))
    }

    /// New partitions get their leaders; the request times out where one has no replica alive.
    fn initialize_all(&mut self, topic: &Topic, from: i32) -> Result<(), ErrorCode> {
        let mut all = true;
        for partition in self.partitions_where(|p, _| p.topic == *topic && p.partition >= from) {
            all &= self.initialize(&partition);
        }
        self.send_batch();
        if all { Ok(()) } else { Err(ErrorCode::RequestTimedOut) }
    }

    fn place(&self, partitions: i32, replication_factor: i32, start: LegacyStart) -> Result<Vec<Vec<i32>>, ErrorCode> {
        let brokers: Vec<_> = self.image.brokers.iter().map(|(id, b)| (*id, b.rack.clone())).collect();
        let placed = placement::place_legacy(&brokers, partitions, replication_factor, start).map_err(|(error, _)| error)?;
        Ok(placed.values().cloned().collect())
    }

    fn create_partitions(&mut self, topic: &Topic, count: i32) -> Result<(), ErrorCode> {
        let t = self.image.topics.get(topic).ok_or(ErrorCode::UnknownTopicOrPartition)?;
        if t.partitions.iter().any(|r| !r.adding_replicas.is_empty() || !r.removing_replicas.is_empty()) {
            return Err(ErrorCode::ReassignmentInProgress);
        }
        let (id, from) = (t.id, t.partitions.len() as i32);
        if count <= from {
            return Err(ErrorCode::InvalidPartitions);
        }
        let mut assignments: Vec<Vec<i32>> = t.partitions.iter().map(|r| r.replicas.clone()).collect();
        let first = assignments.first().cloned().unwrap_or_default();
        let index = self.image.brokers.keys().position(|broker| Some(broker) >= first.first()).unwrap_or(0) as u32;
        let start = LegacyStart { index, shift: index, partition: from as u32 };
        assignments.extend(self.place(count - from, first.len() as i32, start)?);
        self.plan.facts.push(Fact::PartitionsAdded { topic: topic.clone(), from, to: count });
        self.write(ZkWrite::Topic { topic: topic.clone(), id, assignments });
        self.initialize_all(topic, from)
    }

    fn delete_topic(&mut self, topic: &Topic) -> Result<(), ErrorCode> {
        if !self.image.topics.contains_key(topic) {
            return Err(ErrorCode::UnknownTopicOrPartition);
        }
        if !self.deletions.iter().any(|d| d.topic == *topic) {
            self.write(ZkWrite::DeleteTopic { topic: topic.clone() });
            self.deletions.push(super::deletion::Deletion::new(topic.clone()));
            self.resume_deletions();
        }
        Ok(())
    }

    fn alter_configs(&mut self, resource: &ConfigResource, configs: &Configs, out: &mut Effects) -> Result<(), Refused> {
        let (scope, name_of): (_, Rc<str>) = match resource {
            ConfigResource::Topic(topic) => {
                if !self.image.topics.contains_key(topic) {
                    return Err((ErrorCode::UnknownTopicOrPartition, None));
                }
                (config::Scope::Topic, topic.clone())
            }
            ConfigResource::Broker(None) => (config::Scope::Broker, "brokers".into()),
            ConfigResource::Broker(Some(id)) => (config::Scope::Broker, format!("broker-{id}").into()),
        };
        check_configs(scope, configs)?;
        say_not_simulated(scope, configs, out);
        for (name, value) in configs {
            self.write(ZkWrite::Config { resource: resource.clone(), name: name.clone(), value: value.clone() });
            self.plan.facts.push(Fact::ConfigChanged { resource: name_of.clone(), name: name.clone(), value: value.clone() });
            if &**name == "unclean.leader.election.enable" && &**value == "true" {
                let topic = match resource {
                    ConfigResource::Topic(topic) => Some(topic),
                    ConfigResource::Broker(_) => None,
                };
                self.trigger_online(topic);
            }
        }
        Ok(())
    }

    fn elect_leaders(&mut self, election: ElectionType, partition: &TopicPartition) -> Result<(), ErrorCode> {
        let r = self.partition(partition).ok_or(ErrorCode::UnknownTopicOrPartition)?;
        if self.is_deleting(partition) {
            return Err(ErrorCode::InvalidTopicException);
        }
        let (needed, strategy, otherwise) = match election {
            ElectionType::Preferred => {
                let needed = r.replicas.first() != Some(&r.leader);
                (needed, Strategy::Preferred, ErrorCode::PreferredLeaderNotAvailable)
            }
            ElectionType::Unclean => {
                let needed = r.leader == NO_LEADER || !self.is_live(r.leader);
                (needed, Strategy::Offline { unclean: true }, ErrorCode::EligibleLeadersNotAvailable)
            }
        };
        if !needed {
            return Err(ErrorCode::ElectionNotNeeded);
        }
        self.elect(partition, strategy).map_err(|_| otherwise)
    }
}
