//! The commands of a run as Kafka's own scripts would do them on a real cluster; what no script does says so, what a person must fill in is marked.
//!
//! Options are those of the scripts of 4.1.1. `$B` stands for the bootstrap servers.

use super::command::{Cluster, Command, Configs, Describe, ElectionType, NodeName, Placement, Send, Subscription, TopicPartition};
use crate::sim::{MILLISECOND, Micros};
use std::rc::Rc;

/// What must be said beside a block.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Note {
    /// Nothing: the script does it.
    None,
    /// No script of Kafka does this; the lines are for the shell of that host (of every one named).
    OnHost(String),
    /// Neither a script nor a shell does this; the line of the scenario stands instead.
    Nothing,
    /// A script on the host of this node.
    ScriptOnHost(String),
    /// In the terminal that runs this client; no script of Kafka's.
    AtClient(Rc<str>),
    /// Offsets are reset only while the group has no members.
    EmptyGroup,
    /// One terminal for each line.
    Terminals,
}

/// A piece of a block's text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Piece {
    /// The text; line ends stand in it.
    pub text: String,
    /// Whether a person must put their own in its place.
    pub to_fill: bool,
}

/// What one command of a run becomes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Block {
    /// When it was given, as [`TakeAway::block`] was told.
    pub at: Micros,
    /// What must be said beside it.
    pub note: Note,
    /// What is typed, or the scenario's own line.
    pub text: Vec<Piece>,
}

impl Block {
    /// All of its text, to copy.
    pub fn to_copy(&self) -> String {
        let mut text = String::new();
        for piece in &self.text {
            text.push_str(&piece.text);
        }
        text
    }
}

/// Turns commands into blocks, one after another: later ones speak of clients and cuts of earlier ones.
#[derive(Clone, Debug, Default)]
pub struct TakeAway {
    producers: Vec<(Rc<str>, Configs)>,
    consumers: Vec<(Rc<str>, Option<Rc<str>>)>,
    cuts: Vec<(NodeName, NodeName)>,
    text: Vec<Piece>,
}

const SERVERS: &str = "--bootstrap-server $B";
/// A line that is longer goes on below.
const WIDTH: usize = 64;

impl TakeAway {
    /// The block of a command; none where nothing is to be done for it, as for `wait`.
    pub fn block(&mut self, at: Micros, command: &Command) -> Option<Block> {
        let note = self.write(command)?;
        Some(Block { at, note, text: std::mem::take(&mut self.text) })
    }

    fn plain(&mut self, text: &str) {
        match self.text.last_mut() {
            Some(last) if !last.to_fill => last.text.push_str(text),
            _ => self.text.push(Piece { text: text.to_owned(), to_fill: false }),
        }
    }

    fn fill(&mut self, text: &str) {
        self.text.push(Piece { text: text.to_owned(), to_fill: true });
    }

    fn end_line(&mut self) {
        if !self.text.is_empty() {
            self.plain("\n");
        }
    }

    /// A script with its options, folded behind `\` where it grows too long.
    fn script(&mut self, name: &str, options: &[String]) {
        let mut line = format!("bin/{name}");
        for option in options {
            if line.chars().count() + option.chars().count() >= WIDTH {
                self.plain(&line);
                self.plain(" \\\n");
                line = format!("  {option}");
            } else {
                line.push(' ');
                line.push_str(option);
            }
        }
        self.plain(&line);
    }

    fn topics(&mut self, action: &str, options: &[String]) -> Note {
        let mut all = vec![SERVERS.to_owned(), action.to_owned()];
        all.extend_from_slice(options);
        self.script("kafka-topics.sh", &all);
        Note::None
    }

    fn scenario(&mut self, command: &Command) -> Note {
        self.plain(&command.to_string());
        Note::Nothing
    }

    fn write(&mut self, command: &Command) -> Option<Note> {
        Some(match command {
            Command::Wait { .. } | Command::Await { .. } | Command::Read { .. } => return None,
            Command::Producer { producer, configs } => {
                self.producers.retain(|(name, _)| name != producer);
                self.producers.push((producer.clone(), configs.clone()));
                return None;
            }
            Command::Cluster(cluster) => self.cluster(cluster),
            Command::Broker { broker, rack } => {
                self.node(*broker, "broker", rack.as_deref(), &Vec::new());
                Note::ScriptOnHost(broker.to_string())
            }
            Command::Unregister { broker } => {
                self.script("kafka-cluster.sh", &["unregister".to_owned(), SERVERS.to_owned(), format!("--id {broker}")]);
                Note::None
            }
            Command::Topic { topic, placement, configs } => {
                let mut options = vec![format!("--topic {}", quoted(topic))];
                for (name, value) in configs {
                    options.push(format!("--config {}", quoted(&format!("{name}={value}"))));
                }
                match placement {
                    Placement::Automatic { partitions, replication_factor } => {
                        if *partitions != -1 {
                            options.push(format!("--partitions {partitions}"));
                        }
                        if *replication_factor != -1 {
                            options.push(format!("--replication-factor {replication_factor}"));
                        }
                    }
                    Placement::Manual(lists) => {
                        let mut all = String::from("--replica-assignment ");
                        for (at, list) in lists.iter().enumerate() {
                            all.push_str(if at > 0 { "," } else { "" });
                            all.push_str(&joined(list, ":"));
                        }
                        options.push(all);
                    }
                }
                self.topics("--create", &options)
            }
            Command::Partitions { topic, count } => {
                self.topics("--alter", &[format!("--topic {}", quoted(topic)), format!("--partitions {count}")])
            }
            Command::Delete { topic } => self.topics("--delete", &[format!("--topic {}", quoted(topic))]),
            Command::Config { topic, configs } => {
                let entity = match topic {
                    Some(topic) => format!("--entity-type topics --entity-name {}", quoted(topic)),
                    None => "--entity-type brokers --entity-default".to_owned(),
                };
                let mut all = String::new();
                for (at, (name, value)) in configs.iter().enumerate() {
                    // A value with commas stands in brackets (ConfigCommand).
                    let value = if value.contains(',') { format!("[{value}]") } else { value.to_string() };
                    all.push_str(if at > 0 { "," } else { "" });
                    all.push_str(&format!("{name}={value}"));
                }
                let options = [SERVERS.to_owned(), "--alter".to_owned(), entity, format!("--add-config {}", quoted(&all))];
                self.script("kafka-configs.sh", &options);
                Note::None
            }
            Command::Produce { producer, send } => self.produce(command, producer, send, true),
            Command::Send { producer, send } => self.produce(command, producer, send, false),
            Command::Rate { producer, rate, send } => {
                let pause = rate.per / Micros::from(rate.count.max(1));
                let seconds = format!("{}.{:03}", pause / 1_000_000, pause % 1_000_000 / MILLISECOND);
                self.rate(command, producer, send, seconds.trim_end_matches('0').trim_end_matches('.'))
            }
            Command::RateOff { producer } => {
                self.plain("Ctrl-C");
                Note::AtClient(producer.clone())
            }
            Command::Consumer { consumer, subscription, group, configs } => {
                self.consumers.retain(|(name, _)| name != consumer);
                self.consumers.push((consumer.clone(), group.clone()));
                self.consume(consumer, subscription, group.as_deref(), configs)
            }
            Command::Seek { consumer, partition, offset } => {
                let group = self.consumers.iter().find(|(name, _)| name == consumer).and_then(|(_, group)| group.clone());
                let Some(group) = group else { return Some(self.scenario(command)) };
                let place = quoted(&format!("{}:{}", partition.topic, partition.partition));
                let options = [
                    SERVERS.to_owned(),
                    format!("--group {}", quoted(&group)),
                    "--reset-offsets".to_owned(),
                    format!("--topic {place}"),
                    format!("--to-offset {offset}"),
                    "--execute".to_owned(),
                ];
                self.script("kafka-consumer-groups.sh", &options);
                Note::EmptyGroup
            }
            Command::Close { client } => {
                self.plain("Ctrl-C");
                Note::AtClient(client.clone())
            }
            Command::Freeze { client } => self.signal("-STOP", &NodeName::Client(client.clone())),
            Command::Thaw { client } => self.signal("-CONT", &NodeName::Client(client.clone())),
            Command::Kill { node } => self.signal("-9", node),
            Command::Pause { node } => self.signal("-STOP", node),
            Command::Resume { node } => self.signal("-CONT", node),
            Command::Stop { node: NodeName::Node(id) } => {
                self.script("kafka-server-stop.sh", &[format!("--node-id={id}")]);
                Note::ScriptOnHost(id.to_string())
            }
            Command::Stop { node } => self.signal("-TERM", node),
            Command::Start { node: NodeName::Node(id), configs } => {
                self.plain("bin/kafka-server-start.sh -daemon ");
                self.fill(&format!("node-{id}.properties"));
                for (name, value) in configs {
                    self.plain(&format!(" \\\n  --override {}", quoted(&format!("{name}={value}"))));
                }
                Note::ScriptOnHost(id.to_string())
            }
            Command::PowerLoss { node, keep: None } => {
                self.plain("echo b | sudo tee /proc/sysrq-trigger");
                Note::OnHost(node.to_string())
            }
            Command::LoseDisk { node } => {
                self.kill("-9");
                self.plain("\nrm -rf ");
                self.fill("LOG_DIRS");
                Note::OnHost(node.to_string())
            }
            Command::LoseDir { node, .. } => {
                self.plain("sudo umount -l ");
                self.fill("LOG_DIR");
                Note::OnHost(node.to_string())
            }
            Command::Cut { from, to, one_way } => {
                self.cuts.push((from.clone(), to.clone()));
                self.drop_packets("-A", from, to);
                if !*one_way {
                    self.cuts.push((to.clone(), from.clone()));
                    self.end_line();
                    self.drop_packets("-A", to, from);
                }
                Note::OnHost(if *one_way { to.to_string() } else { format!("{to}, {from}") })
            }
            Command::Heal { between } => return self.heal(between.as_ref()),
            Command::Slow { from, to, latency, jitter, loss } => {
                let mut netem = format!("delay {}ms", latency / MILLISECOND);
                if *jitter > 0 {
                    netem.push_str(&format!(" {}ms", jitter / MILLISECOND));
                }
                if let Some(loss) = loss {
                    netem.push_str(&format!(" loss {}%", u64::from(loss.part) * 100 / u64::from(loss.of.max(1))));
                }
                self.slow(from, to, &netem);
                self.end_line();
                self.slow(to, from, &netem);
                Note::OnHost(format!("{from}, {to}"))
            }
            Command::Elect { election, partition } => {
                let election = if *election == ElectionType::Preferred { "preferred" } else { "unclean" };
                let mut options = vec![SERVERS.to_owned(), format!("--election-type {election}")];
                options.push(format!("--topic {}", quoted(&partition.topic)));
                options.push(format!("--partition {}", partition.partition));
                self.script("kafka-leader-election.sh", &options);
                Note::None
            }
            Command::Reassign { partition, replicas } => self.reassign(partition, replicas.as_deref()),
            Command::Describe(Describe::Topic(topic)) => self.topics("--describe", &[format!("--topic {}", quoted(topic))]),
            Command::Describe(Describe::Group(group)) => {
                let options = [SERVERS.to_owned(), "--describe".to_owned(), format!("--group {}", quoted(group))];
                self.script("kafka-consumer-groups.sh", &options);
                Note::None
            }
            Command::Describe(Describe::Quorum) => {
                for what in ["--status", "--replication"] {
                    self.end_line();
                    self.script("kafka-metadata-quorum.sh", &[SERVERS.to_owned(), "describe".to_owned(), what.to_owned()]);
                }
                Note::None
            }
            Command::Describe(Describe::Brokers) => {
                self.script("kafka-cluster.sh", &["list-endpoints".to_owned(), SERVERS.to_owned(), "--include-fenced-brokers".to_owned()]);
                Note::None
            }
            Command::Describe(Describe::Log(partition)) => {
                self.plain("bin/kafka-dump-log.sh --print-data-log --files \\\n  ");
                self.fill("LOG_DIR");
                self.plain(&format!("/{partition}/00000000000000000000.log"));
                Note::ScriptOnHost("…".to_owned())
            }
            Command::Start { .. }
            | Command::PowerLoss { .. }
            | Command::Disk { .. }
            | Command::Fail { .. }
            | Command::Begin { .. }
            | Command::Commit { .. }
            | Command::Abort { .. }
            | Command::Offsets { .. }
            | Command::Describe(Describe::Records) => self.scenario(command),
        })
    }

    // ---- nodes

    fn cluster(&mut self, cluster: &Cluster) -> Note {
        let voters = cluster.controllers.max(1);
        let mut all = String::new();
        for number in 0..voters {
            self.node(super::FIRST_CONTROLLER + number, "controller", None, &cluster.configs);
            self.end_line();
            all.push_str(&format!("{}, ", super::FIRST_CONTROLLER + number));
        }
        let ids = cluster.broker_ids();
        for (at, id) in ids.iter().enumerate() {
            self.node(*id, "broker", cluster.rack(at).as_deref(), &cluster.configs);
            if at + 1 < ids.len() {
                self.end_line();
            }
        }
        all.push_str(&joined(&ids, ", "));
        Note::ScriptOnHost(all)
    }

    /// What its properties must say, then its directory and its process.
    fn node(&mut self, id: i32, role: &str, rack: Option<&str>, configs: &Configs) {
        let file = format!("node-{id}.properties");
        let mut said = format!("# {file}: process.roles={role} node.id={id}");
        if let Some(rack) = rack {
            said.push_str(&format!(" broker.rack={rack}"));
        }
        for (name, value) in configs {
            said.push_str(&format!(" {name}={value}"));
        }
        said.push_str("\nbin/kafka-storage.sh format --cluster-id ");
        self.plain(&said);
        self.fill("CLUSTER_ID");
        self.plain(" --config ");
        self.fill(&file);
        self.plain("\nbin/kafka-server-start.sh -daemon ");
        self.fill(&file);
    }

    fn kill(&mut self, signal: &str) {
        self.plain(&format!("kill {signal} "));
        self.fill("PID");
    }

    fn signal(&mut self, signal: &str, node: &NodeName) -> Note {
        self.kill(signal);
        Note::OnHost(node.to_string())
    }

    // ---- links

    /// On the host where packets arrive.
    fn drop_packets(&mut self, action: &str, from: &NodeName, to: &NodeName) {
        self.plain(&format!("sudo iptables {action} INPUT -j DROP -s "));
        self.fill(&format!("HOST_OF_{from}"));
        self.plain(&format!("  # on the host of {to}"));
    }

    fn heal(&mut self, between: Option<&(NodeName, NodeName)>) -> Option<Note> {
        let mut healed = Vec::new();
        self.cuts.retain(|(from, to)| {
            let is_meant = between.is_none_or(|(a, b)| (from, to) == (a, b) || (from, to) == (b, a));
            if is_meant {
                healed.push((from.clone(), to.clone()));
            }
            !is_meant
        });
        let mut hosts = String::new();
        for (from, to) in &healed {
            self.end_line();
            self.drop_packets("-D", from, to);
            hosts.push_str(if hosts.is_empty() { "" } else { ", " });
            hosts.push_str(&to.to_string());
        }
        if healed.is_empty() { None } else { Some(Note::OnHost(hosts)) }
    }

    /// What goes from one host to the other alone is delayed (netem behind a filter).
    fn slow(&mut self, from: &NodeName, to: &NodeName, netem: &str) {
        self.plain(&format!("# on the host of {from}\nsudo tc qdisc add dev "));
        self.fill("eth0");
        self.plain(" root handle 1: prio\nsudo tc qdisc add dev ");
        self.fill("eth0");
        self.plain(&format!(" parent 1:3 handle 30: netem {netem}\nsudo tc filter add dev "));
        self.fill("eth0");
        self.plain(" parent 1: protocol ip u32 \\\n  match ip dst ");
        self.fill(&format!("HOST_OF_{to}"));
        self.plain(" flowid 1:3");
    }

    fn reassign(&mut self, partition: &TopicPartition, replicas: Option<&[i32]>) -> Note {
        // To cancel, the script wants the partitions that are being reassigned, with any replicas.
        let list = joined(replicas.unwrap_or_default(), ",");
        let TopicPartition { topic, partition } = partition;
        let json =
            format!("{{\"version\":1,\"partitions\":[\n  {{\"topic\":\"{topic}\",\"partition\":{partition},\"replicas\":[{list}]}}]}}");
        self.plain(&format!("echo {} > reassign.json\n", quoted(&json)));
        let action = if replicas.is_some() { "--execute" } else { "--cancel" };
        let options = [SERVERS.to_owned(), "--reassignment-json-file reassign.json".to_owned(), action.to_owned()];
        self.script("kafka-reassign-partitions.sh", &options);
        Note::None
    }

    // ---- clients

    fn produce(&mut self, command: &Command, producer: &Rc<str>, send: &Send, waits: bool) -> Note {
        // The console producer chooses no partition, and a line cannot hold what ends a line.
        let has_ends = |text: &Option<Rc<str>>| text.as_deref().is_some_and(|text| text.contains('\n'));
        if send.partition.is_some() || has_ends(&send.key) || has_ends(&send.value) {
            return self.scenario(command);
        }
        let count = send.count.unwrap_or(1);
        let (separator, null) = (separator(send), "NULL");
        let key = send.key.as_deref().map(|key| format!("{key}{separator}")).unwrap_or_default();
        if count > 1 {
            let line = format!("{}\"$i\"", quoted(&format!("{key}{}", send.value.as_deref().unwrap_or("v"))));
            self.plain(&format!("for i in $(seq 0 {}); do echo {line}; done |\n  ", count - 1));
        } else {
            self.plain(&format!("echo {} | ", quoted(&format!("{key}{}", send.value.as_deref().unwrap_or(null)))));
        }
        let mut more = Vec::new();
        if count > 1 && waits {
            more.push("--sync".to_owned());
        }
        if count == 1 && send.value.is_none() {
            more.push(format!("--property null.marker={null}"));
        }
        self.console_producer(producer, send, separator, more);
        Note::None
    }

    fn rate(&mut self, command: &Command, producer: &Rc<str>, send: &Send, pause: &str) -> Note {
        if send.partition.is_some() {
            return self.scenario(command);
        }
        let separator = separator(send);
        let value = send.value.as_deref().unwrap_or("v");
        self.plain("i=0; while :; do ");
        match send.key.as_deref() {
            // The keys take turns.
            Some(keys) => {
                self.plain("for k in");
                for key in keys.split(',') {
                    self.plain(&format!(" {}", quoted(key)));
                }
                self.plain(&format!("; do\n  echo \"$k\"{}\"$i\"; ", quoted(&format!("{separator}{value}"))));
            }
            None => self.plain(&format!("\n  echo {}\"$i\"; ", quoted(value))),
        }
        self.plain(&format!("i=$((i+1)); sleep {pause}; done{} |\n  ", if send.key.is_some() { "; done" } else { "" }));
        self.console_producer(producer, send, separator, Vec::new());
        Note::AtClient(producer.clone())
    }

    fn console_producer(&mut self, producer: &Rc<str>, send: &Send, separator: char, more: Vec<String>) {
        let mut options = vec![SERVERS.to_owned(), format!("--topic {}", quoted(&send.topic))];
        let configs = self.producers.iter().find(|(name, _)| name == producer).map(|(_, configs)| configs.clone()).unwrap_or_default();
        for (name, value) in &configs {
            options.push(format!("--producer-property {}", quoted(&format!("{name}={value}"))));
        }
        if send.key.is_some() {
            options.push("--property parse.key=true".to_owned());
            options.push(format!("--property {}", quoted(&format!("key.separator={separator}"))));
        }
        options.extend(more);
        self.script("kafka-console-producer.sh", &options);
    }

    fn consume(&mut self, consumer: &Rc<str>, subscription: &Subscription, group: Option<&str>, configs: &Configs) -> Note {
        let mut tail = vec![format!("--consumer-property client.id={consumer}")];
        for (name, value) in configs {
            tail.push(format!("--consumer-property {}", quoted(&format!("{name}={value}"))));
        }
        tail.push("--property print.key=true".to_owned());
        match subscription {
            Subscription::Topics(topics) => {
                let topics = match topics.as_slice() {
                    [topic] => format!("--topic {}", quoted(topic)),
                    // Several are one regular expression, in which a dot must be taken as itself.
                    many => format!("--include {}", quoted(&many.join("|").replace('.', "\\."))),
                };
                let mut options = vec![SERVERS.to_owned(), topics];
                options.extend(group.map(|group| format!("--group {}", quoted(group))));
                options.append(&mut tail);
                self.script("kafka-console-consumer.sh", &options);
                Note::AtClient(consumer.clone())
            }
            Subscription::Partitions(partitions) => {
                for partition in partitions {
                    self.end_line();
                    let mut options = vec![SERVERS.to_owned(), format!("--topic {}", quoted(&partition.topic))];
                    options.push(format!("--partition {}", partition.partition));
                    // With a partition the script seeks by itself: to the end, unless told otherwise.
                    if configs.iter().any(|(name, value)| &**name == "auto.offset.reset" && &**value == "earliest") {
                        options.push("--offset earliest".to_owned());
                    }
                    options.extend_from_slice(&tail);
                    self.script("kafka-console-consumer.sh", &options);
                }
                Note::Terminals
            }
        }
    }
}

/// What parts key and value: `=`, unless the key has one.
fn separator(send: &Send) -> char {
    let key = send.key.as_deref().unwrap_or("");
    ['=', ':', '|', '~', '\t'].into_iter().find(|c| !key.contains(*c)).unwrap_or('=')
}

fn joined(ids: &[i32], separator: &str) -> String {
    let mut text = String::new();
    for (at, id) in ids.iter().enumerate() {
        if at > 0 {
            text.push_str(separator);
        }
        text.push_str(&id.to_string());
    }
    text
}

/// A word as a shell takes it: bare where nothing in it means anything to one.
fn quoted(text: &str) -> String {
    let is_bare = |c: char| c.is_alphanumeric() || "._-=:,/@%+".contains(c);
    if !text.is_empty() && text.chars().all(is_bare) { text.to_owned() } else { format!("'{}'", text.replace('\'', "'\\''")) }
}
