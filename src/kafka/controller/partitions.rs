//! Leaders and in-sync replicas: how events and leaders change partitions (`kafka-semantics` 5.2–5.7).

use super::{Controller, Refused};
use crate::kafka::errors::ErrorCode;
use crate::kafka::metadata::MetadataRecord;
use crate::kafka::partition_change::{self, Election, ElectionRules, IsrProposal};
use crate::kafka::placement;
use crate::kafka::protocol::{AlterPartitionItem, AlteredPartition, BrokerEpoch, ElectionType, Response};
use crate::kafka::reassignment;
use crate::kafka::record::{Topic, TopicPartition};
use crate::kafka::registration::{NO_LEADER, PartitionChange, PartitionRegistration};
use std::rc::Rc;

/// How many preferred elections one periodic run may make.
const MAX_ELECTIONS: usize = 1000;

impl Controller {
    pub(super) fn rules(&self, topic: &Topic) -> ElectionRules {
        let number = |name| self.topic_value(topic, name).and_then(|v| v.parse().ok());
        let unclean = self.topic_value(topic, "unclean.leader.election.enable").map(|v| &**v == "true");
        ElectionRules {
            elr_enabled: self.settings.elr_enabled,
            bump_leader_epoch_on_isr_shrink: self.settings.bump_leader_epoch_on_isr_shrink,
            unclean_leader_election_enable: unclean.unwrap_or(self.settings.unclean_leader_election_enable),
            min_insync_replicas: number("min.insync.replicas").unwrap_or(self.settings.min_insync_replicas),
        }
    }

    pub(super) fn change_partition(&mut self, partition: &TopicPartition, mut change: PartitionChange) {
        if let (Some(replicas), Some(was)) = (&change.replicas, self.image.partition(partition)) {
            change.directories = Some(self.directories(replicas, was));
        }
        self.write(MetadataRecord::PartitionChange { partition: partition.clone(), change: Rc::new(change) });
    }

    /// Visits every partition with an event of table 5.2.
    pub(super) fn change_partitions(
        &mut self,
        event: impl Fn(&PartitionRegistration, &ElectionRules, &dyn Fn(i32) -> bool) -> Option<PartitionChange>,
    ) {
        let image = self.image.clone();
        for (topic, t) in &image.topics {
            let rules = self.rules(topic);
            for (index, registration) in t.partitions.iter().enumerate() {
                let active = |id: i32| image.may_lead(id, registration);
                if let Some(change) = event(registration, &rules, &active) {
                    self.change_partition(&TopicPartition::new(topic, index as i32), change);
                }
            }
        }
    }

    pub(super) fn alter_partitions(&mut self, broker: BrokerEpoch, changes: &[AlterPartitionItem]) -> Response {
        if self.image.brokers.get(&broker.id).is_none_or(|b| b.epoch != broker.epoch) {
            return Response::AlterPartition { error: ErrorCode::StaleBrokerEpoch, partitions: Vec::new() };
        }
        let partitions = changes.iter().map(|change| self.alter_partition(broker, change)).collect();
        Response::AlterPartition { error: ErrorCode::None, partitions }
    }

    fn alter_partition(&mut self, broker: BrokerEpoch, item: &AlterPartitionItem) -> AlteredPartition {
        let error = self.try_alter_partition(broker, item).err().unwrap_or(ErrorCode::None);
        AlteredPartition::new(&item.partition, error, self.image.partition(&item.partition))
    }

    fn try_alter_partition(&mut self, broker: BrokerEpoch, item: &AlterPartitionItem) -> Result<(), ErrorCode> {
        let image = self.image.clone();
        if image.topics.get(&item.partition.topic).is_none_or(|t| t.id != item.topic_id) {
            return Err(ErrorCode::UnknownTopicId);
        }
        let registration = image.partition(&item.partition).ok_or(ErrorCode::UnknownTopicOrPartition)?;
        let ids: Vec<i32> = item.new_isr.iter().map(|m| m.id).collect();
        let recovery_state = Default::default();
        let proposal = IsrProposal {
            sender: broker.id,
            leader_epoch: item.leader_epoch,
            partition_epoch: item.partition_epoch,
            new_isr: &ids,
            recovery_state,
        };
        let eligible = |id: i32| {
            let epoch = item.new_isr.iter().find(|m| m.id == id).map_or(-1, |m| m.epoch);
            image.brokers.get(&id).is_some_and(|b| b.is_active() && (epoch == -1 || epoch == b.epoch))
        };
        partition_change::check_alter_partition(registration, &proposal, &eligible)?;
        let active = |id: i32| image.may_lead(id, registration);
        let rules = self.rules(&item.partition.topic);
        if let Some(change) = partition_change::alter_partition(registration, &ids, recovery_state, &rules, &active) {
            self.change_partition(&item.partition, change);
        }
        let after = self.image.partition(&item.partition);
        if after.is_some_and(|r| r.leader_epoch != registration.leader_epoch && r.leader != broker.id) {
            return Err(ErrorCode::NewLeaderElected);
        }
        Ok(())
    }

    pub(super) fn elect_leaders(&mut self, election: ElectionType, partition: &TopicPartition) -> Result<(), Refused> {
        let image = self.image.clone();
        let registration = image.partition(partition).ok_or(ErrorCode::UnknownTopicOrPartition)?;
        let election = match election {
            ElectionType::Preferred => Election::Preferred,
            ElectionType::Unclean => Election::Unclean,
        };
        let change =
            partition_change::elect_leader(registration, election, &self.rules(&partition.topic), &|id| image.may_lead(id, registration))?;
        self.change_partition(partition, change);
        Ok(())
    }

    /// The periodic run that gives leadership back to preferred replicas.
    pub(super) fn elect_preferred_leaders(&mut self) {
        self.elect_where(Election::Preferred, |r| r.leader != r.replicas.first().copied().unwrap_or(NO_LEADER));
    }

    /// The periodic run for partitions without a leader that allow an unclean one.
    pub(super) fn elect_unclean_leaders(&mut self) {
        self.elect_where(Election::Unclean, |r| r.leader == NO_LEADER);
    }

    fn elect_where(&mut self, election: Election, wanted: impl Fn(&PartitionRegistration) -> bool) {
        let image = self.image.clone();
        let mut elections = 0;
        for (topic, t) in &image.topics {
            let rules = self.rules(topic);
            if election == Election::Unclean && !rules.unclean_leader_election_enable {
                continue;
            }
            for (index, registration) in t.partitions.iter().enumerate().filter(|(_, r)| wanted(r)) {
                if elections == MAX_ELECTIONS {
                    return;
                }
                let change = partition_change::elect_leader(registration, election, &rules, &|id| image.may_lead(id, registration));
                if let Ok(change) = change
                    && change.leader.is_some_and(|l| l != registration.leader)
                {
                    elections += 1;
                    self.change_partition(&TopicPartition::new(topic, index as i32), change);
                }
            }
        }
    }

    pub(super) fn reassign(&mut self, partition: &TopicPartition, target: Option<&[i32]>) -> Result<(), Refused> {
        let image = self.image.clone();
        let registration = image.partition(partition).ok_or(ErrorCode::UnknownTopicOrPartition)?;
        let rules = self.rules(&partition.topic);
        let active = |id: i32| image.may_lead(id, registration);
        let change = match target {
            None => reassignment::cancel(registration, &rules, &active)?,
            Some(target) => {
                placement::check_manual_replicas(target, None, &|id| image.brokers.contains_key(&id)).map_err(|(error, _)| error)?;
                reassignment::start(registration, target, &rules, &active)
            }
        };
        if let Some(change) = change {
            self.change_partition(partition, change);
        }
        Ok(())
    }
}
