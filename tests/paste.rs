//! A pasted cluster: every line is understood or named, nothing is half loaded, and what is built is what was pasted.

use kafka_playground::lab::runner;
use kafka_playground::world::paste::{Expected, Paste, Problem, Remark, Verdict, read};

const ORDERS: &str = "\
Topic: orders\tTopicId: 5k0HdmQ_Tn2pJ9oY1dJm6g\tPartitionCount: 4\tReplicationFactor: 3\tConfigs: min.insync.replicas=2,cleanup.policy=compact,delete
\tTopic: orders\tPartition: 0\tLeader: 101\tReplicas: 101,102,103\tIsr: 101,102,103\tElr: \tLastKnownElr: 
\tTopic: orders\tPartition: 1\tLeader: 102\tReplicas: 102,103,101\tIsr: 102,101,103\tElr: \tLastKnownElr: 
\tTopic: orders\tPartition: 2\tLeader: 103\tReplicas: 103,101,102\tIsr: 103;101\tElr: \tLastKnownElr: 
\tTopic: orders\tPartition: 3\tLeader: 103\tReplicas: 101,103,102\tIsr: 103,102\tElr: \tLastKnownElr: 
All configs for broker 101 are:
  broker.rack=a sensitive=false synonyms={STATIC_BROKER_CONFIG:broker.rack=a}
All configs for broker 102 are:
  broker.rack=b sensitive=false synonyms={STATIC_BROKER_CONFIG:broker.rack=b}
All configs for broker 103 are:
  broker.rack=c sensitive=false synonyms={STATIC_BROKER_CONFIG:broker.rack=c}
";

fn problem(paste: &Paste, line: usize) -> &Problem {
    match &paste.lines[line - 1].verdict {
        Verdict::Wrong(problem) => problem,
        other => panic!("line {line} is {other:?}"),
    }
}

/// Builds the cluster and holds leaders, replicas, ISRs, ELRs and racks against what was pasted.
fn builds(paste: &Paste) -> String {
    let text = paste.scenario().unwrap_or_else(|| panic!("{:?}", paste.lines));
    let outcome = runner::run(&text);
    assert!(outcome.stopped.is_none(), "{text}\n{:?}", outcome.stopped);
    let image = outcome.world.metadata().expect("metadata");
    let broker_ids: Vec<i32> = paste.brokers.iter().map(|b| b.id).collect();
    assert_eq!(image.brokers.keys().copied().collect::<Vec<_>>(), broker_ids);
    for broker in &paste.brokers {
        assert_eq!(image.brokers.get(&broker.id).and_then(|b| b.rack.clone()), broker.rack, "{}", broker.id);
    }
    let sorted = |ids: &[i32]| {
        let mut ids = ids.to_vec();
        ids.sort_unstable();
        ids
    };
    for topic in &paste.topics {
        let answers = runner::run(&format!("{text}describe topic {}\n", topic.name)).answers.pop().expect("an answer");
        for (line, p) in answers.iter().zip(&topic.partitions) {
            let ids = |ids: &[i32]| ids.iter().map(i32::to_string).collect::<Vec<_>>().join(",");
            let leader = if p.leader < 0 { "none".to_owned() } else { p.leader.to_string() };
            assert!(line.contains(&format!("leader={leader} ")), "{line}\n{text}");
            assert!(line.contains(&format!(" replicas={} ", ids(&p.replicas))), "{line}\n{text}");
            let isr = ids(&sorted(&p.isr));
            assert!(line.contains(&format!(" isr={isr} ")) || line.ends_with(&format!(" isr={isr}")), "{line}\n{text}");
            let elr = p.elr.clone().unwrap_or_default();
            if !elr.is_empty() {
                assert!(line.contains(&format!(" elr={}", ids(&sorted(&elr)))), "{line}\n{text}");
            }
        }
        assert_eq!(answers.len(), topic.partitions.len());
    }
    text
}

// One slip in a long paste: the person must see where, what was meant, and mend it with one click; until then nothing is loaded.
#[test]
fn a_bad_line_is_named_and_mended() {
    let paste = read(ORDERS);
    assert_eq!((paste.wrong(), paste.counted()), (1, 11));
    let found = problem(&paste, 4);
    assert_eq!((found.found.as_str(), &found.expected, found.instead.as_deref()), ("103;101", &Expected::Ids, Some("103,101")));
    assert!(paste.scenario().is_none(), "half a cluster");
    let known: Vec<bool> = paste.topics[0].partitions.iter().map(|p| p.is_known).collect();
    assert_eq!(known, [true, true, false, true], "the partition of the bad line has its place");
    let mended = read(&paste.mended(3));
    assert_eq!(mended.wrong(), 0);
    assert_eq!(mended.topics[0].partitions[2].isr, [103, 101]);
}

// The promise of the view: the same ids, racks, leaders and ISRs, and a scenario that any console takes.
#[test]
fn the_pasted_cluster_stands() {
    let paste = read(&ORDERS.replace("103;101", "103,101"));
    let text = builds(&paste);
    assert!(text.starts_with("cluster brokers=3 ids=101,102,103 racks=a,b,c\n"), "{text}");
    assert!(text.contains("min.insync.replicas=2 cleanup.policy=compact,delete\n"), "{text}");
    let moved = Remark::NotPreferred { partition: "orders-3".into(), leader: 103, preferred: 101, is_in_isr: false };
    assert!(paste.remarks.contains(&moved), "{:?}", paste.remarks);
}

// A cluster in trouble is the one most worth pasting: stopped brokers, ISRs under the minimum, ELRs, no leader.
#[test]
fn a_cluster_in_trouble_stands_too() {
    let described = |lines: &[&str]| {
        let mut text = format!("Topic: t PartitionCount: {} ReplicationFactor: 3 Configs: min.insync.replicas=2\n", lines.len());
        for (number, line) in lines.iter().enumerate() {
            text += &format!("  Topic: t Partition: {number} {line} LastKnownElr:\n");
        }
        read(&text)
    };
    // Broker 3 is down.
    let paste = described(&["Leader: 1 Replicas: 1,2,3 Isr: 1,2 Elr:", "Leader: 1 Replicas: 3,1,2 Isr: 1,2 Elr:"]);
    builds(&paste);
    assert!(paste.remarks.contains(&Remark::Stopped { broker: 3 }));
    // First 3, then 2.
    builds(&described(&["Leader: 1 Replicas: 1,2,3 Isr: 1 Elr: 2", "Leader: 1 Replicas: 2,3,1 Isr: 1 Elr: 2"]));
    // All of a partition.
    builds(&described(&["Leader: none Replicas: 1,2,3 Isr: Elr: 1,2", "Leader: 4 Replicas: 4,5,6 Isr: 4,5,6 Elr:"]));
    // A cluster that keeps no ELR leaves the last one in the ISR.
    let paste = described(&["Leader: none Replicas: 0,2,3 Isr: 2 Elr: N/A", "Leader: 7 Replicas: 7,3,2 Isr: 7 Elr: N/A"]);
    assert!(builds(&paste).contains(" elr=off"), "{:?}", paste.scenario());
}

// People paste with prompts, old formats and blanks for tabs; none of that is an error, and none of it may be lost silently.
#[test]
fn what_is_no_output_is_left_out() {
    let paste = read(
        "$ bin/kafka-topics.sh --bootstrap-server localhost:9092 --describe\n\
         [2026-01-01 10:00:00,000] WARN something\n\n\
         Topic:old\tPartitionCount:1\tReplicationFactor:1\tConfigs:\n\
         \tTopic: old\tPartition: 0\tLeader: 0\tReplicas: 0\tIsr: 0\tOffline: \n",
    );
    let verdicts: Vec<bool> = paste.lines.iter().map(|line| line.verdict == Verdict::LeftOut).collect();
    assert_eq!(verdicts, [true, true, false, false, false]);
    assert_eq!(paste.counted(), 2);
    builds(&paste);
}

// Each slip has its own words and, where one is near, its own mending.
#[test]
fn every_slip_says_what_was_expected() {
    let header = "Topic: t PartitionCount: 1 ReplicationFactor: 2 Configs:\n";
    let cases: [(&str, &str, Expected, Option<&str>); 9] = [
        ("Topic: t Partition: 0 Ledaer: 1 Replicas: 1,2 Isr: 1", "Ledaer", Expected::Field, Some("Leader")),
        ("Topic: t Partition: 0 Leader: 1 Replicas: 1,2", "", Expected::Given("Isr"), None),
        ("Topic: t Partition: 0 Leader: 1 Replicas: 1 2 Isr: 1", "1 2", Expected::Ids, Some("1,2")),
        ("Topic: t Partition: 0 Leader: 1 Replicas: 1,2,2 Isr: 1", "1,2,2", Expected::Once, Some("1,2")),
        ("Topic: t Partition: 0 Leader: 1 Replicas: 1,2 Isr: 1,3", "1,3", Expected::Replicas, Some("1")),
        ("Topic: t Partition: 0 Leader: 2 Replicas: 1,2 Isr: 1", "2", Expected::Leader, None),
        ("Topic: t Partition: 0 Leader: non Replicas: 1,2 Isr: 1", "non", Expected::Leader, Some("none")),
        ("Topic: t Partition: x Leader: 1 Replicas: 1,2 Isr: 1", "x", Expected::Number, None),
        ("Topic: t Partition: 0 Leader: 1 Replicas: 1,9000 Isr: 1", "9000", Expected::Broker, None),
    ];
    for (line, found, expected, instead) in cases {
        let paste = read(&format!("{header}{line}\n"));
        let problem = problem(&paste, 2);
        assert_eq!((problem.found.as_str(), &problem.expected, problem.instead.as_deref()), (found, &expected, instead), "{line}");
        assert_eq!(problem.at, line.rfind(found).filter(|_| found.is_empty()).unwrap_or(problem.at));
        assert!(line[problem.at..].starts_with(found), "{line}");
        assert!(paste.scenario().is_none());
    }
    let two = read(&format!("{header}{}", "Topic: t Partition: 0 Leader: 1 Replicas: 1,2 Isr: 1\n".repeat(2)));
    assert_eq!(problem(&two, 3).expected, Expected::NewPartition);
    let missing = read("Topic: t PartitionCount: 2 ReplicationFactor: 1\nTopic: t Partition: 0 Leader: 1 Replicas: 1 Isr: 1\n");
    assert_eq!(problem(&missing, 1).expected, Expected::Partitions(1));
    let wrong = read("Topic: t PartitionCount: 1 ReplicationFactor: 1 Configs: min.insync.replcas=2\n");
    assert_eq!(problem(&wrong, 1).instead.as_deref(), Some("min.insync.replicas"));
    let stray = read("  broker.rack=a sensitive=false synonyms={}\n");
    assert_eq!(problem(&stray, 1).expected, Expected::Section);
    assert_eq!(problem(&read("hello\n"), 1).expected, Expected::Line);
}

// Whatever is pasted, the page must go on.
#[test]
fn no_text_breaks_it() {
    let whole = ORDERS.replace('\t', " ");
    for cut in 0..whole.len() {
        let paste = read(&whole[..cut]);
        for line in 0..paste.lines.len() {
            paste.mended(line);
        }
    }
    for text in [
        "Topic:",
        "Topic: t Partition: 0",
        "토픽: 주문",
        "Topic: 주문 Partition: 0 Leader: ① Replicas: ,, Isr:",
        "NodeId\nx",
        "All configs for are:",
    ] {
        read(text);
    }
}

// The formats are Kafka's, not ours: these are outputs of the tools of a real 4.1.1 cluster, before and after two of its brokers stopped.
#[test]
fn what_a_real_cluster_prints_is_understood_to_the_last_line() {
    let recorded = |file: &str| {
        let path = format!("{}/tests/kafka/tools/{file}.txt", env!("CARGO_MANIFEST_DIR"));
        let paste = read(&std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path}: {error}")));
        for line in &paste.lines {
            assert!(matches!(line.verdict, Verdict::Understood | Verdict::Blank), "{line:?}");
        }
        paste
    };
    let paste = recorded("healthy");
    let text = builds(&paste);
    assert!(text.starts_with("cluster brokers=3 ids=101,102,103 racks=,b, "), "{text}");
    assert_eq!(paste.voters, [3001]);
    builds(&recorded("one-stopped"));
    builds(&recorded("two-stopped"));
}
