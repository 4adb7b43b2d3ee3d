//! Sticky assignment when all members want the same topics: quotas.

use super::{Claims, Group};
use crate::kafka::assignor::partition_order;
use crate::kafka::java;
use crate::kafka::record::TopicPartition;
use crate::map::{Map, Set};

/// Lists by member, and the partitions that change hands with their new owner.
type Built = (Vec<Vec<TopicPartition>>, Map<TopicPartition, usize>);

struct Builder<'a> {
    group: &'a Group<'a>,
    disputed: Set<TopicPartition>,
    /// Partitions an owner may have to give up, with that owner.
    revoked: Map<TopicPartition, usize>,
    lists: Vec<Vec<TopicPartition>>,
    transferring: Map<TopicPartition, usize>,
    min_quota: usize,
    max_quota: usize,
    /// How many members may have more than the lower quota.
    expected_over_min: usize,
    over_min: usize,
    /// Members below the lower quota.
    under_min: Vec<usize>,
    /// Members at the lower quota that may get one more.
    at_min: Vec<usize>,
}

pub(super) fn build(group: &Group<'_>, claims: Claims) -> Built {
    let (count, members) = (group.partition_count(), group.members.len());
    if members == 0 {
        return (Vec::new(), Map::new());
    }
    let mut builder = Builder {
        group,
        disputed: claims.disputed,
        revoked: Map::new(),
        lists: vec![Vec::new(); members],
        transferring: Map::new(),
        min_quota: count / members,
        max_quota: count.div_ceil(members),
        expected_over_min: count % members,
        over_min: 0,
        under_min: Vec::new(),
        at_min: Vec::new(),
    };
    builder.keep_owned(claims.owned);
    crate::sort::by_key(&mut builder.under_min, |member| group.rank[*member]);
    crate::sort::by_key(&mut builder.at_min, |member| group.rank[*member]);
    let unassigned = builder.unassigned();
    let unassigned = builder.deal_within_racks(unassigned);
    builder.deal(unassigned);
    (builder.lists, builder.transferring)
}

impl Builder<'_> {
    fn keep_owned(&mut self, owned: Vec<Vec<TopicPartition>>) {
        for (member, list) in owned.into_iter().enumerate() {
            let (mismatched, mut list): (Vec<_>, Vec<_>) = list.into_iter().partition(|p| self.group.racks_mismatch(member, p));
            self.revoked.extend(mismatched.into_iter().map(|p| (p, member)));
            list.retain(|p| !self.disputed.contains(p));
            crate::sort::by(&mut list, |a, b| a.partition.cmp(&b.partition).then(java::compare(&a.topic, &b.topic)));
            let keep = if list.len() < self.min_quota {
                self.under_min.push(member);
                list.len()
            } else if list.len() >= self.max_quota && self.over_min < self.expected_over_min {
                self.over_min += 1;
                if self.over_min == self.expected_over_min {
                    self.at_min.clear();
                }
                self.max_quota
            } else {
                if self.over_min < self.expected_over_min {
                    self.at_min.push(member);
                }
                self.min_quota
            };
            self.revoked.extend(list.drain(keep..).map(|p| (p, member)));
            self.lists[member] = list;
        }
    }

    /// By topic and partition; when members name racks, those near the fewest members first.
    fn unassigned(&self) -> Vec<TopicPartition> {
        let assigned: Set<&TopicPartition> = self.lists.iter().flatten().collect();
        let mut unassigned = self.group.partitions(self.group.topics.keys());
        unassigned.retain(|partition| !assigned.contains(partition));
        crate::sort::by(&mut unassigned, partition_order);
        crate::sort::by_key(&mut unassigned, |partition| self.group.members_near(partition));
        unassigned
    }

    /// The first of `members`, from place `first` on and round, that is near a replica.
    fn next_near(&self, partition: &TopicPartition, members: &[usize], first: usize) -> Option<usize> {
        (0..members.len()).map(|step| (first + step) % members.len()).find(|i| self.group.in_rack(members[*i], partition))
    }

    /// Deals what can be dealt within racks; gives back the rest.
    fn deal_within_racks(&mut self, unassigned: Vec<TopicPartition>) -> Vec<TopicPartition> {
        if !self.group.rack_aware {
            return unassigned;
        }
        let mut rest = Vec::new();
        let mut next = 0;
        for partition in unassigned {
            if let Some(mut index) = self.next_near(&partition, &self.under_min, next) {
                let member = self.under_min[index];
                let count = self.give(partition, member);
                if count >= self.min_quota {
                    self.under_min.remove(index);
                    if count < self.max_quota {
                        self.at_min.push(member);
                    }
                } else {
                    index += 1;
                }
                next = index.checked_rem(self.under_min.len()).unwrap_or(0);
            } else if let Some(index) = self.next_near(&partition, &self.at_min, 0) {
                let member = self.at_min[index];
                if self.give(partition, member) == self.max_quota {
                    self.at_min.remove(index);
                }
            } else {
                rest.push(partition);
            }
        }
        rest
    }

    fn deal(&mut self, unassigned: Vec<TopicPartition>) {
        let mut next = 0;
        for partition in unassigned {
            if next >= self.under_min.len() {
                next = 0;
            }
            if let Some(member) = self.under_min.get(next).copied() {
                if self.give(partition, member) == self.min_quota {
                    self.under_min.remove(next);
                    self.at_min.push(member);
                } else {
                    next += 1;
                }
            } else if !self.at_min.is_empty() {
                let member = self.at_min.remove(0);
                self.give(partition, member);
            }
        }
    }

    /// How many the member has then.
    fn give(&mut self, partition: TopicPartition, member: usize) -> usize {
        let from_another = self.revoked.get(&partition).is_some_and(|owner| *owner != member);
        if from_another || self.disputed.contains(&partition) {
            self.transferring.insert(partition.clone(), member);
        }
        self.lists[member].push(partition);
        self.lists[member].len()
    }
}
