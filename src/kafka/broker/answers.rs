//! What any broker answers from what it knows: metadata, offsets, epochs, producer ids; and what it passes on to the controller.

use super::{Broker, BrokerTimer, Forwarded};
use crate::kafka::effect::{Channel, Effects, Reply, Ticket};
use crate::kafka::errors::ErrorCode;
use crate::kafka::protocol::{
    AdminRequest, BrokerInfo, CreatableTopic, Isolation, MetadataResponse, OffsetQuery, PartitionMetadata, Placement, Request, Response,
    TopicMetadata,
};
use crate::kafka::record::{Topic, TopicId, TopicPartition};
use crate::kafka::registration::NO_LEADER;
use crate::sim::{MILLISECOND, Micros};
use std::rc::Rc;

/// Pause before a request is forwarded again.
const FORWARD_PAUSE: Micros = 50 * MILLISECOND;

impl Broker {
    pub(super) fn on_metadata(&mut self, now: Micros, ticket: Ticket, topics: &[Topic], auto_create: bool, out: &mut Effects) {
        let image = self.image.clone();
        let brokers = image.brokers.iter().filter(|(_, b)| !b.fenced).map(|(id, b)| BrokerInfo { id: *id, rack: b.rack.clone() }).collect();
        let mut answer = Vec::with_capacity(topics.len());
        for topic in topics {
            let Some(t) = image.topics.get(topic) else {
                let mut error = ErrorCode::UnknownTopicOrPartition;
                if !is_valid_topic_name(topic) {
                    error = ErrorCode::InvalidTopicException;
                } else if auto_create && self.settings.auto_create_topics_enable {
                    self.auto_create(now, topic, self.settings.num_partitions, self.settings.default_replication_factor, Vec::new(), out);
                }
                answer.push(TopicMetadata { error, topic: topic.clone(), topic_id: TopicId::default(), partitions: Vec::new() });
                continue;
            };
            // A partition nobody has told of yet is not there.
            let partitions = t.partitions.iter().enumerate().filter(|(_, r)| !r.replicas.is_empty()).map(|(i, r)| {
                let leader = if image.brokers.contains_key(&r.leader) { r.leader } else { NO_LEADER };
                PartitionMetadata {
                    error: if leader == NO_LEADER { ErrorCode::LeaderNotAvailable } else { ErrorCode::None },
                    partition: i as i32,
                    leader,
                    leader_epoch: r.leader_epoch,
                    replicas: r.replicas.clone(),
                    isr: r.isr.clone(),
                }
            });
            answer.push(TopicMetadata { error: ErrorCode::None, topic: topic.clone(), topic_id: t.id, partitions: partitions.collect() });
        }
        let known = self.zk.as_ref().map_or(NO_LEADER, |zk| zk.controller_id);
        let controller = if image.brokers.contains_key(&known) { known } else { NO_LEADER };
        out.answer(ticket, Response::Metadata(Box::new(MetadataResponse { brokers, controller, topics: answer })));
    }

    /// Asks the controller for a topic that is missing, once at a time.
    pub(super) fn auto_create(
        &mut self,
        now: Micros,
        topic: &Topic,
        partitions: i32,
        replication_factor: i16,
        configs: Vec<(Rc<str>, Rc<str>)>,
        out: &mut Effects,
    ) {
        if self.auto_creating.insert(topic.clone()) {
            let placement = Placement::Automatic { partitions, replication_factor };
            let request = AdminRequest::CreateTopics(vec![CreatableTopic { topic: topic.clone(), placement, configs }]);
            self.forward(now, Ticket::default(), Rc::new(Request::Admin(request)), now + self.settings.request_timeout, out);
        }
    }

    pub(super) fn on_list_offsets(
        &mut self,
        ticket: Ticket,
        isolation: Isolation,
        partitions: &[(TopicPartition, i32, OffsetQuery)],
        out: &mut Effects,
    ) {
        let answer = partitions.iter().map(|(partition, epoch, query)| match self.offset_of(partition, *epoch, *query, isolation) {
            Ok((offset, leader_epoch)) => (partition.clone(), ErrorCode::None, offset, leader_epoch),
            Err(error) => (partition.clone(), error, -1, -1),
        });
        out.answer(ticket, Response::ListOffsets(answer.collect()));
    }

    fn offset_of(&self, partition: &TopicPartition, epoch: i32, query: OffsetQuery, isolation: Isolation) -> Result<(i64, i32), ErrorCode> {
        let r = self.replicas.get(partition).ok_or_else(|| self.missing_error(partition))?;
        if epoch >= 0 && epoch < r.leader_epoch {
            return Err(ErrorCode::FencedLeaderEpoch);
        }
        if epoch > r.leader_epoch {
            return Err(ErrorCode::UnknownLeaderEpoch);
        }
        let leader = r.leader().ok_or(ErrorCode::NotLeaderOrFollower)?;
        let bound = match isolation {
            Isolation::LogEnd => r.log.end_offset(),
            Isolation::HighWatermark => r.high_watermark,
            Isolation::LastStable => r.last_stable_offset(),
        };
        if !matches!(query, OffsetQuery::Earliest) && isolation != Isolation::LogEnd && r.high_watermark < leader.epoch_start_offset {
            return Err(ErrorCode::OffsetNotAvailable);
        }
        Ok(match query {
            OffsetQuery::Earliest => (r.log.start_offset(), r.log.epochs.entries().first().map_or(-1, |e| e.epoch)),
            OffsetQuery::Latest => (bound, r.leader_epoch),
            OffsetQuery::At(time_ms) => {
                let found = r.log.batches(r.log.start_offset(), bound).find_map(|b| {
                    b.iter()
                        .find(|(offset, record)| *offset < bound && record.timestamp_ms >= time_ms)
                        .map(|(offset, _)| (offset, b.leader_epoch))
                });
                found.unwrap_or((-1, -1))
            }
        })
    }

    pub(super) fn on_offset_for_leader_epoch(&mut self, ticket: Ticket, partitions: &[(TopicPartition, i32, i32)], out: &mut Effects) {
        let answer = partitions.iter().map(|(partition, current, asked)| {
            let found = match self.replicas.get(partition) {
                None => Err(self.missing_error(partition)),
                Some(r) if *current >= 0 && *current < r.leader_epoch => Err(ErrorCode::FencedLeaderEpoch),
                Some(r) if *current > r.leader_epoch => Err(ErrorCode::UnknownLeaderEpoch),
                Some(r) if r.leader().is_none() => Err(ErrorCode::NotLeaderOrFollower),
                Some(r) => Ok(r.log.epochs.end_offset_for(*asked, r.log.end_offset())),
            };
            match found {
                Ok((epoch, end)) => (partition.clone(), ErrorCode::None, epoch, end),
                Err(error) => (partition.clone(), error, -1, -1),
            }
        });
        out.answer(ticket, Response::OffsetForLeaderEpoch(answer.collect()));
    }

    pub(super) fn on_init_producer_id(&mut self, _now: Micros, ticket: Ticket, out: &mut Effects) {
        match self.producer_ids.next() {
            Some(producer_id) => out.answer(ticket, Response::InitProducerId { error: ErrorCode::None, producer_id, epoch: 0 }),
            None => {
                let first = self.wants_producer_id.is_empty();
                self.wants_producer_id.push(ticket);
                if first {
                    self.ask_producer_ids(out);
                }
            }
        }
    }

    fn ask_producer_ids(&mut self, out: &mut Effects) {
        let Some(controller) = self.controller() else {
            self.no_producer_ids(out);
            return;
        };
        let request = Request::AllocateProducerIds { broker: self.identity() };
        out.call(controller, Channel::Control, request, self.settings.controller_socket_timeout);
    }

    pub(super) fn on_producer_ids(&mut self, now: Micros, reply: &Reply, out: &mut Effects) {
        if let Ok(Response::AllocateProducerIds { error: ErrorCode::None, first, count }) = &reply.result {
            self.producer_ids = *first..*first + i64::from(*count);
            for ticket in std::mem::take(&mut self.wants_producer_id) {
                self.on_init_producer_id(now, ticket, out);
            }
        } else {
            self.no_producer_ids(out);
        }
    }

    fn no_producer_ids(&mut self, out: &mut Effects) {
        for ticket in std::mem::take(&mut self.wants_producer_id) {
            out.answer(ticket, Response::InitProducerId { error: ErrorCode::CoordinatorLoadInProgress, producer_id: -1, epoch: -1 });
        }
    }

    /// Passes a request on to the controller, whose answer goes back to `ticket`; while none is known, it waits.
    pub(super) fn forward(&mut self, now: Micros, ticket: Ticket, request: Rc<Request>, deadline: Micros, out: &mut Effects) {
        match self.controller() {
            Some(controller) => {
                let timeout = self.settings.request_timeout.min(deadline - now).max(0);
                let call = out.call(controller, Channel::Control, (*request).clone(), timeout);
                self.forwarded.insert(call, Forwarded { ticket, deadline });
            }
            None => self.forward_later(now, Forwarded { ticket, deadline }, request, out),
        }
    }

    fn forward_later(&mut self, now: Micros, forwarded: Forwarded, request: Rc<Request>, out: &mut Effects) {
        self.waiting_forwards.push((forwarded, request));
        if !self.forward_is_armed {
            self.forward_is_armed = true;
            self.wake(now + FORWARD_PAUSE, BrokerTimer::Forward, out);
        }
    }

    pub(super) fn on_forwarded(&mut self, now: Micros, reply: Reply, out: &mut Effects) {
        let Some(forwarded) = self.forwarded.remove(&reply.call) else { return };
        match reply.result {
            Ok(Response::Admin(ErrorCode::NotController)) | Err(_) => self.forward_later(now, forwarded, reply.request, out),
            Ok(response) => self.end_forward(forwarded, &reply.request, response, out),
        }
    }

    fn end_forward(&mut self, forwarded: Forwarded, request: &Request, response: Response, out: &mut Effects) {
        if let Request::Admin(AdminRequest::CreateTopics(topics)) = request {
            for t in topics {
                self.auto_creating.remove(&t.topic);
            }
        }
        out.answer(forwarded.ticket, response);
    }

    pub(in crate::kafka) fn retry_waiting(&mut self, now: Micros, out: &mut Effects) {
        for (forwarded, request) in std::mem::take(&mut self.waiting_forwards) {
            if now < forwarded.deadline {
                self.forward(now, forwarded.ticket, request, forwarded.deadline, out);
            } else {
                self.end_forward(forwarded, &request, Response::Admin(ErrorCode::RequestTimedOut), out);
            }
        }
    }
}

/// Kafka's rule for topic names (`kafka-semantics` 2.3).
pub fn is_valid_topic_name(name: &str) -> bool {
    let letters = name.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'-'));
    letters && !name.is_empty() && name.len() <= 249 && name != "." && name != ".."
}
