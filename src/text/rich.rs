//! Sentences with names and code in them, filled in from templates; plain values that any renderer can show.

use super::josa::{Particle, particle};

/// How a piece of a sentence is set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// As the sentence.
    Plain,
    /// A name: strong.
    Name,
    /// What one could type: mono.
    Code,
}

/// A run of text; `tail` (a particle, a full stop) stays on the same line as the name or code before it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Piece {
    /// How it is set.
    pub kind: Kind,
    /// The words.
    pub text: String,
    /// What must not be parted from them.
    pub tail: String,
}

/// A sentence.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rich(pub Vec<Piece>);

impl Rich {
    /// A sentence of plain words.
    pub fn plain(text: &str) -> Rich {
        Rich(vec![piece(Kind::Plain, text.to_owned())])
    }

    /// Whether there is nothing to say.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Its words alone, for a name or a live region.
    pub fn text(&self) -> String {
        let mut text = String::new();
        for piece in &self.0 {
            text.push_str(&piece.text);
            text.push_str(&piece.tail);
        }
        text
    }
}

fn piece(kind: Kind, text: String) -> Piece {
    Piece { kind, text, tail: String::new() }
}

/// What a template is filled with.
#[derive(Clone, Copy, Debug)]
pub enum Arg<'a> {
    /// A node or client.
    Name(&'a str),
    /// A broker by its number: `broker-1`.
    Broker(i32),
    /// What one could type.
    Code(&'a str),
    /// A number.
    Num(i64),
    /// Words as they are.
    Text(&'a str),
    /// Broker numbers: `1,2,3`.
    Ids(&'a [i32]),
}

impl Arg<'_> {
    fn piece(&self) -> Piece {
        match *self {
            Arg::Name(name) => piece(Kind::Name, name.to_owned()),
            Arg::Broker(id) => piece(Kind::Name, "broker-".to_owned() + &id.to_string()),
            Arg::Code(code) => piece(Kind::Code, code.to_owned()),
            Arg::Num(number) => piece(Kind::Plain, number.to_string()),
            Arg::Text(text) => piece(Kind::Plain, text.to_owned()),
            Arg::Ids(list) => piece(Kind::Plain, ids(list)),
        }
    }
}

/// Brokers' numbers as Kafka's tools print them; ∅ for none.
pub fn ids(list: &[i32]) -> String {
    if list.is_empty() {
        return "∅".to_owned();
    }
    let mut text = String::new();
    for (at, id) in list.iter().enumerate() {
        if at > 0 {
            text.push(',');
        }
        text.push_str(&id.to_string());
    }
    text
}

fn particle_named(first: char) -> Option<Particle> {
    Some(match first {
        '은' => Particle::Topic,
        '이' => Particle::Subject,
        '을' => Particle::Object,
        '과' => Particle::And,
        '로' => Particle::To,
        _ => return None,
    })
}

/// Fills a template. `%0` to `%9` are the arguments; `%0|은` puts the right one of 은 and 는 behind it (`|이 |을 |과 |로`
/// likewise); between backticks stands code. Hangul and stops that follow an argument stay on its line.
pub fn fill(template: &str, args: &[Arg]) -> Rich {
    let mut pieces: Vec<Piece> = Vec::new();
    let mut chars = template.chars().peekable();
    while let Some(c) = chars.next() {
        let mut next = match c {
            '%' if chars.peek().is_some_and(char::is_ascii_digit) => {
                let index = chars.next().and_then(|digit| digit.to_digit(10)).unwrap_or(0) as usize;
                args.get(index).map_or_else(|| piece(Kind::Plain, String::new()), Arg::piece)
            }
            '`' => piece(Kind::Code, chars.by_ref().take_while(|&c| c != '`').collect()),
            _ => {
                match pieces.last_mut() {
                    Some(last) if last.kind == Kind::Plain && last.tail.is_empty() => last.text.push(c),
                    _ => pieces.push(piece(Kind::Plain, c.to_string())),
                }
                continue;
            }
        };
        if chars.peek() == Some(&'|') {
            chars.next();
            if let Some(which) = chars.next().and_then(particle_named) {
                next.tail.push_str(particle(&next.text, which));
            }
        }
        while let Some(&c) = chars.peek() {
            if !matches!(c, '가'..='힣' | '.' | ',' | ';' | ':') {
                break;
            }
            next.tail.push(c);
            chars.next();
        }
        pieces.push(next);
    }
    Rich(pieces)
}
