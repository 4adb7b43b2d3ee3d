//! The round robin assignor: all partitions dealt one by one to the members in order.

use super::{Assignment, Topics, member_order, nothing_for_each};
use crate::kafka::group::protocol::JoinedMember;
use crate::kafka::java;
use crate::kafka::record::TopicPartition;

/// Deals topics by name and partitions ascending; a member not subscribed to the topic is passed over (RoundRobinAssignor.java).
pub fn assign(topics: &Topics, members: &[JoinedMember]) -> Assignment {
    let mut assignment = nothing_for_each(members);
    let mut circle: Vec<&JoinedMember> = members.iter().collect();
    crate::sort::by(&mut circle, |a, b| member_order(a, b));
    let mut sorted: Vec<_> = topics.iter().collect();
    crate::sort::by(&mut sorted, |(a, _), (b, _)| java::compare(a, b));
    let mut next = 0;
    for (topic, partitions) in sorted {
        for partition in 0..partitions.len() as i32 {
            let subscribed =
                (0..circle.len()).map(|step| (next + step) % circle.len()).find(|i| circle[*i].subscription.topics.contains(topic));
            let Some(index) = subscribed else { break };
            assignment.entry(circle[index].member_id.clone()).or_default().push(TopicPartition::new(topic, partition));
            next = (index + 1) % circle.len();
        }
    }
    assignment
}
