//! The controller of a ZooKeeper cluster: one broker's single thread that takes events in turn (KafkaController.scala). An event is
//! thought through at once; what it leads to waits until ZooKeeper has taken the writes, and so does the next event.

use super::channel::Channel;
use super::client::ZkTimer;
use super::context::{Batch, Plan};
use super::deletion::Deletion;
use super::partitions::Strategy;
use super::protocol::ZkRequest;
use super::tree::ZkWrite;
use crate::kafka::broker::{Broker, BrokerTimer};
use crate::kafka::controller::ControllerSettings;
use crate::kafka::effect::{self, Effects, Ticket};
use crate::kafka::errors::ErrorCode;
use crate::kafka::fact::Fact;
use crate::kafka::metadata::MetadataImage;
use crate::kafka::protocol::{AdminRequest, AlterPartitionItem, AlteredPartition, BrokerEpoch, Request, Response};
use crate::kafka::record::{Topic, TopicPartition};
use crate::kafka::registration::LeaderRecoveryState;
use crate::map::Map;
use crate::sim::{Micros, SECOND};
use std::collections::VecDeque;
use std::rc::Rc;

/// How long after its election a controller first looks whether preferred replicas should lead.
const FIRST_BALANCE: Micros = 5 * SECOND;

/// What the controller's thread takes in turn (ControllerEvent).
#[derive(Clone, Debug)]
pub(super) enum Event {
    /// It has just been elected.
    Failover { deletions: Vec<Topic> },
    /// The children of `/brokers/ids` changed.
    BrokerChange { image: Rc<MetadataImage> },
    /// Brokers left notes that a log directory failed.
    LogDirsFailed { brokers: Vec<i32> },
    /// A broker answered LeaderAndIsr: replicas in failed directories, and others that are well.
    Replicas { broker: i32, failed: Vec<TopicPartition>, well: Vec<TopicPartition> },
    /// Look whether preferred replicas should lead.
    Balance,
    /// A leader proposes ISR changes, a broker wants to stop, an administrator or a broker asks for something.
    Request { ticket: Ticket, request: Rc<Request> },
    /// A broker answered a StopReplica that deletes.
    Deleted { broker: i32, partitions: Vec<TopicPartition> },
}

/// The controller's memory.
#[derive(Clone, Debug)]
pub struct ZkController {
    /// The broker it lives in.
    pub id: i32,
    /// Its epoch.
    pub epoch: i32,
    /// Brokers alive, topics, partitions, configurations.
    pub image: Rc<MetadataImage>,
    pub(super) settings: ControllerSettings,
    pub(super) imbalance_percentage: i32,
    pub(super) shutting_down: Vec<i32>,
    /// Replicas in log directories that failed.
    pub(super) failed_dirs: Vec<(i32, TopicPartition)>,
    pub(super) offline: Vec<TopicPartition>,
    pub(super) deletions: Vec<Deletion>,
    pub(super) batch: Batch,
    pub(super) plan: Plan,
    pub(super) channels: Map<i32, Channel>,
    queue: VecDeque<Event>,
    /// The writes that ZooKeeper has not answered yet.
    busy: Option<Rc<[ZkWrite]>>,
}

impl Broker {
    pub(super) fn become_controller(&mut self, now: Micros, epoch: i32, image: Rc<MetadataImage>, deletions: &[Topic], out: &mut Effects) {
        let Some(zk) = &mut self.zk else { return };
        let settings = zk.settings.controller.clone();
        zk.controller_id = self.id;
        let balance = settings.auto_leader_rebalance_enable;
        zk.active = Some(Box::new(ZkController {
            id: self.id,
            epoch,
            image,
            settings,
            imbalance_percentage: zk.settings.leader_imbalance_per_broker_percentage,
            shutting_down: Vec::new(),
            failed_dirs: Vec::new(),
            offline: Vec::new(),
            deletions: Vec::new(),
            batch: Batch::default(),
            plan: Plan::default(),
            channels: Map::new(),
            queue: VecDeque::new(),
            busy: None,
        }));
        self.put_event(now, Event::Failover { deletions: deletions.to_vec() }, out);
        if balance {
            self.wake(now + FIRST_BALANCE, BrokerTimer::Zk(ZkTimer::Balance(epoch)), out);
        }
    }

    /// The broker is not the controller any more: all it had in hand is dropped.
    pub(super) fn resign_controller(&mut self, out: &mut Effects) {
        let Some(active) = self.zk.as_mut().and_then(|zk| zk.active.take()) else { return };
        out.fact(Fact::ControllerResigned { broker: self.id, epoch: active.epoch });
        for (ticket, answer) in active.plan.answers {
            out.answer(ticket, not_controller(&answer));
        }
        for event in active.queue {
            if let Event::Request { ticket, request } = event {
                refuse(ticket, &request, out);
            }
        }
    }

    pub(super) fn put_event(&mut self, now: Micros, event: Event, out: &mut Effects) {
        let Some(active) = self.zk.as_mut().and_then(|zk| zk.active.as_mut()) else { return };
        active.queue.push_back(event);
        self.run_controller(now, out);
    }

    /// A request for the controller; answered with NOT_CONTROLLER by any other broker.
    pub(in crate::kafka) fn on_controller_request(&mut self, now: Micros, ticket: Ticket, request: Rc<Request>, out: &mut Effects) {
        if self.is_zk_controller() {
            self.put_event(now, Event::Request { ticket, request }, out);
        } else {
            refuse(ticket, &request, out);
        }
    }

    /// Whether the controller lives here, as far as this broker knows.
    pub fn is_zk_controller(&self) -> bool {
        self.zk.as_ref().is_some_and(|zk| zk.active.is_some())
    }

    pub(super) fn on_balance_timer(&mut self, now: Micros, epoch: i32, out: &mut Effects) {
        let Some(active) = self.zk.as_mut().and_then(|zk| zk.active.as_mut()).filter(|a| a.epoch == epoch) else { return };
        let interval = active.settings.leader_imbalance_check_interval;
        self.put_event(now, Event::Balance, out);
        self.wake(now + interval, BrokerTimer::Zk(ZkTimer::Balance(epoch)), out);
    }

    /// Takes events as long as none waits for ZooKeeper.
    fn run_controller(&mut self, now: Micros, out: &mut Effects) {
        loop {
            let Some(active) = self.zk.as_mut().and_then(|zk| zk.active.as_mut()) else { return };
            if active.busy.is_some() {
                return;
            }
            let Some(event) = active.queue.pop_front() else { return };
            active.process(event, out);
            if active.plan.writes.is_empty() {
                self.carry_out(now, out);
            } else {
                active.busy = Some(active.plan.writes.clone().into());
                self.write_zk(out);
            }
        }
    }

    /// Sends the writes under way, if there are any.
    pub(super) fn write_zk(&mut self, out: &mut Effects) {
        let Some(zk) = &self.zk else { return };
        let Some((epoch, Some(writes))) = zk.active.as_ref().map(|a| (a.epoch, a.busy.clone())) else { return };
        let request = ZkRequest::Multi { session: zk.session, controller_epoch: epoch, writes };
        self.call_zk(effect::Channel::Control, request, out);
    }

    pub(super) fn on_zk_written(&mut self, now: Micros, writes: &Rc<[ZkWrite]>, out: &mut Effects) {
        let Some(active) = self.zk.as_mut().and_then(|zk| zk.active.as_mut()) else { return };
        if active.busy.as_ref().is_none_or(|busy| !Rc::ptr_eq(busy, writes)) {
            return;
        }
        active.busy = None;
        self.carry_out(now, out);
        self.run_controller(now, out);
    }

    /// What an event leads to becomes known.
    fn carry_out(&mut self, now: Micros, out: &mut Effects) {
        let Some(active) = self.zk.as_mut().and_then(|zk| zk.active.as_mut()) else { return };
        let plan = std::mem::take(&mut active.plan);
        for fact in plan.facts {
            out.fact(fact);
        }
        for (broker, request) in plan.sends {
            self.queue_control(now, broker, request, out);
        }
        for (ticket, response) in plan.answers {
            out.answer(ticket, response);
        }
    }
}

impl ZkController {
    fn process(&mut self, event: Event, out: &mut Effects) {
        match event {
            Event::Failover { deletions } => self.on_failover(deletions),
            Event::BrokerChange { image } => self.on_broker_change(&image),
            Event::LogDirsFailed { brokers } => self.on_log_dirs_failed(&brokers),
            Event::Replicas { broker, failed, well } => self.on_replicas(broker, failed, &well),
            Event::Balance => self.balance(),
            Event::Deleted { broker, partitions } => self.on_replicas_deleted(broker, &partitions),
            Event::Request { ticket, request } => {
                let answer = match &*request {
                    Request::AlterPartition { broker, changes } => Some(self.alter_partitions(*broker, changes)),
                    Request::ControlledShutdown { broker } => Some(self.controlled_shutdown(*broker)),
                    Request::AllocateProducerIds { broker } => Some(self.allocate_producer_ids(*broker)),
                    Request::Admin(request) => Some(self.on_admin(request, out)),
                    _ => None,
                };
                if let Some(answer) = answer {
                    self.plan.answers.push((ticket, answer));
                }
            }
        }
    }

    fn everyone(&self) -> Vec<i32> {
        self.image.brokers.keys().copied().collect()
    }

    /// onControllerFailover: all brokers hear of the controller, then replicas of the dead leave the ISRs, then leaders are elected.
    fn on_failover(&mut self, deletions: Vec<Topic>) {
        self.deletions = deletions.into_iter().map(Deletion::new).collect();
        let everyone = self.everyone();
        self.send_metadata(&everyone, &[]);
        for broker in &everyone {
            for partition in self.replicas_on(*broker) {
                self.tell_leader_and_isr(&[*broker], &partition);
            }
        }
        self.send_batch();
        let mut dead = Vec::new();
        for t in self.image.topics.values() {
            for r in &t.partitions {
                for id in r.replicas.iter().filter(|id| !everyone.contains(id)) {
                    if !dead.contains(id) {
                        dead.push(*id);
                    }
                }
            }
        }
        crate::sort::sort(&mut dead);
        for broker in dead {
            let partitions = self.replicas_on(broker);
            self.take_offline(broker, &partitions);
        }
        self.send_batch();
        self.mark_offline();
        self.trigger_online(None);
        self.resume_reassignments(|_| true);
        self.resume_deletions();
    }

    fn on_broker_change(&mut self, image: &MetadataImage) {
        let known = self.everyone();
        let (mut added, mut bounced) = (Vec::new(), Vec::new());
        for (id, b) in &image.brokers {
            match self.image.brokers.get(id) {
                None => added.push(*id),
                Some(before) if b.epoch > before.epoch => bounced.push(*id),
                Some(_) => {}
            }
        }
        let dead: Vec<i32> = known.into_iter().filter(|id| !image.brokers.contains_key(id)).collect();
        for id in bounced.iter().chain(&dead) {
            self.channels.remove(id);
        }
        if !added.is_empty() {
            self.add_brokers(&added, image);
        }
        if !bounced.is_empty() {
            self.remove_brokers(&bounced);
            self.add_brokers(&bounced, image);
        }
        if !dead.is_empty() {
            self.remove_brokers(&dead);
        }
    }

    /// onBrokerStartup.
    fn add_brokers(&mut self, ids: &[i32], image: &MetadataImage) {
        let existing = self.everyone();
        self.failed_dirs.retain(|(id, _)| !ids.contains(id));
        let brokers = &mut Rc::make_mut(&mut self.image).brokers;
        for id in ids {
            if let Some(b) = image.brokers.get(id) {
                brokers.insert(*id, b.clone());
            }
        }
        self.send_metadata(&existing, &[]);
        let all = self.partitions_where(|_, _| true);
        self.send_metadata(ids, &all);
        for id in ids {
            for partition in self.replicas_on(*id) {
                self.tell_leader_and_isr(&[*id], &partition);
            }
        }
        self.send_batch();
        self.trigger_online(None);
        self.resume_reassignments(|r| r.replicas.iter().any(|id| ids.contains(id) && !r.removing_replicas.contains(id)));
        self.retry_deletions(ids);
    }

    /// onBrokerLogDirFailure: LeaderAndIsr asks the broker how its replicas are.
    fn on_log_dirs_failed(&mut self, brokers: &[i32]) {
        for broker in brokers {
            for partition in self.replicas_on(*broker) {
                self.tell_leader_and_isr(&[*broker], &partition);
            }
        }
        self.send_batch();
        self.write(ZkWrite::ForgetLogDirs);
    }

    /// processLeaderAndIsrResponseReceived: replicas that have just failed are taken offline.
    fn on_replicas(&mut self, broker: i32, mut failed: Vec<TopicPartition>, well: &[TopicPartition]) {
        self.failed_dirs.retain(|(id, p)| *id != broker || !well.contains(p));
        failed.retain(|p| !self.failed_dirs.iter().any(|(id, known)| *id == broker && known == p));
        if failed.is_empty() {
            return;
        }
        self.failed_dirs.extend(failed.iter().map(|p| (broker, p.clone())));
        self.mark_offline();
        self.trigger_online(None);
        self.take_offline(broker, &failed);
        self.send_batch();
    }

    /// onBrokerFailure: leaders first, then the replicas of the dead.
    fn remove_brokers(&mut self, ids: &[i32]) {
        let brokers = &mut Rc::make_mut(&mut self.image).brokers;
        for id in ids {
            brokers.remove(id);
        }
        self.shutting_down.retain(|id| !ids.contains(id));
        self.failed_dirs.retain(|(id, _)| !ids.contains(id));
        let writes = self.plan.writes.len();
        self.mark_offline();
        self.trigger_online(None);
        let mut any = false;
        for id in ids {
            let mut partitions = self.replicas_on(*id);
            partitions.retain(|p| !self.is_deleting(p));
            any |= !partitions.is_empty();
            self.take_offline(*id, &partitions);
        }
        self.send_batch();
        self.fail_deletions(ids);
        if !any && self.plan.writes.len() == writes {
            let everyone = self.everyone();
            self.send_metadata(&everyone, &[]);
        }
    }

    /// checkAndTriggerAutoLeaderRebalance: broker by broker, where too many of its partitions are led by others.
    fn balance(&mut self) {
        let mut preferred: Vec<i32> = Vec::new();
        for t in self.image.topics.values() {
            preferred.extend(t.partitions.iter().filter_map(|r| r.replicas.first()));
        }
        crate::sort::sort(&mut preferred);
        preferred.dedup();
        for broker in preferred {
            let its = self.partitions_where(|p, r| r.replicas.first() == Some(&broker) && !self.is_deleting(p));
            let led_by_others: Vec<TopicPartition> =
                its.iter().filter(|p| self.state(p).is_some_and(|r| r.leader != broker)).cloned().collect();
            if led_by_others.len() as i64 * 100 > its.len() as i64 * i64::from(self.imbalance_percentage) {
                for partition in led_by_others {
                    let _ = self.elect(&partition, Strategy::Preferred);
                }
                self.send_batch();
            }
        }
    }

    fn has_epoch(&self, broker: BrokerEpoch) -> bool {
        self.image.brokers.get(&broker.id).is_some_and(|b| b.epoch == broker.epoch)
    }

    fn alter_partitions(&mut self, broker: BrokerEpoch, changes: &[AlterPartitionItem]) -> Response {
        if !self.has_epoch(broker) {
            return Response::AlterPartition { error: ErrorCode::StaleBrokerEpoch, partitions: Vec::new() };
        }
        let mut partitions = Vec::with_capacity(changes.len());
        for item in changes {
            let error = self.alter_partition(broker, item).err().unwrap_or(ErrorCode::None);
            partitions.push(AlteredPartition::new(&item.partition, error, self.state(&item.partition)));
            self.tell_metadata(&item.partition);
        }
        self.send_batch();
        for altered in &partitions {
            if altered.error.is_none() {
                self.maybe_complete_reassignment(&altered.partition);
            }
        }
        Response::AlterPartition { error: ErrorCode::None, partitions }
    }

    fn alter_partition(&mut self, broker: BrokerEpoch, item: &AlterPartitionItem) -> Result<(), ErrorCode> {
        if self.image.topics.get(&item.partition.topic).is_none_or(|t| t.id != item.topic_id) {
            return Err(ErrorCode::UnknownTopicId);
        }
        let Some(was) = self.state(&item.partition).cloned() else { return Err(ErrorCode::UnknownTopicOrPartition) };
        if item.partition_epoch > was.partition_epoch || item.leader_epoch > was.leader_epoch {
            return Err(ErrorCode::NotController);
        }
        if item.leader_epoch < was.leader_epoch {
            return Err(ErrorCode::FencedLeaderEpoch);
        }
        let isr: Vec<i32> = item.new_isr.iter().map(|b| b.id).collect();
        if was.leader == broker.id && isr == was.isr && was.leader_recovery_state == LeaderRecoveryState::Recovered {
            return Ok(());
        }
        if item.partition_epoch < was.partition_epoch {
            return Err(ErrorCode::InvalidUpdateVersion);
        }
        if isr.iter().any(|id| !self.is_live(*id)) {
            return Err(ErrorCode::IneligibleReplica);
        }
        self.write_state(&item.partition, broker.id, item.leader_epoch, isr, LeaderRecoveryState::Recovered);
        Ok(())
    }

    /// doControlledShutdown: leaderships move, the broker leaves the other ISRs; answers how many partitions it still leads.
    fn controlled_shutdown(&mut self, broker: BrokerEpoch) -> Response {
        let id = broker.id;
        let refused = |error| Response::ControlledShutdown { error, remaining: 0 };
        match self.image.brokers.get(&id) {
            None => return refused(ErrorCode::BrokerNotAvailable),
            Some(b) if broker.epoch < b.epoch => return refused(ErrorCode::StaleBrokerEpoch),
            Some(_) => {}
        }
        if !self.shutting_down.contains(&id) {
            self.shutting_down.push(id);
            self.plan.facts.push(Fact::ShutdownStarted { broker: id });
        }
        let mut partitions = self.replicas_on(id);
        partitions.retain(|p| self.state(p).is_some_and(|r| r.replicas.len() > 1) && !self.is_deleting(p));
        let (mut led, mut followed) = (Vec::new(), Vec::new());
        for partition in partitions {
            let leads = self.state(&partition).is_some_and(|r| r.leader == id);
            if leads { led.push(partition) } else { followed.push(partition) }
        }
        for partition in &led {
            let _ = self.elect(partition, Strategy::ControlledShutdown);
        }
        self.send_batch();
        self.take_offline(id, &followed);
        self.send_batch();
        let still = led.iter().filter(|p| self.state(p).is_some_and(|r| r.leader == id)).count();
        Response::ControlledShutdown { error: ErrorCode::None, remaining: still as i32 }
    }

    fn allocate_producer_ids(&mut self, broker: BrokerEpoch) -> Response {
        if !self.has_epoch(broker) {
            return Response::AllocateProducerIds { error: ErrorCode::StaleBrokerEpoch, first: -1, count: 0 };
        }
        let first = self.image.next_producer_id;
        self.write(ZkWrite::ProducerIds { next: first + 1000 });
        Response::AllocateProducerIds { error: ErrorCode::None, first, count: 1000 }
    }

    fn on_admin(&mut self, request: &AdminRequest, out: &mut Effects) -> Response {
        let error = match self.administer(request, out) {
            Ok(()) => ErrorCode::None,
            Err((error, nearest)) => {
                self.plan.facts.push(Fact::AdminRefused { request: request.name(), error, nearest });
                error
            }
        };
        self.send_batch();
        Response::Admin(error)
    }
}

/// What a former controller answers instead.
fn not_controller(answer: &Response) -> Response {
    let error = ErrorCode::NotController;
    match answer {
        Response::AlterPartition { .. } => Response::AlterPartition { error, partitions: Vec::new() },
        Response::ControlledShutdown { .. } => Response::ControlledShutdown { error, remaining: 0 },
        Response::AllocateProducerIds { .. } => Response::AllocateProducerIds { error, first: -1, count: 0 },
        _ => Response::Admin(error),
    }
}

fn refuse(ticket: Ticket, request: &Request, out: &mut Effects) {
    let error = ErrorCode::NotController;
    let answer = match request {
        Request::AlterPartition { .. } => Response::AlterPartition { error, partitions: Vec::new() },
        Request::ControlledShutdown { .. } => Response::ControlledShutdown { error, remaining: 0 },
        Request::AllocateProducerIds { .. } => Response::AllocateProducerIds { error, first: -1, count: 0 },
        _ => Response::Admin(error),
    };
    out.answer(ticket, answer);
}
