//! Every configuration Kafka 4.1.1 defines: its type, default and valid values, and whether this simulator reads it.
//!
//! `kafka-4.1.1.txt` and, for what nothing here names, `kafka-4.1.1-others.txt` were printed by Kafka's own classes (ProducerConfig, ConsumerConfig, AdminClientConfig, LogConfig,
//! AbstractKafkaConfig, QuotaConfig, GroupConfig), with what only 3.9.1 had besides. One configuration a line:
//! `name|type|default|valid values|flags|broker synonym`; type: `b`oolean, `i`nt, `l`ong, `s`hort, `d`ouble, s`t`ring, list (`a`),
//! `c`lass, `p`assword; default: `~` none, `!` must be given; valid: `low..high`, `=one,of`, `~one,of` in any case, `+` not empty;
//! flags: `s`imulated, `i`nternal, `c`luster-wide or `p`er-broker dynamic, `z` gone in 4.0.

mod check;
pub mod nearest;
mod rules;

use crate::map::Map;
use crate::sort;
use std::fmt;
use std::rc::Rc;

pub use check::{ConfigError, Expectation, Valid, check};
pub use rules::{EffectiveProducer, check_broker, check_consumer, check_producer, check_topic};

use super::protocol::Configs;

/// Whose configuration.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Scope {
    /// A broker's or controller's (`server.properties`).
    Broker,
    /// A topic's.
    Topic,
    /// A producer's.
    Producer,
    /// A consumer's.
    Consumer,
    /// An admin client's.
    Admin,
    /// A group's.
    Group,
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Scope::Broker => "broker",
            Scope::Topic => "topic",
            Scope::Producer => "producer",
            Scope::Consumer => "consumer",
            Scope::Admin => "admin",
            Scope::Group => "group",
        })
    }
}

/// The type of a configuration's value (ConfigDef.Type).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ConfigType {
    /// `true` or `false`.
    Boolean,
    /// 32 bits.
    Int,
    /// 64 bits.
    Long,
    /// 16 bits.
    Short,
    /// A decimal number.
    Double,
    /// Any text.
    String,
    /// Texts between commas.
    List,
    /// The name of a Java class.
    Class,
    /// A text not to be shown.
    Password,
}

/// When a change of a broker configuration takes effect (DynamicBrokerConfig).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Update {
    /// At the next start.
    ReadOnly,
    /// At once, on one broker.
    PerBroker,
    /// At once, on one broker or all.
    ClusterWide,
}

/// One configuration's definition.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ConfigKey {
    /// Its name.
    pub name: &'static str,
    /// The type of its value.
    pub kind: ConfigType,
    /// The default as text; none where there is none.
    pub default: Option<&'static str>,
    /// Whether a value must be given, there being no default.
    pub required: bool,
    /// Which values are valid.
    pub valid: Valid,
    /// Whether a running broker takes a change (brokers alone; a topic's always do).
    pub update: Update,
    /// Whether Kafka keeps it to itself.
    pub internal: bool,
    /// Whether this simulator reads it.
    pub simulated: bool,
    /// Whether Kafka 4.0 dropped it.
    pub before_4_0: bool,
    /// The broker configuration that is a topic's default.
    pub synonym: Option<&'static str>,
}

/// What a run asks for again and again.
const KNOWN: &str = include_str!("kafka-4.1.1.txt");
/// What somebody may name, so that the page need not have it before.
const OTHERS: &str = include_str!("kafka-4.1.1-others.txt");

/// The lines that define something, each with whose it is.
fn lines(text: &'static str) -> impl Iterator<Item = (&'static [Scope], &'static str)> {
    let mut scopes: &[Scope] = &[];
    text.lines().filter_map(move |line| {
        scopes = match line {
            "[broker]" => &[Scope::Broker],
            "[topic]" => &[Scope::Topic],
            "[producer]" => &[Scope::Producer],
            "[consumer]" => &[Scope::Consumer],
            "[admin]" => &[Scope::Admin],
            "[client]" => &[Scope::Producer, Scope::Consumer, Scope::Admin],
            "[group]" => &[Scope::Group],
            line => return Some((scopes, line)),
        };
        None
    })
}

fn key(line: &'static str) -> Option<ConfigKey> {
    let mut fields = line.split('|');
    let name = fields.next()?;
    let kind = match fields.next()? {
        "b" => ConfigType::Boolean,
        "i" => ConfigType::Int,
        "l" => ConfigType::Long,
        "s" => ConfigType::Short,
        "d" => ConfigType::Double,
        "a" => ConfigType::List,
        "c" => ConfigType::Class,
        "p" => ConfigType::Password,
        _ => ConfigType::String,
    };
    let default = fields.next().unwrap_or("");
    let valid = Valid::read(fields.next().unwrap_or(""));
    let flags = fields.next().unwrap_or("");
    Some(ConfigKey {
        name,
        kind,
        default: Some(default).filter(|default| !matches!(*default, "~" | "!")),
        required: default == "!",
        valid,
        update: match flags {
            flags if flags.contains('c') => Update::ClusterWide,
            flags if flags.contains('p') => Update::PerBroker,
            _ => Update::ReadOnly,
        },
        internal: flags.contains('i'),
        simulated: flags.contains('s'),
        before_4_0: flags.contains('z'),
        synonym: fields.next().filter(|synonym| !synonym.is_empty()),
    })
}

/// The definition of that name.
pub fn lookup(scope: Scope, name: &str) -> Option<ConfigKey> {
    let is_it = |line: &str| line.strip_prefix(name).is_some_and(|rest| rest.starts_with('|'));
    let find = |text| lines(text).find(|(scopes, line)| is_it(line) && scopes.contains(&scope)).and_then(|(_, line)| key(line));
    find(KNOWN).or_else(|| find(OTHERS))
}

fn of_scope(text: &'static str, scope: Scope) -> impl Iterator<Item = ConfigKey> {
    lines(text).filter(move |(scopes, _)| scopes.contains(&scope)).filter_map(|(_, line)| key(line))
}

/// Every configuration of a scope, by name.
pub fn keys(scope: Scope) -> impl Iterator<Item = ConfigKey> {
    let mut all: Vec<ConfigKey> = of_scope(KNOWN, scope).chain(of_scope(OTHERS, scope)).collect();
    sort::by(&mut all, |a, b| a.name.cmp(b.name));
    all.into_iter()
}

/// The known name nearest to one that is not.
pub fn nearest(scope: Scope, name: &str) -> Option<&'static str> {
    nearest::nearest(name, keys(scope).map(|key| key.name))
}

/// Configurations set over Kafka's defaults.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Config {
    /// Whose.
    pub scope: Scope,
    /// What is set, by name.
    pub set: Map<Rc<str>, Rc<str>>,
}

impl Config {
    /// Kafka's defaults alone.
    pub fn defaults(scope: Scope) -> Self {
        Config { scope, set: Map::new() }
    }

    /// Kafka's defaults under what is given; the first name or value that is wrong is the error.
    pub fn new(scope: Scope, given: &Configs) -> Result<Self, ConfigError> {
        let mut config = Config::defaults(scope);
        for (name, value) in given {
            config.set(name, value)?;
        }
        Ok(config)
    }

    /// A topic's configuration as a broker sees it: what is set for the topic, over what the broker sets under the synonyms
    /// (ServerTopicConfigSynonyms), over Kafka's defaults.
    pub fn of_topic(topic: &Map<Rc<str>, Rc<str>>, broker: &Config) -> Self {
        let mut config = Config { scope: Scope::Topic, set: topic.clone() };
        for key in of_scope(KNOWN, Scope::Topic).filter(|key| !topic.contains_key(key.name)) {
            let Some(synonym) = key.synonym else { continue };
            // The finest unit that is set wins: milliseconds, then minutes, then hours.
            let coarser: &[(&str, i64)] = match key.name {
                "segment.ms" => &[("log.roll.hours", 3_600_000)],
                "segment.jitter.ms" => &[("log.roll.jitter.hours", 3_600_000)],
                "flush.ms" => &[("log.flush.scheduler.interval.ms", 1)],
                "retention.ms" => &[("log.retention.minutes", 60_000), ("log.retention.hours", 3_600_000)],
                _ => &[],
            };
            let found = broker.set.get(synonym).cloned().or_else(|| {
                let (name, ms) = coarser.iter().find(|(name, _)| broker.set.contains_key(*name))?;
                let units = broker.long(name);
                Some(Rc::from(if units < 0 { -1 } else { units.saturating_mul(*ms) }.to_string()))
            });
            if let Some(value) = found {
                config.set.insert(Rc::from(key.name), value);
            }
        }
        config
    }

    /// Sets a value, if the name is known and the value valid.
    pub fn set(&mut self, name: &str, value: &str) -> Result<(), ConfigError> {
        check(self.scope, name, value)?;
        self.set.insert(Rc::from(name), Rc::from(value));
        Ok(())
    }

    /// Whether the value was given, default or not.
    pub fn is_set(&self, name: &str) -> bool {
        self.set.contains_key(name)
    }

    /// The value as text, without blanks around it: what is set, or the default; none where there is neither.
    pub fn get(&self, name: &str) -> Option<&str> {
        match self.set.get(name) {
            Some(value) => Some(value.trim()),
            None => {
                let key = lookup(self.scope, name);
                debug_assert!(key.is_some(), "{} configuration {name} is not Kafka's", self.scope);
                key?.default
            }
        }
    }

    /// The value as text; empty where there is none.
    pub fn text(&self, name: &str) -> &str {
        self.get(name).unwrap_or("")
    }

    /// The value as a whole number; none where there is none.
    pub fn number(&self, name: &str) -> Option<i64> {
        self.get(name)?.parse().ok()
    }

    /// The value as a 64-bit number; 0 where there is none.
    pub fn long(&self, name: &str) -> i64 {
        self.number(name).unwrap_or(0)
    }

    /// The value as a 32-bit number; 0 where there is none.
    pub fn int(&self, name: &str) -> i32 {
        self.long(name).clamp(i32::MIN.into(), i32::MAX.into()) as i32
    }

    /// A value in milliseconds as a span of virtual time; what is too long for one is the longest (Kafka writes "never" as
    /// `Long.MAX_VALUE`), far enough from the end that adding it to an instant does not overflow.
    pub fn micros(&self, name: &str) -> crate::sim::Micros {
        self.long(name).saturating_mul(crate::sim::MILLISECOND).clamp(i64::MIN / 4, i64::MAX / 4)
    }

    /// The value as a truth; false where there is none.
    pub fn bool(&self, name: &str) -> bool {
        self.text(name).eq_ignore_ascii_case("true")
    }

    /// A decimal value in millionths; 0 where there is none.
    pub fn millionths(&self, name: &str) -> i64 {
        self.get(name).and_then(check::billionths).map_or(0, |value| (value / 1_000).clamp(i64::MIN.into(), i64::MAX.into()) as i64)
    }

    /// What is set and not simulated, by name: whoever sets it must be told.
    pub fn not_simulated(&self) -> impl Iterator<Item = &str> {
        self.set.keys().map(|name| &**name).filter(|name| lookup(self.scope, name).is_some_and(|key| !key.simulated))
    }

    /// The items of a list.
    pub fn list(&self, name: &str) -> Vec<&str> {
        self.text(name).split(',').map(str::trim).filter(|item| !item.is_empty()).collect()
    }
}

#[cfg(test)]
mod tests;
