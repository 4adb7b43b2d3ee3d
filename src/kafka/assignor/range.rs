//! The range assignor: each topic cut into consecutive pieces, members in order; racks are matched first when they matter.

use super::{Assignment, Topics, member_order, nothing_for_each, partition_order, rack_of, use_racks};
use crate::kafka::group::protocol::JoinedMember;
use crate::kafka::java;
use crate::kafka::record::{Topic, TopicPartition};
use crate::map::{Map, Set};
use std::rc::Rc;

/// One topic being assigned.
struct TopicState<'a> {
    topic: &'a Topic,
    racks: &'a [Set<Rc<str>>],
    /// Subscribed members in order.
    members: Vec<&'a JoinedMember>,
    needs_racks: bool,
    /// Some member names a rack; only then are the partitions' racks looked at.
    racks_known: bool,
    unassigned: Set<i32>,
    assigned: Map<Rc<str>, usize>,
    quota: usize,
    /// Members that may still get one more than the quota.
    extras: usize,
}

impl<'a> TopicState<'a> {
    fn new(topic: &'a Topic, racks: &'a [Set<Rc<str>>], all_members: &'a [JoinedMember]) -> Self {
        let mut members: Vec<&JoinedMember> = all_members.iter().filter(|m| m.subscription.topics.contains(topic)).collect();
        crate::sort::by(&mut members, |a, b| member_order(a, b));
        let member_racks: Set<&Rc<str>> = members.iter().filter_map(|m| rack_of(m)).collect();
        TopicState {
            topic,
            racks,
            needs_racks: use_racks(&member_racks, &racks.iter().collect::<Vec<_>>()),
            racks_known: !member_racks.is_empty(),
            unassigned: (0..racks.len() as i32).collect(),
            assigned: Map::new(),
            quota: racks.len().checked_div(members.len()).unwrap_or(0),
            extras: racks.len().checked_rem(members.len()).unwrap_or(0),
            members,
        }
    }

    fn assignable(&self, member: &JoinedMember) -> usize {
        let has = self.assigned.get(&member.member_id).copied().unwrap_or(0);
        (self.quota + usize::from(self.extras > 0)).saturating_sub(has)
    }

    fn racks_match(&self, member: &JoinedMember, partition: i32) -> bool {
        let Some(rack) = rack_of(member) else { return true };
        usize::try_from(partition).ok().and_then(|p| self.racks.get(p)).is_some_and(|racks| racks.contains(rack))
    }

    fn assign(&mut self, member: &JoinedMember, partitions: &[i32], assignment: &mut Assignment) {
        let list = assignment.entry(member.member_id.clone()).or_default();
        for partition in partitions {
            list.push(TopicPartition::new(self.topic, *partition));
            self.unassigned.remove(partition);
        }
        let has = self.assigned.entry(member.member_id.clone()).or_default();
        *has += partitions.len();
        if *has > self.quota {
            self.extras = self.extras.saturating_sub(1);
        }
    }

    fn assign_ranges(&mut self, match_racks: bool, assignment: &mut Assignment) {
        for member in self.members.clone() {
            let partitions: Vec<i32> = self
                .unassigned
                .iter()
                .copied()
                .filter(|partition| !match_racks || self.racks_match(member, *partition))
                .take(self.assignable(member))
                .collect();
            if !partitions.is_empty() {
                self.assign(member, &partitions, assignment);
            }
        }
    }
}

/// Assigns every partition of the subscribed topics (RangeAssignor.java).
pub fn assign(topics: &Topics, members: &[JoinedMember]) -> Assignment {
    let mut assignment = nothing_for_each(members);
    let with_partitions = topics.iter().filter(|(_, partitions)| !partitions.is_empty());
    let hashed = with_partitions.map(|(topic, partitions)| (java::string_hash(topic), (topic, partitions)));
    let mut states: Vec<TopicState<'_>> = java::hash_map_order(hashed, java::DEFAULT_CAPACITY)
        .into_iter()
        .map(|(topic, partitions)| TopicState::new(topic, partitions, members))
        .collect();
    let rack_aware = states.iter().any(|state| state.needs_racks);
    if rack_aware {
        assign_matching_racks(&mut states, &mut assignment);
    }
    for state in &mut states {
        state.assign_ranges(false, &mut assignment);
    }
    if rack_aware {
        for list in assignment.values_mut() {
            crate::sort::by(list, partition_order);
        }
    }
    assignment
}

/// Topics with the same members and as many partitions keep equal partitions together.
fn assign_matching_racks(states: &mut [TopicState<'_>], assignment: &mut Assignment) {
    let mut groups: Map<(Vec<Rc<str>>, usize), Vec<usize>> = Map::new();
    for (i, state) in states.iter().enumerate() {
        let members = state.members.iter().map(|m| m.member_id.clone()).collect();
        let partitions = if state.racks_known { state.racks.len() } else { 0 };
        groups.entry((members, partitions)).or_default().push(i);
    }
    for ((_, partitions), group) in groups {
        match group[..] {
            [only] if states[only].needs_racks => states[only].assign_ranges(true, assignment),
            [_] => {}
            _ => assign_together(states, &group, partitions as i32, assignment),
        }
    }
}

fn assign_together(states: &mut [TopicState<'_>], group: &[usize], partitions: i32, assignment: &mut Assignment) {
    let mut remaining = group.first().map(|first| states[*first].members.clone()).unwrap_or_default();
    for partition in 0..partitions {
        let fits =
            |member: &&JoinedMember| group.iter().all(|i| states[*i].racks_match(member, partition) && states[*i].assignable(member) > 0);
        let Some(member) = remaining.iter().copied().find(|member| fits(member)) else { continue };
        for i in group {
            states[*i].assign(member, &[partition], assignment);
        }
        if group.iter().all(|i| states[*i].assignable(member) == 0) {
            remaining.retain(|other| other.member_id != member.member_id);
        }
    }
}
