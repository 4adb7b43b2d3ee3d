//! A consumer's configuration, read once.

use crate::kafka::assignor::Assignor;
use crate::kafka::client_metadata::ClientConfig;
use crate::kafka::config::{Config, ConfigError, Expectation, Scope, check_consumer};
use crate::kafka::protocol::Isolation;
use crate::sim::{Micros, SECOND};
use std::rc::Rc;

/// Where to start without a position (`auto.offset.reset`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum OffsetReset {
    /// The log start.
    Earliest,
    /// The high watermark.
    #[default]
    Latest,
    /// Raise an error.
    None,
    /// The first record at most this old.
    ByDuration(Micros),
}

/// A consumer's configuration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConsumerConfig {
    /// What all clients share.
    pub client: ClientConfig,
    /// `group.id`.
    pub group_id: Option<Rc<str>>,
    /// `group.instance.id`: a static member.
    pub group_instance_id: Option<Rc<str>>,
    /// `client.rack`, none when empty.
    pub rack: Option<Rc<str>>,
    /// `partition.assignment.strategy`.
    pub assignors: Vec<Assignor>,
    /// `auto.offset.reset`.
    pub auto_offset_reset: OffsetReset,
    /// `isolation.level`.
    pub isolation: Isolation,
    /// `enable.auto.commit`; needs a group.
    pub auto_commit: bool,
    /// `auto.commit.interval.ms`.
    pub auto_commit_interval: Micros,
    /// `session.timeout.ms`.
    pub session_timeout: Micros,
    /// `heartbeat.interval.ms`.
    pub heartbeat_interval: Micros,
    /// `max.poll.interval.ms`.
    pub max_poll_interval: Micros,
    /// `fetch.max.wait.ms`.
    pub fetch_max_wait: Micros,
    /// `fetch.min.bytes`.
    pub fetch_min_bytes: i32,
    /// `fetch.max.bytes`.
    pub fetch_max_bytes: i32,
    /// `max.partition.fetch.bytes`.
    pub max_partition_fetch_bytes: i32,
    /// `default.api.timeout.ms`.
    pub api_timeout: Micros,
}

impl Default for ConsumerConfig {
    fn default() -> Self {
        ConsumerConfig::read(&Config::defaults(Scope::Consumer))
    }
}

impl ConsumerConfig {
    /// Reads a consumer's configuration, `group.id` included; the error is what Kafka refuses, or what is not simulated.
    pub fn new(config: &Config) -> Result<Self, ConfigError> {
        check_consumer(config)?;
        let protocol = config.text("group.protocol");
        if !protocol.eq_ignore_ascii_case("classic") {
            let expected = Expectation::Rule("classic: the consumer group protocol of KIP-848 is not simulated");
            return Err(ConfigError { name: Rc::from("group.protocol"), found: Rc::from(protocol), expected });
        }
        Ok(ConsumerConfig::read(config))
    }

    fn read(config: &Config) -> Self {
        let text = |name| config.get(name).filter(|text| !text.is_empty()).map(Rc::from);
        let group_id: Option<Rc<str>> = text("group.id");
        ConsumerConfig {
            client: ClientConfig::new(config),
            auto_commit: config.bool("enable.auto.commit") && group_id.is_some(),
            group_id,
            group_instance_id: text("group.instance.id"),
            rack: text("client.rack"),
            assignors: config.list("partition.assignment.strategy").iter().filter_map(|class| assignor(class)).collect(),
            auto_offset_reset: match config.text("auto.offset.reset") {
                "earliest" => OffsetReset::Earliest,
                "none" => OffsetReset::None,
                text => text.strip_prefix("by_duration:").map_or(OffsetReset::Latest, |span| OffsetReset::ByDuration(duration(span))),
            },
            isolation: match config.text("isolation.level") {
                "read_committed" => Isolation::LastStable,
                _ => Isolation::HighWatermark,
            },
            auto_commit_interval: config.micros("auto.commit.interval.ms").max(1),
            session_timeout: config.micros("session.timeout.ms"),
            heartbeat_interval: config.micros("heartbeat.interval.ms").max(1),
            max_poll_interval: config.micros("max.poll.interval.ms"),
            fetch_max_wait: config.micros("fetch.max.wait.ms"),
            fetch_min_bytes: config.int("fetch.min.bytes"),
            fetch_max_bytes: config.int("fetch.max.bytes"),
            max_partition_fetch_bytes: config.int("max.partition.fetch.bytes"),
            api_timeout: config.micros("default.api.timeout.ms"),
        }
    }

    /// Whether partitions are kept through a rebalance: only when every assignor listed can do that (`kafka-semantics` 7.3).
    pub fn is_cooperative(&self) -> bool {
        !self.assignors.is_empty() && self.assignors.iter().all(|assignor| *assignor == Assignor::CooperativeSticky)
    }
}

fn assignor(class: &str) -> Option<Assignor> {
    match class.rsplit('.').next()? {
        "RangeAssignor" => Some(Assignor::Range),
        "RoundRobinAssignor" => Some(Assignor::RoundRobin),
        "StickyAssignor" => Some(Assignor::Sticky),
        "CooperativeStickyAssignor" => Some(Assignor::CooperativeSticky),
        _ => None,
    }
}

/// An ISO 8601 duration such as `P1DT2H3M4.5S`, which has been checked; what is finer than a microsecond is cut off.
fn duration(text: &str) -> Micros {
    let mut total: Micros = 0;
    let (mut whole, mut fraction, mut scale) = (0i64, 0, 0);
    for c in text.chars() {
        match c.to_ascii_uppercase() {
            c if c.is_ascii_digit() => {
                let digit = Micros::from(c as u8 - b'0');
                if scale == 0 {
                    whole = whole.saturating_mul(10).saturating_add(digit);
                } else {
                    scale /= 10;
                    fraction += digit * scale;
                }
            }
            '.' => scale = SECOND,
            unit => {
                let seconds = match unit {
                    'D' => 86_400,
                    'H' => 3_600,
                    'M' => 60,
                    _ => 1,
                };
                total = total.saturating_add(whole.saturating_mul(seconds * SECOND)).saturating_add(fraction);
                (whole, fraction, scale) = (0, 0, 0);
            }
        }
    }
    total
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Kafka's spelling of "from a day and a bit ago on".
    #[test]
    fn durations_are_read() {
        assert_eq!(duration("P1DT2H3M4.5S"), 93_784 * SECOND + SECOND / 2);
        assert_eq!(duration("PT0.000001S"), 1);
    }

    /// One assignor that needs everything given up makes the whole group do so, as in Kafka's default.
    #[test]
    fn the_default_is_eager() {
        assert!(!ConsumerConfig::default().is_cooperative());
    }
}
