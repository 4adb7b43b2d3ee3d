//! What a broker does when the controller of a ZooKeeper cluster tells it to lead, follow, stop or know
//! (KafkaApis.scala, ReplicaManager.becomeLeaderOrFollower); and how it asks to be let go.

use super::client::ZkTimer;
use super::protocol::{Control, ControlRequest, PartitionState};
use crate::kafka::broker::{Broker, BrokerState, BrokerTimer};
use crate::kafka::effect::{Channel, Effects, Reply, Ticket};
use crate::kafka::errors::ErrorCode;
use crate::kafka::metadata::{MetadataImage, TopicImage};
use crate::kafka::protocol::{PartitionError, Request, Response};
use crate::kafka::record::{DirectoryId, TopicPartition};
use crate::kafka::registration::{NO_LEADER, PartitionRegistration};
use crate::sim::Micros;
use std::rc::Rc;

impl Broker {
    /// Takes a request of the controller.
    pub(in crate::kafka) fn on_control(&mut self, now: Micros, ticket: Ticket, request: &ControlRequest, out: &mut Effects) {
        let Some(zk) = &mut self.zk else {
            out.hang_up(ticket, true);
            return;
        };
        let mut error = ErrorCode::None;
        if request.broker_epoch < self.epoch {
            error = ErrorCode::StaleBrokerEpoch;
        } else if request.controller_epoch < zk.controller_epoch {
            error = ErrorCode::StaleControllerEpoch;
        }
        let mut partitions = Vec::new();
        if error.is_none() {
            zk.controller_epoch = request.controller_epoch;
            match &request.control {
                Control::LeaderAndIsr(states) => {
                    for state in states {
                        let error = self.lead_or_follow(now, state, out);
                        partitions.push((state.partition.clone(), error));
                    }
                    self.run_fetchers(now, out);
                    self.send_alter_partition(now, out);
                }
                Control::UpdateMetadata { brokers, partitions, deleted } => {
                    zk.controller_id = request.controller;
                    let image = Rc::make_mut(&mut self.image);
                    image.end_offset += 1;
                    image.brokers = brokers.iter().cloned().collect();
                    for state in partitions {
                        put(image, state);
                    }
                    for partition in deleted {
                        forget(image, partition);
                    }
                    self.run_fetchers(now, out);
                    self.retry_waiting(now, out);
                }
                Control::StopReplica(stops) => self.stop_replicas(now, stops, &mut partitions, out),
            }
        }
        out.answer(ticket, Response::Control { error, partitions });
    }

    fn lead_or_follow(&mut self, now: Micros, state: &PartitionState, out: &mut Effects) -> ErrorCode {
        let r = &state.registration;
        if self.offline.contains(&state.partition) {
            return ErrorCode::KafkaStorageError;
        }
        if let Some(replica) = self.replicas.get(&state.partition) {
            if replica.topic_id != state.topic_id {
                return ErrorCode::InconsistentTopicId;
            }
            if r.leader_epoch <= replica.leader_epoch {
                return ErrorCode::StaleControllerEpoch;
            }
        }
        if !r.replicas.contains(&self.id) {
            return ErrorCode::UnknownTopicOrPartition;
        }
        if r.leader != self.id && !self.image.brokers.contains_key(&r.leader) {
            // The replica is there, but changes nothing before its leader is known to live (makeFollowers).
            self.host_replica(now, &state.partition, state.topic_id, DirectoryId::UNASSIGNED);
        } else {
            self.apply_partition(now, &state.partition, state.topic_id, r, out);
        }
        ErrorCode::None
    }

    fn stop_replicas(&mut self, now: Micros, stops: &[(TopicPartition, bool)], done: &mut Vec<PartitionError>, out: &mut Effects) {
        for (partition, delete) in stops {
            if *delete {
                if self.replicas.contains_key(partition) {
                    self.remove_replica(now, partition, out);
                }
                self.disk.logs.remove(partition);
            } else if let Some(replica) = self.replicas.get_mut(partition) {
                // It fetches no more until it is told to follow in a newer leader epoch.
                replica.fetch_failed = replica.leader().is_none();
            }
            done.push((partition.clone(), ErrorCode::None));
        }
    }

    // ---- controlled shutdown

    /// Begins a controlled shutdown (KafkaServer.controlledShutdown).
    pub(in crate::kafka) fn begin_zk_shutdown(&mut self, now: Micros, out: &mut Effects) {
        self.state = BrokerState::ControlledShutdown;
        if let Some(zk) = &mut self.zk {
            zk.shutdown_retries = zk.settings.controlled_shutdown_max_retries;
        }
        self.ask_controlled_shutdown(now, out);
    }

    pub(super) fn ask_controlled_shutdown(&mut self, now: Micros, out: &mut Effects) {
        let timeout = self.settings.controller_socket_timeout;
        let Some(zk) = &mut self.zk else { return };
        if zk.shutdown_retries <= 0 {
            self.shut_down(out);
            return;
        }
        zk.shutdown_retries -= 1;
        let Some(to) = self.controller() else {
            self.ask_again_to_shut_down(now, out);
            return;
        };
        out.call(to, Channel::Control, Request::ControlledShutdown { broker: self.identity() }, timeout);
    }

    fn ask_again_to_shut_down(&mut self, now: Micros, out: &mut Effects) {
        let Some(zk) = &self.zk else { return };
        if zk.shutdown_retries <= 0 {
            self.shut_down(out);
        } else {
            self.wake(now + zk.settings.controlled_shutdown_retry_backoff, BrokerTimer::Zk(ZkTimer::Shutdown), out);
        }
    }

    /// The controller has moved what it could.
    pub(in crate::kafka) fn on_controlled_shutdown(&mut self, now: Micros, reply: &Reply, out: &mut Effects) {
        match reply.result {
            Ok(Response::ControlledShutdown { error: ErrorCode::None, remaining: 0 }) => self.shut_down(out),
            _ => self.ask_again_to_shut_down(now, out),
        }
    }
}

/// A partition's newest state as clients are told.
fn put(image: &mut MetadataImage, state: &PartitionState) {
    let Ok(index) = usize::try_from(state.partition.partition) else { return };
    let id = state.topic_id;
    let topic = image.topics.entry(state.partition.topic.clone()).or_insert_with(|| TopicImage { id, partitions: Vec::new() });
    if topic.id != id {
        *topic = TopicImage { id, partitions: Vec::new() };
    }
    while topic.partitions.len() <= index {
        topic.partitions.push(Rc::new(PartitionRegistration { leader: NO_LEADER, ..PartitionRegistration::default() }));
    }
    topic.partitions[index] = state.registration.clone();
}

fn forget(image: &mut MetadataImage, partition: &TopicPartition) {
    image.topics.remove(&partition.topic);
}
