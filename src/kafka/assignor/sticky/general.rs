//! Sticky assignment when members want different topics: give each partition to whom has least, then move until no move helps.

use super::{Claims, Group};
use crate::kafka::java;
use crate::kafka::record::{Topic, TopicPartition};
use crate::map::{Map, Set};

struct Builder<'a> {
    group: &'a Group<'a>,
    /// The members that want each topic.
    consumers: Map<&'a Topic, Vec<usize>>,
    /// The known topics each member wants.
    wanted: Vec<Set<&'a Topic>>,
    lists: Vec<Vec<TopicPartition>>,
    owner: Map<TopicPartition, usize>,
    /// Members whose list cannot change any more.
    fixed: Vec<bool>,
    /// Earlier owners, from generations before the latest.
    previous: Map<&'a TopicPartition, usize>,
    movements: Movements,
}

pub(super) fn build(group: &Group<'_>, claims: Claims) -> Vec<Vec<TopicPartition>> {
    let mut builder = Builder::new(group, claims.owned);
    let revocation_required = builder.drop_unwanted();
    builder.balance(revocation_required);
    builder.lists
}

impl<'a> Builder<'a> {
    fn new(group: &'a Group<'a>, owned: Vec<Vec<TopicPartition>>) -> Self {
        let mut consumers: Map<&Topic, Vec<usize>> = group.topics.keys().map(|topic| (topic, Vec::new())).collect();
        let mut wanted = vec![Set::new(); group.members.len()];
        for (member, joined) in group.members.iter().enumerate() {
            for topic in &joined.subscription.topics {
                if let Some(list) = consumers.get_mut(topic)
                    && wanted[member].insert(topic)
                {
                    list.push(member);
                }
            }
        }
        let owners = owned.iter().enumerate().flat_map(|(member, list)| list.iter().map(move |p| (p.clone(), member)));
        Builder {
            group,
            consumers,
            wanted,
            owner: owners.collect(),
            lists: owned,
            fixed: vec![false; group.members.len()],
            previous: previous_owners(group),
            movements: Movements::default(),
        }
    }

    /// Takes away what a member no longer wants or no longer should have; true when there was any.
    fn drop_unwanted(&mut self) -> bool {
        let mut dropped = false;
        for member in 0..self.lists.len() {
            let (group, wanted) = (self.group, &self.wanted[member]);
            let before = self.lists[member].len();
            self.lists[member].retain(|p| wanted.contains(&p.topic) && !group.racks_mismatch(member, p));
            dropped |= self.lists[member].len() < before;
        }
        dropped
    }

    /// Members whose list may change, by how much they have, then by id.
    fn by_load(&self) -> Vec<usize> {
        let mut members: Vec<usize> = (0..self.lists.len()).filter(|member| !self.fixed[*member]).collect();
        crate::sort::by_key(&mut members, |member| (self.lists[*member].len(), self.group.rank[*member]));
        members
    }

    /// Topics by how many want them, then by name.
    fn sorted_partitions(&self) -> Vec<TopicPartition> {
        let mut topics: Vec<(&Topic, usize)> = self.consumers.iter().map(|(topic, list)| (*topic, list.len())).collect();
        crate::sort::by(&mut topics, |(a, fewer), (b, more)| fewer.cmp(more).then_with(|| java::compare(a, b)));
        self.group.partitions(topics.into_iter().map(|(topic, _)| topic))
    }

    fn balance(&mut self, revocation_required: bool) {
        let mut all = self.sorted_partitions();
        let assigned: Set<&TopicPartition> = self.lists.iter().flatten().collect();
        let mut unassigned: Vec<TopicPartition> = all.iter().filter(|p| !assigned.contains(p)).cloned().collect();
        let initializing = self.lists.iter().all(Vec::is_empty);

        let mut left = unassigned.clone();
        if self.group.rack_aware {
            left.retain(|partition| !self.give_to_least(partition, true));
        }
        for partition in &left {
            self.give_to_least(partition, false);
        }

        all.retain(|partition| self.is_shared(&partition.topic));
        unassigned.retain(|partition| self.is_shared(&partition.topic));
        self.fixed = (0..self.lists.len()).map(|member| !self.can_take_part(member)).collect();

        let before = self.lists.clone();
        if !revocation_required {
            self.reassign(&unassigned);
        }
        let reassigned = self.reassign(&all);
        if !initializing && reassigned && self.score(&self.lists) >= self.score(&before) {
            self.lists = before;
        }
    }

    fn give_to_least(&mut self, partition: &TopicPartition, within_racks: bool) -> bool {
        let suits = |member: &usize| {
            self.wanted[*member].contains(&partition.topic) && !(within_racks && self.group.racks_mismatch(*member, partition))
        };
        let Some(member) = self.by_load().into_iter().find(suits) else { return false };
        self.lists[member].push(partition.clone());
        self.owner.insert(partition.clone(), member);
        true
    }

    /// Two members or more want the topic.
    fn is_shared(&self, topic: &Topic) -> bool {
        self.consumers.get(topic).is_some_and(|list| list.len() >= 2)
    }

    fn most(&self, member: usize) -> usize {
        self.wanted[member].iter().filter_map(|topic| self.group.topics.get(*topic)).map(Vec::len).sum()
    }

    fn can_take_part(&self, member: usize) -> bool {
        self.lists[member].len() < self.most(member) || self.lists[member].iter().any(|p| self.is_shared(&p.topic))
    }

    fn is_balanced(&self) -> bool {
        let members = self.by_load();
        let (Some(least), Some(most)) = (members.first(), members.last()) else { return true };
        if self.lists[*least].len() + 1 >= self.lists[*most].len() {
            return true;
        }
        let has: Map<&TopicPartition, usize> = members.iter().flat_map(|member| self.lists[*member].iter().map(|p| (p, *member))).collect();
        let could_get_more = |member: &usize| {
            let count = self.lists[*member].len();
            count != self.most(*member)
                && self.group.partitions(self.wanted[*member].iter().copied()).iter().any(|partition| {
                    let other = has.get(partition).copied();
                    other.is_some_and(|other| other != *member && count + 1 < self.lists[other].len())
                })
        };
        !members.iter().any(could_get_more)
    }

    /// Moves partitions until no move improves the balance; true when any moved.
    fn reassign(&mut self, partitions: &[TopicPartition]) -> bool {
        let mut reassigned = false;
        // Every pass that changes something brings two lists nearer; the bound is for claims so odd that it would not.
        for _ in 0..=partitions.len() * self.lists.len() {
            let mut modified = false;
            for partition in partitions {
                if self.is_balanced() {
                    break;
                }
                let Some(to) = self.better_owner(partition) else { continue };
                self.move_towards(partition, to);
                modified = true;
            }
            reassigned |= modified;
            if !modified {
                break;
            }
        }
        reassigned
    }

    /// Who should have the partition instead of its owner: an earlier owner, else whoever has least, if that helps.
    fn better_owner(&self, partition: &TopicPartition) -> Option<usize> {
        let owner = self.owner.get(partition).copied()?;
        let helps = |other: usize| self.lists[owner].len() > self.lists[other].len() + 1;
        // Kafka does not ask whether the earlier owner still wants the topic; it would get what it cannot read.
        let still_wants = |member: usize| !self.fixed[member] && self.wanted[member].contains(&partition.topic);
        if let Some(previous) = self.previous.get(partition).copied().filter(|p| still_wants(*p) && helps(*p)) {
            return Some(previous);
        }
        let consumers = self.consumers.get(&partition.topic)?;
        if !consumers.iter().any(|other| helps(*other)) {
            return None;
        }
        self.by_load().into_iter().find(|member| self.wanted[*member].contains(&partition.topic))
    }

    fn move_towards(&mut self, partition: &TopicPartition, to: usize) {
        let Some(from) = self.owner.get(partition).copied() else { return };
        let moved = self.movements.actual(partition, from, to);
        let Some(from) = self.owner.get(&moved).copied() else { return };
        self.movements.note(&moved, from, to);
        self.lists[from].retain(|other| *other != moved);
        self.lists[to].push(moved.clone());
        self.owner.insert(moved, to);
    }

    /// The sum of the differences of all pairs of lists; 0 is perfect.
    fn score(&self, lists: &[Vec<TopicPartition>]) -> usize {
        let lens: Vec<usize> = lists.iter().zip(&self.fixed).filter(|(_, fixed)| !**fixed).map(|(list, _)| list.len()).collect();
        lens.iter().enumerate().flat_map(|(i, a)| lens[i + 1..].iter().map(move |b| a.abs_diff(*b))).sum()
    }
}

/// For each partition its owner of the latest generation that is not the latest of all.
fn previous_owners<'a>(group: &Group<'a>) -> Map<&'a TopicPartition, usize> {
    let latest = (0..group.members.len()).map(|member| group.generation(member)).max().unwrap_or(-1);
    let mut previous: Map<&TopicPartition, (i32, usize)> = Map::new();
    for (member, joined) in group.members.iter().enumerate() {
        let generation = group.generation(member);
        for partition in joined.subscription.owned.iter().filter(|_| generation < latest) {
            let known = previous.entry(partition).or_insert((generation, member));
            if generation > known.0 {
                *known = (generation, member);
            }
        }
    }
    previous.into_iter().map(|(partition, (_, member))| (partition, member)).collect()
}

/// Who gave a partition to whom in this assignment: a partition should not go one way while another of its topic goes the other.
#[derive(Default)]
struct Movements {
    by_partition: Map<TopicPartition, (usize, usize)>,
    by_pair: Map<(Topic, usize, usize), Vec<TopicPartition>>,
}

impl Movements {
    fn note(&mut self, partition: &TopicPartition, from: usize, to: usize) {
        let mut origin = from;
        if let Some((first, last)) = self.by_partition.remove(partition) {
            if let Some(list) = self.by_pair.get_mut(&(partition.topic.clone(), first, last)) {
                list.retain(|other| other != partition);
            }
            if first == to {
                return;
            }
            origin = first;
        }
        self.by_partition.insert(partition.clone(), (origin, to));
        self.by_pair.entry((partition.topic.clone(), origin, to)).or_default().push(partition.clone());
    }

    /// The partition to move instead of `partition`, if one of its topic went the other way.
    fn actual(&self, partition: &TopicPartition, from: usize, to: usize) -> TopicPartition {
        let origin = self.by_partition.get(partition).map_or(from, |(origin, _)| *origin);
        let back = self.by_pair.get(&(partition.topic.clone(), to, origin)).map_or(&[][..], Vec::as_slice);
        let hashed = back.iter().map(|p| (java::topic_partition_hash(&p.topic, p.partition), p));
        let first = java::hash_map_order(hashed, java::DEFAULT_CAPACITY).first().copied();
        first.unwrap_or(partition).clone()
    }
}
