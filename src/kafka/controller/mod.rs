//! The controller: it decides, writes what it decides to the metadata log, and lets brokers read it (`kafka-semantics` 5).

mod brokers;
mod directories;
pub mod log;
mod partitions;
pub mod quorum;
mod raft;
mod topics;
pub(crate) use topics::say_not_simulated;

use super::effect::{Effects, Ticket, Timer};
use super::errors::ErrorCode;
use super::fact::Fact;
use super::metadata::{MetadataImage, MetadataRecord};
use super::protocol::{AdminRequest, ConfigResource, FetchMetadata, Incoming, Request, Response};
use super::record::{DirectoryId, Topic, TopicPartition};
use super::registration::LeaderRecoveryState::Recovering;
use super::registration::PartitionRegistration;
use crate::map::Map;
use crate::sim::Micros;
use log::MetadataLog;
use quorum::{Quorum, QuorumRole, QuorumSettings};
use std::rc::Rc;

/// A controller's timers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ControllerTimer {
    /// Fence a broker whose session ran out.
    FenceStaleBroker(u32),
    /// Move leaderships to preferred replicas; of the quorum's epoch in which it was set.
    ElectPreferred(i32),
    /// Elect uncleanly where that is allowed; likewise.
    ElectUnclean(i32),
    /// A parked metadata fetch has waited long enough.
    FetchDue(Ticket),
    /// The patience of this voter may be over; with the instant it was set for.
    Quorum(Micros),
    /// Tell those who do not fetch of the epoch again.
    BeginQuorumEpoch(i32),
    /// Fetch from the leader of an epoch again.
    Fetch(i32),
    /// A stopping leader has waited long enough.
    Exit,
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
    pub bump_leader_epoch_on_isr_shrink: bool,
    pub num_partitions: i32,
    pub default_replication_factor: i16,
    pub quorum: QuorumSettings,
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

/// A fetch of the metadata log that waits for news.
#[derive(Clone, Debug)]
struct Parked {
    ticket: Ticket,
    fetch: FetchMetadata,
}

/// What is said when all that was written before is committed.
#[derive(Clone, Debug)]
enum Deferred {
    Fact(Fact),
    Answer(Ticket, Response),
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
    /// What its log says: of the active controller to its end, of any other as far as it is known to be committed.
    pub image: Rc<MetadataImage>,
    /// When brokers last spoke; memory only.
    pub contacts: Map<i32, Contact>,
    /// Its part in the quorum.
    pub quorum: Quorum,
    /// It leads the quorum and has read all that was committed before: it decides.
    pub is_active: bool,
    log: MetadataLog,
    /// While it leads others: what is committed.
    committed: Option<Rc<MetadataImage>>,
    batch: Vec<MetadataRecord>,
    parked: Vec<Parked>,
    deferred: Vec<(i64, Deferred)>,
    fence_check: u32,
}

impl Controller {
    /// A controller that has never run; its log begins with what formatting wrote: the cluster's min.insync.replicas (5.6).
    pub fn new(id: i32, voters: Vec<i32>, settings: ControllerSettings) -> Controller {
        let min_isr = Rc::from(settings.min_insync_replicas.to_string());
        let mut controller = Controller {
            id,
            settings,
            running: false,
            image: Rc::default(),
            contacts: Map::new(),
            quorum: Quorum::new(id, voters),
            is_active: false,
            log: MetadataLog::default(),
            committed: None,
            batch: Vec::new(),
            parked: Vec::new(),
            deferred: Vec::new(),
            fence_check: 0,
        };
        let record =
            MetadataRecord::Config { resource: ConfigResource::Broker(None), name: "min.insync.replicas".into(), value: Some(min_isr) };
        Rc::make_mut(&mut controller.image).apply(&record);
        controller.log.append(0, Rc::from(vec![record]));
        controller.quorum.high_watermark = controller.log.end_offset();
        controller
    }

    /// What it knows to be committed.
    pub fn committed(&self) -> &Rc<MetadataImage> {
        self.committed.as_ref().unwrap_or(&self.image)
    }

    /// Its metadata log.
    pub fn log(&self) -> &MetadataLog {
        &self.log
    }

    /// Starts the process.
    pub fn start(&mut self, now: Micros, out: &mut Effects) {
        self.running = true;
        out.fact(Fact::Started);
        self.join_quorum(now, out);
    }

    /// It leads and knows what was decided before it: every unfenced broker gets a fresh session (5.1).
    fn activate(&mut self, now: Micros, out: &mut Effects) {
        self.is_active = true;
        let epoch = self.quorum.epoch;
        if !self.quorum.is_alone() {
            out.fact(Fact::ControllerActivated { epoch });
        }
        for (id, broker) in &self.image.brokers {
            if !broker.fenced {
                let contact = Contact { epoch: broker.epoch, last_at: now, metadata_offset: -1, controlled_shutdown_offset: None };
                self.contacts.insert(*id, contact);
            }
        }
        self.schedule_fence_check(now, self.fence_interval(), out);
        if self.settings.auto_leader_rebalance_enable {
            self.wake(now + self.settings.leader_imbalance_check_interval, ControllerTimer::ElectPreferred(epoch), out);
        }
        self.wake(now + self.settings.unclean_leader_election_interval, ControllerTimer::ElectUnclean(epoch), out);
    }

    /// It no longer leads: what it wrote and nobody committed never happened, and whoever waited for it asks the next one.
    fn step_down(&mut self, out: &mut Effects) {
        if self.quorum.role != QuorumRole::Leader {
            return;
        }
        if self.is_active {
            out.fact(Fact::ControllerRenounced { epoch: self.quorum.epoch });
        }
        self.is_active = false;
        self.fence_check += 1;
        self.contacts.clear();
        self.batch.clear();
        if let Some(committed) = self.committed.take() {
            self.image = committed;
        }
        for (_, deferred) in std::mem::take(&mut self.deferred) {
            if let Deferred::Answer(ticket, response) = deferred {
                out.answer(ticket, not_controller(&response));
            }
        }
        for parked in std::mem::take(&mut self.parked) {
            self.refuse_fetch(parked.ticket, ErrorCode::NotLeaderOrFollower, out);
        }
    }

    /// The process is gone; the log stays.
    pub fn crash(&mut self) {
        self.running = false;
        self.is_active = false;
        self.fence_check += 1;
        if let Some(committed) = self.committed.take() {
            self.image = committed;
        }
        self.quorum.crash();
        self.contacts.clear();
        self.parked.clear();
        self.deferred.clear();
        self.batch.clear();
    }

    /// Serves a request.
    pub fn on_request(&mut self, now: Micros, incoming: Incoming, out: &mut Effects) {
        if !self.on_quorum_request(now, incoming.ticket, &incoming.request, out) {
            self.on_broker_request(now, incoming, out);
        }
        self.commit(now, out);
    }

    fn on_broker_request(&mut self, now: Micros, incoming: Incoming, out: &mut Effects) {
        let ticket = incoming.ticket;
        let answer = match &*incoming.request {
            Request::BrokerRegistration { broker, incarnation, rack, previous_epoch, directories } if self.is_active => {
                let registering = Registering { incarnation: *incarnation, rack, previous_epoch: *previous_epoch, directories };
                let answer = self.register_broker(now, *broker, registering);
                let (error, epoch) = match answer {
                    Ok(epoch) => (ErrorCode::None, epoch),
                    Err(error) => (error, -1),
                };
                Response::BrokerRegistration { error, epoch }
            }
            Request::BrokerRegistration { .. } => Response::BrokerRegistration { error: ErrorCode::NotController, epoch: -1 },
            Request::BrokerHeartbeat { broker, metadata_offset, want_fence, want_shut_down, offline_directories } if self.is_active => {
                let answer = self.on_heartbeat(now, *broker, *metadata_offset, *want_fence, *want_shut_down);
                if matches!(answer, Response::BrokerHeartbeat { error: ErrorCode::None, .. }) {
                    self.directories_offline(broker.id, offline_directories);
                }
                answer
            }
            Request::BrokerHeartbeat { .. } => brokers::refuse_heartbeat(ErrorCode::NotController),
            Request::AssignReplicasToDirs { broker, replicas } if self.is_active => {
                Response::AssignReplicasToDirs(self.assign_replicas_to_dirs(*broker, replicas))
            }
            Request::AssignReplicasToDirs { .. } => Response::AssignReplicasToDirs(ErrorCode::NotController),
            Request::AlterPartition { broker, changes } if self.is_active => self.alter_partitions(*broker, changes),
            Request::AlterPartition { .. } => Response::AlterPartition { error: ErrorCode::NotController, partitions: Vec::new() },
            Request::AllocateProducerIds { .. } if self.is_active => {
                let first = self.image.next_producer_id;
                self.write(MetadataRecord::ProducerIds { next: first + 1000 });
                Response::AllocateProducerIds { error: ErrorCode::None, first, count: 1000 }
            }
            Request::AllocateProducerIds { .. } => Response::AllocateProducerIds { error: ErrorCode::NotController, first: -1, count: 0 },
            Request::Admin(request) if self.is_active => Response::Admin(self.on_admin(request, out)),
            Request::Admin(_) => Response::Admin(ErrorCode::NotController),
            _ => {
                out.hang_up(ticket, true);
                return;
            }
        };
        self.deferred.push((self.image.end_offset, Deferred::Answer(ticket, answer)));
    }

    fn on_admin(&mut self, request: &AdminRequest, out: &mut Effects) -> ErrorCode {
        let done = match request {
            AdminRequest::CreateTopics(topics) => topics.iter().try_for_each(|t| self.create_topic(t, out)),
            AdminRequest::CreatePartitions { topic, count } => self.create_partitions(topic, *count, out),
            AdminRequest::DeleteTopics(topics) => topics.iter().try_for_each(|t| self.delete_topic(t)),
            AdminRequest::AlterConfigs { resource, configs } => self.alter_configs(resource, configs, out),
            AdminRequest::ElectLeaders { election, partition } => self.elect_leaders(*election, partition),
            AdminRequest::AlterPartitionReassignments { partition, replicas } => self.reassign(partition, replicas.as_deref()),
            AdminRequest::UnregisterBroker { broker } => self.unregister_broker(*broker),
        };
        match done {
            Ok(()) => ErrorCode::None,
            Err(refusal) => {
                self.say(Fact::AdminRefused { request: request.name(), error: refusal.error, nearest: refusal.nearest });
                refusal.error
            }
        }
    }

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
            ControllerTimer::ElectPreferred(epoch) => {
                if self.is_active && epoch == self.quorum.epoch {
                    self.elect_preferred_leaders();
                    self.wake(now + self.settings.leader_imbalance_check_interval, timer, out);
                }
            }
            ControllerTimer::ElectUnclean(epoch) => {
                if self.is_active && epoch == self.quorum.epoch {
                    self.elect_unclean_leaders();
                    self.wake(now + self.settings.unclean_leader_election_interval, timer, out);
                }
            }
            ControllerTimer::FetchDue(ticket) => self.on_fetch_due(ticket, out),
            ControllerTimer::Quorum(set_for) => self.on_quorum_timer(now, set_for, out),
            ControllerTimer::BeginQuorumEpoch(epoch) => self.on_begin_timer(now, epoch, out),
            ControllerTimer::Fetch(epoch) => self.on_fetch_timer(epoch, out),
            ControllerTimer::Exit => out.exit(),
        }
        self.commit(now, out);
    }

    fn wake(&self, at: Micros, timer: ControllerTimer, out: &mut Effects) {
        out.wake(at, Timer::Controller(timer));
    }

    /// States a fact once all that was written before it is committed.
    fn say(&mut self, fact: Fact) {
        self.deferred.push((self.image.end_offset, Deferred::Fact(fact)));
    }

    /// Writes a record: this image has it at once, all others when they fetch it.
    fn write(&mut self, record: MetadataRecord) {
        let before = match &record {
            MetadataRecord::PartitionChange { partition, .. } => self.image.partition(partition).cloned(),
            _ => None,
        };
        Rc::make_mut(&mut self.image).apply(&record);
        if let (Some(before), MetadataRecord::PartitionChange { partition, .. }) = (before, &record)
            && let Some(after) = self.image.partition(partition).cloned()
        {
            self.say_changes(partition, &before, &after);
        }
        self.batch.push(record);
    }

    /// Ends a batch of records, and says what waited for a commit. With one voter a record is committed once it is written.
    fn commit(&mut self, now: Micros, out: &mut Effects) {
        let wrote = !self.batch.is_empty();
        if wrote {
            let batch: Rc<[MetadataRecord]> = std::mem::take(&mut self.batch).into();
            self.log.append(self.quorum.epoch, batch);
            self.advance_high_watermark(now, out);
        }
        self.say_deferred(out);
        if wrote {
            self.answer_parked(out);
        }
    }

    /// A leader sees how far a majority has read.
    fn advance_high_watermark(&mut self, now: Micros, out: &mut Effects) {
        if self.quorum.role == QuorumRole::Leader
            && let Some(offset) = self.quorum.majority_offset(&self.log)
        {
            self.quorum.high_watermark = offset;
            self.apply_committed();
            if !self.is_active {
                self.activate(now, out);
            }
            self.say_deferred(out);
            self.answer_parked(out);
        }
    }

    /// Reads on what is committed.
    fn apply_committed(&mut self) {
        let image = match &mut self.committed {
            Some(committed) => committed,
            None if self.quorum.role == QuorumRole::Leader => return,
            None => &mut self.image,
        };
        let image = Rc::make_mut(image);
        for batch in self.log.batches(image.end_offset, self.quorum.high_watermark) {
            for record in &*batch.records {
                image.apply(record);
            }
        }
    }

    fn say_deferred(&mut self, out: &mut Effects) {
        let committed = self.quorum.high_watermark;
        // One that does not decide has written nothing: what it says waits for nothing.
        let ready = if self.quorum.role == QuorumRole::Leader {
            self.deferred.partition_point(|(offset, _)| *offset <= committed)
        } else {
            self.deferred.len()
        };
        for (_, deferred) in self.deferred.drain(..ready) {
            match deferred {
                Deferred::Fact(fact) => out.fact(fact),
                Deferred::Answer(ticket, response) => out.answer(ticket, response),
            }
        }
    }

    fn say_changes(&mut self, partition: &TopicPartition, before: &PartitionRegistration, after: &PartitionRegistration) {
        if before.leader_epoch != after.leader_epoch {
            let unclean = after.leader_recovery_state == Recovering && before.leader_recovery_state != Recovering;
            self.say(Fact::LeaderElected {
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
            self.say(Fact::IsrChanged { partition: partition.clone(), from, to });
        }
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

/// The same answer, of one that does not decide.
fn not_controller(answer: &Response) -> Response {
    let error = ErrorCode::NotController;
    match answer {
        Response::BrokerRegistration { .. } => Response::BrokerRegistration { error, epoch: -1 },
        Response::BrokerHeartbeat { .. } => brokers::refuse_heartbeat(error),
        Response::AlterPartition { .. } => Response::AlterPartition { error, partitions: Vec::new() },
        Response::AssignReplicasToDirs(_) => Response::AssignReplicasToDirs(error),
        Response::AllocateProducerIds { .. } => Response::AllocateProducerIds { error, first: -1, count: 0 },
        _ => Response::Admin(error),
    }
}
