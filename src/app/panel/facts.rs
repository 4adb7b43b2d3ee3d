//! The log of facts in words: one line each, newest last; it is the screen reader's account too.

use crate::app::act::{Act, Filter, Setting};
use crate::app::bits::{chosen, rich};
use crate::app::memo::Draw;
use crate::app::tag::{Tag, tag};
use kafka_playground::text::{Lang, Rich, Voice, Word};
use std::rc::Rc;
use yew::prelude::*;
use yew::virtual_dom::ListenerKind;

/// A line of the log.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct FactRow {
    /// Its number in the run: the same fact keeps its line.
    pub(crate) number: u64,
    /// When, as the clock prints it.
    pub(crate) clock: Rc<str>,
    /// Who spoke.
    pub(crate) voice: Voice,
    /// The speaker's name.
    pub(crate) who: Rc<str>,
    /// What was said.
    pub(crate) said: Rc<Rich>,
}

/// What the log shows.
#[derive(PartialEq)]
pub(crate) struct Facts {
    /// The language.
    pub(crate) lang: Lang,
    /// The newest lines that pass the filter, oldest first.
    pub(crate) rows: Rc<Vec<Rc<FactRow>>>,
    /// How many facts there are in all.
    pub(crate) total: u64,
    /// Which are shown.
    pub(crate) filter: Filter,
    /// Where acts go.
    pub(crate) on: Callback<Act>,
}

/// The class of a voice.
pub(crate) fn voice_class(voice: Voice) -> &'static str {
    match voice {
        Voice::Producer => "k-prod",
        Voice::Consumer => "k-cons",
        Voice::Leader => "k-lead",
        Voice::Follower => "k-foll",
        Voice::Controller => "k-ctl",
        Voice::You => "k-you",
    }
}

fn filter_word(filter: Filter) -> Word {
    match filter {
        Filter::Main => Word::FilterMain,
        Filter::Records => Word::FilterRecords,
        Filter::Cluster => Word::FilterCluster,
        Filter::All => Word::FilterAll,
    }
}

impl Draw for Facts {
    fn draw(&self) -> Tag {
        let Facts { lang, rows, total, filter, on } = self;
        let lang = *lang;
        let choose = on.clone();
        let onchange = Callback::from(move |event: Event| {
            let index = chosen(&event).and_then(|value| value.parse::<usize>().ok());
            if let Some(&filter) = index.and_then(|index| Filter::ALL.get(index)) {
                choose.emit(Act::Set(Setting::Facts(filter)));
            }
        });
        tag("section panel log")
            .add(tag("header").add(tag("h2").add(Word::Facts.of(lang))).add(tag("span cnt num").add(*total)).add(tag("span grow")).add(
                tag("select chipb pick").at("aria-label", Word::FactsFilter.of(lang)).on(ListenerKind::onchange, onchange).each(
                    Filter::ALL.iter().enumerate().map(|(index, one)| {
                        tag("option").at("value", index).flag("selected", one == filter).add(filter_word(*one).of(lang))
                    }),
                ),
            ))
            // A reversed column keeps its end in sight by itself, unless the reader has scrolled up.
            .add(tag("div facts tabindex=0 role=region").at("aria-label", Word::Facts.of(lang)).add(tag("ol").each(rows.iter().map(
                |row| {
                    tag("li")
                        .class(voice_class(row.voice))
                        .key(row.number)
                        .add(tag("time").add(&row.clock))
                        .add(tag("span say").add(tag("b").add(&row.who)).add(" ").add(rich(&row.said)))
                },
            ))))
    }
}
