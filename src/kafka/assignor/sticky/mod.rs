//! The sticky assignor: balanced, and members keep as much as they can of what they had (AbstractStickyAssignor.java).

mod constrained;
mod general;

use super::{Assignment, Topics, rack_of, use_racks};
use crate::kafka::group::protocol::JoinedMember;
use crate::kafka::java;
use crate::kafka::record::{Topic, TopicPartition};
use crate::map::{Map, Set};
use std::rc::Rc;

/// A target assignment.
pub(super) struct Target {
    pub(super) assignment: Assignment,
    /// Partitions that change hands with their new owner; none when not worked out.
    pub(super) transferring: Option<Map<TopicPartition, Rc<str>>>,
}

/// Assigns every partition of `topics`, which all have partitions and subscribers.
pub fn assign(topics: &Topics, members: &[JoinedMember]) -> Assignment {
    target(topics, members).assignment
}

pub(super) fn target(topics: &Topics, members: &[JoinedMember]) -> Target {
    let group = Group::new(topics, members);
    let claims = Claims::new(&group);
    let (lists, transferring) = if group.subscriptions_equal() {
        let (lists, transferring) = constrained::build(&group, claims);
        (lists, Some(transferring))
    } else {
        (general::build(&group, claims), None)
    };
    let id = |member: usize| group.members[member].member_id.clone();
    Target {
        assignment: lists.into_iter().enumerate().map(|(member, list)| (id(member), list)).collect(),
        transferring: transferring.map(|all| all.into_iter().map(|(partition, member)| (partition, id(member))).collect()),
    }
}

/// The members, numbered in the order in which Java walks a map keyed by their ids, and their topics.
struct Group<'a> {
    topics: &'a Topics,
    members: Vec<&'a JoinedMember>,
    /// Place of each member when sorted by id.
    rank: Vec<usize>,
    /// Racks matter.
    rack_aware: bool,
    /// How many members are in each rack.
    members_in_rack: Map<&'a Rc<str>, usize>,
}

impl<'a> Group<'a> {
    fn new(topics: &'a Topics, members: &'a [JoinedMember]) -> Self {
        let hashed = members.iter().map(|member| (java::string_hash(&member.member_id), member));
        let members = java::hash_map_order(hashed, java::DEFAULT_CAPACITY);
        let mut by_id: Vec<usize> = (0..members.len()).collect();
        crate::sort::by(&mut by_id, |a, b| java::compare(&members[*a].member_id, &members[*b].member_id));
        let mut rank = vec![0; members.len()];
        for (place, member) in by_id.into_iter().enumerate() {
            rank[member] = place;
        }
        let mut members_in_rack: Map<&Rc<str>, usize> = Map::new();
        for rack in members.iter().filter_map(|member| rack_of(member)) {
            *members_in_rack.entry(rack).or_default() += 1;
        }
        let racks: Set<&Rc<str>> = members_in_rack.keys().copied().collect();
        let rack_aware = use_racks(&racks, &topics.values().flatten().collect::<Vec<_>>());
        Group { topics, members, rank, rack_aware, members_in_rack }
    }

    /// Whether all members want the same topics, as Kafka compares them: from the first that wants any.
    fn subscriptions_equal(&self) -> bool {
        let mut wanted: Set<&Topic> = Set::new();
        self.members.iter().all(|member| {
            let topics = &member.subscription.topics;
            if wanted.is_empty() {
                wanted.extend(topics);
                return true;
            }
            topics.len() == wanted.len() && topics.iter().all(|topic| wanted.contains(topic))
        })
    }

    fn generation(&self, member: usize) -> i32 {
        self.members[member].subscription.generation
    }

    fn partition_count(&self) -> usize {
        self.topics.values().map(Vec::len).sum()
    }

    /// All partitions of the topics in the given order.
    fn partitions<'t>(&self, topics: impl IntoIterator<Item = &'t Topic>) -> Vec<TopicPartition> {
        let of_topic = |topic: &Topic| {
            let count = self.topics.get(topic).map_or(0, Vec::len) as i32;
            (0..count).map(|partition| TopicPartition::new(topic, partition)).collect::<Vec<_>>()
        };
        topics.into_iter().flat_map(of_topic).collect()
    }

    fn racks_of(&self, partition: &TopicPartition) -> Option<&Set<Rc<str>>> {
        self.topics.get(&partition.topic)?.get(usize::try_from(partition.partition).ok()?)
    }

    /// The member's rack, when racks matter.
    fn rack(&self, member: usize) -> Option<&Rc<str>> {
        rack_of(self.members[member]).filter(|_| self.rack_aware)
    }

    fn in_rack(&self, member: usize, partition: &TopicPartition) -> bool {
        self.rack(member).is_some_and(|rack| self.racks_of(partition).is_some_and(|racks| racks.contains(rack)))
    }

    /// Racks matter, the member has one, and no replica is there.
    fn racks_mismatch(&self, member: usize, partition: &TopicPartition) -> bool {
        self.rack(member).is_some() && !self.in_rack(member, partition)
    }

    /// Members near a replica of the partition.
    fn members_near(&self, partition: &TopicPartition) -> usize {
        let racks = self.racks_of(partition).into_iter().flatten();
        racks.filter_map(|rack| self.members_in_rack.get(rack)).sum()
    }
}

/// What each member may say it had: of two claims the one of the later generation counts, of two of one generation neither.
struct Claims {
    owned: Vec<Vec<TopicPartition>>,
    /// Claimed twice in one generation.
    disputed: Set<TopicPartition>,
}

impl Claims {
    fn new(group: &Group<'_>) -> Self {
        let mut claims = Claims { owned: vec![Vec::new(); group.members.len()], disputed: Set::new() };
        let mut owner: Map<&TopicPartition, usize> = Map::new();
        for (member, joined) in group.members.iter().enumerate() {
            // Kafka looks at the topic only; a topic made again with fewer partitions would keep readers of nothing.
            for partition in joined.subscription.owned.iter().filter(|p| group.racks_of(p).is_some()) {
                let Some(other) = owner.get(partition).copied() else {
                    claims.owned[member].push(partition.clone());
                    owner.insert(partition, member);
                    continue;
                };
                let (mine, others) = (group.generation(member), group.generation(other));
                if mine < others {
                    continue;
                }
                if mine == others {
                    claims.disputed.insert(partition.clone());
                } else {
                    claims.owned[member].push(partition.clone());
                }
                claims.owned[other].retain(|p| p != partition);
                owner.insert(partition, member);
            }
        }
        claims
    }
}
