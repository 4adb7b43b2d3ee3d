//! Help and keys, in the rail: the scene stays in sight.

use super::bar::switches;
use crate::app::act::{Act, Page};
use crate::app::bits::icon_button;
use crate::app::memo::Draw;
use crate::app::tag::{Tag, tag};
use kafka_playground::text::{Lang, Word};
use yew::prelude::*;

/// The help's values.
#[derive(PartialEq)]
pub(crate) struct Help {
    /// The language.
    pub(crate) lang: Lang,
    /// Whether background traffic is shown.
    pub(crate) has_background: bool,
    /// Whether single keys act.
    pub(crate) has_single_keys: bool,
    /// Where acts go.
    pub(crate) on: Callback<Act>,
}

const KEYS: [(&str, Word); 21] = [
    ("S", Word::KeySend),
    ("Space", Word::KeyPlay),
    ("← →", Word::KeyStep),
    ("[ ]", Word::KeyMarks),
    ("← ↑ ↓ →", Word::KeyArrows),
    ("Enter", Word::KeySelect),
    ("B N", Word::KeyNextBroker),
    ("K", Word::KeyKill),
    ("Shift K", Word::KeyStop),
    ("P", Word::KeyPause),
    ("L", Word::KeyPower),
    ("D", Word::KeyDisk),
    ("Shift D", Word::KeySlowDisk),
    ("X", Word::KeyCut),
    ("Shift X, D, L", Word::KeyLink),
    ("Ctrl Z", Word::KeyUndo),
    ("I", Word::InOut),
    ("/", Word::KeyConsole),
    ("?", Word::KeyHelp),
    ("Esc", Word::KeyBack),
    ("Home End", Word::Playhead),
];

impl Draw for Help {
    fn draw(&self) -> Tag {
        let Help { lang, has_background, has_single_keys, on } = self;
        let lang = *lang;
        tag("section panel help")
            .add(tag("header").add(tag("h2").add(Word::Help.of(lang))).add(icon_button(
                on,
                "x",
                Word::Close.of(lang),
                Act::Open(Page::None),
            )))
            .add(tag("p").add(Word::HelpLead.of(lang)))
            .add(tag("h3").add(Word::Keys.of(lang)))
            .add(
                tag("dl keys").each(
                    KEYS.iter().map(|(key, word)| tag("div").add(tag("dt").add(tag("kbd").add(*key))).add(tag("dd").add(word.of(lang)))),
                ),
            )
            .add(
                tag("p").add(
                    tag("a").at("href", lang.pick("www/differences.html#en", "www/differences.html#ko")).add(Word::Differences.of(lang)),
                ),
            )
            .add(tag("h3").add(Word::Settings.of(lang)))
            .add(switches(lang, *has_background, *has_single_keys, on))
    }
}
