//! What a broker's logs are configured with, topic by topic (LogConfig): read once, until a configuration changes.

use super::Broker;
use crate::kafka::log::FlushPolicy;
use crate::kafka::metadata::Configs;
use crate::kafka::record::Topic;
use crate::map::Map;
use crate::sim::{MILLISECOND, Micros};
use std::rc::Rc;

/// The configuration of a topic's logs: its own, else the brokers' as altered, else as this broker was started.
#[derive(Clone, Copy, Debug)]
pub(super) struct LogConfig {
    /// `min.insync.replicas` (`kafka-semantics` 4.11).
    pub(super) min_insync_replicas: i32,
    /// `max.message.bytes`.
    pub(super) max_message_bytes: i32,
    /// `cleanup.policy` has `compact`.
    pub(super) compact: bool,
    /// When a log flushes by itself.
    pub(super) flush: FlushPolicy,
    /// `flush.ms`.
    pub(super) flush_interval: Micros,
}

/// The topics' configurations as read so far, and what they were read from.
#[derive(Clone, Debug, Default)]
pub(super) struct LogConfigs {
    of: Rc<Configs>,
    topics: Map<Topic, LogConfig>,
}

impl Broker {
    /// The configuration of a topic's logs.
    pub(super) fn log_config(&mut self, topic: &Topic) -> LogConfig {
        if !Rc::ptr_eq(&self.log_configs.of, &self.image.configs) {
            self.log_configs = LogConfigs { of: self.image.configs.clone(), topics: Map::new() };
        }
        if let Some(config) = self.log_configs.topics.get(topic) {
            return *config;
        }
        let config = self.read_log_config(topic);
        self.log_configs.topics.insert(topic.clone(), config);
        config
    }

    fn read_log_config(&self, topic: &Topic) -> LogConfig {
        let (image, settings) = (&self.image, &self.settings);
        let number = |name: &str, of_broker: &str, otherwise: i64| {
            let value = image.topic_config(topic, name).or_else(|| image.broker_config(self.id, of_broker));
            value.and_then(|v| v.parse().ok()).unwrap_or(otherwise)
        };
        let min_isr = image.topic_config(topic, "min.insync.replicas").or_else(|| image.broker_config(self.id, "min.insync.replicas"));
        let max_bytes = image.topic_config(topic, "max.message.bytes");
        LogConfig {
            min_insync_replicas: min_isr.and_then(|v| v.parse().ok()).unwrap_or(settings.min_insync_replicas),
            max_message_bytes: max_bytes.and_then(|v| v.parse().ok()).unwrap_or(settings.message_max_bytes),
            compact: image.topic_config(topic, "cleanup.policy").is_some_and(|p| p.split(',').any(|p| p.trim() == "compact")),
            flush: FlushPolicy {
                messages: number("flush.messages", "log.flush.interval.messages", settings.flush_interval_messages),
                segment_bytes: number("segment.bytes", "log.segment.bytes", settings.segment_bytes),
                segment_ms: number("segment.ms", "log.roll.ms", settings.segment_ms),
            },
            flush_interval: number("flush.ms", "log.flush.interval.ms", settings.flush_interval / MILLISECOND).saturating_mul(MILLISECOND),
        }
    }
}
