//! What can happen to a node or a link: each fault a row with what stays and what goes, its line and its key; one that is on, with the way back.

use super::selection::{BrokerPanel, LinkRow};
use crate::app::act::{Act, Selected};
use crate::app::bits::{fact_pair, heading, submit};
use crate::app::links::LinkFault;
use crate::app::tag::{Tag, button, tag, together};
use kafka_playground::scene::view::{BrokerState, WayView};
use kafka_playground::sim::{MILLISECOND, Micros};
use kafka_playground::text::{Lang, Word, span};
use kafka_playground::world::command::{Command, NodeName};
use yew::prelude::*;
use yew::virtual_dom::ListenerKind;

const CROSS: &str = "M4 4l8 8M12 4l-8 8";
const DOWN: &str = "M8 2.5v10M4.5 9L8 12.5 11.5 9";
const BOLT: &str = "M9 1.5L3.5 9H8l-1 5.5L12.5 7H8z";
const BARS: &str = "M5.5 3.5v9M10.5 3.5v9";
const PLAY: &str = "M5 3v10l8-5z";
const DISK: &str = "M3 4c0-2.5 10-2.5 10 0v8c0 2.5-10 2.5-10 0zM3 4c0 2.5 10 2.5 10 0";
const NO_DISK: &str = "M3 4c0-2.5 10-2.5 10 0v8c0 2.5-10 2.5-10 0zM3 4c0 2.5 10 2.5 10 0M6.200 8.5l3.6 3.6m0-3.6l-3.6 3.6";
const CUT: &str = "M1 8h4.5M10.5 8H15M6 4.5v7M10 4.5v7";
const ONE_WAY: &str = "M1 8h6M11 8h4M9 4.5v7M5 5.5L7.5 8 5 10.5";
const DASHES: &str = "M1 8h3.5M6.5 8h3.5M12 8h3";
const DOTS: &str = "M2 8h.1M5 8h.1M8 8h.1M11 8h.1M14 8h.1";
const LINE: &str = "M1 8h14";

/// What a slow disk adds at first.
pub(crate) const SLOW_DISK: Micros = 50 * MILLISECOND;

/// A row.
struct Fault {
    glyph: &'static str,
    name: Word,
    why: Word,
    line: String,
    key: &'static str,
    act: Act,
    is_on: bool,
    /// The value of one that is on: its line up to the value, the value, and behind it; and what takes it off.
    value: Option<(String, String, String)>,
}

fn row(lang: Lang, on: &Callback<Act>, fault: Fault) -> Tag {
    let Fault { glyph, name, why, line, key, act, is_on, value } = fault;
    let back = act.clone();
    tag("li flt")
        .class_if(is_on, "on")
        .add(
            button("act")
                .at("aria-pressed", is_on.then_some("true"))
                .click(on, act)
                .add(tag("svg ic aria-hidden=true").at("viewBox", "0 0 16 16").add(tag("path sk").at("d", glyph)))
                .add(tag("b").add(name.of(lang)))
                .add(tag("code").add(line))
                .add((!key.is_empty()).then(|| tag("kbd").add(key)))
                .add(tag("span dim").add(why.of(lang))),
        )
        .add(value.map(|(prefix, value, suffix)| {
            tag("form val")
                .on(
                    ListenerKind::onsubmit,
                    submit(on, move |fields| Some(Act::Line([prefix.as_str(), &fields.text("value"), &suffix].concat().into()))),
                )
                .add(
                    tag("input mono name=value autocomplete=off autocapitalize=off spellcheck=false")
                        .value(value)
                        .at("aria-label", Word::Value.of(lang)),
                )
                .add(button("btn").click(on, back).add(Word::BackToNormal.of(lang)))
        }))
}

fn simple(glyph: &'static str, name: Word, why: Word, key: &'static str, command: Command) -> Fault {
    Fault { glyph, name, why, line: command.to_string(), key, act: Act::Do(command), is_on: false, value: None }
}

/// What can happen to a process.
pub(crate) fn process(lang: Lang, node: &NodeName, is_up: bool, is_paused: bool, on: &Callback<Act>) -> Tag {
    let show = |fault| row(lang, on, fault);
    if !is_up {
        return show(simple(PLAY, Word::Start, Word::StartWhy, "K", Command::Start { node: node.clone(), configs: Vec::new() }));
    }
    let stall = match is_paused {
        true => Fault { is_on: true, ..simple(PLAY, Word::Resume, Word::ResumeWhy, "P", Command::Resume { node: node.clone() }) },
        false => simple(BARS, Word::Pause, Word::PauseWhy, "P", Command::Pause { node: node.clone() }),
    };
    together()
        .add(show(simple(CROSS, Word::Kill, Word::KillWhy, "K", Command::Kill { node: node.clone() })))
        .add(show(simple(DOWN, Word::Stop, Word::StopWhy, "⇧K", Command::Stop { node: node.clone() })))
        .add(show(simple(BOLT, Word::PowerFails, Word::PowerLossWhy, "L", Command::PowerLoss { node: node.clone(), keep: None })))
        .add(show(stall))
}

/// What can happen to a broker.
pub(crate) fn broker(lang: Lang, panel: &BrokerPanel, on: &Callback<Act>) -> Tag {
    let view = &panel.view;
    let node = NodeName::Node(view.id);
    let is_down = view.state == BrokerState::Down;
    let slow = Command::Disk { node: node.clone(), latency: if view.disk_latency > 0 { 0 } else { SLOW_DISK } };
    let value =
        (view.disk_latency > 0).then(|| (["disk ", &view.id.to_string(), " latency="].concat(), written(view.disk_latency), String::new()));
    tag("ul acts")
        .add(process(lang, &node, !is_down, view.state == BrokerState::Paused, on))
        .add(if is_down {
            row(lang, on, simple(CROSS, Word::Unregister, Word::UnregisterWhy, "", Command::Unregister { broker: view.id }))
        } else {
            together()
                .add(row(lang, on, simple(NO_DISK, Word::LoseDisk, Word::LoseDiskWhy, "D", Command::LoseDisk { node: node.clone() })))
                .add((panel.directories.len() > 1).then(|| {
                    together().each(panel.directories.iter().map(|dir| {
                        row(
                            lang,
                            on,
                            simple(NO_DISK, Word::LoseDir, Word::LoseDirWhy, "", Command::LoseDir { node: node.clone(), dir: dir.clone() }),
                        )
                    }))
                }))
        })
        .add(row(lang, on, Fault { is_on: view.disk_latency > 0, value, ..simple(DISK, Word::SlowDisk, Word::SlowDiskWhy, "⇧D", slow) }))
}

/// What can happen to a client.
pub(crate) fn client(lang: Lang, name: &std::rc::Rc<str>, is_paused: bool, close_why: Word, on: &Callback<Act>) -> Tag {
    let client = name.clone();
    let stall = match is_paused {
        true => Fault { is_on: true, ..simple(PLAY, Word::Resume, Word::ResumeWhy, "", Command::Thaw { client }) },
        false => simple(BARS, Word::Pause, Word::PauseWhy, "", Command::Freeze { client }),
    };
    tag("ul acts")
        .add(row(lang, on, simple(DOWN, Word::CloseClient, close_why, "", Command::Close { client: name.clone() })))
        .add(row(lang, on, simple(CROSS, Word::Kill, Word::KillWhy, "", Command::Kill { node: NodeName::Client(name.clone()) })))
        .add(row(lang, on, stall))
}

/// A duration as the scenario language writes it.
fn written(time: Micros) -> String {
    if time % MILLISECOND == 0 { [&(time / MILLISECOND).to_string(), "ms"].concat() } else { [&time.to_string(), "us"].concat() }
}

/// A link's panel.
pub(crate) fn link(lang: Lang, link: &LinkRow, on: &Callback<Act>) -> Tag {
    let (from, to) = (link.names.0.to_string(), link.names.1.to_string());
    let is_cut = link.there.cut || link.back.cut;
    let is_one_way = link.there.cut != link.back.cut;
    let is_slow = link.there.latency != link.usual;
    let is_lossy = link.there.loss.0 > 0;
    let line = |fault| {
        let commands = link.commands.iter().filter(|(f, _)| *f == fault).map(|(_, command)| command.to_string());
        commands.collect::<Vec<_>>().join(" · ")
    };
    let fault = |glyph, name, why, key, fault, is_on, value| {
        row(lang, on, Fault { glyph, name, why, line: line(fault), key, act: Act::Link(link.from, link.to, fault), is_on, value })
    };
    let slow = |before: &str| ["slow ", &from, " ", &to, before].concat();
    let loss = [&link.there.loss.0.to_string(), "/", &link.there.loss.1.to_string()].concat();
    let latency = written(link.there.latency);
    let kept = if is_lossy { [" loss=", &loss].concat() } else { String::new() };
    let slow_value = is_slow.then(|| (slow(" latency="), latency.clone(), kept));
    let loss_value = is_lossy.then(|| (slow(&[" latency=", &latency, " loss="].concat()), loss.clone(), String::new()));
    together()
        .add(heading(on, lang, Word::Link.of(lang), &[&from, " ↔ ", &to].concat(), false))
        .add(
            tag("dl kv")
                .add(way(lang, &from, &to, link.there))
                .add(way(lang, &to, &from, link.back))
                .add(fact_pair(Word::Held.of(lang), tag("span num").add(link.held))),
        )
        .add(tag("h3").add(Word::WhatCanHappen.of(lang)))
        .add(
            tag("ul acts")
                .add(if is_cut && !is_one_way {
                    fault(LINE, Word::Heal, Word::HealWhy, "X", LinkFault::Cut, true, None)
                } else if is_one_way {
                    fault(LINE, Word::Heal, Word::HealWhy, "X", LinkFault::Cut, false, None)
                } else {
                    fault(CUT, Word::Cut, Word::CutWhy, "X", LinkFault::Cut, false, None)
                })
                .add(fault(ONE_WAY, Word::CutOneWay, Word::CutOneWayWhy, "⇧X", LinkFault::OneWay, is_one_way, None))
                .add(fault(DASHES, Word::SlowLink, Word::SlowLinkWhy, "D", LinkFault::Slow, is_slow, slow_value))
                .add(fault(DOTS, Word::Lossy, Word::LossyWhy, "L", LinkFault::Lossy, is_lossy, loss_value)),
        )
        .add(tag("div note").add(tag("b").add(Word::NobodyIsTold.of(lang))).add(tag("p").add(Word::NobodyIsToldWhy.of(lang))))
}

fn way(lang: Lang, from: &str, to: &str, way: WayView) -> Tag {
    let state = if way.cut { Word::CutState } else { Word::Passes };
    tag("div").add(tag("dt").add([from, " → ", to].concat())).add(
        tag("dd").class_if(way.cut, "bad").add(state.of(lang)).add((!way.cut).then(|| tag("span dim num").add(" ").add(span(way.latency)))),
    )
}

/// The links of a broker: each can be looked at, cut and mended.
pub(crate) fn links(lang: Lang, list: &[LinkRow], me: i32, on: &Callback<Act>) -> Tag {
    tag("ul lks").each(list.iter().map(|row| {
        let other = if row.names.0 == NodeName::Node(me) { &row.names.1 } else { &row.names.0 };
        let is_cut = row.there.cut || row.back.cut;
        let state = match (row.there.cut, row.back.cut) {
            (true, true) => Word::CutState,
            (false, false) if row.there.latency != row.usual => Word::SlowState,
            (false, false) if row.there.loss.0 > 0 => Word::LossyState,
            (false, false) => Word::UpState,
            _ => Word::CutOneWayState,
        };
        let name = match other {
            NodeName::Node(id) if *id >= kafka_playground::world::FIRST_CONTROLLER => ["controller-", &id.to_string()].concat(),
            NodeName::Node(id) => ["broker-", &id.to_string()].concat(),
            other => other.to_string(),
        };
        let toggle = if is_cut { Word::Heal } else { Word::Cut };
        tag("li")
            .add(button("lnk").click(on, Act::Select(Some(Selected::Link(row.from, row.to)))).add("↔ ").add(tag("b").add(name.clone())))
            .add(tag("span").class(if state == Word::UpState { "dim" } else { "bad" }).add(state.of(lang)))
            .add(
                button("btn")
                    .at("aria-label", [toggle.of(lang), " ", &name].concat())
                    .click(on, Act::Link(row.from, row.to, LinkFault::Cut))
                    .add(toggle.of(lang)),
            )
    }))
}
