//! The controller: it decides, writes what it decides to the metadata log, and lets brokers read it (`kafka-semantics` 5).

mod brokers;
mod directories;
mod partitions;
mod topics;
pub(crate) use topics::say_not_simulated;

use super::effect::{Effects, Reply, Ticket, Timer};
use super::errors::ErrorCode;
use super::fact::Fact;
use super::metadata::{MetadataImage, MetadataRecord};
use super::protocol::{AdminRequest, ConfigResource, Incoming, Request, Response};
use super::record::{DirectoryId, Topic, TopicPartition};
use crate::map::Map;
use crate::sim::Micros;
use std::rc::Rc;

/// A controller's timers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ControllerTimer {
    /// Fence a broker whose session ran out.
    FenceStaleBroker(u32),
    /// Move leaderships to preferred replicas.
    ElectPreferred,
    /// Elect uncleanly where that is allowed.
    ElectUnclean,
    /// A parked metadata fetch has waited long enough.
    FetchDue(Ticket),
}

/// A controller's configuration (`kafka-semantics` 0.5, 5.10).
#[derive(Clone, Debug)]
#[allow(missing_docs)]
pub struct ControllerSettings {
    pub session_timeout: Micros,
    pub auto_leader_rebalance_enable: bool,
    pub leader_imbalance_check_interval: Micros,
    pub unclean_leader_election_interval: Micros,
    pub unclean_leader_election_enable: bool,
    pub min_insync_replicas: i32,
    pub elr_enabled: bool,
    pub num_partitions: i32,
    pub default_replication_factor: i16,
}

/// What a broker says of itself when it registers.
struct Registering<'a> {
    incarnation: u64,
    rack: &'a Option<Rc<str>>,
    previous_epoch: i64,
    directories: &'a Rc<[DirectoryId]>,
}

/// What the controller remembers of a broker beside the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Contact {
    /// The broker epoch it spoke with.
    pub epoch: i64,
    /// When it last spoke.
    pub last_at: Micros,
    /// How far it had read the metadata log then.
    pub metadata_offset: i64,
    /// The log's end when its controlled shutdown began.
    pub controlled_shutdown_offset: Option<i64>,
}

/// A controller.
#[derive(Clone, Debug)]
pub struct Controller {
    /// Its id.
    pub id: i32,
    /// What it was configured with.
    pub settings: ControllerSettings,
    /// Whether its process runs.
    pub running: bool,
    /// What its log says.
    pub image: Rc<MetadataImage>,
    /// When brokers last spoke; memory only.
    pub contacts: Map<i32, Contact>,
    log: Vec<(i64, Rc<[MetadataRecord]>)>,
    batch: Vec<MetadataRecord>,
    parked: Map<Ticket, i64>,
    fence_check: u32,
}

impl Controller {
    /// A controller that has never run; its log begins with what formatting wrote: the cluster's min.insync.replicas (5.6).
    pub fn new(id: i32, settings: ControllerSettings) -> Controller {
        let min_isr = Rc::from(settings.min_insync_replicas.to_string());
        let mut controller = Controller {
            id,
            settings,
            running: false,
            image: Rc::default(),
            contacts: Map::new(),
            log: Vec::new(),
            batch: Vec::new(),
            parked: Map::new(),
            fence_check: 0,
        };
        let record =
            MetadataRecord::Config { resource: ConfigResource::Broker(None), name: "min.insync.replicas".into(), value: Some(min_isr) };
        Rc::make_mut(&mut controller.image).apply(&record);
        controller.log.push((0, Rc::from(vec![record])));
        controller
    }

    /// Starts the process: every unfenced broker gets a fresh session (5.1).
    pub fn start(&mut self, now: Micros, out: &mut Effects) {
        self.running = true;
        out.fact(Fact::Started);
        for (id, broker) in &self.image.brokers {
            if !broker.fenced {
                let contact = Contact { epoch: broker.epoch, last_at: now, metadata_offset: -1, controlled_shutdown_offset: None };
                self.contacts.insert(*id, contact);
            }
        }
        self.schedule_fence_check(now, self.fence_interval(), out);
        if self.settings.auto_leader_rebalance_enable {
            self.wake(now + self.settings.leader_imbalance_check_interval, ControllerTimer::ElectPreferred, out);
        }
        self.wake(now + self.settings.unclean_leader_election_interval, ControllerTimer::ElectUnclean, out);
    }

    /// The process is gone; the log stays.
    pub fn crash(&mut self) {
        self.running = false;
        self.contacts.clear();
        self.parked.clear();
        self.batch.clear();
    }

    /// A clean end of the process.
    pub fn stop(&mut self, out: &mut Effects) {
        if self.running {
            out.exit();
        }
    }

    /// Serves a request.
    pub fn on_request(&mut self, now: Micros, incoming: Incoming, out: &mut Effects) {
        let ticket = incoming.ticket;
        match &*incoming.request {
            Request::BrokerRegistration { broker, incarnation, rack, previous_epoch, directories } => {
                let registering = Registering { incarnation: *incarnation, rack, previous_epoch: *previous_epoch, directories };
                let answer = self.register_broker(now, *broker, registering, out);
                let (error, epoch) = match answer {
                    Ok(epoch) => (ErrorCode::None, epoch),
                    Err(error) => (error, -1),
                };
                out.answer(ticket, Response::BrokerRegistration { error, epoch });
            }
            Request::BrokerHeartbeat { broker, metadata_offset, want_fence, want_shut_down, offline_directories } => {
                let answer = self.on_heartbeat(now, *broker, *metadata_offset, *want_fence, *want_shut_down, out);
                if matches!(answer, Response::BrokerHeartbeat { error: ErrorCode::None, .. }) {
                    self.directories_offline(broker.id, offline_directories, out);
                }
                out.answer(ticket, answer);
            }
            Request::AssignReplicasToDirs { broker, replicas } => {
                let error = self.assign_replicas_to_dirs(*broker, replicas, out);
                out.answer(ticket, Response::AssignReplicasToDirs(error));
            }
            Request::AlterPartition { broker, changes } => {
                let answer = self.alter_partitions(*broker, changes, out);
                out.answer(ticket, answer);
            }
            Request::FetchMetadata { offset, max_wait, .. } => {
                if *offset < self.image.end_offset {
                    self.answer_fetch(ticket, *offset, out);
                } else {
                    self.parked.insert(ticket, *offset);
                    self.wake(now + *max_wait, ControllerTimer::FetchDue(ticket), out);
                }
            }
            Request::AllocateProducerIds { .. } => {
                let first = self.image.next_producer_id;
                self.write(MetadataRecord::ProducerIds { next: first + 1000 }, out);
                out.answer(ticket, Response::AllocateProducerIds { error: ErrorCode::None, first, count: 1000 });
            }
            Request::Admin(request) => {
                let error = self.on_admin(now, request, out);
                out.answer(ticket, Response::Admin(error));
            }
            _ => out.hang_up(ticket, true),
        }
        self.commit(out);
    }

    fn on_admin(&mut self, now: Micros, request: &AdminRequest, out: &mut Effects) -> ErrorCode {
        let done = match request {
            AdminRequest::CreateTopics(topics) => topics.iter().try_for_each(|t| self.create_topic(t, out)),
            AdminRequest::CreatePartitions { topic, count } => self.create_partitions(topic, *count, out),
            AdminRequest::DeleteTopics(topics) => topics.iter().try_for_each(|t| self.delete_topic(t, out)),
            AdminRequest::AlterConfigs { resource, configs } => self.alter_configs(resource, configs, out),
            AdminRequest::ElectLeaders { election, partition } => self.elect_leaders(*election, partition, out),
            AdminRequest::AlterPartitionReassignments { partition, replicas } => self.reassign(partition, replicas.as_deref(), out),
            AdminRequest::UnregisterBroker { broker } => self.unregister_broker(now, *broker, out),
        };
        match done {
            Ok(()) => ErrorCode::None,
            Err(refusal) => {
                out.fact(Fact::AdminRefused { request: request.name(), error: refusal.error, nearest: refusal.nearest });
                refusal.error
            }
        }
    }

    /// A controller asks nobody for anything yet, so no answer concerns it.
    pub fn on_reply(&mut self, _now: Micros, _reply: Reply, _out: &mut Effects) {}

    /// Does what is due.
    pub fn on_timer(&mut self, now: Micros, timer: ControllerTimer, out: &mut Effects) {
        if !self.running {
            return;
        }
        match timer {
            ControllerTimer::FenceStaleBroker(number) => {
                if number == self.fence_check {
                    self.fence_stale_broker(now, out);
                }
            }
            ControllerTimer::ElectPreferred => {
                self.elect_preferred_leaders(out);
                self.wake(now + self.settings.leader_imbalance_check_interval, ControllerTimer::ElectPreferred, out);
            }
            ControllerTimer::ElectUnclean => {
                self.elect_unclean_leaders(out);
                self.wake(now + self.settings.unclean_leader_election_interval, ControllerTimer::ElectUnclean, out);
            }
            ControllerTimer::FetchDue(ticket) => {
                if let Some(offset) = self.parked.remove(&ticket) {
                    self.answer_fetch(ticket, offset, out);
                }
            }
        }
        self.commit(out);
    }

    fn wake(&self, at: Micros, timer: ControllerTimer, out: &mut Effects) {
        out.wake(at, Timer::Controller(timer));
    }

    /// Writes a record: the image has it at once, brokers when they fetch it.
    fn write(&mut self, record: MetadataRecord, out: &mut Effects) {
        let before = match &record {
            MetadataRecord::PartitionChange { partition, .. } => self.image.partition(partition).cloned(),
            _ => None,
        };
        Rc::make_mut(&mut self.image).apply(&record);
        if let (Some(before), MetadataRecord::PartitionChange { partition, .. }) = (before, &record)
            && let Some(after) = self.image.partition(partition)
        {
            say_changes(partition, &before, after, out);
        }
        self.batch.push(record);
    }

    /// Ends a batch of records and gives it to whoever waits. With one voter a record is committed once it is written.
    fn commit(&mut self, out: &mut Effects) {
        if self.batch.is_empty() {
            return;
        }
        let batch: Rc<[MetadataRecord]> = std::mem::take(&mut self.batch).into();
        self.log.push((self.image.end_offset - batch.len() as i64, batch));
        for (ticket, offset) in std::mem::take(&mut self.parked) {
            self.answer_fetch(ticket, offset, out);
        }
    }

    fn answer_fetch(&self, ticket: Ticket, offset: i64, out: &mut Effects) {
        let first = self.log.partition_point(|(base, batch)| base + batch.len() as i64 <= offset);
        let rest = self.log.get(first..).unwrap_or(&[]);
        let records: Rc<[MetadataRecord]> = match rest {
            [(base, batch)] if *base == offset => batch.clone(),
            _ => rest.iter().flat_map(|(base, batch)| batch.iter().skip((offset - base).max(0) as usize)).cloned().collect(),
        };
        out.answer(ticket, Response::FetchMetadata { offset, records, high_watermark: self.image.end_offset });
    }

    /// A topic's configuration: its own, else the cluster's dynamic value.
    fn topic_value(&self, topic: &Topic, name: &str) -> Option<&Rc<str>> {
        let cluster = || self.image.configs.get(&ConfigResource::Broker(None)).and_then(|c| c.get(name));
        self.image.topic_config(topic, name).or_else(cluster)
    }
}

/// Why an administrator's request was refused.
pub(super) struct Refused {
    error: ErrorCode,
    nearest: Option<Rc<str>>,
}

impl From<ErrorCode> for Refused {
    fn from(error: ErrorCode) -> Refused {
        Refused { error, nearest: None }
    }
}

fn say_changes(
    partition: &TopicPartition,
    before: &super::registration::PartitionRegistration,
    after: &super::registration::PartitionRegistration,
    out: &mut Effects,
) {
    use super::registration::LeaderRecoveryState::Recovering;
    if before.leader_epoch != after.leader_epoch {
        let unclean = after.leader_recovery_state == Recovering && before.leader_recovery_state != Recovering;
        out.fact(Fact::LeaderElected {
            partition: partition.clone(),
            from: before.leader,
            to: after.leader,
            leader_epoch: after.leader_epoch,
            unclean,
        });
    }
    let sorted = |ids: &[i32]| {
        let mut ids = ids.to_vec();
        crate::sort::sort(&mut ids);
        ids
    };
    let (from, to) = (sorted(&before.isr), sorted(&after.isr));
    if from != to {
        out.fact(Fact::IsrChanged { partition: partition.clone(), from, to });
    }
}
