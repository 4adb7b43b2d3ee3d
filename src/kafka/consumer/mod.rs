//! The consumer: polls by itself, alone or as a member of a group with the classic protocol (KafkaConsumer.java; `kafka-semantics` 6, 7).

mod config;
mod fetcher;
mod membership;

use super::client_metadata::{ClientMetadata, MetadataEvent};
use super::effect::{CallId, Effects, Reply, Timer};
use super::errors::ErrorCode;
use super::fact::Fact;
use super::protocol::{Broken, Request};
use super::record::{Topic, TopicPartition};
use crate::map::{Map, Set};
use crate::sim::{Micros, NodeId, SECOND};
pub use config::{ConsumerConfig, OffsetReset};
pub use fetcher::{FetchState, Position, ReadRecord, Received};
pub use membership::{CommitPurpose, MemberState, Membership};
use std::rc::Rc;

/// The timers of a consumer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ConsumerTimer {
    /// There is something to do.
    Poll,
}

/// What a consumer reads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Subscription {
    /// Topics, shared out by the group.
    Topics(Vec<Topic>),
    /// Exactly these partitions.
    Assigned(Vec<TopicPartition>),
}

/// How long `close` may take (ConsumerUtils.DEFAULT_CLOSE_TIMEOUT_MS).
const CLOSE_TIMEOUT: Micros = 30 * SECOND;

/// A consumer client.
#[derive(Clone, Debug)]
pub struct Consumer {
    node: NodeId,
    client_id: Rc<str>,
    config: ConsumerConfig,
    subscription: Subscription,
    metadata: ClientMetadata,
    positions: Map<TopicPartition, Position>,
    fetching: Map<NodeId, CallId>,
    rotation: usize,
    received: Received,
    errors: Set<&'static str>,
    /// How the application's last commit failed, until it is taken.
    commit_error: Option<&'static str>,
    membership: Option<Membership>,
    /// Nothing is read while partitions are about to be given up.
    revoking: bool,
    last_poll: Option<Micros>,
    /// When timers will fire.
    armed: Set<Micros>,
    closing: bool,
    close_by: Micros,
    closed: bool,
}

impl Consumer {
    /// A consumer that knows its bootstrap servers.
    pub fn new(node: NodeId, client_id: Rc<str>, config: ConsumerConfig, subscription: Subscription, bootstrap: Vec<NodeId>) -> Self {
        let mut metadata = ClientMetadata::new(config.client.clone(), bootstrap);
        let mut positions = Map::new();
        let membership = config.group_id.clone().map(|group| Membership::new(group, matches!(subscription, Subscription::Topics(_))));
        match &subscription {
            Subscription::Topics(topics) => topics.iter().for_each(|topic| metadata.want(topic)),
            Subscription::Assigned(partitions) => {
                let state = if membership.is_some() { FetchState::Initializing } else { FetchState::AwaitReset };
                for partition in partitions {
                    metadata.want(&partition.topic);
                    positions.insert(partition.clone(), Position::new(state));
                }
            }
        }
        Consumer {
            node,
            client_id,
            config,
            subscription,
            metadata,
            positions,
            fetching: Map::new(),
            rotation: 0,
            received: Received::default(),
            errors: Set::new(),
            commit_error: None,
            membership,
            revoking: false,
            last_poll: None,
            armed: Set::new(),
            closing: false,
            close_by: 0,
            closed: false,
        }
    }

    // ---- getters

    /// Its node.
    pub fn node(&self) -> NodeId {
        self.node
    }

    /// Its name.
    pub fn client_id(&self) -> &Rc<str> {
        &self.client_id
    }

    /// Its configuration.
    pub fn config(&self) -> &ConsumerConfig {
        &self.config
    }

    /// What it subscribed to.
    pub fn subscription(&self) -> &Subscription {
        &self.subscription
    }

    /// What it knows of the cluster.
    pub fn metadata(&self) -> &ClientMetadata {
        &self.metadata
    }

    /// The partitions it has, with its position in each.
    pub fn positions(&self) -> impl Iterator<Item = (&TopicPartition, &Position)> {
        self.positions.iter()
    }

    /// Its part in a group, if it has a `group.id`.
    pub fn membership(&self) -> Option<&Membership> {
        self.membership.as_ref()
    }

    /// What it received.
    pub fn received(&self) -> &Received {
        &self.received
    }

    /// Whether a commit of the application is under way.
    pub fn is_committing(&self) -> bool {
        self.membership.as_ref().is_some_and(|membership| membership.has_commit(CommitPurpose::Application))
    }

    // ---- what the application does

    /// Takes the records received since the last time, by partition, then offset.
    pub fn take_read(&mut self) -> Vec<ReadRecord> {
        self.received.take()
    }

    /// Takes the errors that polling raised since the last time, each once, by name.
    pub fn take_errors(&mut self) -> Vec<&'static str> {
        std::mem::take(&mut self.errors).into_iter().collect()
    }

    /// Moves the position of an assigned partition; false when it is not assigned.
    pub fn seek(&mut self, now: Micros, partition: &TopicPartition, offset: i64, out: &mut Effects) -> bool {
        let Some(position) = self.positions.get_mut(partition) else { return false };
        position.seek(offset, -1);
        self.poll(now, out);
        true
    }

    /// Takes the error that the application's last commit ended with, by name.
    pub fn take_commit_error(&mut self) -> Option<&'static str> {
        self.commit_error.take()
    }

    /// Commits the positions; [`Consumer::is_committing`] until it is done, an error comes with [`Consumer::take_commit_error`].
    pub fn commit(&mut self, now: Micros, out: &mut Effects) {
        match &mut self.membership {
            None => self.fail_commit("INVALID_GROUP_ID", out),
            Some(_) => self.start_commit(now, CommitPurpose::Application, out),
        }
        self.poll(now, out);
    }

    /// Commits (with auto-commit), leaves the group unless it is a static member, then ends.
    pub fn close(&mut self, now: Micros, out: &mut Effects) {
        if self.closing {
            return;
        }
        self.closing = true;
        self.close_by = now + CLOSE_TIMEOUT;
        if self.config.auto_commit && self.may_commit() {
            self.start_commit(now, CommitPurpose::Closing, out);
        }
        self.poll(now, out);
    }

    // ---- handlers

    /// The process starts.
    pub fn start(&mut self, now: Micros, out: &mut Effects) {
        if self.membership.is_none() && matches!(self.subscription, Subscription::Topics(_)) {
            // KafkaConsumer.poll refuses to subscribe without a group.
            self.fail("INVALID_GROUP_ID", out);
        }
        if let Some(membership) = &mut self.membership {
            membership.commit_at = now + self.config.auto_commit_interval;
        }
        self.poll(now, out);
    }

    /// Handles the end of one of its calls.
    pub fn on_reply(&mut self, now: Micros, reply: Reply, out: &mut Effects) {
        let request = reply.request.clone();
        match &*request {
            Request::Group(group) => self.on_group_reply(now, group, &reply, out),
            Request::Metadata { .. } => {
                self.metadata.note(now, &reply);
                if self.metadata.on_reply(now, &reply, out) == MetadataEvent::Updated {
                    self.on_metadata(out);
                }
                // Every answer that names such a topic raises it again (Metadata.maybeThrowAnyException).
                if let Subscription::Topics(topics) = &self.subscription
                    && topics.iter().any(|topic| self.metadata.topic_error(topic) == Some(ErrorCode::InvalidTopicException))
                {
                    self.fail(ErrorCode::InvalidTopicException.name(), out);
                }
            }
            Request::Fetch(fetch) => {
                self.metadata.note(now, &reply);
                self.on_fetched(now, fetch, &reply, out);
            }
            Request::ListOffsets { partitions, .. } => {
                self.metadata.note(now, &reply);
                self.on_listed(now, partitions, &reply, out);
            }
            Request::OffsetForLeaderEpoch { partitions } => {
                self.metadata.note(now, &reply);
                self.on_epoch_end(now, partitions, &reply, out);
            }
            _ => {}
        }
        self.poll(now, out);
    }

    /// A connection to a broker is gone; its calls are told apart from this.
    pub fn on_lost(&mut self, now: Micros, peer: NodeId, why: Broken, out: &mut Effects) {
        if let Some(membership) = &mut self.membership {
            membership.on_lost(peer);
        }
        self.metadata.on_lost(now, peer, why);
        self.poll(now, out);
    }

    /// Wakes up.
    pub fn on_timer(&mut self, now: Micros, timer: ConsumerTimer, out: &mut Effects) {
        let ConsumerTimer::Poll = timer;
        self.armed.retain(|at| *at > now);
        self.poll(now, out);
    }

    /// Polling raises an error.
    fn fail(&mut self, error: &'static str, out: &mut Effects) {
        if self.errors.insert(error) {
            out.fact(Fact::ConsumerFailed { error });
        }
    }

    /// The application's commit raises an error.
    fn fail_commit(&mut self, error: &'static str, out: &mut Effects) {
        self.commit_error = Some(error);
        out.fact(Fact::ConsumerFailed { error });
    }

    fn poll(&mut self, now: Micros, out: &mut Effects) {
        if self.closed {
            return;
        }
        let group_at = self.poll_group(now, out);
        let closing_at = self.closing.then_some(self.close_by);
        if self.closing && (self.has_left() || now >= self.close_by) {
            self.closed = true;
            out.exit();
            return;
        }
        let positions_at = self.poll_positions(now, out);
        let metadata_at = self.metadata.poll(now, out);
        let next = [group_at, closing_at, positions_at, metadata_at].into_iter().flatten().min();
        if let Some(at) = next.map(|at| at.max(now + 1))
            && self.armed.first().is_none_or(|armed| at < *armed)
        {
            self.armed.insert(at);
            out.wake(at, Timer::Consumer(ConsumerTimer::Poll));
        }
    }
}

#[cfg(test)]
mod tests;
