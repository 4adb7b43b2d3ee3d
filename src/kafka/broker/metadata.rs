//! How a broker follows the metadata log and turns what it says into roles of its replicas (`kafka-semantics` 4.8).

use super::{Broker, BrokerTimer};
use crate::kafka::effect::{Channel, Effects, Reply};
use crate::kafka::fact::Fact;
use crate::kafka::log::Log;
use crate::kafka::metadata::MetadataImage;
use crate::kafka::metadata::MetadataRecord;
use crate::kafka::protocol::{FetchMetadata, QuorumLeader, Request, Response};
use crate::kafka::record::{DirectoryId, TopicId, TopicPartition};
use crate::kafka::registration::{NO_LEADER, PartitionRegistration};
use crate::kafka::replica::{Eligibility, Replica, Role};
use crate::map::Set;
use crate::sim::{MILLISECOND, Micros};
use std::rc::Rc;

/// How long the controller may hold a fetch of the metadata log.
const METADATA_MAX_WAIT: Micros = 500 * MILLISECOND;
/// Pause after one failed.
const METADATA_BACKOFF: Micros = 50 * MILLISECOND;

impl Eligibility for MetadataImage {
    fn is_eligible(&self, broker: i32, broker_epoch: i64) -> bool {
        self.brokers.get(&broker).is_some_and(|b| b.is_active() && (broker_epoch == -1 || broker_epoch == b.epoch))
    }
}

impl Broker {
    /// Fetches from the quorum's leader; from one controller after another while none is known or it does not answer.
    pub(super) fn fetch_metadata(&mut self, out: &mut Effects) {
        let any = || self.controllers.get(self.bootstrap % self.controllers.len().max(1)).copied();
        let Some(to) = self.controller().filter(|_| !self.leader_is_silent).or_else(any) else { return };
        let request = FetchMetadata {
            replica: self.id,
            epoch: self.quorum.epoch,
            offset: self.image.end_offset,
            last_fetched_epoch: -1,
            high_watermark: self.image.end_offset,
            max_wait: METADATA_MAX_WAIT,
        };
        out.call(to, Channel::Metadata, Request::FetchMetadata(request), self.settings.quorum_request_timeout);
    }

    pub(super) fn on_metadata_fetched(&mut self, now: Micros, reply: &Reply, out: &mut Effects) {
        let Request::FetchMetadata(asked) = &*reply.request else { return };
        let fetched = match &reply.result {
            Ok(Response::FetchMetadata(fetched)) => Some(fetched),
            _ => None,
        };
        let news = fetched.is_some_and(|f| self.hear_of_leader(f.quorum));
        match fetched {
            Some(fetched) if fetched.error.is_none() => {
                self.leader_is_silent = false;
                if asked.offset == self.image.end_offset {
                    for batch in &fetched.batches {
                        self.apply_metadata(now, &batch.records, out);
                    }
                }
                self.fetch_metadata(out);
            }
            _ if news && self.quorum.leader.is_some() => self.fetch_metadata(out),
            _ => {
                // The others are asked in turn, the leader again after them.
                if let (false, Some(leader)) = (self.leader_is_silent, self.controller()) {
                    self.leader_is_silent = true;
                    self.bootstrap = self.controllers.iter().position(|c| *c == leader).unwrap_or(0);
                }
                self.bootstrap += 1;
                self.wake(now + METADATA_BACKOFF, BrokerTimer::Metadata, out);
            }
        }
    }

    /// Notes who leads the quorum; true when that is news.
    fn hear_of_leader(&mut self, heard: QuorumLeader) -> bool {
        let news = heard.epoch > self.quorum.epoch || heard.epoch == self.quorum.epoch && self.quorum.leader.is_none();
        if news {
            self.quorum = heard;
            self.leader_is_silent = false;
        }
        news
    }

    fn apply_metadata(&mut self, now: Micros, records: &[MetadataRecord], out: &mut Effects) {
        let mut touched = Set::new();
        let mut removed = Vec::new();
        let image = Rc::make_mut(&mut self.image);
        for record in records {
            match record {
                MetadataRecord::Partition { partition, .. } | MetadataRecord::PartitionChange { partition, .. } => {
                    touched.insert(partition.clone());
                }
                MetadataRecord::RemoveTopic { topic, id } => removed.push((topic.clone(), *id)),
                MetadataRecord::ClearElr { .. } => {
                    for (topic, t) in &image.topics {
                        touched.extend((0..t.partitions.len() as i32).map(|p| TopicPartition::new(topic, p)));
                    }
                }
                _ => {}
            }
            image.apply(record);
        }
        if !self.publishing {
            return;
        }
        for (topic, id) in removed {
            self.remove_topic(now, &topic, id, out);
        }
        self.publish(now, touched.into_iter().collect(), out);
        self.retry_waiting(now, out);
    }

    /// The broker has caught up: its replicas take the roles the metadata gives them.
    pub(super) fn publish_all(&mut self, now: Micros, out: &mut Effects) {
        self.publishing = true;
        let image = self.image.clone();
        // A log whose topic is gone, or is another one by now, is not kept.
        self.disk.logs.retain(|p, (id, _)| image.topics.get(&p.topic).is_some_and(|t| t.id == *id));
        self.load_logs();
        let all = image.topics.iter().flat_map(|(t, i)| (0..i.partitions.len() as i32).map(move |p| TopicPartition::new(t, p))).collect();
        self.publish(now, all, out);
    }

    fn publish(&mut self, now: Micros, partitions: Vec<TopicPartition>, out: &mut Effects) {
        let image = self.image.clone();
        for partition in partitions {
            let Some(topic) = image.topics.get(&partition.topic) else { continue };
            let Some(registration) = image.partition(&partition) else { continue };
            if registration.replicas.contains(&self.id) {
                self.apply_partition(now, &partition, topic.id, registration, out);
            } else if self.replicas.contains_key(&partition) {
                self.remove_replica(now, &partition, out);
            }
        }
        self.assign_directories(out);
        self.run_fetchers(now, out);
        self.send_alter_partition(now, out);
    }

    pub(in crate::kafka) fn apply_partition(
        &mut self,
        now: Micros,
        partition: &TopicPartition,
        topic_id: TopicId,
        registration: &PartitionRegistration,
        out: &mut Effects,
    ) {
        let me = self.id;
        let assigned = registration.directory(self.id);
        if !self.replicas.contains_key(partition) {
            // A partition whose directory has failed stays offline, unless the metadata names a directory that has not.
            if let Some(at) = self.offline.iter().position(|p| p == partition) {
                if !self.disk.directories.iter().any(|d| d.online && d.id == assigned) {
                    return;
                }
                self.offline.remove(at);
            }
        }
        let replica = self.host_replica(now, partition, topic_id, assigned);
        if registration.partition_epoch < replica.partition_epoch {
            return;
        }
        // Without KRaft nobody keeps a record of directories.
        if replica.log.directory != assigned && self.zk.is_none() {
            self.note_unassigned(partition);
        }
        let Some(replica) = self.replicas.get_mut(partition) else { return };
        let r = registration;
        if r.leader == me {
            let was_leader = replica.leader().is_some();
            let is_new_epoch = replica.become_leader(now, me, &r.replicas, &r.isr, r.leader_epoch, r.partition_epoch);
            if is_new_epoch {
                let start_offset = replica.log.end_offset();
                out.fact(Fact::BecameLeader { partition: partition.clone(), leader_epoch: r.leader_epoch, start_offset });
                self.leader_epoch_began(now, partition, was_leader, out);
            }
            self.advance_high_watermark(now, partition, out);
        } else {
            let was_leader = replica.leader().is_some();
            let is_new_leader = !matches!(replica.role, Role::Follower { leader } if leader == r.leader);
            let is_new_epoch = replica.become_follower(r.leader, &r.replicas, r.leader_epoch, r.partition_epoch);
            if is_new_epoch {
                if r.leader != NO_LEADER {
                    out.fact(Fact::BecameFollower { partition: partition.clone(), leader: r.leader, leader_epoch: r.leader_epoch });
                    self.begin_truncation(partition, is_new_leader, out);
                }
                self.leadership_lost(now, partition, was_leader, out);
            }
        }
    }

    /// The replica of a partition, made of what the disk holds where it is not there yet.
    pub(in crate::kafka) fn host_replica(
        &mut self,
        now: Micros,
        partition: &TopicPartition,
        topic_id: TopicId,
        assigned: DirectoryId,
    ) -> &mut Replica {
        let directory = if self.replicas.contains_key(partition) { assigned } else { self.directory_for(assigned) };
        let checkpoint = self.disk.high_watermarks.get(partition).copied().unwrap_or(0);
        let disk = &mut self.disk.logs;
        self.replicas.entry(partition.clone()).or_insert_with(|| {
            let mut log = match disk.remove(partition) {
                Some((id, log)) if id == topic_id => log,
                _ => Log::new_in(directory),
            };
            log.flushed_at = now;
            Replica::new(partition.clone(), topic_id, log, checkpoint)
        })
    }

    fn remove_topic(&mut self, now: Micros, topic: &Rc<str>, id: TopicId, out: &mut Effects) {
        let partitions: Vec<_> =
            self.replicas.iter().filter(|(p, r)| p.topic == *topic && r.topic_id == id).map(|(p, _)| p.clone()).collect();
        for partition in partitions {
            self.remove_replica(now, &partition, out);
        }
        self.forget_offsets(now, topic, out);
    }

    pub(in crate::kafka) fn remove_replica(&mut self, now: Micros, partition: &TopicPartition, out: &mut Effects) {
        let was_leader = self.replicas.get(partition).is_some_and(|r| r.leader().is_some());
        if let Some(replica) = self.replicas.get_mut(partition) {
            replica.role = Role::Follower { leader: NO_LEADER };
        }
        self.leadership_lost(now, partition, was_leader, out);
        self.replicas.remove(partition);
        self.disk.high_watermarks.remove(partition);
    }

    /// Parked requests of a partition end when its leadership here does.
    pub(super) fn leadership_lost(&mut self, now: Micros, partition: &TopicPartition, was_leader: bool, out: &mut Effects) {
        self.check_produces(now, partition, out);
        self.complete_fetches(partition, out);
        if was_leader {
            self.resign_coordinator(now, partition, out);
        }
    }

    fn leader_epoch_began(&mut self, now: Micros, partition: &TopicPartition, was_leader: bool, out: &mut Effects) {
        self.complete_fetches(partition, out);
        if !was_leader {
            self.load_coordinator(now, partition, out);
        }
    }

    pub(super) fn checkpoint_high_watermarks(&mut self) {
        for (partition, replica) in &self.replicas {
            let slot = self.disk.high_watermarks.entry(partition.clone()).or_insert(-1);
            *slot = replica.high_watermark;
        }
    }
}
