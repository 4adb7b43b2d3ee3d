//! Moving a partition to other brokers: start, completion, cancellation.

use super::errors::ErrorCode;
use super::partition_change::{ElectionRules, PartitionChangeBuilder};
use super::registration::{PartitionChange, PartitionRegistration};

/// A finished reassignment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CompletedReassignment {
    /// The replicas that stay.
    pub replicas: Vec<i32>,
    /// The ISR without the removed.
    pub isr: Vec<i32>,
}

fn minus(a: &[i32], b: &[i32]) -> Vec<i32> {
    a.iter().copied().filter(|id| !b.contains(id)).collect()
}

/// The end of a reassignment, once the ISR holds every replica that stays; none while it does not or when none is running
/// (`kafka-semantics` 5.7, PartitionReassignmentReplicas.java).
pub fn complete(removing: &[i32], adding: &[i32], replicas: &[i32], target_isr: &[i32]) -> Option<CompletedReassignment> {
    if removing.is_empty() && adding.is_empty() {
        return None;
    }
    let done = CompletedReassignment { replicas: minus(replicas, removing), isr: minus(target_isr, removing) };
    let nothing_left = !removing.is_empty() && (done.replicas.is_empty() || done.isr.is_empty());
    (!nothing_left && done.replicas.iter().all(|r| done.isr.contains(r))).then_some(done)
}

/// Starts moving `partition` to `target`, which passed the checks of a manual assignment: the replicas become the target and, behind it,
/// those to remove. A pure re-ordering is done at once (`kafka-semantics` 5.7).
pub fn start(
    partition: &PartitionRegistration,
    target: &[i32],
    rules: &ElectionRules,
    active: &dyn Fn(i32) -> bool,
) -> Option<PartitionChange> {
    let mut removing = minus(&partition.replicas, target);
    let mut adding = minus(target, &partition.replicas);
    crate::sort::sort(&mut removing);
    removing.dedup();
    crate::sort::sort(&mut adding);
    adding.dedup();
    let mut builder = PartitionChangeBuilder::new(partition, rules, active);
    builder.target_replicas = target.iter().chain(&removing).copied().collect();
    if !removing.is_empty() {
        builder.target_removing = removing;
    }
    if !adding.is_empty() {
        builder.target_adding = adding;
    }
    builder.build()
}

/// Takes a running reassignment back (`kafka-semantics` 5.7, PartitionReassignmentRevert.java). NO_REASSIGNMENT_IN_PROGRESS when none
/// runs; INVALID_REPLICA_ASSIGNMENT when only added replicas are in sync and unclean election is not enabled.
pub fn cancel(
    partition: &PartitionRegistration,
    rules: &ElectionRules,
    active: &dyn Fn(i32) -> bool,
) -> Result<Option<PartitionChange>, ErrorCode> {
    if partition.removing_replicas.is_empty() && partition.adding_replicas.is_empty() {
        return Err(ErrorCode::NoReassignmentInProgress);
    }
    let replicas = minus(&partition.replicas, &partition.adding_replicas);
    let mut isr = minus(&partition.isr, &partition.adding_replicas);
    if isr.is_empty() {
        match replicas.first() {
            Some(first) if rules.unclean_leader_election_enable => isr.push(*first),
            _ => return Err(ErrorCode::InvalidReplicaAssignment),
        }
    }
    let mut builder = PartitionChangeBuilder::new(partition, rules, active);
    builder.target_isr = isr;
    builder.target_replicas = replicas;
    builder.target_removing.clear();
    builder.target_adding.clear();
    Ok(builder.build())
}
