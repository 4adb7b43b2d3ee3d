//! Configurations as Kafka judges them: what each may be, what it is by default, and what is not simulated.

use super::*;

fn configs(pairs: &[(&str, &str)]) -> Configs {
    pairs.iter().map(|(name, value)| (Rc::from(*name), Rc::from(*value))).collect()
}

fn producer(pairs: &[(&str, &str)]) -> Result<EffectiveProducer, ConfigError> {
    check_producer(&Config::new(Scope::Producer, &configs(pairs)).expect("valid one by one"))
}

// Nodes read their configuration by name; the defaults are Kafka 4.1.1's.
#[test]
fn defaults_are_kafkas() {
    let broker = Config::defaults(Scope::Broker);
    assert_eq!(broker.long("replica.lag.time.max.ms"), 30_000);
    assert_eq!(broker.int("broker.session.timeout.ms"), 9_000);
    assert_eq!(broker.long("log.flush.interval.messages"), i64::MAX);
    assert!(!broker.bool("unclean.leader.election.enable"));
    assert_eq!(broker.number("log.retention.ms"), None);
    assert_eq!(broker.int("zookeeper.session.timeout.ms"), 18_000);
    let producer = Config::defaults(Scope::Producer);
    assert_eq!((producer.text("acks"), producer.int("linger.ms"), producer.int("batch.size")), ("all", 5, 16_384));
    assert_eq!(producer.get("transactional.id"), None);
    assert_eq!(producer.micros("retry.backoff.ms"), 100_000);
    let consumer = Config::defaults(Scope::Consumer);
    assert_eq!(consumer.list("partition.assignment.strategy").len(), 2);
    assert_eq!(consumer.text("auto.offset.reset"), "latest");
    assert_eq!(Config::defaults(Scope::Topic).millionths("min.cleanable.dirty.ratio"), 500_000);
    assert_eq!(Config::defaults(Scope::Admin).int("default.api.timeout.ms"), 60_000);
}

// A default that its own check refused could never be written back by a user who reads it in the panel.
#[test]
fn every_default_is_valid() {
    let mut seen = 0;
    for scope in [Scope::Broker, Scope::Topic, Scope::Producer, Scope::Consumer, Scope::Admin, Scope::Group] {
        for key in keys(scope) {
            seen += 1;
            let Some(default) = key.default.filter(|default| !default.is_empty()) else { continue };
            assert_eq!(check(scope, key.name, default), Ok(()), "{}", key.name);
            assert!(key.synonym.is_none_or(|synonym| lookup(Scope::Broker, synonym).is_some()), "{}", key.name);
        }
    }
    assert!(seen > 700, "{seen} configurations");
}

// Each of these was given to Kafka 4.1.1's own classes, and this is what they said.
#[test]
fn values_are_judged_as_kafka_judges_them() {
    use Scope::{Broker, Consumer, Producer, Topic};
    let good = [
        (Producer, "acks", " 1 "),
        (Producer, "retries", "+3"),
        (Producer, "enable.idempotence", "TRUE"),
        (Producer, "client.id", "a b"),
        (Consumer, "auto.offset.reset", "by_duration:PT1H"),
        (Consumer, "group.protocol", "Consumer"),
        (Topic, "cleanup.policy", "compact, delete"),
        (Topic, "cleanup.policy", ""),
        (Topic, "min.cleanable.dirty.ratio", "1e-1"),
        (Topic, "leader.replication.throttled.replicas", "*"),
        (Topic, "leader.replication.throttled.replicas", "0:1,1:2"),
        (Topic, "internal.segment.bytes", "100"),
        (Topic, "retention.ms", " 5 "),
        (Topic, "compression.gzip.level", "-1"),
        (Broker, "log.retention.ms", "-1"),
    ];
    for (scope, name, value) in good {
        assert_eq!(check(scope, name, value), Ok(()), "{name}={value}");
    }
    let bad = [
        (Producer, "acks", "ALL"),
        (Producer, "linger.ms", "1x"),
        (Producer, "max.block.ms", "99999999999999999999"),
        (Producer, "retries", ""),
        (Producer, "transactional.id", ""),
        (Producer, "partitioner.class", "Foo"),
        (Consumer, "auto.offset.reset", "LATEST"),
        (Consumer, "auto.offset.reset", "by_duration:1"),
        (Consumer, "isolation.level", "READ_COMMITTED"),
        (Consumer, "partition.assignment.strategy", "range"),
        (Consumer, "fetch.min.bytes", "-1"),
        (Topic, "retention.ms", "-2"),
        (Topic, "retention.ms", "abc"),
        (Topic, "segment.bytes", "14"),
        (Topic, "no.such", "1"),
        (Topic, "min.cleanable.dirty.ratio", "1.5"),
        (Topic, "unclean.leader.election.enable", "yes"),
        (Topic, "compression.type", "GZIP"),
        (Topic, "compression.gzip.level", "0"),
        (Topic, "leader.replication.throttled.replicas", "x"),
        (Topic, "cleanup.policy", "none"),
        (Broker, "min.insync.replicas", "0"),
        (Broker, "offsets.topic.replication.factor", "-1"),
    ];
    for (scope, name, value) in bad {
        assert!(check(scope, name, value).is_err(), "{name}={value}");
    }
}

// An error says what was found, what was expected, and the nearest name.
#[test]
fn errors_say_what_was_expected() {
    let message = |scope, name, value| check(scope, name, value).expect_err("refused").to_string();
    assert_eq!(message(Scope::Producer, "acks", "7"), "acks=7: expected one of all, -1, 0, 1");
    assert_eq!(message(Scope::Topic, "min.insync.replicas", "0"), "min.insync.replicas=0: expected at least 1");
    assert_eq!(message(Scope::Topic, "retention.ms", "x"), "retention.ms=x: expected a whole number of 64 bits");
    assert_eq!(
        message(Scope::Producer, "lingr.ms", "1"),
        "lingr.ms=1: expected a producer configuration of Kafka; did you mean \"linger.ms\"?"
    );
}

// Idempotence is the default, and gives way silently unless it was asked for; each case ran on Kafka 4.1.1.
#[test]
fn a_producers_configurations_are_reconciled() {
    let idempotent = |pairs: &[(&str, &str)]| producer(pairs).map(|producer| producer.idempotent).map_err(|error| error.name.to_string());
    let refused = |name: &str| Err(name.to_owned());
    assert_eq!(idempotent(&[]), Ok(true));
    assert_eq!(idempotent(&[("acks", "1")]), Ok(false));
    assert_eq!(idempotent(&[("retries", "0")]), Ok(false));
    assert_eq!(idempotent(&[("enable.idempotence", "false"), ("max.in.flight.requests.per.connection", "10")]), Ok(false));
    assert_eq!(idempotent(&[("acks", "1"), ("enable.idempotence", "true")]), refused("acks"));
    assert_eq!(idempotent(&[("retries", "0"), ("enable.idempotence", "true")]), refused("retries"));
    let in_flight = "max.in.flight.requests.per.connection";
    assert_eq!(idempotent(&[("acks", "1"), (in_flight, "10")]), refused(in_flight));
    assert_eq!(idempotent(&[("acks", "0"), ("transactional.id", "t")]), refused("transactional.id"));
    assert_eq!(idempotent(&[("delivery.timeout.ms", "30004")]), refused("delivery.timeout.ms"));
    assert_eq!(producer(&[("request.timeout.ms", "200000")]).map(|producer| producer.delivery_timeout_ms), Ok(200_005));
}

// A consumer's settings belong to one of the two group protocols; each case ran on Kafka 4.1.1.
#[test]
fn a_consumers_configurations_agree() {
    let refused =
        |pairs: &[(&str, &str)]| check_consumer(&Config::new(Scope::Consumer, &configs(pairs)).expect("valid one by one")).is_err();
    assert!(!refused(&[("group.id", "g")]));
    assert!(refused(&[("group.id", "g"), ("heartbeat.interval.ms", "45000")]));
    assert!(refused(&[("group.id", "g"), ("group.protocol", "consumer"), ("session.timeout.ms", "9000")]));
    assert!(refused(&[("group.id", "g"), ("group.remote.assignor", "uniform")]));
    assert!(refused(&[("enable.auto.commit", "true")]));
    assert!(refused(&[("group.id", "g"), ("group.instance.id", "a b")]));
}

// A cluster that Kafka would refuse to start is refused here too.
#[test]
fn a_brokers_configurations_agree() {
    let refused = |name, value| check_broker(&Config::new(Scope::Broker, &configs(&[(name, value)])).expect("valid alone")).is_err();
    assert!(check_broker(&Config::defaults(Scope::Broker)).is_ok());
    assert!(refused("replica.lag.time.max.ms", "100"));
    assert!(refused("replica.fetch.wait.max.ms", "40000"));
    assert!(refused("group.consumer.heartbeat.interval.ms", "1000"));
    assert!(refused("log.retention.ms", "0"));
    assert!(!refused("broker.heartbeat.interval.ms", "9000"));
}

// A topic without a setting of its own follows its broker, by the synonym in the finest unit that is set.
#[test]
fn a_topic_follows_its_broker() {
    let broker = Config::new(Scope::Broker, &configs(&[("log.retention.hours", "2"), ("min.insync.replicas", "2")])).expect("valid");
    let topic = Config::of_topic(&Map::new(), &broker);
    assert_eq!((topic.long("retention.ms"), topic.int("min.insync.replicas")), (7_200_000, 2));
    assert_eq!(topic.long("segment.ms"), 604_800_000);
    let set = Map::from([(Rc::from("retention.ms"), Rc::from("5"))]);
    assert_eq!(Config::of_topic(&set, &broker).long("retention.ms"), 5);
}

// What is not simulated must say so rather than do nothing in silence.
#[test]
fn says_what_is_simulated() {
    assert!(lookup(Scope::Topic, "min.insync.replicas").is_some_and(|key| key.simulated));
    assert!(lookup(Scope::Producer, "ssl.key.password").is_some_and(|key| !key.simulated && key.kind == ConfigType::Password));
    assert!(lookup(Scope::Broker, "log.initial.task.delay.ms").is_some_and(|key| key.internal));
    assert_eq!(lookup(Scope::Broker, "min.insync.replicas").map(|key| key.update), Some(Update::ClusterWide));
    assert_eq!(lookup(Scope::Broker, "min.insync"), None);
    let config = Config::new(Scope::Producer, &configs(&[("acks", "1"), ("ssl.protocol", "TLSv1.3")])).expect("valid");
    assert_eq!(config.not_simulated().collect::<Vec<_>>(), ["ssl.protocol"]);
}
