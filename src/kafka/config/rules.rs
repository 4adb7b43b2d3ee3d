//! What configurations demand of each other, beyond the values each may have.

use std::rc::Rc;

use super::{Config, ConfigError, Expectation};

/// A producer's configuration after Kafka has reconciled it (`kafka-semantics` 3.5).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EffectiveProducer {
    /// How many acknowledgements: 0, 1 or -1 for all.
    pub acks: i16,
    /// Whether the producer is idempotent: the default gives way to `acks` and `retries`.
    pub idempotent: bool,
    /// How often a batch is sent again.
    pub retries: i32,
    /// How many unanswered requests a connection may have.
    pub max_in_flight: i32,
    /// How long a record may take from send() to its outcome, in milliseconds; a default is raised where it must be.
    pub delivery_timeout_ms: i32,
}

fn broken(config: &Config, name: &str, rule: &'static str) -> ConfigError {
    ConfigError { name: Rc::from(name), found: Rc::from(config.text(name)), expected: Expectation::Rule(rule) }
}

/// Checks a producer's configurations against each other (ProducerConfig.postProcessAndValidateIdempotenceConfigs,
/// KafkaProducer.configureDeliveryTimeout).
pub fn check_producer(config: &Config) -> Result<EffectiveProducer, ConfigError> {
    let acks = match config.text("acks") {
        "0" => 0,
        "1" => 1,
        _ => -1,
    };
    let (retries, max_in_flight) = (config.int("retries"), config.int("max.in.flight.requests.per.connection"));
    let asked = config.is_set("enable.idempotence");
    let mut idempotent = config.bool("enable.idempotence");
    if idempotent {
        if retries == 0 && asked {
            return Err(broken(config, "retries", "retries to be non-zero when using the idempotent producer"));
        }
        if acks != -1 && asked {
            return Err(broken(config, "acks", "acks=all in order to use the idempotent producer"));
        }
        if max_in_flight > 5 {
            let rule = "at most 5 with the idempotent producer";
            return Err(broken(config, "max.in.flight.requests.per.connection", rule));
        }
        idempotent = retries != 0 && acks == -1;
    }
    if !idempotent && config.is_set("transactional.id") {
        return Err(broken(config, "transactional.id", "idempotence to be enabled with a transactional.id"));
    }
    if config.bool("transaction.two.phase.commit.enable") && config.is_set("transaction.timeout.ms") {
        let rule = "no transaction.timeout.ms when transaction.two.phase.commit.enable is true";
        return Err(broken(config, "transaction.timeout.ms", rule));
    }
    let shortest = config.long("linger.ms").saturating_add(config.long("request.timeout.ms")).min(i32::MAX.into()) as i32;
    let mut delivery_timeout_ms = config.int("delivery.timeout.ms");
    if delivery_timeout_ms < shortest {
        if config.is_set("delivery.timeout.ms") {
            return Err(broken(config, "delivery.timeout.ms", "at least linger.ms + request.timeout.ms"));
        }
        delivery_timeout_ms = shortest;
    }
    Ok(EffectiveProducer { acks, idempotent, retries, max_in_flight, delivery_timeout_ms })
}

/// Checks a consumer's configurations against each other (ConsumerConfig, Heartbeat).
pub fn check_consumer(config: &Config) -> Result<(), ConfigError> {
    if config.text("group.protocol").eq_ignore_ascii_case("consumer") {
        for name in ["partition.assignment.strategy", "heartbeat.interval.ms", "session.timeout.ms"] {
            if config.is_set(name) {
                return Err(broken(config, name, "not to be set with group.protocol=consumer"));
            }
        }
    } else {
        if config.is_set("group.remote.assignor") {
            return Err(broken(config, "group.remote.assignor", "not to be set with group.protocol=classic"));
        }
        if config.is_set("group.id") && config.int("heartbeat.interval.ms") >= config.int("session.timeout.ms") {
            return Err(broken(config, "heartbeat.interval.ms", "less than session.timeout.ms"));
        }
    }
    if !config.is_set("group.id") && config.is_set("enable.auto.commit") && config.bool("enable.auto.commit") {
        return Err(broken(config, "enable.auto.commit", "false without a group.id"));
    }
    let id_fits = |id: &str| id.len() < 250 && id.bytes().all(|b| b.is_ascii_alphanumeric() || b"._-".contains(&b));
    if config.get("group.instance.id").is_some_and(|id| !id_fits(id)) {
        return Err(broken(config, "group.instance.id", "ASCII letters, digits, . _ and - only"));
    }
    Ok(())
}

/// Checks a topic's configurations against each other (LogConfig.validateValues).
pub fn check_topic(config: &Config) -> Result<(), ConfigError> {
    if config.long("min.compaction.lag.ms") > config.long("max.compaction.lag.ms") {
        return Err(broken(config, "min.compaction.lag.ms", "at most max.compaction.lag.ms"));
    }
    Ok(())
}

/// Checks a broker's configurations against each other (KafkaConfig.validateValues, GroupCoordinatorConfig).
pub fn check_broker(config: &Config) -> Result<(), ConfigError> {
    // (what, must be at least, why)
    const AT_LEAST: &[(&str, &str, &str)] = &[
        ("replica.lag.time.max.ms", "replica.fetch.wait.max.ms", "at least replica.fetch.wait.max.ms"),
        ("replica.socket.timeout.ms", "replica.fetch.wait.max.ms", "at least replica.fetch.wait.max.ms"),
        (
            "group.consumer.max.heartbeat.interval.ms",
            "group.consumer.min.heartbeat.interval.ms",
            "at least group.consumer.min.heartbeat.interval.ms",
        ),
        (
            "group.consumer.heartbeat.interval.ms",
            "group.consumer.min.heartbeat.interval.ms",
            "at least group.consumer.min.heartbeat.interval.ms",
        ),
        (
            "group.consumer.max.heartbeat.interval.ms",
            "group.consumer.heartbeat.interval.ms",
            "at least group.consumer.heartbeat.interval.ms",
        ),
        ("group.consumer.session.timeout.ms", "group.consumer.min.session.timeout.ms", "at least group.consumer.min.session.timeout.ms"),
        ("group.consumer.max.session.timeout.ms", "group.consumer.session.timeout.ms", "at least group.consumer.session.timeout.ms"),
    ];
    for (name, least, rule) in AT_LEAST {
        if config.long(name) < config.long(least) {
            return Err(broken(config, name, rule));
        }
    }
    for name in ["log.retention.ms", "log.retention.minutes", "log.retention.hours"] {
        if config.is_set(name) && config.number(name).is_some_and(|value| value == 0 || value < -1) {
            return Err(broken(config, name, "-1 (unlimited) or at least 1"));
        }
    }
    if config.is_set("log.dirs") && config.list("log.dirs").is_empty() {
        return Err(broken(config, "log.dirs", "at least one log directory"));
    }
    Ok(())
}
