//! The canonical line of each [`Command`]: the other direction of `grammar`.

use std::fmt::{self, Write};

use super::command::{
    Cluster, Command, Configs, Describe, Fraction, Micros, NodeName, Placement, Profile, Rate, Send, Subscription, TopicPartition,
    Truncation,
};
use super::grammar::{ELECTIONS, PROFILES, SWITCH, TRUNCATIONS, UNITS};

/// A word or value as it stands in a line: bare where that reads back the same, else a JSON string.
struct Text<'a>(&'a str);

impl fmt::Display for Text<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.0.starts_with('"') && !self.0.contains(|c: char| c.is_whitespace() || c.is_control() || c == '#') {
            return f.write_str(self.0);
        }
        f.write_char('"')?;
        for letter in self.0.chars() {
            match letter {
                '"' => f.write_str("\\\"")?,
                '\\' => f.write_str("\\\\")?,
                '\n' => f.write_str("\\n")?,
                '\r' => f.write_str("\\r")?,
                '\t' => f.write_str("\\t")?,
                letter if letter.is_control() => write!(f, "\\u{:04x}", u32::from(letter))?,
                letter => f.write_char(letter)?,
            }
        }
        f.write_char('"')
    }
}

/// A word that stands by itself, where `a=b` would be read as an option and nothing as no word at all.
struct Alone<'a>(&'a str);

impl fmt::Display for Alone<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let quoted = self.0.is_empty() || (self.0.contains('=') && format!("{}", Text(self.0)) == self.0);
        if quoted { write!(f, "\"{}\"", self.0.replace('\\', "\\\\").replace('"', "\\\"")) } else { write!(f, "{}", Text(self.0)) }
    }
}

/// Items between commas, as one word.
fn joined<T: fmt::Display>(items: &[T], separator: &str) -> String {
    let mut text = String::new();
    for (i, item) in items.iter().enumerate() {
        let before = if i > 0 { separator } else { "" };
        let _ = write!(text, "{before}{item}");
    }
    text
}

/// A span of time in the largest unit that divides it.
pub struct Span(pub Micros);

impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0 == 0 {
            return f.write_str("0s");
        }
        let (unit, micros) = UNITS.iter().rev().find(|(_, micros)| self.0 % micros == 0).unwrap_or(&UNITS[0]);
        write!(f, "{}{unit}", self.0 / micros)
    }
}

fn word_of<T: PartialEq>(choices: &[(&'static str, T)], choice: &T) -> &'static str {
    choices.iter().find(|(_, other)| other == choice).map_or("", |(word, _)| word)
}

impl fmt::Display for NodeName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            NodeName::Node(id) => write!(f, "{id}"),
            NodeName::Client(name) => f.write_str(name),
            NodeName::Zk => f.write_str("zk"),
        }
    }
}

impl fmt::Display for Rate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match UNITS.iter().find(|(_, micros)| *micros == self.per) {
            Some((unit, _)) => write!(f, "{}/{unit}", self.count),
            None => write!(f, "{}/{}", self.count, Span(self.per)),
        }
    }
}

impl fmt::Display for Fraction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.part, self.of)
    }
}

impl fmt::Display for Profile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(word_of(PROFILES, self))
    }
}

impl fmt::Display for Truncation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(word_of(TRUNCATIONS, self))
    }
}

impl fmt::Display for Cluster {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "cluster brokers={}", self.brokers)?;
        if !self.ids.is_empty() {
            write!(f, " ids={}", joined(&self.ids, ","))?;
        }
        if self.controllers != 1 {
            write!(f, " controllers={}", self.controllers)?;
        }
        if !self.racks.is_empty() {
            write!(f, " racks={}", Text(&joined(&self.racks, ",")))?;
        }
        if self.profile != Profile::default() {
            write!(f, " profile={}", self.profile)?;
        }
        option(f, "seed", &self.seed)?;
        option(f, "elr", &self.elr.map(|elr| word_of(SWITCH, &elr)))?;
        if self.truncate != Truncation::default() {
            write!(f, " truncate={}", self.truncate)?;
        }
        configs(f, &self.configs)
    }
}

impl fmt::Display for Send {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        option(f, "partition", &self.partition)?;
        option(f, "key", &self.key.as_deref().map(Text))?;
        option(f, "value", &self.value.as_deref().map(Text))?;
        option(f, "count", &self.count)
    }
}

fn option(f: &mut fmt::Formatter<'_>, name: &str, value: &Option<impl fmt::Display>) -> fmt::Result {
    match value {
        Some(value) => write!(f, " {name}={value}"),
        None => Ok(()),
    }
}

fn configs(f: &mut fmt::Formatter<'_>, configs: &Configs) -> fmt::Result {
    configs.iter().try_for_each(|(name, value)| write!(f, " {name}={}", Text(value)))
}

/// A partition as a word by itself.
fn one(partition: &TopicPartition) -> String {
    Alone(&partition.to_string()).to_string()
}

impl fmt::Display for Command {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Command::Cluster(cluster) => cluster.fmt(f),
            Command::Broker { broker, rack } => {
                write!(f, "broker {broker}")?;
                option(f, "rack", &rack.as_deref().map(Text))
            }
            Command::Unregister { broker } => write!(f, "unregister {broker}"),
            Command::Topic { topic, placement, configs: set } => {
                write!(f, "topic {}", Alone(topic))?;
                match placement {
                    Placement::Automatic { partitions, replication_factor } => {
                        option(f, "partitions", &Some(partitions).filter(|n| **n != -1))?;
                        option(f, "replication", &Some(replication_factor).filter(|n| **n != -1))?;
                    }
                    Placement::Manual(lists) => {
                        let lists: Vec<String> = lists.iter().map(|replicas| joined(replicas, ",")).collect();
                        write!(f, " replicas={}", joined(&lists, "/"))?;
                    }
                }
                configs(f, set)
            }
            Command::Partitions { topic, count } => write!(f, "partitions {} {count}", Alone(topic)),
            Command::Config { topic, configs: set } => {
                f.write_str("config")?;
                if let Some(topic) = topic {
                    write!(f, " {}", Alone(topic))?;
                }
                configs(f, set)
            }
            Command::Delete { topic } => write!(f, "delete {}", Alone(topic)),
            Command::Producer { producer, configs: set } => {
                write!(f, "producer {producer}")?;
                configs(f, set)
            }
            Command::Produce { producer, send } => write!(f, "produce {producer} {}{send}", Alone(&send.topic)),
            Command::Send { producer, send } => write!(f, "send {producer} {}{send}", Alone(&send.topic)),
            Command::Await { producer } => write!(f, "await {producer}"),
            Command::Rate { producer, rate, send } => write!(f, "rate {producer} {} {rate}{send}", Alone(&send.topic)),
            Command::RateOff { producer } => write!(f, "rate {producer} off"),
            Command::Begin { producer } => write!(f, "begin {producer}"),
            Command::Commit { client } => write!(f, "commit {client}"),
            Command::Abort { producer } => write!(f, "abort {producer}"),
            Command::Offsets { producer, consumer } => write!(f, "offsets {producer} {consumer}"),
            Command::Consumer { consumer, subscription, group, configs: set } => {
                write!(f, "consumer {consumer}")?;
                match subscription {
                    Subscription::Topics(topics) => write!(f, " topics={}", Text(&joined(topics, ",")))?,
                    Subscription::Partitions(partitions) => write!(f, " assign={}", Text(&joined(partitions, ",")))?,
                }
                option(f, "group", &group.as_deref().map(Text))?;
                configs(f, set)
            }
            Command::Read { consumer } => write!(f, "read {consumer}"),
            Command::Seek { consumer, partition, offset } => write!(f, "seek {consumer} {} {offset}", one(partition)),
            Command::Close { client } => write!(f, "close {client}"),
            Command::Freeze { client } => write!(f, "freeze {client}"),
            Command::Thaw { client } => write!(f, "thaw {client}"),
            Command::Kill { node } => write!(f, "kill {node}"),
            Command::Stop { node } => write!(f, "stop {node}"),
            Command::Start { node, configs: set } => {
                write!(f, "start {node}")?;
                configs(f, set)
            }
            Command::Pause { node } => write!(f, "pause {node}"),
            Command::Resume { node } => write!(f, "resume {node}"),
            Command::PowerLoss { node, keep } => {
                write!(f, "power-loss {node}")?;
                let keep = keep.as_ref().map(|keep| {
                    let items: Vec<String> = keep.iter().map(|(partition, records)| format!("{partition}:{records}")).collect();
                    joined(&items, ",")
                });
                option(f, "keep", &keep.as_deref().map(Text))
            }
            Command::LoseDisk { node } => write!(f, "lose-disk {node}"),
            Command::LoseDir { node, dir } => write!(f, "lose-dir {node} {}", Alone(dir)),
            Command::Cut { from, to, one_way } => write!(f, "cut {from} {}{to}", if *one_way { "-> " } else { "" }),
            Command::Heal { between: None } => f.write_str("heal"),
            Command::Heal { between: Some((one, other)) } => write!(f, "heal {one} {other}"),
            Command::Slow { from, to, latency, jitter, loss } => {
                write!(f, "slow {from} {to} latency={}", Span(*latency))?;
                option(f, "jitter", &Some(Span(*jitter)).filter(|jitter| jitter.0 != 0))?;
                option(f, "loss", loss)
            }
            Command::Fail { broker, partition } => write!(f, "fail {broker} {}", one(partition)),
            Command::Disk { node, latency } => write!(f, "disk {node} latency={}", Span(*latency)),
            Command::Elect { election, partition } => write!(f, "elect {} {}", word_of(ELECTIONS, election), one(partition)),
            Command::Reassign { partition, replicas: None } => write!(f, "reassign cancel {}", one(partition)),
            Command::Reassign { partition, replicas: Some(replicas) } => {
                write!(f, "reassign {} {}", one(partition), Alone(&joined(replicas, ",")))
            }
            Command::Wait { duration } => write!(f, "wait {}", Span(*duration)),
            Command::Describe(Describe::Topic(topic)) => write!(f, "describe topic {}", Alone(topic)),
            Command::Describe(Describe::Log(partition)) => write!(f, "describe log {}", one(partition)),
            Command::Describe(Describe::Group(group)) => write!(f, "describe group {}", Alone(group)),
            Command::Describe(Describe::Brokers) => f.write_str("describe brokers"),
            Command::Describe(Describe::Quorum) => f.write_str("describe quorum"),
            Command::Describe(Describe::Records) => f.write_str("describe records"),
        }
    }
}
