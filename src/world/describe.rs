//! What is, in one canonical line for each thing (`scenarios.md`, Answers).

use super::World;
use super::command::Describe;
use crate::kafka::consumer::Consumer;
use crate::kafka::coordinator_key;
use crate::kafka::log::Log;
use crate::kafka::protocol::QuorumLeader;
use crate::kafka::record::{BatchKind, Record, TopicPartition};
use crate::kafka::registration::{NO_LEADER, PartitionRegistration};
use crate::sim::NodeId;
use std::fmt::Write;
use std::rc::Rc;

const UNKNOWN: &str = "UNKNOWN_TOPIC_OR_PARTITION";

/// The answer of `describe`.
pub fn describe(world: &World, what: &Describe) -> Vec<String> {
    match what {
        Describe::Topic(topic) => describe_topic(world, topic),
        Describe::Log(partition) => describe_log(world, partition),
        Describe::Group(group) => describe_group(world, group),
        Describe::Brokers => describe_brokers(world),
        Describe::Quorum => describe_quorum(world),
        Describe::Records => Vec::new(),
    }
}

/// Ids with commas, ascending.
pub fn ids(ids: &[i32]) -> String {
    let mut ids = ids.to_vec();
    crate::sort::sort(&mut ids);
    list(&ids)
}

fn list(ids: &[i32]) -> String {
    ids.iter().map(i32::to_string).collect::<Vec<_>>().join(",")
}

fn describe_topic(world: &World, topic: &Rc<str>) -> Vec<String> {
    let Some(t) = world.metadata().and_then(|m| m.topics.get(topic)) else { return vec![UNKNOWN.into()] };
    t.partitions.iter().enumerate().map(|(i, r)| partition_line(&TopicPartition::new(topic, i as i32), r)).collect()
}

/// One partition's registration: `orders-0 leader=1 leaderEpoch=0 …`.
pub fn partition_line(partition: &TopicPartition, r: &PartitionRegistration) -> String {
    let leader = if r.leader == NO_LEADER { "none".to_string() } else { r.leader.to_string() };
    let mut line = format!(
        "{partition} leader={leader} leaderEpoch={} partitionEpoch={} replicas={} isr={}",
        r.leader_epoch,
        r.partition_epoch,
        list(&r.replicas),
        ids(&r.isr)
    );
    for (name, members) in
        [("elr", &r.elr), ("lastKnownElr", &r.last_known_elr), ("adding", &r.adding_replicas), ("removing", &r.removing_replicas)]
    {
        if !members.is_empty() {
            let _ = write!(line, " {name}={}", ids(members));
        }
    }
    line
}

fn describe_log(world: &World, partition: &TopicPartition) -> Vec<String> {
    let Some(r) = world.metadata().and_then(|m| m.partition(partition)) else { return vec![UNKNOWN.into()] };
    let mut replicas = r.replicas.clone();
    crate::sort::sort(&mut replicas);
    replicas.iter().map(|id| log_line(world, *id, partition, r.leader == *id)).collect()
}

fn log_line(world: &World, id: i32, partition: &TopicPartition, leads: bool) -> String {
    let up = world.is_up(NodeId(id));
    let mut line = id.to_string();
    if !up {
        line += " [down]";
    }
    let Some(broker) = world.brokers.get(&id) else { return line };
    let Some(log) = broker.log(partition) else { return line + " empty" };
    if up && leads {
        line += " [leader]";
    }
    let epochs: Vec<String> = log.epochs.entries().iter().map(|e| format!("{}:{}", e.epoch, e.start_offset)).collect();
    let _ = write!(line, " start={} end={} epochs={}", log.start_offset(), log.end_offset(), epochs.join(","));
    if up
        && leads
        && let Some(replica) = broker.replicas.get(partition)
    {
        let _ = write!(line, " hw={}", replica.high_watermark);
        if replica.last_stable_offset() != replica.high_watermark {
            let _ = write!(line, " lso={}", replica.last_stable_offset());
        }
    }
    line += " |";
    line += &records(log);
    line
}

fn records(log: &Log) -> String {
    let mut all = Vec::new();
    for batch in log.batches(log.start_offset(), log.end_offset()) {
        for (offset, record) in batch.iter() {
            let what = match batch.kind {
                BatchKind::Data | BatchKind::Transactional => key_value(record),
                BatchKind::Commit => "COMMIT".into(),
                BatchKind::Abort => "ABORT".into(),
            };
            all.push(format!(" {offset}e{} {what}", batch.leader_epoch));
        }
    }
    all.join(" ·")
}

/// `key=value`; `-` where there is no key, `null` where there is no value.
pub fn key_value(record: &Record) -> String {
    format!("{}={}", record.key.as_deref().unwrap_or("-"), record.value.as_deref().unwrap_or("null"))
}

fn describe_brokers(world: &World) -> Vec<String> {
    let Some(image) = world.metadata() else { return Vec::new() };
    let state = |b: &crate::kafka::metadata::BrokerRegistration| match (b.fenced, b.in_controlled_shutdown) {
        (true, _) => "fenced",
        (false, true) => "stopping",
        (false, false) => "active",
    };
    image.brokers.iter().map(|(id, b)| format!("{id} {}", state(b))).collect()
}

/// Voters and observers, each with what it knows; a ZooKeeper cluster has none: `3001 leader epoch=2 leader=3001 end=30 hw=30`.
fn describe_quorum(world: &World) -> Vec<String> {
    let line = |id: i32, role: &str, heard: QuorumLeader, end: i64| {
        let role = if world.is_up(NodeId(id)) { role } else { "[down]" };
        let leader = heard.leader.map_or("none".to_string(), |l| l.to_string());
        format!("{id} {role} epoch={} leader={leader} end={end}", heard.epoch.max(0))
    };
    let mut lines = Vec::new();
    if world.controllers.is_empty() {
        return lines;
    }
    for c in world.controllers.values() {
        let end = line(c.id, c.quorum.role.name(), c.quorum.known_leader(), c.log().end_offset());
        lines.push(format!("{end} hw={}", c.quorum.high_watermark));
    }
    for b in world.brokers.values() {
        lines.push(line(b.id, "observer", b.quorum, b.image.end_offset));
    }
    lines
}

/// The broker that coordinates a group, as the metadata log has it.
pub fn coordinator(world: &World, group: &str) -> Option<i32> {
    let image = world.metadata()?;
    let offsets = image.topics.get("__consumer_offsets")?;
    let partition = coordinator_key::partition_for(group, offsets.partitions.len() as u32);
    offsets.partitions.get(partition as usize).map(|r| r.leader).filter(|l| *l != NO_LEADER)
}

fn describe_group(world: &World, group: &Rc<str>) -> Vec<String> {
    if !world.metadata().is_some_and(|image| image.topics.contains_key("__consumer_offsets")) {
        return vec!["GROUP_ID_NOT_FOUND".into()]; // Who asks has the topic made, and it is empty.
    }
    let Some(broker) = coordinator(world, group).and_then(|id| world.brokers.get(&id)) else {
        return vec!["COORDINATOR_NOT_AVAILABLE".into()];
    };
    let Some(g) = broker.groups.describe(group) else { return vec!["GROUP_ID_NOT_FOUND".into()] };
    let mut lines = vec![format!("{} protocol={}", g.state.name(), g.protocol)];
    for member in &g.members {
        let (client, mut assigned) = (&member.client_id, member.assignment.clone());
        crate::sort::sort(&mut assigned);
        let names: Vec<String> = assigned.iter().map(TopicPartition::to_string).collect();
        lines.push(format!("{client} {}", names.join(",")).trim_end().to_string());
    }
    let committed: Vec<String> = g.committed.iter().map(|(p, o)| format!("{p}@{}", o.offset)).collect();
    lines.push(format!("committed {}", committed.join(" ")).trim_end().to_string());
    lines
}

/// The answer of `read`: what a consumer received since the last time.
pub(super) fn read(consumer: &mut Consumer) -> Vec<String> {
    let mut records = consumer.take_read();
    crate::sort::by(&mut records, |a, b| (&a.partition, a.offset).cmp(&(&b.partition, b.offset)));
    let again = |r: &bool| if *r { " (again)" } else { "" };
    let mut lines: Vec<String> =
        records.iter().map(|r| format!("{}@{} {}{}", r.partition, r.offset, key_value(&r.record), again(&r.again))).collect();
    let mut errors = Vec::new();
    for error in consumer.take_errors() {
        if !errors.contains(&error) {
            errors.push(error);
        }
    }
    if lines.is_empty() && errors.is_empty() {
        lines.push("nothing".into());
    }
    lines.extend(errors.into_iter().map(str::to_string));
    lines
}
