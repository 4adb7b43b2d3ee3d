//! The cooperative sticky assignor: the sticky target, reached in two rebalances for whatever changes hands.

use super::{Assignment, Topics, sticky};
use crate::kafka::group::protocol::JoinedMember;
use crate::kafka::record::TopicPartition;
use crate::map::{Map, Set};
use std::rc::Rc;

/// The sticky target without the partitions another member has to give up first (CooperativeStickyAssignor.java).
pub fn assign(topics: &Topics, members: &[JoinedMember]) -> Assignment {
    let sticky::Target { mut assignment, transferring } = sticky::target(topics, members);
    let transferring = transferring.unwrap_or_else(|| changing_hands(members, &assignment));
    for (partition, new_owner) in transferring {
        if let Some(list) = assignment.get_mut(&new_owner) {
            list.retain(|other| *other != partition);
        }
    }
    assignment
}

/// Partitions that one member gets and another has to give up, with who gets them.
fn changing_hands(members: &[JoinedMember], assignment: &Assignment) -> Map<TopicPartition, Rc<str>> {
    let mut added = Map::new();
    let mut revoked = Set::new();
    for member in members {
        let owned = &member.subscription.owned;
        let assigned = assignment.get(&member.member_id).map_or(&[][..], Vec::as_slice);
        added.extend(assigned.iter().filter(|p| !owned.contains(p)).map(|p| (p.clone(), member.member_id.clone())));
        revoked.extend(owned.iter().filter(|p| !assigned.contains(p)));
    }
    added.retain(|partition, _| revoked.contains(partition));
    added
}
