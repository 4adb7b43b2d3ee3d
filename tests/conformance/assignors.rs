//! Facts about which member gets which partition.

use super::value::{array, each, steps, texts};
use crate::Case;
use kafka_playground::kafka::assignor::{Assignor, Topics};
use kafka_playground::kafka::group::protocol::{JoinedMember, Subscription};
use kafka_playground::kafka::record::{Topic, TopicPartition};
use kafka_playground::map::Set;
use serde_json::{Value, json};
use std::rc::Rc;

fn topics(fact: &Value) -> Topics {
    let partitions = fact["partitions"].as_object().expect("partitions by topic");
    let racks = |topic: &Value| match topic.as_u64() {
        Some(count) => vec![Set::new(); count as usize],
        None => array(topic, "replicaRacks").iter().map(|racks| texts(racks).into_iter().map(Rc::from).collect()).collect(),
    };
    partitions.iter().map(|(topic, value)| (Topic::from(topic.as_str()), racks(value))).collect()
}

fn partition(name: &str) -> TopicPartition {
    let (topic, number) = name.rsplit_once('-').expect("topic-partition");
    TopicPartition::new(&Topic::from(topic), number.parse().expect("a partition"))
}

fn members(fact: &Value) -> Vec<JoinedMember> {
    let subscriptions = fact["subscriptions"].as_object().expect("subscriptions by member");
    let member = |(id, fact): (&String, &Value)| JoinedMember {
        member_id: Rc::from(id.as_str()),
        instance_id: fact["groupInstanceId"].as_str().map(Rc::from),
        subscription: Subscription {
            topics: texts(&fact["topics"]).into_iter().map(Rc::from).collect(),
            owned: texts(&fact["ownedPartitions"]).into_iter().map(partition).collect(),
            generation: fact["generationId"].as_i64().unwrap_or(-1) as i32,
            rack: fact["rackId"].as_str().map(Rc::from),
        },
    };
    subscriptions.iter().map(member).collect()
}

fn answer(fact: &Value, assignor: Assignor) -> (Value, Value) {
    let assignment = assignor.assign(&topics(fact), &members(fact));
    let found = assignment
        .iter()
        .map(|(member, partitions)| (member.to_string(), json!(partitions.iter().map(ToString::to_string).collect::<Vec<_>>())))
        .collect();
    (found, fact["assignment"].clone())
}

fn vectors(facts: &Value, assignor: Assignor) -> Vec<Case> {
    let mut cases = each(facts, "vectors", |fact| answer(fact, assignor));
    cases.extend(each(facts, "scenarios", |scenario| steps(array(scenario, "steps"), |step| answer(step, assignor))));
    cases
}

pub(crate) fn range(facts: &Value) -> Vec<Case> {
    vectors(facts, Assignor::Range)
}

pub(crate) fn round_robin(facts: &Value) -> Vec<Case> {
    vectors(facts, Assignor::RoundRobin)
}

pub(crate) fn sticky(facts: &Value) -> Vec<Case> {
    vectors(facts, Assignor::Sticky)
}

pub(crate) fn cooperative_sticky(facts: &Value) -> Vec<Case> {
    vectors(facts, Assignor::CooperativeSticky)
}
