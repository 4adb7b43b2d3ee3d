//! One canonical line for every fact, and one number for a whole world: what the command line prints and what two runs are compared by.

use super::World;
use super::describe;
use super::print::Span;
use super::trace::Entry;
use crate::kafka::fact::{Fact, PartitionChoice};
use crate::kafka::protocol::Broken;
use crate::kafka::record::{RecordId, TopicPartition};
use crate::sim::{EPOCH, Micros, NodeId, SECOND};
use std::fmt::{self, Write};

/// An instant as seconds since the world began, with microseconds: `12.000345`.
pub struct Instant(pub Micros);

impl fmt::Display for Instant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let since = (self.0 - EPOCH).max(0);
        write!(f, "{}.{:06}", since / SECOND, since % SECOND)
    }
}

/// A fact of the trace in one line: when, where, what, and its fields in a fixed order.
///
/// `3.004512 broker-1 HighWatermarkAdvanced orders-0 from=0 to=1`
pub fn line(world: &World, entry: &Entry) -> String {
    let mut text = String::new();
    write_line(world, entry, &mut text);
    text
}

/// Writes what [`line`] gives behind `text`.
pub fn write_line(world: &World, entry: &Entry, text: &mut String) {
    let _ = write!(text, "{} {} ", Instant(entry.at), world.name(entry.node));
    write_fact(world, &entry.fact, text);
}

/// A fact alone: its name and its fields.
pub fn fact(world: &World, fact: &Fact) -> String {
    let mut text = String::new();
    write_fact(world, fact, &mut text);
    text
}

/// A record's identity: who sent it, and the how-manieth it was, as `p1#17`.
pub fn record(world: &World, record: &RecordId) -> String {
    format!("{}#{}", world.name(NodeId(record.producer)), record.number)
}

fn broken(why: &Broken) -> &'static str {
    match why {
        Broken::Unreachable => "unreachable",
        Broken::Disconnected => "disconnected",
        Broken::TimedOut => "timedOut",
    }
}

fn partitions(partitions: &[TopicPartition]) -> String {
    partitions.iter().map(TopicPartition::to_string).collect::<Vec<_>>().join(",")
}

fn write_fact(world: &World, fact: &Fact, f: &mut String) {
    // Writing into a String cannot fail.
    let _ = match fact {
        Fact::RecordSent { record: r, partition, key, choice } => {
            let _ = write!(f, "RecordSent {partition} record={}", record(world, r));
            if let Some(key) = key {
                let _ = write!(f, " key={key}");
            }
            match choice {
                PartitionChoice::Explicit => write!(f, " choice=explicit"),
                PartitionChoice::Key { hash, partitions } => write!(f, " choice=key hash={hash} partitions={partitions}"),
                PartitionChoice::Sticky => write!(f, " choice=sticky"),
                PartitionChoice::RoundRobin => write!(f, " choice=roundRobin"),
            }
        }
        Fact::RecordAcknowledged { record: r, partition, offset, sent_at } => {
            let offset = offset.map_or("?".to_string(), |o| o.to_string());
            write!(f, "RecordAcknowledged {partition} record={} offset={offset} sentAt={}", record(world, r), Instant(*sent_at))
        }
        Fact::RecordFailed { record: r, partition, error } => {
            let _ = f.write_str("RecordFailed");
            if let Some(partition) = partition {
                let _ = write!(f, " {partition}");
            }
            write!(f, " record={} error={error}", record(world, r))
        }
        Fact::BatchRetried { partition, records, error } => write!(f, "BatchRetried {partition} records={records} error={error}"),
        Fact::ProducerIdAssigned { producer_id, epoch } => write!(f, "ProducerIdAssigned producerId={producer_id} producerEpoch={epoch}"),
        Fact::RecordsRead { partition, first_offset, last_offset, records } => {
            write!(f, "RecordsRead {partition} firstOffset={first_offset} lastOffset={last_offset} records={records}")
        }
        Fact::PositionReset { partition, offset } => write!(f, "PositionReset {partition} offset={offset}"),
        Fact::PartitionsRevoked { group, partitions: p } => write!(f, "PartitionsRevoked group={group} partitions={}", partitions(p)),
        Fact::PartitionsAssigned { group, generation, partitions: p } => {
            write!(f, "PartitionsAssigned group={group} generation={generation} partitions={}", partitions(p))
        }
        Fact::ConsumerFailed { error } => write!(f, "ConsumerFailed error={error}"),
        Fact::MemberJoined { group, member } => write!(f, "MemberJoined group={group} member={member}"),
        Fact::MemberLeft { group, member, expired } => write!(f, "MemberLeft group={group} member={member} expired={expired}"),
        Fact::RebalanceStarted { group, generation } => write!(f, "RebalanceStarted group={group} generation={generation}"),
        Fact::GroupStable { group, generation, protocol, members } => {
            write!(f, "GroupStable group={group} generation={generation} protocol={protocol} members={members}")
        }
        Fact::GroupEmpty { group } => write!(f, "GroupEmpty group={group}"),
        Fact::OffsetsCommitted { group, offsets } => {
            let offsets: Vec<String> = offsets.iter().map(|(p, o)| format!("{p}@{o}")).collect();
            write!(f, "OffsetsCommitted group={group} offsets={}", offsets.join(","))
        }
        Fact::Appended { partition, base_offset, last_offset, leader_epoch, records } => {
            let records: Vec<String> = records.iter().map(|r| record(world, r)).collect();
            let _ = write!(f, "Appended {partition} baseOffset={base_offset} lastOffset={last_offset} leaderEpoch={leader_epoch}");
            write!(f, " records={}", records.join(","))
        }
        Fact::DuplicateFound { partition, base_offset } => write!(f, "DuplicateFound {partition} baseOffset={base_offset}"),
        Fact::ProduceRefused { partition, error } => write!(f, "ProduceRefused {partition} error={error}"),
        Fact::Replicated { partition, base_offset, last_offset } => {
            write!(f, "Replicated {partition} baseOffset={base_offset} lastOffset={last_offset}")
        }
        Fact::HighWatermarkAdvanced { partition, from, to } => write!(f, "HighWatermarkAdvanced {partition} from={from} to={to}"),
        Fact::HighWatermarkLearned { partition, from, to } => write!(f, "HighWatermarkLearned {partition} from={from} to={to}"),
        Fact::BecameLeader { partition, leader_epoch, start_offset } => {
            write!(f, "BecameLeader {partition} leaderEpoch={leader_epoch} startOffset={start_offset}")
        }
        Fact::BecameFollower { partition, leader, leader_epoch } => {
            write!(f, "BecameFollower {partition} leader={leader} leaderEpoch={leader_epoch}")
        }
        Fact::Truncated { partition, from, to } => write!(f, "Truncated {partition} from={from} to={to}"),
        Fact::ReplicaFailed { partition } => write!(f, "ReplicaFailed {partition}"),
        Fact::IsrProposed { partition, from, to } => {
            write!(f, "IsrProposed {partition} from={} to={}", describe::ids(from), describe::ids(to))
        }
        Fact::BrokerRunning { broker } => write!(f, "BrokerRunning broker={broker}"),
        Fact::RegistrationTimedOut { broker } => write!(f, "RegistrationTimedOut broker={broker}"),
        Fact::QuorumElectionStarted { epoch } => write!(f, "QuorumElectionStarted epoch={epoch}"),
        Fact::ControllerActivated { epoch } => write!(f, "ControllerActivated epoch={epoch}"),
        Fact::ControllerRenounced { epoch } => write!(f, "ControllerRenounced epoch={epoch}"),
        Fact::MetadataTruncated { from, to } => write!(f, "MetadataTruncated from={from} to={to}"),
        Fact::BrokerRegistered { broker, epoch } => write!(f, "BrokerRegistered broker={broker} brokerEpoch={epoch}"),
        Fact::RegistrationRefused { broker, error } => write!(f, "RegistrationRefused broker={broker} error={error}"),
        Fact::BrokerFenced { broker, expired } => write!(f, "BrokerFenced broker={broker} expired={expired}"),
        Fact::DirectoriesOffline { broker, directories } => write!(f, "DirectoriesOffline broker={broker} directories={directories}"),
        Fact::BrokerUnfenced { broker } => write!(f, "BrokerUnfenced broker={broker}"),
        Fact::ShutdownStarted { broker } => write!(f, "ShutdownStarted broker={broker}"),
        Fact::SessionEnded { broker, expired } => write!(f, "SessionEnded broker={broker} expired={expired}"),
        Fact::BrokerNodeExists { broker } => write!(f, "BrokerNodeExists broker={broker}"),
        Fact::ControllerElected { broker, epoch } => write!(f, "ControllerElected broker={broker} controllerEpoch={epoch}"),
        Fact::ControllerResigned { broker, epoch } => write!(f, "ControllerResigned broker={broker} controllerEpoch={epoch}"),
        Fact::BrokerUnregistered { broker } => write!(f, "BrokerUnregistered broker={broker}"),
        Fact::LeaderElected { partition, from, to, leader_epoch, unclean } => {
            write!(f, "LeaderElected {partition} from={from} to={to} leaderEpoch={leader_epoch} unclean={unclean}")
        }
        Fact::IsrChanged { partition, from, to } => {
            write!(f, "IsrChanged {partition} from={} to={}", describe::ids(from), describe::ids(to))
        }
        Fact::TopicCreated { topic, partitions, replication_factor } => {
            write!(f, "TopicCreated topic={topic} partitions={partitions} replicationFactor={replication_factor}")
        }
        Fact::TopicDeleted { topic } => write!(f, "TopicDeleted topic={topic}"),
        Fact::PartitionsAdded { topic, from, to } => write!(f, "PartitionsAdded topic={topic} from={from} to={to}"),
        Fact::ConfigChanged { resource, name, value } => write!(f, "ConfigChanged resource={resource} {name}={value}"),
        Fact::ConfigNotSimulated { name, value } => write!(f, "ConfigNotSimulated {name}={value}"),
        Fact::AdminRefused { request, error, nearest } => {
            let _ = write!(f, "AdminRefused request={request} error={error}");
            nearest.as_ref().map_or(Ok(()), |nearest| write!(f, " nearest={nearest}"))
        }
        Fact::Started => f.write_str("Started"),
        Fact::Killed => f.write_str("Killed"),
        Fact::Stopped => f.write_str("Stopped"),
        Fact::PowerLost => f.write_str("PowerLost"),
        Fact::DiskLost => f.write_str("DiskLost"),
        Fact::DataLost { partition, from, to } => write!(f, "DataLost {partition} from={from} to={to}"),
        Fact::DirectoryFailed { broker, directory } => write!(f, "DirectoryFailed broker={broker} directory={directory}"),
        Fact::DiskSlowed { latency } => write!(f, "DiskSlowed latency={}", Span(*latency)),
        Fact::Paused => f.write_str("Paused"),
        Fact::Resumed => f.write_str("Resumed"),
        Fact::LinkCut { from, to, both_ways } => {
            write!(f, "LinkCut from={} to={} bothWays={both_ways}", world.name(*from), world.name(*to))
        }
        Fact::LinkSlowed { from, to, latency } => {
            write!(f, "LinkSlowed from={} to={} latency={}", world.name(*from), world.name(*to), Span(*latency))
        }
        Fact::LinkHealed { from, to } => write!(f, "LinkHealed from={} to={}", world.name(*from), world.name(*to)),
        Fact::ConnectionLost { to, why } => write!(f, "ConnectionLost to={} why={}", world.name(*to), broken(why)),
    };
}

/// Everything a world holds that has a canonical line: the step and the instant, brokers, partitions, every replica's log, groups, links,
/// and the facts not drained yet.
pub fn text(world: &World) -> String {
    let mut text = format!("step={} now={} stated={}\n", world.step, Instant(world.now), world.stated());
    let mut put = |lines: Vec<String>| {
        for line in lines {
            text += &line;
            text.push('\n');
        }
    };
    put(describe::describe(world, &super::command::Describe::Brokers));
    put(describe::describe(world, &super::command::Describe::Quorum));
    if let Some(image) = world.metadata() {
        for (topic, image) in &image.topics {
            put(describe::describe(world, &super::command::Describe::Topic(topic.clone())));
            for partition in 0..image.partitions.len() as i32 {
                put(describe::describe(world, &super::command::Describe::Log(TopicPartition::new(topic, partition))));
            }
        }
    }
    let groups: crate::map::Set<_> = world.consumers.values().filter_map(|c| c.group.clone()).collect();
    for group in groups {
        put(describe::describe(world, &super::command::Describe::Group(group)));
    }
    for ((from, to), link) in world.network.changed_links() {
        let (latency, jitter) = (Span(link.latency), Span(link.jitter));
        let (part, of) = link.loss;
        put(vec![format!(
            "{} -> {} latency={latency} jitter={jitter} loss={part}/{of} cut={}",
            world.name(*from),
            world.name(*to),
            link.cut
        )]);
    }
    for entry in &world.facts {
        write_line(world, entry, &mut text);
        text.push('\n');
    }
    text
}

/// One number for [`text`]: the same in every build of this program, native or wasm, exactly when the two runs are the same.
pub fn fingerprint(world: &World) -> u64 {
    fnv1a(text(world).as_bytes())
}

/// FNV-1a with 64 bits.
pub fn fnv1a(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3))
}
