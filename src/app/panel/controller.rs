//! The controller's panel: the metadata log as everybody has it, sessions that run out, what comes next, and the last decisions.

use super::facts::FactRow;
use super::faults;
use crate::app::act::{Act, Selected};
use crate::app::bits::{fact_pair, heading, rich};
use crate::app::tag::{Tag, button, tag, together};
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
pub(crate) fn controller(lang: Lang, panel: &ControllerPanel, on: &Callback<Act>) -> Tag {
    let (view, control) = (&panel.view, &panel.control);
    let is_zookeeper = view.zookeeper.is_some();
    let number = |value: i64| tag("span num").add(value);
    let leader = match control.leader {
        Some(id) => button("lnk num")
            .click(on, Act::Select(Some(if is_zookeeper { Selected::Broker(id) } else { Selected::Controller(id) })))
            .add(id),
        None => tag("span bad").add(Word::None.of(lang)),
    };
    let (alive, all) = control.alive;
    // One offset, one x: voters and brokers read the very same log.
    let readers = || control.voters.iter().chain(&control.brokers);
    let last = readers().map(|r| r.offset).chain([control.high_watermark]).max().unwrap_or(0);
    let first = readers().map(|r| r.offset).min().unwrap_or(0).min(last - 20).max(last - 400).max(0);
    let x = move |offset: i64| (offset.clamp(first, last) - first) * (WIDTH - 8) / (last - first).max(1) + 6;
    let line = x(control.high_watermark);
    together()
        .add(heading(
            on,
            lang,
            if is_zookeeper { "" } else { Word::Controller.of(lang) },
            &if is_zookeeper { view.name().to_string() } else { view.id.to_string() },
            false,
        ))
        .add(tag("p").add(tag("b").class_if(!view.up, "bad").add(state(lang, view, panel.role))))
        .add(
            tag("dl kv")
                .add(fact_pair(if is_zookeeper { "/controller" } else { Word::Leader.of(lang) }, leader))
                .add(fact_pair(if is_zookeeper { "/controller_epoch" } else { Word::Epoch.of(lang) }, number(i64::from(control.epoch))))
                .add((!is_zookeeper).then(|| {
                    together().add(fact_pair(Word::HighWatermark.of(lang), number(control.high_watermark))).add(fact_pair(
                        Word::VotersAlive.of(lang),
                        tag("span num").class_if(alive * 2 <= all, "bad").add(alive).add(" / ").add(all),
                    ))
                })),
        )
        .add((!is_zookeeper).then(|| {
            tag("div metalog")
                .add(
                    tag("div rh")
                        .add(tag("span").add(Word::Voters.of(lang)))
                        .add(tag("span").add(Word::MetadataLog.of(lang)))
                        .add(tag("span").add(Word::LogEnd.of(lang)))
                        .add(tag("span").add(Word::Lag.of(lang))),
                )
                .each(control.voters.iter().map(|r| reader(r, &x, line)))
                .add(
                    tag("div rh")
                        .add(tag("span").add(Word::LaneBrokers.of(lang)))
                        .add(tag("span").add(Word::AsRead.of(lang)))
                        .add(tag("span").add(Word::Applied.of(lang)))
                        .add(tag("span").add(Word::Lag.of(lang))),
                )
                .each(control.brokers.iter().map(|r| reader(r, &x, line)))
        }))
        .add(
            tag("h3").add(Word::Sessions.of(lang)).add(
                tag("code dim")
                    .add(if is_zookeeper { "zookeeper.session.timeout.ms=" } else { "broker.session.timeout.ms=" })
                    .add(control.session_timeout / 1_000),
            ),
        )
        .add(tag("div metalog sessions").each(control.sessions.iter().map(|session| {
            let timeout = control.session_timeout.max(1);
            tag("div").add(tag("span").add(sign(Some(session.state), session.state != BrokerState::Down, false)).add(session.broker)).add(
                if let Some(passed) = session.passed {
                    together()
                        .add(
                            tag("svg width=112 height=8 aria-hidden=true")
                                .at("viewBox", "0 0 112 8")
                                .add(tag("rect sess x=.5 y=1.5 width=111 height=5 rx=2.5"))
                                .add(
                                    tag("rect sessf x=.5 y=1.5 height=5 rx=2.5").at("width", (passed.min(timeout) * 111 / timeout).max(3)),
                                ),
                        )
                        .add(tag("span num").add(span(passed)))
                        .add(
                            tag("span")
                                .class(if passed * 2 > timeout { "num ctext" } else { "num dim" })
                                .add(seconds_left(lang, (timeout - passed).max(0))),
                        )
                } else {
                    tag("span dim wide").add(if session.fenced { Word::Fenced.of(lang) } else { Word::NoSession.of(lang) })
                },
            )
        })))
        .add(panel.next.as_ref().map(|next| tag("div note").add(tag("b").add(Word::WhatComesNext.of(lang))).add(tag("p").add(rich(next)))))
        .add((!panel.decisions.is_empty()).then(|| {
            together().add(tag("h3").add(Word::LastDecisions.of(lang))).add(tag("ol decs").each(panel.decisions.iter().map(|row| {
                tag("li")
                    .key(row.number)
                    .add(tag("time").add(&row.clock))
                    .add(tag("span").add(tag("b").add(&row.who)).add(" ").add(rich(&row.said)))
            })))
        }))
        .add(tag("h3").add(Word::WhatCanHappen.of(lang)))
        .add(tag("ul acts").add(faults::process(
            lang,
            &if is_zookeeper { NodeName::Zk } else { NodeName::Node(view.id) },
            view.up,
            view.paused,
            on,
        )))
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
fn sign(broker: Option<BrokerState>, up: bool, leads: bool) -> Tag {
    let class = match (broker, up) {
        (_, false) => "rg d",
        (None, true) if leads => "rg hexl",
        (None, true) => "rg hexf",
        (Some(BrokerState::Paused), true) => "rg pz",
        (Some(_), true) => "rg al",
    };
    tag("i").class(class)
}

fn reader(reader: &ReaderView, x: &dyn Fn(i64) -> i64, line: i64) -> Tag {
    // What a broker applied is an offset, what a voter has ends before one.
    let end = x(reader.offset + i64::from(reader.broker.is_some())).max(3);
    let class = match (reader.up, reader.leads) {
        (false, _) => "mdead",
        (_, true) => "mlead",
        _ => "mfoll",
    };
    tag("div")
        .add(tag("span").add(sign(reader.broker, reader.up, reader.leads)).add(reader.id))
        .add(
            tag("svg width=112 height=14 aria-hidden=true")
                .at("viewBox", "0 0 112 14")
                .add(
                    tag("rect x=.5")
                        .class(class)
                        .at("y", if reader.leads { "1" } else { "3.5" })
                        .at("width", end)
                        .at("height", if reader.leads { "12" } else { "7" })
                        .at("rx", if reader.leads { "1.5" } else { "3" }),
                )
                .add((reader.leads && end > line).then(|| tag("rect mpend y=1 height=12").at("x", line).at("width", (end - line).max(3))))
                .add(tag("path hw").at("d", String::from("M") + &line.to_string() + " 0v14")),
        )
        .add(tag("span num").add(reader.offset))
        .add(tag("span num").class_if(reader.lag > 0, "bad").add(reader.lag))
}
