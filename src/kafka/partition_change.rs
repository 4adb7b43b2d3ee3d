//! How the controller changes a partition: who leads, who is in sync, who may lead next; and the events that make it do so.

use super::errors::ErrorCode;
use super::java;
use super::reassignment;
use super::registration::{LeaderRecoveryState, NO_LEADER, PartitionChange, PartitionRegistration};

/// How to look for a leader (PartitionChangeBuilder.java, Election).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Election {
    /// The preferred replica if it can lead.
    Preferred,
    /// Keep the partition online by a replica that has all committed data.
    Online,
    /// Keep it online by any replica, even if data is lost.
    Unclean,
}

/// What the controller's rules depend on for one topic.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ElectionRules {
    /// Eligible leader replicas are in use (`eligible.leader.replicas.version` 1).
    pub elr_enabled: bool,
    /// An ISR shrink raises the leader epoch: metadata versions before 3.6-IV0.
    pub bump_leader_epoch_on_isr_shrink: bool,
    /// The topic's `unclean.leader.election.enable`.
    pub unclean_leader_election_enable: bool,
    /// The topic's `min.insync.replicas`.
    pub min_insync_replicas: i32,
}

impl ElectionRules {
    /// The election the controller tries by itself.
    pub fn election(&self) -> Election {
        if self.unclean_leader_election_enable { Election::Unclean } else { Election::Online }
    }

    /// `min.insync.replicas`, at most the number of replicas.
    fn effective_min_isr(&self, partition: &PartitionRegistration) -> usize {
        usize::try_from(self.min_insync_replicas).unwrap_or(0).min(partition.replicas.len())
    }
}

/// Works out the record that brings a partition to a target (`kafka-semantics` 5.3). All fields are what the caller asks for; start from
/// [`PartitionChangeBuilder::new`], which asks for no change.
pub struct PartitionChangeBuilder<'a> {
    /// The partition as it is.
    pub partition: &'a PartitionRegistration,
    /// Which replicas may lead: active, and whatever else the event says.
    pub acceptable_leader: &'a dyn Fn(i32) -> bool,
    /// The effective `min.insync.replicas`.
    pub min_isr: usize,
    /// How to look for a leader.
    pub election: Election,
    /// Eligible leader replicas are in use.
    pub elr_enabled: bool,
    /// The last known leader may be elected once ISR and ELR are empty; else its field keeps the last known ELR.
    pub use_last_known_leader: bool,
    /// An ISR shrink raises the leader epoch: metadata versions before 3.6-IV0.
    pub bump_leader_epoch_on_isr_shrink: bool,
    /// Replicas known to have lost data.
    pub unclean_shutdown_replicas: Vec<i32>,
    /// The wanted ISR.
    pub target_isr: Vec<i32>,
    /// The wanted replicas.
    pub target_replicas: Vec<i32>,
    /// The wanted removing replicas.
    pub target_removing: Vec<i32>,
    /// The wanted adding replicas.
    pub target_adding: Vec<i32>,
    /// The wanted recovery state.
    pub target_recovery_state: LeaderRecoveryState,
}

/// The leader found, and whether it may lack data.
struct ElectionResult {
    leader: i32,
    unclean: bool,
}

impl<'a> PartitionChangeBuilder<'a> {
    /// A builder that asks for no change, with the election the controller tries by itself.
    pub fn new(partition: &'a PartitionRegistration, rules: &ElectionRules, acceptable_leader: &'a dyn Fn(i32) -> bool) -> Self {
        PartitionChangeBuilder {
            partition,
            acceptable_leader,
            min_isr: rules.effective_min_isr(partition),
            election: rules.election(),
            elr_enabled: rules.elr_enabled,
            use_last_known_leader: true,
            bump_leader_epoch_on_isr_shrink: rules.bump_leader_epoch_on_isr_shrink,
            unclean_shutdown_replicas: Vec::new(),
            target_isr: partition.isr.clone(),
            target_replicas: partition.replicas.clone(),
            target_removing: partition.removing_replicas.clone(),
            target_adding: partition.adding_replicas.clone(),
            target_recovery_state: partition.leader_recovery_state,
        }
    }

    /// The record, or none when nothing changes.
    pub fn build(mut self) -> Option<PartitionChange> {
        let was = self.partition;
        let mut change = PartitionChange::default();

        if let Some(done) = reassignment::complete(&self.target_removing, &self.target_adding, &self.target_replicas, &self.target_isr) {
            self.target_replicas = done.replicas;
            self.target_isr = done.isr;
            self.target_removing.clear();
            self.target_adding.clear();
        }

        let (mut elr, mut last_known_elr) = self.eligible();

        let elected = self.elect(&elr);
        if elected.leader != was.leader {
            if elr.contains(&elected.leader) {
                self.target_isr = vec![elected.leader];
                elr.retain(|r| *r != elected.leader);
            }
            change.leader = Some(elected.leader);
            if elected.unclean {
                change.isr = Some(vec![elected.leader]);
                if was.leader_recovery_state != LeaderRecoveryState::Recovering {
                    change.leader_recovery_state = Some(LeaderRecoveryState::Recovering);
                }
            }
        }

        let replica_lost = was.replicas.iter().any(|r| !self.target_replicas.contains(r));
        if change.leader.is_none() && replica_lost {
            change.leader = Some(was.leader);
        }

        if change.isr.is_some() || !self.elr_enabled {
            elr.clear();
            last_known_elr.clear();
        }
        change.elr = changed(elr, &was.elr);
        if !self.use_last_known_leader {
            change.last_known_elr = changed(last_known_elr, &was.last_known_elr);
        }

        if change.isr.is_none() && (!self.target_isr.is_empty() || self.elr_enabled) {
            change.isr = changed(self.target_isr, &was.isr);
        }

        let shrinks = change.isr.as_ref().is_some_and(|isr| was.isr.iter().any(|r| !isr.contains(r)));
        if self.bump_leader_epoch_on_isr_shrink && change.leader.is_none() && shrinks {
            change.leader = Some(was.leader);
        }

        if self.use_last_known_leader && self.elr_enabled {
            let becomes_leaderless = change.leader == Some(NO_LEADER) && was.leader != NO_LEADER;
            if becomes_leaderless && was.last_known_elr.is_empty() {
                change.last_known_elr = Some(vec![was.leader]);
            } else if change.leader.is_some_and(|leader| leader >= 0) && !was.last_known_elr.is_empty() {
                change.last_known_elr = Some(Vec::new());
            }
        }

        if !self.target_replicas.is_empty() {
            change.replicas = changed(self.target_replicas, &was.replicas);
        }
        change.removing_replicas = changed(self.target_removing, &was.removing_replicas);
        change.adding_replicas = changed(self.target_adding, &was.adding_replicas);
        if self.target_recovery_state != was.leader_recovery_state {
            change.leader_recovery_state = Some(self.target_recovery_state);
        }

        (change != PartitionChange::default()).then_some(change)
    }

    /// The ELR and the last known ELR wanted: below the min ISR, whoever leaves the ISR stays eligible.
    fn eligible(&self) -> (Vec<i32>, Vec<i32>) {
        let was = self.partition;
        if !self.elr_enabled {
            return (was.elr.clone(), was.last_known_elr.clone());
        }
        if self.target_isr.len() >= self.min_isr {
            return (Vec::new(), Vec::new());
        }
        let candidates = union(&was.elr, &was.isr);
        let elr: Vec<i32> = hash_set_order(&candidates)
            .into_iter()
            .filter(|r| !self.target_isr.contains(r) && !self.unclean_shutdown_replicas.contains(r))
            .collect();
        let last_known = hash_set_order(&union(&candidates, &was.last_known_elr))
            .into_iter()
            .filter(|r| !self.target_isr.contains(r) && !elr.contains(r))
            .collect();
        (elr, last_known)
    }

    fn elect(&self, elr: &[i32]) -> ElectionResult {
        let clean = |leader| ElectionResult { leader, unclean: false };
        let valid =
            |r: i32| (self.target_isr.contains(&r) || (self.target_isr.is_empty() && elr.contains(&r))) && (self.acceptable_leader)(r);
        let preferred = self.target_replicas.first().copied();
        if self.election == Election::Preferred
            && let Some(preferred) = preferred.filter(|r| valid(*r))
        {
            return clean(preferred);
        }
        if valid(self.partition.leader) {
            return clean(self.partition.leader);
        }
        if let Some(leader) = self.target_replicas.iter().copied().find(|r| valid(*r)) {
            return clean(leader);
        }
        if let Some(leader) = self.last_known_leader(elr) {
            return ElectionResult { leader, unclean: true };
        }
        if self.election == Election::Unclean
            && let Some(leader) = self.target_replicas.iter().copied().find(|r| (self.acceptable_leader)(*r))
        {
            return ElectionResult { leader, unclean: true };
        }
        clean(NO_LEADER)
    }

    fn last_known_leader(&self, elr: &[i32]) -> Option<i32> {
        let nobody_else = self.elr_enabled && self.use_last_known_leader && self.target_isr.is_empty() && elr.is_empty();
        match self.partition.last_known_elr[..] {
            [only] if nobody_else && (self.acceptable_leader)(only) => Some(only),
            _ => None,
        }
    }
}

/// `target`, unless it is what was.
fn changed(target: Vec<i32>, was: &[i32]) -> Option<Vec<i32>> {
    (target != was).then_some(target)
}

fn union(a: &[i32], b: &[i32]) -> Vec<i32> {
    let mut all: Vec<i32> = Vec::with_capacity(a.len() + b.len());
    for r in a.iter().chain(b) {
        if !all.contains(r) {
            all.push(*r);
        }
    }
    all
}

/// The order of a Java HashSet of broker ids, in which Kafka writes the ELR.
fn hash_set_order(ids: &[i32]) -> Vec<i32> {
    java::hash_map_order(ids.iter().map(|id| (*id, *id)), java::DEFAULT_CAPACITY)
}

fn without(ids: &[i32], id: i32) -> Vec<i32> {
    ids.iter().copied().filter(|other| *other != id).collect()
}

/// A broker is fenced or starts its controlled shutdown: it leaves the ISR and leads no longer. Partitions without it in the ISR do not
/// change (`kafka-semantics` 5.2).
pub fn broker_fenced(
    partition: &PartitionRegistration,
    broker: i32,
    rules: &ElectionRules,
    active: &dyn Fn(i32) -> bool,
) -> Option<PartitionChange> {
    partition.isr.contains(&broker).then(|| remove_broker(partition, broker, false, rules, active)).flatten()
}

/// A broker is unregistered: as when fenced, and partitions with it in the ELR are visited too (`kafka-semantics` 5.2).
pub fn broker_unregistered(
    partition: &PartitionRegistration,
    broker: i32,
    rules: &ElectionRules,
    active: &dyn Fn(i32) -> bool,
) -> Option<PartitionChange> {
    let concerned = partition.isr.contains(&broker) || partition.elr.contains(&broker);
    concerned.then(|| remove_broker(partition, broker, false, rules, active)).flatten()
}

/// A broker registers again after an unclean shutdown, with ELR in use: it leaves ISR and ELR, for it may have lost data
/// (`kafka-semantics` 5.2, 5.6).
pub fn broker_shut_down_uncleanly(
    partition: &PartitionRegistration,
    broker: i32,
    rules: &ElectionRules,
    active: &dyn Fn(i32) -> bool,
) -> Option<PartitionChange> {
    let concerned = partition.isr.contains(&broker) || partition.elr.contains(&broker);
    (rules.elr_enabled && concerned).then(|| remove_broker(partition, broker, true, rules, active)).flatten()
}

/// The log directory of a broker's replica failed: it leaves the ISR and leads no longer (`kafka-semantics` 5.2).
pub fn directory_failed(
    partition: &PartitionRegistration,
    broker: i32,
    rules: &ElectionRules,
    active: &dyn Fn(i32) -> bool,
) -> Option<PartitionChange> {
    remove_broker(partition, broker, false, rules, active)
}

/// What an event comes to that asks for nothing by itself: a reassignment may be complete, a leader may be had.
pub fn look_again(partition: &PartitionRegistration, rules: &ElectionRules, active: &dyn Fn(i32) -> bool) -> Option<PartitionChange> {
    PartitionChangeBuilder::new(partition, rules, active).build()
}

fn remove_broker(
    partition: &PartitionRegistration,
    broker: i32,
    unclean: bool,
    rules: &ElectionRules,
    active: &dyn Fn(i32) -> bool,
) -> Option<PartitionChange> {
    let acceptable = |r: i32| r != broker && active(r);
    let mut builder = PartitionChangeBuilder::new(partition, rules, &acceptable);
    builder.target_isr = without(&partition.isr, broker);
    if unclean {
        builder.unclean_shutdown_replicas = vec![broker];
    }
    builder.build()
}

/// A broker is unfenced: only a partition without a leader is visited, and the ISR is not (`kafka-semantics` 5.2).
pub fn broker_unfenced(
    partition: &PartitionRegistration,
    broker: i32,
    rules: &ElectionRules,
    active: &dyn Fn(i32) -> bool,
) -> Option<PartitionChange> {
    if partition.leader != NO_LEADER {
        return None;
    }
    let acceptable = |r: i32| r == broker || active(r);
    PartitionChangeBuilder::new(partition, rules, &acceptable).build()
}

/// The leader proposes an ISR that passed [`check_alter_partition`]; it may complete a reassignment.
pub fn alter_partition(
    partition: &PartitionRegistration,
    new_isr: &[i32],
    recovery_state: LeaderRecoveryState,
    rules: &ElectionRules,
    active: &dyn Fn(i32) -> bool,
) -> Option<PartitionChange> {
    let mut builder = PartitionChangeBuilder::new(partition, rules, active);
    builder.target_isr = new_isr.to_vec();
    builder.target_recovery_state = recovery_state;
    builder.build()
}

/// What a leader says in AlterPartition about one partition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IsrProposal<'a> {
    /// Who asks.
    pub sender: i32,
    /// The leader epoch it leads in.
    pub leader_epoch: i32,
    /// The partition epoch it knows.
    pub partition_epoch: i32,
    /// The ISR it wants.
    pub new_isr: &'a [i32],
    /// The recovery state it is in.
    pub recovery_state: LeaderRecoveryState,
}

/// The checks of AlterPartition on one partition, in Kafka's order (`kafka-semantics` 5.4); `eligible` says whether a broker is active
/// and the one the leader means.
pub fn check_alter_partition(
    partition: &PartitionRegistration,
    proposal: &IsrProposal<'_>,
    eligible: &dyn Fn(i32) -> bool,
) -> Result<(), ErrorCode> {
    let isr = proposal.new_isr;
    if proposal.leader_epoch > partition.leader_epoch || proposal.partition_epoch > partition.partition_epoch {
        return Err(ErrorCode::NotController);
    }
    if proposal.leader_epoch < partition.leader_epoch {
        return Err(ErrorCode::FencedLeaderEpoch);
    }
    if proposal.sender != partition.leader {
        return Err(ErrorCode::InvalidRequest);
    }
    if proposal.partition_epoch < partition.partition_epoch {
        return Err(ErrorCode::InvalidUpdateVersion);
    }
    let twice = isr.iter().enumerate().any(|(i, r)| isr[..i].contains(r));
    let foreign = isr.iter().any(|r| !partition.replicas.contains(r));
    let recovering = proposal.recovery_state == LeaderRecoveryState::Recovering;
    let recovers_backwards = recovering && partition.leader_recovery_state == LeaderRecoveryState::Recovered;
    if twice || foreign || !isr.contains(&partition.leader) || (recovering && isr.len() > 1) || recovers_backwards {
        return Err(ErrorCode::InvalidRequest);
    }
    if isr.iter().any(|r| !eligible(*r)) {
        return Err(ErrorCode::IneligibleReplica);
    }
    Ok(())
}

/// An admin asks for a leader, PREFERRED or UNCLEAN (`kafka-semantics` 5.5).
pub fn elect_leader(
    partition: &PartitionRegistration,
    election: Election,
    rules: &ElectionRules,
    active: &dyn Fn(i32) -> bool,
) -> Result<PartitionChange, ErrorCode> {
    let preferred_leads = partition.replicas.first() == Some(&partition.leader);
    let has_leader = partition.leader != NO_LEADER;
    let (needed, otherwise) = match election {
        Election::Preferred => (!preferred_leads, ErrorCode::PreferredLeaderNotAvailable),
        Election::Online | Election::Unclean => (!has_leader, ErrorCode::EligibleLeadersNotAvailable),
    };
    if !needed {
        return Err(ErrorCode::ElectionNotNeeded);
    }
    let mut builder = PartitionChangeBuilder::new(partition, rules, active);
    builder.election = election;
    builder.build().ok_or(otherwise)
}
