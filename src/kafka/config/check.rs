//! Whether a value fits its configuration, as ConfigDef judges it.

use std::fmt;
use std::rc::Rc;

use super::{ConfigKey, ConfigType, Scope, lookup};

/// Which values are valid beyond their type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Valid {
    /// Any.
    Any,
    /// From `low`, to `high` where there is one, or `also`; as text, decimals among them.
    Range { low: &'static str, high: Option<&'static str>, also: Option<&'static str> },
    /// One of these between commas; of a list, every item.
    OneOf(&'static str),
    /// One of these between commas, in any case.
    OneOfAnyCase(&'static str),
    /// Any but empty.
    NotEmpty,
    /// `*` or `partition:broker` pairs.
    Throttled,
}

impl Valid {
    pub(super) fn read(text: &'static str) -> Self {
        match text.as_bytes().first() {
            None => Valid::Any,
            Some(b'=') => Valid::OneOf(&text[1..]),
            Some(b'~') => Valid::OneOfAnyCase(&text[1..]),
            Some(b'+') => Valid::NotEmpty,
            Some(b'*') => Valid::Throttled,
            _ => {
                let (range, also) = text.split_once('/').map_or((text, None), |(range, also)| (range, Some(also)));
                let dots = range.as_bytes().windows(2).position(|pair| pair == b"..");
                let (low, high) = dots.map_or((range, ""), |at| (&range[..at], &range[at + 2..]));
                Valid::Range { low, high: Some(high).filter(|high| !high.is_empty()), also }
            }
        }
    }

    fn accepts(self, kind: ConfigType, value: &str) -> bool {
        let item = |one_of: &str, item: &str| one_of.split(',').any(|valid| is_valid(valid, item));
        let every = |fits: &dyn Fn(&str) -> bool| match kind {
            ConfigType::List => value.split(',').map(str::trim).filter(|item| !item.is_empty()).all(fits),
            _ => fits(value),
        };
        match self {
            Valid::Any => true,
            Valid::NotEmpty => !value.is_empty(),
            Valid::OneOf(valid) => every(&|value| item(valid, value)),
            Valid::OneOfAnyCase(valid) => every(&|value| item(valid, &value.to_ascii_lowercase())),
            Valid::Throttled => {
                let pair = |pair: &str| pair.split_once(':').is_some_and(|(a, b)| a.parse::<u32>().is_ok() && b.parse::<u32>().is_ok());
                value == "*" || every(&pair)
            }
            Valid::Range { low, high, also } => {
                let (value, bound) = (billionths(value), |bound: &str| billionths(bound).unwrap_or(0));
                value.is_some_and(|value| {
                    (value >= bound(low) && high.is_none_or(|high| value <= bound(high))) || also.is_some_and(|also| value == bound(also))
                })
            }
        }
    }
}

/// Kafka writes a family of values by its pattern: `by_duration:PnDTnHnMn.nS` (AutoOffsetResetStrategy).
fn is_valid(valid: &str, value: &str) -> bool {
    match valid.strip_prefix("by_duration:") {
        Some(_) => value.strip_prefix("by_duration:").is_some_and(is_duration),
        None => valid == value,
    }
}

/// Whether a text is an ISO 8601 duration as `java.time.Duration` reads it, of no negative length.
fn is_duration(text: &str) -> bool {
    let Some(rest) = text.strip_prefix(['P', 'p']) else { return false };
    let (days, time) = rest.split_once(['T', 't']).map_or((rest, None), |(days, time)| (days, Some(time)));
    let units = |mut text: &str, units: &str| {
        let mut left = units;
        while let Some(at) = text.find(|c: char| !c.is_ascii_digit() && c != '.') {
            let unit = text[at..].chars().next().unwrap_or(' ').to_ascii_uppercase();
            let Some(place) = left.find(unit) else { return false };
            if at == 0 || (unit != 'S' && text[..at].contains('.')) || billionths(&text[..at]).is_none() {
                return false;
            }
            left = &left[place + 1..];
            text = &text[at + 1..];
        }
        text.is_empty()
    };
    rest.len() > 1 && units(days, "D") && time.is_none_or(|time| !time.is_empty() && units(time, "HMS"))
}

/// What a value should have been.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Expectation {
    /// A name Kafka knows in that scope; the nearest, where one is near.
    Name { scope: Scope, nearest: Option<&'static str> },
    /// A value of that type.
    Type(ConfigType),
    /// One of the valid values.
    Valid(Valid),
    /// What another configuration demands, in Kafka's words (English).
    Rule(&'static str),
}

/// A configuration that Kafka refuses: a ConfigException of a client, INVALID_CONFIG of a cluster.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfigError {
    /// The configuration's name.
    pub name: Rc<str>,
    /// The value found.
    pub found: Rc<str>,
    /// What was expected of it.
    pub expected: Expectation,
}

impl ConfigError {
    /// The name under which answers show it: the class of the exception the client throws.
    pub const EXCEPTION: &'static str = "ConfigException";
}

impl fmt::Display for ConfigType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            ConfigType::Boolean => "true or false",
            ConfigType::Int => "a whole number of 32 bits",
            ConfigType::Long => "a whole number of 64 bits",
            ConfigType::Short => "a whole number of 16 bits",
            ConfigType::Double => "a decimal number",
            ConfigType::String | ConfigType::Password => "a text",
            ConfigType::List => "texts between commas",
            ConfigType::Class => "the name of a class",
        })
    }
}

impl fmt::Display for Valid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Valid::Any => f.write_str("any value"),
            Valid::Range { low, high: Some(high), also: None } => write!(f, "{low} to {high}"),
            Valid::Range { low, high: Some(high), also: Some(also) } => write!(f, "{low} to {high}, or {also}"),
            Valid::Range { low, high: None, .. } => write!(f, "at least {low}"),
            Valid::OneOf(valid) | Valid::OneOfAnyCase(valid) => write!(f, "one of {}", valid.replace(',', ", ")),
            Valid::NotEmpty => f.write_str("a text that is not empty"),
            Valid::Throttled => f.write_str("* or pairs of partition:broker between commas"),
        }
    }
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}={}: expected ", self.name, self.found.escape_debug())?;
        match &self.expected {
            Expectation::Name { scope, nearest } => {
                write!(f, "a {scope} configuration of Kafka")?;
                nearest.map_or(Ok(()), |nearest| write!(f, "; did you mean \"{nearest}\"?"))
            }
            Expectation::Type(kind) => kind.fmt(f),
            Expectation::Valid(valid) => valid.fmt(f),
            Expectation::Rule(rule) => f.write_str(rule),
        }
    }
}

impl std::error::Error for ConfigError {}

/// Whether Kafka takes that value under that name (ConfigDef.parseType and the validators).
pub fn check(scope: Scope, name: &str, value: &str) -> Result<(), ConfigError> {
    let error = |expected| Err(ConfigError { name: Rc::from(name), found: Rc::from(value), expected });
    let Some(key) = lookup(scope, name) else {
        return error(Expectation::Name { scope, nearest: super::nearest(scope, name) });
    };
    let value = value.trim();
    if !has_type(&key, value) {
        return error(Expectation::Type(key.kind));
    }
    if !key.valid.accepts(key.kind, value) {
        return error(Expectation::Valid(key.valid));
    }
    Ok(())
}

fn has_type(key: &ConfigKey, value: &str) -> bool {
    match key.kind {
        ConfigType::Boolean => value.eq_ignore_ascii_case("true") || value.eq_ignore_ascii_case("false"),
        ConfigType::Int => value.parse::<i32>().is_ok(),
        ConfigType::Long => value.parse::<i64>().is_ok(),
        ConfigType::Short => value.parse::<i16>().is_ok(),
        ConfigType::Double => billionths(value).is_some(),
        ConfigType::Class => !value.is_empty() && !value.contains(char::is_whitespace),
        ConfigType::String | ConfigType::List | ConfigType::Password => true,
    }
}

/// A decimal number in billionths, cut off below and stopped at the largest that fits.
pub(super) fn billionths(text: &str) -> Option<i128> {
    let (negative, digits) = match text.as_bytes().first()? {
        b'-' => (true, &text[1..]),
        b'+' => (false, &text[1..]),
        _ => (false, text),
    };
    let (digits, exponent) = match digits.split_once(['e', 'E']) {
        Some((digits, exponent)) => (digits, exponent.parse::<i32>().ok()?.clamp(-400, 400)),
        None => (digits, 0),
    };
    let (whole, part) = digits.split_once('.').unwrap_or((digits, ""));
    if (whole.is_empty() && part.is_empty()) || !whole.bytes().chain(part.bytes()).all(|b| b.is_ascii_digit()) {
        return None;
    }
    let mut value: i128 = 0;
    let places = i32::try_from(whole.len()).ok()?.saturating_add(exponent).saturating_add(9);
    for (place, digit) in (0i32..).zip(whole.bytes().chain(part.bytes())) {
        if place < places {
            value = value.saturating_mul(10).saturating_add(i128::from(digit - b'0'));
        }
    }
    let written = i32::try_from(whole.len() + part.len()).ok()?;
    for _ in written..places.min(written.saturating_add(450)) {
        value = value.saturating_mul(10);
    }
    Some(if negative { -value } else { value })
}
