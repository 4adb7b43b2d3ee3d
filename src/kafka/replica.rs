//! One replica of a partition on a broker, as leader or follower: high watermark, ISR and what holds them (`kafka-semantics` 4).

use super::effect::Ticket;
use super::log::Log;
use super::protocol::BrokerEpoch;
use super::record::{TopicId, TopicPartition};
use crate::map::{Map, Set};
use crate::sim::Micros;

/// What a leader knows of one remote replica (ReplicaState.java).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FollowerState {
    /// Offset of its last fetch; -1 not known.
    pub log_end_offset: i64,
    /// Its log start offset.
    pub log_start_offset: i64,
    /// The leader's log end when it last fetched.
    pub last_fetch_leader_log_end_offset: i64,
    /// When it last fetched.
    pub last_fetch_at: Micros,
    /// When it last had everything.
    pub last_caught_up_at: Micros,
    /// Its broker epoch as its last fetch said it; -1 not known.
    pub broker_epoch: i64,
}

impl FollowerState {
    fn unknown(last_caught_up_at: Micros) -> FollowerState {
        FollowerState {
            log_end_offset: -1,
            log_start_offset: -1,
            last_fetch_leader_log_end_offset: 0,
            last_fetch_at: 0,
            last_caught_up_at,
            broker_epoch: -1,
        }
    }

    /// Whether it has the leader's log end, or had it no longer ago than `lag_max` (4.4).
    pub fn is_caught_up(&self, now: Micros, leader_end_offset: i64, lag_max: Micros) -> bool {
        self.log_end_offset == leader_end_offset || now - self.last_caught_up_at <= lag_max
    }
}

/// A change of the ISR that the controller has not decided yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PendingIsr {
    /// The ISR proposed.
    pub isr: Vec<BrokerEpoch>,
    /// The replica it adds; none: it only takes away.
    pub added: Option<i32>,
    /// It waits for metadata, since the controller's answer said that ours is old.
    pub awaits_metadata: bool,
    /// It was sent and is not answered yet.
    pub in_flight: bool,
}

/// A leader's knowledge.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LeaderState {
    /// Log end when its epoch began.
    pub epoch_start_offset: i64,
    /// The committed ISR.
    pub isr: Vec<i32>,
    /// The change under way.
    pub pending: Option<PendingIsr>,
    /// Remote replicas.
    pub followers: Map<i32, FollowerState>,
}

/// Leader, follower, or neither.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Role {
    /// Leads.
    Leader(LeaderState),
    /// Follows a broker; -1: there is none to follow.
    Follower { leader: i32 },
}

/// What a leader must know of the cluster to judge a follower (4.4, eligible).
pub trait Eligibility {
    /// Neither fenced nor in controlled shutdown, and of this broker epoch (-1: not checked).
    fn is_eligible(&self, broker: i32, broker_epoch: i64) -> bool;
}

/// A replica.
#[derive(Clone, Debug)]
pub struct Replica {
    /// Its partition.
    pub partition: TopicPartition,
    /// The topic's id.
    pub topic_id: TopicId,
    /// The log.
    pub log: Log,
    /// The high watermark as this replica knows it.
    pub high_watermark: i64,
    /// The assignment.
    pub replicas: Vec<i32>,
    /// The leader epoch it has.
    pub leader_epoch: i32,
    /// The partition epoch it has; -1 before any metadata.
    pub partition_epoch: i32,
    /// Its role.
    pub role: Role,
    /// Produce requests that wait for the high watermark.
    pub waiting_produces: Set<Ticket>,
    /// Fetching pauses until then, after an error.
    pub fetch_not_before: Micros,
    /// The fetcher gave this partition up until new metadata.
    pub fetch_failed: bool,
    /// Before it fetches it asks its leader where its latest epoch ends (KIP-101, KIP-279).
    pub asks_epoch_end: bool,
}

impl Replica {
    /// A replica before it has a role, with what its disk holds; the high watermark is the checkpointed one, at most the log end (4.10).
    pub fn new(partition: TopicPartition, topic_id: TopicId, log: Log, checkpoint: i64) -> Replica {
        let high_watermark = checkpoint.clamp(log.start_offset(), log.end_offset());
        Replica {
            partition,
            topic_id,
            log,
            high_watermark,
            replicas: Vec::new(),
            leader_epoch: -1,
            partition_epoch: -1,
            role: Role::Follower { leader: -1 },
            waiting_produces: Set::new(),
            fetch_not_before: 0,
            fetch_failed: false,
            asks_epoch_end: false,
        }
    }

    /// The leader's state, if this replica leads.
    pub fn leader(&self) -> Option<&LeaderState> {
        match &self.role {
            Role::Leader(state) => Some(state),
            Role::Follower { .. } => None,
        }
    }

    /// The same, to change.
    pub fn leader_mut(&mut self) -> Option<&mut LeaderState> {
        match &mut self.role {
            Role::Leader(state) => Some(state),
            Role::Follower { .. } => None,
        }
    }

    /// The last stable offset: the first offset of an undecided transaction below the high watermark, else that (3.7.10).
    pub fn last_stable_offset(&self) -> i64 {
        self.high_watermark
    }

    /// Takes leadership (4.8). True when the epoch is new.
    pub fn become_leader(&mut self, now: Micros, me: i32, replicas: &[i32], isr: &[i32], leader_epoch: i32, partition_epoch: i32) -> bool {
        let is_new_epoch = leader_epoch > self.leader_epoch;
        let end = self.log.end_offset();
        let was = match std::mem::replace(&mut self.role, Role::Follower { leader: -1 }) {
            Role::Leader(state) => Some(state),
            Role::Follower { .. } => None,
        };
        let is_new_leader = was.is_none();
        let mut state = match was {
            Some(mut state) if !is_new_epoch => {
                state.isr = isr.to_vec();
                state.pending = None;
                state
            }
            was => {
                self.log.epochs.assign(leader_epoch, end);
                let followers = was.map(|s| s.followers).unwrap_or_default();
                LeaderState { epoch_start_offset: end, isr: isr.to_vec(), pending: None, followers }
            }
        };
        state.followers.retain(|id, _| replicas.contains(id));
        for &id in replicas.iter().filter(|&&id| id != me) {
            let caught_up_at = if isr.contains(&id) { now } else { 0 };
            let follower = state.followers.entry(id).or_insert_with(|| FollowerState::unknown(caught_up_at));
            if is_new_leader {
                *follower = FollowerState::unknown(caught_up_at);
            } else if is_new_epoch {
                follower.last_fetch_at = caught_up_at;
                follower.last_caught_up_at = caught_up_at;
                follower.last_fetch_leader_log_end_offset = 0;
            }
        }
        self.role = Role::Leader(state);
        self.replicas = replicas.to_vec();
        self.leader_epoch = leader_epoch;
        self.partition_epoch = partition_epoch;
        self.fetch_failed = false;
        self.asks_epoch_end = false;
        is_new_epoch
    }

    /// Follows (4.8). True when the leader epoch rose.
    pub fn become_follower(&mut self, leader: i32, replicas: &[i32], leader_epoch: i32, partition_epoch: i32) -> bool {
        let is_new_epoch = leader_epoch > self.leader_epoch;
        self.role = Role::Follower { leader };
        self.replicas = replicas.to_vec();
        self.leader_epoch = leader_epoch;
        self.partition_epoch = partition_epoch;
        if is_new_epoch {
            self.fetch_not_before = 0;
            self.fetch_failed = false;
        }
        is_new_epoch
    }

    /// The effective min.insync.replicas: at most the number of replicas (3.1).
    pub fn effective_min_isr(&self, min_insync_replicas: i32) -> usize {
        usize::try_from(min_insync_replicas).unwrap_or(0).min(self.replicas.len())
    }

    /// How far the followers let the leader's high watermark advance (4.4), if at all.
    pub fn next_high_watermark(&self, now: Micros, lag_max: Micros, cluster: &dyn Eligibility) -> Option<i64> {
        let Role::Leader(state) = &self.role else { return None };
        let end = self.log.end_offset();
        let mut candidate = end;
        for (id, follower) in &state.followers {
            let in_maximal_isr = state.isr.contains(id) || state.pending.as_ref().is_some_and(|p| p.added == Some(*id));
            let held_by =
                || in_maximal_isr || (follower.is_caught_up(now, end, lag_max) && cluster.is_eligible(*id, follower.broker_epoch));
            if follower.log_end_offset < candidate && held_by() {
                candidate = follower.log_end_offset;
            }
        }
        (candidate > self.high_watermark).then_some(candidate)
    }

    /// Notes a follower's fetch (4.3 step 5). False when the replica is not in the assignment.
    pub fn note_fetch(
        &mut self,
        now: Micros,
        follower: BrokerEpoch,
        fetch_offset: i64,
        log_start_offset: i64,
        leader_end_offset: i64,
    ) -> bool {
        let Some(state) = self.leader_mut() else { return false };
        let Some(f) = state.followers.get_mut(&follower.id) else { return false };
        if fetch_offset >= leader_end_offset {
            f.last_caught_up_at = f.last_caught_up_at.max(now);
        } else if fetch_offset >= f.last_fetch_leader_log_end_offset {
            f.last_caught_up_at = f.last_caught_up_at.max(f.last_fetch_at);
        }
        f.log_end_offset = fetch_offset;
        f.log_start_offset = log_start_offset;
        f.last_fetch_leader_log_end_offset = leader_end_offset;
        f.last_fetch_at = now;
        f.broker_epoch = follower.epoch;
        true
    }

    /// The ISR to propose when a follower has caught up (4.6), if it may be added now.
    pub fn maybe_expand_isr(&mut self, me: BrokerEpoch, follower: i32, cluster: &dyn Eligibility) -> Option<PendingIsr> {
        let high_watermark = self.high_watermark;
        let state = self.leader_mut()?;
        let f = state.followers.get(&follower)?;
        let may = state.pending.is_none()
            && !state.isr.contains(&follower)
            && f.log_end_offset >= high_watermark
            && f.log_end_offset >= state.epoch_start_offset
            && cluster.is_eligible(follower, f.broker_epoch);
        if !may {
            return None;
        }
        let ids: Vec<i32> = state.isr.iter().copied().chain([follower]).collect();
        let pending = state.propose(me, &ids, Some(follower));
        Some(pending)
    }

    /// The ISR to propose when followers fell behind (4.6), if any did.
    pub fn maybe_shrink_isr(&mut self, now: Micros, me: BrokerEpoch, lag_max: Micros) -> Option<PendingIsr> {
        let end = self.log.end_offset();
        let state = self.leader_mut()?;
        if state.pending.is_some() {
            return None;
        }
        let stays = |id: &i32| *id == me.id || state.followers.get(id).is_none_or(|f| f.is_caught_up(now, end, lag_max));
        let ids: Vec<i32> = state.isr.iter().copied().filter(stays).collect();
        if ids.len() == state.isr.len() {
            return None;
        }
        Some(state.propose(me, &ids, None))
    }
}

impl LeaderState {
    fn propose(&mut self, me: BrokerEpoch, ids: &[i32], added: Option<i32>) -> PendingIsr {
        let epoch_of = |id: i32| if id == me.id { me.epoch } else { self.followers.get(&id).map_or(-1, |f| f.broker_epoch) };
        let isr = ids.iter().map(|&id| BrokerEpoch { id, epoch: epoch_of(id) }).collect();
        let pending = PendingIsr { isr, added, awaits_metadata: false, in_flight: false };
        self.pending = Some(pending.clone());
        pending
    }

    /// How many replicas the maximal ISR has (4.4).
    pub fn maximal_isr_len(&self) -> usize {
        self.isr.len() + usize::from(self.pending.as_ref().is_some_and(|p| p.added.is_some()))
    }
}
