//! A broker's disk: log directories and what becomes of them, what a loss of power takes, and how slow it is (`kafka-semantics` 4.10, 5.11).

use super::{Broker, BrokerState, BrokerTimer};
use crate::kafka::effect::{Channel, Effects, Reply};
use crate::kafka::errors::ErrorCode;
use crate::kafka::fact::Fact;
use crate::kafka::log::Log;
use crate::kafka::protocol::{Incoming, Request, Response};
use crate::kafka::record::{DirectoryId, TopicId, TopicPartition};
use crate::kafka::registration::NO_LEADER;
use crate::kafka::replica::Role;
use crate::map::Map;
use crate::sim::{MILLISECOND, Micros};
use std::rc::Rc;

/// Pause before an assignment to directories is sent again.
const ASSIGN_PAUSE: Micros = 100 * MILLISECOND;

/// One of `log.dirs`.
#[derive(Clone, Debug)]
pub struct Directory {
    /// Its name as configured; none where `log.dirs` says nothing.
    pub name: Rc<str>,
    /// Its id, of `meta.properties`.
    pub id: DirectoryId,
    /// Whether it can be written.
    pub online: bool,
    /// The controller knows that it cannot.
    told: bool,
}

/// What a crash leaves (`kafka-semantics` 4.10).
#[derive(Clone, Debug, Default)]
pub struct Disk {
    /// The logs, while no process holds them.
    pub logs: Map<TopicPartition, (TopicId, Log)>,
    /// Checkpointed high watermarks.
    pub high_watermarks: Map<TopicPartition, i64>,
    /// The broker epoch a clean shutdown left in every directory, none after anything else.
    pub clean_shutdown_epoch: Option<i64>,
    /// The log directories; the first has the metadata log.
    pub directories: Vec<Directory>,
    /// How long each write takes.
    pub latency: Micros,
    formatted: u32,
}

impl Disk {
    /// A formatted, empty disk of a broker with these directories.
    pub fn formatted(broker: i32, names: &[Rc<str>]) -> Disk {
        let mut disk = Disk::default();
        for name in names {
            let id = disk.new_id(broker);
            disk.directories.push(Directory { name: name.clone(), id, online: true, told: false });
        }
        disk
    }

    fn new_id(&mut self, broker: i32) -> DirectoryId {
        self.formatted += 1;
        DirectoryId((u64::from(broker.unsigned_abs()) << 32) | u64::from(self.formatted))
    }

    /// The disk is another one: every directory is empty and has a new id. What was lost: each partition with its log end and where
    /// its log began.
    pub fn replace(&mut self, broker: i32) -> Vec<(TopicPartition, i64, i64)> {
        let lost = self.logs.iter().map(|(p, (_, log))| (p.clone(), log.end_offset(), log.start_offset()));
        let lost = lost.filter(|(_, end, start)| end > start).collect();
        let names: Vec<Rc<str>> = self.directories.iter().map(|d| d.name.clone()).collect();
        let formatted = self.formatted;
        *self = Disk { formatted, ..Disk::default() };
        for name in names {
            let id = self.new_id(broker);
            self.directories.push(Directory { name, id, online: true, told: false });
        }
        lost
    }

    /// Only the page cache had what was not flushed; with `keep`, the named partitions lose all from their offset on, and no other does.
    /// The partitions that lost something, each with the log end before and after.
    pub fn lose_power(&mut self, keep: Option<&[(TopicPartition, i64)]>) -> Vec<(TopicPartition, i64, i64)> {
        let mut lost = Vec::new();
        for (partition, (_, log)) in &mut self.logs {
            let from = log.end_offset();
            match keep {
                None => log.lose_power(None),
                Some(keep) => match keep.iter().find(|(p, _)| p == partition) {
                    Some((_, records)) => log.lose_power(Some(*records)),
                    None => continue,
                },
            }
            if log.end_offset() < from {
                lost.push((partition.clone(), from, log.end_offset()));
            }
        }
        lost
    }

    /// A directory that failed has been replaced by an empty one before the broker starts again.
    fn mend(&mut self, broker: i32) {
        for i in 0..self.directories.len() {
            if !self.directories[i].online {
                let id = self.new_id(broker);
                let directory = &mut self.directories[i];
                (directory.id, directory.online, directory.told) = (id, true, false);
            }
        }
    }

    fn online_ids(&self) -> Rc<[DirectoryId]> {
        self.directories.iter().filter(|d| d.online).map(|d| d.id).collect()
    }

    fn offline_ids(&self) -> Vec<DirectoryId> {
        self.directories.iter().filter(|d| !d.online).map(|d| d.id).collect()
    }
}

/// What waits for a slow disk.
#[derive(Clone, Debug)]
pub(super) enum Write {
    Request(Incoming),
    Reply(Reply),
}

impl Broker {
    /// What starts with the process: broken directories have been replaced.
    pub(super) fn mount(&mut self) {
        self.disk.mend(self.id);
    }

    /// Loads what the disk holds, as every broker does before it serves.
    pub(super) fn load_logs(&mut self) {
        for (_, log) in self.disk.logs.values_mut() {
            log.load();
        }
    }

    /// The log directories a registration names.
    pub(super) fn registered_directories(&self) -> Rc<[DirectoryId]> {
        self.disk.online_ids()
    }

    /// The log directories a heartbeat reports as failed.
    pub(super) fn offline_directories(&self) -> Vec<DirectoryId> {
        self.disk.offline_ids()
    }

    /// The controller has taken a heartbeat that named these.
    pub(super) fn directories_told(&mut self, told: &[DirectoryId]) {
        for directory in self.disk.directories.iter_mut().filter(|d| told.contains(&d.id)) {
            directory.told = true;
        }
    }

    /// The directory with the fewest logs (LogManager.nextLogDirs), or the one the metadata names if it is here and online.
    pub(super) fn directory_for(&self, assigned: DirectoryId) -> DirectoryId {
        let mut best: Option<(usize, DirectoryId)> = None;
        for directory in self.disk.directories.iter().filter(|d| d.online) {
            if directory.id == assigned || self.disk.directories.len() == 1 {
                return directory.id;
            }
            let held = self.replicas.values().filter(|r| r.log.directory == directory.id).count();
            let waiting = self.disk.logs.values().filter(|(_, log)| log.directory == directory.id).count();
            if best.is_none_or(|(count, _)| held + waiting < count) {
                best = Some((held + waiting, directory.id));
            }
        }
        best.map_or(DirectoryId::UNASSIGNED, |(_, id)| id)
    }

    /// One of the log directories fails. False when the process cannot live on: it was the last, or the one with the metadata log
    /// (ReplicaManager.handleLogDirFailure).
    pub fn lose_directory(&mut self, now: Micros, name: &str, out: &mut Effects) -> bool {
        let Some(index) = self.disk.directories.iter().position(|d| *d.name == *name) else { return true };
        let id = self.disk.directories[index].id;
        self.disk.directories[index].online = false;
        self.disk.clean_shutdown_epoch = None;
        out.fact(Fact::DirectoryFailed { broker: self.id, directory: self.disk.directories[index].name.clone() });
        self.disk.logs.retain(|_, (_, log)| log.directory != id);
        let gone: Vec<TopicPartition> =
            self.replicas.iter().filter(|(_, r)| r.log.directory == id).map(|(partition, _)| partition.clone()).collect();
        for partition in gone {
            let was_leader = self.replicas.get(&partition).is_some_and(|r| r.leader().is_some());
            self.offline.push(partition.clone());
            if let Some(replica) = self.replicas.get_mut(&partition) {
                let (from, to) = (replica.log.end_offset(), replica.log.start_offset());
                if from > to {
                    out.fact(Fact::DataLost { partition: partition.clone(), from, to });
                }
                replica.role = Role::Follower { leader: NO_LEADER };
            }
            self.leadership_lost(now, &partition, was_leader, out);
            self.replicas.remove(&partition);
            self.disk.high_watermarks.remove(&partition);
        }
        let has_metadata_log = index == 0 && self.zk.is_none();
        if has_metadata_log || self.disk.directories.iter().all(|d| !d.online) {
            return false;
        }
        if self.zk.is_some() {
            self.note_log_dir_failure(out);
            return true;
        }
        if self.state != BrokerState::NotRunning && self.epoch >= 0 {
            self.next_heartbeat(now, 0, out);
        }
        self.wake(now + self.settings.log_dir_failure_timeout, BrokerTimer::DirectoryFailure, out);
        true
    }

    /// The controller could not be told in time that a directory failed: the broker stops (BrokerLifecycleManager).
    pub(super) fn on_directory_deadline(&mut self, now: Micros, out: &mut Effects) {
        if self.disk.directories.iter().any(|d| !d.online && !d.told) {
            self.stop(now, out);
        }
    }

    /// Notes that the metadata names another directory for a replica than the one it is in.
    pub(super) fn note_unassigned(&mut self, partition: &TopicPartition) {
        if !self.unassigned.contains(partition) {
            self.unassigned.push(partition.clone());
        }
    }

    /// Whether the controller has yet to be told of directories.
    pub(super) fn is_assigning(&self) -> bool {
        self.assigning || !self.unassigned.is_empty()
    }

    /// Tells the controller in which directories replicas are (AssignmentsManager); one request at a time carries all.
    pub(super) fn assign_directories(&mut self, out: &mut Effects) {
        if self.assigning || self.epoch < 0 || self.unassigned.is_empty() {
            return;
        }
        // A new controller's first record brings a broker here again.
        let Some(controller) = self.controller() else { return };
        let image = self.image.clone();
        let mut replicas = Vec::new();
        for partition in std::mem::take(&mut self.unassigned) {
            let Some(replica) = self.replicas.get(&partition) else { continue };
            let known = image.partition(&partition).map_or(DirectoryId::UNASSIGNED, |r| r.directory(self.id));
            if known != replica.log.directory {
                replicas.push((partition, replica.topic_id, replica.log.directory));
            }
        }
        if replicas.is_empty() {
            return;
        }
        self.assigning = true;
        let request = Request::AssignReplicasToDirs { broker: self.identity(), replicas };
        out.call(controller, Channel::Control, request, self.settings.controller_socket_timeout);
    }

    pub(super) fn on_assigned(&mut self, now: Micros, reply: &Reply, out: &mut Effects) {
        self.assigning = false;
        let Request::AssignReplicasToDirs { replicas, .. } = &*reply.request else { return };
        if matches!(&reply.result, Ok(Response::AssignReplicasToDirs(ErrorCode::None))) {
            self.assign_directories(out);
            return;
        }
        self.unassigned.extend(replicas.iter().map(|(partition, ..)| partition.clone()));
        self.wake(now + ASSIGN_PAUSE, BrokerTimer::AssignDirectories, out);
    }

    /// The flusher's run (LogManager.flushDirtyLogs): what has waited for `flush.ms` goes to the disk.
    pub(super) fn flush_dirty_logs(&mut self, now: Micros, out: &mut Effects) {
        let partitions: Vec<TopicPartition> = self.replicas.keys().cloned().collect();
        for partition in partitions {
            let interval = self.log_config(&partition.topic).flush_interval;
            let Some(replica) = self.replicas.get_mut(&partition) else { continue };
            if now - replica.log.flushed_at >= interval {
                replica.log.flush();
                replica.log.flushed_at = now;
            }
        }
        self.wake(now.saturating_add(self.settings.flush_scheduler_interval), BrokerTimer::Flush, out);
    }

    /// Lets a write wait as long as the disk is slow; none when it need not.
    pub(super) fn wait_for_disk(&mut self, now: Micros, write: Write, out: &mut Effects) -> Option<Write> {
        if self.disk.latency == 0 && self.writes.is_empty() {
            return Some(write);
        }
        // One after another, as one disk does.
        let free_at = self.writes.back().map_or(now, |(due, _)| *due);
        let due = free_at + self.disk.latency;
        self.writes.push_back((due, write));
        self.wake(due, BrokerTimer::Write, out);
        None
    }

    pub(super) fn finish_writes(&mut self, now: Micros, out: &mut Effects) {
        while self.writes.front().is_some_and(|(due, _)| *due <= now) {
            let Some((_, write)) = self.writes.pop_front() else { return };
            match write {
                Write::Request(incoming) => self.serve(now, incoming, out),
                Write::Reply(reply) => self.on_fetched(now, &reply, out),
            }
        }
    }
}
