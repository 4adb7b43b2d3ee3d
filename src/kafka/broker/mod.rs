//! A broker: its process, its disk, and the way a request, an answer or a timer takes to the part that handles it.

mod answers;
pub use answers::is_valid_topic_name;
mod coordinator;
mod deadlines;
mod disk;
pub use disk::{Directory, Disk};
mod fetch;
mod fetcher;
mod isr;
mod lifecycle;
mod log_config;
mod metadata;
mod produce;
pub mod settings;
pub mod truncation;

use super::effect::{CallId, Effects, Reply, Ticket, Timer};
use super::group::coordinator::GroupCoordinator;
use super::group::effects::GroupTimer;
use super::log::Log;
use super::metadata::MetadataImage;
use super::protocol::{AdminRequest, BrokerEpoch, Incoming, QuorumLeader, Request, Response};
use super::record::TopicPartition;
use super::replica::Replica;
use super::zk::{ZkClient, ZkTimer};
use crate::map::{Map, Set};
use crate::sim::{Micros, NodeId};
use deadlines::Deadlines;
use disk::Write;
use fetch::DelayedFetch;
use fetcher::Fetcher;
use log_config::LogConfigs;
use produce::DelayedProduce;
use settings::BrokerSettings;
use std::collections::VecDeque;
use std::rc::Rc;

/// A broker's timers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BrokerTimer {
    /// Register or send the next heartbeat; the number tells a stale one.
    Lifecycle(u32),
    /// The controller should have registered the broker by now.
    RegistrationDeadline,
    /// The controller's leave to stop has been waited for long enough.
    ShutdownDeadline,
    /// Fetch metadata again.
    Metadata,
    /// Fetch again from a leader after a back-off.
    Fetcher(i32),
    /// A parked fetch or produce may have waited long enough.
    RequestsDue,
    /// Look for followers that fell behind.
    IsrCheck,
    /// Write the high watermarks to disk.
    HighWatermarkCheckpoint,
    /// Propose ISR changes again.
    AlterPartition,
    /// Forward what waits for the controller again.
    Forward,
    /// A slow disk may have written.
    Write,
    /// Flush what has waited long enough.
    Flush,
    /// The controller may not know yet that a log directory failed.
    DirectoryFailure,
    /// Tell the controller again in which directories replicas are.
    AssignDirectories,
    /// Of the group coordinator.
    Group(GroupTimer),
    /// Of ZooKeeper mode.
    Zk(ZkTimer),
}

/// A broker's own state (`kafka-semantics` 5.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BrokerState {
    /// No process.
    NotRunning,
    /// Registering, or catching up with the metadata log.
    Starting,
    /// Serving.
    Running,
    /// Giving its leaderships away before it stops.
    ControlledShutdown,
}

#[derive(Clone, Debug)]
struct Forwarded {
    ticket: Ticket,
    deadline: Micros,
}

/// A broker.
#[derive(Clone, Debug)]
pub struct Broker {
    /// Its id.
    pub id: i32,
    /// Its rack.
    pub rack: Option<Rc<str>>,
    /// What it was configured with.
    pub settings: BrokerSettings,
    /// Its state.
    pub state: BrokerState,
    /// Number of the process, one more at each start.
    pub incarnation: u64,
    /// The epoch its registration got; -1 none.
    pub epoch: i64,
    /// Metadata as far as it has read.
    pub image: Rc<MetadataImage>,
    /// The disk.
    pub disk: Disk,
    /// Its replicas while it runs.
    pub replicas: Map<TopicPartition, Replica>,
    /// The group coordinator.
    pub groups: GroupCoordinator,
    /// What the controller said last: fenced.
    pub fenced: bool,
    /// Its side of ZooKeeper mode; none in KRaft.
    pub zk: Option<Box<ZkClient>>,
    /// Who leads the controllers' quorum, as far as it has heard.
    pub quorum: QuorumLeader,
    /// Where controllers are, and which is asked for metadata while no leader answers.
    controllers: Vec<NodeId>,
    bootstrap: usize,
    leader_is_silent: bool,
    lifecycle: u32,
    caught_up: bool,
    publishing: bool,
    log_configs: LogConfigs,
    fetchers: Map<i32, Fetcher>,
    fetches: Map<Ticket, DelayedFetch>,
    deadlines: Deadlines,
    produces: Map<Ticket, DelayedProduce>,
    alter_in_flight: bool,
    /// A timer will send it.
    alter_waits: bool,
    /// A change of some ISR may wait to be sent.
    wants_alter: bool,
    forwarded: Map<CallId, Forwarded>,
    waiting_forwards: Vec<(Forwarded, Rc<Request>)>,
    forward_is_armed: bool,
    coordinator_waits: VecDeque<coordinator::Wait>,
    producer_ids: std::ops::Range<i64>,
    wants_producer_id: Vec<Ticket>,
    auto_creating: Set<super::record::Topic>,
    /// Partitions whose directory failed under this process: KAFKA_STORAGE_ERROR.
    pub(in crate::kafka) offline: Vec<TopicPartition>,
    /// Replicas whose directory the controller does not know.
    unassigned: Vec<TopicPartition>,
    assigning: bool,
    /// What a slow disk has yet to write, with when it will have.
    writes: VecDeque<(Micros, disk::Write)>,
}

impl Broker {
    /// A broker that has never run.
    pub fn new(id: i32, rack: Option<Rc<str>>, settings: BrokerSettings, controllers: Vec<NodeId>) -> Broker {
        let groups = GroupCoordinator::new(settings.groups.clone());
        let zk = settings.zk.clone().map(|zk| Box::new(ZkClient::new(zk)));
        let disk = Disk::formatted(id, &settings.log_dirs);
        // Of one controller everybody knows that it leads.
        let leader = if let [only] = controllers[..] { Some(only.0) } else { None };
        Broker {
            id,
            rack,
            settings,
            state: BrokerState::NotRunning,
            incarnation: 0,
            epoch: -1,
            image: Rc::default(),
            disk,
            replicas: Map::new(),
            groups,
            fenced: true,
            zk,
            quorum: QuorumLeader { epoch: -1, leader },
            controllers,
            bootstrap: 0,
            leader_is_silent: false,
            lifecycle: 0,
            caught_up: false,
            publishing: false,
            log_configs: LogConfigs::default(),
            fetchers: Map::new(),
            fetches: Map::new(),
            deadlines: Deadlines::default(),
            produces: Map::new(),
            alter_in_flight: false,
            alter_waits: false,
            wants_alter: false,
            forwarded: Map::new(),
            waiting_forwards: Vec::new(),
            forward_is_armed: false,
            coordinator_waits: VecDeque::new(),
            producer_ids: 0..0,
            wants_producer_id: Vec::new(),
            auto_creating: Set::new(),
            offline: Vec::new(),
            unassigned: Vec::new(),
            assigning: false,
            writes: VecDeque::new(),
        }
    }

    /// Its `server.properties` was edited while it was stopped.
    pub fn reconfigure(&mut self, settings: BrokerSettings) {
        self.zk = settings.zk.clone().map(|zk| Box::new(ZkClient::new(zk)));
        self.settings = settings;
        self.log_configs = LogConfigs::default();
    }

    /// Its id with its epoch.
    pub fn identity(&self) -> BrokerEpoch {
        BrokerEpoch { id: self.id, epoch: self.epoch }
    }

    /// The log of a partition, of the process or of the disk.
    pub fn log(&self, partition: &TopicPartition) -> Option<&Log> {
        self.replicas.get(partition).map(|r| &r.log).or_else(|| self.disk.logs.get(partition).map(|(_, log)| log))
    }

    /// The process is gone at once: memory is lost, the disk and its page cache stay.
    pub fn crash(&mut self) {
        for (partition, replica) in std::mem::take(&mut self.replicas) {
            self.disk.logs.insert(partition, (replica.topic_id, replica.log));
        }
        let mut cold = Broker::new(self.id, self.rack.clone(), self.settings.clone(), std::mem::take(&mut self.controllers));
        cold.disk = std::mem::take(&mut self.disk);
        cold.incarnation = self.incarnation;
        *self = cold;
    }

    /// Serves a request, a write when the disk is done with it.
    pub fn on_request(&mut self, now: Micros, incoming: Incoming, out: &mut Effects) {
        if let Request::Produce { .. } = &*incoming.request {
            if let Some(Write::Request(incoming)) = self.wait_for_disk(now, Write::Request(incoming), out) {
                self.serve(now, incoming, out);
            }
        } else {
            self.serve(now, incoming, out);
        }
    }

    fn serve(&mut self, now: Micros, incoming: Incoming, out: &mut Effects) {
        let ticket = incoming.ticket;
        if self.zk.as_ref().is_some_and(|zk| zk.closing) {
            out.hang_up(ticket, true);
            return;
        }
        match &*incoming.request {
            Request::Metadata { topics, allow_auto_topic_creation } => {
                self.on_metadata(now, ticket, topics, *allow_auto_topic_creation, out)
            }
            Request::Produce { acks, timeout, batches } => self.on_produce(now, ticket, *acks, *timeout, batches, out),
            Request::Fetch(_) => self.on_fetch(now, ticket, incoming.request.clone(), out),
            Request::ListOffsets { isolation, partitions } => self.on_list_offsets(ticket, *isolation, partitions, out),
            Request::OffsetForLeaderEpoch { partitions } => self.on_offset_for_leader_epoch(ticket, partitions, out),
            Request::InitProducerId => self.on_init_producer_id(now, ticket, out),
            Request::Group(request) => self.on_group(now, ticket, request, out),
            // Configurations are any broker's to change; the others are the controller's alone.
            Request::Admin(request @ AdminRequest::AlterConfigs { .. })
                if self.zk.is_some() && !self.is_zk_controller() && !self.image.brokers.contains_key(&incoming.from.0) =>
            {
                self.on_admin(now, ticket, request, out);
            }
            Request::Admin(_)
            | Request::AlterPartition { .. }
            | Request::AllocateProducerIds { .. }
            | Request::ControlledShutdown { .. }
                if self.zk.is_some() =>
            {
                self.on_controller_request(now, ticket, incoming.request, out);
            }
            Request::Admin(request) => self.on_admin(now, ticket, request, out),
            Request::Control(request) => self.on_control(now, ticket, request, out),
            Request::BrokerRegistration { .. }
            | Request::BrokerHeartbeat { .. }
            | Request::AlterPartition { .. }
            | Request::ControlledShutdown { .. }
            | Request::Zk(_)
            | Request::AssignReplicasToDirs { .. }
            | Request::FetchMetadata(_)
            | Request::Vote { .. }
            | Request::BeginQuorumEpoch { .. }
            | Request::EndQuorumEpoch { .. }
            | Request::AllocateProducerIds { .. } => out.hang_up(ticket, true),
        }
    }

    fn on_admin(&mut self, now: Micros, ticket: Ticket, request: &AdminRequest, out: &mut Effects) {
        let deadline = now + self.settings.request_timeout;
        self.forward(now, ticket, Rc::new(Request::Admin(request.clone())), deadline, out);
    }

    /// Takes the answer to a call, or the news that it broke.
    pub fn on_reply(&mut self, now: Micros, reply: Reply, out: &mut Effects) {
        match &*reply.request {
            Request::BrokerRegistration { .. } => self.on_registered(now, &reply, out),
            Request::BrokerHeartbeat { .. } => self.on_heartbeat_answer(now, &reply, out),
            Request::FetchMetadata(_) => self.on_metadata_fetched(now, &reply, out),
            Request::Fetch(_) => match fetched_bytes(&reply) {
                false => self.on_fetched(now, &reply, out),
                true => {
                    if let Some(Write::Reply(reply)) = self.wait_for_disk(now, Write::Reply(reply), out) {
                        self.on_fetched(now, &reply, out);
                    }
                }
            },
            Request::AssignReplicasToDirs { .. } => self.on_assigned(now, &reply, out),
            Request::OffsetForLeaderEpoch { .. } => self.on_fetched(now, &reply, out),
            Request::AlterPartition { .. } => self.on_altered(now, &reply, out),
            Request::AllocateProducerIds { .. } => self.on_producer_ids(now, &reply, out),
            Request::ListOffsets { .. } => self.on_leader_offsets(now, &reply, out),
            Request::Admin(_) => self.on_forwarded(now, reply, out),
            Request::Zk(_) => self.on_zk_reply(now, &reply, out),
            Request::Control(_) => self.on_control_reply(now, &reply, out),
            Request::ControlledShutdown { .. } => self.on_controlled_shutdown(now, &reply, out),
            _ => {}
        }
    }

    /// Does what is due.
    pub fn on_timer(&mut self, now: Micros, timer: BrokerTimer, out: &mut Effects) {
        if self.state == BrokerState::NotRunning {
            return;
        }
        match timer {
            BrokerTimer::Lifecycle(number) => {
                if number == self.lifecycle {
                    self.on_lifecycle_timer(now, out);
                }
            }
            BrokerTimer::RegistrationDeadline => self.on_registration_deadline(out),
            BrokerTimer::ShutdownDeadline => self.on_shutdown_deadline(out),
            BrokerTimer::Metadata => self.fetch_metadata(out),
            BrokerTimer::Fetcher(leader) => self.run_fetcher(now, leader, out),
            BrokerTimer::RequestsDue => {
                for ticket in self.deadlines.take_due(now) {
                    self.expire_produce(now, ticket, out);
                    self.try_fetch(ticket, None, out);
                }
                self.arm_deadline(out);
            }
            BrokerTimer::IsrCheck => self.check_isrs(now, out),
            BrokerTimer::HighWatermarkCheckpoint => {
                self.checkpoint_high_watermarks();
                self.wake(now + self.settings.high_watermark_checkpoint_interval, BrokerTimer::HighWatermarkCheckpoint, out);
            }
            BrokerTimer::AlterPartition => self.on_alter_timer(now, out),
            BrokerTimer::Write => self.finish_writes(now, out),
            BrokerTimer::Flush => self.flush_dirty_logs(now, out),
            BrokerTimer::DirectoryFailure => self.on_directory_deadline(now, out),
            BrokerTimer::AssignDirectories => self.assign_directories(out),
            BrokerTimer::Forward => {
                self.forward_is_armed = false;
                self.retry_waiting(now, out);
            }
            BrokerTimer::Group(timer) => self.on_group_timer(now, timer, out),
            BrokerTimer::Zk(timer) => self.on_zk_timer(now, timer, out),
        }
    }

    pub(super) fn wake(&self, at: Micros, timer: BrokerTimer, out: &mut Effects) {
        out.wake(at, Timer::Broker(timer));
    }

    fn arm_deadline(&mut self, out: &mut Effects) {
        if let Some(at) = self.deadlines.arm() {
            self.wake(at, BrokerTimer::RequestsDue, out);
        }
    }

    /// The controller that decides, as far as this broker has heard.
    pub(super) fn controller(&self) -> Option<NodeId> {
        let known = self.zk.as_ref().map_or(self.quorum.leader, |zk| Some(zk.controller_id).filter(|id| *id >= 0));
        known.map(NodeId)
    }
}

/// Whether an answer to a fetch has something to write.
fn fetched_bytes(reply: &Reply) -> bool {
    matches!(&reply.result, Ok(Response::Fetch(answer)) if answer.iter().any(|p| !p.batches.is_empty()))
}
