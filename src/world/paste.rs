//! Reads what Kafka's own tools print of a cluster (`kafka-topics.sh --describe`, `kafka-configs.sh --describe`,
//! `kafka-metadata-quorum.sh describe`), line by line: each is understood or an error, and nothing is half loaded.
//!
//! The formats are those of TopicCommand, ConfigCommand and MetadataQuorumCommand of 4.1.1, and of older ones where they differ.

mod build;

use super::command::Configs;
use super::grammar::{MAX_BROKER, MOST_BROKERS};
use crate::kafka::config::nearest::nearest;
use crate::kafka::config::{self, Scope};
use std::rc::Rc;

/// What a line should have had.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Expected {
    /// A line of one of the tools.
    Line,
    /// One of the fields of `kafka-topics.sh --describe`.
    Field,
    /// This field, with a value.
    Given(&'static str),
    /// A whole number.
    Number,
    /// A broker's id: from 0 to 3000 are simulated.
    Broker,
    /// Broker ids with commas between.
    Ids,
    /// No id twice.
    Once,
    /// Ids that are among the replicas.
    Replicas,
    /// A leader that is in the ISR, or `none`.
    Leader,
    /// A partition that no line above has described.
    NewPartition,
    /// As many lines of partitions below as this says; so many were found.
    Partitions(i32),
    /// This partition first, since a topic's partitions count from 0.
    Partition(i32),
    /// No more brokers than are simulated.
    FewerBrokers,
    /// A line `All configs for … are:` above.
    Section,
    /// `name=value sensitive=… synonyms={…}`.
    Config,
    /// What Kafka says of a configuration.
    Said(String),
    /// A list in brackets, of nodes.
    Nodes,
    /// `Leader`, `Follower` or `Observer`.
    Status,
}

/// What is wrong with a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// Where, in bytes of the line.
    pub at: usize,
    /// What stands there; empty at the end of the line.
    pub found: String,
    /// What should have stood there.
    pub expected: Expected,
    /// The nearest reading, to put in its place.
    pub instead: Option<String>,
}

/// What a line is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Blank.
    Blank,
    /// Understood.
    Understood,
    /// No output of a tool but a prompt, a warning, an uninteresting kind of entity: left out.
    LeftOut,
    /// Not understood.
    Wrong(Problem),
}

/// A pasted line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// The line.
    pub text: Rc<str>,
    /// What it is.
    pub verdict: Verdict,
}

/// A broker.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Broker {
    /// Its id.
    pub id: i32,
    /// Its rack, if known.
    pub rack: Option<Rc<str>>,
}

/// A partition.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Partition {
    /// Its number.
    pub number: i32,
    /// The line it stands on, from 0.
    pub line: usize,
    /// Whether that line is understood; if not, the rest is empty.
    pub is_known: bool,
    /// The leader, -1 none.
    pub leader: i32,
    /// The replicas; the first is the preferred leader.
    pub replicas: Vec<i32>,
    /// The in-sync replicas.
    pub isr: Vec<i32>,
    /// The eligible leader replicas; none where the cluster keeps none.
    pub elr: Option<Vec<i32>>,
    /// Whether it is being reassigned, or had a last known leader: neither is built again.
    pub has_more: bool,
}

/// A topic.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Topic {
    /// Its name.
    pub name: Rc<str>,
    /// How many partitions its own line says it has, and which line that is, from 0.
    pub count: Option<(i32, usize)>,
    /// What is set for it.
    pub configs: Configs,
    /// Its partitions, in order.
    pub partitions: Vec<Partition>,
}

/// What is worth saying and no error.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Remark {
    /// The leader is not the preferred one.
    NotPreferred { partition: String, leader: i32, preferred: i32, is_in_isr: bool },
    /// These replicas live and are not in the ISR: their fetchers give the partition up.
    OutOfIsr { partition: String, brokers: Vec<i32> },
    /// A broker in no ISR: it is stopped.
    Stopped { broker: i32 },
    /// Nobody leads it though this broker lives: it will lead.
    WillLead { partition: String, broker: i32 },
    /// A reassignment under way, or a last known leader, is not built again.
    HasMore { partition: String },
    /// Kafka 4.1 knows no such configuration: left out.
    UnknownConfig { name: String },
    /// Brokers differ in it, and here all have one: the first one's is taken.
    Differs { name: String },
    /// A topic of which no partition is described: left out.
    NoPartitions { topic: Rc<str> },
    /// Controllers by other ids than here.
    Voters { ids: Vec<i32> },
}

/// A pasted text, read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Paste {
    /// Its lines.
    pub lines: Vec<Line>,
    /// The brokers, by id.
    pub brokers: Vec<Broker>,
    /// The topics, in the order they came.
    pub topics: Vec<Topic>,
    /// The voters of the quorum, by id.
    pub voters: Vec<i32>,
    /// What is set for the brokers.
    pub configs: Configs,
    /// Remarks.
    pub remarks: Vec<Remark>,
}

type Read<T> = Result<T, Problem>;

/// Part of a line: its place in it, and what it is.
#[derive(Clone, Copy)]
struct Part<'a> {
    at: usize,
    text: &'a str,
}

impl Part<'_> {
    fn wrong(self, expected: Expected, instead: Option<String>) -> Problem {
        Problem { at: self.at, found: self.text.to_owned(), expected, instead }
    }

    fn number(self) -> Read<i32> {
        let digits: String = self.text.chars().filter(char::is_ascii_digit).collect();
        self.text.parse().map_err(|_| self.wrong(Expected::Number, Some(digits).filter(|d| !d.is_empty() && d.len() < 10)))
    }

    fn broker(self) -> Read<i32> {
        let id = self.number()?;
        if (0..=MAX_BROKER).contains(&id) { Ok(id) } else { Err(self.wrong(Expected::Broker, None)) }
    }

    /// Broker ids between commas; nothing is none of them.
    fn ids(self) -> Read<Vec<i32>> {
        let mut ids: Vec<i32> = Vec::new();
        if self.text.is_empty() {
            return Ok(ids);
        }
        let mut at = self.at;
        for text in self.text.split(',') {
            let id = text.trim();
            if id.is_empty() || !id.bytes().all(|b| b.is_ascii_digit()) {
                return Err(self.wrong(Expected::Ids, nearest_ids(self.text)));
            }
            let part = Part { at, text: id };
            let id = part.broker()?;
            if ids.contains(&id) {
                return Err(self.wrong(Expected::Once, nearest_ids(self.text)));
            }
            ids.push(id);
            at += text.len() + 1;
        }
        Ok(ids)
    }
}

/// The numbers in a text, each once, with commas between.
fn nearest_ids(text: &str) -> Option<String> {
    let mut ids: Vec<&str> = Vec::new();
    for id in text.split(|c: char| !c.is_ascii_digit()) {
        if !id.is_empty() && !ids.contains(&id) {
            ids.push(id);
        }
    }
    if ids.is_empty() { None } else { Some(ids.join(",")) }
}

/// The fields of `kafka-topics.sh --describe` (TopicCommand.java), of a topic's line and a partition's.
const FIELDS: [&str; 15] = [
    "Topic",
    "TopicId",
    "PartitionCount",
    "ReplicationFactor",
    "Configs",
    "Partition",
    "Leader",
    "Replicas",
    "Isr",
    "Elr",
    "LastKnownElr",
    "Adding Replicas",
    "Removing Replicas",
    "MarkedForDeletion",
    "Offline",
];

/// The lines of `kafka-metadata-quorum.sh describe --status` (MetadataQuorumCommand.java).
const STATUS: [&str; 8] = [
    "ClusterId",
    "LeaderId",
    "LeaderEpoch",
    "HighWatermark",
    "MaxFollowerLag",
    "MaxFollowerLagTimeMs",
    "CurrentVoters",
    "CurrentObservers",
];

/// Words of a line with their places.
fn words(line: &str) -> Vec<Part<'_>> {
    let mut words = Vec::new();
    let mut begin = None;
    for (at, letter) in line.char_indices() {
        match (begin, letter.is_whitespace()) {
            (None, false) => begin = Some(at),
            (Some(from), true) => {
                words.push(Part { at: from, text: &line[from..at] });
                begin = None;
            }
            _ => {}
        }
    }
    if let Some(from) = begin {
        words.push(Part { at: from, text: &line[from..] });
    }
    words
}

/// The fields of a line with what stands behind each.
fn fields(line: &str) -> Read<Vec<(&'static str, Part<'_>)>> {
    let mut found: Vec<(&'static str, Part<'_>)> = Vec::new();
    let words = words(line);
    let mut at = 0;
    while at < words.len() {
        let mut word = words[at];
        let mut name = word.text.split(':').next().unwrap_or("");
        if matches!(name, "Adding" | "Removing") && words.get(at + 1).is_some_and(|next| next.text.starts_with("Replicas:")) {
            let next = words[at + 1];
            name = &line[word.at..next.at + "Replicas".len()];
            word = Part { at: word.at, text: &line[word.at..next.at + next.text.len()] };
            at += 1;
        }
        at += 1;
        let is_name = word.text.len() > name.len() && (word.text.len() == name.len() + 1 || FIELDS.contains(&name));
        if !is_name {
            // What stands behind the last field, up to here.
            let Some((_, value)) = found.last_mut() else { return Err(word.wrong(Expected::Field, None)) };
            let from = if value.text.is_empty() { word.at } else { value.at };
            *value = Part { at: from, text: &line[from..word.at + word.text.len()] };
            continue;
        }
        let one_blank = |field: &&&str| field.split(' ').eq(name.split_whitespace());
        let Some(field) = FIELDS.iter().find(one_blank) else {
            let word = Part { at: word.at, text: name };
            return Err(word.wrong(Expected::Field, nearest(name, FIELDS).map(str::to_owned)));
        };
        let behind = word.at + name.len() + 1;
        found.push((field, Part { at: behind, text: &line[behind..word.at + word.text.len()] }));
    }
    Ok(found)
}

fn field<'a>(fields: &[(&'static str, Part<'a>)], name: &str) -> Option<Part<'a>> {
    fields.iter().find(|(field, _)| *field == name).map(|(_, value)| *value)
}

fn given<'a>(fields: &[(&'static str, Part<'a>)], name: &'static str, line: &str) -> Read<Part<'a>> {
    let end = Problem { at: line.len(), found: String::new(), expected: Expected::Given(name), instead: None };
    field(fields, name).ok_or(end)
}

/// Whose configuration the lines below speak of.
#[derive(Clone, PartialEq)]
enum Section {
    None,
    /// A broker's, or the default of all.
    Broker(Option<i32>),
    Topic(Rc<str>),
    /// Of what is not simulated: users, clients, groups.
    Other,
    /// The table of `describe --replication`.
    Replication,
}

/// Reads a pasted text.
pub fn read(text: &str) -> Paste {
    let mut paste = Paste::default();
    let mut section = Section::None;
    for line in text.lines() {
        let verdict = paste.line(line, &mut section).unwrap_or_else(Verdict::Wrong);
        paste.lines.push(Line { text: line.into(), verdict });
    }
    paste.close();
    paste
}

impl Paste {
    /// How many lines are not understood.
    pub fn wrong(&self) -> usize {
        self.lines.iter().filter(|line| matches!(line.verdict, Verdict::Wrong(_))).count()
    }

    /// How many lines there are to understand.
    pub fn counted(&self) -> usize {
        self.lines.iter().filter(|line| !matches!(line.verdict, Verdict::Blank | Verdict::LeftOut)).count()
    }

    /// Whether all is understood, and a cluster described.
    pub fn is_whole(&self) -> bool {
        self.wrong() == 0 && !self.brokers.is_empty()
    }

    /// The text with a line mended as its problem proposes; as it was where nothing is proposed.
    pub fn mended(&self, line: usize) -> String {
        let mut text = String::new();
        for (at, one) in self.lines.iter().enumerate() {
            match &one.verdict {
                Verdict::Wrong(Problem { at: place, found, instead: Some(instead), .. }) if at == line => {
                    text.push_str(one.text.get(..*place).unwrap_or(""));
                    text.push_str(instead);
                    text.push_str(one.text.get(place + found.len()..).unwrap_or(""));
                }
                _ => text.push_str(&one.text),
            }
            text.push('\n');
        }
        text
    }

    fn line(&mut self, line: &str, section: &mut Section) -> Read<Verdict> {
        let trimmed = line.trim();
        let words = words(line);
        let Some(first) = words.first().copied() else { return Ok(Verdict::Blank) };
        if first.text.starts_with("Topic:") {
            *section = Section::None;
            return self.topic_line(line).map(|()| Verdict::Understood);
        }
        if first.text == "NodeId" {
            *section = Section::Replication;
            return Ok(Verdict::Understood);
        }
        if trimmed.ends_with(" are:") && trimmed.contains("onfigs for ") {
            *section = self.section(&words)?;
            return Ok(if *section == Section::Other { Verdict::LeftOut } else { Verdict::Understood });
        }
        let is_prompt = matches!(first.text.chars().next(), Some('$' | '#' | '>' | '['));
        if is_prompt || trimmed.contains("kafka-topics") || trimmed.contains("kafka-configs") || trimmed.contains("kafka-metadata-quorum") {
            return Ok(Verdict::LeftOut);
        }
        if let Some(name) = STATUS.iter().find(|name| first.text.strip_suffix(':') == Some(name)) {
            self.status(name, line, first)?;
            return Ok(Verdict::Understood);
        }
        if trimmed.contains(" sensitive=") {
            return self.config(line, section);
        }
        match section {
            Section::Replication => self.replication(&words).map(|()| Verdict::Understood),
            Section::Other => Ok(Verdict::LeftOut),
            Section::Broker(_) | Section::Topic(_) => Err(Part { at: first.at, text: trimmed }.wrong(Expected::Config, None)),
            Section::None => {
                let name = first.text.trim_end_matches(':');
                let known = ["Topic"].into_iter().chain(STATUS);
                let near = if first.text.ends_with(':') { nearest(name, known) } else { None };
                let part = if near.is_some() { Part { at: first.at, text: name } } else { Part { at: first.at, text: trimmed } };
                Err(part.wrong(Expected::Line, near.map(str::to_owned)))
            }
        }
    }

    // ---- kafka-topics.sh

    fn topic(&mut self, name: &str) -> usize {
        let known = self.topics.iter().position(|topic| *topic.name == *name);
        known.unwrap_or_else(|| {
            self.topics.push(Topic { name: name.into(), count: None, configs: Vec::new(), partitions: Vec::new() });
            self.topics.len() - 1
        })
    }

    fn topic_line(&mut self, line: &str) -> Read<()> {
        let fields = match fields(line) {
            Ok(fields) => fields,
            Err(problem) => {
                // A slip further on must not hide which partition this is.
                if let Ok(before) = fields(line.get(..problem.at).unwrap_or("")) {
                    let _ = self.partition_named(&before);
                }
                return Err(problem);
            }
        };
        let name = given(&fields, "Topic", line)?;
        if name.text.is_empty() {
            return Err(name.wrong(Expected::Given("Topic"), None));
        }
        match self.partition_named(&fields)? {
            Some((topic, at)) => self.partition_line(&fields, line, topic, at),
            None => self.header(&fields, line, name.text),
        }
    }

    /// The partition that a line speaks of, made anew, unknown yet.
    fn partition_named(&mut self, fields: &[(&'static str, Part<'_>)]) -> Read<Option<(usize, usize)>> {
        let (Some(name), Some(part)) = (field(fields, "Topic"), field(fields, "Partition")) else { return Ok(None) };
        let number = part.number()?;
        if number < 0 {
            return Err(part.wrong(Expected::Number, None));
        }
        let line = self.lines.len();
        let topic = self.topic(name.text);
        let partitions = &mut self.topics[topic].partitions;
        let at = partitions.iter().position(|p| p.number >= number).unwrap_or(partitions.len());
        if partitions.get(at).is_some_and(|p| p.number == number) {
            return Err(part.wrong(Expected::NewPartition, None));
        }
        partitions.insert(at, Partition { number, line, leader: -1, ..Partition::default() });
        Ok(Some((topic, at)))
    }

    fn header(&mut self, fields: &[(&'static str, Part<'_>)], line: &str, name: &str) -> Read<()> {
        let count = given(fields, "PartitionCount", line)?.number()?;
        let topic = self.topic(name);
        self.topics[topic].count = Some((count, self.lines.len()));
        let Some(configs) = field(fields, "Configs") else { return Ok(()) };
        // A piece without `=` goes on with the value before it: `cleanup.policy=compact,delete`.
        let mut pieces: Vec<Part<'_>> = Vec::new();
        let mut at = configs.at;
        for text in configs.text.split(',') {
            match pieces.last_mut() {
                Some(last) if !text.contains('=') => *last = Part { at: last.at, text: &line[last.at..at + text.len()] },
                _ => pieces.push(Part { at, text }),
            }
            at += text.len() + 1;
        }
        for piece in pieces {
            match piece.text.split_once('=') {
                Some((name, value)) => self.topic_config(topic, piece, name.trim(), value.trim())?,
                None if piece.text.trim().is_empty() => {}
                None => return Err(piece.wrong(Expected::Config, None)),
            }
        }
        Ok(())
    }

    fn topic_config(&mut self, topic: usize, piece: Part<'_>, name: &str, value: &str) -> Read<()> {
        if !self.is_good(Scope::Topic, piece, name, value)? {
            return Ok(());
        }
        let configs = &mut self.topics[topic].configs;
        if !configs.iter().any(|(other, _)| **other == *name) {
            configs.push((name.into(), value.into()));
        }
        Ok(())
    }

    /// Whether Kafka knows the configuration; a value it would not take, or a slip of the pen, is wrong.
    fn is_good(&mut self, scope: Scope, piece: Part<'_>, name: &str, value: &str) -> Read<bool> {
        if config::lookup(scope, name).is_none() {
            let name_part = Part { at: piece.at, text: name };
            if let Some(near) = config::nearest(scope, name) {
                return Err(name_part.wrong(Expected::Said(format!("a {scope} configuration of Kafka")), Some(near.to_owned())));
            }
            self.remark(Remark::UnknownConfig { name: name.to_owned() });
            return Ok(false);
        }
        match config::check(scope, name, value) {
            Ok(()) => Ok(true),
            Err(error) => Err(piece.wrong(Expected::Said(error.to_string()), None)),
        }
    }

    fn partition_line(&mut self, fields: &[(&'static str, Part<'_>)], line: &str, topic: usize, at: usize) -> Read<()> {
        let replicas_part = given(fields, "Replicas", line)?;
        let replicas = replicas_part.ids()?;
        if replicas.is_empty() {
            return Err(replicas_part.wrong(Expected::Ids, None));
        }
        let among = |part: Part<'_>| -> Read<Vec<i32>> {
            let ids = part.ids()?;
            if ids.iter().all(|id| replicas.contains(id)) {
                return Ok(ids);
            }
            let fit: Vec<String> = ids.iter().filter(|id| replicas.contains(id)).map(i32::to_string).collect();
            Err(part.wrong(Expected::Replicas, Some(fit.join(",")).filter(|fit| !fit.is_empty())))
        };
        let isr = among(given(fields, "Isr", line)?)?;
        let leader_part = given(fields, "Leader", line)?;
        let leader = match leader_part.text {
            "none" | "-1" => -1,
            text if text.bytes().all(|b| b.is_ascii_digit()) && !text.is_empty() => leader_part.broker()?,
            text => {
                let digits = nearest_ids(text).filter(|id| !id.contains(','));
                return Err(leader_part.wrong(Expected::Leader, digits.or_else(|| nearest(text, ["none"]).map(str::to_owned))));
            }
        };
        if leader >= 0 && !isr.contains(&leader) {
            return Err(leader_part.wrong(Expected::Leader, None));
        }
        let elr = match field(fields, "Elr") {
            Some(part) if part.text != "N/A" => Some(among(part)?),
            _ => None,
        };
        let mut has_more = false;
        for name in ["LastKnownElr", "Adding Replicas", "Removing Replicas"] {
            if let Some(part) = field(fields, name).filter(|part| part.text != "N/A") {
                has_more |= !part.ids()?.is_empty();
            }
        }
        for id in &replicas {
            self.broker(*id, replicas_part)?;
        }
        let partition = &mut self.topics[topic].partitions[at];
        *partition = Partition { is_known: true, leader, replicas, isr, elr, has_more, ..partition.clone() };
        Ok(())
    }

    /// A broker there is, in order of ids.
    fn broker(&mut self, id: i32, said_by: Part<'_>) -> Read<usize> {
        let at = self.brokers.iter().position(|b| b.id >= id).unwrap_or(self.brokers.len());
        if self.brokers.get(at).is_none_or(|b| b.id != id) {
            if self.brokers.len() as i64 >= MOST_BROKERS {
                return Err(said_by.wrong(Expected::FewerBrokers, None));
            }
            self.brokers.insert(at, Broker { id, rack: None });
        }
        Ok(at)
    }

    // ---- kafka-configs.sh

    fn section(&mut self, words: &[Part<'_>]) -> Read<Section> {
        // `All configs for broker 101 are:`, `Dynamic configs for topic orders are:`, `Default configs for brokers in the cluster are:`.
        let kind = words.iter().position(|word| word.text == "for").and_then(|at| Some((words.get(at + 1)?, words.get(at + 2)?)));
        let Some((kind, name)) = kind else { return Ok(Section::Other) };
        Ok(match kind.text {
            "broker" => {
                let id = name.broker()?;
                self.broker(id, *name)?;
                Section::Broker(Some(id))
            }
            "brokers" => Section::Broker(None),
            "topic" => {
                self.topic(name.text);
                Section::Topic(name.text.into())
            }
            _ => Section::Other,
        })
    }

    /// `  name=value sensitive=false synonyms={SOURCE:name=value, …}` (ConfigCommand).
    fn config(&mut self, line: &str, section: &Section) -> Read<Verdict> {
        let begin = line.len() - line.trim_start().len();
        let end = line.rfind(" sensitive=").unwrap_or(line.len());
        let piece = Part { at: begin, text: line.get(begin..end).unwrap_or("") };
        let Some((name, value)) = piece.text.split_once('=') else { return Err(piece.wrong(Expected::Config, None)) };
        let rest = Part { at: end + 1, text: line.get(end + 1..).unwrap_or("").trim_end() };
        let source = match rest.text.split_once("synonyms={") {
            Some((_, synonyms)) if synonyms.ends_with('}') => synonyms.split(':').next().unwrap_or(""),
            _ => return Err(rest.wrong(Expected::Config, None)),
        };
        let is_set = !matches!(source, "DEFAULT_CONFIG" | "}") && value != "null";
        match section {
            Section::Topic(topic) if source == "DYNAMIC_TOPIC_CONFIG" && is_set => {
                let topic = self.topic(topic);
                self.topic_config(topic, piece, name, value)?;
            }
            Section::Broker(Some(id)) if name == "broker.rack" => {
                let at = self.broker(*id, piece)?;
                if is_set && !value.is_empty() {
                    self.brokers[at].rack = Some(value.into());
                }
            }
            Section::Broker(_) if is_set => self.broker_config(piece, name, value)?,
            Section::Broker(_) | Section::Topic(_) => {}
            Section::Other => return Ok(Verdict::LeftOut),
            Section::None | Section::Replication => return Err(piece.wrong(Expected::Section, None)),
        }
        Ok(Verdict::Understood)
    }

    /// Of what is set for brokers, what is read here and does not belong to one host.
    fn broker_config(&mut self, piece: Part<'_>, name: &str, value: &str) -> Read<()> {
        let is_read = config::lookup(Scope::Broker, name).is_some_and(|key| key.simulated);
        if !is_read
            || matches!(name, "node.id" | "broker.id" | "log.dirs" | "log.dir")
            || !self.is_good(Scope::Broker, piece, name, value)?
        {
            return Ok(());
        }
        match self.configs.iter().find(|(other, _)| **other == *name) {
            Some((_, other)) if **other == *value => {}
            Some(_) => self.remark(Remark::Differs { name: name.to_owned() }),
            None => self.configs.push((name.into(), value.into())),
        }
        Ok(())
    }

    // ---- kafka-metadata-quorum.sh

    fn status(&mut self, name: &str, line: &str, first: Part<'_>) -> Read<()> {
        let behind = first.at + first.text.len();
        let rest = line.get(behind..).unwrap_or("");
        let value = Part { at: behind + rest.len() - rest.trim_start().len(), text: rest.trim() };
        let is_voters = name == "CurrentVoters";
        if !is_voters && name != "CurrentObservers" {
            if name != "ClusterId" && value.text.parse::<i64>().is_err() {
                return Err(value.wrong(Expected::Number, None));
            }
            return Ok(());
        }
        let list = value.text.strip_prefix('[').and_then(|text| text.strip_suffix(']'));
        let list = list.ok_or_else(|| value.wrong(Expected::Nodes, None))?;
        // `[{"id": 1, "directoryId": …}, …]` since 3.9, `[1,2,3]` before.
        let ids: Vec<&str> = if list.contains('{') {
            list.split("\"id\":").skip(1).map(|node| node.trim_start().split(|c: char| !c.is_ascii_digit()).next().unwrap_or("")).collect()
        } else {
            list.split(',').map(str::trim).filter(|id| !id.is_empty()).collect()
        };
        for id in ids {
            self.node(Part { at: value.at, text: id }, is_voters)?;
        }
        Ok(())
    }

    /// A row of `describe --replication`: the id first, the status last.
    fn replication(&mut self, words: &[Part<'_>]) -> Read<()> {
        let (Some(id), Some(status)) = (words.first(), words.last()) else { return Ok(()) };
        id.number()?;
        let is_voter = match status.text {
            "Leader" | "Follower" => true,
            "Observer" => false,
            other => {
                return Err(status.wrong(Expected::Status, nearest(other, ["Leader", "Follower", "Observer"]).map(str::to_owned)));
            }
        };
        self.node(*id, is_voter)
    }

    fn node(&mut self, part: Part<'_>, is_voter: bool) -> Read<()> {
        if !is_voter {
            let id = part.broker()?;
            return self.broker(id, part).map(|_| ());
        }
        let id = part.number()?;
        let at = self.voters.iter().position(|voter| *voter >= id).unwrap_or(self.voters.len());
        if self.voters.get(at) != Some(&id) {
            self.voters.insert(at, id);
        }
        Ok(())
    }

    // ---- the whole

    fn remark(&mut self, remark: Remark) {
        if !self.remarks.contains(&remark) {
            self.remarks.push(remark);
        }
    }

    /// What only shows when all is read: whether partitions are missing, and what is worth a remark.
    fn close(&mut self) {
        let mut problems: Vec<(usize, Problem)> = Vec::new();
        let mut remarks = Vec::new();
        for topic in &self.topics {
            let found = topic.partitions.len() as i32;
            let gap = (0..).zip(&topic.partitions).find(|(number, p)| p.number != *number);
            match (topic.count, gap) {
                (Some((count, line)), _) if count != found => {
                    let text = &self.lines[line].text;
                    let at = text.find("PartitionCount").unwrap_or(0);
                    let word = format!("PartitionCount: {count}");
                    let found_text = if text[at..].starts_with(&word) { word } else { "PartitionCount".to_owned() };
                    problems.push((line, Problem { at, found: found_text, expected: Expected::Partitions(found), instead: None }));
                }
                (_, Some((number, partition))) => {
                    let text = &self.lines[partition.line].text;
                    let at = text.find("Partition:").unwrap_or(0);
                    let found = format!("Partition: {}", partition.number);
                    let found = if text[at..].starts_with(&found) { found } else { "Partition:".to_owned() };
                    problems.push((partition.line, Problem { at, found, expected: Expected::Partition(number), instead: None }));
                }
                (None, None) if found == 0 => remarks.push(Remark::NoPartitions { topic: topic.name.clone() }),
                _ => {}
            }
        }
        // A line that is not understood may be the one that is missed.
        if self.wrong() == 0 {
            for (line, problem) in problems {
                self.lines[line].verdict = Verdict::Wrong(problem);
            }
        }
        self.remarks.append(&mut remarks);
        self.look_at_partitions();
        if self.voters.iter().enumerate().any(|(at, id)| *id != super::FIRST_CONTROLLER + at as i32) {
            let ids = self.voters.clone();
            self.remark(Remark::Voters { ids });
        }
    }
}
