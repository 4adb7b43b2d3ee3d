//! The transport: play and steps, the clock, the pace and why it is that pace, undo and runs.

use crate::app::act::{Act, Sheet, Time};
use crate::app::bits::{chosen, click, icon, icon_button};
use kafka_playground::text::{Lang, Word, speed};
use std::rc::Rc;
use yew::prelude::*;

/// What the transport shows.
#[derive(Clone, PartialEq, Properties)]
pub(crate) struct TransportProps {
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

/// The transport.
pub(crate) struct Transport;

impl Component for Transport {
    type Message = ();
    type Properties = TransportProps;

    fn create(_: &Context<Self>) -> Self {
        Transport
    }

    fn view(&self, ctx: &Context<Self>) -> Html {
        let TransportProps { lang, playing, clock, fixed, speed: pace, why, can_undo, can_return, in_past, charts, rail_open, on } =
            ctx.props();
        let lang = *lang;
        let time = |name, word: Word, act| icon_button(on, name, word.of(lang), Act::Time(act));
        let play = if *playing { Word::PauseTime } else { Word::Play };
        let why = if *in_past && !*playing { Word::InThePast } else { *why };
        html! {
            <div class="trans">
                <div class="tr5" role="group" aria-label={Word::Transport.of(lang)}>
                    {time("prev", Word::PrevMark, Time::PreviousMark)}
                    {time("stepb", Word::StepBack, Time::Steps(-1))}
                    <button type="button" class="pp" aria-label={play.of(lang)} title={play.of(lang)} onclick={click(on, Act::Time(Time::Toggle))}>
                        {icon(if *playing { "pause" } else { "play" })}
                    </button>
                    {time("stepf", Word::Step, Time::Steps(1))}
                    {time("next", Word::NextMark, Time::NextMark)}
                </div>
                <div class="clock num" role="timer" aria-live="off" aria-label={Word::Clock.of(lang)}>{&**clock}</div>
                {pacing(lang, *fixed, *pace, why, on)}
                <span class="grow"></span>
                <div class="runs">
                    <button type="button" class={classes!("chipb", "b-metrics", charts.map(|_| "on"))} aria-pressed={if charts.is_some() { "true" } else { "false" }} onclick={click(on, Act::Metrics)}>
                        {icon("chart")}<span>{Word::Metrics.of(lang)}if let Some(count) = charts { <b>{" "}{*count}</b> }</span>
                    </button>
                    <button type="button" class="chipb b-rail" aria-expanded={if *rail_open { "true" } else { "false" }} onclick={click(on, Act::Sheet(if *rail_open { Sheet::Peek } else { Sheet::Half }))}><b>{Word::Facts.of(lang)}</b></button>
                    <button type="button" class="chipb" disabled={!can_undo} onclick={click(on, Act::Undo)}>{icon("undo")}<span>{Word::Undo.of(lang)}</span></button>
                    <button type="button" class="chipb b-again" onclick={click(on, Act::StartOver)}>{icon("again")}<span>{Word::StartOver.of(lang)}</span></button>
                    if *can_return {
                        <button type="button" class="chipb" onclick={click(on, Act::OtherRun)}>{icon("branch")}<span>{Word::OtherRun.of(lang)}</span></button>
                    }
                </div>
            </div>
        }
    }
}

fn pacing(lang: Lang, fixed: Option<u64>, pace: u64, why: Word, on: &Callback<Act>) -> Html {
    let printed = |ppm: u64| speed(i64::try_from(ppm).unwrap_or(i64::MAX), lang);
    let choice = |word: Word, is_on: bool, time: Time| {
        html! {
            <button type="button" aria-pressed={if is_on { "true" } else { "false" }} class={is_on.then_some("on")} onclick={click(on, Act::Time(time))}>{word.of(lang)}</button>
        }
    };
    let choose = on.clone();
    let onchange = Callback::from(move |event: Event| {
        if let Some(ppm) = chosen(&event).and_then(|value| value.parse().ok()) {
            choose.emit(Act::Time(Time::Fixed(ppm)));
        }
    });
    html! {
        <div class="dir">
            <div class="seg" role="group" aria-label={Word::Pacing.of(lang)}>
                {choice(Word::Director, fixed.is_none(), Time::Director)}
                {choice(Word::Fixed, fixed.is_some(), Time::Fixed(fixed.unwrap_or(nearest(pace))))}
            </div>
            if let Some(fixed) = fixed {
                <select class="spd num pick" aria-label={Word::Speed.of(lang)} {onchange}>
                    {for SPEEDS.iter().map(|&ppm| html! { <option value={ppm.to_string()} selected={ppm == fixed}>{printed(ppm)}</option> })}
                </select>
            } else {
                <span class="spd num">{printed(pace)}</span>
            }
            <span class="why dim">{why.of(lang)}</span>
        </div>
    }
}

/// The speed of the list that is nearest to the present one, by ratio.
fn nearest(ppm: u64) -> u64 {
    SPEEDS.into_iter().min_by_key(|&one| one.max(ppm) / one.min(ppm).max(1)).unwrap_or(1_000_000)
}
