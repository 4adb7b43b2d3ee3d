//! The group coordinator inside a broker: its requests, its records in `__consumer_offsets`, and when they count (`kafka-semantics` 7.1).

use super::{Broker, BrokerTimer};
use crate::kafka::coordinator_key;
use crate::kafka::effect::{Effects, Ticket};
use crate::kafka::errors::ErrorCode;
use crate::kafka::group::effects::{Append, AppendId, CoordinatorEffects, GroupTimer};
use crate::kafka::group::protocol::{GroupRequest, GroupResponse};
use crate::kafka::protocol::Response;
use crate::kafka::record::{BatchKind, NO_PRODUCER_ID, Record, RecordBatch, Topic, TopicPartition};
use crate::kafka::registration::NO_LEADER;
use crate::sim::Micros;
use std::rc::Rc;

/// The topic of coordinators' records.
pub(super) const OFFSETS_TOPIC: &str = "__consumer_offsets";

/// Records of the coordinator that count once the high watermark has passed them.
#[derive(Clone, Debug)]
pub(super) struct Wait {
    append: AppendId,
    partition: TopicPartition,
    required: i64,
}

impl Broker {
    pub(super) fn on_group(&mut self, now: Micros, ticket: Ticket, request: &GroupRequest, out: &mut Effects) {
        if let GroupRequest::FindCoordinator { group } = request {
            let (error, broker) = match self.find_coordinator(now, group, out) {
                Some(broker) => (ErrorCode::None, broker),
                None => (ErrorCode::CoordinatorNotAvailable, -1),
            };
            out.answer(ticket, Response::Group(Box::new(GroupResponse::FindCoordinator { error, broker })));
            return;
        }
        let mut effects = CoordinatorEffects::default();
        self.groups.on_request(now, ticket, request, out.rng, &mut effects);
        self.apply_coordinator(now, effects, out);
    }

    /// What groups committed for a topic goes with it (BrokerMetadataPublisher.scala).
    pub(super) fn forget_offsets(&mut self, now: Micros, topic: &str, out: &mut Effects) {
        let mut effects = CoordinatorEffects::default();
        self.groups.on_topic_deleted(now, topic, &mut effects);
        self.apply_coordinator(now, effects, out);
    }

    pub(super) fn on_group_timer(&mut self, now: Micros, timer: GroupTimer, out: &mut Effects) {
        let mut effects = CoordinatorEffects::default();
        self.groups.on_timer(now, timer, &mut effects);
        self.apply_coordinator(now, effects, out);
    }

    /// The leader of the group's partition; the topic is made when it is missing.
    fn find_coordinator(&mut self, now: Micros, group: &str, out: &mut Effects) -> Option<i32> {
        let image = self.image.clone();
        let Some(topic) = image.topics.get(OFFSETS_TOPIC) else {
            let configs = vec![("cleanup.policy".into(), "compact".into()), ("segment.bytes".into(), "104857600".into())];
            let (partitions, factor) = (self.settings.offsets_topic_num_partitions, self.settings.offsets_topic_replication_factor);
            self.auto_create(now, &OFFSETS_TOPIC.into(), partitions, factor, configs, out);
            return None;
        };
        let partition = coordinator_key::partition_for(group, topic.partitions.len() as u32) as usize;
        topic.partitions.get(partition).map(|r| r.leader).filter(|l| *l != NO_LEADER && image.brokers.contains_key(l))
    }

    fn apply_coordinator(&mut self, now: Micros, effects: CoordinatorEffects, out: &mut Effects) {
        for fact in effects.facts {
            out.fact(fact);
        }
        for (at, timer) in effects.wakes {
            self.wake(at, BrokerTimer::Group(timer), out);
        }
        for (ticket, response) in effects.answers {
            out.answer(ticket, Response::Group(Box::new(response)));
        }
        for append in effects.appends {
            self.append_records(now, append, out);
        }
    }

    fn append_records(&mut self, now: Micros, append: Append, out: &mut Effects) {
        let topic: Topic = OFFSETS_TOPIC.into();
        let partition = TopicPartition::new(&topic, append.partition);
        let last = append.records.len() as i64 - 1;
        let batch = RecordBatch {
            base_offset: 0,
            last_offset: last.max(0),
            leader_epoch: -1,
            producer_id: NO_PRODUCER_ID,
            producer_epoch: -1,
            base_sequence: -1,
            kind: BatchKind::Data,
            records: (0..).zip(append.records).collect(),
        };
        match self.append(&partition, &batch, true, out) {
            Ok(appended) => {
                self.coordinator_waits.push_back(Wait {
                    append: append.id,
                    partition: partition.clone(),
                    required: appended.last_offset + 1,
                });
                self.advance_high_watermark(now, &partition, out);
                self.complete_fetches(&partition, out);
                self.check_coordinator_appends(now, &partition, out);
            }
            Err(error) => {
                let mut effects = CoordinatorEffects::default();
                self.groups.append_failed(now, append.id, error, &mut effects);
                self.apply_coordinator(now, effects, out);
            }
        }
    }

    /// Looks again at the coordinator's records that wait on a partition.
    pub(super) fn check_coordinator_appends(&mut self, now: Micros, partition: &TopicPartition, out: &mut Effects) {
        let mut index = 0;
        while let Some(wait) = self.coordinator_waits.get(index) {
            let required = (wait.partition == *partition).then_some(wait.required);
            let Some(result) = required.and_then(|required| self.reached(partition, required)) else {
                index += 1;
                continue;
            };
            let Some(wait) = self.coordinator_waits.remove(index) else { return };
            index = 0;
            let mut effects = CoordinatorEffects::default();
            match result {
                Ok(()) => self.groups.append_done(now, wait.append, &mut effects),
                Err(error) => self.groups.append_failed(now, wait.append, error, &mut effects),
            }
            self.apply_coordinator(now, effects, out);
        }
    }

    /// This broker leads a partition of `__consumer_offsets` from now on: it reads what was written there.
    pub(super) fn load_coordinator(&mut self, now: Micros, partition: &TopicPartition, out: &mut Effects) {
        if &*partition.topic != OFFSETS_TOPIC {
            return;
        }
        let Some(replica) = self.replicas.get(partition) else { return };
        let batches: Vec<Rc<RecordBatch>> = replica.log.batches(replica.log.start_offset(), replica.log.end_offset()).cloned().collect();
        let records = batches.iter().flat_map(|b| b.records.iter().map(|(_, record): &(i32, Record)| record));
        let mut effects = CoordinatorEffects::default();
        self.groups.load(now, partition.partition, records, &mut effects);
        self.apply_coordinator(now, effects, out);
    }

    /// It does not any more.
    pub(super) fn resign_coordinator(&mut self, now: Micros, partition: &TopicPartition, out: &mut Effects) {
        if &*partition.topic == OFFSETS_TOPIC {
            let mut effects = CoordinatorEffects::default();
            self.groups.resign(partition.partition, &mut effects);
            self.apply_coordinator(now, effects, out);
        }
    }
}
