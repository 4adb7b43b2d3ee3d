//! The scenario language: what is printed reads back as what it was, and a mistake is answered with what was meant.

use std::fs;
use std::path::{Path, PathBuf};

use kafka_playground::world::command::{Command, Placement};
use kafka_playground::world::grammar::COMMANDS;
use kafka_playground::world::script::Script;

/// Lines of every command and every option, in canonical form.
const CANONICAL: &[&str] = &[
    "cluster brokers=3",
    "cluster brokers=3 controllers=3 racks=a,b,c profile=3.9-zk seed=7 elr=off truncate=hw replica.lag.time.max.ms=4000",
    "cluster brokers=2 profile=4.0 elr=on truncate=kip101 log.dirs=a,b",
    "cluster brokers=3 ids=101,102,0 racks=a,,c",
    "broker 4",
    "broker 4 rack=\"row 1\"",
    "unregister 4",
    "topic orders partitions=4 replication=3",
    "topic orders partitions=4 replication=3 min.insync.replicas=2 retention.ms=1000",
    "topic orders replicas=1,2,3/2,3,1/3,1,2/1,3,2",
    "topic orders",
    "topic bad/name partitions=0 replication=1 retention.ms=abc no.such.config=1",
    "topic . partitions=1 replication=1",
    "topic \"a=b\" partitions=1",
    "topic \"\" partitions=1",
    "partitions orders 6",
    "config orders min.insync.replicas=2 retention.ms=\"a b\"",
    "config unclean.leader.election.enable=true",
    "delete orders",
    "producer p1",
    "producer p1 acks=1 retries=0 transactional.id=tx",
    "produce p1 orders",
    "produce p1 orders partition=0 key=a value=v count=3",
    "produce p1 orders key= value=",
    "produce p1 orders key=사과 value=\"two words\"",
    "produce p1 orders value=\"a # \\\"b\\\" \\\\ \\n \\t \\u0000\"",
    "produce p1 orders value={\"a\":1}",
    "send p1 orders partition=1 value=v",
    "await p1",
    "rate p1 orders 5/s",
    "rate p1 off 1/m key=a",
    "rate p1 orders 1/250ms value=v",
    "rate p1 off",
    "begin p1",
    "commit p1",
    "abort p1",
    "offsets p1 c1",
    "consumer c1 topics=orders",
    "consumer c1 topics=a,b group=g auto.offset.reset=earliest",
    "consumer c1 assign=orders-0,orders-1 group=g",
    "read c1",
    "seek c1 orders-0 5",
    "close c1",
    "freeze c1",
    "thaw c1",
    "kill 1",
    "kill c1",
    "kill zk",
    "stop 3001",
    "start zk",
    "pause 1",
    "resume 1",
    "power-loss 1",
    "power-loss 1 keep=orders-0:3,orders-1:0",
    "lose-disk 1",
    "lose-dir 1 b",
    "cut 1 2",
    "cut 1 -> p1",
    "heal",
    "heal 1 zk",
    "slow 1 2 latency=200ms",
    "slow 1 p1 latency=200ms jitter=500us loss=1/10",
    "fail 101 orders-3",
    "disk 1 latency=50ms",
    "elect preferred orders-0",
    "elect unclean a-b-c-12",
    "reassign orders-0 3,4,5",
    "reassign cancel orders-0",
    "wait 0s",
    "wait 12s",
    "wait 250ms",
    "wait 2m",
    "wait 1h",
    "wait 61s",
    "describe topic orders",
    "describe log orders-0",
    "describe group g",
    "describe brokers",
    "describe quorum",
    "describe records",
];

fn parse(line: &str) -> Command {
    Command::parse(line).unwrap_or_else(|error| panic!("{line}: {error}"))
}

// Share links, failing seeds and the console all rest on this: a printed command is the command.
#[test]
fn what_is_printed_reads_back() {
    for line in CANONICAL {
        assert_eq!(parse(line).to_string(), *line);
    }
    for command in COMMANDS {
        assert!(CANONICAL.iter().any(|line| line.split(' ').next() == Some(command)), "{command} is not tried");
    }
}

// People write lines in their own way; all ways of one command are one line.
#[test]
fn every_way_of_writing_has_one_canonical_line() {
    let same = [
        ("  wait   60000ms   # a minute", "wait 1m"),
        ("topic t replication=3 min.insync.replicas=2 partitions=1", "topic t partitions=1 replication=3 min.insync.replicas=2"),
        ("produce p1 t value=\"plain\" key=\"\\ud83d\\ude00\\/\"", "produce p1 t key=😀/ value=plain"),
        ("cluster brokers=3 controllers=1 profile=4.1 truncate=kip320", "cluster brokers=3"),
        ("slow 1 2 latency=1000us jitter=0ms", "slow 1 2 latency=1ms"),
        ("topic \"orders\"", "topic orders"),
        ("wait 5s#soon", "wait 5s"),
        ("produce p1 t value=a=b", "produce p1 t value=a=b"),
    ];
    for (written, canonical) in same {
        assert_eq!(parse(written).to_string(), canonical, "{written}");
    }
}

// The order of configurations is the order written: Kafka names the first that is wrong.
#[test]
fn configurations_keep_their_order() {
    let Command::Topic { placement, configs, .. } = parse("topic t retention.ms=1 replicas=1,1 cleanup.policy=x") else {
        panic!("a topic")
    };
    assert_eq!(placement, Placement::Manual(vec![vec![1, 1]]));
    assert_eq!(configs.iter().map(|(name, _)| &**name).collect::<Vec<_>>(), ["retention.ms", "cleanup.policy"]);
}

// Whoever mistypes must learn where, what was expected, and which word was near.
#[test]
fn mistakes_are_answered_with_what_was_meant() {
    let cases = [
        ("", "column 1: found the end of the line, expected a command"),
        ("prodcue p1 t", "column 1: found \"prodcue\", expected a command; did you mean \"produce\"?"),
        (
            "producer p1 ackz=1",
            "column 13: found \"ackz=1\", expected a producer configuration of Kafka as name=value; did you mean \"acks\"?",
        ),
        (
            "topic t partition=3",
            "column 9: found \"partition=3\", expected the option partitions, replication or replicas, or a topic configuration of Kafka as name=value; did you mean \"partitions\"?",
        ),
        ("wait 12", "column 6: found \"12\", expected a time with its unit (us, ms, s, m, h), as 250ms"),
        ("wait", "column 5: found the end of the line, expected a time with its unit (us, ms, s, m, h), as 250ms"),
        ("wait 1s 2s", "column 9: found \"2s\", expected the end of the line"),
        ("describe tpoic t", "column 10: found \"tpoic\", expected topic, log, group, brokers, quorum or records; did you mean \"topic\"?"),
        ("describe log orders", "column 14: found \"orders\", expected a partition, as orders-0"),
        ("produce p1 t value=\"open", "column 14: found \"value=\\\"open\", expected a whole JSON string"),
        ("produce p1 t key=a key=b", "column 20: found \"key=b\", expected each name once"),
        ("topic t replicas=1,2 partitions=1", "column 22: found \"partitions=1\", expected this or replicas=, not both"),
        ("kill -1", "column 6: found \"-1\", expected a broker's or controller's number, a client's name or zk"),
        ("consumer c1 group=g", "column 20: found the end of the line, expected the option topics="),
        ("cluster brokers=0", "column 9: found \"brokers=0\", expected a whole number from 1 to 100"),
        ("slow 1 2 latency=1ms loss=3/2", "column 22: found \"loss=3/2\", expected a fraction of 1, as 1/10"),
        ("cluster brokers=3 profile=zk", "column 19: found \"profile=zk\", expected 4.1, 4.0, 3.9-kraft, 3.9-zk, 3.4-kraft or 2.3-zk"),
    ];
    for (line, message) in cases {
        assert_eq!(Command::parse(line).expect_err(line).to_string(), message, "{line}");
    }
}

// Any text can arrive in a share link or the console: it may be refused, never bring the page down; and what is
// accepted prints to a line that is its own canonical form.
#[test]
fn any_text_is_read_or_refused() {
    let pieces = [
        "",
        " ",
        "#",
        "\"",
        "\\",
        "=",
        "a",
        "orders",
        "orders-0",
        "-",
        "->",
        "1",
        "-1",
        "9223372036854775808",
        "99999999999h",
        "1/0",
        "0/1",
        "5/s",
        ",",
        "/",
        ":",
        "key=",
        "value=\"",
        "\\u",
        "\\ud800",
        "사과",
        "\u{2028}",
        "\r",
        "\n",
        "\u{0}",
        "p1",
        "keep=a-0:-1",
        "count=0",
        "replicas=/",
        "latency=1ms",
        "topics=",
        "a.b=c",
        "zk",
        "\"a=b\"",
        "\"\"",
    ];
    // A linear congruential generator: the same lines every time.
    let mut state: u64 = 7;
    let mut pick = |n: usize| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as usize % n
    };
    let mut read = 0;
    for _ in 0..60_000 {
        let mut line = if pick(4) > 0 { COMMANDS[pick(COMMANDS.len())].to_owned() } else { CANONICAL[pick(CANONICAL.len())].to_owned() };
        for _ in 0..pick(5) {
            if pick(3) > 0 {
                line.push(' ');
            }
            line.push_str(pieces[pick(pieces.len())]);
        }
        match Command::parse_line(&line) {
            Ok(Some(command)) => {
                read += 1;
                let printed = command.to_string();
                let again = Command::parse(&printed).unwrap_or_else(|error| panic!("{line:?} printed {printed:?}: {error}"));
                assert_eq!(again, command, "{line:?} printed {printed:?}");
                assert_eq!(again.to_string(), printed);
            }
            Ok(None) => {}
            Err(error) => assert!(!error.to_string().is_empty()),
        }
    }
    assert!(read > 1_000, "only {read} lines were commands");
}

fn scenarios() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/kafka/scenarios");
    let mut files: Vec<PathBuf> =
        fs::read_dir(folder).expect("the folder of scenarios").map(|entry| entry.expect("an entry").path()).collect();
    files.sort();
    files
}

// The recorded scenarios are the contract with real Kafka: each must be read, and printed with its own answers be itself.
#[test]
fn recorded_scenarios_print_byte_for_byte() {
    let files = scenarios();
    assert!(files.len() >= 60, "{} scenarios", files.len());
    for path in files {
        let text = fs::read_to_string(&path).expect("a scenario");
        let script = Script::parse(&text).unwrap_or_else(|(line, error)| panic!("{}:{line}: {error}", path.display()));
        assert_eq!(script.print(&script.expected()), text, "{}", path.display());
        for step in &script.steps {
            assert_eq!(Command::parse(&step.command.to_string()), Ok(step.command.clone()));
        }
    }
}
