//! What is so, not what some broker believes: read from the metadata log, from ZooKeeper, and from the brokers' logs.

use super::cluster::Cluster;
use serde_json::Value;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

#[derive(Default)]
pub(crate) struct Registration {
    pub(crate) leader: i64,
    pub(crate) leader_epoch: i64,
    pub(crate) partition_epoch: i64,
    pub(crate) replicas: Vec<i64>,
    pub(crate) isr: Vec<i64>,
    pub(crate) elr: Vec<i64>,
    pub(crate) last_known_elr: Vec<i64>,
    pub(crate) adding: Vec<i64>,
    pub(crate) removing: Vec<i64>,
}

/// Partitions by topic and number.
pub(crate) type Registrations = BTreeMap<(String, i64), Registration>;

/// A replica's log. Records have offset, leader epoch and `key=value`.
pub(crate) struct Replica {
    pub(crate) start: i64,
    pub(crate) end: i64,
    pub(crate) epochs: Vec<String>,
    pub(crate) records: Vec<(i64, i64, String)>,
}

/// The number behind `name: ` in a line of Kafka's tools.
pub(crate) fn field(line: &str, name: &str) -> Option<i64> {
    let rest = &line[line.find(&format!("{name}: "))? + name.len() + 2..];
    rest[..rest.find(|c: char| c != '-' && !c.is_ascii_digit()).unwrap_or(rest.len())].parse().ok()
}

/// The segments of a log, oldest first.
pub(crate) fn segments(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let mut found: Vec<PathBuf> = entries.map(|e| e.path()).filter(|p| p.extension().is_some_and(|e| e == "log")).collect();
    found.sort();
    found
}

fn base_offset(segment: &Path) -> Option<i64> {
    segment.file_stem()?.to_str()?.parse().ok()
}

fn text<'a>(data: &'a Value, name: &str) -> &'a str {
    data[name].as_str().unwrap_or_default()
}

fn int(data: &Value, name: &str) -> i64 {
    data[name].as_i64().unwrap_or_default()
}

fn ids(data: &Value) -> Vec<i64> {
    data.as_array().into_iter().flatten().filter_map(Value::as_i64).collect()
}

/// Folds the metadata log. Every change raises the partition epoch, one that names a leader the leader epoch too (PartitionRegistration.merge).
pub(crate) fn registrations(records: &[Value]) -> Registrations {
    let mut names: BTreeMap<&str, &str> = BTreeMap::new();
    let mut partitions: BTreeMap<(&str, i64), Registration> = BTreeMap::new();
    for record in records {
        let data = &record["data"];
        let key = (text(data, "topicId"), int(data, "partitionId"));
        match text(record, "type") {
            "TOPIC_RECORD" => {
                names.insert(key.0, text(data, "name"));
            }
            kind @ ("PARTITION_RECORD" | "PARTITION_CHANGE_RECORD") => {
                let created = kind == "PARTITION_RECORD";
                let p = partitions.entry(key).or_default();
                let leader = data["leader"].as_i64().unwrap_or(-2);
                if created {
                    (p.leader, p.leader_epoch, p.partition_epoch) = (leader, int(data, "leaderEpoch"), int(data, "partitionEpoch"));
                } else {
                    p.partition_epoch += 1;
                    if leader != -2 {
                        (p.leader, p.leader_epoch) = (leader, p.leader_epoch + 1);
                    }
                }
                for (mine, theirs) in [
                    (&mut p.replicas, "replicas"),
                    (&mut p.isr, "isr"),
                    (&mut p.elr, "eligibleLeaderReplicas"),
                    (&mut p.last_known_elr, "lastKnownElr"),
                    (&mut p.adding, "addingReplicas"),
                    (&mut p.removing, "removingReplicas"),
                ] {
                    if !data[theirs].is_null() {
                        *mine = ids(&data[theirs]);
                    }
                }
            }
            "CLEAR_ELR_RECORD" => {
                for ((topic, _), p) in &mut partitions {
                    let named = text(data, "topicName");
                    if (named.is_empty() || names.get(topic) == Some(&named)) && !(p.elr.is_empty() && p.last_known_elr.is_empty()) {
                        p.elr.clear();
                        p.last_known_elr.clear();
                        p.partition_epoch += 1;
                    }
                }
            }
            "REMOVE_TOPIC_RECORD" => partitions.retain(|(topic, _), _| *topic != key.0),
            _ => {}
        }
    }
    let name = |topic: &str| names.get(topic).copied().unwrap_or_default().to_string();
    partitions.into_iter().map(|((topic, number), p)| ((name(topic), number), p)).collect()
}

/// The states of brokers that the metadata log comes to.
fn broker_states(records: &[Value]) -> BTreeMap<i64, &'static str> {
    let mut states = BTreeMap::new();
    for record in records {
        let data = &record["data"];
        let broker = int(data, "brokerId");
        let state = |fenced: bool| if fenced { "fenced" } else { "active" };
        match text(record, "type") {
            "REGISTER_BROKER_RECORD" => drop(states.insert(broker, state(data["fenced"] == true))),
            "FENCE_BROKER_RECORD" => drop(states.insert(int(data, "id"), "fenced")),
            "UNFENCE_BROKER_RECORD" => drop(states.insert(int(data, "id"), "active")),
            "BROKER_REGISTRATION_CHANGE_RECORD" if int(data, "fenced") != 0 => drop(states.insert(broker, state(int(data, "fenced") == 1))),
            "BROKER_REGISTRATION_CHANGE_RECORD" if int(data, "inControlledShutdown") != 0 => drop(states.insert(broker, "stopping")),
            "UNREGISTER_BROKER_RECORD" => drop(states.remove(&broker)),
            _ => {}
        }
    }
    states
}

impl Cluster<'_> {
    /// What Kafka's log tool prints of some segments.
    fn dump(&self, options: &[&str], segments: &[PathBuf]) -> Result<String, String> {
        if segments.is_empty() {
            return Ok(String::new());
        }
        let files: Vec<String> = segments.iter().map(|s| s.display().to_string()).collect();
        let mut tool = self.java(None, "tool", super::VERSION, "-Xmx128m");
        tool.arg("kafka.tools.DumpLogSegments").args(options).args(["--files", &files.join(",")]);
        let found = tool.output().map_err(|e| format!("java: {e}"))?;
        Ok(String::from_utf8_lossy(&found.stdout).into_owned())
    }

    /// The records of the longest metadata log, in order.
    fn metadata(&self) -> Result<Vec<Value>, String> {
        let mut longest = String::new();
        for controller in &self.controllers {
            let log = segments(&self.data(controller).join("__cluster_metadata-0"));
            let text = self.dump(&["--cluster-metadata-decoder"], &log)?;
            if text.len() > longest.len() {
                longest = text;
            }
        }
        let payload = |line: &str| serde_json::from_str(line.split_once("payload: ")?.1.trim()).ok();
        Ok(longest.lines().filter_map(payload).collect())
    }

    pub(crate) fn registrations(&self) -> Result<Registrations, String> {
        if self.zk { self.zk_registrations() } else { Ok(registrations(&self.metadata()?)) }
    }

    pub(crate) fn broker_states(&self) -> Result<BTreeMap<i64, &'static str>, String> {
        if !self.zk {
            return Ok(broker_states(&self.metadata()?));
        }
        let text = self.zookeeper(&["ls /brokers/ids".to_string()])?;
        let last = text.lines().rfind(|l| l.starts_with('[') && l.ends_with(']') && !l.contains(':')).unwrap_or_default();
        Ok(last.trim_matches(['[', ']']).split(", ").filter_map(|b| b.parse().ok()).map(|b| (b, "active")).collect())
    }

    fn zk_registrations(&self) -> Result<Registrations, String> {
        let text = self.zookeeper(&["ls -R /brokers/topics".to_string()])?;
        let paths: Vec<Vec<&str>> = text.lines().filter_map(|l| Some(l.strip_prefix("/brokers/topics/")?.split('/').collect())).collect();
        let topics: Vec<&str> = paths.iter().filter(|p| p.len() == 1).map(|p| p[0]).collect();
        let states: Vec<(&str, i64)> =
            paths.iter().filter(|p| p.len() == 4 && p[3] == "state").filter_map(|p| Some((p[0], p[2].parse().ok()?))).collect();
        let mut ask: Vec<String> = topics.iter().map(|t| format!("get /brokers/topics/{t}")).collect();
        ask.extend(states.iter().map(|(t, i)| format!("get -s /brokers/topics/{t}/partitions/{i}/state")));
        // Each answer is one JSON object, with the version of the node below it where that was asked for.
        let mut nodes: Vec<(Value, i64)> = Vec::new();
        for line in self.zookeeper(&ask)?.lines() {
            if let Ok(node @ Value::Object(_)) = serde_json::from_str(line) {
                nodes.push((node, 0));
            } else if let (Some(version), Some(node)) = (line.strip_prefix("dataVersion = "), nodes.last_mut()) {
                node.1 = version.trim().parse().unwrap_or_default();
            }
        }
        let mut found = Registrations::new();
        for (topic, (node, _)) in topics.iter().zip(&nodes) {
            for (number, replicas) in node["partitions"].as_object().into_iter().flatten() {
                let (adding, removing) = (ids(&node["adding_replicas"][number]), ids(&node["removing_replicas"][number]));
                let p = Registration { replicas: ids(replicas), adding, removing, leader: -1, ..Registration::default() };
                found.insert(((*topic).to_string(), number.parse().unwrap_or_default()), p);
            }
        }
        for ((topic, number), (node, version)) in states.into_iter().zip(nodes.iter().skip(topics.len())) {
            if let Some(p) = found.get_mut(&(topic.to_string(), number)) {
                (p.isr, p.leader, p.leader_epoch, p.partition_epoch) =
                    (ids(&node["isr"]), int(node, "leader"), int(node, "leader_epoch"), *version);
            }
        }
        Ok(found)
    }

    /// A broker's log of a partition, none where there is no such log.
    pub(crate) fn replica(&self, broker: i64, topic: &str, number: i64) -> Result<Option<Replica>, String> {
        let data = self.data(&broker.to_string());
        let folder = data.join(format!("{topic}-{number}"));
        if !folder.is_dir() {
            return Ok(None);
        }
        let segments = segments(&folder);
        let (mut records, mut epoch, mut end) = (Vec::new(), 0, 0);
        for line in self.dump(&["--print-data-log", "--deep-iteration"], &segments)?.lines() {
            if line.starts_with("baseOffset: ") {
                epoch = field(line, "partitionLeaderEpoch").unwrap_or_default();
                end = field(line, "lastOffset").unwrap_or_default() + 1;
            } else if line.starts_with("| offset: ") {
                let (head, value) = line.split_once(" payload: ").unwrap_or((line, "null"));
                let what = match line.split_once("endTxnMarker: ") {
                    Some((_, marker)) => marker.split(' ').next().unwrap_or_default().to_string(),
                    None => format!("{}={value}", head.split_once(" key: ").map_or("-", |(_, key)| key)),
                };
                records.push((field(line, "offset").unwrap_or_default(), epoch, what));
            }
        }
        let bases: Vec<i64> = segments.iter().filter_map(|s| base_offset(s)).collect();
        let checkpoint = fs::read_to_string(data.join("log-start-offset-checkpoint")).unwrap_or_default();
        let cut = checkpoint.lines().find_map(|l| l.strip_prefix(&format!("{topic} {number} "))?.parse().ok()).unwrap_or(0);
        let epochs = fs::read_to_string(folder.join("leader-epoch-checkpoint")).unwrap_or_default();
        let epochs = epochs.lines().skip(2).filter(|l| !l.trim().is_empty()).map(|l| l.replace(' ', ":")).collect();
        let start = bases.iter().copied().min().unwrap_or(0).max(cut);
        let end = bases.into_iter().max().unwrap_or(0).max(end);
        Ok(Some(Replica { start, end, epochs, records }))
    }

    /// Cuts a dead broker's newest segment of `partition` down to the batches that end before offset `count`, as if the page cache had gone.
    pub(crate) fn lose_tail(&self, broker: &str, partition: &str, count: i64) -> Result<(), String> {
        let Some(segment) = segments(&self.data(broker).join(partition)).pop() else {
            return Err(format!("broker {broker} has no log of {partition}"));
        };
        let text = self.dump(&[], std::slice::from_ref(&segment))?;
        let ends = text.lines().filter(|l| field(l, "lastOffset").is_some_and(|last| last < count));
        let size = ends.filter_map(|l| Some(field(l, "position")? + field(l, " size")?)).max().unwrap_or(0);
        let file = fs::OpenOptions::new().write(true).open(&segment).map_err(|e| format!("{}: {e}", segment.display()))?;
        file.set_len(size.try_into().unwrap_or(0)).map_err(|e| format!("{}: {e}", segment.display()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    /// Why: the epochs in every recording come from this fold, not from a broker's answer.
    #[test]
    fn the_metadata_log_folds_to_registrations() {
        let log = [
            json!({"type": "TOPIC_RECORD", "data": {"name": "t", "topicId": "x"}}),
            json!({"type": "PARTITION_RECORD", "data": {"topicId": "x", "partitionId": 0, "leader": 1, "leaderEpoch": 0, "partitionEpoch": 0, "replicas": [1, 2], "isr": [1, 2]}}),
            json!({"type": "PARTITION_CHANGE_RECORD", "data": {"topicId": "x", "partitionId": 0, "isr": [], "leader": -1, "eligibleLeaderReplicas": [1], "lastKnownElr": [1]}}),
            json!({"type": "CLEAR_ELR_RECORD", "data": {"topicName": "t"}}),
        ];
        let found = registrations(&log);
        let p = &found[&("t".to_string(), 0)];
        assert_eq!((p.leader, p.leader_epoch, p.partition_epoch), (-1, 1, 2));
        assert_eq!((&p.replicas, &p.isr, &p.elr, &p.last_known_elr), (&vec![1, 2], &vec![], &vec![], &vec![]));
    }

    /// Why: a name that ends like another must not be taken for it.
    #[test]
    fn fields_of_the_log_tool_are_read() {
        let line = "baseOffset: 3 lastOffset: 4 count: 2 partitionLeaderEpoch: -1 isTransactional: false position: 120 CreateTime: 5 size: 77 magic: 2";
        assert_eq!((field(line, "lastOffset"), field(line, "partitionLeaderEpoch"), field(line, " size")), (Some(4), Some(-1), Some(77)));
        assert_eq!(field(line, "offset"), None);
    }
}
