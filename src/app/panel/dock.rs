//! The transport: play and steps, the clock, the pace and why it is that pace, undo and runs.

use crate::app::act::{Act, Sheet, Time};
use crate::app::bits::{chosen, icon, icon_button};
use crate::app::memo::Draw;
use crate::app::tag::{Tag, button, tag};
use kafka_playground::text::{Lang, Word, speed};
use std::rc::Rc;
use yew::prelude::*;
use yew::virtual_dom::ListenerKind;

/// What the transport shows.
#[derive(PartialEq)]
pub(crate) struct Transport {
    /// The language.
    pub(crate) lang: Lang,
    /// Whether time runs.
    pub(crate) playing: bool,
    /// Time since the start, as the clock prints it.
    pub(crate) clock: Rc<str>,
    /// The fixed speed that was chosen, in millionths of real time; none: the director's.
    pub(crate) fixed: Option<u64>,
    /// The present speed.
    pub(crate) speed: u64,
    /// Why it is that speed.
    pub(crate) why: Word,
    /// Whether there is something to take back.
    pub(crate) can_undo: bool,
    /// Whether there is another run.
    pub(crate) can_return: bool,
    /// How many charts are shown; none: they are hidden.
    pub(crate) charts: Option<usize>,
    /// Whether the rail is open, where it is a drawer.
    pub(crate) rail_open: bool,
    /// Whether something of this run lies ahead.
    pub(crate) in_past: bool,
    /// Where acts go.
    pub(crate) on: Callback<Act>,
}

/// The speeds a person can fix.
pub(crate) const SPEEDS: [u64; 8] = [1_000, 5_000, 20_000, 100_000, 500_000, 1_000_000, 10_000_000, 100_000_000];

impl Draw for Transport {
    fn draw(&self) -> Tag {
        let Transport { lang, playing, clock, fixed, speed: pace, why, can_undo, can_return, in_past, charts, rail_open, on } = self;
        let lang = *lang;
        let time = |name, word: Word, act| icon_button(on, name, word.of(lang), Act::Time(act));
        let play = if *playing { Word::PauseTime } else { Word::Play };
        let why = if *in_past && !*playing { Word::InThePast } else { *why };
        tag("div trans")
            .add(
                tag("div tr5 role=group")
                    .at("aria-label", Word::Transport.of(lang))
                    .add(time("prev", Word::PrevMark, Time::PreviousMark))
                    .add(time("stepb", Word::StepBack, Time::Steps(-1)))
                    .add(
                        button("pp")
                            .at("aria-label", play.of(lang))
                            .at("title", play.of(lang))
                            .click(on, Act::Time(Time::Toggle))
                            .add(icon(if *playing { "pause" } else { "play" })),
                    )
                    .add(time("stepf", Word::Step, Time::Steps(1)))
                    .add(time("next", Word::NextMark, Time::NextMark)),
            )
            .add(tag("div clock num role=timer aria-live=off").at("aria-label", Word::Clock.of(lang)).add(clock))
            .add(pacing(lang, *fixed, *pace, why, on))
            .add(tag("span grow"))
            .add(
                tag("div runs")
                    .add(
                        button("chipb b-metrics")
                            .class_if(charts.is_some(), "on")
                            .at("aria-pressed", charts.is_some())
                            .click(on, Act::Metrics)
                            .add(icon("chart"))
                            .add(tag("span").add(Word::Metrics.of(lang)).add(charts.map(|count| tag("b").add(" ").add(count)))),
                    )
                    .add(
                        button("chipb b-rail")
                            .at("aria-expanded", *rail_open)
                            .click(on, Act::Sheet(if *rail_open { Sheet::Peek } else { Sheet::Half }))
                            .add(tag("b").add(Word::Facts.of(lang))),
                    )
                    .add(
                        button("chipb")
                            .flag("disabled", !can_undo)
                            .click(on, Act::Undo)
                            .add(icon("undo"))
                            .add(tag("span").add(Word::Undo.of(lang))),
                    )
                    .add(
                        button("chipb b-again").click(on, Act::StartOver).add(icon("again")).add(tag("span").add(Word::StartOver.of(lang))),
                    )
                    .add((*can_return).then(|| {
                        button("chipb").click(on, Act::OtherRun).add(icon("branch")).add(tag("span").add(Word::OtherRun.of(lang)))
                    })),
            )
    }
}

fn pacing(lang: Lang, fixed: Option<u64>, pace: u64, why: Word, on: &Callback<Act>) -> Tag {
    let printed = |ppm: u64| speed(i64::try_from(ppm).unwrap_or(i64::MAX), lang);
    let choice = |word: Word, is_on: bool, time: Time| {
        button("").class_if(is_on, "on").at("aria-pressed", is_on).click(on, Act::Time(time)).add(word.of(lang))
    };
    let choose = on.clone();
    let onchange = Callback::from(move |event: Event| {
        if let Some(ppm) = chosen(&event).and_then(|value| value.parse().ok()) {
            choose.emit(Act::Time(Time::Fixed(ppm)));
        }
    });
    tag("div dir")
        .add(
            tag("div seg role=group")
                .at("aria-label", Word::Pacing.of(lang))
                .add(choice(Word::Director, fixed.is_none(), Time::Director))
                .add(choice(Word::Fixed, fixed.is_some(), Time::Fixed(fixed.unwrap_or(nearest(pace))))),
        )
        .add(if let Some(fixed) = fixed {
            tag("select spd num pick")
                .at("aria-label", Word::Speed.of(lang))
                .on(ListenerKind::onchange, onchange)
                .each(SPEEDS.iter().map(|&ppm| tag("option").at("value", ppm).flag("selected", ppm == fixed).add(printed(ppm))))
        } else {
            tag("span spd num").add(printed(pace))
        })
        .add(tag("span why dim").add(why.of(lang)))
}

/// The speed of the list that is nearest to the present one, by ratio.
fn nearest(ppm: u64) -> u64 {
    SPEEDS.into_iter().min_by_key(|&one| one.max(ppm) / one.min(ppm).max(1)).unwrap_or(1_000_000)
}
