//! Every word of the page, in English and Korean: labels, sentences with their particles, and facts told in words.

mod facts;
mod josa;
mod rich;
mod say;
mod time;
mod words;

pub use facts::{Told, Voice, tell};
pub use josa::{Particle, particle};
pub use rich::{Arg, Kind, Piece, Rich, fill, ids};
pub use say::*;
pub use time::{clock, clock_short, span, speed};
pub use words::Word;

/// A language of the page.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Lang {
    /// English.
    #[default]
    En,
    /// Korean.
    Ko,
}

impl Lang {
    /// The language a browser asks for by its tag (`ko-KR`), English unless it is Korean.
    pub fn from_tag(tag: &str) -> Lang {
        let language = tag.split(['-', '_']).next().unwrap_or_default();
        if language.eq_ignore_ascii_case("ko") { Lang::Ko } else { Lang::En }
    }

    /// The tag for the `lang` attribute.
    pub const fn tag(self) -> &'static str {
        self.pick("en", "ko")
    }

    /// One of two: the English or the Korean.
    pub const fn pick(self, en: &'static str, ko: &'static str) -> &'static str {
        match self {
            Lang::En => en,
            Lang::Ko => ko,
        }
    }
}

#[cfg(test)]
mod tests;
