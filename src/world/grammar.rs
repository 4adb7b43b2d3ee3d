//! One line of text ⇄ [`Command`]: the language of scenario files, share links, the console and the command line.
//!
//! A line is words between blanks. `name=value` gives an option or a configuration; a word or value with blanks, `#` or a newline is a
//! JSON string. `#` outside one begins a comment. The printed line is canonical: parsing it gives the command back.

use std::fmt;
use std::rc::Rc;

use super::command::{
    Cluster, Command, Configs, Describe, ElectionType, Fraction, Micros, NodeName, Placement, Profile, Rate, Send, Subscription,
    TopicPartition, Truncation,
};
use crate::kafka::config::nearest::nearest;
use crate::kafka::config::{self, Scope};

/// Every command's first word.
pub const COMMANDS: &[&str] = &[
    "cluster",
    "broker",
    "unregister",
    "topic",
    "partitions",
    "config",
    "delete",
    "producer",
    "produce",
    "send",
    "await",
    "rate",
    "begin",
    "commit",
    "abort",
    "offsets",
    "consumer",
    "read",
    "seek",
    "close",
    "freeze",
    "thaw",
    "kill",
    "stop",
    "start",
    "pause",
    "resume",
    "power-loss",
    "lose-disk",
    "lose-dir",
    "cut",
    "heal",
    "slow",
    "fail",
    "disk",
    "elect",
    "reassign",
    "wait",
    "describe",
];

const CLUSTER: &[&str] = &["brokers", "ids", "controllers", "racks", "profile", "seed", "elr", "truncate"];
pub(super) const PROFILES: &[(&str, Profile)] = &[
    ("4.1", Profile::Kafka41),
    ("4.0", Profile::Kafka40),
    ("3.9-kraft", Profile::Kafka39Kraft),
    ("3.9-zk", Profile::Kafka39Zk),
    ("3.4-kraft", Profile::Kafka34Kraft),
    ("2.3-zk", Profile::Kafka23Zk),
];
pub(super) const TRUNCATIONS: &[(&str, Truncation)] =
    &[("hw", Truncation::HighWatermark), ("kip101", Truncation::Kip101), ("kip279", Truncation::Kip279), ("kip320", Truncation::Kip320)];
pub(super) const ELECTIONS: &[(&str, ElectionType)] = &[("preferred", ElectionType::Preferred), ("unclean", ElectionType::Unclean)];
pub(super) const SWITCH: &[(&str, bool)] = &[("on", true), ("off", false)];
pub(super) const UNITS: &[(&str, Micros)] = &[("us", 1), ("ms", 1_000), ("s", 1_000_000), ("m", 60_000_000), ("h", 3_600_000_000)];
/// A century: no time of a world can overflow by so much.
const LONGEST: Micros = 100 * 365 * 24 * 3_600_000_000;
/// The highest number of a broker; controllers are numbered from the next on.
pub const MAX_BROKER: i32 = 3_000;
/// How many brokers a cluster may begin with, or records one command may send: more would only stop the browser.
pub(super) const MOST_BROKERS: i64 = 100;
const MOST_RECORDS: i64 = 100_000;

/// What a line should have had.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Expected {
    /// A command's first word.
    Command,
    /// One of these words.
    OneOf(Vec<&'static str>),
    /// One of these options, as `name=value`.
    Option(&'static [&'static str]),
    /// One of these options, or a configuration of Kafka, as `name=value`.
    Configuration(&'static [&'static str], Scope),
    /// This option, which cannot be left out.
    Given(&'static str),
    /// That option or configuration once only.
    Once,
    /// This option not beside that one.
    Without(&'static str),
    /// A topic's name.
    Topic,
    /// A group's name.
    Group,
    /// A log directory's name.
    Directory,
    /// A partition, as `orders-0`.
    Partition,
    /// A partition and how many of its records are kept, as `orders-0:3`.
    Kept,
    /// A broker's number.
    Broker,
    /// A broker, controller, client or `zk`.
    Node,
    /// A client's name.
    Client,
    /// A whole number between two bounds.
    Number(i64, i64),
    /// Broker numbers, as `1,2,3`.
    Brokers,
    /// So many broker numbers, no two the same.
    Ids(i32),
    /// A span of time, as `250ms`.
    Duration,
    /// So many a span of time, as `5/s`.
    Rate,
    /// A fraction of 1, as `1/10`.
    Fraction,
    /// The end of a JSON string.
    StringEnd,
    /// The end of the line.
    End,
}

/// Why a line cannot be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ParseError {
    /// Where, in characters from 1.
    pub column: usize,
    /// The word found there; empty at the end of the line.
    pub found: String,
    /// What should have stood there.
    pub expected: Expected,
    /// The nearest known word, where one is near.
    pub nearest: Option<String>,
}

impl fmt::Display for Expected {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Expected::Command => f.write_str("a command"),
            Expected::OneOf(words) => list(f, "", words),
            Expected::Option([]) => f.write_str("no options"),
            Expected::Option(options) => list(f, "the option ", options),
            Expected::Configuration([], scope) => write!(f, "a {scope} configuration of Kafka as name=value"),
            Expected::Configuration(options, scope) => {
                list(f, "the option ", options)?;
                write!(f, ", or a {scope} configuration of Kafka as name=value")
            }
            Expected::Given(option) => write!(f, "the option {option}="),
            Expected::Once => f.write_str("each name once"),
            Expected::Without(option) => write!(f, "this or {option}=, not both"),
            Expected::Topic => f.write_str("a topic's name"),
            Expected::Group => f.write_str("a group's name"),
            Expected::Directory => f.write_str("a log directory's name"),
            Expected::Partition => f.write_str("a partition, as orders-0"),
            Expected::Kept => f.write_str("a partition and how many records it keeps, as orders-0:3"),
            Expected::Broker => f.write_str("a broker's number, from 0 to 3000"),
            Expected::Node => f.write_str("a broker's or controller's number, a client's name or zk"),
            Expected::Client => f.write_str("a client's name (letters, digits, . _ -, beginning with a letter)"),
            Expected::Number(low, high) => write!(f, "a whole number from {low} to {high}"),
            Expected::Brokers => f.write_str("broker numbers, as 1,2,3"),
            Expected::Ids(count) => write!(f, "as many different broker numbers as there are brokers ({count}), from 0 to 3000"),
            Expected::Duration => f.write_str("a time with its unit (us, ms, s, m, h), as 250ms"),
            Expected::Rate => f.write_str("a rate, as 5/s"),
            Expected::Fraction => f.write_str("a fraction of 1, as 1/10"),
            Expected::StringEnd => f.write_str("a whole JSON string"),
            Expected::End => f.write_str("the end of the line"),
        }
    }
}

fn list(f: &mut fmt::Formatter<'_>, before: &str, words: &[&str]) -> fmt::Result {
    f.write_str(before)?;
    for (i, word) in words.iter().enumerate() {
        let separator = match (i, i + 1 == words.len()) {
            (0, _) => "",
            (_, true) => " or ",
            _ => ", ",
        };
        write!(f, "{separator}{word}")?;
    }
    Ok(())
}

impl fmt::Display for ParseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "column {}: found ", self.column)?;
        match self.found.as_str() {
            "" => f.write_str("the end of the line")?,
            found => write!(f, "\"{}\"", found.escape_debug())?,
        }
        write!(f, ", expected {}", self.expected)?;
        match &self.nearest {
            Some(word) => write!(f, "; did you mean \"{word}\"?"),
            None => Ok(()),
        }
    }
}

impl std::error::Error for ParseError {}

type Parsed<T> = Result<T, ParseError>;

/// One word of a line: `name=text`, or `text` alone.
#[derive(Clone, Debug)]
struct Word {
    column: usize,
    raw: String,
    name: Option<String>,
    text: String,
}

impl Word {
    fn error(&self, expected: Expected) -> ParseError {
        ParseError { column: self.column, found: self.raw.clone(), expected, nearest: None }
    }

    fn value(&self) -> Rc<str> {
        Rc::from(self.text.as_str())
    }

    fn choice<T: Copy>(&self, choices: &[(&'static str, T)]) -> Parsed<T> {
        choices.iter().find(|(word, _)| *word == self.text).map(|(_, choice)| *choice).ok_or_else(|| {
            let words: Vec<&'static str> = choices.iter().map(|(word, _)| *word).collect();
            let nearest = nearest(&self.text, words.iter().copied()).map(str::to_owned);
            ParseError { nearest, ..self.error(Expected::OneOf(words)) }
        })
    }

    fn number(&self, low: i64, high: i64) -> Parsed<i64> {
        integer(&self.text).filter(|n| (low..=high).contains(n)).ok_or_else(|| self.error(Expected::Number(low, high)))
    }

    fn int(&self) -> Parsed<i32> {
        Ok(self.number(i32::MIN.into(), i32::MAX.into())? as i32)
    }

    fn broker(&self) -> Parsed<i32> {
        self.number(0, MAX_BROKER.into()).map(|n| n as i32).map_err(|_| self.error(Expected::Broker))
    }

    fn client(&self) -> Parsed<Rc<str>> {
        if is_client(&self.text) { Ok(self.value()) } else { Err(self.error(Expected::Client)) }
    }

    fn node(&self) -> Parsed<NodeName> {
        match integer(&self.text).and_then(|n| i32::try_from(n).ok()) {
            Some(n) if n >= 0 => Ok(NodeName::Node(n)),
            _ if self.text == "zk" => Ok(NodeName::Zk),
            _ if is_client(&self.text) => Ok(NodeName::Client(self.value())),
            _ => Err(self.error(Expected::Node)),
        }
    }

    fn partition(&self) -> Parsed<TopicPartition> {
        partition(&self.text).ok_or_else(|| self.error(Expected::Partition))
    }

    fn brokers(&self) -> Parsed<Vec<i32>> {
        brokers(&self.text).ok_or_else(|| self.error(Expected::Brokers))
    }

    fn duration(&self) -> Parsed<Micros> {
        duration(&self.text).ok_or_else(|| self.error(Expected::Duration))
    }

    fn rate(&self) -> Parsed<Rate> {
        let rate = self.text.split_once('/').and_then(|(count, per)| {
            let count = integer(count).filter(|n| (1..=MOST_RECORDS).contains(n))? as u32;
            let per = match UNITS.iter().find(|(unit, _)| *unit == per) {
                Some((_, micros)) => *micros,
                None => duration(per).filter(|per| *per > 0)?,
            };
            Some(Rate { count, per })
        });
        rate.ok_or_else(|| self.error(Expected::Rate))
    }

    fn fraction(&self) -> Parsed<Fraction> {
        let fraction = self.text.split_once('/').and_then(|(part, of)| {
            let (part, of) = (u32::try_from(integer(part)?).ok()?, u32::try_from(integer(of)?).ok()?);
            (of > 0 && part <= of).then_some(Fraction { part, of })
        });
        fraction.ok_or_else(|| self.error(Expected::Fraction))
    }

    fn names(&self) -> Vec<Rc<str>> {
        if self.text.is_empty() { Vec::new() } else { self.text.split(',').map(Rc::from).collect() }
    }
}

/// A whole number written in digits alone, with `-` before a negative one.
fn integer(text: &str) -> Option<i64> {
    if text.starts_with('+') { None } else { text.parse().ok() }
}

fn is_client(text: &str) -> bool {
    let mut letters = text.chars();
    letters.next().is_some_and(|first| first.is_alphabetic() || first == '_')
        && letters.all(|c| c.is_alphanumeric() || "._-".contains(c))
        && text != "zk"
}

fn partition(text: &str) -> Option<TopicPartition> {
    let (topic, number) = text.rsplit_once('-')?;
    let partition = number.bytes().all(|b| b.is_ascii_digit()).then(|| number.parse().ok())??;
    (!topic.is_empty()).then(|| TopicPartition { topic: Rc::from(topic), partition })
}

fn brokers(text: &str) -> Option<Vec<i32>> {
    if text.is_empty() {
        return Some(Vec::new());
    }
    text.split(',').map(|id| integer(id).and_then(|id| i32::try_from(id).ok())).collect()
}

fn duration(text: &str) -> Option<Micros> {
    let digits = text.find(|c: char| !c.is_ascii_digit())?;
    let (count, unit) = text.split_at(digits);
    let (_, micros) = UNITS.iter().find(|(name, _)| *name == unit)?;
    count.parse::<Micros>().ok()?.checked_mul(*micros).filter(|span| *span <= LONGEST)
}

/// Cuts a line into words, up to a comment.
fn words(line: &str) -> Parsed<(Vec<Word>, usize)> {
    let letters: Vec<char> = line.chars().collect();
    let mut words = Vec::new();
    let mut at = 0;
    while at < letters.len() && letters[at] != '#' {
        if letters[at].is_whitespace() {
            at += 1;
            continue;
        }
        let begin = at;
        let mut name = None;
        let mut text = String::new();
        while at < letters.len() && !letters[at].is_whitespace() && letters[at] != '#' {
            let fresh = text.is_empty() && (at == begin || letters[at - 1] == '=');
            match letters[at] {
                '"' if fresh => {
                    let broken = |at: usize| ParseError {
                        column: begin + 1,
                        found: letters[begin..at.min(letters.len())].iter().collect(),
                        expected: Expected::StringEnd,
                        nearest: None,
                    };
                    let (string, after) = json_string(&letters, at).ok_or_else(|| broken(letters.len()))?;
                    // Nothing may follow the closing quote: `"a"b` is no JSON string.
                    if after < letters.len() && !letters[after].is_whitespace() && letters[after] != '#' {
                        return Err(broken(after + 1));
                    }
                    text = string;
                    at = after;
                    break;
                }
                '=' if name.is_none() && at > begin => {
                    name = Some(std::mem::take(&mut text));
                    at += 1;
                }
                letter => {
                    text.push(letter);
                    at += 1;
                }
            }
        }
        words.push(Word { column: begin + 1, raw: letters[begin..at].iter().collect(), name, text });
    }
    Ok((words, line.trim_end().chars().count() + 1))
}

/// Reads the JSON string that opens at `at`; its text and the place after it.
fn json_string(letters: &[char], at: usize) -> Option<(String, usize)> {
    let hex =
        |at: usize| -> Option<u32> { letters.get(at..at + 4)?.iter().try_fold(0, |number, digit| Some(number * 16 + digit.to_digit(16)?)) };
    let mut text = String::new();
    let mut at = at + 1;
    loop {
        match *letters.get(at)? {
            '"' => return Some((text, at + 1)),
            '\\' => {
                at += 2;
                text.push(match *letters.get(at - 1)? {
                    letter @ ('"' | '\\' | '/') => letter,
                    'b' => '\u{8}',
                    'f' => '\u{c}',
                    'n' => '\n',
                    'r' => '\r',
                    't' => '\t',
                    'u' => {
                        let mut code = hex(at)?;
                        at += 4;
                        if (0xd800..0xdc00).contains(&code) && letters.get(at..at + 2) == Some(&['\\', 'u']) {
                            let low = hex(at + 2).filter(|low| (0xdc00..0xe000).contains(low))?;
                            code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
                            at += 6;
                        }
                        char::from_u32(code)?
                    }
                    _ => return None,
                });
            }
            letter => {
                text.push(letter);
                at += 1;
            }
        }
    }
}

/// The words of a line, taken from the front.
struct Line {
    words: std::vec::IntoIter<Word>,
    end: usize,
}

/// What follows a command's words: options by name, and the configurations among them.
struct Options {
    given: Vec<Word>,
    configs: Configs,
    end: usize,
}

impl Line {
    /// The next word, which is no `name=value`.
    fn next(&mut self, expected: Expected) -> Parsed<Word> {
        match self.words.next() {
            Some(word) if word.name.is_none() => Ok(word),
            Some(word) => Err(word.error(expected)),
            None => Err(ParseError { column: self.end, found: String::new(), expected, nearest: None }),
        }
    }

    /// The next word, if it is no `name=value`.
    fn next_if(&mut self, wanted: impl Fn(&Word) -> bool) -> Option<Word> {
        let fits = self.words.as_slice().first().is_some_and(|word| word.name.is_none() && wanted(word));
        if fits { self.words.next() } else { None }
    }

    fn choice<T: Copy>(&mut self, choices: &[(&'static str, T)]) -> Parsed<T> {
        self.next(Expected::OneOf(choices.iter().map(|(word, _)| *word).collect()))?.choice(choices)
    }

    fn topic(&mut self) -> Parsed<Rc<str>> {
        Ok(self.next(Expected::Topic)?.value())
    }

    fn client(&mut self) -> Parsed<Rc<str>> {
        self.next(Expected::Client)?.client()
    }

    fn node(&mut self) -> Parsed<NodeName> {
        self.next(Expected::Node)?.node()
    }

    fn partition(&mut self) -> Parsed<TopicPartition> {
        self.next(Expected::Partition)?.partition()
    }

    fn end(&mut self) -> Parsed<()> {
        match self.words.next() {
            Some(word) => Err(word.error(Expected::End)),
            None => Ok(()),
        }
    }

    /// The rest of the line: of `known` options and, where there is a scope, Kafka's configurations.
    fn options(&mut self, known: &'static [&'static str], scope: Option<Scope>) -> Parsed<Options> {
        let expected = || match scope {
            Some(scope) => Expected::Configuration(known, scope),
            None => Expected::Option(known),
        };
        let mut options = Options { given: Vec::new(), configs: Vec::new(), end: self.end };
        for word in self.words.by_ref() {
            let name = word.name.as_deref().unwrap_or(&word.text);
            let is_option = known.contains(&name);
            let is_config = !is_option && scope.is_some_and(|scope| accepts(scope, name));
            if word.name.is_none() || !(is_option || is_config) {
                let nearest = nearest(name, known.iter().copied()).or_else(|| config::nearest(scope?, name));
                return Err(ParseError { nearest: nearest.map(str::to_owned), ..word.error(expected()) });
            }
            if options.given.iter().any(|other| other.name == word.name) || options.configs.iter().any(|(other, _)| **other == *name) {
                return Err(word.error(Expected::Once));
            }
            if is_option {
                options.given.push(word);
            } else {
                options.configs.push((Rc::from(name), word.value()));
            }
        }
        Ok(options)
    }
}

/// Whether a configuration of that name is for Kafka to judge. A topic's unknown ones are (INVALID_CONFIG), as long as they look like
/// one; a client or broker that does not know a name says nothing, so there a name Kafka does not define is a slip of the pen.
fn accepts(scope: Scope, name: &str) -> bool {
    config::lookup(scope, name).is_some() || (scope == Scope::Topic && name.contains('.'))
}

impl Options {
    fn take(&mut self, name: &str) -> Option<Word> {
        let at = self.given.iter().position(|word| word.name.as_deref() == Some(name))?;
        Some(self.given.remove(at))
    }

    fn read<T>(&mut self, name: &str, read: impl Fn(&Word) -> Parsed<T>) -> Parsed<Option<T>> {
        self.take(name).map(|word| read(&word)).transpose()
    }

    fn missing(&self, expected: Expected) -> ParseError {
        ParseError { column: self.end, found: String::new(), expected, nearest: None }
    }
}

impl Command {
    /// Reads one line. A line without a command is an error: see [`Command::parse_line`].
    pub fn parse(line: &str) -> Result<Command, ParseError> {
        let end = line.trim_end().chars().count() + 1;
        let none = ParseError { column: end, found: String::new(), expected: Expected::Command, nearest: None };
        Command::parse_line(line)?.ok_or(none)
    }

    /// Reads one line; none where it holds at most a comment.
    pub fn parse_line(line: &str) -> Result<Option<Command>, ParseError> {
        let (words, end) = words(line)?;
        let mut line = Line { words: words.into_iter(), end };
        match line.words.next() {
            None => Ok(None),
            Some(word) => command(&word, &mut line).map(Some),
        }
    }
}

fn command(word: &Word, line: &mut Line) -> Parsed<Command> {
    let unknown = || {
        let nearest = nearest(&word.text, COMMANDS.iter().copied()).map(str::to_owned);
        ParseError { nearest, ..word.error(Expected::Command) }
    };
    if word.name.is_some() {
        return Err(unknown());
    }
    let command = match word.text.as_str() {
        "cluster" => cluster(line)?,
        "broker" => {
            let broker = line.next(Expected::Broker)?.broker()?;
            let mut options = line.options(&["rack"], None)?;
            Command::Broker { broker, rack: options.take("rack").map(|rack| rack.value()) }
        }
        "unregister" => Command::Unregister { broker: line.next(Expected::Broker)?.broker()? },
        "topic" => topic(line)?,
        "partitions" => {
            let topic = line.topic()?;
            Command::Partitions { topic, count: line.next(Expected::Number(i32::MIN.into(), i32::MAX.into()))?.int()? }
        }
        "config" => {
            let topic = line.next_if(|_| true).map(|topic| topic.value());
            let scope = if topic.is_some() { Scope::Topic } else { Scope::Broker };
            let options = line.options(&[], Some(scope))?;
            if options.configs.is_empty() {
                return Err(options.missing(Expected::Configuration(&[], scope)));
            }
            Command::Config { topic, configs: options.configs }
        }
        "delete" => Command::Delete { topic: line.topic()? },
        "producer" => {
            let producer = line.client()?;
            Command::Producer { producer, configs: line.options(&[], Some(Scope::Producer))?.configs }
        }
        "produce" => Command::Produce { producer: line.client()?, send: send(line, true)? },
        "send" => Command::Send { producer: line.client()?, send: send(line, true)? },
        "await" => Command::Await { producer: line.client()? },
        "rate" => rate(line)?,
        "begin" => Command::Begin { producer: line.client()? },
        "commit" => Command::Commit { client: line.client()? },
        "abort" => Command::Abort { producer: line.client()? },
        "offsets" => Command::Offsets { producer: line.client()?, consumer: line.client()? },
        "consumer" => consumer(line)?,
        "read" => Command::Read { consumer: line.client()? },
        "seek" => {
            let (consumer, partition) = (line.client()?, line.partition()?);
            let offset = Expected::Number(i64::MIN, i64::MAX);
            Command::Seek { consumer, partition, offset: line.next(offset)?.number(i64::MIN, i64::MAX)? }
        }
        "close" => Command::Close { client: line.client()? },
        "freeze" => Command::Freeze { client: line.client()? },
        "thaw" => Command::Thaw { client: line.client()? },
        "kill" => Command::Kill { node: line.node()? },
        "stop" => Command::Stop { node: line.node()? },
        "start" => {
            let node = line.node()?;
            Command::Start { node, configs: line.options(&[], Some(Scope::Broker))?.configs }
        }
        "pause" => Command::Pause { node: line.node()? },
        "resume" => Command::Resume { node: line.node()? },
        "power-loss" => {
            let node = line.node()?;
            let keep = line.options(&["keep"], None)?.read("keep", kept)?;
            Command::PowerLoss { node, keep }
        }
        "lose-disk" => Command::LoseDisk { node: line.node()? },
        "lose-dir" => Command::LoseDir { node: line.node()?, dir: line.next(Expected::Directory)?.value() },
        "cut" => {
            let from = line.node()?;
            let one_way = line.next_if(|word| word.text == "->").is_some();
            Command::Cut { from, to: line.node()?, one_way }
        }
        "heal" => {
            let between = match line.next_if(|_| true) {
                Some(one) => Some((one.node()?, line.node()?)),
                None => None,
            };
            Command::Heal { between }
        }
        "slow" => {
            let (from, to) = (line.node()?, line.node()?);
            let mut options = line.options(&["latency", "jitter", "loss"], None)?;
            let latency = options.read("latency", Word::duration)?;
            let latency = latency.ok_or_else(|| options.missing(Expected::Given("latency")))?;
            let jitter = options.read("jitter", Word::duration)?.unwrap_or(0);
            Command::Slow { from, to, latency, jitter, loss: options.read("loss", Word::fraction)? }
        }
        "fail" => Command::Fail { broker: line.next(Expected::Broker)?.broker()?, partition: line.partition()? },
        "disk" => {
            let node = line.node()?;
            let mut options = line.options(&["latency"], None)?;
            let latency = options.read("latency", Word::duration)?;
            Command::Disk { node, latency: latency.ok_or_else(|| options.missing(Expected::Given("latency")))? }
        }
        "elect" => Command::Elect { election: line.choice(ELECTIONS)?, partition: line.partition()? },
        "reassign" => match line.next_if(|word| word.text == "cancel") {
            Some(_) => Command::Reassign { partition: line.partition()?, replicas: None },
            None => {
                let partition = line.partition()?;
                Command::Reassign { partition, replicas: Some(line.next(Expected::Brokers)?.brokers()?) }
            }
        },
        "wait" => Command::Wait { duration: line.next(Expected::Duration)?.duration()? },
        "describe" => {
            let known = [("topic", 't'), ("log", 'l'), ("group", 'g'), ("brokers", 'b'), ("quorum", 'q'), ("records", 'r')];
            Command::Describe(match line.choice(&known)? {
                't' => Describe::Topic(line.topic()?),
                'l' => Describe::Log(line.partition()?),
                'g' => Describe::Group(line.next(Expected::Group)?.value()),
                'b' => Describe::Brokers,
                'q' => Describe::Quorum,
                _ => Describe::Records,
            })
        }
        _ => return Err(unknown()),
    };
    line.end()?;
    Ok(command)
}

fn cluster(line: &mut Line) -> Parsed<Command> {
    let mut options = line.options(CLUSTER, Some(Scope::Broker))?;
    let brokers = options.read("brokers", |word| word.number(1, MOST_BROKERS))?;
    let brokers = brokers.ok_or_else(|| options.missing(Expected::Given("brokers")))? as i32;
    let ids = options.read("ids", |word| {
        let given = word.brokers()?;
        let are_good = (1..given.len()).all(|at| !given[..at].contains(&given[at])) && given.iter().all(|id| (0..=MAX_BROKER).contains(id));
        if are_good && given.len() as i32 == brokers { Ok(given) } else { Err(word.error(Expected::Ids(brokers))) }
    })?;
    Ok(Command::Cluster(Cluster {
        brokers,
        ids: ids.unwrap_or_default(),
        controllers: options.read("controllers", |word| word.number(1, 9))?.unwrap_or(1) as i32,
        racks: options.take("racks").map(|racks| racks.names()).unwrap_or_default(),
        profile: options.read("profile", |word| word.choice(PROFILES))?.unwrap_or_default(),
        seed: options.read("seed", |word| word.number(0, i64::MAX))?.map(|seed| seed as u64),
        elr: options.read("elr", |word| word.choice(SWITCH))?,
        truncate: options.read("truncate", |word| word.choice(TRUNCATIONS))?.unwrap_or_default(),
        configs: options.configs,
    }))
}

fn topic(line: &mut Line) -> Parsed<Command> {
    let topic = line.topic()?;
    let mut options = line.options(&["partitions", "replication", "replicas"], Some(Scope::Topic))?;
    let placement = match options.take("replicas") {
        Some(replicas) => {
            if let Some(other) = options.take("partitions").or_else(|| options.take("replication")) {
                return Err(other.error(Expected::Without("replicas")));
            }
            let lists = replicas.text.split('/').map(brokers).collect::<Option<Vec<_>>>();
            Placement::Manual(lists.ok_or_else(|| replicas.error(Expected::Brokers))?)
        }
        None => Placement::Automatic {
            partitions: options.read("partitions", Word::int)?.unwrap_or(-1),
            replication_factor: options.read("replication", |word| word.number(i16::MIN.into(), i16::MAX.into()))?.unwrap_or(-1) as i16,
        },
    };
    Ok(Command::Topic { topic, placement, configs: options.configs })
}

fn send(line: &mut Line, counted: bool) -> Parsed<Send> {
    let topic = line.topic()?;
    let known: &[&str] = if counted { &["partition", "key", "value", "count"] } else { &["partition", "key", "value"] };
    let mut options = line.options(known, None)?;
    Ok(Send {
        topic,
        partition: options.read("partition", Word::int)?,
        key: options.take("key").map(|key| key.value()),
        value: options.take("value").map(|value| value.value()),
        count: options.read("count", |word| word.number(1, MOST_RECORDS))?.map(|count| count as u32),
    })
}

fn rate(line: &mut Line) -> Parsed<Command> {
    let producer = line.client()?;
    let topic = line.next(Expected::Topic)?;
    // A stream to a topic named `off` has a rate behind it.
    if topic.text == "off" && line.words.as_slice().is_empty() {
        return Ok(Command::RateOff { producer });
    }
    let rate = line.next(Expected::Rate)?.rate()?;
    let rest: Vec<Word> = std::iter::once(topic).chain(line.words.by_ref()).collect();
    line.words = rest.into_iter();
    Ok(Command::Rate { producer, rate, send: send(line, false)? })
}

fn consumer(line: &mut Line) -> Parsed<Command> {
    let consumer = line.client()?;
    let mut options = line.options(&["topics", "assign", "group"], Some(Scope::Consumer))?;
    let subscription = match (options.take("topics"), options.take("assign")) {
        (Some(_), Some(assign)) => return Err(assign.error(Expected::Without("topics"))),
        (Some(topics), None) => Subscription::Topics(topics.names()),
        (None, Some(assign)) => {
            let partitions = assign.names().iter().map(|name| partition(name)).collect::<Option<Vec<_>>>();
            Subscription::Partitions(partitions.ok_or_else(|| assign.error(Expected::Partition))?)
        }
        (None, None) => return Err(options.missing(Expected::Given("topics"))),
    };
    let group = options.take("group").map(|group| group.value());
    Ok(Command::Consumer { consumer, subscription, group, configs: options.configs })
}

fn kept(word: &Word) -> Parsed<Vec<(TopicPartition, i64)>> {
    let one = |item: &Rc<str>| {
        let (name, records) = item.rsplit_once(':')?;
        Some((partition(name)?, integer(records).filter(|n| *n >= 0)?))
    };
    word.names().iter().map(one).collect::<Option<_>>().ok_or_else(|| word.error(Expected::Kept))
}
