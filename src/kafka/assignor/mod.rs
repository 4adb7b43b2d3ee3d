//! Classic partition assignors: which member of a group reads which partition (`kafka-semantics` 7.4).

pub mod cooperative_sticky;
pub mod range;
pub mod round_robin;
pub mod sticky;

use super::group::protocol::JoinedMember;
use super::java;
use super::record::{Topic, TopicPartition};
use crate::map::{Map, Set};
use std::cmp::Ordering;
use std::rc::Rc;

/// Topics of the group with, for each partition, the racks of its replicas (empty when unknown).
pub type Topics = Map<Topic, Vec<Set<Rc<str>>>>;

/// Partitions by member id, in the order the assignor gave them.
pub type Assignment = Map<Rc<str>, Vec<TopicPartition>>;

/// An assignor of the classic protocol, as `partition.assignment.strategy` names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Assignor {
    /// Consecutive pieces of each topic.
    Range,
    /// All partitions dealt in turn.
    RoundRobin,
    /// Keeps what members had, all of it given up during a rebalance.
    Sticky,
    /// Keeps what members had; only what moves is given up, one rebalance before it is given on.
    CooperativeSticky,
}

impl Assignor {
    /// Every assignor.
    pub const ALL: &'static [Assignor] = &[Assignor::Range, Assignor::RoundRobin, Assignor::Sticky, Assignor::CooperativeSticky];

    /// Its name in the protocol.
    pub const fn name(self) -> &'static str {
        match self {
            Assignor::Range => "range",
            Assignor::RoundRobin => "roundrobin",
            Assignor::Sticky => "sticky",
            Assignor::CooperativeSticky => "cooperative-sticky",
        }
    }

    /// The assignor of this name, if it is one.
    pub fn from_name(name: &str) -> Option<Assignor> {
        Assignor::ALL.iter().copied().find(|assignor| assignor.name() == name)
    }

    /// Assigns the partitions of the topics some member subscribes to; every member has an entry. A topic without partitions counts as
    /// unknown, and what a member says it owned need not be true.
    pub fn assign(self, topics: &Topics, members: &[JoinedMember]) -> Assignment {
        let subscribed = |topic: &Topic| members.iter().any(|member| member.subscription.topics.contains(topic));
        let known = topics.iter().filter(|(topic, partitions)| !partitions.is_empty() && subscribed(topic));
        let topics: Topics = known.map(|(topic, partitions)| (topic.clone(), partitions.clone())).collect();
        match self {
            Assignor::Range => range::assign(&topics, members),
            Assignor::RoundRobin => round_robin::assign(&topics, members),
            Assignor::Sticky => sticky::assign(&topics, members),
            Assignor::CooperativeSticky => cooperative_sticky::assign(&topics, members),
        }
    }
}

/// Static members first by instance id, then dynamic ones by member id (AbstractPartitionAssignor.java, MemberInfo).
fn member_order(a: &JoinedMember, b: &JoinedMember) -> Ordering {
    match (&a.instance_id, &b.instance_id) {
        (Some(a), Some(b)) => java::compare(a, b),
        (Some(_), None) => Ordering::Less,
        (None, Some(_)) => Ordering::Greater,
        (None, None) => java::compare(&a.member_id, &b.member_id),
    }
}

/// By topic, then by partition, in Java's order of strings.
fn partition_order(a: &TopicPartition, b: &TopicPartition) -> Ordering {
    java::compare(&a.topic, &b.topic).then(a.partition.cmp(&b.partition))
}

/// A member's rack, if it names one.
fn rack_of(member: &JoinedMember) -> Option<&Rc<str>> {
    member.subscription.rack.as_ref().filter(|rack| !rack.is_empty())
}

/// Whether racks matter: some member shares a rack with some replica, and not every partition is on all racks.
fn use_racks(member_racks: &Set<&Rc<str>>, partitions: &[&Set<Rc<str>>]) -> bool {
    let all: Set<&Rc<str>> = partitions.iter().flat_map(|racks| racks.iter()).collect();
    !member_racks.is_disjoint(&all) && partitions.iter().any(|racks| racks.len() != all.len())
}

fn nothing_for_each(members: &[JoinedMember]) -> Assignment {
    members.iter().map(|member| (member.member_id.clone(), Vec::new())).collect()
}
