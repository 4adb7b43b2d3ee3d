//! Does a scenario's commands on a real cluster, one after another, and writes down the answers.

use super::Paths;
use super::cluster::{Cluster, Options, take};
use serde_json::{Value, json};
use std::path::Path;
use std::process::Child;
use std::thread::sleep;
use std::time::{Duration, Instant};

/// The scenario with every answer filled in anew. `folder` gets all that the nodes keep and say.
pub(crate) fn answer(text: &str, paths: &Paths, folder: &Path) -> Result<String, String> {
    let mut run = Run { paths, folder, cluster: None };
    let (mut out, mut in_answer, mut owes_blank) = (String::new(), false, false);
    for (number, line) in (1..).zip(text.lines()) {
        if in_answer {
            in_answer = !line.trim().is_empty();
            continue;
        }
        if line.trim() == "----" {
            in_answer = true;
            continue;
        }
        if std::mem::take(&mut owes_blank) {
            out.push('\n');
            if line.trim().is_empty() {
                continue;
            }
        }
        out += line;
        out.push('\n');
        let words = words(line);
        if words.is_empty() {
            continue;
        }
        let start = Instant::now();
        let answer = run.command(&words).map_err(|why| format!("line {number}: {line}: {why}"))?;
        eprintln!("[{:6.2} s] {line}{}", start.elapsed().as_secs_f64(), answer.iter().map(|l| format!("\n    {l}")).collect::<String>());
        if !answer.is_empty() {
            out += &format!("----\n{}\n", answer.join("\n"));
            owes_blank = true;
        }
    }
    run.cluster.as_mut().map_or(Ok(()), Cluster::end)?;
    Ok(out.trim_end().to_string() + "\n")
}

/// The words of a line without its comment; a value may be a JSON string.
fn words(line: &str) -> Vec<String> {
    let (mut words, mut rest) = (Vec::new(), line.trim_start());
    while !rest.is_empty() && !rest.starts_with('#') {
        let mut end = rest.find([' ', '\t', '#']).unwrap_or(rest.len());
        if let Some(quote) = rest[..end].find("=\"") {
            let mut values = serde_json::Deserializer::from_str(&rest[quote + 1..]).into_iter::<String>();
            if let Some(Ok(value)) = values.next() {
                end = quote + 1 + values.byte_offset();
                words.push(format!("{}={value}", &rest[..quote]));
                rest = rest[end..].trim_start();
                continue;
            }
        }
        words.push(rest[..end].to_string());
        rest = rest[end..].trim_start();
    }
    words
}

/// Signals a process, by `kill`'s name for the signal.
pub(crate) fn signal(process: &Child, name: &str) -> Result<(), String> {
    super::network::output("kill", &[&format!("-{name}"), &process.id().to_string()]).map(|_| ())
}

fn duration(text: &str) -> Result<Duration, String> {
    let wrong = || format!("found {text:?}, expected a duration such as 250ms, 9s or 2m");
    let split = text.find(|c: char| c != '.' && !c.is_ascii_digit()).ok_or_else(wrong)?;
    let number: f64 = text[..split].parse().map_err(|_| wrong())?;
    match &text[split..] {
        "ms" => Ok(Duration::from_secs_f64(number / 1000.0)),
        "s" => Ok(Duration::from_secs_f64(number)),
        "m" => Ok(Duration::from_secs_f64(number * 60.0)),
        _ => Err(wrong()),
    }
}

fn list(text: &str) -> Result<Vec<i64>, String> {
    text.split(',').map(|id| id.parse().map_err(|_| format!("found {id:?}, expected the number of a broker"))).collect()
}

fn ids(ids: &[i64]) -> String {
    ids.iter().map(i64::to_string).collect::<Vec<_>>().join(",")
}

fn ascending(list: &[i64]) -> String {
    let mut list = list.to_vec();
    list.sort_unstable();
    ids(&list)
}

fn partition(name: &str) -> Result<(String, i64), String> {
    let split = name.rsplit_once('-').and_then(|(topic, number)| Some((topic.to_string(), number.parse().ok()?)));
    split.ok_or_else(|| format!("found {name:?}, expected a partition such as orders-0"))
}

/// A text as it is, anything else as JSON.
fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_string)
}

/// What is to be said of an outcome: nothing of `ok`.
fn unless_ok(value: &Value) -> Vec<String> {
    if value == "ok" { Vec::new() } else { vec![plain(value)] }
}

/// The lines of an answer that is a list.
fn lines(value: &Value) -> Vec<String> {
    value.as_array().map_or_else(|| vec![plain(value)], |list| list.iter().map(plain).collect())
}

struct Run<'a> {
    paths: &'a Paths,
    folder: &'a Path,
    cluster: Option<Cluster<'a>>,
}

impl Run<'_> {
    fn command(&mut self, words: &[String]) -> Result<Vec<String>, String> {
        let (verb, rest) = (words[0].as_str(), &words[1..]);
        let options: Options = rest.iter().filter_map(|w| w.split_once('=')).map(|(k, v)| (k.to_string(), v.to_string())).collect();
        let named: Vec<&str> = rest.iter().filter(|w| !w.contains('=')).map(String::as_str).collect();
        if verb == "cluster" {
            self.cluster = Some(Cluster::start(self.paths, self.folder, options)?);
            return Ok(Vec::new());
        }
        let cluster = self.cluster.as_mut().ok_or("expected cluster first")?;
        let name = *named.first().unwrap_or(&"");
        let second = *named.get(1).unwrap_or(&"");
        let done = match verb {
            "topic" | "partitions" | "delete" | "config" | "elect" | "reassign" | "unregister" => {
                return admin(cluster, verb, name, second, options);
            }
            "producer" | "consumer" => return start_client(cluster, verb, name, options),
            "produce" | "send" => return send(cluster, verb, name, second, options),
            "describe" => return describe(cluster, name, second),
            "await" => return Ok(vec![lines(&ask(cluster, name, &json!({"do": "await"}))?).join(" ")]),
            "read" => {
                let read = lines(&ask(cluster, name, &json!({"do": "read"}))?);
                return Ok(if read.is_empty() { vec!["nothing".to_string()] } else { read });
            }
            "begin" | "commit" | "abort" | "close" => return Ok(unless_ok(&ask(cluster, name, &json!({"do": verb}))?)),
            "seek" => {
                let offset = named.get(2).unwrap_or(&"");
                return Ok(unless_ok(&ask(cluster, name, &json!({"do": "seek", "partition": second, "offset": offset}))?));
            }
            "offsets" => {
                let mut at = ask(cluster, second, &json!({"do": "position"}))?;
                at["do"] = json!("offsets");
                return Ok(unless_ok(&ask(cluster, name, &at)?));
            }
            "stop" => return stop(cluster, name),
            "broker" => add_broker(cluster, name, options),
            "start" => start(cluster, name, &options),
            "kill" => kill(cluster, name),
            "lose-disk" => kill(cluster, name).and_then(|()| cluster.wipe(name)),
            "power-loss" => power_loss(cluster, name, options),
            "pause" | "freeze" => cluster.process(name).and_then(|process| signal(process, "STOP")),
            "resume" | "thaw" => cluster.process(name).and_then(|process| signal(process, "CONT")),
            "cut" => match named[..] {
                [a, "->", b] => cluster.network.cut(a, b, false),
                [a, b] => cluster.network.cut(a, b, false).and_then(|()| cluster.network.cut(b, a, false)),
                _ => Err("expected two nodes, or two with -> between them".to_string()),
            },
            "heal" => match named[..] {
                [] => cluster.network.heal(),
                [a, b] => cluster.network.cut(a, b, true).and_then(|()| cluster.network.cut(b, a, true)),
                _ => Err("expected two nodes, or none".to_string()),
            },
            "wait" => duration(name).map(sleep),
            _ => Err(format!("{verb} is not recorded")),
        };
        done.map(|()| Vec::new())
    }
}

fn ask(cluster: &mut Cluster<'_>, client: &str, command: &Value) -> Result<Value, String> {
    cluster.clients.get_mut(client).map(|c| c.ask(command)).ok_or_else(|| format!("found {client:?}, expected a client"))
}

fn object(options: Options) -> Value {
    options.into_iter().map(|(key, value)| (key, json!(value))).collect()
}

fn admin(cluster: &mut Cluster<'_>, verb: &str, name: &str, second: &str, mut options: Options) -> Result<Vec<String>, String> {
    let command = match verb {
        "topic" => {
            let replicas = take(&mut options, "replicas");
            let assignment = replicas.map(|text| text.split('/').map(list).collect::<Result<Vec<_>, _>>()).transpose()?;
            let count = |given: Option<String>| given.unwrap_or_else(|| "1".to_string());
            let (partitions, replication) = (count(take(&mut options, "partitions")), count(take(&mut options, "replication")));
            json!({"do": "create", "topic": name, "assignment": assignment, "partitions": partitions, "replication": replication, "configs": object(options)})
        }
        "partitions" => json!({"do": verb, "topic": name, "count": second}),
        "config" => json!({"do": verb, "topic": name, "configs": object(options)}),
        "elect" => json!({"do": verb, "type": name, "partition": second}),
        "reassign" if name == "cancel" => json!({"do": verb, "partition": second}),
        "reassign" => json!({"do": verb, "partition": name, "replicas": list(second)?}),
        "unregister" => json!({"do": verb, "broker": name}),
        _ => json!({"do": verb, "topic": name}),
    };
    let answer = cluster.admin(&command);
    if verb == "topic" {
        sleep(Duration::from_secs(2)); // Until brokers and followers know of it.
    }
    Ok(unless_ok(&answer))
}

fn start_client(cluster: &mut Cluster<'_>, role: &str, name: &str, mut options: Options) -> Result<Vec<String>, String> {
    let mut more = Options::new();
    if role == "consumer" {
        for key in ["topics", "assign"] {
            more.extend(take(&mut options, key).map(|value| (key.to_string(), value)));
        }
        let group = take(&mut options, "group").map(|group| ("group.id".to_string(), group));
        options.push(group.unwrap_or_else(|| ("enable.auto.commit".to_string(), "false".to_string())));
    }
    let transactional = options.iter().any(|(key, _)| key == "transactional.id");
    let client = cluster.client(name, role, options, more)?;
    let first = client.first.clone();
    Ok(unless_ok(&if transactional && first == "ok" { client.ask(&json!({"do": "init"})) } else { first }))
}

fn send(cluster: &mut Cluster<'_>, verb: &str, name: &str, topic: &str, options: Options) -> Result<Vec<String>, String> {
    let wait = verb == "produce";
    let mut command = json!({"do": "send", "wait": wait, "topic": topic});
    options.into_iter().for_each(|(key, value)| command[key] = json!(value));
    let outcomes = lines(&ask(cluster, name, &command)?);
    Ok(if wait { vec![outcomes.join(" ")] } else { Vec::new() })
}

fn kill(cluster: &mut Cluster<'_>, name: &str) -> Result<(), String> {
    let process = cluster.process(name)?;
    process.kill().and_then(|()| process.wait()).map_err(|e| format!("killing {name}: {e}"))?;
    sleep(Duration::from_millis(200));
    cluster.network.forget_connections(name)
}

fn stop(cluster: &mut Cluster<'_>, name: &str) -> Result<Vec<String>, String> {
    signal(cluster.process(name)?, "TERM")?;
    let start = Instant::now();
    while !cluster.is_down(name) {
        if start.elapsed() > Duration::from_secs(60) {
            return Ok(vec!["did not stop".to_string()]);
        }
        sleep(Duration::from_millis(20));
    }
    Ok(Vec::new())
}

/// Waits until the controller has let the broker in, 20 s at most, since a start takes longer here than in a simulation.
fn start(cluster: &mut Cluster<'_>, name: &str, changes: &Options) -> Result<(), String> {
    if !changes.is_empty() {
        cluster.reconfigure(name, changes)?;
    }
    cluster.launch(name)?;
    let Some(broker) = name.parse::<i64>().ok().filter(|_| !cluster.controllers.iter().any(|c| c == name)) else {
        sleep(Duration::from_secs(5));
        return Ok(());
    };
    let start = Instant::now();
    while start.elapsed() < Duration::from_secs(20) && cluster.broker_states()?.get(&broker) != Some(&"active") {
        sleep(Duration::from_secs(1));
    }
    Ok(())
}

fn add_broker(cluster: &mut Cluster<'_>, name: &str, mut options: Options) -> Result<(), String> {
    cluster.prepare(name, take(&mut options, "rack").as_deref())?;
    start(cluster, name, &options)
}

/// As a kill, and then the logs are cut to what `keep` says, as if the page cache had gone.
fn power_loss(cluster: &mut Cluster<'_>, name: &str, mut options: Options) -> Result<(), String> {
    let keep = take(&mut options, "keep").ok_or("power-loss without keep= is not recorded: nobody knows what a disk would keep")?;
    kill(cluster, name)?;
    for word in keep.split(',') {
        let kept = word.rsplit_once(':').and_then(|(partition, count)| Some((partition, count.parse().ok()?)));
        let (partition, count) = kept.ok_or_else(|| format!("found {word:?}, expected a partition and a count such as orders-0:3"))?;
        cluster.lose_tail(name, partition, count)?;
    }
    Ok(())
}

fn describe(cluster: &mut Cluster<'_>, what: &str, name: &str) -> Result<Vec<String>, String> {
    match what {
        "brokers" => Ok(cluster.broker_states()?.iter().map(|(id, state)| format!("{id} {state}")).collect()),
        "topic" => describe_topic(cluster, name),
        "log" => describe_log(cluster, name),
        "group" => Ok(describe_group(&cluster.admin(&json!({"do": "group", "group": name})))),
        _ => Err(format!("describe {what} is not recorded")),
    }
}

fn describe_topic(cluster: &Cluster<'_>, name: &str) -> Result<Vec<String>, String> {
    let mut out = Vec::new();
    for ((_, number), p) in cluster.registrations()?.iter().filter(|((topic, _), _)| topic == name) {
        let leader = if p.leader < 0 { "none".to_string() } else { p.leader.to_string() };
        let mut line = format!("{name}-{number} leader={leader} leaderEpoch={} partitionEpoch={}", p.leader_epoch, p.partition_epoch);
        line += &format!(" replicas={} isr={}", ids(&p.replicas), ascending(&p.isr));
        for (key, list) in [("elr", &p.elr), ("lastKnownElr", &p.last_known_elr), ("adding", &p.adding), ("removing", &p.removing)] {
            if !list.is_empty() {
                line += &format!(" {key}={}", ascending(list));
            }
        }
        out.push(line);
    }
    Ok(if out.is_empty() { vec!["UNKNOWN_TOPIC_OR_PARTITION".to_string()] } else { out })
}

fn describe_log(cluster: &mut Cluster<'_>, name: &str) -> Result<Vec<String>, String> {
    let (topic, number) = partition(name)?;
    let Some(p) = cluster.registrations()?.remove(&(topic.clone(), number)) else {
        return Ok(vec!["UNKNOWN_TOPIC_OR_PARTITION".to_string()]);
    };
    let ends = if p.leader < 0 { Value::Null } else { cluster.admin(&json!({"do": "ends", "partitions": [name]})) };
    let (hw, lso) = (&ends[name], &ends[format!("{name} lso")]);
    let mut replicas = p.replicas;
    replicas.sort_unstable();
    let mut out = Vec::new();
    for broker in replicas {
        let down = cluster.is_down(&broker.to_string());
        let Some(log) = cluster.replica(broker, &topic, number)? else {
            out.push(format!("{broker}{} empty", if down { " [down]" } else { "" }));
            continue;
        };
        let leads = broker == p.leader && !down;
        let mut line = format!(
            "{broker}{}",
            if down {
                " [down]"
            } else if leads {
                " [leader]"
            } else {
                ""
            }
        );
        line += &format!(" start={} end={} epochs={}", log.start, log.end, log.epochs.join(","));
        if leads {
            line += &format!(" hw={}", plain(hw));
            if lso != hw {
                line += &format!(" lso={}", plain(lso));
            }
        }
        let records: Vec<String> = log.records.iter().map(|(offset, epoch, what)| format!(" {offset}e{epoch} {what}")).collect();
        out.push(line + " |" + &records.join(" ·"));
    }
    Ok(out)
}

fn describe_group(group: &Value) -> Vec<String> {
    if group.is_string() {
        return vec![plain(group)];
    }
    let joined = |list: &Value| lines(list).join(",");
    let mut members: Vec<&Value> = group["members"].as_array().into_iter().flatten().collect();
    members.sort_by_key(|m| (plain(&m["client"]), plain(&m["instance"])));
    let mut out = vec![format!("{} protocol={}", plain(&group["state"]), plain(&group["protocol"]))];
    out.extend(members.iter().map(|m| format!("{} {}", plain(&m["client"]), joined(&m["assigned"])).trim_end().to_string()));
    let mut committed: Vec<((String, i64), &Value)> = Vec::new();
    for (name, offset) in group["committed"].as_object().into_iter().flatten() {
        committed.extend(partition(name).ok().map(|at| (at, offset)));
    }
    committed.sort_by(|a, b| a.0.cmp(&b.0));
    let committed: String = committed.iter().map(|((topic, number), offset)| format!(" {topic}-{number}@{offset}")).collect();
    out.push(format!("committed{committed}"));
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Why: a value that the simulator reads as one word must reach Kafka as one.
    #[test]
    fn words_are_read_as_the_simulator_reads_them() {
        assert_eq!(
            words("produce p1 t key=a value=\"two # words\" count=2 # why"),
            ["produce", "p1", "t", "key=a", "value=two # words", "count=2"]
        );
        assert_eq!(words("  # only a comment"), Vec::<String>::new());
    }

    /// Why: a length that is misread makes a recording of something else.
    #[test]
    fn durations_carry_their_unit() {
        assert_eq!(duration("250ms"), Ok(Duration::from_millis(250)));
        assert_eq!(duration("1.5s"), Ok(Duration::from_millis(1500)));
        assert!(duration("9").is_err() && duration("9h").is_err());
    }
}
