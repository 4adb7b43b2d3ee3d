//! A run taken away: what is typed on a real cluster does what the command did, or says that nothing does.

use kafka_playground::world::command::Command;
use kafka_playground::world::grammar::COMMANDS;
use kafka_playground::world::take_away::{Block, Note, TakeAway};

fn blocks(lines: &[&str]) -> Vec<Block> {
    let mut scripts = TakeAway::default();
    lines.iter().filter_map(|line| scripts.block(0, &Command::parse(line).unwrap_or_else(|e| panic!("{line}: {e}")))).collect()
}

fn last(lines: &[&str]) -> (String, Note) {
    let block = blocks(lines).pop().expect("a block");
    (block.to_copy(), block.note)
}

// Another spelling of an option is a script that fails at once. Creating, configuring and reassigning were run against a real 4.1.1 cluster;
// the other spellings are those of the scripts' own `--help`.
#[test]
fn scripts_are_spelled_as_kafka_spells_them() {
    let cases = [
        (
            "topic orders replicas=101,102,103/102,103,101 min.insync.replicas=2",
            "bin/kafka-topics.sh --bootstrap-server $B --create \\\n  --topic orders --config min.insync.replicas=2 \\\n  --replica-assignment 101:102:103,102:103:101",
        ),
        ("partitions orders 6", "bin/kafka-topics.sh --bootstrap-server $B --alter --topic orders \\\n  --partitions 6"),
        (
            "config orders cleanup.policy=compact,delete retention.ms=1000",
            "bin/kafka-configs.sh --bootstrap-server $B --alter \\\n  --entity-type topics --entity-name orders \\\n  --add-config 'cleanup.policy=[compact,delete],retention.ms=1000'",
        ),
        ("unregister 4", "bin/kafka-cluster.sh unregister --bootstrap-server $B --id 4"),
        (
            "elect preferred orders-0",
            "bin/kafka-leader-election.sh --bootstrap-server $B \\\n  --election-type preferred --topic orders --partition 0",
        ),
        (
            "reassign orders-3 101,103",
            "echo '{\"version\":1,\"partitions\":[\n  {\"topic\":\"orders\",\"partition\":3,\"replicas\":[101,103]}]}' > reassign.json\nbin/kafka-reassign-partitions.sh --bootstrap-server $B \\\n  --reassignment-json-file reassign.json --execute",
        ),
        ("describe group g", "bin/kafka-consumer-groups.sh --bootstrap-server $B --describe \\\n  --group g"),
    ];
    for (line, script) in cases {
        assert_eq!(last(&[line]), (script.to_owned(), Note::None), "{line}");
    }
}

// A producer's configuration decides what its records' fate is: it must go along, and keys and tombstones must arrive as they were.
#[test]
fn a_record_is_sent_as_it_was() {
    let (text, _) = last(&["producer p1 acks=1", "produce p1 orders key=apple value=1"]);
    assert_eq!(
        text,
        "echo apple=1 | bin/kafka-console-producer.sh --bootstrap-server $B \\\n  --topic orders --producer-property acks=1 \\\n  --property parse.key=true --property key.separator=="
    );
    let (text, _) = last(&["producer p1", "produce p1 orders key=a=b"]);
    assert!(text.starts_with("echo a=b:NULL | ") && text.contains("key.separator=:") && text.contains("null.marker=NULL"), "{text}");
    let (text, _) = last(&["producer p1", "produce p1 orders value=\"it's\""]);
    assert!(text.starts_with("echo 'it'\\''s' | "), "{text}");
    let (text, note) = last(&["producer p1", "produce p1 orders partition=2 value=1"]);
    assert_eq!((text.as_str(), note), ("produce p1 orders partition=2 value=1", Note::Nothing), "no script chooses a partition");
}

// What no script of Kafka's does must say so, and what only the person knows must be marked: half a script would do harm.
#[test]
fn what_no_script_does_says_so() {
    let block = blocks(&["kill 1"]).remove(0);
    assert_eq!((block.to_copy().as_str(), &block.note), ("kill -9 PID", &Note::OnHost("1".into())));
    assert!(block.text.iter().any(|piece| piece.to_fill && piece.text == "PID"));
    assert_eq!(last(&["pause 2"]).0, "kill -STOP PID");
    assert!(last(&["cut 1 2"]).0.contains("iptables -A INPUT -j DROP -s HOST_OF_1"));
    let (healed, _) = last(&["cut 1 -> 2", "heal"]);
    assert_eq!(healed, "sudo iptables -D INPUT -j DROP -s HOST_OF_1  # on the host of 2", "only what was cut");
    assert!(blocks(&["heal"]).is_empty(), "nothing was cut");
    for line in ["begin p1", "disk 1 latency=50ms", "fail 1 orders-0", "power-loss 1 keep=orders-0:3"] {
        assert_eq!(last(&[line]), (line.to_owned(), Note::Nothing));
    }
    assert!(blocks(&["wait 5s", "producer p1", "await p1", "read c1"]).is_empty());
}

// The list of commands grows; each must have been thought of here.
#[test]
fn every_command_has_its_answer() {
    let silent = ["wait", "await", "read", "producer"];
    let tried = [
        "cluster brokers=3 ids=7,8,9 racks=a,b,c",
        "broker 4 rack=a",
        "unregister 4",
        "topic t",
        "partitions t 2",
        "config min.insync.replicas=2",
        "delete t",
        "produce p1 t",
        "send p1 t",
        "rate p1 t 2/s key=a,b",
        "begin p1",
        "commit c1",
        "abort p1",
        "offsets p1 c1",
        "consumer c1 topics=a,b.c group=g",
        "seek c1 t-0 5",
        "close c1",
        "freeze c1",
        "thaw c1",
        "kill 1",
        "stop 1",
        "start 1 min.insync.replicas=1",
        "pause 1",
        "resume 1",
        "power-loss 1",
        "lose-disk 1",
        "lose-dir 1 b",
        "cut 1 2",
        "heal",
        "slow 1 2 latency=200ms jitter=10ms loss=1/10",
        "fail 1 t-0",
        "disk 1 latency=50ms",
        "elect unclean t-0",
        "reassign cancel t-0",
        "describe log t-0",
    ];
    for command in COMMANDS.iter().filter(|command| !silent.contains(command)) {
        assert!(tried.iter().any(|line| line.split(' ').next() == Some(command)), "{command} is not tried");
    }
    let blocks = blocks(&tried);
    assert_eq!(blocks.len(), tried.len());
    assert!(blocks.iter().all(|block| !block.to_copy().is_empty() && block.to_copy().lines().all(|line| !line.is_empty())));
    assert!(blocks[0].to_copy().contains("node.id=8 broker.rack=b"), "{}", blocks[0].to_copy());
    assert!(blocks.iter().any(|block| block.to_copy().contains("--include 'a|b\\.c' --group g")));
}
