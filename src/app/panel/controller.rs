//! The controller's panel: the metadata log as everybody has it, sessions that run out, what comes next, and the last decisions.

use super::facts::FactRow;
use super::faults;
use crate::app::act::{Act, Selected};
use crate::app::bits::{click, fact_pair, heading, rich};
use kafka_playground::scene::control::{ControlView, ReaderView};
use kafka_playground::scene::view::{BrokerState, ControllerView};
use kafka_playground::text::{Lang, Rich, Word, seconds_left, span};
use kafka_playground::world::command::NodeName;
use std::rc::Rc;
use yew::prelude::*;

/// The panel's values.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct ControllerPanel {
    /// The controller.
    pub(crate) view: ControllerView,
    /// What it is in the quorum, Kafka's name.
    pub(crate) role: &'static str,
    /// The control plane.
    pub(crate) control: ControlView,
    /// What comes next, if anything.
    pub(crate) next: Option<Rich>,
    /// The last decisions, newest first.
    pub(crate) decisions: Vec<Rc<FactRow>>,
}

/// The drawing's width.
const WIDTH: i64 = 112;

/// The panel.
pub(crate) fn controller(lang: Lang, panel: &ControllerPanel, on: &Callback<Act>) -> Html {
    let (view, control) = (&panel.view, &panel.control);
    let is_zookeeper = view.zookeeper.is_some();
    let number = |value: i64| html! { <span class="num">{value.to_string()}</span> };
    let leader = match control.leader {
        Some(id) => {
            html! { <button type="button" class="lnk num" onclick={click(on, Act::Select(Some(if is_zookeeper { Selected::Broker(id) } else { Selected::Controller(id) })))}>{id}</button> }
        }
        None => html! { <span class="bad">{Word::None.of(lang)}</span> },
    };
    let (alive, all) = control.alive;
    // One offset, one x: voters and brokers read the very same log.
    let readers = || control.voters.iter().chain(&control.brokers);
    let last = readers().map(|r| r.offset).chain([control.high_watermark]).max().unwrap_or(0);
    let first = readers().map(|r| r.offset).min().unwrap_or(0).min(last - 20).max(last - 400).max(0);
    let x = move |offset: i64| (offset.clamp(first, last) - first) * (WIDTH - 8) / (last - first).max(1) + 6;
    let line = x(control.high_watermark);
    html! {
        <>
            {heading(on, lang, if is_zookeeper { "" } else { Word::Controller.of(lang) }, &if is_zookeeper { view.name().to_string() } else { view.id.to_string() }, false)}
            <p><b class={(!view.up).then_some("bad")}>{state(lang, view, panel.role)}</b></p>
            <dl class="kv">
                {fact_pair(if is_zookeeper { "/controller" } else { Word::Leader.of(lang) }, leader)}
                {fact_pair(if is_zookeeper { "/controller_epoch" } else { Word::Epoch.of(lang) }, number(i64::from(control.epoch)))}
                if !is_zookeeper {
                {fact_pair(Word::HighWatermark.of(lang), number(control.high_watermark))}
                {fact_pair(Word::VotersAlive.of(lang), html! { <span class={classes!("num", (alive * 2 <= all).then_some("bad"))}>{alive}{" / "}{all}</span> })}
                }
            </dl>
            if !is_zookeeper { <div class="metalog">
                <div class="rh"><span>{Word::Voters.of(lang)}</span><span>{Word::MetadataLog.of(lang)}</span><span>{Word::LogEnd.of(lang)}</span><span>{Word::Lag.of(lang)}</span></div>
                {for control.voters.iter().map(|r| reader(lang, r, &x, line))}
                <div class="rh"><span>{Word::LaneBrokers.of(lang)}</span><span>{Word::AsRead.of(lang)}</span><span>{Word::Applied.of(lang)}</span><span>{Word::Lag.of(lang)}</span></div>
                {for control.brokers.iter().map(|r| reader(lang, r, &x, line))}
            </div> }
            <h3>{Word::Sessions.of(lang)}<code class="dim">{if is_zookeeper { "zookeeper.session.timeout.ms=" } else { "broker.session.timeout.ms=" }}{(control.session_timeout / 1_000).to_string()}</code></h3>
            <div class="metalog sessions">{for control.sessions.iter().map(|session| {
                let timeout = control.session_timeout.max(1);
                html! {
                    <div>
                        <span>{sign(Some(session.state), session.state != BrokerState::Down, false)}{session.broker}</span>
                        if let Some(passed) = session.passed {
                            <>
                                <svg viewBox="0 0 112 8" width="112" height="8" aria-hidden="true"><rect x=".5" y="1.5" width="111" height="5" rx="2.5" class="sess" /><rect x=".5" y="1.5" width={(passed.min(timeout) * 111 / timeout).max(3).to_string()} height="5" rx="2.5" class="sessf" /></svg>
                                <span class="num">{span(passed)}</span><span class={if passed * 2 > timeout { "num ctext" } else { "num dim" }}>{seconds_left(lang, (timeout - passed).max(0))}</span>
                            </>
                        } else {
                            <span class="dim wide">{if session.fenced { Word::Fenced.of(lang) } else { Word::NoSession.of(lang) }}</span>
                        }
                    </div>
                }
            })}</div>
            if let Some(next) = &panel.next { <div class="note"><b>{Word::WhatComesNext.of(lang)}</b><p>{rich(next)}</p></div> }
            if !panel.decisions.is_empty() {
                <><h3>{Word::LastDecisions.of(lang)}</h3>
                <ol class="decs">{for panel.decisions.iter().map(|row| html! { <li key={row.number}><time>{&*row.clock}</time><span><b>{&*row.who}</b>{" "}{rich(&row.said)}</span></li> })}</ol></>
            }
            <h3>{Word::WhatCanHappen.of(lang)}</h3>
            <ul class="acts">{faults::process(lang, &if is_zookeeper { NodeName::Zk } else { NodeName::Node(view.id) }, view.up, view.paused, on)}</ul>
        </>
    }
}

/// What a controller is, in a word.
pub(crate) fn state(lang: Lang, view: &ControllerView, role: &'static str) -> &'static str {
    match (view.up, view.paused, view.active) {
        (false, ..) => Word::Down.of(lang),
        (_, true, _) => Word::Paused.of(lang),
        (_, _, true) => Word::Active.of(lang),
        _ if role == "follower" => Word::Follower.of(lang),
        _ => role,
    }
}

/// The sign before a reader's id.
fn sign(broker: Option<BrokerState>, up: bool, leads: bool) -> Html {
    let class = match (broker, up) {
        (_, false) => "rg d",
        (None, true) if leads => "rg hexl",
        (None, true) => "rg hexf",
        (Some(BrokerState::Paused), true) => "rg pz",
        (Some(_), true) => "rg al",
    };
    html! { <i {class}></i> }
}

fn reader(_: Lang, reader: &ReaderView, x: &dyn Fn(i64) -> i64, line: i64) -> Html {
    // What a broker applied is an offset, what a voter has ends before one.
    let end = x(reader.offset + i64::from(reader.broker.is_some())).max(3);
    let class = match (reader.up, reader.leads) {
        (false, _) => "mdead",
        (_, true) => "mlead",
        _ => "mfoll",
    };
    html! {
        <div>
            <span>{sign(reader.broker, reader.up, reader.leads)}{reader.id}</span>
            <svg viewBox="0 0 112 14" width="112" height="14" aria-hidden="true">
                <rect x=".5" y={if reader.leads { "1" } else { "3.5" }} width={end.to_string()} height={if reader.leads { "12" } else { "7" }} rx={if reader.leads { "1.5" } else { "3" }} {class} />
                if reader.leads && end > line { <rect x={line.to_string()} y="1" width={(end - line).max(3).to_string()} height="12" class="mpend" /> }
                <path d={String::from("M") + &line.to_string() + " 0v14"} class="hw" />
            </svg>
            <span class="num">{reader.offset.to_string()}</span><span class={classes!("num", (reader.lag > 0).then_some("bad"))}>{reader.lag.to_string()}</span>
        </div>
    }
}
